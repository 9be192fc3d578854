"""What the stories of shipping have in common: shipped as people do it, then everything that is due."""

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import select

from orderhub.automation.outbox import OutboxMessage
from orderhub.automation.runner import run_next
from orderhub.automation.sending import Postman
from orderhub.domain.delivery import deliveries_of
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import approve, move, order_of
from orderhub.domain.shipping import ship_order
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction

ROOT = Path(__file__).parents[2]
PARCEL = "75312345678901"


def ship(number: str, tracking_no: str = PARCEL, carrier: Carrier = Carrier.ZTO) -> None:
    """As the people of the hub do it: approved, allocated, packed, sent."""
    with transaction() as session:
        found = session.exec(select(Order.id).where(Order.channel_order_no == number)).one()
        order, now = order_of(session, found), utc_now()
        if order.status is OrderStatus.TO_REVIEW:
            approve(session, order, by="ceshi-o", now=now)
            move(session, order, OrderStatus.TO_SHIP, by="ceshi-o", now=now)
        ship_order(session, order, carrier, tracking_no, by="ceshi-w", now=now)


def allocated(number: str) -> list[int]:
    """Approved by hand, allocated as it is by itself; the ids of its deliveries."""
    with transaction() as session:
        found = session.exec(select(Order.id).where(Order.channel_order_no == number)).one()
        approve(session, order_of(session, found), by="ceshi-o", now=utc_now())
    while run_next(utc_now()):
        pass
    with reading() as session:
        return [delivery.id for delivery in deliveries_of(session, found)]


def work(*, later: timedelta = timedelta(), postman: Postman | None = None) -> None:
    """Everything due ``later`` from now: workflows first, then messages."""
    now, postman = utc_now() + timedelta(seconds=1) + later, postman or Postman()
    while run_next(now):
        pass
    while postman.send_next(now):
        pass


def messages() -> list[OutboxMessage]:
    with reading() as session:
        return list(session.exec(select(OutboxMessage).order_by(OutboxMessage.id)))  # type: ignore[arg-type]


def message() -> OutboxMessage:
    (only,) = messages()
    return only


def uploads(hub: Any) -> list[dict[str, Any]]:
    kept = list(hub.world.uploads)  # at once: the lab may be told of another meanwhile
    return [row for row in kept if row["kind"] == "shipment"]


def told_by_order(hub: Any) -> Counter[str]:
    return Counter(row["order"] for row in uploads(hub))


def started(url: str) -> subprocess.Popen[bytes]:
    """A process that runs everything automatic on the database until it is killed."""
    command = [sys.executable, "-m", "tests.automation.automation_process", url]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
