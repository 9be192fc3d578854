"""A waybill typed by hand, and a parcel that had not left after all."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.delivery import Delivery, DeliveryStatus, delivery_of, lock_orders
from orderhub.domain.hold import HoldReason, StillHeld, hold
from orderhub.domain.leaving import AlreadyTold, WaybillTaken, put_back, type_waybill
from orderhub.domain.merging import merge
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.domain.review import order_of
from orderhub.domain.shipping import leave, ship_order
from orderhub.domain.words import Carrier, ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, IllegalMove
from tests.builders import NOW

from .packed import LATER, allocated, labelled, paid, planned
from .stocked import SOUTH, assert_sound, level, stocked

NUMBER = "SF1234567890123"


@pytest.fixture
def goods(database):
    with transaction() as session:
        return stocked(session, A=(10, 0), B=(0, 5))


def typed(delivery_id: int, number: str = NUMBER, carrier: Carrier = Carrier.ZTO) -> Delivery:
    with transaction() as session:
        return type_waybill(session, delivery_id, carrier, number, by="ceshi-w", now=LATER)


def gone(delivery_id: int) -> int:
    with transaction() as session:
        leave(session, delivery_id, by="ceshi-w", now=LATER)
    return delivery_id


def recalled(delivery_id: int) -> None:
    with transaction() as session:
        orders = lock_orders(session, [delivery_id])
        put_back(session, delivery_of(session, delivery_id), orders, by="ceshi-w", now=LATER)


def facts(*order_ids: int) -> list[tuple]:
    with reading() as session:
        assert_sound(session)
        orders = [session.get_one(Order, order_id) for order_id in order_ids]
        parcels = session.exec(select(Shipment)).all()
        of = {order.id: sorted(one.tracking_no for one in parcels if one.order_id == order.id) for order in orders}
        return [(order.status, order.shipped_at, of[order.id]) for order in orders]


def test_a_waybill_is_written_down_once_and_may_be_corrected(goods):
    (delivery_id,) = allocated(paid("1", ("A", 1)))
    assert typed(delivery_id, " sf 1234567890123").tracking_no == NUMBER
    assert typed(delivery_id).changed_at == LATER
    assert typed(delivery_id, "75312345678901", Carrier.STO).carrier is Carrier.STO


@pytest.mark.parametrize("number", ["", "1234567", "中通75312345678", "SF-1234567890"])
def test_what_is_no_waybill_is_not_written_down(goods, number):
    (delivery_id,) = allocated(paid("1", ("A", 1)))
    with pytest.raises(BadInput):
        typed(delivery_id, number)


def test_the_waybill_of_another_order_is_refused_by_its_name(goods):
    planned("1", ("A", 1))
    (second,) = allocated(paid("2", ("A", 1)))
    third = paid("3", ("A", 1))
    allocated(third)
    with transaction() as session:
        ship_order(session, order_of(session, third), Carrier.ZTO, "75312345678901", by="ceshi-w", now=LATER)
    for number, other in (("SF0000000000001", "1"), ("75312345678901", "3")):
        with pytest.raises(WaybillTaken) as refused:
            typed(second, number)
        assert refused.value.names == {"number": other}


def test_a_held_order_gets_no_waybill_and_what_has_left_keeps_its_own(goods):
    order_id = paid("1", ("A", 1))
    (delivery_id,) = allocated(order_id)
    with transaction() as session:
        hold(session, order_of(session, order_id), HoldReason.MANUAL, by="li", now=NOW)
    with pytest.raises(StillHeld):
        typed(delivery_id)
    with pytest.raises(IllegalMove):
        typed(gone(planned("2", ("A", 1))))


def test_a_recalled_parcel_is_packed_its_goods_held_and_it_leaves_again(goods):
    order_id = paid("1", ("A", 2))
    delivery_id = gone(labelled(allocated(order_id)[0]))
    recalled(delivery_id)
    assert facts(order_id) == [(OrderStatus.TO_SHIP, None, [])]
    with reading() as session:
        delivery = session.get_one(Delivery, delivery_id)
        assert (delivery.status, delivery.left_at, delivery.tracking_no) == (DeliveryStatus.PACKED, None, NUMBER)
        assert level(session, "A") == (10, 2)
    with pytest.raises(IllegalMove):
        recalled(delivery_id)
    gone(delivery_id)
    assert facts(order_id) == [(OrderStatus.SHIPPED, LATER, [NUMBER])]
    with reading() as session:
        assert level(session, "A") == (8, 0)


def test_of_two_parcels_one_is_recalled(goods):
    order_id = paid("1", ("A", 2), ("B", 1))
    first, second = allocated(order_id)
    gone(labelled(first))
    gone(labelled(second, "SF1234567890124"))
    recalled(second)
    assert facts(order_id) == [(OrderStatus.PARTLY_SHIPPED, LATER, [NUMBER])]
    with reading() as session:
        assert (level(session, "A"), level(session, "B", SOUTH)) == ((8, 0), (5, 1))
    recalled(first)
    assert facts(order_id) == [(OrderStatus.TO_SHIP, None, [])]


def test_merged_orders_are_recalled_together(goods):
    orders = [paid("1", ("A", 2)), paid("2", ("A", 1))]
    (first,), (second,) = map(allocated, orders)
    with transaction() as session:
        merge(session, delivery_of(session, first), [delivery_of(session, second)], by="a", now=LATER)
    recalled(gone(labelled(first)))
    assert facts(*orders) == [(OrderStatus.TO_SHIP, None, [])] * 2


def test_what_the_channel_knows_of_is_not_recalled(goods):
    order_id = paid("1", ("A", 1))
    delivery_id = gone(labelled(allocated(order_id)[0]))
    told = {"status": ChannelStatus.SHIPPED, "shipped_at": LATER}
    paid("1", ("A", 1), minute=90, **told)
    before = facts(order_id)
    with pytest.raises(AlreadyTold):
        recalled(delivery_id)
    assert facts(order_id) == before
    assert before[0][0] is OrderStatus.SHIPPED
    assert LATER + timedelta(0) == before[0][1]
