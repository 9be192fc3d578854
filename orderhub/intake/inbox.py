"""What has come in and what became of it? Every message is kept before it is understood, once."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select, update

from orderhub.connectors.channels.contract import Body, Hint, Native
from orderhub.domain.anomaly import resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, batched, record
from orderhub.kernel.ids import clean_no, digest, shown_text
from orderhub.kernel.sealing import sealed_column
from orderhub.kernel.secrets import is_sealed, seal, unseal
from orderhub.kernel.sight import in_sight

_ROWS_PER_INSERT = 500
_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)


class MessageKind(StrEnum):
    ORDER = "order"
    REFUND = "refund"
    PUSH = "push"  # a hint: the body has to be asked for
    PAYMENT = "payment"  # a notice of the payment service, enciphered as it came


class MessageState(StrEnum):
    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    DISCARDED = "discarded"


class Source(StrEnum):
    PULL = "pull"
    PUSH = "push"
    API = "api"
    FILE = "file"

    @property
    def is_own(self) -> bool:
        """The body is in the hub's own words (``connectors/channels/own.py``), whatever the shop's channel."""
        return self in (Source.API, Source.FILE)


# As text: a planner finds a partial index only where the query repeats its condition word for word.
WAITING = text("state IN ('ready', 'leased')")
_DEAD = text("state = 'dead'")
DONE = text("state = 'done'")


class InboxMessage(SQLModel, table=True):
    """One version of one order or refund as its channel sent it; unique by shop, kind, number and version.

    ``due_at`` is when a ready message may be taken and when a leased one falls back; ``body`` is sealed, and empty once
    pruned; ``attempts`` counts takings since it came in or was replayed.
    """

    __tablename__ = "inbox_message"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("shop_id", "kind", "number", "version"),
        # Partial: what waits is found as fast among a million done rows as among none.
        Index("ix_inbox_message_waiting", "state", "due_at", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_inbox_message_dead", "id", sqlite_where=_DEAD, postgresql_where=_DEAD),
        Index("ix_inbox_message_done_at", "done_at", sqlite_where=DONE, postgresql_where=DONE),
        Index("ix_inbox_message_shop", "shop_id", "kind", "id"),
    )

    id: int = own_id()
    shop_id: int = Field(foreign_key="shop.id", sa_type=BigId)
    kind: MessageKind = Field(sa_type=word(MessageKind))
    number: str = Field(max_length=64)
    version: str = Field(max_length=64)
    body: str = Field(sa_type=Text)
    source: Source = Field(sa_type=word(Source))
    received_at: datetime = Field(sa_type=Moment)
    state: MessageState = Field(default=MessageState.READY, sa_type=word(MessageState))
    due_at: datetime = Field(sa_type=Moment)
    attempts: int = 0
    reason: str = Field(default="", max_length=500)
    done_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def text(self) -> str:
        """What came in, as it came."""
        return opened(self.body, body_place(self.shop_id, self.kind, self.number, self.version))

    @property
    def content(self) -> Body:
        return json.loads(self.text) if self.body else {}


def body_place(shop_id: int, kind: MessageKind, number: str, version: str) -> str:
    return f"inbox_message:{shop_id}:{kind}:{number}:{version}"


def opened(body: str, place: str) -> str:
    """A body as it came; those from before bodies were sealed lie open until the night after the upgrade."""
    return unseal(body, place) if is_sealed(body) else body


sealed_column(
    InboxMessage, "body", lambda _, one: body_place(one.shop_id, one.kind, one.number, one.version), may_lie_open=True
)


@dataclass(frozen=True)
class MessageEvent(Happening):
    subject_type: ClassVar[str] = "message"


@dataclass(frozen=True)
class MessageReplayed(MessageEvent):
    number: str


@dataclass(frozen=True)
class MessageDiscarded(MessageEvent):
    number: str
    reason: str


@dataclass(frozen=True)
class Depth:
    """``oldest_at`` is when the message that has waited longest came in."""

    waiting: int
    dead: int
    oldest_at: datetime | None


def keep(
    session: Session,
    shop_id: int,
    kind: MessageKind,
    natives: Iterable[Native],
    now: datetime,
    *,
    source: Source = Source.PULL,
) -> int:
    """Keep what a channel sent; returns how many were new. Safe to repeat: a version that is here is left alone."""
    return _insert(session, _rows(shop_id, kind, natives), now, source)


def keep_taken(
    session: Session, shop_id: int, kind: MessageKind, natives: Iterable[Native], now: datetime, *, source: Source
) -> None:
    """Keep what the same transaction takes in itself: done as it is kept, so that no consumer takes it again."""
    given = list(_whole(_rows(shop_id, kind, natives), now, source, MessageState.DONE))
    if given:
        session.connection().execute(_insertion(session), given)


def keep_hints(session: Session, shop_id: int, hints: Sequence[Hint], now: datetime, *, source: Source) -> int:
    """Keep what has to be asked for; the number of a push makes a repeated one absorbed."""
    return _insert(session, [hint_row(shop_id, hint) for hint in hints], now, source)


def hint_row(shop_id: int, hint: Hint) -> dict[str, Any]:
    """What is unique of a message, and its sealed body. Raises: BadInput: its number cannot be read."""
    body = _written({"kind": hint.kind, "number": hint.number, "topic": hint.topic})
    version = clean_no(hint.message_no, field="message number")
    return _row(shop_id, MessageKind.PUSH, _number(hint.number, body), version, body)


def notice_row(shop_id: int, notice_no: str, raw: bytes) -> dict[str, Any]:
    """As ``hint_row``, of a payment service's notice as it came."""
    body = raw.decode("utf-8", "replace")
    return _row(shop_id, MessageKind.PAYMENT, _number(notice_no, body), "", body)


