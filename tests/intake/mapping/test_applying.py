"""Does what is live reach every order as it is taken, and never harm one?"""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from orderhub.domain.anomaly import Anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.mapped import MappingTrouble
from orderhub.domain.review import order_of, tag
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import MessageKind, Source, keep
from orderhub.intake.mapping import source_fields
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import Event
from tests.intake.builders import FIRST_NO, PAID_AT, keep_orders, order_native, orders, states

from .builders import NOTE, PIECES, REMARK, SUBSIDY, TAGS, WAY, define_fields, go_live, tags_of, values_of

SAYS = {"buyer_words": "急发，请放门口", "promotion_platform_amount": 1250, "seller_words": "老客"}


@pytest.fixture
def live(shop, now):
    define_fields(now)
    return go_live([TAGS, WAY, SUBSIDY, NOTE], now)


def anomalies() -> list[Anomaly]:
    with reading() as session:
        wanted = select(Anomaly).where(Anomaly.kind == AnomalyKind.MAPPING_VALUE)
        return list(session.exec(wanted.order_by(col(Anomaly.id))))


def mapped_events() -> list[tuple[str, list[str]]]:
    with reading() as session:
        wanted = select(Event).where(Event.kind == "order_mapped").order_by(col(Event.id))
        return [(event.actor, event.body["fields"]) for event in session.exec(wanted)]


def test_an_order_carries_what_its_mappings_make(shop, now, live):
    keep_orders(shop, [order_native(FIRST_NO, **SAYS)], now)
    consume(now)
    (order,) = orders()
    assert tags_of(order) == {"放门口": "mapping", "加急": "rules"}
    assert values_of(order) == {"送货方式": ("放门口", None), "补贴": ("12.50", 1250), "说明": ("老客", None)}
    assert mapped_events() == [("mapping", ["tags", "custom"])]


def test_without_a_live_version_nothing_is_mapped(shop, now):
    define_fields(now)
    keep_orders(shop, [order_native(FIRST_NO, **SAYS)], now)
    consume(now)
    assert (tags_of(orders()[0]), mapped_events()) == ({"加急": "rules"}, [])


def test_a_newer_message_takes_back_what_it_no_longer_says_and_leaves_peoples_tags(shop, now, live):
    keep_orders(shop, [order_native(FIRST_NO, **SAYS)], now)
    consume(now)
    with transaction() as session:
        tag(session, order_of(session, orders()[0].id), "老客", by="ceshi-a", now=now)
    later = order_native(FIRST_NO, updated_at=PAID_AT + timedelta(minutes=5), buyer_words="到了打电话")
    keep_orders(shop, [later], now)
    consume(now)
    (order,) = orders()
    assert tags_of(order) == {"派前电联": "mapping", "老客": "ceshi-a"}
    assert values_of(order) == {}
    assert not order.is_urgent


def test_an_older_message_changes_nothing(shop, now, live):
    keep_orders(shop, [order_native(FIRST_NO, updated_at=PAID_AT + timedelta(minutes=5), **SAYS)], now)
    consume(now)
    keep_orders(shop, [order_native(FIRST_NO, buyer_words="打电话")], now)
    consume(now)
    assert tags_of(orders()[0]) == {"放门口": "mapping", "加急": "rules"}
    assert len(mapped_events()) == 1


def test_the_urgent_tag_of_a_mapping_sorts_up_and_goes_with_it(shop, now, live):
    go_live([TAGS.model_copy(update={"path": "seller_words", "table": {"生日": "加急"}})], now)
    keep_orders(shop, [order_native(FIRST_NO, seller_words="生日要用")], now)
    consume(now)
    assert (orders()[0].is_urgent, tags_of(orders()[0])) == (True, {"加急": "mapping"})
    keep_orders(shop, [order_native(FIRST_NO, updated_at=PAID_AT + timedelta(minutes=5), buyer_words="急发")], now)
    consume(now)
    assert (orders()[0].is_urgent, tags_of(orders()[0])) == (True, {"加急": "rules"})
    keep_orders(shop, [order_native(FIRST_NO, updated_at=PAID_AT + timedelta(minutes=9))], now)
    consume(now)
    assert (orders()[0].is_urgent, tags_of(orders()[0])) == (False, {})


def test_a_mapped_remark_stands_apart_from_the_others(shop, now, live):
    go_live([REMARK], now)
    lines = order_native(FIRST_NO).body["sku_order_list"]
    body = {"sku_order_list": [lines[0] | {"theme_type_desc": "直播间"}], "buyer_words": "谢谢"}
    keep_orders(shop, [order_native(FIRST_NO, **body)], now)
    consume(now)
    (order,) = orders()
    assert (order.mapped_remark, order.buyer_remark, order.staff_remark) == ("直播间", "谢谢", "")


