"""What is a buyer told of a parcel? Once for each thing that happens to it, and not any more when it is too late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.notice_plan import NoticeMoment, NoticePlan, quiet_ends
from orderhub.domain.order import Order, OrderEvent, Shipment
from orderhub.domain.track import Track
from orderhub.domain.words import ScanNode, UploadProblem
from orderhub.kernel.clock import business_day
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import NotFound, RuleBroken
from orderhub.kernel.eventlog import SYSTEM, record
from orderhub.kernel.ids import digest
from orderhub.kernel.sight import find

# How long after it happened a thing is still worth a message.
TOLD_WITHIN = {
    NoticeMoment.SHIPPED: timedelta(hours=24),
    NoticeMoment.LEFT_HUB: timedelta(hours=24),
    NoticeMoment.OUT_FOR_DELIVERY: timedelta(hours=12),
    NoticeMoment.READY_FOR_PICKUP: timedelta(hours=48),
}
_OVER = (ScanNode.DELIVERED, ScanNode.REFUSED, ScanNode.RETURNING)
_BEYOND = {
    NoticeMoment.SHIPPED: _OVER,
    NoticeMoment.LEFT_HUB: (*_OVER, ScanNode.OUT_FOR_DELIVERY, ScanNode.READY_FOR_PICKUP),
    NoticeMoment.OUT_FOR_DELIVERY: (*_OVER, ScanNode.READY_FOR_PICKUP),
    NoticeMoment.READY_FOR_PICKUP: _OVER,
}
# Told anew each day it happens; the others once for a parcel.
_DAILY = (NoticeMoment.OUT_FOR_DELIVERY,)


class NoticeState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"  # nobody need be told any more
    FAILED = "failed"  # no way has led to the buyer


class Notice(SQLModel, table=True):
    """One thing one buyer is told of one parcel; ``order_id`` is the first of the buyer's orders in it.

    ``turn`` is the Shanghai day where a thing may happen again. ``way`` counts the plan's ways from 0, ``account_id``
    is whose turn it is or was; ``round`` counts how often a person has begun anew. ``problem`` and ``partner_code``
    are the last way's.
    """

    __table_args__ = (
        UniqueConstraint("track_id", "moment", "turn", "buyer_key"),
        Index("ix_notice_order_id", "order_id"),
        Index("ix_notice_state", "state", "id"),
    )

    id: int = own_id()
    order_id: int = Field(foreign_key="orders.id", sa_type=BigId)
    shop_id: int = Field(foreign_key="shop.id", sa_type=BigId)
    track_id: int = Field(foreign_key="track.id", sa_type=BigId)
    tracking_no: str = Field(max_length=64)
    moment: NoticeMoment = Field(sa_type=word(NoticeMoment))
    turn: str = Field(default="", max_length=10)
    buyer_key: str = Field(max_length=64)
    state: NoticeState = Field(default=NoticeState.WAITING, sa_type=word(NoticeState))
    way: int = 0
    account_id: int = Field(default=0, sa_type=BigId)
    round: int = 0
    problem: UploadProblem = Field(default=UploadProblem.NONE, sa_type=word(UploadProblem))
    partner_code: str = Field(default="", max_length=64)
    happened_at: datetime = Field(sa_type=Moment)
    due_at: datetime = Field(sa_type=Moment)
    noted_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


@dataclass(frozen=True)
class NoticeSent(OrderEvent):
    moment: str
    way: str
    tracking_no: str


@dataclass(frozen=True)
class NoticeFailed(OrderEvent):
    moment: str
    problem: str
    partner_code: str
    tracking_no: str


@dataclass(frozen=True)
class NoticeSkipped(OrderEvent):
    moment: str
    problem: str
    tracking_no: str


@dataclass(frozen=True)
class NoticeRetried(OrderEvent):
    moment: str
    tracking_no: str


class NoticeNotOver(RuleBroken):
    code = "notice_not_over"


def orders_under(session: Session, tracking_no: str) -> list[Order]:
    """Those whose goods travel under the waybill, oldest first."""
    wanted = select(Order).join(Shipment, col(Shipment.order_id) == Order.id).where(Shipment.tracking_no == tracking_no)
    return list(session.exec(wanted.order_by(col(Order.id))).unique())


def one_for_each_buyer(orders: Iterable[Order]) -> list[Order]:
    """The first order of each: goods that were merged into one parcel are one message."""
    first: dict[str, Order] = {}
    for order in orders:
        first.setdefault(buyer_key(order), order)
    return list(first.values())


def buyer_key(order: Order) -> str:
    """The same for orders that are certainly one buyer's; who bears no token is somebody else each time."""
    return digest(f"buyer:{order.shop_id}:{order.buyer_token}" if order.buyer_token else f"order:{order.id}")


