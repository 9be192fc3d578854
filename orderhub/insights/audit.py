"""What does the log say of a time, a person, a kind of thing, an address? Newest first, a page at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, union_all
from sqlmodel import Session, col, select

from orderhub.kernel.access_log import AccessRecord
from orderhub.kernel.audit_chain import AuditBlock, last_block, waiting
from orderhub.kernel.audit_run import AuditRun, last_run
from orderhub.kernel.eventlog import Event

PAGE = 50
_AT_ONCE = 1_000
_TICK = timedelta(microseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class AuditPart(StrEnum):
    EVENTS = "events"
    LOOKS = "looks"


Kept = Event | AccessRecord


@dataclass(frozen=True)
class AuditAsked:
    """What is empty is not asked for; ``after`` is the place of the last row that was shown."""

    part: AuditPart = AuditPart.EVENTS
    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    address: str = ""
    kinds: tuple[str, ...] = ()
    subject_type: str = ""
    subject_id: int = 0
    after: tuple[datetime, int] | None = None


@dataclass(frozen=True)
class AuditPage:
    """``following`` is where the next page begins; None: this is the last."""

    rows: list[Kept]
    following: tuple[datetime, int] | None


@dataclass(frozen=True)
class AuditState:
    """``head`` is the newest block, ``waits`` counts rows that are in none yet, ``run`` is the last proof."""

    head: AuditBlock | None
    waits: int
    run: AuditRun | None


def audit_page(session: Session, asked: AuditAsked, *, size: int = PAGE) -> AuditPage:
    found = _read(session, asked, size + 1)
    rows = found[:size]
    return AuditPage(rows, (rows[-1].at, rows[-1].id) if len(found) > size else None)


def every_row(session: Session, asked: AuditAsked) -> Iterator[Kept]:
    """All of them, a thousand at a time: for a file."""
    while rows := _read(session, asked, _AT_ONCE):
        yield from rows
        session.expunge_all()
        asked = replace(asked, after=(rows[-1].at, rows[-1].id))


def audit_state(session: Session) -> AuditState:
    return AuditState(last_block(session), waiting(session)[0], last_run(session))


def place_text(place: tuple[datetime, int] | None) -> str:
    """As it stands in an address: microseconds and the row's id."""
    return f"{(place[0] - _EPOCH) // _TICK}-{place[1]}" if place else ""


def place_of(text: str) -> tuple[datetime, int] | None:
    """None where ``text`` is no place."""
    at, _, row_id = text.partition("-")
    if not (at.isdecimal() and row_id.isdecimal() and len(at) <= 17 and len(row_id) <= 18):
        return None
    return _EPOCH + int(at) * _TICK, int(row_id)


def _read(session: Session, asked: AuditAsked, limit: int) -> list[Kept]:
    table: Any = Event if asked.part is AuditPart.EVENTS else AccessRecord
    if table is Event and len(asked.kinds) > 1:
        # Of several kinds a database would sort every event there is: each kind by itself is a walk of its index.
        newest = (_newest(select(Event.id), replace(asked, kinds=(kind,)), Event, limit) for kind in asked.kinds)
        found = union_all(*(select(each.subquery().c.id) for each in newest))
        wanted = select(Event).where(col(Event.id).in_(found)).order_by(col(Event.at).desc(), col(Event.id).desc())
        return list(session.exec(wanted.limit(limit)))
    return list(session.exec(_newest(select(table), asked, table, limit)))


def _newest(wanted: Any, asked: AuditAsked, table: Any, limit: int) -> Any:
    return wanted.where(*_conditions(asked, table)).order_by(col(table.at).desc(), col(table.id).desc()).limit(limit)


def _conditions(asked: AuditAsked, table: Any) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.since:
        found.append(col(table.at) >= asked.since)
    if asked.until:
        found.append(col(table.at) < asked.until)
    if asked.actor:
        found.append(col(table.actor) == asked.actor)
    if asked.address:
        found.append(and_(col(table.address) == asked.address, col(table.address) != ""))
    if asked.after:
        at, row_id = asked.after
        found.append(and_(col(table.at) <= at, or_(col(table.at) < at, col(table.id) < row_id)))
    return found + (_of_events(asked) if table is Event else [])


def _of_events(asked: AuditAsked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [col(Event.kind).in_(asked.kinds)] if asked.kinds else []
    if asked.subject_type:
        found.append(col(Event.subject_type) == asked.subject_type)
    if asked.subject_type and asked.subject_id:
        found.append(col(Event.subject_id) == asked.subject_id)
    return found
