"""A platform begins to send a field; a merchant maps it; from then on orders carry it. Over the real wire."""

import pytest
from sqlmodel import select

from orderhub.domain.custom_field import CustomValue, FieldType, define
from orderhub.domain.order import Order, OrderTag
from orderhub.domain.words import Channel
from orderhub.intake.mapping import source_fields
from orderhub.intake.mapping.engine import read_mapping
from orderhub.intake.mapping.source_fields import news
from orderhub.intake.mapping.transforms import Transform
from orderhub.intake.mapping.versions import publish, put, roll_back
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction

TAG = {
    "name": "收货备注",
    "path": "receipt_remark",
    "target": "tag",
    "transform": Transform.KEYWORDS,
    "table": {"楼上": "送货上门"},
}
FIELD = {"name": "收货说明", "path": "receipt_remark", "target": "cf.收货说明"}


@pytest.fixture
def learnt(monkeypatch):
    monkeypatch.setattr(source_fields, "LEARN_FROM", 3)


def carried(number: str) -> tuple[list[str], list[str]]:
    """Tags that mappings have put on an order, and its custom values."""
    with reading() as session:
        order_id = session.exec(select(Order.id).where(Order.channel_order_no == number)).one()
        tags = session.exec(select(OrderTag.tag).where(OrderTag.order_id == order_id, OrderTag.by == "mapping"))
        values = session.exec(select(CustomValue.text).where(CustomValue.order_id == order_id))
        return list(tags), list(values)


def next_order(hub, words: str) -> str:
    """An order that says ``words`` in the new field, taken in; its number."""
    hub.fault("new_field", field="receipt_remark", word=words)
    (number,) = hub.orders_come(1)
    hub.sync()
    return number


def live(*mappings) -> None:
    with transaction() as session:
        define(session, "收货说明", FieldType.TEXT, by="tester", now=utc_now())
        session.flush()
        for mapping in mappings:
            put(session, Channel.DOUYIN, read_mapping(mapping), by="tester", now=utc_now())
        publish(session, Channel.DOUYIN, by="tester", now=utc_now())


def test_a_new_field_is_noticed_mapped_and_taken_back(douyin_hub, learnt):
    douyin_hub.orders_come(4)
    douyin_hub.sync()
    first = next_order(douyin_hub, "请送到楼上")
    with reading() as session:
        assert [one.path for one in news(session, Channel.DOUYIN)] == ["receipt_remark"]
    assert carried(first) == ([], [])

    live(TAG)
    live(FIELD)
    second = next_order(douyin_hub, "请送到楼上 13800000000")
    assert carried(second) == (["送货上门"], ["请送到楼上 138****0000"])
    assert "mapping_value" not in douyin_hub.anomalies()

    with transaction() as session:
        roll_back(session, Channel.DOUYIN, 1, by="tester", now=utc_now())
    third = next_order(douyin_hub, "请送到楼上")
    assert carried(third) == (["送货上门"], [])
