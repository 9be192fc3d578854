"""Can the present system's export be read, whatever spreadsheet wrote it?"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from orderhub.domain.former import FormerOrder, Stage
from orderhub.domain.rollout import set_rollout
from orderhub.domain.shop import Rollout, Shop, ShopSync
from orderhub.domain.task import Task
from orderhub.intake.consumer import consume
from orderhub.intake.former import MOST_BYTES, read_export, take_export
from orderhub.intake.rollout_watch import compare_uploads, sample_of, watch_rollout
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput

from .builders import FIRST_NO, PAID_AT, keep_orders, order_native

HEAD = "订单号,状态,仓库,快递,发货时间,付款时间\n"
MINUTE = timedelta(minutes=1)


def line(number: object, status: str = "待发货", warehouse: str = "", carrier: str = "") -> str:
    return f"{number},{status},{warehouse},{carrier},,2026-11-24 09:00:00\n"


def upload(shop: Shop, text: str, now: datetime) -> int:
    with transaction() as session:
        return take_export(session, shop, text.encode(), by="wang", now=now).rows


def standing() -> dict[str, FormerOrder]:
    with reading() as session:
        return {row.channel_order_no: row for row in session.exec(select(FormerOrder))}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    "number", ["6900000000000000001", '="6900000000000000001"', "`6900000000000000001", "'6900000000000000001"]
)
def test_a_row_is_read_in_every_encoding_and_dress(encoding: str, number: str):
    raw = (HEAD + f"{number},已发货,华东仓,中通快递,2026-11-24 10:00:00,2026/11/24 09:00\n").encode(encoding)
    ((row,), wrong) = read_export(raw)
    assert wrong == ()
    assert row == {
        "channel_order_no": "6900000000000000001",
        "status_word": "已发货",
        "stage": Stage.SHIPPED,
        "warehouse": "华东仓",
        "carrier": "中通快递",
        "shipped_at": datetime(2026, 11, 24, 2, 0, tzinfo=UTC),
        "paid_at": datetime(2026, 11, 24, 1, 0, tzinfo=UTC),
    }


def test_tabs_and_english_names_and_strange_columns_are_read_too():
    ((row,), _) = read_export(b"Status\torder_no\tColour\nshipped\t42\tred\n")
    assert (row["channel_order_no"], row["stage"], row["warehouse"]) == ("42", Stage.SHIPPED, "")


def test_a_bad_row_is_named_and_its_neighbours_are_read():
    rows, wrong = read_export((HEAD + "1,待发货,,,yesterday,\n2,待发货,,,,\n,,,,,\n,待发货,,,,\n").encode())
    assert [row["channel_order_no"] for row in rows] == ["2"]
    assert [one.split(":")[0] for one in wrong] == ["2", "5"]


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"\xff\xfe\x00\x01", "file_unreadable"),
        (HEAD.encode() + b'1,"open\n', "file_unreadable"),
        (b"a,b\n1,2\n", "file_no_order_column"),
        (b"", "file_no_order_column"),
        (HEAD.encode() + b"1,,,,,\n" * (MOST_BYTES // 7 + 1), "former_file_too_large"),
        (HEAD.encode() + b"\0", "file_unreadable"),
    ],
)
def test_what_is_no_table_is_refused_by_name(raw: bytes, problem: str):
    with pytest.raises(BadInput) as refused:
        read_export(raw)
    assert refused.value.problem == problem


def test_uploading_again_replaces_what_was_said(shop: Shop, now: datetime):
    assert upload(shop, HEAD + line(1) + line(1, "已发货"), now) == 1
    assert standing()["1"].stage is Stage.SHIPPED
    assert compare_uploads(now) == 1
    upload(shop, HEAD + line(1, "已取消"), now + MINUTE)
    row = standing()["1"]
    assert (row.stage, row.uploaded_at, row.compared_at) == (Stage.CANCELLED, now + MINUTE, None)


def test_every_uploaded_order_is_compared_once(shop: Shop, now: datetime):
    keep_orders(shop, [order_native(FIRST_NO + turn) for turn in range(3)], now)
    consume(now)
    with transaction() as session:
        session.add(ShopSync(shop_id=shop.id, kind="order", watermark=now))
        session.get_one(Shop, shop.id).created_at = PAID_AT - MINUTE
    text = HEAD + line(FIRST_NO) + line(FIRST_NO + 1, "已发货") + line("77") + "88,待发货,,,,\n"
    upload(shop, text, now)
    assert [compare_uploads(now), compare_uploads(now)] == [4, 0]
    assert {number: row.differences for number, row in standing().items()} == {
        str(FIRST_NO): "",
        str(FIRST_NO + 1): "status",
        "77": "missing",
        "88": "",
    }
    with reading() as session:
        sample = sample_of(session, session.get_one(Shop, shop.id), now + MINUTE)
    assert (sample.compared, sample.diverging, sample.taken, sample.failed) == (3, 2, 3, 0)


def test_divergence_over_the_limit_takes_a_live_shop_back_one_level_only(shop: Shop, now: datetime):
    keep_orders(shop, [order_native(FIRST_NO + turn) for turn in range(20)], now)
    consume(now)
    upload(shop, HEAD + "".join(line(FIRST_NO + turn, "已发货" if turn < 2 else "待发货") for turn in range(20)), now)
    assert watch_rollout(now + MINUTE) == "20 compared, stepped back: dy-test"
    assert watch_rollout(now + 2 * MINUTE) == "0 compared"
    with reading() as session:
        stepped = session.get_one(Shop, shop.id)
        (task,) = session.exec(select(Task)).all()
    assert (stepped.rollout, stepped.pilot_percent) == (Rollout.PILOT, 10)
    assert "2 / 20" in task.title


def test_failures_over_the_limit_take_a_pilot_back_into_the_shadow(shop: Shop, now: datetime):
    with transaction() as session:
        row = session.get_one(Shop, shop.id)
        set_rollout(session, row, Rollout.PILOT, percent=10, reason="开始", by="wang", now=now)
    spoilt = [order_native(FIRST_NO + turn, pay_amount=-1) for turn in range(2)]
    keep_orders(shop, spoilt + [order_native(FIRST_NO + turn) for turn in range(2, 20)], now + MINUTE)
    consume(now + MINUTE)
    watch_rollout(now + 2 * MINUTE)
    with reading() as session:
        assert session.get_one(Shop, shop.id).rollout is Rollout.SHADOW


def test_what_happened_before_the_level_was_set_is_not_held_against_it(shop: Shop, now: datetime):
    keep_orders(shop, [order_native(FIRST_NO + turn, pay_amount=-1) for turn in range(20)], now)
    consume(now)
    with transaction() as session:
        row = session.get_one(Shop, shop.id)
        set_rollout(session, row, Rollout.PILOT, percent=10, reason="开始", by="wang", now=now + MINUTE)
    assert watch_rollout(now + 2 * MINUTE) == "0 compared"
