"""How long do 500 orders take from the review to their platform, asked for in one go?

The lab is served and plays SF and Douyin; the hub's own threads do the batch, ask for the waybills and tell the
platform. Every order must be told once, every waybill made once.
"""

import time
from collections.abc import Iterator

from sqlmodel import col, select

from orderhub.automation import batch as batches
from orderhub.automation.batch import Batch, BatchKind
from orderhub.automation.carrier_keyring import forget_carrier_lines
from orderhub.automation.service import AutomationService
from orderhub.domain.order import Order
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, reading, transaction
from orderhub.lab.app import create_lab
from tests.flows.hub import Hub, served
from tests.flows.shipping import told_by_order
from tests.flows.waybills import connect_sf, waybills

from .measuring import Figure

ORDERS = 500
ASKED_SECONDS, TOLD_SECONDS, PATIENCE_SECONDS = 1, 180, 900


def run(database: Database) -> Iterator[Figure]:
    app = create_lab(living=False)
    with served(app) as url:
        hub = Hub(app, url, "dy-flagship")
        connect_sf(url)
        numbers = hub.orders_come(ORDERS)
        hub.sync()
        ids = _ids(numbers)
        service = AutomationService()
        service.start()
        try:
            began = time.monotonic()
            with transaction() as session:
                batch_id = batches.start(session, BatchKind.SHIP_OUT, ids, by="benchmark", now=utc_now()).id
            yield Figure(f"{ORDERS} orders asked for", time.monotonic() - began, "s", ASKED_SECONDS)
            _until(lambda: _is_over(batch_id), began)
            yield Figure(f"{ORDERS} orders reviewed, labelled and shipped", time.monotonic() - began, "s", TOLD_SECONDS)
            _until(lambda: len(told_by_order(hub)) == ORDERS, began)
            yield Figure("  until their platform knows", time.monotonic() - began, "s", TOLD_SECONDS)
        finally:
            service.stop()
            forget_connectors()
            forget_carrier_lines()
        twice = sum(count - 1 for count in told_by_order(hub).values())
        spare = len(app.state.sf.waybills) - len({one.tracking_no for one in waybills()})
        yield Figure("  waybills or uploads too many", twice + spare, "")
        assert (twice, spare) == (0, 0)


def _ids(numbers: list[str]) -> list[int]:
    with reading() as session:
        return list(session.exec(select(Order.id).where(col(Order.channel_order_no).in_(numbers))))


def _is_over(batch_id: int) -> bool:
    with reading() as session:
        return session.get_one(Batch, batch_id).finished_at is not None


def _until(is_so, began: float) -> None:
    while not is_so():
        assert time.monotonic() - began < PATIENCE_SECONDS
        time.sleep(0.1)
