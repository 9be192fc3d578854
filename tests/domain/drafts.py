"""Drafts to begin a domain test with."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from orderhub.domain.drafts import LineDraft, OrderDraft, RefundDraft
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, ChannelStatus

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def a_shop(session: Session, code: str = "tb-flagship") -> Shop:
    shop = Shop(code=code, channel=Channel.TAOBAO, name="测试旗舰店", shop_no=code, created_at=NOW)
    session.add(shop)
    session.flush()
    return shop


def an_order(minute: int = 0, **changes: Any) -> OrderDraft:
    """Version ``minute`` of one order of ¥10.00: unpaid unless told otherwise."""
    facts: dict[str, Any] = {
        "channel": Channel.TAOBAO,
        "channel_order_no": "9000000000000748675",
        "status": ChannelStatus.UNPAID,
        "status_word": "WAIT_BUYER_PAY",
        "updated_at": NOW + timedelta(minutes=minute),
        "placed_at": NOW,
        "lines": (LineDraft("1", "BOX-40L", "收纳箱 40L", 2, 500),),
        "total_fen": 1000,
    }
    return OrderDraft(**facts | changes)


def paid(minute: int = 1, **changes: Any) -> OrderDraft:
    facts = {"status": ChannelStatus.PAID, "paid_fen": 1000, "paid_at": NOW + timedelta(minutes=1)}
    return an_order(minute, **facts | changes)


def shipped(minute: int = 2, **changes: Any) -> OrderDraft:
    return paid(minute, **{"status": ChannelStatus.SHIPPED, "shipped_at": NOW + timedelta(minutes=2)} | changes)


def a_refund(minute: int = 5, **changes: Any) -> RefundDraft:
    facts: dict[str, Any] = {
        "channel": Channel.TAOBAO,
        "channel_refund_no": "900000000000000001",
        "channel_order_no": "9000000000000748675",
        "kind": AftersaleKind.REFUND_BEFORE_SHIPPING,
        "status": AftersaleStatus.REQUESTED,
        "status_word": "WAIT_SELLER_AGREE",
        "amount_fen": 1000,
        "requested_at": NOW + timedelta(minutes=5),
        "updated_at": NOW + timedelta(minutes=minute),
    }
    return RefundDraft(**facts | changes)
