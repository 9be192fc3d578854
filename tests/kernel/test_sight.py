"""What is not in sight is not found, not joined and not counted; without a sight everything is."""

import asyncio

import pytest
from sqlmodel import func, select

from orderhub.domain.order import Order, OrderLine
from orderhub.domain.shop import Shop
from orderhub.kernel.db import Database
from orderhub.kernel.sight import WHOLE, FieldGroup, Sight, find, find_many, see_as, seeing, sight
from orderhub.ui.off_loop import off_loop
from tests import builders


@pytest.fixture
def shops(database: Database) -> list[int]:
    """Two shops with an order each."""
    with database.transaction() as session:
        for code in ("mp-1", "mp-2"):
            builders.order(session, f"69{code}", of=builders.shop(session, code))
        return [row.id for row in session.exec(select(Shop).order_by(Shop.code))]


def counted(database: Database) -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(Order)).one()


def test_only_rows_in_sight_are_read(database: Database, shops: list[int]):
    assert counted(database) == 2
    with seeing(Sight(shops=frozenset({shops[0]}))):
        assert counted(database) == 1
        with database.reading() as session:
            assert {row.shop_id for row in session.exec(select(Order))} == {shops[0]}
            joined = select(OrderLine).join(Order)
            assert len(session.exec(joined).all()) == 1
    with seeing(Sight(shops=frozenset())):
        assert counted(database) == 0
    assert counted(database) == 2


def test_a_change_finds_what_is_in_sight_and_follows_it_anywhere(database: Database, shops: list[int]):
    with database.reading() as session:
        hidden = session.exec(select(Order.id).where(Order.shop_id == shops[1])).one()
    with seeing(Sight(shops=frozenset({shops[0]}))), database.transaction() as session:
        assert find(session, Order, hidden, lock=True) is None
        assert len(find_many(session, Order, [1, 2])) == 1
        assert session.exec(select(func.count()).select_from(Order)).one() == 2


def test_a_thread_looks_with_the_eyes_of_its_caller(database: Database, shops: list[int]):
    async def of_two() -> list[int]:
        async def one(eyes: Sight) -> int:
            see_as(eyes)
            return await off_loop(counted, database)

        return await asyncio.gather(one(Sight(shops=frozenset({shops[0]}))), one(WHOLE))

    assert asyncio.run(of_two()) == [1, 2]
    assert sight() == WHOLE


def test_equal_sights_share_a_room():
    some = Sight(frozenset({1, 2}), None, frozenset({FieldGroup.MONEY}))
    assert some.mark == Sight(frozenset({2, 1}), None, frozenset({FieldGroup.MONEY})).mark
    assert some.mark != Sight(frozenset({1}), None, frozenset({FieldGroup.MONEY})).mark
    assert WHOLE.mark == ""
