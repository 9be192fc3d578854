"""Does what has come go to the shelf once, and is the rest written down?"""

from datetime import timedelta

import pytest
from sqlmodel import func, select

from orderhub.domain.purchase_order import PurchaseStatus, approve, draft_purchase, lines_of
from orderhub.domain.receipt import (
    Counted,
    MoreThanOrdered,
    NotOrdered,
    Receipt,
    ReceiptDiffers,
    ReceiptLine,
    receipts_of,
    receive,
)
from orderhub.domain.stock import Cause, StockEntry
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput
from tests.domain.stocked import assert_sound
from tests.domain.supplying import BY, TODAY, came, line, on_hand, ordered, sku, supplier, warehouse


def test_good_pieces_go_to_the_shelf_and_the_others_are_written_down(database: Database):
    with database.transaction() as session:
        box, east = sku(session), warehouse(session)
        order = ordered(session)
        came(session, order, 55, wrong=2, defective=3, received_on=TODAY - timedelta(days=1))
        (first,) = lines_of(session, order.id)
        assert (order.status, first.open, first.settled_on) == (PurchaseStatus.PARTLY_RECEIVED, 40, None)
        assert on_hand(session, box, east) == 55
        came(session, order, 38, missing=2)
        assert (order.status, first.open, first.settled_on) == (PurchaseStatus.RECEIVED, 0, TODAY)
        assert (first.good, first.wrong, first.missing, first.defective) == (93, 2, 2, 3)
        assert on_hand(session, box, east) == 93
        entries = session.exec(select(StockEntry).where(StockEntry.cause == Cause.RECEIVED)).all()
        assert [(one.on_hand_change, one.reason) for one in entries] == [
            (55, f"{order.order_no} R{order.id}-1"),
            (38, f"{order.order_no} R{order.id}-2"),
        ]
        assert [receipt.received_on for receipt, _ in receipts_of(session, order.id)] == [
            TODAY - timedelta(days=1),
            TODAY,
        ]
        assert_sound(session)


def test_the_same_receipt_again_changes_nothing_and_another_under_its_number_is_refused(database: Database):
    with database.transaction() as session:
        box, east = sku(session), warehouse(session)
        order = ordered(session)
        first = came(session, order, 30, receipt_no="RK-1")
        assert came(session, order, 30, receipt_no="RK-1").id == first.id
        with pytest.raises(ReceiptDiffers):
            came(session, order, 31, receipt_no="RK-1")
        came(session, order, 70, receipt_no="RK-2")
        assert came(session, order, 70, receipt_no="RK-2")
        assert on_hand(session, box, east) == 100
        assert session.exec(select(func.count()).select_from(ReceiptLine)).one() == 2


def test_no_more_comes_than_was_ordered(database: Database):
    with database.transaction() as session:
        sku(session)
        order = ordered(session)
        came(session, order, 60)
        with pytest.raises(MoreThanOrdered) as caught:
            came(session, order, 40, defective=1)
        assert caught.value.names == {"code": "BOX-40L", "open": "40"}
        assert len(session.exec(select(Receipt)).all()) == 1


def test_what_has_not_been_placed_cannot_come(database: Database):
    with database.transaction() as session:
        made = draft_purchase(session, supplier(session), warehouse(session), [line()], **BY)
        with pytest.raises(NotOrdered):
            came(session, made, 1)
        approve(session, made.id, **BY)
        with pytest.raises(NotOrdered):
            came(session, made, 1)


def test_counts_that_say_nothing_are_refused(database: Database):
    with database.transaction() as session:
        order = ordered(session)
        (first,) = lines_of(session, order.id)
        for counted in (
            [],
            [Counted(first.id)],
            [Counted(first.id, good=5, wrong=-1)],
            [Counted(first.id, 1), Counted(first.id, 1, 1)],
            [Counted(99, 1)],
        ):
            with pytest.raises(BadInput):
                receive(session, order.id, counted, **BY)
        with pytest.raises(BadInput, match="to come"):
            came(session, order, 1, received_on=TODAY + timedelta(days=1))
        assert order.status is PurchaseStatus.ORDERED


def test_a_code_that_is_no_sku_moves_no_stock(database: Database):
    with database.transaction() as session:
        order = ordered(session, line("BAG-1", 10))
        came(session, order, 10)
        assert order.status is PurchaseStatus.RECEIVED
        assert session.exec(select(StockEntry)).all() == []
