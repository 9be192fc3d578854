"""Why does an order wait? Several holds may be open at once; an order with an open hold never reaches a waybill.

A hold ends when the facts that opened it are right again, when a person releases it, or by itself at its due moment.
One about money takes two people (``domain/second_review.py``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel, col, select, update

from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.domain.order import AllocationDue, Order, OrderEvent, OrderStatus
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import SYSTEM, record
from orderhub.kernel.ids import clean_text

AT_ONCE = 200
LONGEST_NOTE = 200
_MOST_HOURS = 24 * 90


class HoldReason(StrEnum):
    BUYER_REMARK = "buyer_remark"
    ADDRESS_DOUBTFUL = "address_doubtful"
    PRICE_BELOW_FLOOR = "price_below_floor"
    AMOUNT_MISMATCH = "amount_mismatch"
    ZERO_YUAN = "zero_yuan"
    OUT_OF_STOCK = "out_of_stock"
    SKU_NOT_MATCHED = "sku_not_matched"
    REFUND_REQUESTED = "refund_requested"
    MANUAL = "manual"
    RISK = "risk"
    PRESALE = "presale"


# Whoever lets one of these go needs somebody else to have looked before.
TWO_PERSON = frozenset({HoldReason.PRICE_BELOW_FLOOR, HoldReason.AMOUNT_MISMATCH, HoldReason.ZERO_YUAN})

# What a person may hold an order for; the others follow from facts and go with them.
BY_HAND = (HoldReason.MANUAL, HoldReason.BUYER_REMARK, HoldReason.ADDRESS_DOUBTFUL, HoldReason.PRICE_BELOW_FLOOR)


class Hold(SQLModel, table=True):
    """At most one hold of a reason is open on an order; ``by`` names the user, ``system``, ``rules`` or the channel.

    ``expires_at``: when it ends by itself; where ``hours_before_promise`` is set, that long before the order's ship-by
    moment, and it moves along with it. ``vouched_by``: the first of the two people a hold about money needs.
    """

    __table_args__ = (
        Index(
            "uq_hold_open",
            "order_id",
            "reason",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        Index(
            "ix_hold_due",
            "expires_at",
            sqlite_where=text("released_at IS NULL AND expires_at IS NOT NULL"),
            postgresql_where=text("released_at IS NULL AND expires_at IS NOT NULL"),
        ),
    )

    id: int = own_id()
    order_id: int = Field(foreign_key="orders.id", sa_type=BigId, index=True)
    reason: HoldReason = Field(sa_type=word(HoldReason))
    note: str = Field(default="", max_length=LONGEST_NOTE)
    by: str = Field(max_length=64)
    held_at: datetime = Field(sa_type=Moment)
    expires_at: datetime | None = Field(default=None, sa_type=Moment)
    hours_before_promise: int | None = None
    vouched_by: str = Field(default="", max_length=64)
    vouched_at: datetime | None = Field(default=None, sa_type=Moment)
    vouch_note: str = Field(default="", max_length=LONGEST_NOTE)
    sent_back_by: str = Field(default="", max_length=64)
    sent_back_note: str = Field(default="", max_length=LONGEST_NOTE)
    released_at: datetime | None = Field(default=None, sa_type=Moment)
    released_by: str = Field(default="", max_length=64)
    release_note: str = Field(default="", max_length=LONGEST_NOTE)


@dataclass(frozen=True)
class Until:
    """When a hold ends by itself: at a moment, or so many hours before the order is promised to leave; else never."""

    at: datetime | None = None
    hours_before_promise: int | None = None


NEVER = Until()


class StillHeld(RuleBroken):
    code = "order_held"


class AlreadyHeld(RuleBroken):
    code = "already_held"


class AlreadyReleased(RuleBroken):
    code = "already_released"


class TakesTwo(RuleBroken):
    code = "takes_two"


@dataclass(frozen=True)
class OrderHeld(OrderEvent):
    reason: str


@dataclass(frozen=True)
class HoldReleased(OrderEvent):
    reason: str


@dataclass(frozen=True)
class HoldSentBack(OrderEvent):
    """What the first of two people said for it does not count any more."""

    reason: str


def open_holds(session: Session, order_id: int) -> list[Hold]:
    """Oldest first."""
    wanted = select(Hold).where(Hold.order_id == order_id, col(Hold.released_at).is_(None))
    return list(session.exec(wanted.order_by(col(Hold.id))))


def standing_hold(session: Session, order: Order, reason: HoldReason) -> Hold:
    """The open hold of ``reason``.

    Raises:
        AlreadyReleased: somebody was quicker; they are named.
        NotFound: the order was never held for it.
    """
    wanted = select(Hold).where(Hold.order_id == order.id, Hold.reason == reason)
    newest = session.exec(wanted.order_by(col(Hold.id).desc()).limit(1)).first()
    if newest is None:
        raise NotFound(f"{order.channel_order_no} is not held for {reason}")
    if newest.released_at:
        raise AlreadyReleased(f"{newest.released_by} has released {reason} already", who=newest.released_by)
    return newest


def hold(
    session: Session,
    order: Order,
    reason: HoldReason,
    *,
    by: str,
    now: datetime,
    note: str = "",
    until: Until = NEVER,
) -> Hold:
    """Hold ``order``; the open hold of the same reason is returned unchanged. Safe to repeat."""
    for standing in open_holds(session, order.id):
        if standing.reason == reason:
            return standing
    placed = Hold(order_id=order.id, reason=reason, note=note[:LONGEST_NOTE], by=by, held_at=now)
    placed.hours_before_promise = until.hours_before_promise
    placed.expires_at = until.at if until.hours_before_promise is None else _due_at(order, until.hours_before_promise)
    session.add(placed)
    order.is_held = True
    order.changed_at = now
    record(session, OrderHeld(order.id, reason), actor=by, now=now)
    return placed


def hold_by_hand(
    session: Session,
    order: Order,
    reason: HoldReason,
    *,
    by: str,
    now: datetime,
    note: str = "",
    until: Until = NEVER,
) -> Hold:
    """A person holds ``order`` on purpose; of the two people a hold about money needs, they are the first.

    Raises:
        AlreadyHeld: somebody was quicker; they are named.
        BadInput: the reason follows from facts only, the end lies in the past or beyond 90 days, or the hold is one
            that takes two people and so cannot end by itself.
        StageForbids: the flow map lets nobody hold it where it stands.
    """
    check_stage_allows(session, order, StageAction.HOLD)
    if reason not in BY_HAND:
        raise BadInput(f"reason: {reason} follows from facts", field="reason", problem="hold_reason")
    for standing in open_holds(session, order.id):
        if standing.reason == reason:
            raise AlreadyHeld(f"{standing.by} has held it for {reason} already", who=standing.by)
    _check_until(order, reason, until, now)
    note = clean_text(note, most=LONGEST_NOTE, field="note")
    placed = hold(session, order, reason, by=by, now=now, note=note, until=until)
    if reason in TWO_PERSON:
        placed.vouched_by, placed.vouched_at = by, now
    return placed


def hold_while(
    session: Session, order: Order, reason: HoldReason, *, is_so: bool, now: datetime, note: str = ""
) -> None:
    """The channel's facts hold ``order`` as long as ``is_so``; ``note`` is what is wrong with them.

    What two people have let go stays so until something else is wrong, and what one has said counts for what was
    wrong then. A hold that somebody else placed is theirs. Safe to repeat.
    """
    if not is_so:
        if order.is_held:
            release(session, order, reason, by=order.channel, now=now, placed_by=order.channel)
        return
    note = note[:LONGEST_NOTE]
    wanted = select(Hold).where(Hold.order_id == order.id, Hold.reason == reason).order_by(col(Hold.id).desc())
    newest = session.exec(wanted.limit(1)).first()
    if newest is None or (newest.released_at and not _was_let_go(newest, order, note)):
        hold(session, order, reason, by=order.channel, now=now, note=note)
    elif newest.released_at is None and newest.by == order.channel and newest.note != note:
        newest.note = note
        session.add(newest)
        if newest.vouched_by:
            take_vouch_back(session, newest, by=order.channel, now=now)


def take_vouch_back(session: Session, standing: Hold, *, by: str, now: datetime, note: str = "") -> None:
    standing.vouched_by, standing.vouched_at, standing.vouch_note = "", None, ""
    standing.sent_back_by, standing.sent_back_note = by, note
    session.add(standing)
    record(session, HoldSentBack(standing.order_id, standing.reason), actor=by, now=now)


def release(
    session: Session, order: Order, reason: HoldReason, *, by: str, now: datetime, placed_by: str = "", note: str = ""
) -> None:
    """End the open hold of ``reason``, where given only one placed by ``placed_by``; nothing happens without one."""
    standing = open_holds(session, order.id)
    for found in standing:
        if found.reason == reason and placed_by in ("", found.by):
            found.released_at, found.released_by, found.release_note = now, by, note
            session.add(found)
            order.is_held = len(standing) > 1
            _note_release(session, order, reason, by=by, now=now)


def release_by_hand(
    session: Session, order: Order, reason: HoldReason, *, by: str, now: datetime, note: str = ""
) -> None:
    """
    Raises:
        TakesTwo: two people have to let it go, one after the other.
        AlreadyReleased: somebody was quicker; they are named.
        NotFound: the order was never held for it.
        StageForbids: the flow map lets nobody release it where it stands.
    """
    check_stage_allows(session, order, StageAction.RELEASE)
    if standing_hold(session, order, reason).reason in TWO_PERSON:
        raise TakesTwo(f"{reason} takes two people: one who vouches for it, another who releases it")
    release(session, order, reason, by=by, now=now, note=clean_text(note, most=LONGEST_NOTE, field="note"))


def release_all_by_hand(session: Session, order: Order, *, by: str, now: datetime) -> None:
    """Every open hold that one person may end.

    Raises:
        TakesTwo: there is none but those that take two.
        StageForbids: the flow map lets nobody release it where it stands.
    """
    check_stage_allows(session, order, StageAction.RELEASE)
    standing = open_holds(session, order.id)
    alone = [held.reason for held in standing if held.reason not in TWO_PERSON]
    if standing and not alone:
        raise TakesTwo(f"{order.channel_order_no}: these holds take two people")
    for reason in alone:
        release(session, order, reason, by=by, now=now)


def follow_promise(session: Session, order: Order) -> None:
    """The ship-by moment has moved: holds that end before it end so much earlier or later."""
    for standing in open_holds(session, order.id):
        if standing.hours_before_promise is not None:
            standing.expires_at = _due_at(order, standing.hours_before_promise)
            session.add(standing)


def release_due(session: Session, now: datetime) -> int:
    """End what ends by itself by now, at most ``AT_ONCE`` holds; returns how many. Safe to repeat and side by side."""
    is_due = [col(Hold.released_at).is_(None), col(Hold.expires_at) <= now]
    due = session.exec(select(Hold.order_id).where(*is_due).order_by(col(Hold.expires_at)).limit(AT_ONCE)).all()
    locked = select(Order).where(col(Order.id).in_(due)).order_by(col(Order.id)).with_for_update()
    released = 0
    for order in session.exec(locked.execution_options(populate_existing=True)).all():
        wanted = select(Hold).where(Hold.order_id == order.id, *is_due).order_by(col(Hold.id))
        released += sum(_release_one_due(session, order, found, now) for found in session.exec(wanted).all())
    return released


def check_free(session: Session, order: Order) -> None:
    """Raises: StillHeld: a hold is open; it is named."""
    if standing := open_holds(session, order.id):
        reasons = ", ".join(held.reason for held in standing)
        raise StillHeld(f"{order.channel_order_no} is held ({reasons}): release it first")


def _release_one_due(session: Session, order: Order, found: Hold, now: datetime) -> bool:
    ended = session.exec(
        update(Hold)
        .where(col(Hold.id) == found.id, col(Hold.released_at).is_(None), col(Hold.expires_at) <= now)
        .values(released_at=now, released_by=SYSTEM)
    )
    if not ended.rowcount:
        return False
    order.is_held = bool(open_holds(session, order.id))
    _note_release(session, order, found.reason, by=SYSTEM, now=now)
    return True


def _note_release(session: Session, order: Order, reason: HoldReason, *, by: str, now: datetime) -> None:
    order.changed_at = now
    session.add(order)
    record(session, HoldReleased(order.id, reason), actor=by, now=now)
    if order.status is OrderStatus.TO_ALLOCATE and not order.is_held:
        record(session, AllocationDue(order.id), actor=by, now=now)


def _was_let_go(newest: Hold, order: Order, note: str) -> bool:
    """By people, for the very same facts."""
    is_by_people = newest.released_by != order.channel and bool(newest.vouched_by)
    return is_by_people and newest.by == order.channel and newest.note == note


def _due_at(order: Order, hours_before_promise: int) -> datetime | None:
    return order.ship_by - timedelta(hours=hours_before_promise) if order.ship_by else None


def _check_until(order: Order, reason: HoldReason, until: Until, now: datetime) -> None:
    hours = until.hours_before_promise
    if hours is not None and not 0 <= hours <= _MOST_HOURS:
        raise BadInput(f"until: {hours} hours, 0 to {_MOST_HOURS} are possible", field="until", problem="hold_hours")
    due_at = until.at if hours is None else _due_at(order, hours)
    if until != NEVER and reason in TWO_PERSON:
        raise BadInput(f"until: {reason} takes two people, never the clock", field="until", problem="hold_two_until")
    if due_at and not now < due_at <= now + timedelta(hours=_MOST_HOURS):
        raise BadInput("until: is over already, or beyond 90 days", field="until", problem="hold_until")
