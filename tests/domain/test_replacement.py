"""Goods for an exchange or a resend: held for the case, packed like any, gone under the order as it was."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain import order_stock
from orderhub.domain.aftersale import Aftersale, case_of, move
from orderhub.domain.delivery import DeliveryStatus, deliveries_of, delivery_of, lock_orders, pieces_in
from orderhub.domain.delivery_plan import follow as follow_order
from orderhub.domain.delivery_plan import remaining, unplanned
from orderhub.domain.hold import HoldReason, StillHeld, hold
from orderhub.domain.leaving import WaybillTaken, put_back, type_waybill
from orderhub.domain.merge_partners import merge_by_hand, partners
from orderhub.domain.merging import CannotMerge
from orderhub.domain.order import Order, OrderShipped, OrderStatus, Shipment
from orderhub.domain.packing import put_on_table, scan
from orderhub.domain.replacement import (
    NotBackYet,
    PartHasLeft,
    PromisedAlready,
    Replacement,
    ReplacementState,
    follow,
    pieces_of,
    ripe,
    serve,
    take_back,
)
from orderhub.domain.replacement_gate import CaseOver, LineRefundOpen
from orderhub.domain.replacement_goods import NothingToSend
from orderhub.domain.reservation import reservations
from orderhub.domain.review import order_of
from orderhub.domain.shipping import leave
from orderhub.domain.splitting import split
from orderhub.domain.stock import adjust, warehouse_coded
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Carrier
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, IllegalMove, RuleBroken
from orderhub.kernel.eventlog import Event, kind_of

from .packed import paid
from .replacing import NEW_NUMBER, SOON, asked, gone, inspected, parcels_of, promised, sent
from .stocked import EAST, assert_sound, level, stocked

REFUND = {"channel_refund_no": "R-MONEY", "amount_fen": 100}


@pytest.fixture
def goods(database):
    with transaction() as session:
        return {code: sku.id for code, sku in stocked(session, A=(10, 0), B=(0, 5), C=0).items()}


def stood(case_id: int) -> tuple:
    with reading() as session:
        assert_sound(session)
        case = session.get_one(Aftersale, case_id)
        standing = session.get_one(Replacement, case_id)
        return standing.state, case.status, case.stage, session.get_one(Order, case.order_id).status


def refused(case_id: int, error: type[RuleBroken], pieces: dict[int, int] | None = None, because: str = "") -> None:
    with pytest.raises(error):
        promised(case_id, pieces, because)
    with reading() as session:
        assert session.get(Replacement, case_id) is None


def test_a_resend_leaves_under_the_same_order_and_closes_its_case(goods):
    order_id, case_id = gone("1", ("A", 2)), asked("1")
    promised(case_id)
    (delivery,) = parcels_of(case_id)
    with reading() as session:
        assert level(session, "A") == (8, 2)
    assert stood(case_id)[:3] == (ReplacementState.PLANNED, AftersaleStatus.REQUESTED, AftersaleStatus.APPROVED)
    sent(delivery.id)
    sent(delivery.id)  # said twice, done once
    closed = (ReplacementState.LEFT, AftersaleStatus.CLOSED, AftersaleStatus.CLOSED, OrderStatus.SHIPPED)
    assert stood(case_id) == closed
    with reading() as session:
        assert level(session, "A") == (6, 0)
        of = [(one.tracking_no, one.aftersale_id) for one in session.exec(select(Shipment).order_by(Shipment.id))]
        assert of == [("SF0000000001000", 0), (NEW_NUMBER, case_id)]
        told = session.exec(select(Event).where(Event.kind == kind_of(OrderShipped))).all()
        assert [one.body["tracking_no"] for one in told] == ["SF0000000001000"]
        order = session.get_one(Order, order_id)
        assert not +remaining(session, order)


def test_an_order_that_is_followed_leaves_its_cases_goods_alone(goods):
    order_id, case_id = gone("1", ("A", 2), ("B", 1)), asked("1")
    promised(case_id, {goods["A"]: 1})
    with transaction() as session:
        order = order_of(session, order_id)
        order_stock.follow(session, order, now=SOON)
        follow_order(session, order, now=SOON)
        assert unplanned(session, order_id) == {}
        assert [one.quantity for one in reservations(session, [order_id], case_id)] == [1]
    assert len(parcels_of(case_id, DeliveryStatus.PLANNED)) == 1
    assert stood(case_id)[0] is ReplacementState.PLANNED


def test_an_exchange_waits_for_the_old_goods_unless_somebody_says_why(goods):
    gone("1", ("A", 1))
    case_id = asked("1", AftersaleKind.EXCHANGE, status=AftersaleStatus.AWAITING_RETURN)
    refused(case_id, NotBackYet)
    refused(case_id, BadInput, because="急")
    promised(case_id, because="买家急用")
    (delivery,) = parcels_of(case_id)
    sent(delivery.id)
    assert stood(case_id)[:2] == (ReplacementState.LEFT, AftersaleStatus.AWAITING_RETURN)
    inspected(case_id)
    with transaction() as session:
        assert follow(session, case_id, now=SOON) == "goes on"
    assert stood(case_id)[1] is AftersaleStatus.CLOSED


def test_an_exchange_may_send_other_goods_of_two_warehouses(goods):
    gone("1", ("A", 2))
    case_id = asked("1", AftersaleKind.EXCHANGE, status=AftersaleStatus.RETURNED)
    inspected(case_id)
    promised(case_id, {goods["A"]: 1, goods["B"]: 2})
    first, second = parcels_of(case_id)
    sent(first.id)
    assert stood(case_id)[:2] == (ReplacementState.PLANNED, AftersaleStatus.RETURNED)
    sent(second.id, "SF8888888888888")
    assert stood(case_id)[:2] == (ReplacementState.LEFT, AftersaleStatus.CLOSED)


def test_short_goods_are_waited_for_and_planned_once_they_come(goods):
    gone("1", ("A", 1))
    case_id = asked("1")
    promised(case_id, {goods["C"]: 2})
    assert stood(case_id)[0] is ReplacementState.WAITING
    with transaction() as session:
        assert ripe(session) == []
        assert not serve(session, case_id, now=SOON)
        adjust(session, goods["C"], warehouse_coded(session, EAST), 2, reason="到货", by="ceshi-w", now=SOON)
        assert ripe(session) == [case_id]
        assert serve(session, case_id, now=SOON)
        assert not serve(session, case_id, now=SOON)
    assert stood(case_id)[0] is ReplacementState.PLANNED
    with reading() as session:
        assert level(session, "C") == (2, 2)


def test_what_is_taken_back_is_free_and_may_be_promised_anew(goods):
    gone("1", ("A", 1))
    case_id = asked("1")
    promised(case_id)
    with pytest.raises(PromisedAlready):
        promised(case_id)
    for _ in range(2):
        with transaction() as session:
            take_back(session, case_id, by="ceshi-s", now=SOON)
    assert stood(case_id)[::2] == (ReplacementState.TAKEN_BACK, AftersaleStatus.REQUESTED)
    with reading() as session:
        assert level(session, "A") == (9, 0)
    promised(case_id, {goods["A"]: 3})
    with reading() as session:
        assert [one.quantity for one in pieces_of(session, case_id)] == [3]
        assert level(session, "A") == (9, 3)


def test_part_that_has_left_is_not_taken_back_and_the_rest_goes_with_its_case(goods):
    gone("1", ("A", 1))
    case_id = asked("1")
    promised(case_id, {goods["A"]: 1, goods["B"]: 1})
    first, _ = parcels_of(case_id)
    sent(first.id)
    with pytest.raises(PartHasLeft), transaction() as session:
        take_back(session, case_id, by="ceshi-s", now=SOON)
    with transaction() as session:
        move(session, case_of(session, case_id)[1], AftersaleStatus.WITHDRAWN, by="ceshi-s", now=SOON)
        assert follow(session, case_id, now=SOON) == "the rest is taken back"
        assert follow(session, case_id, now=SOON) == "has left"
    assert stood(case_id)[0] is ReplacementState.LEFT
    assert [one.status for one in parcels_of(case_id)] == [DeliveryStatus.LEFT, DeliveryStatus.CANCELLED]


def test_a_case_that_ended_stops_its_parcel_on_the_table_and_at_the_door(goods):
    gone("1", ("A", 1))
    case_id = asked("1")
    promised(case_id)
    (delivery,) = parcels_of(case_id)
    with transaction() as session:
        put_on_table(session, f"D{delivery.id}", by="ceshi-w", now=SOON)
    with transaction() as session:
        move(session, case_of(session, case_id)[1], AftersaleStatus.WITHDRAWN, by="ceshi-s", now=SOON)
    for attempt in (
        lambda session: scan(session, delivery.id, "A", by="ceshi-w", now=SOON),
        lambda session: type_waybill(session, delivery.id, Carrier.SF, NEW_NUMBER, by="ceshi-w", now=SOON),
    ):
        with pytest.raises(CaseOver), transaction() as session:
            attempt(session)
    with pytest.raises(CaseOver):
        sent(delivery.id)
    with transaction() as session:
        follow(session, case_id, now=SOON)
    assert stood(case_id)[0] is ReplacementState.TAKEN_BACK


def test_money_asked_back_for_another_line_stops_nothing(goods):
    gone("1", ("A", 1), ("B", 1))
    case_id = asked("1", channel_line_no="1-1")
    promised(case_id)
    (delivery,) = parcels_of(case_id)
    asked("1", AftersaleKind.RETURN_AND_REFUND, channel_line_no="1-2", **REFUND)
    with transaction() as session:
        type_waybill(session, delivery.id, Carrier.SF, NEW_NUMBER, by="ceshi-w", now=SOON)
    asked("1", AftersaleKind.RETURN_AND_REFUND, channel_line_no="1-1", **(REFUND | {"channel_refund_no": "R-SAME"}))
    with pytest.raises(LineRefundOpen), transaction() as session:
        leave(session, delivery.id, by="ceshi-w", now=SOON)


def test_a_hold_by_hand_stops_it(goods):
    order_id = gone("1", ("A", 1))
    case_id = asked("1")
    with transaction() as session:
        hold(session, order_of(session, order_id), HoldReason.MANUAL, by="ceshi-s", now=SOON)
    refused(case_id, StillHeld)


def test_nothing_is_sent_for_a_refund_or_before_the_order_left(goods):
    gone("1", ("A", 1))
    refused(asked("1", AftersaleKind.RETURN_AND_REFUND, amount_fen=100), NothingToSend)
    paid("2", ("A", 1))
    refused(asked("2"), IllegalMove)


@pytest.mark.parametrize("pieces", [{0: 1}, {99: 1}, {1: 0}, {1: 1000}, {1: -1}])
def test_goods_that_cannot_be_are_refused(goods, pieces):
    gone("1", ("A", 1))
    refused(asked("1"), BadInput, pieces)


def test_it_bears_another_waybill_than_its_order(goods):
    gone("1", ("A", 1))
    case_id = asked("1")
    promised(case_id)
    (delivery,) = parcels_of(case_id)
    with pytest.raises(WaybillTaken), transaction() as session:
        type_waybill(session, delivery.id, Carrier.SF, "SF0000000001000", by="ceshi-w", now=SOON)


def test_it_is_split_with_its_case_and_merged_with_nothing(goods):
    gone("1", ("A", 1))
    case_id = asked("1")
    promised(case_id, {goods["A"]: 2})
    (delivery,) = parcels_of(case_id)
    with transaction() as session:
        piece = next(iter(session.exec(select(Replacement)))).order_id
        rows = deliveries_of(session, piece, DeliveryStatus.PLANNED, case_id=case_id)
        assert [one.id for one in rows] == [delivery.id]
        assert partners(session, rows[0], timedelta(days=9)) == []
        other = split(session, delivery.id, {pieces_in(session, delivery.id)[0].id: 1}, by="ceshi-w", now=SOON)
        assert other.aftersale_id == case_id
        with pytest.raises(CannotMerge):
            merge_by_hand(session, [delivery.id, other.id], by="ceshi-w", now=SOON)


def test_a_parcel_of_a_channels_case_that_had_not_left_is_on_the_shelf_again(goods):
    order_id = gone("1", ("A", 1))
    case_id = asked("1", by_hand=False)
    promised(case_id)
    (delivery,) = parcels_of(case_id)
    sent(delivery.id)
    assert stood(case_id)[:2] == (ReplacementState.LEFT, AftersaleStatus.REQUESTED)
    with transaction() as session:
        orders = lock_orders(session, [delivery.id])
        put_back(session, delivery_of(session, delivery.id), orders, by="ceshi-w", now=SOON)
    assert stood(case_id)[0] is ReplacementState.PLANNED
    with reading() as session:
        assert level(session, "A") == (9, 1)
        assert len(session.exec(select(Shipment).where(Shipment.order_id == order_id)).all()) == 1


def test_without_stock_its_lines_leave_as_they_are_counted(database):
    gone("1", ("A", 2))
    case_id = asked("1")
    promised(case_id)
    (delivery,) = parcels_of(case_id)
    sent(delivery.id)
    assert stood(case_id)[:2] == (ReplacementState.LEFT, AftersaleStatus.CLOSED)
