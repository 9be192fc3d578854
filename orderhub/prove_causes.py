"""Thirty days of trouble whose causes are known: what the hub would note of each, and who can put it right.

A label says who can take the cause away, by docs/assignment.md; it is written for causes, not for kinds, and knows
nothing of the rules. Some causes look to the hub like others (``is_hidden``): nothing that is noted tells them apart,
so that they go wrong, as they will in life. How often each happens is assumed, and varied by the seed.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.words import Carrier, Channel, UploadProblem

DAYS = 30
_A, _P = AnomalyKind, UploadProblem

Note = Callable[[random.Random], str]


@dataclass(frozen=True)
class Cause:
    """``per_day``: how often, on average. ``is_own``: to the merchant's own program only; None: to any channel."""

    name: str
    kind: AnomalyKind
    label: str
    per_day: float
    note: Note
    is_own: bool | None = None
    is_hidden: bool = False


@dataclass(frozen=True)
class Case:
    """One anomaly of a known cause, ``seconds`` after the first day began."""

    cause: Cause
    channel: Channel
    note: str
    seconds: int


def cases(seed: int, days: int = DAYS) -> list[Case]:
    """The same for the same seed, in the order they happen."""
    chance = random.Random(seed)  # noqa: S311  (nothing secret: the same cases again)
    return sorted(_cases(chance, days), key=lambda one: one.seconds)


def moment(case: Case, start: datetime) -> datetime:
    return start + timedelta(seconds=case.seconds)


def _cases(chance: random.Random, days: int) -> Iterator[Case]:
    for cause in CAUSES:
        expected = cause.per_day * days * chance.uniform(0.5, 1.5)
        for _ in range(int(expected) + (chance.random() < expected % 1)):
            yield Case(cause, _channel(chance, cause), cause.note(chance), chance.randrange(days * 86_400))


def _channel(chance: random.Random, cause: Cause) -> Channel:
    if cause.is_own:
        return Channel.MINIPROGRAM
    platforms = [one for one in Channel if one is not Channel.MINIPROGRAM]
    return chance.choice(platforms if cause.is_own is False else [*Channel])


def _number(chance: random.Random) -> str:
    return f"{chance.choice(('YT', 'SF', 'ZTO', 'JT', '7'))}{chance.randrange(10**11, 10**12)}"


def _noted(text: str) -> Note:
    return lambda chance: f"{_number(chance)}: {text}"


def _refused(problem: UploadProblem) -> Note:
    """As the senders note it, mostly with the partner's own code."""

    def note(chance: random.Random) -> str:
        code = chance.choice(("", f"isv.{chance.randrange(100, 999)}", str(chance.randrange(10_000, 99_999))))
        return f"{_number(chance)}: {problem.said}" + (f"（{code}）" if code else "")

    return note


def _waybill(problem: UploadProblem) -> Note:
    def note(chance: random.Random) -> str:
        carrier = chance.choice([*Carrier]).trade_name
        return f"W{chance.randrange(10**9)}: {carrier} {problem.said}（{chance.randrange(1000, 9999)}）"

    return note


def _upload(problem: UploadProblem) -> Note:
    def note(chance: random.Random) -> str:
        return f"{chance.randrange(10**17, 10**18)}, parcel {_number(chance)}: {problem.said}"

    return note


def _sums(chance: random.Random) -> str:
    goods, freight = chance.randrange(1_000, 90_000), chance.choice((0, 800, 1_200))
    return f"goods {goods} + freight {freight} - discount 0 against {goods + freight - chance.randrange(1, 900)} fen"


def _told(problem: UploadProblem) -> Note:
    return lambda chance: f"{_number(chance)} {chance.choice(('已发货', '派送中', '运输中'))}: {problem.said}"


_NOT_SCANNED = _noted("发货后一直没有揽收记录，请确认是否已交给快递")
_STALLED = _noted("物流停滞，疑似丢件，请联系快递核实")

