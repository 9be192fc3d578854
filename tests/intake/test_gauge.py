"""Does the gauge read what is there, on a real inbox and a real database?"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from orderhub.domain.shop import Shop
from orderhub.intake.gauge import BusyShare, Gauge
from orderhub.kernel.db import Database
from orderhub.kernel.errors import DatabaseBusy

from .builders import FIRST_NO, keep_orders, order_native


def test_a_sample_holds_what_waits_and_since_when(shop: Shop, now: datetime):
    keep_orders(shop, [order_native(FIRST_NO)], now)
    sample = Gauge(cpu=lambda: 10.0, clock=lambda: 5.0).sample(now + timedelta(minutes=3))
    assert (sample.at, sample.cpu, sample.depth, sample.oldest_seconds, sample.can_write) == (5.0, 10.0, 1, 180.0, True)
    assert 0 < sample.disk_free <= 1


def test_a_database_that_cannot_be_written_is_found(shop: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch):
    def busy(*_: Any) -> Any:
        raise DatabaseBusy("another process owns it")

    monkeypatch.setattr(Database, "transaction", busy)
    assert not Gauge(cpu=lambda: 10.0).sample(now).can_write


def test_the_share_of_busy_cores_is_known_from_the_second_look_on():
    busy = BusyShare()
    assert busy() is None
    sum(range(3_000_000))
    found = busy()
    assert found is None or 0 <= found <= 100
