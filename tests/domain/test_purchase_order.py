"""Does a purchase order go its way, and does only a draft change?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.purchase_order import (
    LIFECYCLE,
    MOST_LINES,
    LineDraft,
    PurchaseExists,
    PurchaseLine,
    PurchaseNotDraft,
    PurchaseStatus,
    approve,
    cancel,
    change_line,
    draft_purchase,
    lines_of,
    open_pieces,
    place,
    send_back,
)
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, IllegalMove, NotFound
from orderhub.kernel.eventlog import Event
from orderhub.kernel.sight import Sight, seeing
from tests.domain.supplying import BY, TODAY, line, ordered, sku, supplier, warehouse


def test_an_order_is_drafted_approved_and_placed(database: Database):
    with database.transaction() as session:
        box = sku(session)
        made = draft_purchase(session, supplier(session), warehouse(session), [line(), line("BAG-1", 5)], **BY)
        assert made.order_no == f"PO20261124-{made.id}"
        assert [(one.code, one.sku_id, one.quantity, one.open) for one in lines_of(session, made.id)] == [
            ("BOX-40L", box.id, 100, 100),
            ("BAG-1", 0, 5, 5),
        ]
        assert lines_of(session, made.id)[0].title == box.title
        with pytest.raises(IllegalMove):
            place(session, made.id, **BY)
        assert approve(session, made.id, by="boss", now=BY["now"]).approved_by == "boss"
        assert send_back(session, made.id, **BY).approved_at is None
        approve(session, made.id, **BY)
        assert place(session, made.id, **BY).ordered_on == TODAY
        happened = session.exec(select(Event.kind).where(Event.subject_type == "purchase_order")).all()
        assert happened == ["purchase_drafted", *["purchase_moved"] * 4]


def test_only_a_draft_changes(database: Database):
    with database.transaction() as session:
        made = draft_purchase(session, supplier(session), None, [line()], **BY)
        (first,) = lines_of(session, made.id)
        facts = {"price_fen": 950, "promised_on": TODAY + timedelta(days=3)}
        change_line(session, first.id, quantity=80, **facts, **BY)
        assert (first.quantity, first.price_fen) == (80, 950)
        with pytest.raises(BadInput):
            change_line(session, first.id, quantity=0, **facts, **BY)
        approve(session, made.id, **BY)
        with pytest.raises(PurchaseNotDraft):
            change_line(session, first.id, quantity=90, **facts, **BY)
        with pytest.raises(NotFound):
            change_line(session, 99, quantity=90, **facts, **BY)
        assert first.quantity == 80


@pytest.mark.parametrize(
    "lines", [[], [line()] * (MOST_LINES + 1), [line(quantity=0)], [line(price_fen=-1)], [LineDraft("", 1)]]
)
def test_lines_that_cannot_be_are_refused(database: Database, lines: list[LineDraft]):
    with pytest.raises(BadInput), database.transaction() as session:
        draft_purchase(session, supplier(session), None, lines, **BY)
    with database.reading() as session:
        assert session.exec(select(PurchaseLine)).all() == []


def test_a_supplier_has_a_number_once(database: Database):
    with database.transaction() as session:
        draft_purchase(session, supplier(session), None, [line()], order_no="A-1", **BY)
        draft_purchase(session, supplier(session, "NB-02"), None, [line()], order_no="A-1", **BY)
        with pytest.raises(PurchaseExists):
            draft_purchase(session, supplier(session), None, [line()], order_no="A-1", **BY)


def test_what_is_open_is_what_has_not_come_and_is_not_called_off(database: Database):
    with database.transaction() as session:
        box, east = sku(session), warehouse(session)
        ordered(session)
        cancelled = ordered(session)
        cancel(session, cancelled.id, **BY)
        draft = draft_purchase(session, supplier(session), east, [line(quantity=7)], **BY)
        under_way = (PurchaseStatus.APPROVED, PurchaseStatus.ORDERED, PurchaseStatus.PARTLY_RECEIVED)
        assert open_pieces(session, east.id, [box.id], under_way) == {box.id: 100}
        assert open_pieces(session, east.id, [box.id], [draft.status]) == {box.id: 7}
        assert open_pieces(session, east.id + 1, [box.id], under_way) == {}


def test_who_sees_another_warehouse_cannot_name_the_order(database: Database):
    with database.transaction() as session:
        made = draft_purchase(session, supplier(session), warehouse(session), [line()], **BY)
        with seeing(Sight(warehouses=frozenset({"south"}))), pytest.raises(NotFound):
            approve(session, made.id, **BY)
        assert made.status is PurchaseStatus.DRAFT


def test_goods_that_have_come_are_not_called_off():
    assert LIFECYCLE.moves[PurchaseStatus.PARTLY_RECEIVED] == {
        PurchaseStatus.PARTLY_RECEIVED,
        PurchaseStatus.RECEIVED,
    }


def test_of_two_at_once_with_one_number_the_second_hears_that_it_stands(database: Database):
    with database.transaction() as session:
        supplier(session)

    def second() -> None:
        with database.transaction() as session:
            draft_purchase(session, supplier(session), None, [line()], order_no="PO-1", **BY)

    with ThreadPoolExecutor(1) as thread:
        with database.transaction() as session:
            draft_purchase(session, supplier(session), None, [line()], order_no="PO-1", **BY)
            waiting = thread.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
        with pytest.raises(PurchaseExists):
            waiting.result(timeout=20)
