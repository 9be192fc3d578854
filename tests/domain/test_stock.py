"""Do levels change only as they can, and does the ledger know why?"""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from orderhub.domain.allotting import Place, allot
from orderhub.domain.reservation import release, reservations, reserve, ship
from orderhub.domain.sku import put_sku, set_parts
from orderhub.domain.stock import (
    BundleHasNoStock,
    Cause,
    NotEnough,
    StockEntry,
    adjust,
    count,
    warehouse_coded,
)
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput
from tests.builders import NOW

from .stocked import EAST, SOUTH, assert_sound, level, stocked

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def session(database):
    with transaction() as opened:
        yield opened
        assert_sound(opened)


def test_an_adjustment_has_a_reason_and_a_row(session):
    goods = stocked(session, A=10)
    adjust(session, goods["A"].id, warehouse_coded(session, EAST), -3, reason="破损", by="ceshi", now=LATER)
    assert level(session, "A") == (7, 0)
    row = session.exec(select(StockEntry).where(StockEntry.cause == Cause.ADJUSTED)).one()
    assert (row.on_hand_change, row.reason, row.by, row.at) == (-3, "破损", "ceshi", LATER)


@pytest.mark.parametrize(("change", "reason"), [(0, "x"), (5, " "), (10**12, "x")])
def test_an_absurd_adjustment_changes_nothing(session, change, reason):
    goods = stocked(session, A=10)
    with pytest.raises(BadInput):
        adjust(session, goods["A"].id, warehouse_coded(session, EAST), change, reason=reason, by="ceshi", now=NOW)
    assert level(session, "A") == (10, 0)


def test_what_is_reserved_can_neither_be_adjusted_nor_counted_away(session):
    goods = stocked(session, A=10)
    east = warehouse_coded(session, EAST)
    reserve(session, 1, {goods["A"].id: 8}, by="system", now=NOW)
    with pytest.raises(NotEnough, match="2 available at east: 8 are reserved"):
        adjust(session, goods["A"].id, east, -3, reason="破损", by="ceshi", now=NOW)
    with pytest.raises(NotEnough):
        count(session, goods["A"].id, east, 7, reason="盘点", by="ceshi", now=NOW)
    count(session, goods["A"].id, east, 8, reason="盘点", by="ceshi", now=NOW)
    assert level(session, "A") == (8, 8)


def test_counting_the_same_again_writes_no_row(session):
    goods = stocked(session, A=10)
    for _ in range(2):
        count(session, goods["A"].id, warehouse_coded(session, EAST), 10, reason="盘点", by="ceshi", now=LATER)
    assert [row.cause for row in session.exec(select(StockEntry))] == [Cause.COUNTED]


def test_a_bundle_has_no_stock_of_its_own(session):
    stocked(session, A=1)
    bundle = put_sku(session, "SET", by="tester", now=NOW)
    set_parts(session, bundle, "A*2", by="tester", now=NOW)
    with pytest.raises(BundleHasNoStock):
        count(session, bundle.id, warehouse_coded(session, EAST), 5, reason="盘点", by="ceshi", now=NOW)


@pytest.mark.parametrize("values", ["reserved = on_hand + 1", "reserved = -1", "on_hand = -1"])
def test_the_database_itself_refuses_what_cannot_be(database, values):
    with transaction() as session:
        stocked(session, A=3)
    with pytest.raises(IntegrityError), transaction() as session:
        session.connection().execute(text("UPDATE stock_level SET " + values))  # noqa: S608


def test_all_or_nothing_is_reserved(session):
    goods = stocked(session, A=10, B=1)
    wanted = {goods["A"].id: 2, goods["B"].id: 2}
    assert reserve(session, 1, wanted, by="system", now=NOW).short == (goods["B"].id,)
    assert (level(session, "A"), level(session, "B")) == ((10, 0), (1, 0))
    assert reserve(session, 1, wanted | {goods["B"].id: 1}, by="system", now=NOW).changed == 3
    assert (level(session, "A"), level(session, "B")) == ((10, 2), (1, 1))


