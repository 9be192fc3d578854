"""Does a file come in once, however often it is imported, and does nothing come in that is not an order?"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, func, select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.arrival import Coming
from orderhub.domain.hold import Hold
from orderhub.domain.many_orders import accept_many
from orderhub.domain.order import Order, OrderLine, OrderStatus, OrderTag, Shipment
from orderhub.domain.rules.decided import RuleDecision, RuleHit
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.consumer import consume
from orderhub.intake.files.guess import guessed
from orderhub.intake.files.layouts import recognise
from orderhub.intake.files.mapping import FileMapping, read_mapping
from orderhub.intake.files.table import opened
from orderhub.intake.files.taking import Report, go_through
from orderhub.intake.inbox import InboxMessage, MessageState
from orderhub.kernel.db import Database, reading, transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.intake.builders import add_shop, keep_orders, order_native

from .exports import AFTERSALE, DOUYIN, HEADERS, JD, TAOBAO, TAOBAO_LINE, csv_file, retail_file, rows_of


def go(path: Path, shop: Shop, now: datetime, *, take: bool = True, mapping: FileMapping | None = None) -> Report:
    with opened(path, path.name) as table:
        chosen = mapping or recognise(table.header)
        assert chosen
        return go_through(table, chosen, shop, now, take=take)


def counts(report: Report) -> tuple[int, int, int, int]:
    return (*report.counts.values(), len(report.problems))  # type: ignore[return-value]


def file_of(folder: Path, header: str, *orders: dict[str, str]) -> Path:
    return csv_file(folder / "a.csv", rows_of(header, *orders))


def all_of(table: type[Any]) -> list[Any]:
    with reading() as session:
        return list(session.exec(select(table).order_by(table.id)))


def size(table: type[Any]) -> int:
    with reading() as session:
        return session.exec(select(func.count()).select_from(table)).one()


@pytest.fixture
def jd(database: Database, now: datetime) -> Shop:
    return add_shop("jd-test", now=now, channel=Channel.JD)


@pytest.fixture
def taobao(database: Database, now: datetime) -> Shop:
    return add_shop("tb-test", now=now, channel=Channel.TAOBAO)


def test_a_preview_changes_nothing(jd: Shop, now: datetime, tmp_path: Path) -> None:
    report = go(file_of(tmp_path, "jd_orders_2015", JD | {"结算金额": "106.00"}), jd, now, take=False)
    assert counts(report) == (1, 0, 0, 0)
    assert (report.samples[0].number, report.samples[0].total) == ("290000000001", "106.00")
    assert (size(Order), size(InboxMessage), size(Event)) == (0, 0, 1)  # the event of the shop's connecting


def test_a_file_is_taken_once(jd: Shop, now: datetime, tmp_path: Path) -> None:
    path = file_of(tmp_path, "jd_orders_2015", *[JD | {"订单号": f"29{n}", "结算金额": "106.00"} for n in range(600)])
    assert counts(go(path, jd, now)) == (600, 0, 0, 0)
    before = (size(Order), size(OrderLine), size(InboxMessage), size(Event))
    assert before[:3] == (600, 600, 600)
    assert counts(go(path, jd, now + timedelta(days=1), take=False)) == (0, 0, 600, 0)
    assert counts(go(path, jd, now + timedelta(days=1))) == (0, 0, 600, 0)
    assert (size(Order), size(OrderLine), size(InboxMessage), size(Event)) == before
    assert {message.state for message in all_of(InboxMessage)} == {MessageState.DONE}
    assert consume(now + timedelta(days=2)) == 0


def test_many_at_once_come_in_as_one_by_one(database: Database, now: datetime) -> None:
    parcels = (builders.parcel(),)
    remarks = ("", "急发", "")
    drafts = [
        builders.draft(f"690{n}", parcels=parcels, channel=Channel.DOUYIN, buyer_remark=remark)
        for n, remark in enumerate(remarks)
    ]
    with transaction() as session:
        one, many = builders.shop(session, "one"), builders.shop(session, "many")
        for draft in drafts:
            accept(session, one, draft, now=now)
        coming = [Coming(many, draft) for draft in drafts]
        assert accept_many(session, coming, now=now) == coming
        assert accept_many(session, coming, now=now) == []

    def told(shop: str) -> list[Any]:
        with reading() as session:
            shop_id = session.exec(select(Shop.id).where(Shop.code == shop)).one()
            orders = session.exec(select(Order).where(Order.shop_id == shop_id).order_by(Order.channel_order_no)).all()
            parts = []
            for order in orders:
                lines = session.exec(select(OrderLine).where(OrderLine.order_id == order.id)).all()
                shipped = session.exec(select(Shipment).where(Shipment.order_id == order.id)).all()
                events = select(Event).where(Event.subject_type == "order", Event.subject_id == order.id)
                logged = session.exec(events.order_by(col(Event.id))).all()
                decided = session.get_one(RuleDecision, order.id)
                hits = session.exec(select(RuleHit).where(RuleHit.order_id == order.id)).all()
                parts.append(
                    (
                        order.model_dump(exclude={"id", "shop_id"}),
                        [line.model_dump(exclude={"id", "order_id"}) for line in lines],
                        [parcel.model_dump(exclude={"id", "order_id"}) for parcel in shipped],
                        [(event.kind, event.actor, event.body, event.at) for event in logged],
                        decided.model_dump(exclude={"order_id"}),
                        [hit.model_dump(exclude={"order_id"}) for hit in hits],
                    )
                )
            return parts

    assert told("one") == told("many")
    assert [order[0]["is_urgent"] for order in told("many")] == [False, True, False]


def test_what_follows_from_an_order_follows_from_a_file_too(jd: Shop, now: datetime, tmp_path: Path) -> None:
    hasty = JD | {"结算金额": "106.00", "订单备注": "急发", "订单状态": "飞走了"}
    assert counts(go(file_of(tmp_path, "jd_orders_2015", hasty), jd, now)) == (1, 0, 0, 0)
    assert [tag.tag for tag in _tags()] == ["加急"]
    (anomaly,) = [event for event in all_of(Event) if event.kind == "anomaly_opened"]
    assert anomaly.body["kind"] == "unknown_status_word"


def _tags() -> list[OrderTag]:
    with reading() as session:
        return list(session.exec(select(OrderTag)))


def test_a_later_export_moves_the_order_and_an_older_one_does_not(jd: Shop, now: datetime, tmp_path: Path) -> None:
    paid = JD | {"结算金额": "106.00"}
    first = csv_file(tmp_path / "first.csv", rows_of("jd_orders_2015", paid))
    later = csv_file(tmp_path / "later.csv", rows_of("jd_orders_2015", paid | {"订单状态": "等待确认收货"}))
    go(first, jd, now)
    report = go(later, jd, now)
    assert counts(report) == (0, 1, 0, 0)
    assert report.samples[0].changed == "status, status_word"
    assert all_of(Order)[0].status is OrderStatus.SHIPPED
    assert counts(go(first, jd, now)) == (0, 0, 1, 0)
    assert counts(go(later, jd, now)) == (0, 0, 1, 0)
    assert all_of(Order)[0].status is OrderStatus.SHIPPED


def test_of_two_files_alike_in_time_and_status_the_last_stands(jd: Shop, now: datetime, tmp_path: Path) -> None:
    plain = JD | {"结算金额": "106.00"}
    first = csv_file(tmp_path / "first.csv", rows_of("jd_orders_2015", plain))
    second = csv_file(tmp_path / "second.csv", rows_of("jd_orders_2015", plain | {"商家备注": "加一张贺卡"}))
    go(first, jd, now)
    assert counts(go(second, jd, now)) == (0, 1, 0, 0)
    assert all_of(Order)[0].seller_remark == "加一张贺卡"
    assert counts(go(second, jd, now)) == (0, 0, 1, 0)
    assert counts(go(first, jd, now)) == (0, 1, 0, 0)
    assert all_of(Order)[0].seller_remark == ""


def test_what_a_channel_told_itself_stands_above_a_file(database: Database, now: datetime, tmp_path: Path) -> None:
    shop = add_shop(now=now)
    keep_orders(shop, [order_native(6900000000000000001)], now)
    consume(now + timedelta(seconds=1))
    report = go(file_of(tmp_path, "douyin_orders_2023", DOUYIN | {"订单状态": "已完成"}), shop, now)
    assert counts(report) == (0, 0, 1, 0)
    assert all_of(Order)[0].status is OrderStatus.TO_REVIEW


def test_good_rows_come_in_beside_bad_ones(jd: Shop, now: datetime, tmp_path: Path) -> None:
    good = JD | {"结算金额": "106.00"}
    future = good | {"订单号": "290000000003", "下单时间": "2031-01-01 00:00:00", "付款确认时间": ""}
    report = go(file_of(tmp_path, "jd_orders_2015", good, JD | {"订单号": "290000000002"}, future), jd, now)
    assert counts(report) == (1, 0, 0, 2)
    assert [(one.row, one.problem, one.column) for one in report.problems] == [
        (3, "amounts_differ", "结算金额"),
        (4, "absurd_time", ""),
    ]
    assert [order.channel_order_no for order in all_of(Order)] == ["290000000001"]


def test_articles_are_put_into_the_order_of_the_other_file(taobao: Shop, now: datetime, tmp_path: Path) -> None:
    orders = csv_file(tmp_path / "orders.csv", rows_of("taobao_orderlist_2017", TAOBAO))
    lines = csv_file(tmp_path / "lines.csv", rows_of("taobao_detail_2017", TAOBAO_LINE))
    early = go(lines, taobao, now)
    assert [(one.problem, one.column) for one in early.problems] == [("order_missing", "订单编号")]
    go(orders, taobao, now)
    assert counts(go(lines, taobao, now)) == (0, 1, 0, 0)
    (line,) = all_of(OrderLine)
    assert (line.sku_code, line.quantity, line.unit_price_fen) == ("BOX-40L", 2, 11950)
    order = all_of(Order)[0]
    assert (order.total_fen, order.discount_fen) == (20112, 3788)
    for path in (orders, lines, orders):
        assert counts(go(path, taobao, now)) == (0, 0, 1, 0)
    shipped = TAOBAO | {"订单状态": "卖家已发货，等待买家确认"}
    later = csv_file(tmp_path / "later.csv", rows_of("taobao_orderlist_2017", shipped))
    assert counts(go(later, taobao, now)) == (0, 1, 0, 0)
    assert [line.sku_code for line in all_of(OrderLine)] == ["BOX-40L"]
    assert all_of(Order)[0].status is OrderStatus.SHIPPED


def test_an_aftersale_needs_its_order_and_comes_in_once(database: Database, now: datetime, tmp_path: Path) -> None:
    shop = add_shop(now=now)
    path = csv_file(tmp_path / "refunds.csv", rows_of("douyin_aftersale", AFTERSALE))
    assert [one.problem for one in go(path, shop, now).problems] == ["order_missing"]
    go(file_of(tmp_path, "douyin_orders_2023", DOUYIN), shop, now)
    assert counts(go(path, shop, now)) == (1, 0, 0, 0)
    assert counts(go(path, shop, now)) == (0, 0, 1, 0)
    assert [case.amount_fen for case in all_of(Aftersale)] == [3590]
    assert [hold.reason for hold in all_of(Hold)] == ["refund_requested"]
    done = AFTERSALE | {"售后状态": "退款成功", "售后完结时间": "2026-11-22 10:00:00"}
    later = csv_file(tmp_path / "later.csv", rows_of("douyin_aftersale", done))
    assert counts(go(later, shop, now)) == (0, 1, 0, 0)
    assert counts(go(path, shop, now)) == (0, 0, 1, 0)
    assert [str(case.status) for case in all_of(Aftersale)] == ["closed"]


@pytest.mark.parametrize("header", [name for name in HEADERS if "bill" in name or "ledger" in name or "wallet" in name])
def test_a_statement_of_money_is_refused_as_one(jd: Shop, now: datetime, tmp_path: Path, header: str) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADERS[header], ["1"] * len(HEADERS[header])])
    with pytest.raises(BadInput) as refused:
        go(path, jd, now)
    assert refused.value.problem == "file_bill"


def test_an_export_of_another_channel_is_refused(jd: Shop, now: datetime, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="taobao"):
        go(file_of(tmp_path, "taobao_orderlist_2017", TAOBAO), jd, now)


def test_a_layout_without_what_an_order_needs_is_refused(jd: Shop, now: datetime, tmp_path: Path) -> None:
    header = ["订单号", "商品ID", "订购数量", "京东价", "下单时间"]
    with pytest.raises(BadInput, match="title or sku"):
        go(csv_file(tmp_path / "a.csv", [header, ["1"] * len(header)]), jd, now)


def test_returns_of_an_own_file_become_aftersales_and_charges_no_articles(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    """Rows in the shape of Online Retail (UCI, CC BY 4.0): C-invoices give back, codes such as POST are no goods."""
    shop = add_shop("own", now=now, channel=Channel.MINIPROGRAM)
    path = retail_file(
        tmp_path / "retail.csv",
        "536365,85123A,HEART HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom",
        "536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850,United Kingdom",
        "536365,M,Manual,1,2010-12-01 08:26:00,1.25,17850,United Kingdom",
        "536366,85123A,HEART HOLDER,2,2010-12-02 08:26:00,2.55,17850,United Kingdom",
        "C536379,85123A,HEART HOLDER,-1,2010-12-03 09:41:00,2.55,17850,United Kingdom",
        "C536380,85123A,HEART HOLDER,-1,2010-12-01 09:00:00,2.55,17850,United Kingdom",
        "C536381,D,Discount,-1,2010-12-04 09:41:00,27.50,17850,United Kingdom",
        "C536383,35004C,DUCKS,-1,2010-12-01 09:49:00,4.65,15311,United Kingdom",
        "536414,22139,,-56,2010-12-01 11:52:00,0,,United Kingdom",
        "536415,POST,POSTAGE,1,2010-12-01 11:52:00,18.00,17850,United Kingdom",
    )
    with opened(path, path.name) as table:
        mapping = guessed(table.header, (cells for _, cells in table.rows), now)
    report = go(path, shop, now, mapping=mapping)
    assert counts(report) == (5, 0, 0, 3)
    assert [(one.row, one.problem) for one in report.problems] == [
        (9, "no_purchase"),
        (10, "nothing_paid"),
        (11, "no_goods"),
    ]
    first = all_of(Order)[0]
    assert (first.total_fen, first.freight_fen, first.status) == (3455, 1800, OrderStatus.COMPLETED)
    assert [line.sku_code for line in all_of(OrderLine)] == ["85123A", "", "85123A"]
    numbers = {order.id: order.channel_order_no for order in all_of(Order)}
    cases = [(one.channel_refund_no, numbers[one.order_id], one.amount_fen, str(one.kind)) for one in all_of(Aftersale)]
    assert cases == [
        ("C536379", "536366", 255, "return_and_refund"),
        ("C536380", "536365", 255, "return_and_refund"),
        ("C536381", "536366", 2750, "refund_after_shipping"),
    ]
    assert counts(go(path, shop, now, mapping=mapping)) == (0, 0, 5, 3)
    only_return = retail_file(tmp_path / "b.csv", "C9,85123A,HEART,-1,2010-12-05 09:41:00,2.55,17850,United Kingdom")
    assert counts(go(only_return, shop, now, mapping=mapping)) == (1, 0, 0, 0)


def test_a_table_of_ones_own_is_read_as_it_is_mapped(database: Database, now: datetime, tmp_path: Path) -> None:
    """Amounts in fen that stand on each row for that row, a discount, and an English status."""
    shop = add_shop("own", now=now, channel=Channel.MINIPROGRAM)
    path = tmp_path / "own.tsv"
    path.write_text(
        "no\tday\tstate\titem\tpieces\tprice\toff\tpost\n"
        "A1\t11/20/2026\tpaid\tBOX\t2\t1990\t100\t500\n"
        "A2\t11/21/2026\tcancelled\tBOX\t1\t1990\t0\t0\n"
        "A1\t11/20/2026\tpaid\tHANGER\t1\t500\t50\t0\n",
        encoding="utf-8",
    )
    ways = {
        "no": ("order_no", "text"),
        "day": ("created_at", "mdy"),
        "state": ("status", "text"),
        "item": ("sku", "text"),
        "pieces": ("quantity", "number"),
        "price": ("unit_price", "fen"),
        "off": ("discount", "fen"),
        "post": ("freight", "fen"),
    }
    columns = [{"name": name, "field": field, "transform": way} for name, (field, way) in ways.items()]
    mapping = read_mapping({"columns": columns, "is_per_row": True})
    assert counts(go(path, shop, now, mapping=mapping)) == (2, 0, 0, 0)
    first, second = all_of(Order)
    assert (first.total_fen, first.freight_fen, first.discount_fen, first.kind_count) == (4830, 500, 150, 2)
    assert (first.status, second.status) == (OrderStatus.TO_REVIEW, OrderStatus.CANCELLED)
