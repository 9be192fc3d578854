"""Does what the process measures lead to the right level, on a real inbox and a real database?"""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from orderhub.domain.shop import Shop
from orderhub.intake import gauge as measuring
from orderhub.intake.consumer import consume
from orderhub.intake.gauge import Gauge
from orderhub.intake.pressure import Level, Sign
from orderhub.kernel.db import Database
from orderhub.kernel.errors import DatabaseBusy

from .builders import FIRST_NO, keep_orders, order_native


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture(autouse=True)
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever machine this runs on, its disk is no sign."""
    monkeypatch.setattr(measuring.shutil, "disk_usage", lambda _path: SimpleNamespace(total=100, free=50))


def looks(gauge: Gauge, clock: Clock, now: datetime, seconds: int) -> Level:
    for _ in range(0, seconds, 5):
        clock.at += 5
        gauge.look(now)
    return gauge.standing.level


def test_old_messages_throttle_and_an_empty_inbox_frees(shop: Shop, now: datetime):
    clock = Clock()
    gauge = Gauge(cpu=lambda: 10.0, clock=clock)
    keep_orders(shop, [order_native(FIRST_NO)], now)
    late = now + timedelta(minutes=3)
    assert looks(gauge, clock, late, 60) is Level.NORMAL
    assert looks(gauge, clock, late, 10) is Level.THROTTLED
    assert gauge.standing.sign is Sign.WAIT
    consume(now)
    assert looks(gauge, clock, late, 310) is Level.NORMAL


def test_a_database_that_cannot_be_written_is_read_only(shop: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch):
    def busy(*_: Any) -> Any:
        raise DatabaseBusy("another process owns it")

    clock = Clock()
    gauge = Gauge(cpu=lambda: 10.0, clock=clock)
    looks(gauge, clock, now, 5)
    with monkeypatch.context() as broken:
        broken.setattr(Database, "transaction", busy)
        assert looks(gauge, clock, now, 20) is Level.READ_ONLY
    assert looks(gauge, clock, now, 60) is Level.READ_ONLY
    assert looks(gauge, clock, now, 60) is Level.THROTTLED
