"""Does a search find what a person means by a few characters?"""

from datetime import datetime

import pytest
from sqlmodel import col, select

from orderhub.domain.order import Order
from orderhub.domain.words import ChannelStatus
from orderhub.insights.search import find_orders, order_no_text
from orderhub.kernel.db import Database
from tests import builders


@pytest.fixture
def shelf(database: Database, now: datetime) -> Database:
    with database.transaction() as session:
        box = builders.line_draft()
        rack = builders.line_draft(channel_line_no="2", sku_code="RACK_60%", title="衣柜分层架 60cm 50%_off")
        builders.order(session, "690000000000000001", lines=(box, rack))
        builders.order(
            session,
            "691111111111111112",
            ChannelStatus.SHIPPED,
            lines=(builders.line_draft(sku_code="A-18&B-C1*4", title="收纳达人组合装"),),
            shipped_at=now,
            parcels=(builders.parcel("JDVA0000000001045"),),
            receiver=builders.receiver_draft(phone_masked="138****4072", phone_tail="4072"),
        )
    return database


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("690000000000000001", [("690000000000000001", "channel_order_no", "690000000000000001")]),
        ("69111", [("691111111111111112", "channel_order_no", "691111111111111112")]),
        ("  69111 ", [("691111111111111112", "channel_order_no", "691111111111111112")]),
        ("JDVA0000000001045", [("691111111111111112", "tracking_no", "JDVA0000000001045")]),
        ("jdva00", [("691111111111111112", "tracking_no", "JDVA0000000001045")]),
        ("A-18&B-C1*4", [("691111111111111112", "sku_code", "A-18&B-C1*4")]),
        ("box-4", [("690000000000000001", "sku_code", "BOX-40L")]),
        ("4072", [("691111111111111112", "phone_tail", "4072")]),
        ("达人", [("691111111111111112", "title", "收纳达人组合装")]),
        ("60CM", [("690000000000000001", "title", "衣柜分层架 60cm 50%_off")]),
        ("50%_", [("690000000000000001", "title", "衣柜分层架 60cm 50%_off")]),
        ("RACK_60%", [("690000000000000001", "sku_code", "RACK_60%")]),
        ("%", [("690000000000000001", "title", "衣柜分层架 60cm 50%_off")]),
        ("RACK%", []),
        ("BOX_4", []),
        ("9999", []),
        ("没有这个", []),
        ("   ", []),
    ],
)
def test_finds_by_each_kind(shelf: Database, text: str, expected: list[tuple[str, str, str]]) -> None:
    with shelf.reading() as session:
        hits = [(hit.channel_order_no, str(hit.matched), hit.text) for hit in find_orders(session, text)]
    assert hits == expected


def test_finds_by_our_number_in_any_spelling(shelf: Database) -> None:
    with shelf.reading() as session:
        order_id = session.exec(select(Order.id).where(col(Order.channel_order_no) == "691111111111111112")).one()
        for text in (order_no_text(order_id), f"oh000{order_id}"):
            assert [(hit.order_id, hit.text) for hit in find_orders(session, text)] == [(order_id, f"OH{order_id}")]


def test_a_number_beyond_all_ids_finds_nothing(shelf: Database) -> None:
    with shelf.reading() as session:
        assert find_orders(session, "OH999999999999999999") == []


def test_newest_first_and_no_more_than_asked_for(shelf: Database) -> None:
    with shelf.reading() as session:
        found = find_orders(session, "69")
        assert [hit.channel_order_no for hit in found] == ["691111111111111112", "690000000000000001"]
        assert find_orders(session, "69", limit=1) == found[:1]


def test_hits_name_nobody(shelf: Database) -> None:
    with shelf.reading() as session:
        assert "138" not in repr(find_orders(session, "4072"))
