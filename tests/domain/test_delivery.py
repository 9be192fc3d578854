"""From paid to left: what is planned, packed in one, taken back and gone, with the books right at every step."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.allocating import allocate
from orderhub.domain.delivery import Delivery, DeliveryPiece, DeliveryStatus, deliveries_of, delivery_of, lock_orders
from orderhub.domain.hold import HoldReason, StillHeld, hold
from orderhub.domain.merging import CannotMerge, merge, unmerge
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.domain.review import approve, order_of
from orderhub.domain.shipping import NoWaybill, leave, ship_order
from orderhub.domain.words import Carrier, ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import Event
from tests.builders import NOW, draft, line_draft, shop

from .stocked import EAST, SOUTH, assert_sound, level, stocked

LATER = NOW + timedelta(hours=1)
WAYBILL = "SF1234567890123"


@pytest.fixture
def goods(database):
    with transaction() as session:
        return stocked(session, A=(10, 0), B=(0, 5), C=(4, 4))


def paid(no: str, *wanted: tuple[str, int], minute: int = 0, **changes) -> int:
    lines = tuple(line_draft(channel_line_no=f"{no}-{n}", sku_code=c, quantity=q) for n, (c, q) in enumerate(wanted, 1))
    moment = NOW + timedelta(minutes=minute)
    with transaction() as session:
        told = draft(no, lines=lines, updated_at=moment, **changes)
        return accept(session, shop(session), told, now=LATER).order.id


def allocated(order_id: int) -> list[int]:
    with transaction() as session:
        order = order_of(session, order_id)
        if order.status is OrderStatus.TO_REVIEW:
            approve(session, order, by="ceshi-o", now=LATER)
        return [one.id for one in allocate(session, order, by="system", now=LATER)]


def labelled(delivery_id: int, number: str = WAYBILL) -> int:
    with transaction() as session:
        delivery = delivery_of(session, delivery_id)
        delivery.carrier, delivery.tracking_no = Carrier.SF, number
        session.add(delivery)
    return delivery_id


def gone(delivery_id: int) -> None:
    with transaction() as session:
        leave(session, delivery_id, by="ceshi-w", now=LATER)


def status(order_id: int) -> OrderStatus:
    with reading() as session:
        assert_sound(session)
        return session.get_one(Order, order_id).status


def told(order_id: int) -> list[tuple]:
    with reading() as session:
        wanted = select(Event).where(Event.kind == "order_shipped", Event.subject_id == order_id).order_by(Event.id)
        return [(one.body["is_first"], one.body["is_last"], *one.body["line_nos"]) for one in session.exec(wanted)]


def test_what_is_reserved_is_planned_labelled_and_leaves(goods):
    order_id = paid("1", ("A", 2))
    (delivery_id,) = allocated(order_id)
    assert status(order_id) is OrderStatus.TO_SHIP
    with pytest.raises(NoWaybill):
        gone(delivery_id)
    gone(labelled(delivery_id))
    gone(delivery_id)
    assert status(order_id) is OrderStatus.SHIPPED
    with reading() as session:
        (parcel,) = session.exec(select(Shipment)).all()
        assert (parcel.tracking_no, parcel.shipped_by) == (WAYBILL, "ceshi-w")
        assert level(session, "A") == (8, 0)
    assert told(order_id) == [(True, True, "1-1")]


def test_goods_of_two_warehouses_leave_in_two_parcels(goods):
    order_id = paid("1", ("A", 2), ("B", 1))
    first, second = allocated(order_id)
    gone(labelled(first))
    assert status(order_id) is OrderStatus.PARTLY_SHIPPED
    with reading() as session:
        assert (level(session, "A"), level(session, "B", SOUTH)) == ((8, 0), (5, 1))
    gone(labelled(second, "SF1234567890124"))
    assert status(order_id) is OrderStatus.SHIPPED
    assert told(order_id) == [(True, False, "1-1"), (False, True, "1-2")]


def test_merged_orders_leave_with_one_waybill_and_each_is_shipped(goods):
    orders = [paid("1", ("A", 2)), paid("2", ("A", 1), ("C", 1))]
    (first,), (second,) = map(allocated, orders)
    with transaction() as session:
        lock_orders(session, [first, second])
        merge(session, delivery_of(session, first), [delivery_of(session, second)], by="ceshi-o", now=LATER)
    gone(labelled(first))
    assert [status(order_id) for order_id in orders] == [OrderStatus.SHIPPED] * 2
    with reading() as session:
        assert {parcel.tracking_no for parcel in session.exec(select(Shipment))} == {WAYBILL}
        assert level(session, "A") == (7, 0)
    assert [told(order_id) for order_id in orders] == [[(True, True, "1-1")], [(True, True, "2-1", "2-2")]]


def rows() -> list[dict]:
    with reading() as session:
        found = [one for table in (Delivery, DeliveryPiece) for one in session.exec(select(table).order_by(table.id))]
        return [one.model_dump(exclude={"changed_at"}) for one in found]


def test_unmerging_restores_every_delivery_exactly(goods):
    ids = [allocated(paid(str(n), ("A", n), ship_by=NOW + timedelta(days=n)))[0] for n in (1, 2, 3)]
    before = rows()
    for target, other in ((1, 0), (2, 1)):
        with transaction() as session:
            lock_orders(session, ids)
            merge(session, delivery_of(session, ids[target]), [delivery_of(session, ids[other])], by="a", now=LATER)
    assert [row["status"] for row in rows()[:3]] == [DeliveryStatus.MERGED, DeliveryStatus.MERGED, "planned"]
    with transaction() as session:
        assert len(unmerge(session, delivery_of(session, ids[2]), by="a", now=LATER)) == 2
    assert rows() == before


def test_what_has_a_waybill_or_another_warehouse_is_not_merged(goods):
    (first,), (second,), (south,) = (allocated(paid(n, goods)) for n, goods in (("1", ("A", 1)), ("2", ("A", 1)), ("3", ("B", 1))))  # fmt: skip  # noqa: E501
    labelled(second)
    for other, why in ((second, WAYBILL), (south, "two warehouses"), (first, "at least two")):
        with transaction() as session, pytest.raises(CannotMerge, match=why):
            merge(session, delivery_of(session, first), [delivery_of(session, other)], by="a", now=LATER)


def test_one_of_two_merged_orders_is_cancelled_and_the_other_leaves_alone(goods):
    orders = [paid("1", ("A", 2)), paid("2", ("A", 1))]
    (first,), (second,) = map(allocated, orders)
    with transaction() as session:
        merge(session, delivery_of(session, first), [delivery_of(session, second)], by="ceshi-o", now=LATER)
    paid("1", ("A", 2), minute=5, status=ChannelStatus.CLOSED_UNPAID)
    assert [status(order_id) for order_id in orders] == [OrderStatus.CANCELLED, OrderStatus.TO_SHIP]
    with reading() as session:
        assert session.get_one(Delivery, first).status is DeliveryStatus.CANCELLED
    gone(labelled(second))
    assert status(orders[1]) is OrderStatus.SHIPPED


def test_an_order_that_changes_after_it_was_allocated_is_allocated_anew(goods):
    order_id = paid("1", ("A", 2))
    (stale,) = allocated(order_id)
    paid("1", ("A", 3), minute=5)
    assert status(order_id) is OrderStatus.TO_ALLOCATE
    (fresh,) = allocated(order_id)
    with reading() as session:
        assert [one.id for one in deliveries_of(session, order_id, DeliveryStatus.CANCELLED)] == [stale]
        assert [piece.quantity for piece in session.exec(select(DeliveryPiece)).all()] == [2, 3]
    gone(labelled(fresh))
    assert status(order_id) is OrderStatus.SHIPPED


def test_a_held_order_leaves_in_no_parcel_and_keeps_the_one_it_shares_here(goods):
    orders = [paid("1", ("A", 2)), paid("2", ("A", 1))]
    (first,), (second,) = map(allocated, orders)
    with transaction() as session:
        merge(session, delivery_of(session, first), [delivery_of(session, second)], by="ceshi-o", now=LATER)
        hold(session, order_of(session, orders[1]), HoldReason.ADDRESS_DOUBTFUL, by="li", now=NOW)
    labelled(first)
    with pytest.raises(StillHeld):
        gone(first)
    assert [status(order_id) for order_id in orders] == [OrderStatus.TO_SHIP] * 2


def test_shipping_by_hand_cancels_what_was_planned(goods):
    order_id = paid("1", ("A", 2), ("B", 1))
    allocated(order_id)
    with transaction() as session:
        ship_order(session, order_of(session, order_id), Carrier.ZTO, WAYBILL, by="ceshi-w", now=LATER)
    assert status(order_id) is OrderStatus.SHIPPED
    with reading() as session:
        assert {one.status for one in session.exec(select(Delivery))} == {DeliveryStatus.CANCELLED}
        assert (level(session, "A"), level(session, "B", SOUTH)) == ((8, 0), (4, 0))


def test_a_hub_without_stock_packs_all_the_same(database):
    order_id = paid("1", ("A", 2), ("B", 1))
    (delivery_id,) = allocated(order_id)
    gone(labelled(delivery_id))
    assert status(order_id) is OrderStatus.SHIPPED
    assert told(order_id) == [(True, True, "1-1", "1-2")]


def test_what_is_gone_from_the_shelf_stays_counted(goods):
    gone(labelled(allocated(paid("1", ("C", 4)))[0]))
    with reading() as session:
        assert (level(session, "C", EAST), level(session, "C", SOUTH)) == ((0, 0), (4, 0))