CAUSES: tuple[Cause, ...] = (
    Cause("never handed to the carrier", _A.NOT_SCANNED, "warehouse", 14, _NOT_SCANNED),
    Cause("collected, the courier scanned nothing", _A.NOT_SCANNED, "operations", 0.4, _NOT_SCANNED, is_hidden=True),
    Cause(
        "marked as shipped, perhaps falsely",
        _A.NO_MOVEMENT,
        "operations",
        3,
        _noted("发货后一直没有物流记录，疑似虚假发货，请核实包裹是否出库"),
    ),
    Cause("stands still in a hub", _A.NO_MOVEMENT, "operations", 9, _STALLED),
    Cause("the buyer asked the courier to wait", _A.NO_MOVEMENT, "service", 0.2, _STALLED, is_hidden=True),
    Cause(
        "never left, for a week",
        _A.PARCEL_LOST,
        "warehouse",
        0.8,
        _noted("一周没有任何物流记录，请核实出库并补发或退款"),
    ),
    Cause(
        "lost on the way",
        _A.PARCEL_LOST,
        "operations",
        1.5,
        _noted("一周没有物流更新，按丢件处理：向快递索赔，补发或退款"),
    ),
    Cause("mistyped waybill", _A.UPLOAD_REFUSED, "warehouse", 4, _refused(_P.WAYBILL_INVALID), is_own=False),
    Cause(
        "packed other lines than ordered", _A.UPLOAD_REFUSED, "warehouse", 1, _refused(_P.LINES_DIFFER), is_own=False
    ),
    Cause("carrier not mapped", _A.UPLOAD_REFUSED, "operations", 2, _refused(_P.CARRIER_UNKNOWN), is_own=False),
    Cause(
        "buyer asked for a refund meanwhile", _A.UPLOAD_REFUSED, "service", 3, _refused(_P.REFUND_OPEN), is_own=False
    ),
    Cause("order closed meanwhile", _A.UPLOAD_REFUSED, "service", 1.5, _refused(_P.STATUS_FORBIDS), is_own=False),
    Cause("order of another shop", _A.UPLOAD_REFUSED, "operations", 0.5, _refused(_P.ORDER_UNKNOWN), is_own=False),
    Cause("platform fault", _A.UPLOAD_REFUSED, "operations", 1, _refused(_P.REFUSED), is_own=False),
    Cause("mistyped waybill, no code", _A.UPLOAD_REFUSED, "warehouse", 0.15, _refused(_P.REFUSED), is_hidden=True),
    Cause(
        "own, mistyped waybill",
        _A.SHIPPING_NOT_UPLOADED,
        "warehouse",
        1,
        _upload(_P.WAYBILL_INVALID),
        is_own=True,
    ),
    Cause("own, service down", _A.SHIPPING_NOT_UPLOADED, "operations", 1, _upload(_P.UNREACHABLE), is_own=True),
    Cause("carrier does not go there", _A.WAYBILL_REFUSED, "operations", 3, _waybill(_P.NOT_SERVED)),
    Cause("no receiver in the clear", _A.WAYBILL_REFUSED, "service", 1.5, _waybill(_P.NO_RECEIVER), is_own=False),
    Cause("parcel too heavy", _A.WAYBILL_REFUSED, "warehouse", 2, _waybill(_P.CARRIER_REFUSED)),
    Cause("label printed and not used", _A.WAYBILL_KEPT, "warehouse", 1, _waybill(_P.CARRIER_REFUSED)),
    Cause("platform discount not mapped", _A.AMOUNT_MISMATCH, "operations", 3, _sums, is_own=False),
    Cause("own, paid another amount", _A.AMOUNT_MISMATCH, "finance", 1, _sums, is_own=True),
    Cause("own, price changed by hand", _A.AMOUNT_MISMATCH, "operations", 0.1, _sums, is_own=True, is_hidden=True),
    Cause("nothing left to pay back", _A.REFUND_NOT_ANSWERED, "finance", 1, _refused(_P.NO_MONEY)),
    Cause("buyer changed the case", _A.REFUND_NOT_ANSWERED, "service", 2, _refused(_P.CASE_CHANGED)),
    Cause("answered in the back office only", _A.REFUND_NOT_ANSWERED, "service", 1, _refused(_P.BY_HAND), is_own=False),
    Cause("buyer takes no messages", _A.NOTICE_UNDELIVERABLE, "service", 4, _told(_P.NOT_WANTED), is_own=True),
    Cause("wrong telephone", _A.NOTICE_UNDELIVERABLE, "service", 1, _told(_P.BAD_ADDRESS), is_own=True),
    Cause("template withdrawn", _A.NOTICE_UNDELIVERABLE, "operations", 0.5, _told(_P.BAD_TEMPLATE), is_own=True),
    Cause("quota used up", _A.NOTICE_UNDELIVERABLE, "operations", 0.5, _told(_P.QUOTA), is_own=True),
    Cause("sold without stock", _A.OVERSOLD, "warehouse", 3, lambda _: "BOX-40L"),
    Cause(
        "packed too late", _A.SHIP_BY_PAST, "warehouse", 5, lambda chance: f"{chance.randrange(10**17)} was to leave"
    ),
    Cause(
        "payment of nobody's order",
        _A.PAYMENT_WITHOUT_ORDER,
        "finance",
        0.5,
        lambda _: "no such order was posted",
        is_own=True,
    ),
    Cause("paid another amount", _A.PAYMENT_MISMATCH, "finance", 0.5, lambda _: "paid 1 fen less", is_own=True),
    Cause("statement differs", _A.SETTLEMENT_DIFFERENCE, "finance", 1, lambda _: "3 open, ¥12.00"),
    Cause(
        "shipped after a refund was asked for",
        _A.SHIPPED_DESPITE_REFUND,
        "service",
        1,
        _noted("买家申请退款之后，货发出了"),
    ),
    Cause("buyer refuses the parcel", _A.PARCEL_REFUSED, "service", 2, _noted("买家拒收")),
    Cause("address does not exist", _A.ADDRESS_UNREACHABLE, "service", 1, _noted("地址不详")),
    Cause("login of a shop ended", _A.SHOP_UNAUTHORISED, "operations", 0.2, lambda _: "授权失效"),
    Cause("login of a carrier ended", _A.CARRIER_UNAUTHORISED, "admin", 0.2, lambda _: "授权失效"),
    Cause(
        "unknown word of a platform", _A.UNKNOWN_STATUS_WORD, "operations", 0.5, lambda _: "status:777", is_own=False
    ),
)
