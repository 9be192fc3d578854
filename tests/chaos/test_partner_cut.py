"""Does the hub catch up by itself once the network to a platform is there again?

Ten minutes are pressed into twenty seconds: the shop is pulled every five instead of every three hundred.
"""

import time

import pytest
from sqlmodel import select

from orderhub.domain.order import Order, OrderStatus
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.db import Database, close_database, open_database
from orderhub.lab.app import create_lab
from tests.flows.hub import Hub, served

from .closing import PATIENCE
from .counting import waiting
from .hubs import nursery, wait_until
from .proxy import proxied
from .world import prepare

CUT_SECONDS = 20
SHOP = "dy-flagship"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", ["cut", "blackhole"])
def test_what_a_platform_sold_meanwhile_is_here_a_minute_later(sqlite_url, folder, mode):
    prepare(sqlite_url)
    lab = create_lab(living=False)
    with served(lab) as lab_url, proxied(int(lab_url.rpartition(":")[2])) as network:
        open_database(sqlite_url)
        theirs = Hub(lab, f"http://127.0.0.1:{network.port}", SHOP)
        theirs.url = lab_url  # the test tells the lab directly
        forget_connectors()
        close_database()
        with nursery(sqlite_url, folder, ORDERHUB_SYNC_SECONDS="5") as hubs:
            hubs.start(("consumer", "jobs"))
            first = theirs.orders_come(5)
            wait_until(lambda: len(_numbers(sqlite_url)) == len(first), seconds=PATIENCE, every=0.2)
            network.mode = mode
            meanwhile = []
            for _ in range(4):
                time.sleep(CUT_SECONDS / 4)
                meanwhile += theirs.orders_come(3)
            assert sorted(_numbers(sqlite_url)) == sorted(first)
            network.mode = "pass"
            whole = sorted(first + meanwhile)
            wait_until(lambda: sorted(_numbers(sqlite_url)) == whole, seconds=PATIENCE, every=0.2)
            wait_until(lambda: not waiting(sqlite_url), seconds=PATIENCE, every=0.2)


def _numbers(url: str) -> list[str]:
    looking = Database(url)
    with looking.reading() as session:
        found = session.exec(select(Order.channel_order_no).where(Order.status != OrderStatus.CANCELLED)).all()
    looking.close()
    return list(found)
