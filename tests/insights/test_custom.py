"""Are orders found by what stands in a merchant's own fields?"""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import Session

from orderhub.domain.custom_field import Cell, CustomField, FieldType, archive, define, read_cell, spec_of
from orderhub.domain.mapped import carry
from orderhub.insights import board_filter
from orderhub.insights.board import BoardQuery, Tab, board_counts, board_page
from orderhub.insights.custom import customs_of
from orderhub.insights.order_card import order_card
from orderhub.insights.order_pages import order_by_number
from orderhub.insights.search import find_orders
from orderhub.kernel.db import Database
from tests import builders

TYPES = {
    "说明": FieldType.TEXT,
    "送货方式": FieldType.CHOICE,
    "补贴": FieldType.MONEY,
    "预约": FieldType.DATE,
    "件数": FieldType.NUMBER,
}
ROWS = {
    "A": {"说明": "请放 Door 口 100%", "送货方式": "放门口", "补贴": "12.50", "预约": "2026-11-24", "件数": "2"},
    "B": {"说明": "自提", "送货方式": "自提", "补贴": "20", "预约": "2026-11-25 09:30", "件数": "2.5"},
    "C": {"补贴": "0"},
    "D": {},
}


@pytest.fixture
def shelf(database: Database, now: datetime) -> Database:
    with database.transaction() as session:
        fields = {name: _defined(session, name, type_, now) for name, type_ in TYPES.items()}
        for no, row in ROWS.items():
            order = builders.order(session, no)
            cells: dict[int, Cell] = {fields[n].id: read_cell(spec_of(fields[n]), text) for n, text in row.items()}
            ids = [field.id for field in fields.values()]
            carry(session, order, tags=(), remark="", cells=cells, among=ids, now=now)
    return database


def _defined(session: Session, name: str, type_: FieldType, now: datetime) -> CustomField:
    choices = ("放门口", "自提") if type_ is FieldType.CHOICE else ()
    return define(session, name, type_, choices, by="tester", now=now)


def found(database: Database, now: datetime, *custom: tuple[str, str]) -> str:
    query = BoardQuery(tab=Tab.ALL, custom=custom)
    with database.reading() as session:
        rows = board_page(session, query, now).rows
        counts = board_counts(session, replace(query, tab=Tab.OPEN), now)
    assert counts[Tab.ALL] == len(rows)
    return "".join(sorted(row.channel_order_no for row in rows))


@pytest.mark.parametrize(
    ("name", "wanted", "orders"),
    [
        ("说明", "door", "A"),
        ("说明", "100%", "A"),
        ("说明", "%", "A"),
        ("说明", "_", ""),
        ("送货方式", "自提", "B"),
        ("送货方式", "自", ""),
        ("补贴", "12.5", "A"),
        ("补贴", "0", "C"),
        ("补贴", "10..", "AB"),
        ("补贴", "..12.50", "AC"),
        ("补贴", "12.51..19.99", ""),
        ("补贴", "abc", ""),
        ("补贴", "..", ""),
        ("预约", "2026-11-24", "A"),
        ("预约", "2026-11-25", "B"),
        ("预约", "2026-11-24..2026-11-25", "AB"),
        ("预约", "2026-11-25 09:31..", ""),
        ("件数", "2.0", "A"),
        ("件数", "2..3", "AB"),
        ("没有", "x", ""),
    ],
)
def test_a_board_is_narrowed_by_a_field(shelf: Database, now: datetime, name: str, wanted: str, orders: str):
    assert found(shelf, now, (name, wanted)) == orders


def test_two_fields_narrow_together(shelf: Database, now: datetime):
    assert found(shelf, now, ("补贴", "10.."), ("送货方式", "自提")) == "B"
    assert found(shelf, now, ("补贴", "..10"), ("送货方式", "自提")) == ""


def test_a_field_that_many_orders_share_narrows_as_well(shelf: Database, now: datetime, monkeypatch):
    monkeypatch.setattr(board_filter, "LISTED", 0)
    monkeypatch.setattr(board_filter, "FEW", 0)
    assert found(shelf, now, ("补贴", "10..")) == "AB"
    assert found(shelf, now, ("补贴", "10.."), ("说明", "door")) == "A"


def test_the_search_field_finds_how_a_value_begins(shelf: Database):
    with shelf.reading() as session:
        hits = [(hit.channel_order_no, str(hit.matched), hit.text) for hit in find_orders(session, "请放")]
    assert hits == [("A", "custom", "请放 Door 口 100%")]


def test_a_card_and_a_program_see_the_values(shelf: Database, now: datetime):
    with shelf.reading() as session:
        page = order_by_number(session, "douyin-1", "A")
        card = order_card(session, page.orders[0].id, now)
    assert [(one.name, one.text) for one in card.customs] == [
        ("件数", "2"),
        ("补贴", "¥12.50"),
        ("说明", "请放 Door 口 100%"),
        ("送货方式", "放门口"),
        ("预约", "2026-11-24"),
    ]
    assert {one.name: one.plain for one in page.customs[card.order.id]}["补贴"] == 1250


def test_an_archived_field_keeps_its_values(shelf: Database, now: datetime):
    with shelf.transaction() as session:
        archive(session, "说明", by="tester", now=now)
        order = builders.order(session, "A")
        carry(session, order, tags=(), remark="", cells={}, among=(), now=now)
        assert "说明" in [one.name for one in customs_of(session, [order.id])[order.id]]
