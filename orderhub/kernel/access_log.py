"""Who looked at which orders, who was given them, and who worked on the database?

Kept beside the log of events, whose readers are workflows: looking changes nothing. Reading must not cost a write, so
a look is remembered here and written with the next batch; a look of the same person at the same order within ten
minutes is the same look.
"""

import getpass
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, insert
from sqlmodel import Field, SQLModel

from orderhub.kernel.audit_chain import sealed_by_chain
from orderhub.kernel.clock import utc_now
from orderhub.kernel.columns import Json, Moment, own_id, word
from orderhub.kernel.db import is_writing, transaction
from orderhub.kernel.eventlog import batched

MOST_ORDERS = 100  # in one row
SAME_LOOK_SECONDS = 600.0
_MOST_WAITING = 2_000
_MOST_REMEMBERED = 50_000


class AccessKind(StrEnum):
    """Sign-ins, and what was exported, printed or told to partners, are events of their own."""

    LOOKED = "looked"
    READ_BY_PROGRAM = "read_by_program"
    DATABASE = "database"


class AccessRecord(SQLModel, table=True):
    """``about`` says what of the database: a command, or from which schema to which."""

    __tablename__ = "access_log"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_access_log_actor", "actor", "at"),)

    id: int = own_id()
    at: datetime = Field(sa_type=Moment, index=True)
    kind: AccessKind = Field(sa_type=word(AccessKind))
    actor: str = Field(max_length=64)
    address: str = Field(default="", max_length=45)
    order_ids: list[int] = Field(default_factory=list, sa_type=Json)
    about: str = Field(default="", max_length=200)


sealed_by_chain(AccessRecord)


class _Looks:
    """What was looked at and is not written yet; bounded, like what is remembered."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._seen: dict[tuple[str, AccessKind, int], float] = {}
        self._waiting: list[AccessRecord] = []

    def add(self, record: AccessRecord) -> bool:
        """Whether so many wait that they should be written now."""
        moment = time.monotonic()
        with self._guard:
            if len(self._seen) > _MOST_REMEMBERED:
                self._seen.clear()
            marks = {order_id: (record.actor, record.kind, order_id) for order_id in record.order_ids}
            fresh = [one for one, mark in marks.items() if moment - self._seen.get(mark, -1e9) > SAME_LOOK_SECONDS]
            self._seen.update((marks[order_id], moment) for order_id in fresh)
            for part in batched(fresh, MOST_ORDERS):
                self._waiting.append(
                    AccessRecord(
                        at=record.at, kind=record.kind, actor=record.actor, address=record.address, order_ids=part
                    )
                )
            return len(self._waiting) >= _MOST_WAITING

    def take(self) -> list[AccessRecord]:
        with self._guard:
            taken, self._waiting = self._waiting, []
        return taken

    def give_back(self, records: list[AccessRecord]) -> None:
        with self._guard:
            self._waiting = records + self._waiting

    def forget(self) -> None:
        with self._guard:
            self._seen.clear()
            self._waiting.clear()


_looks = _Looks()


def note_looked(kind: AccessKind, order_ids: Sequence[int], *, actor: str, address: str = "", now: datetime) -> None:
    """Somebody has these orders before their eyes; written by the next ``write_looks``."""
    if _looks.add(AccessRecord(at=now, kind=kind, actor=actor, address=address, order_ids=list(order_ids))):
        write_looks()


def write_looks() -> int:
    """Keep what waits, in one statement; how many rows."""
    taken = _looks.take()
    if not taken:
        return 0
    try:
        with transaction() as session:
            rows = [row.model_dump(exclude={"id"}) for row in taken]
            session.connection().execute(insert(SQLModel.metadata.tables["access_log"]), rows)
    except BaseException:
        _looks.give_back(taken)
        raise
    return len(taken)


def note_command(about: str) -> None:
    """A command of this machine has written to the database, under the name of whoever gave it."""
    if is_writing():
        note_database_work(about, now=utc_now())


def note_database_work(about: str, *, now: datetime) -> None:
    with transaction() as session:
        session.add(AccessRecord(at=now, kind=AccessKind.DATABASE, actor=_machine_user(), about=about[:200]))


def forget_looks() -> None:
    """For tests: as if this process had just begun."""
    _looks.forget()


def _machine_user() -> str:
    """Of this machine, not of the hub; a container may have no name for it."""
    try:
        return f"os:{getpass.getuser()}"[:64]
    except (KeyError, OSError):
        return "os:unknown"
