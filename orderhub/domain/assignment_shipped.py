"""Which causes tell, by the words the hub notes for them, that another role than the kind's can put it right?"""

from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.assignment import Rule
from orderhub.domain.words import Channel, UploadProblem

_ADMIN, _OPERATIONS, _SERVICE, _WAREHOUSE, _FINANCE = "admin", "operations", "service", "warehouse", "finance"
_UPLOADS = (AnomalyKind.UPLOAD_REFUSED, AnomalyKind.SHIPPING_NOT_UPLOADED)
_WAYBILLS = (AnomalyKind.WAYBILL_REFUSED, AnomalyKind.WAYBILL_KEPT)
_ANSWERS = (AnomalyKind.REFUND_NOT_ANSWERED,)
_NOTICES = (AnomalyKind.NOTICE_UNDELIVERABLE,)


def _when(name: str, kinds: tuple[AnomalyKind, ...], role: str, *problems: UploadProblem) -> Rule:
    return Rule(name, kinds=kinds, role=role, words=tuple(problem.said for problem in problems))


_P = UploadProblem
# First fit wins; a merchant's own rules come before all of them.
SHIPPED: tuple[Rule, ...] = (
    _when("运单号或商品行写错，仓库更正", _UPLOADS, _WAREHOUSE, _P.WAYBILL_INVALID, _P.LINES_DIFFER),
    _when("买家申请退款或订单已变，客服联系买家", _UPLOADS, _SERVICE, _P.REFUND_OPEN, _P.STATUS_FORBIDS),
    _when("没有收件人明文，客服取地址", _WAYBILLS, _SERVICE, _P.NO_RECEIVER),
    _when("快递不到，运营换快递", _WAYBILLS, _OPERATIONS, _P.NOT_SERVED, _P.CARRIER_UNKNOWN),
    _when("没有可退的钱，财务核账", _ANSWERS, _FINANCE, _P.NO_MONEY),
    _when("通知额度、模板或签名不对，运营更正", _NOTICES, _OPERATIONS, _P.QUOTA, _P.BAD_TEMPLATE, _P.BAD_SIGN),
    Rule("一周从未揽收，仓库核实出库", kinds=(AnomalyKind.PARCEL_LOST,), words=("没有任何物流记录",), role=_WAREHOUSE),
    # A platform's discounts explain most differences of its orders; of the own program the money is in the own account.
    Rule(
        "自有小程序金额不符，财务核对收款",
        kinds=(AnomalyKind.AMOUNT_MISMATCH,),
        channel=Channel.MINIPROGRAM,
        role=_FINANCE,
    ),
)
