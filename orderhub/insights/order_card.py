"""What is known about one order? Everything the drawer shows, as its channel and our own people left it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.allocation_decision import AllocationDecision
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.hold import Hold, HoldReason
from orderhub.domain.order import UNSHIPPED, Order, OrderLine, OrderStatus, OrderTag, Shipment
from orderhub.domain.payment import Payment
from orderhub.domain.rules.decided import RuleDecision, RuleHit
from orderhub.domain.shop import Shop
from orderhub.domain.task import Task, TaskStatus
from orderhub.domain.words import Channel
from orderhub.insights.copied import MoneyLine, copied
from orderhub.insights.custom import CustomShown, customs_of
from orderhub.insights.order_deliveries import DeliveryRow, Ways, deliveries, ways
from orderhub.insights.order_track import TrackRow, tracks_of
from orderhub.insights.search import order_no_text
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import Event

MOST_MOMENTS = 200


@dataclass(frozen=True)
class Moment:
    """An event about the order, its cases, payments or parcels; ``body`` holds the facts of its kind."""

    at: datetime
    kind: str
    actor: str
    subject_type: str
    body: dict[str, Any]


@dataclass(frozen=True)
class OrderCard:
    """``at_risk_fen`` is what is paid for goods that have not left; ``holds`` are all, the open ones first.

    ``money`` adds up: goods, freight, discount (negative), total; then what is paid and, of that, given back.
    ``decision`` and ``hits`` are what the rules decided last, ``allocation`` how warehouse and carrier were chosen.
    """

    order: Order
    order_no: str
    shop: Shop
    is_late: bool
    at_risk_fen: int
    money: tuple[MoneyLine, ...]
    lines: tuple[OrderLine, ...]
    parcels: tuple[Shipment, ...]
    tracks: tuple[TrackRow, ...]
    aftersales: tuple[Aftersale, ...]
    holds: tuple[Hold, ...]
    tags: tuple[OrderTag, ...]
    customs: tuple[CustomShown, ...]
    tasks: tuple[Task, ...]
    anomalies: tuple[Anomaly, ...]
    timeline: tuple[Moment, ...]
    decision: RuleDecision | None
    hits: tuple[RuleHit, ...]
    allocation: AllocationDecision | None
    deliveries: tuple[DeliveryRow, ...]
    ways: Ways

    @property
    def open_holds(self) -> tuple[HoldReason, ...]:
        return tuple(hold.reason for hold in self.holds if hold.released_at is None)

    @property
    def channel(self) -> Channel:
        return self.order.channel

    @property
    def status(self) -> OrderStatus:
        return self.order.status


def order_card(session: Session, order_id: int, now: datetime) -> OrderCard:
    """Raises: NotFound: no order has this id."""
    found = session.exec(select(Order, Shop).join(Shop, col(Shop.id) == Order.shop_id).where(Order.id == order_id))
    head = found.one_or_none()
    if not head:
        raise NotFound(f"order {order_no_text(order_id)} does not exist")
    order, shop = head
    is_leaving = order.status in UNSHIPPED
    lines = _of(session, OrderLine, order_id)
    cases = _of(session, Aftersale, order_id)
    parcels = _of(session, Shipment, order_id)
    tracks = tracks_of(session, parcels, now)
    about = _about(session, order_id, cases, tracks)
    return OrderCard(
        order=order,
        order_no=order_no_text(order.id),
        shop=shop,
        is_late=is_leaving and order.ship_by is not None and order.ship_by < now,
        at_risk_fen=order.paid_fen if is_leaving else 0,
        money=_money(order, lines),
        lines=lines,
        parcels=parcels,
        tracks=tracks,
        aftersales=cases,
        holds=tuple(sorted(_of(session, Hold, order_id), key=lambda hold: (hold.released_at is not None, hold.id))),
        tags=tuple(session.exec(select(OrderTag).where(OrderTag.order_id == order_id).order_by(OrderTag.tag))),
        customs=tuple(customs_of(session, [order_id]).get(order_id, ())),
        tasks=_tasks(session, about),
        anomalies=_anomalies(session, about),
        timeline=_timeline(session, about),
        decision=session.get(RuleDecision, order_id),
        hits=_hits(session, order_id),
        allocation=session.get(AllocationDecision, order_id),
        deliveries=deliveries(session, order, lines),
        ways=ways(session),
    )


def copy_text(card: OrderCard) -> str:
    """The order as a text block to paste into a chat: masked as the channel masked it."""
    return copied(
        card.order,
        heading=f"{card.order_no}（{card.shop.name}）",
        tags=[tag.tag for tag in card.tags],
        holds=card.open_holds,
        money=card.money,
        lines=card.lines,
        parcels=card.parcels,
    )


def _of(session: Session, table: type[Any], order_id: int) -> tuple[Any, ...]:
    return tuple(session.exec(select(table).where(table.order_id == order_id).order_by(table.id)))


def _hits(session: Session, order_id: int) -> tuple[RuleHit, ...]:
    return tuple(session.exec(select(RuleHit).where(RuleHit.order_id == order_id).order_by(col(RuleHit.place))))


def _money(order: Order, lines: Iterable[OrderLine]) -> tuple[MoneyLine, ...]:
    return (
        MoneyLine("goods", sum(line.total_fen for line in lines)),
        MoneyLine("freight", order.freight_fen),
        MoneyLine("discount", -order.discount_fen),
        MoneyLine("total", order.total_fen),
        MoneyLine("paid", order.paid_fen),
    )


def _about(
    session: Session, order_id: int, cases: Iterable[Aftersale], tracks: Iterable[TrackRow]
) -> dict[str, list[int]]:
    """The subjects whose rows and events belong to the order."""
    followed = [row.track.id for row in tracks if row.track]
    payments = session.exec(select(Payment.id).where(Payment.order_id == order_id)).all()
    case_ids = [case.id for case in cases]
    return {"order": [order_id], "aftersale": case_ids, "payment": list(payments), "track": followed}


def _concerns(table: type[Any], about: dict[str, list[int]]) -> Any:
    return or_(*[and_(table.subject_type == kind, table.subject_id.in_(ids)) for kind, ids in about.items() if ids])


def _tasks(session: Session, about: dict[str, list[int]]) -> tuple[Task, ...]:
    wanted = select(Task).where(_concerns(Task, about)).order_by(col(Task.due_at), col(Task.id))
    return tuple(sorted(session.exec(wanted), key=lambda task: task.status is TaskStatus.CLOSED))


def _anomalies(session: Session, about: dict[str, list[int]]) -> tuple[Anomaly, ...]:
    wanted = select(Anomaly).where(_concerns(Anomaly, about)).order_by(col(Anomaly.detected_at).desc())
    return tuple(sorted(session.exec(wanted), key=lambda anomaly: anomaly.resolved_at is not None))


def _timeline(session: Session, about: dict[str, list[int]]) -> tuple[Moment, ...]:
    wanted = select(Event).where(_concerns(Event, about)).order_by(col(Event.id).desc()).limit(MOST_MOMENTS)
    events = session.exec(wanted)
    return tuple(Moment(event.at, event.kind, event.actor, event.subject_type, event.body) for event in events)
