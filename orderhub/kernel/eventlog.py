"""What happened? One row for every change, written in the transaction that made it true.

Timelines, audit, workflows, webhooks and the live board read this one log. It only grows, and is sealed by the chain
(kernel/audit_chain.py). An event never carries a secret or a
buyer's data: it names the subject, and readers who may see more look there.
"""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

import psycopg
import structlog
from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel

from orderhub.kernel.audit_chain import sealed_by_chain
from orderhub.kernel.columns import BigId, Json, Moment, own_id
from orderhub.kernel.db import Database, conninfo
from orderhub.kernel.many_rows import insert_rows

SYSTEM = "system"

_PG_CHANNEL = "orderhub_event"
_ROWS_PER_NOTIFY = 50  # a payload holds at most 8,000 bytes
_MOST_ORDERS_HEARD = 8
_HAS_ADDRESS = text("address <> ''")

T = TypeVar("T")
# Of an event that tells of a change: what was, by the names under which it says what is; None where nothing was.
Was = Mapping[str, Any]


@dataclass(frozen=True)
class Happening:
    """Base of every event: a past-tense name and, as fields, the facts a reader needs."""

    subject_type: ClassVar[str]
    subject_id: int


class Event(SQLModel, table=True):
    """``kind`` is the happening's name in snake case, ``actor`` a user name, ``system`` or a channel.

    ``address`` is where the login of a person, or the program that called, came from.
    """

    __table_args__ = (
        Index("ix_event_subject", "subject_type", "subject_id", "id"),
        Index("ix_event_actor", "actor", "at"),
        Index("ix_event_kind_at", "kind", "at"),
        Index("ix_event_address", "address", "at", sqlite_where=_HAS_ADDRESS, postgresql_where=_HAS_ADDRESS),
    )

    id: int = own_id()
    at: datetime = Field(sa_type=Moment, index=True)
    kind: str = Field(max_length=64, index=True)
    subject_type: str = Field(max_length=32)
    subject_id: int = Field(sa_type=BigId)
    actor: str = Field(max_length=64)
    body: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    address: str = Field(default="", max_length=45, sa_column_kwargs={"server_default": ""})


sealed_by_chain(Event)


def before(row: SQLModel | None, *names: str) -> Was | None:
    """What stands in ``row``, to be asked before it is changed."""
    return None if row is None else {name: getattr(row, name) for name in names}


@cache
def kind_of(happening: type[Happening]) -> str:
    """``OrderPaid`` → ``order_paid``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", happening.__name__).lower()


def record(session: Session, happening: Happening, *, actor: str, now: datetime) -> Event:
    """Write ``happening`` into the log; whoever listens hears of it once the transaction has committed."""
    row = Event(**_facts(session, happening, actor, now))
    session.add(row)
    heard = _heard(row.kind, row.subject_type, row.subject_id, row.body)
    session.info.setdefault("recorded", []).append(heard)
    return row


def record_many(session: Session, happenings: Iterable[tuple[Happening, str]], *, now: datetime) -> None:
    """As ``record``, each with its actor, in the order given, in one go: for work on hundreds of subjects at once."""
    rows = [_facts(session, happening, actor, now) for happening, actor in happenings]
    insert_rows(session, Event, rows)
    recorded = session.info.setdefault("recorded", [])
    recorded += [_heard(row["kind"], row["subject_type"], row["subject_id"], row["body"]) for row in rows]


def _facts(session: Session, happening: Happening, actor: str, now: datetime) -> dict[str, Any]:
    return {
        "at": now,
        "kind": kind_of(type(happening)),
        "subject_type": happening.subject_type,
        "subject_id": happening.subject_id,
        "actor": actor,
        "body": {name: value for name, value in vars(happening).items() if name != "subject_id"},
        "address": session.info.get("address", ""),
    }


@dataclass(frozen=True)
class Heard:
    """An event as a listener gets it, from this process or another one; ``order_ids`` are those it names."""

    kind: str
    subject_type: str
    subject_id: int
    order_ids: Sequence[int] = ()

    def is_about(self, subject_type: str, subject_id: int) -> bool:
        """A parcel's or a case's event is about its orders as well."""
        is_itself = (self.subject_type, self.subject_id) == (subject_type, subject_id)
        return is_itself or (subject_type == "order" and subject_id in self.order_ids)


def _heard(kind: str, subject_type: str, subject_id: int, body: Was) -> Heard:
    named = body.get("order_ids") or [body.get("order_id") or 0]
    orders = tuple(order_id for order_id in named if order_id)
    return Heard(kind, subject_type, subject_id, orders[:_MOST_ORDERS_HEARD])


Listener = Callable[[Sequence[Heard]], None]


class Wire:
    """Carries committed events to listeners: within this process at once, between processes by PostgreSQL ``NOTIFY``.

    A listener runs in the thread that committed, or in the one that listens to PostgreSQL; it must be quick.
    ``listening`` is set once PostgreSQL is being listened to.
    """

    def __init__(self, database: Database, listener: Listener) -> None:
        self._database = database
        self._listener = listener
        self._process = uuid4().hex
        self._closing = threading.Event()
        self.listening = threading.Event()
        database.after_commit.append(self._tell_here)
        if not database.embedded:
            database.before_commit.append(self._tell_others)
            threading.Thread(target=self._listen, name="eventlog-wire", daemon=True).start()

    def close(self) -> None:
        self._closing.set()
        self._database.after_commit.remove(self._tell_here)
        if not self._database.embedded:
            self._database.before_commit.remove(self._tell_others)

    def _tell_here(self, session: Session) -> None:
        if recorded := session.info.get("recorded"):
            self._listener(recorded)

    def _tell_others(self, session: Session) -> None:
        notify = text("SELECT pg_notify(:channel, :payload)")
        for rows in batched(session.info.get("recorded", ()), _ROWS_PER_NOTIFY):
            told = [(one.kind, one.subject_type, one.subject_id, one.order_ids) for one in rows]
            payload = json.dumps([self._process, *told])
            session.execute(notify, {"channel": _PG_CHANNEL, "payload": payload})

    def _listen(self) -> None:
        log = structlog.get_logger()
        address = conninfo(self._database.url)
        while not self._closing.is_set():
            try:
                with psycopg.connect(address, autocommit=True) as connection:
                    connection.execute(f"LISTEN {_PG_CHANNEL}")
                    self.listening.set()
                    while not self._closing.is_set():
                        for notice in connection.notifies(timeout=1):
                            self._hear(notice.payload)
            except psycopg.Error as error:
                log.warning("eventlog_wire_lost", error=type(error).__name__)
                self._closing.wait(1)

    def _hear(self, payload: str) -> None:
        process, *rows = json.loads(payload)
        if process != self._process:
            self._listener([Heard(*row) for row in rows])


def batched(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """``rows`` in lists of at most ``size`` (``itertools.batched`` comes with Python 3.12)."""
    rest = iter(rows)
    while part := list(islice(rest, size)):
        yield part
