"""Shops and messages for tests of intake; every person and number in them is invented."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, func, select

from orderhub.connectors.channels.contract import Credentials, Native
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.inbox import InboxMessage, MessageKind, keep
from orderhub.intake.keyring import connect_shop
from orderhub.kernel.db import reading, transaction

FIRST_NO = 6_900_000_000_000_000_000
PAID_AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def add_shop(code: str = "dy-test", *, now: datetime, **changes: Any) -> Shop:
    given: dict[str, Any] = {
        "channel": Channel.DOUYIN,
        "name": "测试店",
        "credentials": Credentials(
            app_key="70001",
            app_secret="s3cret",
            shop_no=f"9{code}"[:60],
            access_token="access-0",
            refresh_token="refresh-0",
            expires_at=now + timedelta(days=7),
        ),
    }
    with transaction() as session:
        return connect_shop(session, code=code, by="tester", now=now, **(given | changes))


def order_body(number: int, *, updated_at: datetime = PAID_AT, **changes: Any) -> dict[str, Any]:
    paid = int(PAID_AT.timestamp())
    return {
        "order_id": number,
        "order_status": 2,
        "create_time": paid - 60,
        "pay_time": paid,
        "update_time": int(updated_at.timestamp()),
        "exp_ship_time": paid + 48 * 3600,
        "pay_amount": 7980,
        "post_amount": 0,
        "buyer_words": "",
        "sku_order_list": [
            {
                "order_id": number,
                "code": "BOX-12L",
                "product_name": "收纳箱 12L",
                "item_num": 2,
                "origin_amount": 3990,
                "product_id": 1,
                "sku_id": 2,
            }
        ],
        **changes,
    }


def refund_body(number: int, order_no: int, **changes: Any) -> dict[str, Any]:
    asked = int(PAID_AT.timestamp()) + 600
    case = {
        "aftersale_id": number,
        "aftersale_status": 6,
        "aftersale_type": 2,
        "refund_amount": 7980,
        "apply_time": asked,
        "update_time": asked,
    }
    return {"aftersale_info": case | changes, "order_info": {"shop_order_id": order_no}}


def order_native(number: int, *, updated_at: datetime = PAID_AT, **changes: Any) -> Native:
    return Native(str(number), updated_at, order_body(number, updated_at=updated_at, **changes))


def refund_native(number: int, order_no: int, **changes: Any) -> Native:
    return Native(str(number), PAID_AT + timedelta(minutes=10), refund_body(number, order_no, **changes))


def keep_orders(shop: Shop, natives: Iterable[Native], now: datetime) -> int:
    with transaction() as session:
        return keep(session, shop.id, MessageKind.ORDER, natives, now)


def keep_refunds(shop: Shop, natives: Iterable[Native], now: datetime) -> int:
    with transaction() as session:
        return keep(session, shop.id, MessageKind.REFUND, natives, now)


def states() -> dict[str, int]:
    """How many messages are in each state."""
    with reading() as session:
        counted = select(InboxMessage.state, func.count()).group_by(col(InboxMessage.state))
        return {str(state): count for state, count in session.exec(counted)}


def orders() -> list[Order]:
    with reading() as session:
        return list(session.exec(select(Order).order_by(Order.channel_order_no)))


def message(**wanted: Any) -> InboxMessage:
    with reading() as session:
        return session.exec(select(InboxMessage).filter_by(**wanted)).one()
