"""Which anomalies lie on the desk: whose are they, what is due first, what costs most?

Ids are found, sorted and counted in an index that holds all of what is open; only the rows of a page are read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func, literal, or_, tuple_
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.order import Order, Shipment
from orderhub.domain.track import Track
from orderhub.domain.words import Channel
from orderhub.insights.anomaly import AnomalyRow, anomaly_rows
from orderhub.insights.reports.behind_service import AnomaliesBehind
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event

PAGE_SIZE = 50
MOST_IDS = 500
MOST_PARCELS = 5
_MOST_FOUND = 50
_MOST_EVENTS = 200
_OWN_NO = re.compile(r"OH0*(\d{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class DeskState(StrEnum):
    """``MINE`` is this person's, ``ROLE`` their role's, taken or not; ``RESOLVED`` and ``ALL`` come newest first."""

    OPEN = "open"
    MINE = "mine"
    ROLE = "role"
    LATE = "late"
    RESOLVED = "resolved"
    ALL = "all"


class DeskSort(StrEnum):
    DUE = "due"
    MONEY = "money"


@dataclass(frozen=True)
class DeskQuery:
    """``person`` of ``person_role`` looks; ``text`` is a number of an order or a parcel; ``behind`` is a
    figure of a report."""

    person: str = ""
    person_role: str = ""
    state: DeskState = DeskState.OPEN
    kind: AnomalyKind | None = None
    channel: Channel | None = None
    role: str = ""
    severity: Severity | None = None
    text: str = ""
    behind: AnomaliesBehind | None = None
    sort: DeskSort = DeskSort.DUE
    cursor: str = ""


@dataclass(frozen=True)
class DeskPage:
    """``next_cursor`` reads on; empty at the end."""

    rows: tuple[AnomalyRow, ...]
    next_cursor: str


@dataclass(frozen=True)
class AnomalyCard:
    """All about one; ``order`` is the one it hurts, ``parcels`` that order's, else the one it is about."""

    row: AnomalyRow
    order: Order | None
    parcels: tuple[tuple[str, str], ...]
    history: tuple[Event, ...]


def desk_page(session: Session, query: DeskQuery, now: datetime, *, size: int = PAGE_SIZE) -> DeskPage:
    """Raises: BadInput: a cursor that is none of this list."""
    ids = _ids(session, query, now, size + 1)
    shown = _read(session, ids[:size])
    more = _cursor(query, shown[-1]) if len(ids) > size and shown else ""
    return DeskPage(anomaly_rows(session, shown, now), more)


def desk_ids(session: Session, query: DeskQuery, now: datetime) -> list[int]:
    """The first of the list, whatever fits on a page."""
    return _ids(session, query, now, MOST_IDS)


def desk_total(session: Session, query: DeskQuery, now: datetime) -> int:
    """Of the whole list, whatever page of it is looked at."""
    return session.exec(select(func.count()).select_from(Anomaly).where(*_conditions(session, query, now))).one()


def desk_counts(session: Session, query: DeskQuery, now: datetime) -> dict[DeskState, int]:
    """Of all that is open, unfiltered; what is resolved only grows and is not counted."""
    parts = {
        DeskState.OPEN: [],
        DeskState.MINE: [col(Anomaly.owner) == query.person],
        DeskState.ROLE: [col(Anomaly.owner_role) == query.person_role],
        DeskState.LATE: [col(Anomaly.due_at) < now],
    }
    # Each by an index of its own: one statement that counts cases would read every row.
    counted = [
        select(func.count()).select_from(Anomaly).where(col(Anomaly.resolved_at).is_(None), *part).scalar_subquery()
        for part in parts.values()
    ]
    found = session.execute(select(*counted)).one()  # type: ignore[call-overload]
    return dict(zip(parts, found, strict=True))


def open_loads(session: Session) -> dict[str, int]:
    """How many open anomalies each person has."""
    wanted = select(Anomaly.owner, func.count()).where(col(Anomaly.resolved_at).is_(None), Anomaly.owner != "")
    return dict(session.exec(wanted.group_by(col(Anomaly.owner))).all())


def anomaly_card(session: Session, anomaly_id: int, now: datetime) -> AnomalyCard:
    """Raises: NotFound."""
    found = session.get(Anomaly, anomaly_id)
    if found is None:
        raise NotFound(f"no anomaly has the id {anomaly_id}")
    order = session.get(Order, found.order_id) if found.order_id else None
    events = select(Event).where(Event.subject_type == "anomaly", Event.subject_id == anomaly_id)
    history = session.exec(events.order_by(col(Event.id).desc()).limit(_MOST_EVENTS)).all()
    return AnomalyCard(anomaly_rows(session, [found], now)[0], order, _parcels(session, found), tuple(history))


