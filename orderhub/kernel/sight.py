"""Whose eyes look at what is read? Shops and warehouses narrow the rows, fields what is shown of them.

Whoever answers a person says ``see_as(user.sight)`` once, at the door; every session opened for reading behind that
door then finds only rows in sight, joins and counts included. A transaction is not narrowed, since what follows from a
change may touch rows nobody here may look at: there ``find`` fetches what a person *names*. Without a sight (jobs,
consumers, commands) everything is seen.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, event, inspect
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlmodel import Session, SQLModel, select

from orderhub.kernel.errors import NotAllowed
from orderhub.kernel.ids import digest

Row = TypeVar("Row", bound=SQLModel)
Shops = Callable[[frozenset[int]], ColumnElement[bool]]
Warehouses = Callable[[frozenset[str]], ColumnElement[bool]]


class FieldGroup(StrEnum):
    """What of a row may be hidden from whoever may see the row."""

    MONEY = "money"  # prices, totals, discounts, refunds, money at risk
    COST = "cost"  # what goods and freight cost the merchant
    SETTLEMENT = "settlement"  # fees, income, differences
    BUYER = "buyer"  # the buyer's token, masked nick and words
    RECEIVER = "receiver"  # masked name, telephone and address, the region


@dataclass(frozen=True)
class Sight:
    """``None`` is all of them: shops by id, warehouses by code."""

    shops: frozenset[int] | None = None
    warehouses: frozenset[str] | None = None
    fields: frozenset[FieldGroup] = frozenset(FieldGroup)

    @property
    def is_whole(self) -> bool:
        """Every row is in sight; fields may be hidden all the same."""
        return self.shops is None and self.warehouses is None

    @property
    def mark(self) -> str:
        """Equal for equal sights; empty for one that sees everything."""
        return "" if self == WHOLE else digest(repr(self._sorted()))[:16]

    def _sorted(self) -> tuple[Any, ...]:
        shops = None if self.shops is None else sorted(self.shops)
        warehouses = None if self.warehouses is None else sorted(self.warehouses)
        return shops, warehouses, sorted(self.fields)


WHOLE = Sight()
NOTHING = Sight(frozenset(), frozenset(), frozenset())

_sight: ContextVar[Sight] = ContextVar("sight", default=WHOLE)
_belonging: dict[type[SQLModel], tuple[Shops | None, Warehouses | None]] = {}


def see_as(sight: Sight) -> None:
    """For the rest of this task or thread, and what it starts."""
    _sight.set(sight)


@contextmanager
def seeing(sight: Sight) -> Iterator[None]:
    before = _sight.set(sight)
    try:
        yield
    finally:
        _sight.reset(before)


def sight() -> Sight:
    return _sight.get()


def sees(group: FieldGroup) -> bool:
    """Whoever looks at this moment may see fields of ``group``."""
    return group in _sight.get().fields


def must_see(group: FieldGroup) -> None:
    """Raises: NotAllowed: what is asked for is not without fields of ``group``, which are not for these eyes."""
    if not sees(group):
        raise NotAllowed(f"fields of the group {group} are not in sight")


def seen(group: FieldGroup, text: str) -> str:
    """``text``, or nothing: for the part of a longer text that belongs to ``group``."""
    return text if sees(group) else ""


def belongs(table: type[SQLModel], *, to_shops: Shops | None = None, to_warehouses: Warehouses | None = None) -> None:
    """Say once which rows of ``table`` are in sight of somebody who sees only so many shops, or warehouses."""
    _belonging[table] = (to_shops, to_warehouses)


def find(session: Session, table: type[Row], key: int | str, *, lock: bool = False) -> Row | None:
    """The row a person named by its primary key, if it is in their sight: the look-up of every changing handler.

    ``lock`` keeps it from others until the transaction ends.
    """
    (column,) = inspect(table).primary_key
    wanted = select(table).where(column == key).options(*_criteria(sight()))
    return session.exec(wanted.with_for_update() if lock else wanted).one_or_none()


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    present = _sight.get()
    if present.is_whole or not state.is_select or not state.session.info.get("reads"):
        return
    if not state.is_column_load and not state.is_relationship_load:
        state.statement = state.statement.options(*_criteria(present))


@cache
def _criteria(present: Sight) -> tuple[Any, ...]:
    made = []
    for table, (to_shops, to_warehouses) in _belonging.items():
        if present.shops is not None and to_shops:
            made.append(with_loader_criteria(table, to_shops(present.shops), include_aliases=True))
        if present.warehouses is not None and to_warehouses:
            made.append(with_loader_criteria(table, to_warehouses(present.warehouses), include_aliases=True))
    return tuple(made)
