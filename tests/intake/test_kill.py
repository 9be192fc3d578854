import os
import random
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from orderhub.intake.consumer import consume
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database

from .builders import FIRST_NO, orders, states

ROOT = Path(__file__).parents[2]
KILLS = 6


def test_killing_the_process_anywhere_loses_and_doubles_nothing(shop, db_url):
    """The process keeps and consumes at once; it is killed at moments of chance, inside commits and between them."""
    dice = random.Random(11)
    close_database()
    kept: list[int] = []
    for turn in range(KILLS):
        kept += _run_and_kill(db_url, FIRST_NO + turn * 100_000, after_seconds=dice.uniform(0.3, 1.2))
    open_database(db_url)

    moment = utc_now()
    for _ in range(400):
        moment += timedelta(seconds=31)
        if not consume(moment) and set(states()) == {"done"}:
            break

    assert len(kept) > KILLS * 5
    numbers = [int(order.channel_order_no) for order in orders()]
    assert set(kept) <= set(numbers)
    assert len(numbers) == len(set(numbers)) == states()["done"]
    # At most the one being kept at each kill was kept without being acknowledged.
    assert len(numbers) - len(kept) <= KILLS


def _run_and_kill(url, first, *, after_seconds):
    command = [sys.executable, "-m", "tests.intake.intake_process", url, str(first), "100000"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    printed: list[bytes] = []
    reader = threading.Thread(target=lambda: printed.extend(process.stdout))
    reader.start()
    until = time.monotonic() + 30
    while not printed and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(after_seconds)
    process.kill()
    process.wait()
    reader.join()
    process.stdout.close()
    return [int(line) for line in printed if line.endswith(b"\n")]
