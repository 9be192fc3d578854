"""How long from a change of the stock until the channel has heard of it?

The hub's own threads, the lab on the loopback; the change is a reservation, heard is what the lab's shelf holds.
"""

import time
from collections.abc import Callable, Iterator
from itertools import count as count_up
from typing import Any

from sqlmodel import Session

from orderhub.automation.service import AutomationService
from orderhub.connectors.channels.contract import Credentials
from orderhub.connectors.channels.registry import lab_gateway
from orderhub.domain.channel_item import add_item, mark_hot
from orderhub.domain.channel_stock import Formula, set_share
from orderhub.domain.reservation import reserve
from orderhub.domain.shop import Shop
from orderhub.domain.sku import Sku, put_sku
from orderhub.domain.stock import count, put_warehouse
from orderhub.intake.keyring import connect_shop, forget_connectors
from orderhub.kernel.clock import from_unix, utc_now
from orderhub.kernel.db import Database, transaction
from orderhub.lab.app import create_lab
from orderhub.lab.world import World
from tests.flows.hub import served

from .measuring import Figure, p95

NORMAL_SECONDS = 60
HOT_SECONDS = 5
SHOP = "tb-flagship"
# Each is changed once, and timed; then often, and counted. A third of them is hot.
ITEMS = 60
_BURST = 10
_PIECES = 1_000_000
_ORDERS = count_up(1)
_MOST_SECONDS = 120


def run(database: Database) -> Iterator[Figure]:
    lab = create_lab(living=False)
    with served(lab) as url:
        world = lab.state.world
        with transaction() as session:
            skus = _goods(session, _shop(session, world, url))
        service = AutomationService()
        service.start()
        try:
            shelf = world.shelves[SHOP].stock
            _wait(lambda: len(shelf) == ITEMS)
            taken = _change(skus, shelf, times=1)
            before = len(_told(world))
            _change(skus, shelf, times=_BURST)
            messages = len(_told(world)) - before
        finally:
            service.stop()
            forget_connectors()
    hot, normal = taken[: ITEMS // 3], taken[ITEMS // 3 :]
    yield Figure(f"change → channel of {len(normal)} SKUs, p95", p95(normal), "s", NORMAL_SECONDS)
    yield Figure(f"change → channel of {len(hot)} hot SKUs, p95", p95(hot), "s", HOT_SECONDS)
    yield Figure(f"  messages for {ITEMS * _BURST} changes", messages, "")


def _shop(session: Session, world: World, url: str) -> Shop:
    known, tokens = world.shop(SHOP), world.tokens[SHOP]
    until = from_unix(tokens.expires_at)
    keys = Credentials(known.app_key, known.app_secret, known.shop_no, tokens.access, tokens.refresh, until)
    gateway = lab_gateway(known.channel, url)
    facts = {"code": SHOP, "channel": known.channel, "name": known.name, "credentials": keys, "gateway": gateway}
    return connect_shop(session, **facts, by="benchmark", now=utc_now())


def _goods(session: Session, shop: Shop) -> list[Sku]:
    now = utc_now()
    east = put_warehouse(session, "east", name="华东仓", now=now)
    skus = [put_sku(session, f"SKU-{number}", by="benchmark", now=now) for number in range(ITEMS)]
    for number, sku in enumerate(skus):
        count(session, sku.id, east, _PIECES, reason="benchmark", by="benchmark", now=now)
        numbers = {"item_no": f"{7_000_000 + number}", "sku_no": _sku_no(number)}
        item = add_item(session, shop, sku.code, **numbers, by="benchmark", now=now)
        mark_hot(session, item.id, is_hot=number < ITEMS // 3, by="benchmark", now=now)
    set_share(session, shop, Formula(), by="benchmark", now=now)
    return skus


def _sku_no(number: int) -> str:
    return str(5_000_000 + number)


def _change(skus: list[Sku], shelf: dict[str, int], *, times: int) -> list[float]:
    """Seconds of each SKU from its last change to the shelf that shows it."""
    left = {number: shelf[_sku_no(number)] - times for number in range(len(skus))}
    changed_at: dict[int, float] = {}
    for _ in range(times):
        for number, sku in enumerate(skus):
            with transaction() as session:
                reserve(session, next(_ORDERS), {sku.id: 1}, by="benchmark", now=utc_now())
            changed_at[number] = time.monotonic()
    heard_at: dict[int, float] = {}

    def all_heard() -> bool:
        for number in left.keys() - heard_at.keys():
            if shelf[_sku_no(number)] == left[number]:
                heard_at[number] = time.monotonic()
        return len(heard_at) == len(skus)

    _wait(all_heard)
    return [heard_at[number] - changed_at[number] for number in range(len(skus))]


def _told(world: World) -> list[dict[str, Any]]:
    return [row for row in world.uploads if row["kind"] == "stock"]


def _wait(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _MOST_SECONDS
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(f"it did not come to that within {_MOST_SECONDS} s")
        time.sleep(0.01)
