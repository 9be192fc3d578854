"""How do mappings reach orders that were taken before them? By going once more through the bodies that were kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.inbox import InboxMessage, MessageKind, MessageState
from orderhub.intake.mapping.applying import Live, is_native, read_live
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record

MOST_DAYS = 90
STEP = 25  # orders in one transaction: on SQLite they hold the one writer
GONE_QUIET = timedelta(minutes=1)

_RUNNING = text("state = 'running'")


class RerunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class MappingRerun(SQLModel, table=True):
    """``seen`` of ``total`` orders placed since ``since`` have been gone through, up to the id ``cursor``.

    ``changed`` orders are different now, ``refused`` counts values that were not taken.
    """

    __tablename__ = "mapping_rerun"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("uq_mapping_rerun_running", "channel", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    )

    id: int = own_id()
    channel: Channel = Field(sa_type=word(Channel))
    state: RerunState = Field(default=RerunState.RUNNING, sa_type=word(RerunState))
    since: datetime = Field(sa_type=Moment)
    total: int
    seen: int = 0
    changed: int = 0
    refused: int = 0
    cursor: int = Field(default=0, sa_type=BigId)
    by: str = Field(max_length=64)
    started_at: datetime = Field(sa_type=Moment)
    beat_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class RerunRunning(RuleBroken):
    code = "rerun_running"


class NothingLive(RuleBroken):
    code = "nothing_live"


@dataclass(frozen=True)
class RerunEvent(Happening):
    subject_type: ClassVar[str] = "mapping_rerun"
    channel: str


@dataclass(frozen=True)
class MappingRerunStarted(RerunEvent):
    total: int


@dataclass(frozen=True)
class MappingRerunEnded(RerunEvent):
    state: str
    changed: int


def start(session: Session, channel: Channel, days: int, *, by: str, now: datetime) -> MappingRerun:
    """Apply what is live to the channel's orders placed within the last ``days``; ``go_on`` does the work.

    Raises:
        BadInput: not 1 to 90 days.
        NothingLive: no mapping of the channel is live.
        RerunRunning: one is under way.
    """
    if not 1 <= days <= MOST_DAYS:
        raise BadInput(f"days: {days}, needs 1 to {MOST_DAYS}", field="days", problem="bad_days")
    if read_live(session, channel) is None:
        raise NothingLive(f"{channel}: make a version live first")
    if newest(session, channel, only_running=True):
        raise RerunRunning(f"{channel}: orders are being gone through already")
    since = now - timedelta(days=days)
    total = session.exec(select(func.count()).select_from(Order).where(*_meant(channel, since))).one()
    begun = MappingRerun(channel=channel, since=since, total=total, by=by, started_at=now, beat_at=now)
    session.add(begun)
    session.flush()
    record(session, MappingRerunStarted(begun.id, channel, total), actor=by, now=now)
    return begun


def cancel(session: Session, rerun_id: int, *, by: str, now: datetime) -> None:
    """Stop after the step under way; what has been done stays. Raises: NotFound: none of this id is running."""
    running = session.get(MappingRerun, rerun_id, with_for_update=True)
    if running is None or running.state is not RerunState.RUNNING:
        raise NotFound(f"no run {rerun_id} is under way")
    _end(session, running, RerunState.CANCELLED, by=by, now=now)


def step(rerun_id: int, now: datetime) -> bool:
    """Go through the next orders, in a transaction of their own; says whether there is more to do. Safe to repeat."""
    with transaction() as session:
        run = session.get(MappingRerun, rerun_id, with_for_update=True)
        if run is None or run.state is not RerunState.RUNNING:
            return False
        live = read_live(session, run.channel)
        wanted = select(Order).where(*_meant(run.channel, run.since), col(Order.id) > run.cursor)
        orders = session.exec(wanted.order_by(col(Order.id)).limit(STEP).with_for_update()).all()
        if live and orders:
            _go_through(session, run, live, orders, now)
        run.beat_at = now
        session.add(run)
        if len(orders) < STEP:
            _end(session, run, RerunState.DONE, by=run.by, now=now)
        return len(orders) == STEP


def go_on(now: datetime, *, most_steps: int = 400) -> int:
    """By the clock: finish runs whose process has gone quiet; returns how many steps that took."""
    with transaction() as session:
        wanted = select(MappingRerun.id).where(
            MappingRerun.state == RerunState.RUNNING, col(MappingRerun.beat_at) < now - GONE_QUIET
        )
        quiet = session.exec(wanted).all()
    steps = 0
    for rerun_id in quiet:
        steps += 1
        while step(rerun_id, now) and steps < most_steps:
            steps += 1
    return steps


def newest(session: Session, channel: Channel, *, only_running: bool = False) -> MappingRerun | None:
    wanted = select(MappingRerun).where(MappingRerun.channel == channel)
    if only_running:
        wanted = wanted.where(MappingRerun.state == RerunState.RUNNING)
    return session.exec(wanted.order_by(col(MappingRerun.id).desc()).limit(1)).one_or_none()


def _go_through(session: Session, run: MappingRerun, live: Live, orders: Sequence[Order], now: datetime) -> None:
    shops = {shop.id: shop for shop in session.exec(select(Shop).where(Shop.channel == run.channel))}
    bodies = _bodies(session, run.channel, orders)
    for order in orders:
        body = bodies.get((order.shop_id, order.channel_order_no))
        if body is not None:
            mapped = live.made_of(body, shops[order.shop_id])
            run.changed += live.put_on(session, order, mapped, now)
            run.refused += len(mapped.failures)
    run.seen += len(orders)
    run.cursor = orders[-1].id


def _bodies(session: Session, channel: Channel, orders: Sequence[Order]) -> dict[tuple[int, str], dict[str, Any]]:
    """The newest body of each order that was taken and is in the channel's own words."""
    wanted = select(InboxMessage).where(
        col(InboxMessage.shop_id).in_({order.shop_id for order in orders}),
        InboxMessage.kind == MessageKind.ORDER,
        col(InboxMessage.number).in_([order.channel_order_no for order in orders]),
        InboxMessage.state == MessageState.DONE,
        InboxMessage.body != "",
    )
    found = session.exec(wanted.order_by(col(InboxMessage.version))).all()
    return {
        (message.shop_id, message.number): message.content for message in found if is_native(channel, message.source)
    }


def _meant(channel: Channel, since: datetime) -> tuple[Any, Any]:
    return col(Order.channel) == channel, col(Order.placed_at) >= since


def _end(session: Session, run: MappingRerun, state: RerunState, *, by: str, now: datetime) -> None:
    run.state, run.ended_at = state, now
    session.add(run)
    record(session, MappingRerunEnded(run.id, run.channel, state, run.changed), actor=by, now=now)
