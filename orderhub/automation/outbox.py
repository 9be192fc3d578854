"""What does the hub still have to tell somebody outside? A message is a row before it is sent, and sent from that row.

Taking a message counts the attempt, in a transaction of its own, before anything leaves. A key is told once: a second
message of the same key changes nothing, or, with a higher version, takes the place of the first (a stock level).
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint, case, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, delete, func, or_, select, update

from orderhub.automation.addressee import Addressee, AddresseeText
from orderhub.automation.outbox_events import PAUSED, RESUMED
from orderhub.domain.words import UploadProblem
from orderhub.kernel.columns import BigId, Json, Moment, own_id, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.sight import find

# With the waits below: about a day.
MOST_TRIES = 30
# Longer than any answer may take (connectors/http.py): nobody repeats what is still on its way.
LEASE = timedelta(seconds=150)
KEEP = timedelta(days=30)

_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=1)


class OutboxKind(StrEnum):
    SHIP = "ship"  # a parcel's waybill
    STOCK = "stock"  # how many the channel may sell from now on
    WAYBILL = "waybill"  # a carrier is to make a waybill, or to take it back
    REFUND_ANSWER = "refund_answer"  # what the merchant answers to a case
    ROBOT = "robot"  # a card for a group chat of the staff
    SUBSCRIPTION = "subscription"  # a tracker is to tell of a parcel by itself
    NOTICE = "notice"  # what a buyer is told of a parcel
    WEBHOOK = "webhook"  # what a program of the merchant's is told of an event
    REPORT = "report"  # reports of a schedule, for one address or chat


# A waybill nobody wants any more is given back, a case is answered once more, a notice goes its next way.
_UNSKIPPABLE = (OutboxKind.WAYBILL, OutboxKind.REFUND_ANSWER, OutboxKind.NOTICE)


class OutboxState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"  # a clear no, or no answer in a day
    SKIPPED = "skipped"


class PauseCause(StrEnum):
    BANNED = "banned"
    UNAUTHORISED = "unauthorised"
    PERSON = "person"


# As text: a planner finds a partial index only where the query repeats its condition word for word.
_OPEN = text("state IN ('waiting', 'sending')")


class OutboxMessage(SQLModel, table=True):
    """``number`` is what people know it by, ``about_id`` the id of the order (ship, webhook), the delivery
    (waybill), the case (refund answer), the track (subscription), the schedule (report), the robot or 0;
    ``body`` holds no buyer's data.

    ``due_at`` is when a waiting message may be taken and when one being sent falls back; ``attempts`` counts takings
    in all and is the fence, ``tries_left`` those until it is given up (below 0: its process died every time);
    ``reason`` is the addressee's answer.
    """

    __tablename__ = "outbox_message"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("kind", "addressee", "key"),
        Index("ix_outbox_message_open", "due_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_outbox_message_state", "state", "id"),
        Index("ix_outbox_message_about", "about_id", "kind"),
    )

    id: int = own_id()
    kind: OutboxKind = Field(sa_type=word(OutboxKind))
    addressee: Addressee = Field(sa_type=AddresseeText)
    key: str = Field(max_length=160)
    version: int = Field(default=0, sa_type=BigId)
    number: str = Field(max_length=64)
    about_id: int = Field(default=0, sa_type=BigId)
    body: dict[str, Any] = Field(sa_type=Json)
    state: OutboxState = Field(default=OutboxState.WAITING, sa_type=word(OutboxState))
    due_at: datetime = Field(sa_type=Moment)
    attempts: int = 0
    tries_left: int = MOST_TRIES
    problem: UploadProblem = Field(default=UploadProblem.NONE, sa_type=word(UploadProblem))
    partner_code: str = Field(default="", max_length=64)
    reason: str = Field(default="", max_length=500)
    created_at: datetime = Field(sa_type=Moment)
    done_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def may_be_skipped(self) -> bool:
        """A waybill nobody wants any more is given back, lest its carrier made it; a case is answered once more."""
        return self.state in (OutboxState.WAITING, OutboxState.REFUSED) and self.kind not in _UNSKIPPABLE


class OutboxPause(SQLModel, table=True):
    """Nothing leaves for the addressee until ``until``; None: until somebody or something resumes it."""

    __tablename__ = "outbox_pause"  # pyright: ignore[reportAssignmentType]

    addressee: Addressee = Field(primary_key=True, sa_type=AddresseeText)
    cause: PauseCause = Field(sa_type=word(PauseCause))
    reason: str = Field(default="", max_length=200)
    by: str = Field(max_length=64)
    since: datetime = Field(sa_type=Moment)
    until: datetime | None = Field(default=None, sa_type=Moment)


@dataclass(frozen=True)
class OutboxEvent(Happening):
    subject_type: ClassVar[str] = "outbox"


@dataclass(frozen=True)
class OutboxRetried(OutboxEvent):
    number: str


@dataclass(frozen=True)
class OutboxSkipped(OutboxEvent):
    number: str
    reason: str


SUBJECT_OF = {
    OutboxKind.SHIP: "order",
    OutboxKind.STOCK: "order",
    OutboxKind.WAYBILL: "delivery",
    OutboxKind.REFUND_ANSWER: "aftersale",
    OutboxKind.ROBOT: "robot",
    OutboxKind.SUBSCRIPTION: "track",
    OutboxKind.NOTICE: "order",
    OutboxKind.WEBHOOK: "order",
    OutboxKind.REPORT: "report_schedule",
}


@dataclass(frozen=True)
class Taken:
    """A message as its sender holds it."""

    id: int
    kind: OutboxKind
    addressee: Addressee
    version: int
    number: str
    about_id: int
    body: dict[str, Any]
    attempts: int
    tries_left: int
    created_at: datetime

    @property
    def about(self) -> tuple[str, int]:
        """The subject of what goes wrong with it."""
        return (SUBJECT_OF[self.kind], self.about_id) if self.about_id else ("outbox", self.id)


def owe(
    session: Session,
    kind: OutboxKind,
    addressee: Addressee,
    *,
    key: str,
    number: str,
    body: dict[str, Any],
    now: datetime,
    about: int = 0,
    version: int = 0,
    due_at: datetime | None = None,
) -> bool:
    """Write down what has to be told, from ``due_at`` on (at once); False when it was already, in this version or a
    newer one. Safe to repeat.

    ``due_at`` is the first moment at which it may leave; None: at once.

    What is on its way is not taken back: the newer version follows it.
    """
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    row = {"kind": kind, "addressee": addressee, "key": key, "version": version, "number": number[:64], "body": body}
    state = {"about_id": about, "state": OutboxState.WAITING, "due_at": due_at or now, "created_at": now}
    count = {"attempts": 0, "tries_left": MOST_TRIES, "problem": UploadProblem.NONE, "partner_code": "", "reason": ""}
    insert = dialect.insert(OutboxMessage).values(**row, **state, **count)
    fresh, is_sent_now = insert.excluded, col(OutboxMessage.state) == OutboxState.SENDING
    names = ("version", "number", "body", "tries_left", "problem", "partner_code", "reason", "created_at")
    changed = {name: getattr(fresh, name) for name in names} | {
        "done_at": None,
        "state": case((is_sent_now, OutboxMessage.state), else_=fresh.state),
        "due_at": case((is_sent_now, OutboxMessage.due_at), else_=fresh.due_at),
    }
    newer = insert.on_conflict_do_update(
        index_elements=["kind", "addressee", "key"], set_=changed, where=fresh.version > OutboxMessage.version
    )
    is_new = session.exec(newer.returning(col(OutboxMessage.id))).first() is not None  # pyright: ignore[reportCallIssue, reportArgumentType]
    if is_new:
        session.info["outbox_grew"] = True
    return is_new


def is_due(session: Session, now: datetime, *, kinds: Collection[OutboxKind] = tuple(OutboxKind)) -> bool:
    """Whether ``claim`` may find something; a read, so that it may be asked often."""
    wanted = select(OutboxMessage.id).where(_OPEN, OutboxMessage.due_at <= now, col(OutboxMessage.kind).in_(kinds))
    return session.exec(wanted.limit(1)).first() is not None


def claim(
    session: Session,
    now: datetime,
    *,
    without: Collection[Addressee] = (),
    kinds: Collection[OutboxKind] = tuple(OutboxKind),
) -> Taken | None:
    """The message of ``kinds`` that has waited longest, the caller's until ``now`` + ``LEASE``; to nobody paused."""
    paused = select(col(OutboxPause.addressee)).where(
        or_(col(OutboxPause.until).is_(None), col(OutboxPause.until) > now)
    )
    wanted = (
        select(OutboxMessage)
        .where(_OPEN, OutboxMessage.due_at <= now, col(OutboxMessage.kind).in_(kinds))
        .where(col(OutboxMessage.addressee).not_in(paused), col(OutboxMessage.addressee).not_in(without))
        .order_by(col(OutboxMessage.due_at), col(OutboxMessage.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = session.exec(wanted).one_or_none()
    if found is None:
        return None
    found.state, found.due_at = OutboxState.SENDING, now + LEASE
    found.attempts, found.tries_left = found.attempts + 1, found.tries_left - 1
    session.add(found)
    return Taken(**{name: getattr(found, name) for name in Taken.__dataclass_fields__})


def take_back(session: Session, now: datetime) -> int:
    """What is being sent is due now: for a start where nobody else works, so that whoever sent it is no more."""
    sending = (_OPEN, col(OutboxMessage.state) == OutboxState.SENDING, col(OutboxMessage.due_at) > now)
    return session.exec(update(OutboxMessage).where(*sending).values(due_at=now)).rowcount


def held(session: Session, taken: Taken) -> OutboxMessage | None:
    """The message, locked for the rest of the transaction; None when somebody took it over meanwhile."""
    wanted = select(OutboxMessage).where(
        OutboxMessage.id == taken.id,
        OutboxMessage.state == OutboxState.SENDING,
        OutboxMessage.attempts == taken.attempts,
    )
    return session.exec(wanted.with_for_update()).one_or_none()


def close(session: Session, message: OutboxMessage, taken: Taken, state: OutboxState, now: datetime) -> bool:
    """The message is done with; False when a newer version came meanwhile, which waits now."""
    if message.version > taken.version:
        message.state, message.due_at = OutboxState.WAITING, now
        session.info["outbox_grew"] = True
    else:
        message.state, message.done_at = state, now
    session.add(message)
    return message.state is state


def postpone(session: Session, message: OutboxMessage, *, due_at: datetime, is_counted: bool) -> None:
    """Back to waiting; ``is_counted`` is False where it is not the message's fault (a ban, an open refund)."""
    message.state, message.due_at = OutboxState.WAITING, due_at
    message.tries_left += not is_counted
    session.add(message)


def wait_after(attempts: int, chance: float) -> timedelta:
    """10·2ⁿ seconds ± 50 %, at most about an hour; ``chance`` is 0 to 1."""
    return min(_FIRST_WAIT * 2 ** min(attempts - 1, 12), _LONGEST_WAIT) * (0.5 + chance)


def next_try(message: OutboxMessage, now: datetime) -> datetime:
    return now + wait_after(MOST_TRIES - message.tries_left, random.random())  # noqa: S311  (spread, not secrecy)


def retry(session: Session, message_id: int, *, by: str, now: datetime) -> int:
    """Send again what was refused or skipped, or at once what waits for its next try; returns how many (0 or 1)."""
    again = (OutboxState.REFUSED, OutboxState.SKIPPED, OutboxState.WAITING)
    message = find(session, OutboxMessage, message_id, lock=True)
    if message is None or message.state not in again:
        return 0
    message.state, message.due_at, message.tries_left, message.done_at = OutboxState.WAITING, now, MOST_TRIES, None
    session.add(message)
    session.info["outbox_grew"] = True
    record(session, OutboxRetried(message.id, message.number), actor=by, now=now)
    return 1


def skip(session: Session, message_id: int, *, by: str, reason: str, now: datetime) -> int:
    """Lay aside what waits or was refused; returns how many (0 or 1).

    Raises:
        BadInput: no reason is given.
    """
    because = clean_text(reason, most=200, field="reason")
    if not because:
        raise BadInput("reason: say why it is not sent", field="reason", problem="missing")
    message = find(session, OutboxMessage, message_id, lock=True)
    if message is None or not message.may_be_skipped:
        return 0
    message.state, message.reason, message.done_at = OutboxState.SKIPPED, because, now
    session.add(message)
    record(session, OutboxSkipped(message.id, message.number, because), actor=by, now=now)
    return 1


def pause(
    session: Session,
    addressee: Addressee,
    cause: PauseCause,
    *,
    reason: str,
    by: str,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """Let nothing leave for the addressee. Safe to repeat; what a person paused stays theirs."""
    standing = session.get(OutboxPause, addressee, with_for_update=True)
    is_over = standing is not None and standing.until is not None and standing.until <= now
    if standing and not is_over and standing.cause is PauseCause.PERSON:
        return
    because = clean_text(reason, most=200, field="reason")
    is_new = standing is None or is_over or standing.cause is not cause
    standing = standing or OutboxPause(addressee=addressee, cause=cause, by=by, since=now)
    standing.cause, standing.reason, standing.by, standing.until = cause, because, by, until
    standing.since = now if is_new else standing.since
    session.add(standing)
    if is_new:
        record(session, PAUSED[addressee.kind](addressee.id, cause, because), actor=by, now=now)


def resume(
    session: Session,
    addressee: Addressee,
    *,
    by: str,
    now: datetime,
    causes: Collection[PauseCause] = tuple(PauseCause),
) -> bool:
    """Let the addressee's messages go again where one of ``causes`` held them; False where none did."""
    standing = session.get(OutboxPause, addressee, with_for_update=True)
    if standing is None or standing.cause not in causes:
        return False
    session.delete(standing)
    session.info["outbox_grew"] = True
    record(session, RESUMED[addressee.kind](addressee.id, standing.cause), actor=by, now=now)
    return True


def counts(session: Session, states: Collection[OutboxState]) -> dict[OutboxState, int]:
    wanted = select(OutboxMessage.state, func.count()).where(col(OutboxMessage.state).in_(states))
    found = session.exec(wanted.group_by(col(OutboxMessage.state)))
    return {OutboxState(state): count for state, count in found}


def listed(session: Session, states: Collection[OutboxState], *, limit: int) -> list[OutboxMessage]:
    """Newest first."""
    wanted = select(OutboxMessage).where(col(OutboxMessage.state).in_(states))
    return list(session.exec(wanted.order_by(col(OutboxMessage.id).desc()).limit(limit)))


def pauses(session: Session, now: datetime) -> list[OutboxPause]:
    wanted = select(OutboxPause).where(or_(col(OutboxPause.until).is_(None), col(OutboxPause.until) > now))
    return list(session.exec(wanted.order_by(col(OutboxPause.addressee))))


def forget_old(session: Session, now: datetime) -> int:
    """Delete what was sent long ago, parcels not: their rows keep an order from being told twice; returns how many."""
    old = delete(OutboxMessage).where(
        OutboxMessage.state == OutboxState.SENT,  # pyright: ignore[reportArgumentType]
        OutboxMessage.kind != OutboxKind.SHIP,  # pyright: ignore[reportArgumentType]
        col(OutboxMessage.done_at) < now - KEEP,
    )
    return session.exec(old).rowcount
