"""The merchant's own mini-program posts its orders and is paid by notices: the demo's own shop, over the real wire."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlmodel import col, select

from orderhub import demo
from orderhub.access.api_keys import list_keys, revoke_key
from orderhub.api.app import create_api
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.insights.board import board_page
from orderhub.insights.board_filter import BoardQuery, Tab
from orderhub.intake import push
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import InboxMessage
from orderhub.intake.keyring import forget_connectors
from orderhub.intake.payment_account import forget_payers
from orderhub.intake.payment_check import check_payments
from orderhub.intake.posted import IdempotencyKey
from orderhub.intake.shipping_upload import upload_shipping
from orderhub.intake.sync import sync_all
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.settings import settings
from orderhub.lab.living import at_any_hour
from tests.databases import with_tables

from .hub import served, wait_until

CODE = "mp-flagship"
BECOMES = {
    ChannelStatus.UNPAID: OrderStatus.PENDING_PAYMENT,
    ChannelStatus.PAID: OrderStatus.TO_REVIEW,
    ChannelStatus.PARTLY_SHIPPED: OrderStatus.PARTLY_SHIPPED,
    ChannelStatus.SHIPPED: OrderStatus.SHIPPED,
    ChannelStatus.CLOSED_UNPAID: OrderStatus.CANCELLED,
}


class Own:
    """The lab's mini-program and the hub it posts to, as the demo joins them."""

    def __init__(self, app: Any, lab_url: str, port: Any) -> None:
        self.world, self.posts, self.wechat = app.state.world, app.state.posts, app.state.wechat
        self.url, self.port = lab_url, port

    def tell_lab(self, path: str, **asked: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/lab/{path}", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def place(self, **asked: Any) -> str:
        return self.tell_lab("orders", shop=CODE, **asked)["number"]

    def change(self, number: str, do: str, **asked: Any) -> None:
        self.tell_lab(f"orders/{CODE}/{number}", do=do, **asked)

    def arrive(self) -> None:
        """Until nothing is on its way any more, and the hub has understood it."""
        wait_until(lambda: self.posts.waiting + self.wechat.notices.waiting == 0)
        while consume(utc_now()):
            pass

    @contextmanager
    def hub(self) -> Iterator[None]:
        with served(create_api(), port=self.port):
            yield

    def order(self, number: str) -> Order:
        with reading() as session:
            return session.exec(select(Order).where(Order.channel_order_no == number)).one()

    def answers(self, number: str) -> list[int]:
        return [post.status for post in self.posts.sent if post.number == number]


@pytest.fixture
def joined(lab, sqlite_url, monkeypatch) -> Iterator[Own]:
    yield from _joined(lab, sqlite_url, monkeypatch)


@pytest.fixture
def own(joined) -> Iterator[Own]:
    with joined.hub():
        yield joined


@pytest.fixture
def on_either(lab, db_url, monkeypatch) -> Iterator[Own]:
    """On SQLite, and with the services on PostgreSQL."""
    for joined in _joined(lab, db_url, monkeypatch):
        with joined.hub():
            yield joined


def _joined(lab, url, monkeypatch) -> Iterator[Own]:
    """The hub is not up yet; its port is free."""
    with_tables(url)
    with served(create_api()) as hub_url:
        port = urlsplit(hub_url).port
    monkeypatch.setenv("ORDERHUB_LAB_URL", lab[1])
    monkeypatch.setenv("ORDERHUB_PORT", str(port))
    settings.cache_clear()
    demo.seed_demo()
    demo.ask_for_posts()
    yield Own(lab[0], lab[1], port)
    forget_payers()
    forget_connectors()
    push._noted.clear()


def test_a_posted_order_stands_on_the_board_unpaid_and_a_notice_pays_it(on_either):
    number = on_either.place(remark="急发")
    on_either.arrive()
    assert on_either.answers(number) == [202]
    with reading() as session:
        (row,) = board_page(session, BoardQuery(tab=Tab.ALL), utc_now()).rows
    assert (row.channel_order_no, row.channel, row.status) == (
        number,
        Channel.MINIPROGRAM,
        OrderStatus.PENDING_PAYMENT,
    )
    on_either.change(number, "pay")
    on_either.arrive()
    order, lab_order = on_either.order(number), on_either.world.order(CODE, number)
    assert (order.status, order.paid_fen, order.is_urgent) == (OrderStatus.TO_REVIEW, lab_order.pay_fen, True)
    assert order.paid_at is not None
    assert order.paid_at.timestamp() == lab_order.paid_at
    # The payment came by the notice alone: the order was not posted again.
    assert on_either.answers(number) == [202]
    assert [notice.status for notice in on_either.wechat.notices.sent] == [204]


def test_a_parcel_is_posted_and_told_to_wechat_which_releases_the_money(own):
    number = own.place(paid=True)
    own.arrive()
    own.change(number, "ship", carrier="YUNDA", tracking_no="YD0000000000001")
    own.arrive()
    assert own.order(number).status is OrderStatus.SHIPPED
    assert upload_shipping(utc_now()) == 1
    payment = own.wechat.purse.payments[number]
    assert (payment.tracking_nos, payment.is_all_shipped) == (("YD0000000000001",), True)


def test_an_order_that_is_posted_again_is_one_order(own):
    own.tell_lab("faults", name="post_repeat", shop=CODE, count=1)
    number = own.place()
    own.arrive()
    assert own.answers(number) == [202, 202]
    with reading() as session:
        assert len(session.exec(select(Order)).all()) == 1
        assert len(session.exec(select(InboxMessage)).all()) == 1
        assert len(session.exec(select(IdempotencyKey)).all()) == 1


def test_nothing_is_lost_while_the_hub_is_down(joined):
    with joined.hub():
        early = joined.place()
        joined.arrive()
    joined.wechat.notices.tries = 4  # in 3.5 s
    late = [joined.place() for _ in range(3)]
    for number in (early, late[0]):
        joined.change(number, "pay")
    joined.change(late[1], "cancel")
    wait_until(lambda: joined.wechat.notices.waiting == 0, seconds=30)
    assert [notice.status for notice in joined.wechat.notices.sent] == [0, 0]
    assert joined.posts.waiting == 4
    with joined.hub():
        joined.arrive()
        checked = check_payments(utc_now() + timedelta(minutes=6))
    assert [(result.asked, result.paid, result.error) for result in checked] == [(3, 2, "")]
    numbers = (early, *late)
    assert [joined.order(number).status for number in numbers] == [
        OrderStatus.TO_REVIEW,
        OrderStatus.TO_REVIEW,
        OrderStatus.CANCELLED,
        OrderStatus.PENDING_PAYMENT,
    ]
    assert joined.posts.lost == 0


def test_a_revoked_key_holds_the_posts_back_until_there_is_another(own):
    with transaction() as session:
        for key in list_keys(session):
            revoke_key(session, key.id, by="tester", now=utc_now())
    number = own.place()
    wait_until(lambda: httpx.get(f"{own.url}/lab/posts").json()["targets"] == {})
    assert own.posts.waiting == 1
    demo.ask_for_posts()
    own.arrive()
    assert own.order(number).status is OrderStatus.PENDING_PAYMENT


def test_a_shop_posts_what_it_held_before_the_hub_was_named(own):
    own.tell_lab(f"shops/{CODE}/post-target", url="")
    unpaid, paid = own.place(), own.place(paid=True)
    demo.ask_for_posts()
    own.arrive()
    assert own.order(unpaid).status is OrderStatus.PENDING_PAYMENT
    assert own.order(paid).status is OrderStatus.TO_REVIEW


def test_an_order_that_breaks_a_rule_is_refused_once_and_harms_no_other(own):
    wrong, right = own.place(mismatch_fen=1), own.place()
    own.arrive()
    assert (own.answers(wrong), own.answers(right)) == ([422], [202])
    assert own.order(right).status is OrderStatus.PENDING_PAYMENT


def test_an_hour_of_the_demo_brings_orders_of_all_five_channels(own):
    own.tell_lab("rate", orders_per_day=at_any_hour(6000, own.world.now()))
    own.tell_lab("advance", seconds=3600)
    own.arrive()
    sync_all(utc_now() + timedelta(hours=1))
    check_payments(utc_now() + timedelta(hours=2))  # for a notice that this machine was too slow for
    own.arrive()
    with reading() as session:
        orders = session.exec(select(Order, Shop.channel).join(Shop, col(Shop.id) == Order.shop_id)).all()
        kinds = set(session.exec(select(Anomaly.kind)))
    assert kinds.isdisjoint({AnomalyKind.FORGED_PUSH, AnomalyKind.PAYMENT_MISMATCH, AnomalyKind.PAYMENT_WITHOUT_ORDER})
    assert {channel for _, channel in orders} == set(Channel)
    ours = {o.channel_order_no: (o.total_fen, o.status) for o, channel in orders if channel is Channel.MINIPROGRAM}
    shelf = own.world.shelves[CODE].orders.values()
    assert ours == {str(order.number): (order.pay_fen, BECOMES[order.status]) for order in shelf}
    assert OrderStatus.TO_REVIEW in {status for _, status in ours.values()}
