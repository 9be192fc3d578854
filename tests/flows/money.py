"""A hub with a mini-program shop whose money goes through the lab's WeChat Pay, all of it over the real wire."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlmodel import col, select

from orderhub.connectors.channels.contract import Credentials
from orderhub.connectors.payments.wechat_pay import PayCredentials
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.order import Order
from orderhub.domain.payment import Payment
from orderhub.domain.words import Channel
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import InboxMessage
from orderhub.intake.keyring import connect_shop
from orderhub.intake.payment_account import connect_app, connect_payment
from orderhub.intake.posted import take_posted
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction

from .hub import wait_until

CODE = "my-mp"
TOTAL_FEN = 13940


class Money:
    """``now`` is when the hub's clock works; orders are placed ten minutes ago unless a test says otherwise."""

    def __init__(self, lab: Any, lab_url: str, hub_url: str, *, by_public_key: bool = False) -> None:
        self.wechat, self.url = lab.state.wechat, lab_url
        self.now = utc_now()
        keys = self.state()["merchant"]
        self.wechat.notices.by_public_key = by_public_key
        public = self.state()["public_key"]
        mode = (public["id"], {public["id"]: public["pem"]}) if by_public_key else ("", {})
        credentials = PayCredentials(
            keys["mch_id"], keys["serial"], keys["private_key"], keys["api_key"], keys["app_id"], *mode
        )
        with transaction() as session:
            self.shop = connect_shop(
                session,
                code=CODE,
                channel=Channel.MINIPROGRAM,
                name="测试小程序",
                credentials=Credentials("-", "", "-"),
                by="tester",
                now=self.now,
                gateway=f"{lab_url}/weixin",
            )
            given = {"shop_code": CODE, "by": "tester", "now": self.now}
            connect_payment(session, credentials=credentials, gateway=f"{lab_url}/wechat-pay", **given)
            connect_app(session, shop_code=CODE, app_no=keys["app_id"], app_secret=keys["app_secret"])
        self.tell_lab("wechat/notify-target", url=f"{hub_url}/api/push/wechat-pay/{CODE}")

    def tell_lab(self, path: str, **asked: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/lab/{path}", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self) -> dict[str, Any]:
        return httpx.get(f"{self.url}/lab/wechat").json()

    def fault(self, name: str, **asked: Any) -> None:
        self.tell_lab("faults", **({"name": name, "count": 1} | asked))

    def post_order(self, number: str, *, minutes_ago: float = 10, **changes: Any) -> None:
        """What the mini-program's own program posts to the hub."""
        placed_at = self.now - timedelta(minutes=minutes_ago)
        line = {"sku": "BOX-40L", "title": "收纳箱 40L", "quantity": 1, "unit_price": "139.40"}
        body = {"shop": CODE, "channel_order_no": number, "created_at": placed_at.isoformat(), "total": "139.40"}
        body |= {"lines": [line], "receiver": {"phone": "138****0000"}} | changes
        asyncio.run(take_posted(httpx.Request("POST", "http://hub", json=body).content, by="tester", now=utc_now()))
        self.settle()

    def pay(self, number: str, total_fen: int = TOTAL_FEN, **asked: Any) -> dict[str, Any]:
        paid = self.tell_lab("wechat/payments", order_no=number, total_fen=total_fen, **asked)
        self.notices_arrive()
        return paid

    def notices_arrive(self) -> None:
        wait_until(lambda: self.wechat.notices.waiting == 0)
        self.settle()

    def answers(self) -> list[int]:
        return [notice.status for notice in self.wechat.notices.sent]

    def settle(self) -> None:
        while consume(utc_now()):
            pass

    def order(self, number: str) -> Order:
        with reading() as session:
            return session.exec(select(Order).where(Order.channel_order_no == number)).one()

    def payment(self, number: str) -> Payment:
        with reading() as session:
            return session.exec(select(Payment).where(Payment.merchant_order_no == number)).one()

    def anomalies(self) -> list[str]:
        with reading() as session:
            return sorted(session.exec(select(Anomaly.kind).where(col(Anomaly.resolved_at).is_(None))))

    def notices(self) -> list[InboxMessage]:
        with reading() as session:
            return list(session.exec(select(InboxMessage).where(InboxMessage.kind == "payment")))


def later(moment: datetime, **span: float) -> datetime:
    return moment + timedelta(**span)
