"""Export files as platforms write them; every person and number in them is invented."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

HEADERS = {
    name: found["columns"]
    for name, found in json.loads((Path(__file__).parent / "headers.json").read_text(encoding="utf-8")).items()
}

TAOBAO = {
    "订单编号": '="35158430023980643"',
    "买家会员名": "测试买家",
    "买家应付货款": "201.12",
    "买家应付邮费": "0.00",
    "总金额": "201.12",
    "买家实际支付金额": "201.12",
    "订单状态": "买家已付款，等待卖家发货",
    "收货人姓名": "测试收件人",
    "收货地址 ": "浙江省 杭州市 余杭区 测试路1号3幢",
    "联系手机": "'13800000000",
    "订单创建时间": "2026-11-20 00:42:32",
    "订单付款时间 ": "2026-11-20 00:42:39",
    "宝贝标题 ": "收纳箱 40L",
    "宝贝总数量": "2",
    "特权订金订单id": '=""',
}
TAOBAO_LINE = {
    "订单编号": '="35158430023980643"',
    "标题": "收纳箱 40L",
    "价格": "119.50",
    "购买数量": "2",
    "商家编码": "BOX-40L",
    "商品属性": "颜色：白",
}
JD = {
    "订单号": "290000000001",
    "商品ID": "100001",
    "商品名称": "收纳箱",
    "订购数量": "2",
    "下单时间": "2026-11-20 10:00:00",
    "京东价": "50.00",
    "订单金额": "130.00",
    "结算金额": "126.00",
    "运费金额": "6.00",
    "订单状态": "等待出库",
    "客户姓名": "测试收件人",
    "联系电话": "13800000000",
    "货号": "BOX-12L",
    "付款确认时间": "2026-11-20 10:01:00",
}
PINDUODUO = {
    "商品": "收纳箱",
    "订单号": "261120-123456789012345\t",
    "订单状态": "已发货，待收货",
    "商品总价(元)": "1,100.00",
    "店铺优惠折扣(元)": "50.00",
    "邮费(元)": "10.00",
    "上门安装费(元)": "5.00",
    "用户实付金额(元)": "1,065.00",
    "商品数量(件)": "2",
    "支付时间": "2026-11-20 10:00:00",
    "发货时间": "2026-11-21 10:00:00",
    "商家编码-SKU维度": "BOX-40L",
    "快递单号": "YT0000000000001",
    "快递公司": "圆通速递",
}
DOUYIN = {
    "主订单编号": "\t6900000000000000001",
    "子订单编号": "\t6900000000000000011",
    "选购商品": "收纳箱",
    "商品规格": "白",
    "商品数量": "1",
    "商家编码": "BOX-12L",
    "商品单价": "39.90",
    "订单应付金额": "35.90",
    "运费": "0",
    "收件人": "##abcdefghijklmnopqrstuvwxyz##",
    "收件人手机号": "-",
    "省": "浙江省",
    "市": "杭州市",
    "区": "余杭区",
    "订单提交时间": "2026-11-20 10:00:00",
    "支付完成时间": "2026-11-20 10:01:00",
    "订单状态": "待发货",
    "承诺发货时间": "2026-11-22 10:01:00",
    "售后状态": "-",
}
AFTERSALE = {
    "售后单号": "7000000000000000001",
    "订单号": "6900000000000000001",
    "商品单号": "6900000000000000011",
    "售后类型": "退货退款",
    "退商品金额（元）": "35.90",
    "退运费金额（元）": "0",
    "售后状态": "待商家处理",
    "售后申请时间": "2026-11-21 10:00:00",
    "售后原因": "不想要了",
}
RETAIL = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def rows_of(header: str, *orders: Mapping[str, str]) -> list[list[str]]:
    """Rows of the export called ``header``, its header first; what an order does not say is empty."""
    columns = HEADERS[header]
    return [columns, *[[order.get(name, "") for name in columns] for order in orders]]


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Formulas such as ``="1"`` stand without quotes of their own, as platforms write them."""
    made = io.StringIO()
    for row in rows:
        cells = [cell if cell.startswith('="') else f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row]
        made.write(",".join(cells) + "\r\n")
    return made.getvalue()


def csv_file(path: Path, rows: Sequence[Sequence[str]], encoding: str = "gbk") -> Path:
    path.write_bytes(csv_text(rows).encode(encoding))
    return path


def retail_file(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([RETAIL, *rows]) + "\n", encoding="utf-8")
    return path


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))
