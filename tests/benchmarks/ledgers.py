"""Is anything lost when everything goes wrong at once?

Ten promotion days of orders come over five shops of four channels, every fault on. The lab and the hub's API are
served; pulls, consumers, askers and the ledger run as the timetable runs them, ten times as often. At its end, faults
still on (some change orders), every order must be here in the lab's newest version, to the fen; what they changed
within its channel's lag need not be here yet. ``LEDGER_MINUTES`` makes it shorter or longer.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select, update

from orderhub.api.app import create_api
from orderhub.connectors.channels.contract import Credentials
from orderhub.connectors.channels.registry import lab_gateway, module
from orderhub.domain.ledger import LedgerGap, LedgerHour
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.completeness import check_completeness
from orderhub.intake.keyring import connect_shop, forget_connectors
from orderhub.intake.service import IntakeService
from orderhub.intake.sync import sync_all
from orderhub.kernel.clock import from_unix, utc_now
from orderhub.kernel.db import Database, reading, transaction
from orderhub.lab.app import create_lab
from orderhub.lab.faults import FAULTS, Fault
from orderhub.lab.living import at_any_hour
from orderhub.lab.orders import LabOrder
from orderhub.lab.shops import DEMO_SHOPS
from orderhub.lab.world import World
from tests.flows.hub import served

from .measuring import Figure

ORDERS_PER_DAY = 30_000 * 10
MINUTES = 10.0
# A lost order is found within a quarter of an hour of the timetable; here pulls and counts come ten times as often.
CLOSE_MINUTES = 15.0
SYNC_SECONDS, CHECK_SECONDS = 30.0, 10.0
SHOPS = ("tb-flagship", "tb-home", "dy-flagship", "jd-flagship", "pdd-flagship")
PUSHED = "dy-flagship"

# By shop and number: what is paid, and when it changed last.
Orders = dict[tuple[str, str], tuple[int, datetime]]
Differences = tuple[int, int, int]

# How often each strikes, of the calls or rows it may strike; what is not named, one call in fifty.
_CHANCES = {"timeout": 0.002, "rate_ban": 0.002, "expired_token": 0.002, "oversize_body": 0.001, "dropped_page": 0.1}
_OFTEN = 0.02
_DETAILS: dict[str, dict[str, Any]] = {"timeout": {"seconds": 1}, "rate_ban": {"seconds": 1}}


def run(
    database: Database,
    *,
    minutes: float = 0,
    orders_per_day: float = ORDERS_PER_DAY,
    sync_seconds: float = SYNC_SECONDS,
    check_seconds: float = CHECK_SECONDS,
) -> Iterator[Figure]:
    minutes = minutes or float(os.environ.get("LEDGER_MINUTES", MINUTES))
    with ExitStack() as stack:
        shops = [shop for shop in DEMO_SHOPS if shop.code in SHOPS]
        lab = create_lab(living=False, orders_per_day=at_any_hour(orders_per_day, time.time()), shops=shops)
        world: World = lab.state.world
        url = stack.enter_context(served(lab))
        hub_url = stack.enter_context(served(create_api()))
        stack.callback(forget_connectors)
        _connect(world, url)
        lab.state.pushes.targets[PUSHED] = f"{hub_url}/api/push/douyin/{PUSHED}"
        _set_faults(world)
        service = IntakeService()
        service.start()
        stack.callback(service.stop)
        stack.enter_context(_every(sync_seconds, lambda: sync_all(utc_now())))
        stack.enter_context(_every(check_seconds, _check))
        _live(lab, minutes)
        differences, closed_seconds = _closed(world)
        yield from _figures(world, differences, closed_seconds, minutes)


def _closed(world: World) -> tuple[Differences, float]:
    """What differs still when nothing does any more, or at the end of patience; and after how many seconds."""
    ended_at, started = utc_now(), time.monotonic()
    while True:
        differences, seconds = _differences(world, ended_at), time.monotonic() - started
        if differences == (0, 0, 0) or seconds >= CLOSE_MINUTES * 60:
            return differences, seconds
        time.sleep(1)


def _figures(world: World, differences: Differences, closed_seconds: float, minutes: float) -> Iterator[Figure]:
    orders, fen, gaps = differences
    with reading() as session:
        refilled = sum(session.exec(select(LedgerHour.refilled_count)))
        found = session.exec(select(LedgerGap.id)).all()
    struck = {name: sum(fault["hits"] for fault in world.faults.listed() if fault["name"] == name) for name in FAULTS}
    yield Figure("orders the lab made", sum(len(shelf.orders) for shelf in world.shelves.values()), "")
    yield Figure("faults that struck", sum(struck.values()), "")
    yield Figure("kinds of faults that struck", sum(1 for hits in struck.values() if hits), f"of {len(FAULTS)}")
    yield Figure("gaps the ledger found", len(found), "")
    yield Figure("orders the ledger refilled", refilled, "")
    yield Figure(f"from the last order of {minutes:g} min to no difference", closed_seconds, "s", CLOSE_MINUTES * 60)
    yield Figure("orders that differ at the end", orders, "", 0.5)
    yield Figure("fen that differ at the end", fen, "", 0.5)
    yield Figure("gaps that are open at the end", gaps, "", 0.5)


def _differences(world: World, ended_at: datetime) -> Differences:
    """Orders not here in the lab's newest version, fen between the sums, gaps the ledger holds open."""
    theirs = {
        (code, world.platform_of(code).write_no(order.number)): (order.pay_fen, from_unix(order.modified))
        for code, shelf in world.shelves.items()
        for order in list(shelf.orders.values())
        if _is_shown(world.shops[code].channel, order)
    }
    wanted = select(Shop.code, Order.channel_order_no, Order.total_fen, Order.channel_updated_at)
    with reading() as session:
        found = session.exec(wanted.join(Order, col(Order.shop_id) == Shop.id)).all()
        gaps = session.exec(select(LedgerGap.id).where(col(LedgerGap.closed_at).is_(None))).all()
    ours = {(code, number): (fen, updated_at) for code, number, fen, updated_at in found}
    for key in _just_changed(world, theirs, ended_at):
        theirs.pop(key)
        ours.pop(key, None)
    differing = sum(ours.get(key) != facts for key, facts in theirs.items()) + len(ours.keys() - theirs.keys())
    fen = sum(fen for fen, _ in theirs.values()) - sum(fen for fen, _ in ours.values())
    return differing, abs(fen), len(gaps)


