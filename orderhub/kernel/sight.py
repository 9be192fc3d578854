"""Whose eyes look at what is read? Shops and warehouses narrow the rows, fields what is shown of them.

Whoever answers a person says ``see_as(user.sight)`` once, at the door; every session opened for reading behind that
door then finds only rows in sight, joins and counts included. A transaction is not narrowed, since what follows from a
change may touch rows nobody here may look at: there ``find`` fetches what a person *names*. Without a sight (jobs,
consumers, commands) everything is seen.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnClause, ColumnElement, String, Table, and_, bindparam, event, inspect, or_
from sqlalchemy.orm import LoaderCriteriaOption, ORMExecuteState
from sqlalchemy.sql import visitors
from sqlalchemy.sql.util import ClauseAdapter
from sqlmodel import Session, SQLModel, select

from orderhub.kernel.errors import NotAllowed
from orderhub.kernel.ids import digest

Row = TypeVar("Row", bound=SQLModel)
Asked = TypeVar("Asked", bound=Any)
Person = Callable[[BindParameter[str]], ColumnElement[bool]]
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
    """``None`` is all of them: shops by id, warehouses by code. ``person`` is who looks, where rows are narrowed."""

    shops: frozenset[int] | None = None
    warehouses: frozenset[str] | None = None
    fields: frozenset[FieldGroup] = frozenset(FieldGroup)
    person: str = ""

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
        return shops, warehouses, sorted(self.fields), self.person


WHOLE = Sight()
NOTHING = Sight(frozenset(), frozenset(), frozenset())

_sight: ContextVar[Sight] = ContextVar("sight", default=WHOLE)
_belonging: dict[str, "_Belonging"] = {}


@dataclass(frozen=True)
class _Belonging:
    table: type[SQLModel]
    to_shops: Shops | None
    to_warehouses: Warehouses | None
    to_person: Person | None


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


def belongs(
    table: type[SQLModel],
    *,
    to_shops: Shops | None = None,
    to_warehouses: Warehouses | None = None,
    to_person: Person | None = None,
) -> None:
    """Say once which rows of ``table`` are in sight of somebody who sees only so many shops, or warehouses.

    ``to_person``: those that are in sight of one person all the same.
    """
    _belonging[str(inspect(table).local_table)] = _Belonging(table, to_shops, to_warehouses, to_person)
    _criteria.cache_clear()


def belonging() -> frozenset[str]:
    """The names of the tables whose rows are narrowed."""
    return frozenset(_belonging)


def find(session: Session, table: type[Row], key: int | str, *, lock: bool = False) -> Row | None:
    """The row a person named by its primary key, if it is in their sight: the look-up of every changing handler.

    ``lock`` keeps it from others until the transaction ends.
    """
    (column,) = inspect(table).primary_key
    wanted = select(table).where(column == key)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.exec(in_sight(wanted)).one_or_none()


def find_many(session: Session, table: type[Row], keys: Collection[int] | Collection[str]) -> dict[Any, Row]:
    """By its primary key each of the rows a person named that is in their sight; what is not is left out."""
    (column,) = inspect(table).primary_key
    return {getattr(row, column.name): row for row in session.exec(in_sight(select(table).where(column.in_(keys))))}


def in_sight(statement: Asked) -> Asked:
    """The select, narrowed in a transaction too: for what a person names by anything but a primary key."""
    present = _sight.get()
    if present.is_whole:
        return statement
    criteria = _added(present)
    return statement.options(*(criteria[name] for name in sorted(_tables_in(statement) & criteria.keys())))


@contextmanager
def looking(session: Session) -> Iterator[None]:
    """What is read in this block of a transaction is narrowed: it is shown to a person, or chosen by one."""
    before = session.info.get("reads")
    session.info["reads"] = True
    try:
        yield
    finally:
        session.info["reads"] = before


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    if not state.is_select or not state.session.info.get("reads"):
        return
    if not state.is_column_load and not state.is_relationship_load:
        state.statement = in_sight(state.statement)


class _Criterion(LoaderCriteriaOption):
    """As its base, and of an alias that is joined to as well, which its base leaves to a lambda.

    ``mark`` stands for the whole condition where a statement is looked up among those already compiled: reading a
    long one through each time would be dearer than asking the database.
    """

    __slots__ = ("mark",)
    _traverse_internals = (
        ("entity", visitors.ExtendedInternalTraversal.dp_has_cache_key),
        ("mark", visitors.InternalTraversal.dp_string),
    )

    def __init__(self, table: type[SQLModel], wanted: ColumnElement[bool], mark: str) -> None:
        super().__init__(table, wanted, include_aliases=True, propagate_to_loaders=False)
        self.mark = mark

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        found = super()._resolve_where_criteria(ext_info)
        return ClauseAdapter(ext_info.selectable).traverse(found) if ext_info.is_aliased_class else found


def _added(present: Sight) -> dict[str, _Criterion]:
    """Equal for whoever sees the same rows; who they are is asked when the statement is executed."""
    return _criteria(replace(present, fields=frozenset(), person="somebody" if present.person else ""))


@cache
def _criteria(present: Sight) -> dict[str, _Criterion]:
    made = {}
    for name, one in _belonging.items():
        parts = []
        if present.shops is not None and one.to_shops:
            parts.append(one.to_shops(present.shops))
        if present.warehouses is not None and one.to_warehouses:
            parts.append(one.to_warehouses(present.warehouses))
        if parts:
            wanted = and_(*parts)
            if present.person and one.to_person:
                person = bindparam("person", callable_=lambda: _sight.get().person, type_=String(), unique=True)
                wanted = or_(wanted, one.to_person(person))
            made[name] = _Criterion(one.table, wanted, present.mark)
    return made


def _tables_in(statement: Any) -> set[str]:
    """A criterion of each table would be dearer than the statement: only those that are asked for are added."""
    found = set()
    for element in visitors.iterate(statement):
        if isinstance(element, Table):
            found.add(element.name)
        elif isinstance(element, ColumnClause) and isinstance(element.table, Table):
            found.add(element.table.name)
    return found
