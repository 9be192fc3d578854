"""A hub that does all there is to do and dies at a named point: ``python -m tests.chaos.dying_hub <database>``.

A line ``<failpoint or -> <seconds ahead> <bearer> <shop of the lab or -> <numbers to post, with commas, or ->`` is one
life: a child is forked, posts the numbers through the API, ships what the lab's shop has paid for, works everything off
and runs a job. It says ``kept <number>`` for each that was acknowledged, then ``died`` or ``done``.
"""

import os
import sys
from datetime import timedelta

from sqlmodel import col, select
from starlette.testclient import TestClient

import orderhub.kernel.job_runs
import orderhub.tables  # noqa: F401
from jobs import clockwork
from jobs.schedule import Entry
from orderhub.api.app import create_api
from orderhub.automation.runner import run_next
from orderhub.automation.sending import Postman
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import move, order_of
from orderhub.domain.shipping import ship_order
from orderhub.domain.shop import Shop
from orderhub.domain.words import Carrier
from orderhub.intake import stock
from orderhub.intake.consumer import consume
from orderhub.intake.sync import sync_shop
from orderhub.kernel import failpoint, job_runs
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import database, open_database, reading, transaction

from .writers import version

_UNSHIPPED = (OrderStatus.TO_ALLOCATE, OrderStatus.TO_SHIP)


_API = create_api()  # made once, for every life
_BEHIND = timedelta(seconds=10)  # more than the hub keeps from a channel's clock


def live(url: str, wanted: str, ahead: float, bearer: str, shop: str, numbers: list[str]) -> None:
    open_database(url)
    failpoint.arm("" if wanted == "-" else wanted)
    _post(bearer, numbers)
    now = utc_now() + timedelta(seconds=ahead)
    if shop != "-":
        sync_shop(shop, utc_now() + _BEHIND)  # the lab goes by the real clock
    while consume(now):
        pass
    if shop != "-":
        _ship(shop)
    _automate(now)
    _run_a_job(now)
    _automate(now)  # what the job has found


def _post(bearer: str, numbers: list[str]) -> None:
    """Each is paid for; every third is closed again, so that it gives its pieces back."""
    api = TestClient(_API)
    for number in numbers:
        is_closed = int(number[-1]) % 3 == 0
        for turn in (0, 1) if is_closed else (0,):
            body = version(number, turn, is_closed=turn == 1).body
            headers = {"authorization": f"Bearer {bearer}", "idempotency-key": f"{number}-{turn}"}
            answer = api.post("/api/v1/orders", json=body, headers=headers)
            if answer.status_code != 202:
                raise AssertionError(answer.text)
        _say(f"kept {number}")


def _ship(shop: str) -> None:
    """As people do it, without packing: it is the telling that is drilled."""
    with reading() as session:
        paid = select(Order.id).join(Shop).where(Shop.code == shop, col(Order.status).in_(_UNSHIPPED))
        waiting = session.exec(paid.order_by(Order.id)).all()
    for order_id in waiting:
        with transaction() as session:
            order, now = order_of(session, order_id), utc_now()
            if order.status is OrderStatus.TO_ALLOCATE:
                move(session, order, OrderStatus.TO_SHIP, by="ceshi-o", now=now)
            ship_order(session, order, Carrier.ZTO, f"753{order_id:011}", by="ceshi-w", now=now)


def _automate(now) -> None:
    postman = Postman()
    while run_next(now) + postman.send_next(now):
        pass


def _run_a_job(now) -> None:
    entry = Entry("look_after_stock", stock.look_after, timedelta(minutes=1))
    with transaction() as session:
        epoch = job_runs.take_over(session, process="drill", now=now)
    clockwork._run_once(database(), entry, entry.slot(now), epoch, now=lambda: now, is_asked=False)


def main(url: str) -> None:
    _say("ready")
    for line in sys.stdin:
        wanted, ahead, bearer, shop, numbers = line.split()
        child = os.fork()
        if child == 0:
            live(url, wanted, float(ahead), bearer, shop, [] if numbers == "-" else numbers.split(","))
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        _say({failpoint.KILLED: "died", 0: "done"}.get(code, f"failed with {code}"))


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
