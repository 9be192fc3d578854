"""Bills and ledgers as payment services and platforms write them; every number in them is invented."""

from collections.abc import Sequence
from pathlib import Path

from orderhub.lab.wechat_bill import trade_bill
from orderhub.lab.wechat_keys import Merchant
from orderhub.lab.wechat_purse import LabPayment, LabRepayment, Purse
from tests.intake.files.exports import HEADERS, csv_text

SHARED = Path(__file__).resolve().parents[4] / "shared"
# The samples kept outside of the checkout, where they are.
SAMPLES = [
    path
    for path in (
        SHARED / "data/exports/wechatpay_trade_bill_20210128.csv",
        SHARED / "contracts/wechatpay/tradebill_ALL.sample.csv",
    )
    if path.exists()
]
RECORDED = Path(__file__).resolve().parents[2] / "connectors/samples/wechat_pay_tradebill.csv"

ALIPAY = [
    {
        "账务流水号": "100\t",
        "业务流水号": "200\t",
        "商户订单号": "T200P6900000000000000001\t",
        "发生时间": "2026-11-23 10:00:00",
        "对方账号": "测试买家(ceshi@example.com)",
        "收入金额（+元）": "139.40",
        "业务类型": "交易付款",
    },
    {
        "账务流水号": "101\t",
        "商户订单号": "T200P6900000000000000001\t",
        "发生时间": "2026-11-23 10:00:01",
        "支出金额（-元）": "-1.39",
        "业务类型": "收费",
        "备注": "花呗服务费",
    },
    {
        "账务流水号": "102\t",
        "商户订单号": "T200P6900000000000000001\t",
        "发生时间": "2026-11-23 11:00:00",
        "支出金额（-元）": "-30.00",
        "业务类型": "退款",
    },
    {"账务流水号": "103\t", "发生时间": "2026-11-23 12:00:00", "支出金额（-元）": "-100.00", "业务类型": "提现"},
]


def alipay_file(path: Path, *, income: str = "139.40", outgo: str = "-131.39") -> Path:
    """GBK, comment lines before and after, a tab after every number."""
    before = ["#支付宝账务明细查询", "#账号：[2088000000000000]", "#-----账务明细列表-----"]
    after = ["#-----账务明细列表结束-----", f"#支出合计：3笔，共{outgo}元", f"#收入合计：1笔，共{income}元"]
    table = csv_text(_rows("alipay_merchant_ledger_2012", ALIPAY)).splitlines()
    path.write_bytes("\r\n".join([*before, *table, *after]).encode("gbk"))
    return path


def ledger_file(path: Path, header: str, *rows: dict[str, str], after: Sequence[str] = ()) -> Path:
    text = csv_text(_rows(header, rows)) + "".join(f"{line}\r\n" for line in after)
    path.write_text(text, encoding="utf-8-sig")
    return path


def lab_bill(merchant: Merchant, day: str, at: int, *numbers: str, back: int = 0) -> bytes:
    """A trade bill of ``day`` by the lab: each number paid with 139.40, the first of them sent back in part."""
    purse = Purse.__new__(Purse)
    purse.payments = {
        number: LabPayment(number, 13940, "openid", 13940, f"42{place:08}", at) for place, number in enumerate(numbers)
    }
    first = next(iter(purse.payments.values()))
    purse.repayments = {"R1": LabRepayment("R1", "50001", first, back, at)} if back else {}
    return trade_bill(purse, merchant, day)


def _rows(header: str, rows: Sequence[dict[str, str]]) -> list[list[str]]:
    columns = HEADERS[header]
    return [columns, *[[row.get(name, "") for name in columns] for row in rows]]
