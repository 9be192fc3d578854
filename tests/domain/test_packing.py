"""At the packing table: a parcel is packed once exactly its pieces are in, and a wrong scan says what is expected."""

from collections import Counter
from contextlib import suppress
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from orderhub.domain.aftersale import accept_refund
from orderhub.domain.box import Box, Item, ScanRefused, TooManyPieces, WrongItem, put_in
from orderhub.domain.delivery import Delivery, DeliveryStatus, delivery_of, pieces_in
from orderhub.domain.hold import HoldReason, StillHeld, hold
from orderhub.domain.merging import merge, unmerge
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.packing import (
    AlreadyPacked,
    BeingPacked,
    NothingScanned,
    OtherParcel,
    UnknownParcel,
    box_of,
    close_with_rest,
    lay_aside,
    on_table,
    put_on_table,
    scan,
    undo,
    unpack,
)
from orderhub.domain.review import order_of
from orderhub.domain.shipping import RefundOpen, leave
from orderhub.domain.sku import sku_coded
from orderhub.domain.stock import Warehouse
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import IllegalMove
from tests.builders import NOW, shop

from .drafts import a_refund
from .packed import LATER, allocated, labelled, paid, planned
from .stocked import assert_sound, level, stocked

BARCODE = "6901234567892"


@pytest.fixture
def goods(database):
    with transaction() as session:
        made = stocked(session, A=(500, 0), B=(500, 0), C=(500, 0))
        made["A"].barcode = BARCODE
        session.add(made["A"])
    return made


def do(what, *args, by="ceshi-w", **named):
    with transaction() as session:
        return what(session, *args, by=by, now=LATER, **named)


def on(delivery_id: int, by: str = "ceshi-w") -> int:
    do(put_on_table, f"D{delivery_id}", by=by)
    return delivery_id


def state(delivery_id: int) -> tuple[DeliveryStatus, str, str]:
    with reading() as session:
        found = session.get_one(Delivery, delivery_id)
        assert_sound(session)
        return found.status, found.packer, found.packed_by


def test_the_waybill_then_the_items_and_it_is_packed(goods):
    delivery_id = planned("1", ("A", 2), ("B", 1))
    box = do(put_on_table, " sf 0000000000001 ")
    assert (box.delivery_id, box.wanted) == (delivery_id, "A ×2, B ×1")
    assert do(scan, delivery_id, BARCODE).wanted == "A ×1, B ×1"
    assert do(scan, delivery_id, "b").wanted == "A ×1"
    assert state(delivery_id) == (DeliveryStatus.PLANNED, "ceshi-w", "")
    assert do(scan, delivery_id, "A").is_packed
    assert state(delivery_id) == (DeliveryStatus.PACKED, "", "ceshi-w")
    with reading() as session:
        assert level(session, "A") == (500, 2)


def test_its_own_number_opens_a_parcel_that_has_no_waybill_yet(goods):
    (delivery_id,) = allocated(paid("1", ("A", 1)))
    for text in (f"D{delivery_id}", f"d{delivery_id:08}", f"Ｄ{delivery_id}"):
        assert do(put_on_table, text).delivery_id == delivery_id


@pytest.mark.parametrize("text", ["", "D999", "SF9999999999999", "A", "'; DROP TABLE delivery; --", "D" * 400])
def test_what_names_no_parcel_opens_none(goods, text):
    planned("1", ("A", 1))
    with pytest.raises(UnknownParcel):
        do(put_on_table, text)


@pytest.mark.parametrize(("text", "error"), [
    ("C", WrongItem), ("nonsense", WrongItem), ("", WrongItem), ("*3", WrongItem), ("A*0", TooManyPieces),
    ("A*4", TooManyPieces), ("4*A", TooManyPieces), ("SF0000000000002", OtherParcel), ("D2", OtherParcel),
])  # fmt: skip
def test_a_wrong_scan_puts_nothing_in_and_says_what_is_expected(goods, text, error):
    delivery_id = on(planned("1", ("A", 3)))
    planned("2", ("C", 1))
    with pytest.raises(error) as refused:
        do(scan, delivery_id, text)
    assert refused.value.names
    if error is WrongItem:
        assert refused.value.names["wanted"] == "A ×3"
    with reading() as session:
        assert [item.packed for item in box_of(session, delivery_id).items] == [0]


@pytest.mark.parametrize("scans", [["3*A"], ["A*3"], ["A×3"], ["A", "*3"], ["A", "A*2"], ["2*A", "*3"]])
def test_a_typed_number_counts_many_at_once(goods, scans):
    delivery_id = on(planned("1", ("A", 3)))
    for text in scans:
        box = do(scan, delivery_id, text)
    assert box.is_packed