def order_row(shop_id: int, native: Native) -> dict[str, Any]:
    """As ``hint_row``, of a version of an order."""
    (row,) = _rows(shop_id, MessageKind.ORDER, [native])
    return row


def dead_letters(session: Session, *, limit: int = 200) -> list[InboxMessage]:
    """Newest first."""
    wanted = select(InboxMessage).where(_DEAD)
    return list(session.exec(in_sight(wanted.order_by(col(InboxMessage.id).desc()).limit(limit))))


def replay(session: Session, ids: Sequence[int], *, by: str, now: datetime) -> int:
    """Give dead messages another life, counted from zero; returns how many."""
    found = _dead(session, ids)
    for message in found:
        message.state, message.attempts, message.due_at = MessageState.READY, 0, now
        session.add(message)
        resolve_anomaly(session, AnomalyKind.DEAD_LETTER, about=("message", message.id), by=by, now=now)
        record(session, MessageReplayed(message.id, message.number), actor=by, now=now)
    _announce(session, bool(found))
    return len(found)


def discard(session: Session, ids: Sequence[int], *, by: str, reason: str, now: datetime) -> int:
    """Lay dead messages aside for good; returns how many.

    Raises:
        BadInput: no reason is given.
    """
    because = shown_text(reason, 200)
    if not because:
        raise BadInput("reason: say why the message may be dropped", field="reason", problem="missing")
    found = _dead(session, ids)
    for message in found:
        message.state, message.done_at = MessageState.DISCARDED, now
        session.add(message)
        resolve_anomaly(session, AnomalyKind.DEAD_LETTER, about=("message", message.id), by=by, now=now)
        record(session, MessageDiscarded(message.id, message.number, because), actor=by, now=now)
    return len(found)


def depth(session: Session) -> Depth:
    waiting = select(func.count(), func.min(InboxMessage.received_at)).where(WAITING)
    count, oldest_at = session.exec(waiting).one()
    dead = session.exec(select(func.count()).select_from(InboxMessage).where(_DEAD)).one()
    return Depth(count, dead, oldest_at)