def _is_shown(channel: Channel, order: LabOrder) -> bool:
    """Pinduoduo shows nothing of an order that is not paid."""
    return channel is not Channel.PINDUODUO or order.paid_at > 0


def _just_changed(world: World, theirs: Orders, ended_at: datetime) -> list[tuple[str, str]]:
    """Orders that a fault changed after the end, within their channel's lag."""
    now = utc_now()
    lags = {code: module(shop.channel).LIMITS.lag for code, shop in world.shops.items()}
    return [key for key, (_, changed_at) in theirs.items() if changed_at >= max(ended_at, now - lags[key[0]])]


def _check() -> None:
    """The ledger's job with its patience shortened like the run: the hours of the run are always due."""
    now = utc_now()
    with transaction() as session:
        waiting = update(LedgerHour).where(col(LedgerHour.hour_at) > now - timedelta(hours=2))
        session.exec(waiting.values(check_at=now))
    check_completeness(now)


def _live(lab: Any, minutes: float) -> None:
    lab.state.living.resume(lab.state.world.now())
    lab.state.living.is_running = True
    time.sleep(minutes * 60)
    lab.state.living.is_running = False


def _connect(world: World, url: str) -> None:
    with transaction() as session:
        for code, shop in world.shops.items():
            tokens = world.tokens[code]
            ends_at = from_unix(tokens.expires_at)
            keys = Credentials(shop.app_key, shop.app_secret, shop.shop_no, tokens.access, tokens.refresh, ends_at)
            gateway = lab_gateway(shop.channel, url)
            facts = {"channel": shop.channel, "name": shop.name, "credentials": keys, "gateway": gateway}
            connect_shop(session, code=code, by="benchmark", now=utc_now() - timedelta(days=1), **facts)


def _set_faults(world: World) -> None:
    for name in FAULTS:
        world.faults.set(Fault(name, probability=_CHANCES.get(name, _OFTEN), **_DETAILS.get(name, {})))


@contextmanager
def _every(seconds: float, work: Callable[[], object]) -> Iterator[None]:
    closing = threading.Event()

    def go_on() -> None:
        while not closing.wait(seconds):
            work()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        closing.set()
        thread.join()
