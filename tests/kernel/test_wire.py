"""Another process's commit is heard too, where the database is PostgreSQL."""

import subprocess
import sys
import threading

import pytest

from orderhub.kernel.eventlog import Heard, Wire

from ..databases import Lent, with_tables

_OTHER = """
import sys
from datetime import UTC, datetime
from orderhub.domain.shop import Shop, ShopConnected
from orderhub.domain.words import Channel
from orderhub.kernel.db import open_database, transaction
from orderhub.kernel.eventlog import Wire, record
wire = Wire(open_database(sys.argv[1]), lambda heard: None)
now = datetime.now(UTC)
with transaction() as session:
    shop = Shop(code="tb", channel=Channel.TAOBAO, name="x", shop_no="1", created_at=now)
    session.add(shop)
    session.flush()
    record(session, ShopConnected(shop.id, "taobao"), actor="other", now=now)
"""


@pytest.mark.services
def test_a_commit_of_another_process_is_heard(lent: Lent):
    url = lent.url()
    database = with_tables(url)
    heard, arrived = [], threading.Event()

    def hear(events) -> None:
        heard.extend(events)
        arrived.set()

    wire = Wire(database, hear)
    wire.listening.wait(10)
    subprocess.run([sys.executable, "-c", _OTHER, url], check=True)
    assert arrived.wait(10)
    wire.close()
    assert [event.kind for event in heard] == ["shop_connected"]


def test_an_event_that_names_its_order_is_about_that_order_too():
    case = Heard("refund_requested", "aftersale", 7, order_ids=(3,))
    assert case.is_about("aftersale", 7)
    assert case.is_about("order", 3)
    assert not case.is_about("order", 7)
    assert not Heard("shop_connected", "shop", 3).is_about("order", 3)