def _parcels(session: Session, found: Anomaly) -> tuple[tuple[str, str], ...]:
    """Carrier and number."""
    if found.subject_type == "track":
        track = session.get(Track, found.subject_id)
        return ((str(track.carrier or ""), track.tracking_no),) if track else ()
    if not found.order_id:
        return ()
    wanted = select(Shipment.carrier_name, Shipment.carrier_code, Shipment.tracking_no)
    rows = session.exec(wanted.where(Shipment.order_id == found.order_id).limit(MOST_PARCELS))
    return tuple((name or code, number) for name, code, number in rows)


def _ids(session: Session, query: DeskQuery, now: datetime, most: int) -> list[int]:
    key, is_descending = _order(query)
    wanted = select(Anomaly.id).where(*_conditions(session, query, now))
    if query.cursor:
        here, there = tuple_(key, col(Anomaly.id)), _place(query, key)
        wanted = wanted.where(here < there if is_descending else here > there)
    ends = [key.desc(), col(Anomaly.id).desc()] if is_descending else [key, col(Anomaly.id)]
    return list(session.exec(wanted.order_by(*ends).limit(most)))


def _read(session: Session, ids: Sequence[int]) -> list[Anomaly]:
    rows = {one.id: one for one in session.exec(select(Anomaly).where(col(Anomaly.id).in_(ids)))}
    return [rows[found] for found in ids if found in rows]


def _conditions(session: Session, query: DeskQuery, now: datetime) -> list[Any]:
    over = col(Anomaly.resolved_at)
    wanted: list[Any] = []
    if query.state is not DeskState.ALL:
        wanted.append(over.is_not(None) if query.state is DeskState.RESOLVED else over.is_(None))
    if query.behind:
        wanted += query.behind.conditions(session, now)
    wanted += {
        DeskState.MINE: [Anomaly.owner == query.person],
        DeskState.ROLE: [Anomaly.owner_role == query.person_role],
        DeskState.LATE: [col(Anomaly.due_at) < now],
    }.get(query.state, [])
    chosen = {"kind": query.kind, "channel": query.channel, "owner_role": query.role, "severity": query.severity}
    wanted += [getattr(Anomaly, name) == word for name, word in chosen.items() if word]
    return [*wanted, _about(session, query.text)] if query.text else wanted


def _about(session: Session, text: str) -> Any:
    """An order or a parcel of that number; nothing where there is none."""
    number = text.strip().upper()
    by_number = select(Order.id).where(col(Order.channel_order_no).in_({number, text.strip()}))
    by_parcel = select(Shipment.order_id).where(Shipment.tracking_no == number)
    orders = [found for wanted in (by_number, by_parcel) for found in session.exec(wanted.limit(_MOST_FOUND))]
    if own := _OWN_NO.fullmatch(number):
        orders.append(int(own[1]))
    tracks = session.exec(select(Track.id).where(Track.tracking_no == number).limit(_MOST_FOUND)).all()
    of_parcel = and_(col(Anomaly.subject_type) == "track", col(Anomaly.subject_id).in_(tracks))
    return or_(col(Anomaly.order_id).in_(orders), of_parcel)


def _order(query: DeskQuery) -> tuple[Any, bool]:
    if query.state in (DeskState.RESOLVED, DeskState.ALL):
        return col(Anomaly.id), True
    return (col(Anomaly.at_risk_fen), True) if query.sort is DeskSort.MONEY else (col(Anomaly.due_at), False)


def _cursor(query: DeskQuery, last: Anomaly) -> str:
    key, _ = _order(query)
    value = getattr(last, key.key)
    number = (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value
    return f"{key.key}~{number}~{last.id}"


def _place(query: DeskQuery, key: Any) -> Any:
    try:
        name, number, last_id = query.cursor.split("~")
        value: Any = int(number[:20])
        if name != key.key:
            raise ValueError("another list")
        value = _EPOCH + value * _MICROSECOND if name == "due_at" else value
        return tuple_(literal(value, key.type), literal(int(last_id[:18])))
    except (ValueError, OverflowError) as error:
        raise BadInput("cursor: is not one of this list; begin again without it", field="cursor") from error
