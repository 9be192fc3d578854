"""Where does a page of the board begin? An order of rows that can be walked both ways, and the cursor into it.

A sort is a list of stretches. Within a stretch every status has an index that lies in the wanted order already, so a
page reads a page of index entries per status, merges them and stops: no sort ever touches more rows than are shown.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, literal, tuple_, union_all
from sqlmodel import Session, col, select

from orderhub.domain.order import UNSHIPPED, Order, OrderStatus
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import digest

Key = datetime | int | None
Place = tuple[int, Key, int]  # stretch, value of its key, order id


class BoardSort(StrEnum):
    """``due`` and ``at_risk`` look at goods that still have to leave; other orders follow, newest change first."""

    DUE = "due"
    AT_RISK = "at_risk"
    PLACED = "placed"
    PAID = "paid"
    CHANGED = "changed"


@dataclass(frozen=True)
class Stretch:
    """Rows of ``statuses`` by ``key`` and id; ``is_null`` = those that have no key, by id alone."""

    statuses: tuple[OrderStatus, ...]
    key: Any
    is_descending: bool
    is_null: bool = False


def stretches(sort: BoardSort, statuses: Sequence[OrderStatus], *, is_descending: bool) -> list[Stretch]:
    """Rows without a key come last in either direction."""
    leaving = tuple(status for status in statuses if status in UNSHIPPED)
    rest = tuple(status for status in statuses if status not in UNSHIPPED)
    newest = Stretch(rest, col(Order.changed_at), is_descending=True)
    if sort is BoardSort.DUE:
        found = [*_nulls_last(leaving, col(Order.ship_by), is_descending=is_descending), newest]
    elif sort is BoardSort.AT_RISK:
        money = Stretch(leaving, col(Order.paid_fen), is_descending)
        found = [money, newest] if is_descending else [newest, money]
    elif sort is BoardSort.PAID:
        found = _nulls_last(tuple(statuses), col(Order.paid_at), is_descending=is_descending)
    else:
        key = Order.placed_at if sort is BoardSort.PLACED else Order.changed_at
        found = [Stretch(tuple(statuses), col(key), is_descending)]
    return [stretch for stretch in found if stretch.statuses]


def walk(
    session: Session,
    way: Sequence[Stretch],
    conditions: Sequence[ColumnElement[bool]],
    start: Place | None,
    *,
    is_backwards: bool,
    is_narrow: bool,
    limit: int,
) -> list[Place]:
    """At most ``limit`` places after ``start`` (before it when backwards, nearest first).

    ``is_narrow``: the conditions name a few orders, which are sorted; else the indexes are walked.
    """
    found: list[Place] = []
    indexes = list(range(len(way)))
    for index in reversed(indexes) if is_backwards else indexes:
        if start and (index > start[0] if is_backwards else index < start[0]):
            continue
        after = start if start and start[0] == index else None
        is_descending = way[index].is_descending != is_backwards
        wanted = _read(_Step(way[index], conditions, after, is_descending, limit - len(found)), is_narrow=is_narrow)
        found += [(index, row.key, row.id) for row in session.execute(wanted)]
        if len(found) == limit:
            break
    return found


def write_cursor(place: Place, *, mark: str, is_backwards: bool) -> str:
    """Opaque text that leads back to ``place``; ``mark`` names the sort it belongs to."""
    index, key, order_id = place
    shown = key.isoformat() if isinstance(key, datetime) else key
    body = json.dumps([int(is_backwards), index, shown, order_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(f"{_seal(mark, body)}{body}".encode()).decode().rstrip("=")


def read_cursor(cursor: str, way: Sequence[Stretch], *, mark: str) -> tuple[Place, bool]:
    """The place and whether to read backwards from it.

    Raises:
        BadInput: not one of ours, changed on its way, or of another sort.
    """
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
        if text[:8] != _seal(mark, text[8:]):
            raise ValueError("seal")
        is_backwards, index, shown, order_id = json.loads(text[8:])
        key = datetime.fromisoformat(shown) if isinstance(shown, str) else shown
        _check(way, index, key, order_id)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadInput("cursor: is not one of this list; begin again without it", field="cursor") from error
    return (index, key, order_id), bool(is_backwards)


def _check(way: Sequence[Stretch], index: int, key: Key, order_id: int) -> None:
    if not 0 <= index < len(way) or type(order_id) is not int:
        raise ValueError("place")
    is_money = way[index].key.type.python_type is int
    wanted = type(None) if way[index].is_null else int if is_money else datetime
    if type(key) is not wanted or (isinstance(key, datetime) and key.tzinfo is None):
        raise ValueError("key")


def _seal(mark: str, body: str) -> str:
    # Against broken links, not against forgers: a forged cursor only chooses where to begin.
    return digest(f"{mark}|{body}")[:8]


def _nulls_last(statuses: tuple[OrderStatus, ...], key: Any, *, is_descending: bool) -> list[Stretch]:
    return [Stretch(statuses, key, is_descending), Stretch(statuses, key, is_descending, is_null=True)]


@dataclass(frozen=True)
class _Step:
    """A part of one stretch, from ``after`` on."""

    stretch: Stretch
    conditions: Sequence[ColumnElement[bool]]
    after: Place | None
    is_descending: bool
    limit: int


def _read(step: _Step, *, is_narrow: bool) -> Any:
    statuses = step.stretch.statuses
    groups = [statuses] if is_narrow else [(status,) for status in statuses]
    parts = [_part(step, group) for group in groups]
    merged = union_all(*[select(part.c.id, part.c.key) for part in parts]).subquery()
    ends = [merged.c.key, merged.c.id]
    return select(merged.c.id, merged.c.key).order_by(*_ordered(step, ends)).limit(step.limit)


def _part(step: _Step, statuses: tuple[OrderStatus, ...]) -> Any:
    key, order_id = step.stretch.key, col(Order.id)
    wanted = select(order_id.label("id"), key.label("key")).where(col(Order.status).in_(statuses), *step.conditions)
    wanted = wanted.where(key.is_(None) if step.stretch.is_null else key.is_not(None))
    ends = [order_id] if step.stretch.is_null else [key, order_id]
    if step.after:
        here, there = tuple_(*ends), tuple_(*[literal(value, end.type) for end, value in _values(step, ends)])
        wanted = wanted.where(here < there if step.is_descending else here > there)
    return wanted.order_by(*_ordered(step, ends)).limit(step.limit).subquery()


def _values(step: _Step, ends: list[Any]) -> list[tuple[Any, Key]]:
    place = step.after or ()
    return list(zip(ends, place[-len(ends) :], strict=True))


def _ordered(step: _Step, ends: list[Any]) -> list[Any]:
    return [end.desc() if step.is_descending else end for end in ends]
