"""What does the lab's WeChat Pay know? Payments by the merchant's order number, and money that went back."""

from dataclasses import dataclass

from orderhub.kernel.clock import SHANGHAI, from_unix
from orderhub.lab.answers import Body
from orderhub.lab.world import World


@dataclass
class LabPayment:
    """``asked_fen`` is what the merchant asked for, ``total_fen`` what was paid."""

    number: str
    asked_fen: int
    openid: str
    total_fen: int = 0
    transaction_no: str = ""
    paid_at: int = 0
    refunded_fen: int = 0
    tracking_nos: tuple[str, ...] = ()
    is_all_shipped: bool = False

    @property
    def state(self) -> str:
        if not self.paid_at:
            return "NOTPAY"
        return "REFUND" if self.refunded_fen else "SUCCESS"

    def facts(self) -> Body:
        return {
            "order_no": self.number,
            "state": self.state,
            "total_fen": self.total_fen,
            "transaction_no": self.transaction_no,
            "refunded_fen": self.refunded_fen,
            "tracking_nos": list(self.tracking_nos),
            "is_released": self.is_all_shipped,
        }


@dataclass
class LabRepayment:
    number: str
    service_no: str
    payment: LabPayment
    amount_fen: int
    created: int
    status: str = "PROCESSING"

    def facts(self) -> Body:
        return {"repayment_no": self.number, "status": self.status, "amount_fen": self.amount_fen}


class Purse:
    def __init__(self, world: World) -> None:
        self.world = world
        self.payments: dict[str, LabPayment] = {}
        self._by_transaction: dict[str, LabPayment] = {}
        self.repayments: dict[str, LabRepayment] = {}

    def prepare(self, number: str, total_fen: int, *, openid: str) -> LabPayment:
        return self.payments.setdefault(number, LabPayment(number, total_fen, openid))

    def pay(self, payment: LabPayment, *, at: int = 0) -> bool:
        """At ``at``, now where it is 0; False where it was paid already."""
        if payment.paid_at:
            return False
        payment.paid_at = at or self.world.now()
        payment.transaction_no = f"42000{payment.paid_at}{len(self.payments):013d}"
        self._by_transaction[payment.transaction_no] = payment
        payment.total_fen = payment.asked_fen + bool(self.world.faults.take("pay_wrong_amount", ""))
        return True

    def by_transaction(self, transaction_no: str) -> LabPayment | None:
        return self._by_transaction.get(transaction_no)

    def send_back(self, payment: LabPayment, number: str, amount_fen: int) -> LabRepayment:
        """The same number is the same repayment; whether it arrives is decided at once and heard of later."""
        if number not in self.repayments:
            service_no = f"50000{self.world.now()}{len(self.repayments):014d}"
            self.repayments[number] = LabRepayment(number, service_no, payment, amount_fen, self.world.now())
            payment.refunded_fen += amount_fen
        return self.repayments[number]

    def settle(self, repayment: LabRepayment) -> bool:
        """The bank's answer comes; false where it had come."""
        if repayment.status != "PROCESSING":
            return False
        is_abnormal = self.world.faults.take("repayment_abnormal", "")
        repayment.status = "ABNORMAL" if is_abnormal else "SUCCESS"
        return True


def transaction_body(payment: LabPayment, *, app_no: str, merchant_no: str) -> Body:
    """As a query answers it and as a notice hides it."""
    body: Body = {
        "appid": app_no,
        "mchid": merchant_no,
        "out_trade_no": payment.number,
        "trade_state": payment.state,
        "trade_state_desc": {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "REFUND": "转入退款"}[payment.state],
    }
    if not payment.paid_at:
        return body | {"amount": {"total": payment.asked_fen, "currency": "CNY"}}
    amount = {"total": payment.total_fen, "payer_total": payment.total_fen}
    return body | {
        "transaction_id": payment.transaction_no,
        "trade_type": "JSAPI",
        "bank_type": "OTHERS",
        "attach": "",
        "success_time": rfc3339(payment.paid_at),
        "payer": {"openid": payment.openid},
        "amount": amount | {"currency": "CNY", "payer_currency": "CNY"},
    }


def repayment_body(repayment: LabRepayment, *, merchant_no: str = "") -> Body:
    """A query's answer; with ``merchant_no``, what a notice hides, which has another word and no currency."""
    payment = repayment.payment
    body: Body = {
        "refund_id": repayment.service_no,
        "out_refund_no": repayment.number,
        "transaction_id": payment.transaction_no,
        "out_trade_no": payment.number,
        "user_received_account": "支付用户零钱",
    }
    amount = {"total": payment.total_fen, "refund": repayment.amount_fen}
    amount |= {"payer_total": payment.total_fen, "payer_refund": repayment.amount_fen}
    if repayment.status == "SUCCESS":
        body["success_time"] = rfc3339(repayment.created + 1)
    if merchant_no:
        return body | {"mchid": merchant_no, "refund_status": repayment.status, "amount": amount}
    body |= {"channel": "ORIGINAL", "funds_account": "UNSETTLED", "create_time": rfc3339(repayment.created)}
    return body | {"status": repayment.status, "amount": amount | {"currency": "CNY"}}


def rfc3339(at: int) -> str:
    return from_unix(at).astimezone(SHANGHAI).isoformat(timespec="seconds")
