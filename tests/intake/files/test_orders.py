"""Do rows of every platform become the order that they tell of?"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orderhub.domain.drafts import OrderDraft
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, ChannelStatus
from orderhub.intake.files.cells import Dates, moment, money, plain, whole
from orderhub.intake.files.layouts import recognise
from orderhub.intake.files.table import opened
from orderhub.intake.files.translate import Lines, ToldOrder, ToldRefund, translation
from orderhub.kernel.errors import BadInput

from .exports import AFTERSALE, DOUYIN, JD, PINDUODUO, TAOBAO, TAOBAO_LINE, csv_file, rows_of


def told(path: Path, header: str, *orders: dict[str, str]) -> tuple[list[Any], list[tuple[int, str]]]:
    """What the rows tell, and the (row, problem) of those that tell nothing."""
    with opened(csv_file(path / "a.csv", rows_of(header, *orders)), "a.csv") as table:
        mapping = recognise(table.header)
        assert mapping
        found = translation(table, mapping, mapping.channel or Channel.MINIPROGRAM)
        return list(found.told()), [(problem.row, problem.problem) for problem in found.problems]


def order(path: Path, header: str, *orders: dict[str, str]) -> OrderDraft:
    (one,), problems = told(path, header, *orders)
    assert problems == []
    assert isinstance(one, ToldOrder)
    return one.draft


def test_taobaos_list_of_orders_says_one_sum_for_its_articles(tmp_path: Path) -> None:
    draft = order(tmp_path, "taobao_orderlist_2017", TAOBAO)
    assert (draft.channel_order_no, draft.status, draft.status_word) == (
        "35158430023980643",
        ChannelStatus.PAID,
        "买家已付款，等待卖家发货",
    )
    assert (draft.total_fen, draft.discount_fen, draft.lines[0].unit_price_fen, draft.lines[0].quantity) == (
        20112,
        0,
        10056,
        2,
    )
    assert draft.paid_at == datetime(2026, 11, 19, 16, 42, 39, tzinfo=UTC)
    assert (draft.receiver.name_masked, draft.receiver.phone_masked, draft.receiver.region) == (
        "测**",
        "138****0000",
        "浙江省 杭州市 余杭区",
    )
    assert draft.receiver.address_masked == "****"


def test_a_sum_that_does_not_divide_leaves_its_fen_as_discount(tmp_path: Path) -> None:
    draft = order(tmp_path, "taobao_orderlist_2017", TAOBAO | {"宝贝总数量": "5"})
    assert (draft.lines[0].unit_price_fen, draft.discount_fen, draft.total_fen) == (4023, 3, 20112)


def test_nothing_of_a_buyer_is_kept_in_the_clear(tmp_path: Path) -> None:
    (one,), _ = told(tmp_path, "taobao_orderlist_2017", TAOBAO)
    assert "13800000000" not in str(one.body)
    assert "测试收件人" not in str(one.body)
    assert "测试路" not in str(one.body)


def test_jds_rows_repeat_the_order_and_differ_in_the_article(tmp_path: Path) -> None:
    second = JD | {"商品ID": "100002", "商品名称": "衣架", "订购数量": "1", "京东价": "30.00", "货号": "HANGER"}
    draft = order(tmp_path, "jd_orders_2015", JD, second)
    assert [(line.channel_line_no, line.sku_code, line.quantity) for line in draft.lines] == [
        ("100001", "BOX-12L", 2),
        ("100002", "HANGER", 1),
    ]
    assert (draft.total_fen, draft.freight_fen, draft.discount_fen) == (12600, 600, 1000)


def test_pinduoduos_amounts_carry_thousands_and_its_charges_add_up(tmp_path: Path) -> None:
    draft = order(tmp_path, "pdd_orders_2020", PINDUODUO)
    assert (draft.channel_order_no, draft.total_fen, draft.freight_fen, draft.discount_fen) == (
        "261120-123456789012345",
        106500,
        1500,
        5000,
    )
    assert (draft.lines[0].sku_code, draft.lines[0].unit_price_fen) == ("BOX-40L", 55000)
    assert (draft.parcels[0].tracking_no, draft.parcels[0].carrier_name) == ("YT0000000000001", "圆通速递")
    assert draft.shipped_at == datetime(2026, 11, 21, 2, tzinfo=UTC)


def test_a_day_that_pinduoduo_left_out_is_read_from_the_number(tmp_path: Path) -> None:
    given = {name: value for name, value in PINDUODUO.items() if name not in ("支付时间", "发货时间")}
    renamed = given | {"商家编码-规格维度": "BOX-40L"}
    draft = order(tmp_path, "pdd_orders_2026", renamed)
    assert draft.placed_at == draft.paid_at == datetime(2026, 11, 19, 16, tzinfo=UTC)


def test_douyins_suborders_add_up_to_their_order_wherever_they_stand(tmp_path: Path) -> None:
    other = DOUYIN | {"主订单编号": "\t6900000000000000002", "子订单编号": "\t6900000000000000021"}
    second = DOUYIN | {
        "子订单编号": "\t6900000000000000012",
        "商家编码": "HANGER",
        "订单应付金额": "20.00",
        "运费": "3",
    }
    for header in ("douyin_orders_2023", "douyin_orders_2026"):
        found, problems = told(
            tmp_path, header, *[row | {"商品金额": row["商品单价"]} for row in (DOUYIN, other, second)]
        )
        assert problems == []
        assert [len(one.draft.lines) for one in found] == [2, 1]
        assert (found[0].draft.total_fen, found[0].draft.freight_fen, found[0].draft.discount_fen) == (5590, 300, 2690)
        assert found[0].draft.ship_by == datetime(2026, 11, 22, 2, 1, tzinfo=UTC)
        assert found[0].draft.receiver.name_masked == ""


def test_several_articles_joined_in_one_row_are_several_lines(tmp_path: Path) -> None:
    joined = {"选购商品": "收纳箱;衣架", "商家编码": "BOX-12L;HANGER", "商品数量": "1;2", "商品单价": "39.90;10"}
    draft = order(tmp_path, "douyin_orders_2023", DOUYIN | joined | {"订单应付金额": "59.90"})
    assert [(line.sku_code, line.quantity, line.unit_price_fen) for line in draft.lines] == [
        ("BOX-12L", 1, 3990),
        ("HANGER", 2, 1000),
    ]


def test_the_same_row_twice_is_one_line(tmp_path: Path) -> None:
    row = JD | {"结算金额": "106.00"}
    assert len(order(tmp_path, "jd_orders_2015", row, row).lines) == 1


def test_rows_without_a_number_belong_to_the_order_above(tmp_path: Path) -> None:
    second = {"商品ID": "100002", "商品名称": "衣架", "订购数量": "1", "京东价": "30.00"}
    assert len(order(tmp_path, "jd_orders_2015", JD, second).lines) == 2


def test_a_word_nobody_knows_comes_in_as_unknown_and_is_named(tmp_path: Path) -> None:
    draft = order(tmp_path, "jd_orders_2015", JD | {"订单状态": "冻结中", "结算金额": "106.00"})
    assert (draft.status, draft.unknown) == (ChannelStatus.UNKNOWN, ("order.status: '冻结中'",))


@pytest.mark.parametrize(
    ("word", "paid", "status"),
    [
        ("交易关闭", "", ChannelStatus.CLOSED_UNPAID),
        ("交易关闭", "2026-11-20 00:42:39", ChannelStatus.CLOSED_REFUNDED),
        ("等待买家付款", "", ChannelStatus.UNPAID),
        ("交易成功", "", ChannelStatus.COMPLETED),
    ],
)
def test_a_closed_order_is_known_by_its_payment(tmp_path: Path, word: str, paid: str, status: ChannelStatus) -> None:
    draft = order(tmp_path, "taobao_orderlist_2017", TAOBAO | {"订单状态": word, "订单付款时间 ": paid})
    assert draft.status is status
    assert (draft.paid_at is not None) == (status in (ChannelStatus.CLOSED_REFUNDED, ChannelStatus.COMPLETED))


def test_a_living_suborder_decides_where_its_order_stands(tmp_path: Path) -> None:
    gone = DOUYIN | {"子订单编号": "\t6900000000000000012", "订单状态": "已关闭"}
    assert order(tmp_path, "douyin_orders_2023", gone, DOUYIN).status is ChannelStatus.PAID


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"订购数量": "0"}, "not_positive"),
        ({"订购数量": "-1"}, "not_positive"),
        ({"订购数量": "两个"}, "not_whole"),
        ({"订购数量": "1.5"}, "not_whole"),
        ({"订购数量": ""}, "no_quantity"),
        ({"京东价": "abc"}, "not_money"),
        ({"京东价": "1.005"}, "not_money"),
        ({"京东价": "-5"}, "absurd_money"),
        ({"结算金额": "9999.00"}, "amounts_differ"),
        ({"下单时间": "昨天", "付款确认时间": ""}, "not_moment"),
        ({"下单时间": "", "付款确认时间": ""}, "no_moment"),
        ({"下单时间": "2026-02-30 10:00:00"}, "not_moment"),
        ({"订单号": "2.9E+11"}, "rounded_no"),
        ({"订单号": "x" * 65 + "1"}, "not_code"),
    ],
)
def test_a_row_that_cannot_be_an_order_says_why(tmp_path: Path, changes: dict[str, str], problem: str) -> None:
    found, problems = told(
        tmp_path, "jd_orders_2015", JD | {"订单号": "290000000009", "结算金额": "106.00"}, JD | changes
    )
    assert [one.number for one in found] == ["290000000009"]
    assert problems == [(3, problem)]


def test_one_bad_row_takes_the_rest_of_its_order_with_it(tmp_path: Path) -> None:
    found, problems = told(tmp_path, "jd_orders_2015", JD, JD | {"商品ID": "2", "订购数量": "0"})
    assert (found, problems) == ([], [(2, "not_positive"), (3, "not_positive")])


def test_a_list_of_articles_is_told_apart_from_orders(tmp_path: Path) -> None:
    (one,), problems = told(tmp_path, "taobao_detail_2017", TAOBAO_LINE)
    assert problems == []
    assert isinstance(one, Lines)
    assert (one.lines[0].sku, one.lines[0].price_fen, one.lines[0].quantity) == ("BOX-40L", 11950, 2)


def test_an_aftersale_is_read_with_its_kind_and_state(tmp_path: Path) -> None:
    unshipped = AFTERSALE | {
        "售后单号": "7000000000000000002",
        "售后类型": "仅退款",
        "商品发货状态": "未发货",
        "售后状态": "退款成功",
    }
    strange = AFTERSALE | {"售后单号": "7000000000000000003", "售后状态": "飞走了"}
    found, problems = told(tmp_path, "douyin_aftersale", AFTERSALE, unshipped, strange)
    assert problems == []
    assert all(isinstance(one, ToldRefund) for one in found)
    assert [(one.draft.kind, one.draft.status, one.draft.amount_fen) for one in found] == [
        (AftersaleKind.RETURN_AND_REFUND, AftersaleStatus.REQUESTED, 3590),
        (AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleStatus.CLOSED, 3590),
        (AftersaleKind.RETURN_AND_REFUND, AftersaleStatus.UNKNOWN, 3590),
    ]
    assert found[2].draft.unknown == ("refund.status: '飞走了'",)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="123"', "123"),
        ('=""', ""),
        ("'138", "138"),
        ("`5", "5"),
        ("\t9\t", "9"),
        ("-", ""),
        ("\\N", ""),
        ("a-b", "a-b"),
    ],
)
def test_a_cell_loses_its_quirks(cell: str, text: str) -> None:
    assert plain(cell) == text


@pytest.mark.parametrize(
    ("text", "fen"),
    [("1,234.50", 123450), ("¥12", 1200), ("28.16元", 2816), ("", 0), (".5", 50), ("+3", 300), ("2.5500000001", 255)],
)
def test_an_amount_is_read_as_people_write_it(text: str, fen: int) -> None:
    assert money(text, "x") == fen


def test_numbers_are_whole_or_refused() -> None:
    assert [whole(text, "x") for text in ("2", "2.0", "1,000", "3件")] == [2, 2, 1000, 3]
    with pytest.raises(BadInput):
        whole("１", "x")


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("2026-11-24 10:00:00", Dates.YMD),
        ("2026/11/24 10:00", Dates.YMD),
        ("2026年11月24日 10:00", Dates.YMD),
        ("2026-11-24T10:00:00", Dates.YMD),
        ("24/11/2026 10:00", Dates.DMY),
        ("11/24/2026 10:00", Dates.MDY),
        ("1795485600", Dates.UNIX),
        ("1795485600000", Dates.UNIX_MS),
        ("46350.4166666667", Dates.SERIAL),
    ],
)
def test_one_moment_is_read_from_each_way_of_writing_it(text: str, dates: Dates) -> None:
    assert moment(text, "x", dates) == datetime(2026, 11, 24, 2, tzinfo=UTC)