def note_notice(
    session: Session,
    track: Track,
    order: Order,
    plan: NoticePlan,
    *,
    happened_at: datetime,
    now: datetime,
) -> Notice | None:
    """Write down what the buyer is to be told; None where it was before. Where it is too late, that is written down.

    Safe to repeat.
    """
    moment = plan.moment
    turn = str(business_day(happened_at)) if moment in _DAILY else ""
    key = buyer_key(order)
    standing = select(Notice.id).where(
        Notice.track_id == track.id, Notice.moment == moment, Notice.turn == turn, Notice.buyer_key == key
    )
    if session.exec(standing).first() is not None:
        return None
    due_at = quiet_ends(now, plan.quiet_from, plan.quiet_until)
    made = Notice(
        order_id=order.id,
        shop_id=order.shop_id,
        track_id=track.id,
        tracking_no=track.tracking_no,
        moment=moment,
        turn=turn,
        buyer_key=key,
        happened_at=happened_at,
        due_at=due_at,
        noted_at=now,
    )
    session.add(made)
    session.flush()
    if problem := too_late(made, track.node, due_at):
        skip_notice(session, made, problem, now=now)
    return made


def too_late(notice: Notice, node: ScanNode | None, at: datetime) -> UploadProblem | None:
    """Why nobody need be told ``at`` that moment; None where it is still news."""
    if node in _BEYOND[notice.moment]:
        return UploadProblem.OVERTAKEN
    is_another_day = notice.moment in _DAILY and business_day(at) != business_day(notice.happened_at)
    if is_another_day or at - notice.happened_at > TOLD_WITHIN[notice.moment]:
        return UploadProblem.TOO_OLD
    return None


def sent_notice(session: Session, notice: Notice, *, way: str, now: datetime) -> None:
    _end(session, notice, NoticeState.SENT, UploadProblem.NONE, now)
    record(session, NoticeSent(notice.order_id, notice.moment, way, notice.tracking_no), actor=SYSTEM, now=now)
    about = ("order", notice.order_id)
    resolve_anomaly(session, AnomalyKind.NOTICE_UNDELIVERABLE, about=about, by=SYSTEM, now=now)


def skip_notice(session: Session, notice: Notice, problem: UploadProblem, *, now: datetime) -> None:
    _end(session, notice, NoticeState.SKIPPED, problem, now)
    record(session, NoticeSkipped(notice.order_id, notice.moment, problem, notice.tracking_no), actor=SYSTEM, now=now)


def fail_notice(session: Session, notice: Notice, problem: UploadProblem, code: str, *, now: datetime) -> None:
    """No way has led to the buyer: somebody of customer service may ring."""
    _end(session, notice, NoticeState.FAILED, problem, now)
    notice.partner_code = code[:64]
    happening = NoticeFailed(notice.order_id, notice.moment, problem, notice.partner_code, notice.tracking_no)
    record(session, happening, actor=SYSTEM, now=now)
    said = f"{problem.said}（{code}）" if code else problem.said
    open_anomaly(
        session,
        AnomalyKind.NOTICE_UNDELIVERABLE,
        about=("order", notice.order_id),
        occurred_at=notice.happened_at,
        now=now,
        note=f"{notice.tracking_no} {notice.moment.said}: {said}",
    )


def parcel_arrived(session: Session, track: Track, *, now: datetime) -> None:
    """What could not be told of it matters no more. Safe to repeat."""
    for order in orders_under(session, track.tracking_no):
        about = ("order", order.id)
        resolve_anomaly(
            session, AnomalyKind.NOTICE_UNDELIVERABLE, about=about, by=SYSTEM, now=now, reason="the parcel has arrived"
        )


def begin_anew(session: Session, notice_id: int, *, by: str, now: datetime) -> Notice:
    """A person wants it told after all, from the first way on.

    Raises:
        NotFound: there is no such notice.
        NoticeNotOver: it is sent, or still on its way.
    """
    notice = find(session, Notice, notice_id, lock=True)
    if notice is None:
        raise NotFound(f"no notice has the id {notice_id}")
    if notice.state not in (NoticeState.FAILED, NoticeState.SKIPPED):
        raise NoticeNotOver(f"notice {notice.id} is {notice.state}")
    notice.state, notice.round, notice.ended_at, notice.due_at = NoticeState.WAITING, notice.round + 1, None, now
    session.add(notice)
    record(session, NoticeRetried(notice.order_id, notice.moment, notice.tracking_no), actor=by, now=now)
    return notice


def _end(session: Session, notice: Notice, state: NoticeState, problem: UploadProblem, now: datetime) -> None:
    notice.state, notice.problem, notice.partner_code, notice.ended_at = state, problem, "", now
    session.add(notice)