def prune(session: Session, *, before: datetime, limit: int = 5000) -> int:
    """Empty the bodies of done messages that a newer done version follows, of done hints and notices; returns how many.

    The rows stay: they are what absorbs a repeat.
    """
    newer = InboxMessage.__table__.alias("newer")  # pyright: ignore[reportAttributeAccessIssue]
    is_followed = (
        select(newer.c.id)
        .where(
            newer.c.shop_id == InboxMessage.shop_id,
            newer.c.kind == InboxMessage.kind,
            newer.c.number == InboxMessage.number,
            newer.c.version > InboxMessage.version,
            newer.c.state == MessageState.DONE,
        )
        .exists()
    )
    old = (
        select(InboxMessage.id)
        .where(DONE, col(InboxMessage.done_at) < before, InboxMessage.body != "")
        .where(col(InboxMessage.kind).in_((MessageKind.PUSH, MessageKind.PAYMENT)) | is_followed)
        .order_by(col(InboxMessage.done_at))
        .limit(limit)
    )
    return session.exec(update(InboxMessage).where(col(InboxMessage.id).in_(old)).values(body="")).rowcount


def _rows(shop_id: int, kind: MessageKind, natives: Iterable[Native]) -> list[dict[str, Any]]:
    rows = []
    for native in natives:
        body = _written(native.body)
        rows.append(_row(shop_id, kind, _number(native.number, body), _version(native.updated_at, body), body))
    return rows


def _row(shop_id: int, kind: MessageKind, number: str, version: str, body: str) -> dict[str, Any]:
    sealed = seal(body, body_place(shop_id, kind, number, version))
    return {"shop_id": shop_id, "kind": kind, "number": number, "version": version, "body": sealed}


def _written(body: Body) -> str:
    return _WRITER.encode(body)


def _number(number: object, body: str) -> str:
    """A message whose number cannot be read is kept too, to die with a reason instead of stopping its page."""
    try:
        return clean_no(number)
    except BadInput:
        return f"unreadable-{digest(body)[:16]}"


def _version(updated_at: datetime, body: str) -> str:
    """Sorts by the channel's time; two contents of one moment stay apart."""
    moment = updated_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{moment}-{digest(body)[:16]}"


def _insert(session: Session, rows: list[dict[str, Any]], now: datetime, source: Source) -> int:
    insert = _insertion(session).returning(col(InboxMessage.id))
    kept = 0
    for given in batched(_whole(rows, now, source, MessageState.READY), _ROWS_PER_INSERT):
        kept += len(session.exec(insert, params=given).all())  # pyright: ignore[reportCallIssue, reportArgumentType]
    _announce(session, kept > 0)
    return kept


def _insertion(session: Session) -> Any:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(SQLModel.metadata.tables["inbox_message"]).on_conflict_do_nothing()


def _whole(rows: list[dict[str, Any]], now: datetime, source: Source, state: MessageState) -> Iterator[dict[str, Any]]:
    """In the order of the unique key, so that two keepers of the same rows never wait for each other in a circle."""
    fresh = {(row["shop_id"], row["kind"], row["number"], row["version"]): row for row in rows}
    done_at = now if state is MessageState.DONE else None
    common = {"source": source, "received_at": now, "due_at": now, "state": state, "attempts": 0, "done_at": done_at}
    for key in sorted(fresh):
        yield fresh[key] | common | {"reason": ""}


def _announce(session: Session, is_new: bool) -> None:  # noqa: FBT001
    """Consumers are woken once the transaction has committed (``intake/service.py``)."""
    if is_new:
        session.info["inbox_grew"] = True


def _dead(session: Session, ids: Sequence[int]) -> list[InboxMessage]:
    wanted = select(InboxMessage).where(col(InboxMessage.id).in_(ids), InboxMessage.state == MessageState.DEAD)
    return list(session.exec(in_sight(wanted.order_by(col(InboxMessage.id)).with_for_update())))