def test_a_bad_value_never_stops_an_order_and_is_one_anomaly_for_all(shop, now, live):
    go_live([TAGS, PIECES, SUBSIDY], now)
    keep_orders(shop, [order_native(FIRST_NO + n, seller_words="三件", buyer_words="放门口") for n in range(3)], now)
    keep_orders(shop, [order_native(FIRST_NO + 9, promotion_platform_amount="一元")], now)
    consume(now)
    assert (len(orders()), states()) == (4, {"done": 4})
    assert tags_of(orders()[0]) == {"放门口": "mapping"}
    notes = {one.note: (one.subject_type, one.resolved_at) for one in anomalies()}
    assert notes == {"3 × not_number": ("mapping", None), "1 × not_money": ("mapping", None)}
    keep_orders(shop, [order_native(FIRST_NO + 10, seller_words="两件")], now)
    consume(now)
    assert "4 × not_number" in {one.note for one in anomalies()}
    assert len(anomalies()) == 2


def test_what_a_person_resolved_is_counted_anew(shop, now, live):
    go_live([PIECES], now)
    keep_orders(shop, [order_native(FIRST_NO + n, seller_words="三件") for n in range(3)], now)
    consume(now)
    with transaction() as session:
        resolve_by_hand(session, anomalies()[0].id, reason="已改备注", by="ceshi-a", now=now)
    later = now + timedelta(minutes=5)
    keep_orders(shop, [order_native(FIRST_NO + 5, seller_words="两件")], later)
    consume(later)
    assert [(one.note, one.detected_at, one.reopened) for one in anomalies()] == [("1 × not_number", now, 1)]


def test_a_changed_mapping_settles_its_trouble_and_no_other(shop, now, live):
    go_live([PIECES, SUBSIDY], now)
    keep_orders(shop, [order_native(FIRST_NO, seller_words="三件", promotion_platform_amount="一元")], now)
    consume(now)
    go_live([PIECES.model_copy(update={"path": "sku_order_list[0].item_num"}), SUBSIDY], now)
    with reading() as session:
        counts = {one.name: one.count for one in session.exec(select(MappingTrouble))}
    assert counts == {"件数": 0, "补贴": 1}
    assert [(one.note, one.resolved_by) for one in anomalies()] == [
        ("1 × not_number", "tester"),
        ("1 × not_money", ""),
    ]


def test_a_body_in_our_own_words_is_not_what_a_channels_mapping_speaks_of(shop, now, live):
    keep_orders(shop, [order_native(FIRST_NO, **SAYS)], now)
    consume(now)
    body = {
        "channel_order_no": str(FIRST_NO + 1),
        "status": "paid",
        "updated_at": PAID_AT.isoformat(),
        "placed_at": PAID_AT.isoformat(),
        "paid_at": PAID_AT.isoformat(),
        "total": "39.90",
        "lines": [{"line_no": "1", "sku_code": "BOX-12L", "title": "收纳箱", "quantity": 1, "unit_price": "39.90"}],
        "buyer_remark": "请放门口",
    }
    from orderhub.connectors.channels.contract import Native

    with transaction() as session:
        keep(session, shop.id, MessageKind.ORDER, [Native(str(FIRST_NO + 1), PAID_AT, body)], now, source=Source.FILE)
    consume(now)
    assert states()["done"] >= 1
    assert len(mapped_events()) == 1


def unknown_fields() -> list[str]:
    with reading() as session:
        wanted = select(Anomaly).where(Anomaly.kind == AnomalyKind.UNKNOWN_FIELD, col(Anomaly.resolved_at).is_(None))
        return [one.note for one in session.exec(wanted)]


def test_a_field_that_is_mapped_is_not_unknown_any_more(shop, now, live):
    go_live([NOTE.model_copy(update={"path": "receipt_remark"})], now)
    keep_orders(shop, [order_native(FIRST_NO, receipt_remark="送到楼上", order_status=777)], now)
    consume(now)
    assert unknown_fields() == []
    assert values_of(orders()[0]) == {"说明": ("送到楼上", None)}
    keep_orders(shop, [order_native(FIRST_NO + 1, receipt_remark="送到楼上", another=1)], now)
    consume(now)
    assert unknown_fields() == ["order.another"]


def test_a_field_that_a_person_has_seen_is_not_unknown_any_more(shop, now, monkeypatch):
    monkeypatch.setattr(source_fields, "LEARN_FROM", 1)
    keep_orders(shop, [order_native(FIRST_NO)], now)
    consume(now)
    keep_orders(shop, [order_native(FIRST_NO + 1, receipt_remark="送到楼上")], now)
    consume(now)
    assert unknown_fields() == ["order.receipt_remark"]
    with transaction() as session:
        source_fields.mark_seen(session, shop.channel, by="ceshi-a")
        resolve_by_hand(session, session.exec(select(Anomaly.id)).one(), reason="已知", by="ceshi-a", now=now)
    keep_orders(shop, [order_native(FIRST_NO + 2, receipt_remark="送到楼上")], now)
    consume(now)
    assert unknown_fields() == []
