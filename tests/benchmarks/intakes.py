"""How many messages a second are kept, and how many become orders?

The lab at ten promotion days sends 300,000 orders a day: 3.5 a second on average, 10 in its busiest hour, each with
four versions in its life. The limit is ten times that hour.
"""

import time
from collections.abc import Iterator
from datetime import timedelta

from orderhub.intake.consumer import consume
from orderhub.kernel.db import Database
from tests import builders
from tests.intake.builders import FIRST_NO, add_shop, keep_orders, order_native

from .measuring import Figure

MESSAGES = 5_000
PER_SECOND = 400


def run(database: Database) -> Iterator[Figure]:
    now = builders.NOW
    shop = add_shop(now=now)
    natives = [order_native(FIRST_NO + turn) for turn in range(MESSAGES)]
    start = time.perf_counter()
    for turn in range(0, MESSAGES, 100):
        keep_orders(shop, natives[turn : turn + 100], now=now)
    yield Figure("inbox keeps, 100 a page", MESSAGES / (time.perf_counter() - start), "/s", PER_SECOND, is_rate=True)
    start, taken = time.perf_counter(), 0
    while done := consume(now + timedelta(seconds=1)):
        taken += done
    yield Figure("consumer accepts, one worker", taken / (time.perf_counter() - start), "/s", PER_SECOND, is_rate=True)
