"""How long does a forecast of 2,000 SKUs in 2 regions from 24 months take, in how much memory, in a process of its own?

What it would take to gather the orders is not in it: the panel is made here, with weekdays, seasons, promotions, slow
and new SKUs.
"""

import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing import get_context
from typing import Any

import numpy as np

from orderhub.insights.forecast.gathering import Goods
from orderhub.insights.forecast.holidays import drivers_of
from orderhub.insights.forecast.panel import Panel
from orderhub.insights.forecast.reckoning import reckon

from .measuring import Figure

SKUS, REGIONS, DAYS, AHEAD = 2_000, 2, 730, 60
MOST_SECONDS, MOST_MB = 600, 2_048
_TODAY = date(2026, 11, 24)


def run() -> Iterator[Figure]:
    context = get_context("spawn")
    told: Any = context.Queue()
    process = context.Process(target=_reckon, args=(told,))
    process.start()
    seconds, megabytes, better = told.get(timeout=3 * MOST_SECONDS)
    process.join()
    name = f"{SKUS:,} SKUs x {REGIONS} regions x {DAYS} days forecast {AHEAD} days on"
    yield Figure(name, seconds, "s", MOST_SECONDS)
    yield Figure("  memory at most", megabytes, "MB", MOST_MB)
    yield Figure("  less missed than by the better naive", 100 * better, "%", 10, is_rate=True)


def _reckon(told: Any) -> None:
    goods = made()
    began = time.monotonic()
    reckoned = reckon(goods, AHEAD, lambda *_: None)
    seconds = time.monotonic() - began
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told.put((seconds, most, reckoned.figures["better"] or 0.0))


def made() -> Goods:
    chance = np.random.default_rng(7)
    keys = [(f"{'ABCD'[sku % 4]}-{sku:04}", str(region)) for sku in range(SKUS) for region in range(1, 1 + REGIONS)]
    pace = np.exp(chance.normal(0, 1.6, len(keys)))[:, None]
    day = np.arange(DAYS + AHEAD)
    first_day = _TODAY - timedelta(days=DAYS)
    season = 1 + 0.3 * np.sin(2 * np.pi * (day[None] / 365 + chance.random(len(keys))[:, None]))
    week = np.array([1.0, 0.95, 0.95, 1.0, 1.1, 1.35, 1.3])[(day + first_day.weekday()) % 7]
    drivers = drivers_of(first_day, DAYS + AHEAD, None, Counter())
    promotion = np.zeros(DAYS + AHEAD, dtype=np.float32)
    promotion[np.arange(20, DAYS + AHEAD, 60)] = 1
    expected = pace * season * week * (1 + 3 * promotion) * (1 + 0.2 * drivers.off)
    sold = chance.poisson(expected[:, :DAYS] * chance.gamma(3, 1 / 3, (len(keys), DAYS))).astype(np.float32)
    for place in range(0, len(keys), 40):
        sold[place, : DAYS - 14] = 0
    panel = Panel(keys, first_day, sold, replace(drivers, promotion=promotion))
    return Goods(panel, list(range(len(keys))), [int(region) for _, region in keys])
