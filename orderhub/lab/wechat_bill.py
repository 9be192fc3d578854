"""How does the lab write a day's trade bill? As WeChat Pay does: BOM, backticks, yuan, sums at the end."""

from orderhub.kernel.clock import from_unix, shanghai_text
from orderhub.kernel.money import yuan_text
from orderhub.lab.wechat_keys import Merchant
from orderhub.lab.wechat_purse import LabPayment, Purse

_HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
    "申请退款金额,费率备注"
)
_SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def trade_bill(purse: Purse, merchant: Merchant, day: str) -> bytes:
    """The text before it is packed; empty where nothing happened on ``day`` (``2026-11-24``)."""
    paid = [one for one in purse.payments.values() if one.paid_at and _day(one.paid_at) == day]
    back = [one for one in purse.repayments.values() if _day(one.created) == day]
    if not paid and not back:
        return b""
    rows = [_row(merchant, one, one.paid_at, "SUCCESS", settled=one.total_fen) for one in paid]
    for one in back:
        refund = (one.service_no, one.number, one.amount_fen)
        rows.append(_row(merchant, one.payment, one.created, "REFUND", settled=0, refund=refund))
    paid_fen, back_fen = sum(one.total_fen for one in paid), sum(one.amount_fen for one in back)
    fee_fen = sum(_fee_fen(one.total_fen) for one in paid)
    sums = [f"{len(rows)}.0", yuan_text(paid_fen), yuan_text(back_fen), "0.0", yuan_text(fee_fen)]
    sums += [yuan_text(paid_fen), yuan_text(back_fen)]
    lines = [_HEADER, *rows, _SUMS, ",".join(f"`{cell}" for cell in sums)]
    return "\ufeff".encode() + "".join(f"{line}\r\n" for line in lines).encode()


def _row(
    merchant: Merchant,
    payment: LabPayment,
    at: int,
    state: str,
    *,
    settled: int,
    refund: tuple[str, str, int] = ("0", "0", 0),
) -> str:
    service_no, number, refund_fen = refund
    back, fee = yuan_text(refund_fen), f"{yuan_text(_fee_fen(settled))}000"
    cells = [shanghai_text(from_unix(at)), merchant.app_no, merchant.merchant_no, "0", ""]
    cells += [payment.transaction_no, payment.number, payment.openid, "JSAPI", state, "OTHERS", "CNY"]
    cells += [yuan_text(settled), "0.00", service_no, number, back, "0.00", "ORIGINAL" if refund_fen else ""]
    cells += ["PROCESSING" if refund_fen else "", "测试商品", "", fee, "0.60%", yuan_text(settled), back, ""]
    return ",".join(f"`{cell}" for cell in cells)


def _fee_fen(amount_fen: int) -> int:
    return (amount_fen * 6 + 500) // 1000


def _day(at: int) -> str:
    return shanghai_text(from_unix(at), "%Y-%m-%d")