def test_reserving_twice_takes_stock_once(session):
    goods = stocked(session, A=10)
    assert reserve(session, 1, {goods["A"].id: 2}, by="system", now=NOW).changed == 2
    assert reserve(session, 1, {goods["A"].id: 2}, by="system", now=NOW).changed == 0
    assert level(session, "A") == (10, 2)


def test_an_order_that_wants_something_else_lets_go_of_what_it_held(session):
    goods = stocked(session, A=10, B=10)
    reserve(session, 1, {goods["A"].id: 2}, by="system", now=NOW)
    reserve(session, 1, {goods["A"].id: 1, goods["B"].id: 4}, by="system", now=NOW)
    assert (level(session, "A"), level(session, "B")) == ((10, 1), (10, 4))


def test_releasing_and_shipping_are_safe_to_repeat(session):
    goods = stocked(session, A=10)
    for order_id in (1, 2):
        reserve(session, order_id, {goods["A"].id: 2}, by="system", now=NOW)
    assert [release(session, 1, by="system", now=NOW).changed for _ in range(2)] == [2, 0]
    sent = [ship(session, 2, {}, shipped_at=LATER, by="system", now=LATER).changed for _ in range(2)]
    assert sent == [2, 0]
    assert release(session, 2, by="system", now=LATER).changed == 0
    assert reserve(session, 2, {goods["A"].id: 2}, by="system", now=LATER).changed == 0
    assert level(session, "A") == (8, 0)


def test_an_order_that_left_before_the_count_is_not_taken_off_again(session):
    goods = stocked(session, A=(10, 0))
    reserve(session, 1, {goods["A"].id: 2}, by="system", now=NOW)
    count(session, goods["A"].id, warehouse_coded(session, EAST), 8, reason="盘点", by="ceshi", now=LATER)
    ship(session, 1, {}, shipped_at=NOW + timedelta(minutes=5), by="system", now=LATER)
    assert level(session, "A") == (8, 0)
    ship(session, 2, {goods["A"].id: 3}, shipped_at=NOW, by="system", now=LATER)
    assert level(session, "A") == (8, 0)


def test_an_order_that_left_unreserved_is_taken_off_the_shelf(session):
    goods = stocked(session, A=(2, 5))
    for _ in range(2):
        assert ship(session, 1, {goods["A"].id: 3}, shipped_at=LATER, by="system", now=LATER).short == ()
    assert (level(session, "A"), level(session, "A", SOUTH)) == ((2, 0), (2, 0))
    assert ship(session, 2, {goods["A"].id: 9}, shipped_at=LATER, by="system", now=LATER).short == (goods["A"].id,)


def test_the_warehouse_of_the_province_goes_first(session):
    goods = stocked(session, A=(10, 10))
    reserve(session, 1, {goods["A"].id: 1}, region="广东省 深圳市 南山区", by="system", now=NOW)
    reserve(session, 2, {goods["A"].id: 1}, region="浙江省 杭州市 西湖区", by="system", now=NOW)
    reserve(session, 3, {goods["A"].id: 1}, region="四川省 成都市 武侯区", by="system", now=NOW)
    east, south = (warehouse_coded(session, code).id for code in (EAST, SOUTH))
    assert [reservations(session, [number])[0].warehouse_id for number in (1, 2, 3)] == [south, east, east]


def place(sku_id, warehouse_id, available, rank):
    return Place(sku_id, warehouse_id, available, NOW, rank)


def test_one_parcel_goes_before_two_and_two_before_none():
    places = [place(1, 1, 5, 0), place(2, 1, 0, 0), place(1, 2, 5, 1), place(2, 2, 5, 1)]
    assert allot({1: 2, 2: 2}, places) == ({(1, 2): 2, (2, 2): 2}, ())
    assert allot({1: 5, 2: 5}, places[:2] + places[3:]) == ({(1, 1): 5, (2, 2): 5}, ())
    assert allot({1: 7}, places) == ({(1, 1): 5, (1, 2): 2}, ())
    assert allot({1: 11, 2: 1, 3: 1}, places) == ({}, (1, 3))