def test_the_last_scan_is_taken_out_again(goods):
    delivery_id = on(planned("1", ("A", 3)))
    do(scan, delivery_id, "A*2")
    assert do(undo, delivery_id).wanted == "A ×3"
    with pytest.raises(NothingScanned):
        do(undo, delivery_id)


def test_two_people_on_one_parcel_the_second_is_told_who_has_it_and_may_take_over(goods):
    delivery_id = on(planned("1", ("A", 2)), by="ceshi-w")
    do(scan, delivery_id, "A")
    with pytest.raises(BeingPacked) as refused:
        do(put_on_table, f"D{delivery_id}", by="ceshi-x")
    assert refused.value.names == {"by": "ceshi-w"}
    assert do(put_on_table, f"D{delivery_id}", by="ceshi-x", takes_over=True).wanted == "A ×1"
    with pytest.raises(BeingPacked):
        do(scan, delivery_id, "A", by="ceshi-w")
    assert do(scan, delivery_id, "A", by="ceshi-x").is_packed
    assert state(delivery_id)[2] == "ceshi-x"


def test_one_person_finishes_a_parcel_or_lays_it_aside_before_the_next(goods):
    first, second = on(planned("1", ("A", 2))), planned("2", ("A", 1))
    do(scan, first, "A")
    with pytest.raises(OtherParcel) as refused:
        do(put_on_table, f"D{second}")
    assert refused.value.names == {"number": "SF0000000000001"}
    do(lay_aside, first)
    on(second)
    with reading() as session:
        found = on_table(session, "ceshi-w")
        assert found
        assert found.id == second
    assert do(put_on_table, f"D{first}", by="ceshi-x").wanted == "A ×1"


def test_a_hold_or_a_refund_asked_for_stops_the_next_scan(goods):
    order_id = paid("1", ("A", 3))
    delivery_id = on(labelled(allocated(order_id)[0]))
    do(scan, delivery_id, "A")
    with transaction() as session:
        hold(session, order_of(session, order_id), HoldReason.MANUAL, by="li", now=NOW)
    with pytest.raises(StillHeld):
        do(scan, delivery_id, "A")
    with transaction() as session:
        accept_refund(session, shop(session), a_refund(channel_order_no="1"), now=NOW)
        order_of(session, order_id).is_held = False
        for held in session.exec(select(Delivery)).all():
            held.changed_at = NOW
    with pytest.raises((RefundOpen, StillHeld)):
        do(put_on_table, f"D{delivery_id}", by="ceshi-x", takes_over=True)
    assert do(undo, delivery_id).wanted == "A ×3"


def test_a_packed_parcel_is_not_packed_twice_but_unpacked(goods):
    delivery_id = on(planned("1", ("A", 1)))
    do(scan, delivery_id, "A")
    with pytest.raises(AlreadyPacked) as refused:
        do(put_on_table, f"D{delivery_id}", by="ceshi-x")
    assert refused.value.names == {"by": "ceshi-w"}
    do(unpack, delivery_id)
    assert state(delivery_id) == (DeliveryStatus.PLANNED, "", "")
    assert do(put_on_table, f"D{delivery_id}").wanted == "A ×1"


def test_what_has_left_is_not_unpacked(goods):
    delivery_id = planned("1", ("A", 1))
    do(leave, delivery_id)
    with pytest.raises(IllegalMove):
        do(unpack, delivery_id)


def test_the_rest_goes_into_another_parcel_and_the_order_leaves_in_two(goods):
    order_id = paid("1", ("A", 3), ("B", 1))
    first = on(labelled(allocated(order_id)[0]))
    with pytest.raises(NothingScanned):
        do(close_with_rest, first)
    do(scan, first, "A*2")
    rest = do(close_with_rest, first)
    assert state(first)[0] is DeliveryStatus.PACKED
    do(leave, first)
    with reading() as session:
        assert session.get_one(Order, order_id).status is OrderStatus.PARTLY_SHIPPED
        assert sorted(piece.quantity for piece in pieces_in(session, rest.id)) == [1, 1]
        assert level(session, "A") == (498, 1)
    on(labelled(rest.id, "SF2222222222222"))
    for code in ("B", "A"):
        do(scan, rest.id, code)
    do(leave, rest.id)
    with reading() as session:
        assert session.get_one(Order, order_id).status is OrderStatus.SHIPPED
        assert level(session, "A") == (497, 0)
        assert_sound(session)


