"""Is it said of every table and every subject of the log to whom it belongs, and does it read in every shape?"""

import pytest
from sqlalchemy import exists, union
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col, func, select

import orderhub.app  # noqa: F401  (what is said of a table is said by importing the hub)
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.shop import Shop
from orderhub.domain.task import Task, TaskKind, open_task
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Happening
from orderhub.kernel.owned import EVERYBODYS, EVERYBODYS_SUBJECTS, SUBJECTS
from orderhub.kernel.sight import Sight, belonging, seeing
from tests import builders

BOTH = Sight(frozenset({1}), frozenset({"east"}), person="ceshi-a")


def happenings(above: type[Happening] = Happening) -> set[type[Happening]]:
    below = set(above.__subclasses__())
    return below | {one for kind in below for one in happenings(kind)}


def test_every_table_belongs_to_somebody_or_everybody():
    """A new table: a line in the ``belonging.py`` of its room."""
    assert set(SQLModel.metadata.tables) - belonging() - EVERYBODYS.keys() == set()
    assert belonging() & EVERYBODYS.keys() == set()
    assert (belonging() | EVERYBODYS.keys()) - SQLModel.metadata.tables.keys() == set()


def test_every_subject_of_the_log_belongs_to_somebody_or_everybody():
    ours = [kind for kind in happenings() if kind.__module__.startswith("orderhub.")]
    words = {kind.subject_type for kind in ours if hasattr(kind, "subject_type")}
    assert words - SUBJECTS.keys() - EVERYBODYS_SUBJECTS.keys() == set()
    assert SUBJECTS.keys() & EVERYBODYS_SUBJECTS.keys() == set()


def test_every_table_is_read_by_somebody_who_sees_little(database: Database):
    """The longest conditions too are within what a database reads."""
    with seeing(BOTH), database.reading() as session:
        for mapper in SQLModel._sa_registry.mappers:
            table = mapper.class_
            assert session.exec(select(table)).all() == []


@pytest.fixture
def lines(database: Database) -> None:
    """Two shops with an order each, of one line."""
    with database.transaction() as session:
        for code in ("mp-1", "mp-2"):
            builders.order(session, f"69{code}", of=builders.shop(session, code))


_LINE, _ORDER = aliased(OrderLine), aliased(Order)
SHAPES = {
    "a row": (select(col(OrderLine.id)), [(1,)]),
    "a count": (select(func.count()).select_from(OrderLine), [(1,)]),
    "a count of a column": (select(func.count(col(OrderLine.id))), [(1,)]),
    "another name": (select(_LINE.id), [(1,)]),
    "a join": (select(_LINE.id).join(_ORDER, col(_ORDER.id) == _LINE.order_id), [(1,)]),
    "an outer join": (
        select(Order.id, _LINE.id).outerjoin(_LINE, col(_LINE.order_id) == Order.id),
        [(1, 1)],
    ),
    "exists": (select(Shop.id).where(exists().where(Order.shop_id == Shop.id)), [(1,)]),
    "a list": (select(Shop.id).where(col(Shop.id).in_(select(Order.shop_id))), [(1,)]),
    "a figure beside": (
        select(Shop.id, select(func.count(col(Order.id))).where(Order.shop_id == Shop.id).scalar_subquery()),
        [(1, 1)],
    ),
    "a union": (union(select(OrderLine.id), select(_LINE.id)), [(1,)]),
    "a table made by the way": (select(func.count()).select_from(select(OrderLine.id).subquery()), [(1,)]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_select_of_any_shape_is_narrowed(database: Database, lines: None, shape: str):
    statement, found = SHAPES[shape]
    with seeing(Sight(shops=frozenset({1}))), database.reading() as session:
        assert [tuple(row) for row in session.execute(statement)] == found
        assert session.get(Order, 2) is None


def test_work_of_the_whole_hub_is_seen_by_whom_it_was_given_to(database: Database):
    with database.transaction() as session:
        for name in ("ceshi-a", "ceshi-b", ""):
            about = {"about": ("sku", 1), "role": "operations", "due_at": builders.NOW, "now": builders.NOW}
            open_task(session, TaskKind.STOCK_OUT, title=name or "nobody", **about).owner = name
    for name in ("ceshi-a", "ceshi-b"):  # one after the other, by one compiled statement
        with seeing(Sight(shops=frozenset({1}), person=name)), database.reading() as session:
            assert session.exec(select(Task.title)).all() == [name]
    with seeing(Sight(shops=frozenset({1}))), database.reading() as session:
        assert session.exec(select(Task.title)).all() == []
