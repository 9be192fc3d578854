"""Does the card show all of an order, and nothing a buyer would mind?"""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from orderhub.domain.aftersale import accept_refund
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.hold import HoldReason, hold
from orderhub.domain.order import Order
from orderhub.domain.review import remark, tag
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.insights.order_card import OrderCard, copy_text, order_card
from orderhub.kernel.db import Database
from orderhub.kernel.errors import NotFound
from tests import builders


def rich_order(session: Session, now: datetime) -> Order:
    lines = (
        builders.line_draft(spec="透明", quantity=2),
        builders.line_draft(channel_line_no="2", sku_code="", title="无痕挂钩", unit_price_fen=1_990),
    )
    order = builders.order(session, lines=lines, freight_fen=600, discount_fen=500, buyer_remark="放驿站就行", now=now)
    tag(session, order, "赠品", by="wang", now=now)
    remark(session, order, "老客", by="wang", now=now)
    case = RefundDraft(
        channel=Channel.DOUYIN,
        channel_refund_no="TK1",
        channel_order_no=order.channel_order_no,
        kind=AftersaleKind.REFUND_BEFORE_SHIPPING,
        status=AftersaleStatus.REQUESTED,
        status_word="6",
        amount_fen=1_990,
        requested_at=now,
        updated_at=now,
    )
    accept_refund(session, builders.shop(session), case, now=now)
    hold(session, order, HoldReason.MANUAL, by="wang", now=now)
    return order


@pytest.fixture
def card(database: Database, now: datetime) -> OrderCard:
    with database.transaction() as session:
        order_id = rich_order(session, now).id
    with database.reading() as session:
        return order_card(session, order_id, now)


def test_money_adds_up(card: OrderCard) -> None:
    money = {part.what: part.fen for part in card.money}
    assert money == {"goods": 29_870, "freight": 600, "discount": -500, "total": 29_970, "paid": 29_970}
    assert money["goods"] + money["freight"] + money["discount"] == money["total"] == card.at_risk_fen


def test_everything_around_the_order_is_on_it(card: OrderCard) -> None:
    assert [line.quantity for line in card.lines] == [2, 1]
    assert [case.channel_refund_no for case in card.aftersales] == ["TK1"]
    assert card.open_holds == (HoldReason.REFUND_REQUESTED, HoldReason.MANUAL)
    assert [found.tag for found in card.tags] == ["赠品"]
    assert (card.shop.code, card.parcels, card.tasks, card.anomalies) == ("douyin-1", (), (), ())


def test_timeline_tells_newest_first_what_happened(card: OrderCard) -> None:
    told = [(moment.kind, moment.actor) for moment in card.timeline]
    assert told == [
        ("order_held", "wang"),
        ("order_held", "douyin"),
        ("refund_heard", "douyin"),
        ("refund_requested", "douyin"),
        ("order_remarked", "wang"),
        ("order_tagged", "wang"),
        ("order_paid", "douyin"),
        ("order_received", "douyin"),
    ]
    assert card.timeline[0].body == {"reason": "manual"}


def test_copied_text_is_tidy_and_masked(card: OrderCard) -> None:
    assert copy_text(card) == "\n".join(
        [
            f"订单：{card.order_no}（测试店 douyin-1）",
            "抖音：6900000000000000001",
            "状态：待审核",
            "标签：赠品",
            "挂起：退款申请、人工挂起",
            "下单：2026-11-24 08:55",
            "付款：2026-11-24 09:00",
            "发货时限：2026-11-26 09:00",
            "商品：收纳箱 40L 透明 [BOX-40L] ×2 ¥278.80",
            "商品：无痕挂钩 ×1 ¥19.90",
            "金额：商品 ¥298.70，运费 ¥6.00，优惠 −¥5.00，合计 ¥299.70，实付 ¥299.70",
            "收件：测** 138****0000 测试省 测试市 测试区 测试路****",
            "买家备注：放驿站就行",
            "内部备注：老客",
        ]
    )


def test_a_card_is_late_once_its_moment_has_passed(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        order_id = builders.order(session, ship_by=now).id
    with database.reading() as session:
        assert not order_card(session, order_id, now).is_late
        assert order_card(session, order_id, now + timedelta(seconds=1)).is_late


def test_no_such_order(database: Database, now: datetime) -> None:
    with database.reading() as session, pytest.raises(NotFound, match="OH404"):
        order_card(session, 404, now)