def test_merged_orders_are_packed_in_one_box_and_unmerging_empties_it(goods):
    first, second = (allocated(paid(no, ("A", 1)))[0] for no in ("1", "2"))
    with transaction() as session:
        merge(session, delivery_of(session, first), [delivery_of(session, second)], by="a", now=LATER)
    assert do(put_on_table, f"D{second}").wanted == "A ×2"
    do(scan, first, "A")
    with transaction() as session:
        unmerge(session, delivery_of(session, first), by="a", now=LATER)
    assert do(put_on_table, f"D{second}").wanted == "A ×1"


def test_a_warehouse_that_says_so_lets_go_of_what_is_packed(goods):
    order_id = paid("1", ("A", 1))
    delivery_id = labelled(allocated(order_id)[0])
    with transaction() as session:
        for warehouse in session.exec(select(Warehouse)):
            warehouse.leaves_on_packing = True
    do(scan, on(delivery_id), "A")
    assert state(delivery_id)[0] is DeliveryStatus.LEFT
    with reading() as session:
        assert session.get_one(Order, order_id).status is OrderStatus.SHIPPED
        assert level(session, "A") == (499, 0)


def test_where_no_stock_is_kept_the_code_of_the_line_is_scanned(database):
    delivery_id = on(planned("1", ("A", 1), ("B", 2)))
    for text in ("b*2", "A"):
        box = do(scan, delivery_id, text)
    assert box.is_packed


CODES = ("A", "B", "C", "X")


@given(
    wanted=st.dictionaries(st.sampled_from(CODES[:3]), st.integers(1, 4), min_size=1),
    scans=st.lists(st.tuples(st.sampled_from(CODES), st.integers(0, 5)), max_size=12),
)
def test_a_box_is_packed_if_and_only_if_exactly_its_pieces_are_in(wanted, scans):
    inside: Counter[str] = Counter()
    box = box_with(wanted, inside)
    for code, times in scans:
        may_go_in = 1 <= times <= wanted.get(code, 0) - inside[code]
        try:
            assert put_in(box, f"{code}*{times}") == (code, times)
        except ScanRefused:
            assert not may_go_in
        else:
            assert may_go_in
            inside[code] += times
        box = box_with(wanted, inside)
        assert box.is_packed == (+inside == Counter(wanted))


def box_with(wanted: dict[str, int], inside: Counter[str]) -> Box:
    items = (Item(code, code, count, inside[code], frozenset({code})) for code, count in wanted.items())
    return Box(1, tuple(items))


STEP = st.one_of(
    st.tuples(st.just("scan"), st.sampled_from(["A", "B", "A*2", "3*B", "*2", "C", "SF0000000000001"])),
    st.tuples(st.sampled_from(["undo", "aside", "take", "over", "unpack", "rest"]), st.just("")),
)


NUMBERS = count()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(["ceshi-w", "ceshi-x"]), STEP), max_size=14))
def test_whatever_two_people_do_pieces_stay_whole(goods, steps):
    delivery_id = planned(f"P{next(NUMBERS)}", ("A", 2), ("B", 3))
    for by, (what, text) in steps:
        done = {
            "scan": lambda text=text, by=by: do(scan, delivery_id, text, by=by),
            "undo": lambda by=by: do(undo, delivery_id, by=by),
            "aside": lambda by=by: do(lay_aside, delivery_id, by=by),
            "take": lambda by=by: do(put_on_table, f"D{delivery_id}", by=by),
            "over": lambda by=by: do(put_on_table, f"D{delivery_id}", by=by, takes_over=True),
            "unpack": lambda by=by: do(unpack, delivery_id, by=by),
            "rest": lambda by=by: do(close_with_rest, delivery_id, by=by),
        }[what]
        with suppress(ScanRefused, NothingScanned, IllegalMove):
            done()
        with reading() as session:
            box, delivery = box_of(session, delivery_id), session.get_one(Delivery, delivery_id)
            assert all(0 <= item.packed <= item.pieces for item in box.items)
            assert box.is_packed == (delivery.status is DeliveryStatus.PACKED)
            every = session.exec(select(Delivery.id).where(Delivery.status != DeliveryStatus.CANCELLED)).all()
            sums = Counter()
            for one in every:
                for piece in pieces_in(session, one):
                    if piece.order_id == pieces_in(session, delivery_id)[0].order_id:
                        sums[piece.sku_id] += piece.quantity
            assert sums == {sku_coded(session, "A").id: 2, sku_coded(session, "B").id: 3}
    for by in ("ceshi-w", "ceshi-x"):
        with reading() as session:
            mine = on_table(session, by)
        if mine:
            do(lay_aside, mine.id, by=by)
