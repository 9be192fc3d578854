"""Whose export is this? Recognised by the names in its header, wherever they stand and whichever year it is from.

Source: header lines of real exports 2012–2026, read 2026-11; words as seen in those files.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from orderhub.domain.words import Channel, ChannelStatus
from orderhub.intake.files.mapping import Column, Contents, FileField, FileMapping, named
from orderhub.intake.files.status_words import DOUYIN, JD, OTHERS, PINDUODUO, TAOBAO

F = FileField
Names = dict[FileField, str]


@dataclass(frozen=True)
class Layout:
    """``signs``: names that together stand in no other layout. ``fields``: names of each field, the best first."""

    name: str
    contents: Contents
    signs: str
    channel: Channel | None = None
    fields: Names = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    is_per_row: bool = False
    usual: ChannelStatus | None = None


_RECEIVER_DOUYIN = {
    F.RECEIVER_NAME: "收件人",
    F.PHONE: "收件人手机号",
    F.PROVINCE: "省",
    F.CITY: "市",
    F.DISTRICT: "区",
    F.ADDRESS: "详细地址",
}

LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "taobao_suborders",
        Contents.ORDERS,
        "子订单编号 主订单编号 标题 购买数量",
        Channel.TAOBAO,
        {
            F.ORDER_NO: "主订单编号",
            F.LINE_NO: "子订单编号",
            F.TITLE: "标题",
            F.UNIT_PRICE: "价格",
            F.QUANTITY: "购买数量",
            F.SKU: "商家编码 外部系统编号",
            F.SPEC: "商品属性",
            F.TOTAL: "买家应付货款 买家实际支付金额",
            F.STATUS: "订单状态",
            F.CREATED_AT: "订单创建时间",
            F.PAID_AT: "订单付款时间",
        },
        TAOBAO,
        is_per_row=True,
    ),
    Layout(
        "taobao_orders",
        Contents.ORDERS,
        "订单编号 买家会员名 买家应付货款 订单状态 宝贝总数量",
        Channel.TAOBAO,
        {
            F.ORDER_NO: "订单编号",
            F.GOODS_TOTAL: "买家应付货款",
            F.FREIGHT: "买家应付邮费",
            F.TOTAL: "总金额",
            F.STATUS: "订单状态",
            F.CREATED_AT: "订单创建时间",
            F.PAID_AT: "订单付款时间",
            F.COMPLETED_AT: "确认收货时间",
            F.TITLE: "宝贝标题",
            F.QUANTITY: "宝贝总数量",
            F.BUYER_NAME: "买家会员名",
            F.BUYER_REMARK: "买家留言",
            F.SELLER_REMARK: "订单备注",
            F.RECEIVER_NAME: "收货人姓名",
            F.PHONE: "联系手机 联系电话",
            F.ADDRESS: "修改后的收货地址 收货地址",
            F.TRACKING_NO: "物流单号",
            F.CARRIER: "物流公司",
        },
        TAOBAO,
    ),
    Layout(
        "taobao_lines",
        Contents.LINES,
        "订单编号 标题 购买数量 外部系统编号 商家编码",
        Channel.TAOBAO,
        {
            F.ORDER_NO: "订单编号",
            F.TITLE: "标题",
            F.UNIT_PRICE: "价格",
            F.QUANTITY: "购买数量",
            F.SKU: "商家编码 外部系统编号",
            F.SPEC: "商品属性",
        },
    ),
    Layout(
        "jd_orders",
        Contents.ORDERS,
        "订单号 商品ID 订购数量 京东价 下单时间",
        Channel.JD,
        {
            F.ORDER_NO: "订单号",
            F.LINE_NO: "商品ID",
            F.TITLE: "商品名称",
            F.SKU: "商家SKUID 货号",
            F.QUANTITY: "订购数量",
            F.UNIT_PRICE: "京东价",
            F.TOTAL: "结算金额 应付金额 订单金额",
            F.FREIGHT: "运费金额",
            F.STATUS: "订单状态",
            F.CREATED_AT: "下单时间",
            F.PAID_AT: "付款确认时间",
            F.COMPLETED_AT: "订单完成时间",
            F.BUYER_NAME: "下单帐号",
            F.RECEIVER_NAME: "客户姓名",
            F.PHONE: "联系电话",
            F.ADDRESS: "客户地址",
            F.BUYER_REMARK: "订单备注",
            F.SELLER_REMARK: "商家备注",
        },
        JD,
    ),
    Layout(
        "pinduoduo_orders",
        Contents.ORDERS,
        "订单号 订单状态 商品id 商品数量(件)",
        Channel.PINDUODUO,
        {
            F.ORDER_NO: "订单号",
            F.TITLE: "商品 货品名称",
            F.SPEC: "商品规格",
            F.LINE_NO: "样式ID 商品id",
            F.SKU: "商家编码-规格维度 商家编码-SKU维度 商家编码-商品维度",
            F.QUANTITY: "商品数量(件)",
            F.LINE_TOTAL: "商品总价(元)",
            F.FREIGHT: "邮费(元) 上门安装费(元) 送货入户费(元) 送货入户并安装费(元)",
            F.TOTAL: "用户实付金额(元) 商家实收金额(元)",
            F.STATUS: "订单状态",
            F.CREATED_AT: "订单成交时间 支付时间 拼单成功时间 订单确认时间",
            F.PAID_AT: "支付时间 订单成交时间 拼单成功时间",
            F.SHIP_BY: "承诺发货时间",
            F.SHIPPED_AT: "发货时间",
            F.COMPLETED_AT: "确认收货时间",
            F.RECEIVER_NAME: "收货人",
            F.PHONE: "手机",
            F.PROVINCE: "省",
            F.CITY: "市",
            F.DISTRICT: "区",
            F.ADDRESS: "街道",
            F.BUYER_REMARK: "买家留言",
            F.SELLER_REMARK: "商家备注",
            F.TRACKING_NO: "快递单号",
            F.CARRIER: "快递公司",
        },
        PINDUODUO,
    ),
    Layout(
        "douyin_orders",
        Contents.ORDERS,
        "主订单编号 子订单编号 选购商品 订单应付金额",
        Channel.DOUYIN,
        {
            F.ORDER_NO: "主订单编号",
            F.LINE_NO: "子订单编号",
            F.TITLE: "选购商品",
            F.SPEC: "商品规格 货号",
            F.SKU: "商家编码",
            F.QUANTITY: "商品数量",
            F.UNIT_PRICE: "商品单价",
            F.LINE_TOTAL: "商品金额",
            F.TOTAL: "订单应付金额",
            F.FREIGHT: "运费",
            F.STATUS: "订单状态",
            F.CREATED_AT: "订单提交时间",
            F.PAID_AT: "支付完成时间",
            F.SHIPPED_AT: "发货时间",
            F.COMPLETED_AT: "订单完成时间",
            F.SHIP_BY: "承诺发货时间",
            F.BUYER_REMARK: "买家留言",
            F.SELLER_REMARK: "商家备注",
            **_RECEIVER_DOUYIN,
        },
        DOUYIN,
        is_per_row=True,
    ),
    Layout(
        "douyin_aftersales",
        Contents.REFUNDS,
        "售后单号 订单号 售后类型 售后状态 售后申请时间",
        Channel.DOUYIN,
        {
            F.REFUND_NO: "售后单号",
            F.ORDER_NO: "订单号",
            F.LINE_NO: "商品单号",
            F.REFUND_KIND: "售后类型",
            F.REFUND_STATUS: "售后状态",
            F.REFUND_AMOUNT: "退商品金额(元) 退运费金额(元) 退税费金额(元)",
            F.REFUND_REASON: "售后原因",
            F.REQUESTED_AT: "售后申请时间",
            F.CLOSED_AT: "售后完结时间 售后关闭时间 用户到账时间",
            F.DEADLINE: "自动处理截止时间",
            F.RETURN_NO: "退货物流单号",
            F.IS_SHIPPED: "商品发货状态",
        },
    ),
    # A merchant's own table of cases, in either language (docs/importing.md).
    Layout(
        "own_aftersales",
        Contents.REFUNDS,
        "订单号 退款单号 退款金额 申请时间",
        None,
        {
            F.REFUND_NO: "退款单号",
            F.ORDER_NO: "订单号",
            F.LINE_NO: "商品单号",
            F.REFUND_KIND: "售后类型",
            F.REFUND_STATUS: "售后状态",
            F.REFUND_AMOUNT: "退款金额",
            F.REFUND_REASON: "售后原因",
            F.REQUESTED_AT: "申请时间",
            F.CLOSED_AT: "完结时间",
            F.RETURN_NO: "退货运单号",
        },
    ),
    Layout(
        "own_aftersales_en",
        Contents.REFUNDS,
        "order_no refund_no amount requested_at",
        None,
        {
            F.REFUND_NO: "refund_no",
            F.ORDER_NO: "order_no",
            F.LINE_NO: "line_no",
            F.REFUND_KIND: "kind",
            F.REFUND_STATUS: "status",
            F.REFUND_AMOUNT: "amount",
            F.REFUND_REASON: "reason",
            F.REQUESTED_AT: "requested_at",
            F.CLOSED_AT: "closed_at",
            F.RETURN_NO: "return_no",
        },
    ),
    Layout(
        "weixin_shop_orders",
        Contents.ORDERS,
        "订单号 订单实际支付金额 商品属性 商品售后",
        None,
        {
            F.ORDER_NO: "订单号",
            F.TITLE: "商品名称",
            F.SPEC: "商品属性",
            F.SKU: "SKU编码(自定义) 商品编码(自定义)",
            F.QUANTITY: "商品数量",
            F.UNIT_PRICE: "商品价格",
            F.TOTAL: "订单实际支付金额",
            F.FREIGHT: "订单运费",
            F.STATUS: "订单状态",
            F.CREATED_AT: "下单时间 订单下单时间",
            F.PAID_AT: "支付时间",
            F.RECEIVER_NAME: "收件人姓名",
            F.PHONE: "收件人手机",
            F.PROVINCE: "省",
            F.CITY: "市",
            F.DISTRICT: "区",
            F.ADDRESS: "收件人地址",
            F.BUYER_REMARK: "买家备注",
            F.SELLER_REMARK: "商家备注",
            F.TRACKING_NO: "快递单号",
            F.CARRIER: "物流公司",
        },
        OTHERS,
    ),
    Layout(
        "xiaohongshu_orders",
        Contents.ORDERS,
        "订单号 订单状态 订单创建时间 SKU名称",
        None,
        {
            F.ORDER_NO: "订单号",
            F.TITLE: "SKU名称",
            F.SPEC: "SKU规格",
            F.QUANTITY: "SKU件数",
            F.LINE_TOTAL: "商品总价(元)",
            F.TOTAL: "用户应付金额(元)",
            F.STATUS: "订单状态",
            F.CREATED_AT: "订单创建时间",
            F.PAID_AT: "支付时间",
            F.SHIPPED_AT: "订单发货时间",
            F.RECEIVER_NAME: "收件人姓名",
            F.PHONE: "收件人电话",
            F.PROVINCE: "省",
            F.CITY: "市",
            F.DISTRICT: "区",
            F.ADDRESS: "收件人地址",
        },
        OTHERS,
    ),
    Layout("taobao_settlement", Contents.BILL, "业务流水号 商户订单号 入账时间 收入(+元)", Channel.TAOBAO),
    Layout("jd_daily_bill", Contents.BILL, "单据编号 单据类型 费用项 收支方向", Channel.JD),
    Layout("jd_wallet", Contents.BILL, "账户代码 账户名称 收入金额(元) 支出金额(元)", Channel.JD),
    Layout("pinduoduo_bill", Contents.BILL, "商户订单号 发生时间 账务类型", Channel.PINDUODUO),
    Layout("douyin_ledger", Contents.BILL, "动账时间 动账金额 动账方向", Channel.DOUYIN),
    Layout("douyin_freight_insurance", Contents.BILL, "投保单号 保费来源", Channel.DOUYIN),
    Layout("wechatpay_bill", Contents.BILL, "交易时间 微信订单号 商户订单号 交易状态"),
    Layout("wechatpay_fundflow", Contents.BILL, "微信支付业务单号 资金流水单号"),
    Layout("alipay_ledger", Contents.BILL, "账务流水号 业务流水号 对方账号"),
    Layout("youzan_bill", Contents.BILL, "支付流水号 关联单号 交易对手"),
    Layout("wechat_consumer_bill", Contents.BILL, "交易时间 交易类型 交易对方 收/支"),
    Layout("alipay_consumer_bill", Contents.BILL, "收/支 交易对方 商品说明 交易状态"),
)


def recognise(header: Iterable[str]) -> FileMapping | None:
    """The mapping of the platform whose header this is; its columns may not be all that is needed."""
    names = {named(name) for name in header} - {""}
    found = [layout for layout in LAYOUTS if _signs(layout) <= names]
    if not found:
        return None
    layout = max(found, key=lambda layout: len(_signs(layout)))
    return FileMapping(
        contents=layout.contents,
        columns=tuple(_columns(layout, names)),
        layout=layout.name,
        channel=layout.channel,
        is_per_row=layout.is_per_row,
        usual=layout.usual,
        statuses=layout.statuses,
    )


def _signs(layout: Layout) -> set[str]:
    return {named(name) for name in layout.signs.split()}


def _columns(layout: Layout, names: set[str]) -> Iterable[Column]:
    for wanted, alternatives in layout.fields.items():
        for name in map(named, alternatives.split()):
            if name in names:
                yield Column(name, wanted, wanted.transforms[0])
