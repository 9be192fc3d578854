"""What the stories of notices have in common: the merchant's own shop, accounts at the lab's notifiers, and parcels."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlmodel import col, select

from orderhub.automation.noticing import change_plan
from orderhub.automation.notifier_keyring import NotifierDraft, connect_notifier
from orderhub.connectors.channels.contract import Credentials
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.notice import Notice
from orderhub.domain.notice_plan import NoticeField, NoticeMoment, NoticeWay
from orderhub.domain.order import Order
from orderhub.domain.shop import shop_named
from orderhub.domain.track import take_scans
from orderhub.domain.words import Channel, NotifierKind, ScanNode
from orderhub.intake.consumer import consume
from orderhub.intake.keyring import connect_shop
from orderhub.intake.payment_account import connect_app
from orderhub.intake.posted import take_posted
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import Event
from orderhub.lab import notifiers

from .shipping import PARCEL, ship, work

CODE, PHONE, OPENID = "my-mp", "13800000001", "openid-0001"
KINDS = {
    NotifierKind.WECHAT_SUBSCRIBE: (notifiers.OFFICIAL, notifiers.WECHAT_PATH),
    NotifierKind.WECHAT_TEMPLATE: (notifiers.OFFICIAL, notifiers.WECHAT_PATH),
    NotifierKind.SMS_ALIYUN: (notifiers.ALIYUN, notifiers.ALIYUN_PATH),
    NotifierKind.SMS_TENCENT: (notifiers.TENCENT, notifiers.TENCENT_PATH),
}
TEMPLATES = {
    NotifierKind.WECHAT_SUBSCRIBE: ("TPL-subscribe", (("thing1", "goods"), ("character_string2", "tracking_no"))),
    NotifierKind.WECHAT_TEMPLATE: ("TPL-official", (("thing1", "goods"), ("phrase2", "status"), ("time3", "time"))),
    NotifierKind.SMS_ALIYUN: ("SMS_71390007", (("no", "tracking_no"), ("code", "link_code"))),
    NotifierKind.SMS_TENCENT: ("1110", (("1", "carrier"), ("2", "tracking_no"), ("3", "link"))),
}


class Telling:
    """``quiet`` is none, so that a story can be told at any hour."""

    def __init__(self, lab: Any, lab_url: str) -> None:
        self.lab, self.url = lab.state.notifiers, lab_url
        self.faults = lab.state.world.faults
        with transaction() as session:
            given = {"code": CODE, "channel": Channel.MINIPROGRAM, "name": "测试小程序", "by": "ceshi-a"}
            self.shop = connect_shop(session, **given, credentials=Credentials("-", "", "-"), now=utc_now())
            connect_app(session, shop_code=CODE, app_no=notifiers.OFFICIAL.app_no, app_secret="")

    def connect(self, kind: NotifierKind, **changes: Any) -> int:
        keys, path = KINDS[kind]
        facts: dict[str, Any] = {"code": kind.replace("_", "-"), "kind": kind, "name": kind, "app_no": keys.app_no}
        facts |= {"secret": keys.secret, "sign_name": keys.sign_name, "sdk_app_no": keys.sdk_app_no}
        draft = NotifierDraft(**(facts | {"base_url": f"{self.url}{path}"} | changes))
        with transaction() as session:
            return connect_notifier(session, draft, by="ceshi-a", now=utc_now()).id

    def plan(self, *kinds: NotifierKind, moment: NoticeMoment = NoticeMoment.SHIPPED, **changes: Any) -> list[int]:
        """Turn the moment on, by these ways in this order; the ids of their accounts."""
        accounts = [self.connect(kind) for kind in kinds]
        ways = [_way(kind, account) for kind, account in zip(kinds, accounts, strict=True)]
        facts = {"is_on": True, "ways": ways, "quiet": (0, 0)} | changes
        with transaction() as session:
            change_plan(session, shop_named(session, CODE), moment, **facts, by="ceshi-o", now=utc_now())
        return accounts

    def order(self, number: str = "MP-0001", *, buyer: str = OPENID, phone: str = PHONE) -> str:
        placed_at = (utc_now() - timedelta(minutes=10)).isoformat()
        line = {"sku": "BOX-40L", "title": "收纳箱 40L", "quantity": 1, "unit_price": "139.40"}
        body = {"shop": CODE, "channel_order_no": number, "created_at": placed_at, "paid_at": placed_at}
        body |= {"total": "139.40", "lines": [line], "buyer": {"token": buyer}, "receiver": {"phone": phone}}
        asyncio.run(take_posted(httpx.Request("POST", "http://hub", json=body).content, by="tester", now=utc_now()))
        while consume(utc_now()):
            pass
        return number

    def ship(self, number: str = "MP-0001", tracking_no: str = PARCEL) -> None:
        ship(number, tracking_no)

    def scan(self, text: str, node: ScanNode, *, at: datetime | None = None, tracking_no: str = PARCEL) -> None:
        now = utc_now()
        with transaction() as session:
            take_scans(session, tracking_no, [ScanDraft(at or now, text, node)], by="zto", now=now)

    def got(self) -> list[tuple[str, str]]:
        """What buyers have: by which way, to whom."""
        return [(one.way, one.to) for one in self.lab.received]


def _way(kind: NotifierKind, account: int) -> NoticeWay:
    template, values = TEMPLATES[kind]
    page = "pages/parcel/index" if kind is NotifierKind.WECHAT_SUBSCRIBE else ""
    return NoticeWay(account, template, tuple((name, NoticeField(field)) for name, field in values), page)


def notices() -> list[Notice]:
    with reading() as session:
        return list(session.exec(select(Notice).order_by(col(Notice.id))))


def open_anomalies() -> list[tuple[str, str, str]]:
    with reading() as session:
        found = session.exec(select(Anomaly).where(col(Anomaly.resolved_at).is_(None)))
        return [(one.kind, one.subject_type, one.note) for one in found]


def told_events(number: str = "MP-0001") -> list[tuple[str, dict[str, Any]]]:
    with reading() as session:
        order_id = session.exec(select(Order.id).where(Order.channel_order_no == number)).one()
        wanted = select(Event).where(Event.subject_type == "order", Event.subject_id == order_id)
        found = session.exec(wanted.where(col(Event.kind).startswith("notice_")).order_by(col(Event.id)))
        return [(one.kind, one.body) for one in found]


__all__ = ["CODE", "OPENID", "PARCEL", "PHONE", "Telling", "notices", "open_anomalies", "told_events", "work"]
