"""Old system against new: how long an order takes, how often something is wrong, and where they differ."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.former import Decision, Difference, FormerOrder, Stage, decide, rulings
from orderhub.domain.order import Order
from orderhub.domain.rollout import goes_out
from orderhub.domain.shop import Rollout, Shop
from orderhub.kernel.eventlog import Event

LOOKS_BACK = timedelta(days=7)
MOST_ORDERS = 5000
MOST_DIFFERENCES = 50
_IDS_PER_QUERY = 500


@dataclass(frozen=True)
class Side:
    """``handling_seconds``: paid to shipped on average; rates are of ``count`` orders. None: nothing to go by."""

    count: int
    handling_seconds: int | None
    anomaly_rate: float | None
    error_rate: float | None


@dataclass(frozen=True)
class DifferingOrder:
    """``old`` and ``new`` are what each says, as pairs of a field and its word."""

    channel_order_no: str
    order_id: int | None
    fields: tuple[Difference, ...]
    old: dict[Difference, str]
    new: dict[Difference, str]


@dataclass(frozen=True)
class Comparison:
    """``since``: what is compared begins here. In a shadow ``new.handling_seconds`` is paid to decided."""

    shop: Shop
    since: datetime
    old: Side
    new: Side
    compared: int
    diverging: int
    by_field: dict[Difference, int]
    differing: tuple[DifferingOrder, ...]


@dataclass(frozen=True)
class RolloutStep:
    event_id: int
    at: datetime
    source: str
    target: str
    percent: int
    reason: str
    actor: str


def shops_by_rollout(session: Session) -> list[Shop]:
    return list(session.exec(select(Shop).order_by(col(Shop.channel), col(Shop.code))))


def comparison(session: Session, shop: Shop, now: datetime, *, failed: int) -> Comparison:
    """``failed``: messages since the level was set that could not be taken in; the inbox knows."""
    since = compared_since(shop, now)
    orders = _orders(session, shop, since)
    former = _former(session, shop, since)
    wrong = _with_anomaly(session, [order.id for order in orders])
    is_shadow = shop.rollout is Rollout.SHADOW
    new = orders if is_shadow else [order for order in orders if goes_out(shop, order.channel_order_no)]
    rest = [] if is_shadow else [order for order in orders if not goes_out(shop, order.channel_order_no)]
    differing = [row for row in former if row.differences]
    return Comparison(
        shop=shop,
        since=since,
        old=_old_side(former, rest, {order.channel_order_no: order for order in orders}, wrong),
        new=_new_side(new, wrong, failed, is_shadow=is_shadow),
        compared=sum(row.is_compared for row in former),
        diverging=len(differing),
        by_field=dict(Counter(field for row in differing for field in _fields(row))),
        differing=_differing(session, shop, differing[:MOST_DIFFERENCES]),
    )


def compared_since(shop: Shop, now: datetime) -> datetime:
    return max(now - LOOKS_BACK, shop.rollout_changed_at or shop.created_at)


def rollout_steps(session: Session, shop: Shop, limit: int = 20) -> list[RolloutStep]:
    """How the shop came to its level, newest first."""
    wanted = select(Event).where(
        Event.subject_type == "shop", Event.subject_id == shop.id, Event.kind == "rollout_changed"
    )
    found = session.exec(wanted.order_by(col(Event.id).desc()).limit(limit))
    return [RolloutStep(event_id=event.id, at=event.at, actor=event.actor, **event.body) for event in found]


def _orders(session: Session, shop: Shop, since: datetime) -> list[Order]:
    """The newest orders that were paid and came in since."""
    wanted = select(Order).where(
        Order.shop_id == shop.id, col(Order.accepted_at) >= since, col(Order.paid_at).is_not(None)
    )
    return list(session.exec(wanted.order_by(col(Order.placed_at).desc()).limit(MOST_ORDERS)))


def _former(session: Session, shop: Shop, since: datetime) -> list[FormerOrder]:
    wanted = select(FormerOrder).where(
        FormerOrder.shop_id == shop.id,
        col(FormerOrder.uploaded_at) >= since,
        col(FormerOrder.compared_at).is_not(None),
    )
    return list(session.exec(wanted.order_by(col(FormerOrder.id).desc()).limit(MOST_ORDERS)))


def _with_anomaly(session: Session, order_ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(order_ids), _IDS_PER_QUERY):
        part = order_ids[start : start + _IDS_PER_QUERY]
        wanted = select(Anomaly.subject_id).where(Anomaly.subject_type == "order", col(Anomaly.subject_id).in_(part))
        found |= set(session.exec(wanted))
    return found


def _new_side(orders: Sequence[Order], wrong: set[int], failed: int, *, is_shadow: bool) -> Side:
    ends = [(order.paid_at, order.accepted_at if is_shadow else order.shipped_at) for order in orders]
    return Side(
        count=len(orders),
        handling_seconds=_average(ends),
        anomaly_rate=_rate(sum(order.id in wrong for order in orders), len(orders)),
        error_rate=_rate(failed, len(orders) + failed),
    )


def _old_side(former: Sequence[FormerOrder], rest: Sequence[Order], ours: dict[str, Order], wrong: set[int]) -> Side:
    """The export, and the orders of a pilot that the present system still sends out."""
    exported = {row.channel_order_no for row in former}
    rest = [order for order in rest if order.channel_order_no not in exported]
    ends = [(_paid_at(row, ours), row.shipped_at) for row in former]
    ends += [(order.paid_at, order.shipped_at) for order in rest]
    troubled = sum(row.stage is Stage.TROUBLED for row in former) + sum(order.id in wrong for order in rest)
    # An order of the same time that the export does not have is one the present system never took in.
    span = [row.paid_at for row in former if row.paid_at]
    lost = [
        order
        for order in ours.values()
        if span and order.paid_at and min(span) <= order.paid_at <= max(span) and order.channel_order_no not in exported
    ]
    count = len(former) + len(rest)
    return Side(count, _average(ends), _rate(troubled, count), _rate(len(lost), len(former) + len(lost)))


def _paid_at(row: FormerOrder, ours: dict[str, Order]) -> datetime | None:
    known = ours.get(row.channel_order_no)
    return row.paid_at or (known.paid_at if known else None)


def _average(spans: Sequence[tuple[datetime | None, datetime | None]]) -> int | None:
    seconds = [(end - start).total_seconds() for start, end in spans if start and end and end >= start]
    return round(sum(seconds) / len(seconds)) if seconds else None


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _fields(row: FormerOrder) -> tuple[Difference, ...]:
    return tuple(Difference(name) for name in row.differences.split(",") if name)


def _differing(session: Session, shop: Shop, rows: Sequence[FormerOrder]) -> tuple[DifferingOrder, ...]:
    numbers = [row.channel_order_no for row in rows]
    wanted = select(Order).where(Order.shop_id == shop.id, col(Order.channel_order_no).in_(numbers))
    ours = {order.channel_order_no: order for order in session.exec(wanted)}
    ruled = rulings(session, ours.values())
    decided = {number: decide(shop, order, ruled.get(order.id)) for number, order in ours.items()}
    numbers = [row.channel_order_no for row in rows]
    return tuple(
        _differing_order(row, ours.get(number), decided.get(number)) for number, row in zip(numbers, rows, strict=True)
    )


def _differing_order(row: FormerOrder, order: Order | None, decision: Decision | None) -> DifferingOrder:
    old = {
        Difference.STATUS: row.status_word,
        Difference.WAREHOUSE: row.warehouse,
        Difference.CARRIER: row.carrier,
        Difference.SHIPPED_AT: row.shipped_at.isoformat() if row.shipped_at else "",
        Difference.MISSING: row.status_word,
    }
    new = (
        {
            Difference.STATUS: str(decision.stage),
            Difference.WAREHOUSE: decision.warehouse,
            Difference.CARRIER: decision.carrier,
            Difference.SHIPPED_AT: decision.shipped_at.isoformat() if decision.shipped_at else "",
        }
        if decision
        else {}
    )
    return DifferingOrder(row.channel_order_no, order.id if order else None, _fields(row), old, new)
