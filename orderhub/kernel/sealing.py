"""Which columns lie sealed, and how are they sealed anew after a change of key?

Each table says once which of its columns are sealed and in which place they open; a change of key then finds them all.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import and_, inspect, or_
from sqlmodel import Session, SQLModel, col, select

from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import SetupError
from orderhub.kernel.secrets import is_sealed, present_mark, seal, unseal

Place = Callable[[Session, Any], str]
Follow = Callable[[Any, str], None]

_AT_ONCE = 100  # rows in one transaction: on SQLite they hold the one writer

log = structlog.get_logger()


@dataclass(frozen=True)
class SealedColumn:
    """``follow`` is told of a row and what its column holds, to bring along what else depends on the key.

    ``may_lie_open``: rows from before the column was sealed hold plain text.
    """

    table: type[SQLModel]
    column: str
    place: Place
    may_lie_open: bool = False
    follow: Follow | None = None

    @property
    def name(self) -> str:
        return f"{self.table.__tablename__}.{self.column}"

    def open(self, session: Session, row: Any) -> str:
        """What the column of ``row`` holds; empty where it holds nothing. Raises: SetupError: it does not open."""
        said = getattr(row, self.column)
        return unseal(said, self.place(session, row)) if is_sealed(said) else said if self.may_lie_open else ""


@dataclass(frozen=True)
class Resealed:
    """``stuck`` are rows that open under no key here (or were sealed in another place), as ``table.column``."""

    rows: int
    stuck: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.rows} sealed anew" + (f", {len(self.stuck)} do not open" if self.stuck else "")


_columns: list[SealedColumn] = []


def sealed_column(
    table: type[SQLModel], column: str, place: Place, *, may_lie_open: bool = False, follow: Follow | None = None
) -> None:
    _columns.append(SealedColumn(table, column, place, may_lie_open, follow))


def sealed_fields(table: type[SQLModel], *names: str, within: Callable[[Session, Any], str]) -> None:
    """``<name>_sealed`` of each name, which opens at ``<within>:<name>``."""
    for name in names:
        sealed_column(table, f"{name}_sealed", _part_of(within, name))


def sealed_columns() -> Sequence[SealedColumn]:
    return tuple(_columns)


def seal_anew() -> Resealed:
    """Bring everything under the present key, a few rows in a transaction. Safe to repeat, and to break off."""
    rows, stuck = 0, []
    for column in _columns:
        for keys in _stale(column):
            with transaction() as session:
                for key in keys:
                    if _brought_along(session, column, key):
                        rows += 1
                    else:
                        stuck.append(column.name)
    return Resealed(rows, tuple(stuck))


def _part_of(within: Callable[[Session, Any], str], name: str) -> Place:
    return lambda session, row: f"{within(session, row)}:{name}"


def _stale(column: SealedColumn) -> Iterator[list[tuple[Any, ...]]]:
    """Primary keys of rows that another key has sealed, or none."""
    value, keys = col(getattr(column.table, column.column)), tuple(inspect(column.table).primary_key)
    wanted = and_(value != "", ~value.startswith(present_mark()))
    if not column.may_lie_open:
        wanted = and_(wanted, or_(value.startswith("v1."), value.startswith("v2.")))
    with reading() as session:
        found = [tuple(row) for row in session.execute(select(*keys).where(wanted).order_by(*keys))]
    for start in range(0, len(found), _AT_ONCE):
        yield found[start : start + _AT_ONCE]


def _brought_along(session: Session, column: SealedColumn, key: tuple[Any, ...]) -> bool:
    row = session.get(column.table, key if key[1:] else key[0], with_for_update=True)
    if row is None or getattr(row, column.column) == "":
        return True
    try:
        said = column.open(session, row)
    except SetupError as error:
        log.warning("does_not_open", column=column.name, error=str(error))
        return False
    setattr(row, column.column, seal(said, column.place(session, row)))
    if column.follow:
        column.follow(row, said)
    session.add(row)
    return True
