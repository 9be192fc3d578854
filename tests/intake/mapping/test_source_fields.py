"""Are the fields that a channel sends known, and is one it never sent before news, once?"""

import jmespath
import pytest
from sqlmodel import col, select

from orderhub.intake.consumer import consume
from orderhub.intake.mapping import source_fields
from orderhub.intake.mapping.preview import last_payloads, previewed
from orderhub.intake.mapping.source_fields import SourceField, mark_seen, news, path_samples, paths_of
from orderhub.intake.mapping.transforms import Reason
from orderhub.intake.mapping.versions import specs
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import Event
from tests.intake.builders import FIRST_NO, add_shop, keep_orders, order_native, states

from .builders import DOUYIN, PIECES, TAGS, define_fields, mapping


@pytest.fixture
def quick(monkeypatch):
    """Three orders are enough to know a channel by."""
    monkeypatch.setattr(source_fields, "LEARN_FROM", 3)


def fresh() -> list[str]:
    with reading() as session:
        return [one.path for one in news(session, DOUYIN)]


def test_a_path_is_jmespath_that_leads_back_to_its_value():
    body = {
        "buyer_words": "放门口",
        "a-b": {"中文": 1, 'quo"te': "x"},
        "lines": [{"n": 2}, {"n": 3, "late": True}],
        "by_id": {"6900000000000000001": {"n": 1}},
        "nothing": None,
        "none": [],
    }
    found = paths_of(body)
    assert found == {
        "buyer_words": "放门口",
        '"a-b"."中文"': "1",
        '"a-b"."quo\\"te"': "x",
        "lines[].n": "2",
        "lines[].late": "true",
        "by_id.*.n": "1",
    }
    assert jmespath.search("lines[].n", body) == [2, 3]
    assert jmespath.search('"a-b"."quo\\"te"', body) == "x"
    assert jmespath.search('"a-b"."中文"', body) == 1


def test_no_body_is_too_deep_or_too_wide():
    deep: dict = {}
    inner = deep
    for _ in range(60):
        inner["a"] = {}
        inner = inner["a"]
    assert paths_of(deep) == {}
    assert len(paths_of({f"k{n}": n for n in range(2000)})) == source_fields.MOST_IN_BODY


def test_a_sample_shows_nobody():
    shown = paths_of(
        {
            "receiver_name": "测试收件人",
            "mobile": "13800000000",
            "receiver_address": "测试路 1 号",
            "encrypt_post_tel": "$$AbCdEfGhIjKlMnOp*QrStUvWxYz=$1$$",
            "words": "电话 13800000000 请放门口",
            "user_id_info": {"id_card_no": "000000"},
            "post_addr": {"province": {"name": "测试省"}, "street": {"name": "测试街道"}},
        }
    )
    assert shown == {
        "receiver_name": "测**",
        "mobile": "138****0000",
        "receiver_address": "****",
        "encrypt_post_tel": "",
        "words": "电话 138****0000 请放门口",
        "user_id_info.id_card_no": "****",
        "post_addr.province.name": "测试省",
        "post_addr.street.name": "****",
    }


def test_paths_are_counted_over_bodies():
    found = path_samples([{"a": "", "b": 1}, {"a": "x"}, {"a": "y"}])
    assert [(one.path, one.sample, one.count) for one in found] == [("a", "x", 3), ("b", "1", 1)]


def test_a_field_never_sent_before_is_news_once(shop, now, quick):
    keep_orders(shop, [order_native(FIRST_NO + n) for n in range(3)], now)
    consume(now)
    assert fresh() == []
    for n in (5, 6):
        keep_orders(shop, [order_native(FIRST_NO + n, receipt_remark="送到楼上")], now)
        consume(now)
    assert fresh() == ["receipt_remark"]
    with reading() as session:
        wanted = select(Event).where(Event.kind == "source_field_found").order_by(col(Event.id))
        assert [event.body for event in session.exec(wanted)] == [{"channel": "douyin", "path": "receipt_remark"}]


def test_news_that_was_seen_does_not_come_back(shop, now, quick):
    keep_orders(shop, [order_native(FIRST_NO + n) for n in range(3)], now)
    consume(now)
    keep_orders(shop, [order_native(FIRST_NO + 5, receipt_remark="送到楼上")], now)
    consume(now)
    with transaction() as session:
        assert mark_seen(session, DOUYIN, by="ceshi-a") == 1
    keep_orders(shop, [order_native(FIRST_NO + 6, receipt_remark="送到楼上", another="x")], now)
    consume(now)
    assert fresh() == ["another"]
    with reading() as session:
        seen = session.exec(select(SourceField).where(SourceField.path == "receipt_remark")).one()
    assert (seen.is_news, seen.seen_by) == (False, "ceshi-a")


def test_a_message_that_failed_teaches_nothing(shop, now, quick):
    keep_orders(shop, [order_native(FIRST_NO + n) for n in range(3)], now)
    consume(now)
    keep_orders(shop, [order_native(FIRST_NO + 5, pay_amount=-1, receipt_remark="x")], now)
    consume(now)
    assert (fresh(), states()) == ([], {"done": 3, "dead": 1})


def test_the_preview_tries_a_mapping_on_the_newest_bodies(shop, now):
    define_fields(now)
    other = add_shop("dy-2", now=now)
    says = ("请放门口 13800000000", "", "打电话")
    keep_orders(shop, [order_native(FIRST_NO + n, buyer_words=words) for n, words in enumerate(says)], now)
    keep_orders(other, [order_native(FIRST_NO + 9, buyer_words="放门口", seller_words="三件")], now)
    with reading() as session:
        payloads = last_payloads(session, DOUYIN)
        found = previewed(TAGS, specs(session), payloads)
        pieces = previewed(PIECES.model_copy(update={"shop": "dy-2"}), specs(session), payloads)
        one_shop = last_payloads(session, DOUYIN, shop="dy-2")
    shown = [(one.payload.number, one.trial.found, one.trial.made) for one in found]
    assert shown == [
        (str(FIRST_NO + 9), ("放门口",), ("放门口",)),
        (str(FIRST_NO + 2), ("打电话",), ("派前电联",)),
        (str(FIRST_NO + 1), (), ()),
        (str(FIRST_NO), ("请放门口 138****0000",), ("放门口",)),
    ]
    assert [one.trial.reason for one in pieces] == [Reason.NOT_NUMBER]
    assert [payload.number for payload in one_shop] == [str(FIRST_NO + 9)]


def test_the_preview_masks_what_is_called_after_a_person(shop, now):
    keep_orders(shop, [order_native(FIRST_NO, mask_post_receiver="测试收件人")], now)
    with reading() as session:
        found = previewed(mapping("试", "mask_post_receiver", "tag"), {}, last_payloads(session, DOUYIN))
    assert found[0].trial.found == ("测**",)
