"""A consumer that dies between commit and acknowledgement gets its messages again: is each order there once?"""

import signal

import pytest

from orderhub.intake import inbox
from orderhub.intake.buffer import Arrival, Kept
from orderhub.intake.inbox import MessageKind, Source
from orderhub.kernel.settings import settings
from tests.intake.builders import FIRST_NO, order_native, orders, states
from tests.intake.consuming import begin, end

from .broking import AMQP_URL, a_buffer, accept_all, eventually, lying

pytestmark = pytest.mark.services
ORDERS = 120
KILLS = 3


def test_a_consumer_killed_before_it_acknowledges_doubles_nothing(wanted, shop, now, db_url, monkeypatch):
    monkeypatch.setenv("ORDERHUB_AMQP_URL", AMQP_URL)
    monkeypatch.setenv("ORDERHUB_AMQP_NAME", wanted.name)
    settings.cache_clear()
    with a_buffer(wanted) as (buffer, _):
        for kill in range(KILLS):
            first = FIRST_NO + kill * 1000
            arrivals = [_arrival(shop, first + number, now) for number in range(ORDERS // KILLS)]
            assert accept_all(buffer, arrivals) == [Kept(is_new=True)] * len(arrivals)
            deadly = begin(db_url, "deadly")
            deadly.wait(60)
            deadly.communicate()
            assert deadly.returncode == -signal.SIGKILL
        survivor = begin(db_url)
        try:
            eventually(lambda: not lying(wanted), seconds=60)
            eventually(lambda: states().get("done") == ORDERS, seconds=60)
        finally:
            assert end(survivor) > 0
    numbers = [order.channel_order_no for order in orders()]
    assert len(numbers) == len(set(numbers)) == ORDERS
    assert states() == {"done": ORDERS}


def _arrival(shop, number, now) -> Arrival:
    (row,) = inbox._rows(shop.id, MessageKind.ORDER, [order_native(number)])
    return Arrival(**row, source=Source.PULL, received_at=now)
