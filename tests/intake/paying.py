"""A mini-program shop with a merchant number, and the platform that signs to it."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select

from orderhub.connectors.channels import own
from orderhub.connectors.channels.contract import Credentials, Native
from orderhub.connectors.payments.wechat_pay import PayCredentials
from orderhub.domain.drafts import PaymentDraft
from orderhub.domain.order import Order
from orderhub.domain.payment import Payment
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel, PaymentStatus
from orderhub.intake.inbox import MessageKind, Source, keep
from orderhub.intake.keyring import connect_shop
from orderhub.intake.payment_account import connect_app, connect_payment
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.lab.wechat_keys import Merchant, Platform
from orderhub.lab.wechat_purse import LabPayment, transaction_body

CODE, NUMBER, TOTAL_FEN = "my-mp", "mp-0001", 13940
MERCHANT, PLATFORM = Merchant.made(), Platform()
STARTED_AT = utc_now()
PAID_AT = STARTED_AT - timedelta(minutes=30)


def ago(minutes: float) -> str:
    return (STARTED_AT - timedelta(minutes=minutes)).isoformat()


def pay_credentials(**changes: Any) -> PayCredentials:
    facts = {
        "merchant_no": MERCHANT.merchant_no,
        "serial_no": MERCHANT.serial_no,
        "private_key": MERCHANT.private_key,
        "api_key": MERCHANT.api_key,
        "app_no": MERCHANT.app_no,
        "public_key_no": PLATFORM.public_key_no,
        "platform_keys": {PLATFORM.public_key_no: PLATFORM.public_key},
    }
    return PayCredentials(**facts | changes)


def add_paid_shop(now: datetime, code: str = CODE) -> Shop:
    with transaction() as session:
        shop = connect_shop(
            session,
            code=code,
            channel=Channel.MINIPROGRAM,
            name="测试小程序",
            credentials=Credentials("-", "", f"no-{code}"),
            by="tester",
            now=now,
        )
        connect_payment(session, shop_code=code, credentials=pay_credentials(), by="tester", now=now)
        connect_app(session, shop_code=code, app_no=MERCHANT.app_no, app_secret="app-secret")
        return shop


def notice_body(now: datetime, *, notice_no: str = "EV-1", total_fen: int = TOTAL_FEN, **changes: Any) -> bytes:
    paid = LabPayment(NUMBER, total_fen, "openid-1", total_fen, "4200000000000000001", int(now.timestamp()))
    plain = transaction_body(paid, app_no=MERCHANT.app_no, merchant_no=MERCHANT.merchant_no) | changes
    sealed = MERCHANT.sealed(json.dumps(plain).encode(), "transaction")
    body = {"id": notice_no, "event_type": "TRANSACTION.SUCCESS", "resource": sealed}
    return json.dumps(body).encode()


def signed(raw: bytes, now: datetime) -> dict[str, str]:
    headers = PLATFORM.signed(raw, at=int(now.timestamp()), by_public_key=True)
    return {name.lower(): value for name, value in headers.items()}


def said(**changes: Any) -> PaymentDraft:
    facts = {
        "merchant_no": MERCHANT.merchant_no,
        "merchant_order_no": NUMBER,
        "status": PaymentStatus.PAID,
        "status_word": "SUCCESS",
        "app_no": MERCHANT.app_no,
        "transaction_no": "4200000000000000001",
        "amount_fen": TOTAL_FEN,
        "payer_fen": TOTAL_FEN,
        "currency": "CNY",
        "payer_token": "openid-1",
        "paid_at": PAID_AT,
    }
    return PaymentDraft(**facts | changes)


def order_body(number: str = NUMBER, **changes: Any) -> dict[str, Any]:
    line = {"sku": "BOX-40L", "title": "收纳箱 40L", "quantity": 1, "unit_price": "139.40"}
    return {
        "channel_order_no": number,
        "created_at": ago(60),
        "total": "139.40",
        "lines": [line],
    } | changes


def keep_order(shop: Shop, now: datetime, **changes: Any) -> None:
    body = order_body(**changes)
    draft = own.parse_order(body)
    native = Native(draft.channel_order_no, draft.updated_at, body)
    with transaction() as session:
        keep(session, shop.id, MessageKind.ORDER, [native], now, source=Source.API)


def the_order(number: str = NUMBER) -> Order:
    with reading() as session:
        return session.exec(select(Order).where(Order.channel_order_no == number)).one()


def the_payment(number: str = NUMBER) -> Payment:
    with reading() as session:
        return session.exec(select(Payment).where(Payment.merchant_order_no == number)).one()
