"""A hub with one shop on a lab that is really served: what the lab did is compared with what the hub holds."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server
from sqlmodel import col, select

from orderhub.connectors.channels.contract import Credentials
from orderhub.connectors.channels.registry import lab_gateway, module
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.order import Order
from orderhub.domain.shop import ShopSync
from orderhub.domain.words import Channel
from orderhub.intake.asking import Asker
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import InboxMessage
from orderhub.intake.keyring import connect_shop
from orderhub.intake.sync import SyncResult, sync_shop
from orderhub.kernel.clock import from_unix, utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.lab.orders import LabRefund


@dataclass(frozen=True)
class Told:
    """What a story has to know of a platform: a shop, its numbers, an amount's field, its code of ZTO, and the APIs
    for the list of refunds, the list of orders placed, one order, and shipping."""

    shop: str
    digits: int
    amount: str
    carrier: str
    refunds_api: str
    placed_api: str
    order_api: str
    ship_api: str


TOLD = {
    Channel.TAOBAO: Told(
        "tb-flagship",
        digits=19,
        amount="payment",
        carrier="ZTO",
        refunds_api="taobao.refunds.receive.get",
        placed_api="taobao.trades.sold.get",
        order_api="taobao.trade.fullinfo.get",
        ship_api="taobao.logistics.offline.send",
    ),
    Channel.DOUYIN: Told(
        "dy-flagship",
        digits=19,
        amount="pay_amount",
        carrier="zhongtong",
        refunds_api="afterSale.List",
        placed_api="order.searchList",
        order_api="order.orderDetail",
        ship_api="order.logisticsAdd",
    ),
    Channel.JD: Told(
        "jd-flagship",
        digits=13,
        amount="orderPayment",
        carrier="1499",
        refunds_api="jingdong.pop.afs.soa.refundapply.queryPageList",
        placed_api="jingdong.pop.order.search",
        order_api="jingdong.pop.order.get",
        ship_api="jingdong.pop.order.shipment",
    ),
    Channel.PINDUODUO: Told(
        "pdd-flagship",
        digits=22,
        amount="pay_amount",
        carrier="115",
        refunds_api="pdd.refund.list.increment.get",
        placed_api="pdd.order.list.get",
        order_api="pdd.order.information.get",
        ship_api="pdd.logistics.online.send",
    ),
}


@contextmanager
def served(app: Any, *, port: int = 0) -> Iterator[str]:
    """``app`` on ``port`` of the loopback (0: a free one), in a thread of its own."""
    if not port:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()), daemon=True)
    thread.start()
    _until(lambda: _answers(port))
    yield f"http://127.0.0.1:{port}"
    loop.call_soon_threadsafe(server.stop)
    thread.join(timeout=5)
    loop.close()


class Hub:
    def __init__(self, lab: Any, url: str, code: str) -> None:
        self.world, self.url, self.code = lab.state.world, url, code
        self.asker = Asker()
        known = self.world.shop(code)
        self.told = TOLD[known.channel]
        self.lag = module(known.channel).LIMITS.lag
        tokens = self.world.tokens[code]
        credentials = Credentials(
            known.app_key,
            known.app_secret,
            known.shop_no,
            tokens.access,
            tokens.refresh,
            from_unix(tokens.expires_at),
        )
        with transaction() as session:
            self.shop = connect_shop(
                session,
                code=code,
                channel=known.channel,
                name=known.name,
                credentials=credentials,
                by="tester",
                now=utc_now(),
                gateway=lab_gateway(known.channel, url),
            )

    def tell_lab(self, path: str, **asked: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/lab/{path}", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def orders_come(self, count: int, **asked: Any) -> list[str]:
        return self.tell_lab("orders", shop=self.code, count=count, paid=True, **asked)["numbers"]

    def fault(self, name: str, **asked: Any) -> None:
        self.tell_lab("faults", **({"name": name, "shop": self.code, "count": 1} | asked))

    def sync(self, *, later: timedelta = timedelta(seconds=5)) -> SyncResult:
        """Pull and take; the moment lies ``later`` than the distance kept from the channel's clock."""
        result = sync_shop(self.code, utc_now() + self.lag + later)
        self.settle()
        return result

    def settle(self, *, later: timedelta = timedelta()) -> None:
        moment = utc_now() + later
        while consume(moment) + self.asker.ask_next(moment):
            pass

    def theirs(self) -> dict[str, tuple[int, datetime]]:
        """Every order the lab's shop tells of: what is to be paid and when it changed last.

        An order that was never paid does not exist at Pinduoduo.
        """
        orders, write_no = self.world.shelves[self.code].orders.values(), self.world.platform_of(self.code).write_no
        told = [order for order in orders if order.paid_at or self.shop.channel is not Channel.PINDUODUO]
        return {write_no(order.number): (order.pay_fen, from_unix(order.modified)) for order in told}

    def ours(self) -> dict[str, tuple[int, datetime]]:
        with reading() as session:
            orders = session.exec(select(Order).where(Order.shop_id == self.shop.id)).all()
        return {order.channel_order_no: (order.total_fen, order.channel_updated_at) for order in orders}

    def refunds(self) -> list[LabRefund]:
        """Every refund of the lab's shop."""
        return list(self.world.shelves[self.code].refunds.values())

    def anomalies(self) -> list[str]:
        """Kinds of what is open."""
        with reading() as session:
            return sorted(session.exec(select(Anomaly.kind).where(col(Anomaly.resolved_at).is_(None))))

    def dead(self) -> list[InboxMessage]:
        with reading() as session:
            return list(session.exec(select(InboxMessage).where(InboxMessage.state == "dead")))

    def state(self, kind: str = "order") -> ShopSync:
        with reading() as session:
            found = session.get(ShopSync, (self.shop.id, kind))
        assert found
        return found


def wait_until(is_so: Any, *, seconds: float = 10) -> None:
    """``seconds`` is how long a busy machine may take: a process that has to start first takes longer."""
    _until(is_so, seconds)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(is_so: Any, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_so():
            return
        time.sleep(0.02)
    raise AssertionError(f"it did not come to that within {seconds:.0f} s")
