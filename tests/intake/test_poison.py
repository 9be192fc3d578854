"""A message that really kills whoever takes it: does it end among the dead, and everybody else's order come in?"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.intake.lease import MOST_ATTEMPTS
from orderhub.kernel.db import close_database, open_database, reading

from .builders import FIRST_NO, keep_orders, message, order_native, orders, states

ROOT = Path(__file__).parents[2]
LIVES = 2 * MOST_ATTEMPTS + 4
# Each life takes what waits, a minute after the one before it. What the poison does to a parser in C, say, is no
# exception that anybody could catch.
_LIVES = """
import os, signal, sys
from datetime import datetime, timedelta
import orderhub.tables
from orderhub.connectors.channels import douyin
from orderhub.intake.consumer import consume
from orderhub.kernel.db import open_database
url, poison, now, lives = sys.argv[1:]
understood = douyin.parse_order
def parse_or_die(body):
    if str(body["order_id"]) == poison:
        os.kill(os.getpid(), signal.SIGKILL)
    return understood(body)
douyin.parse_order = parse_or_die
for life in range(1, int(lives) + 1):
    child = os.fork()
    if not child:
        open_database(url)
        while consume(datetime.fromisoformat(now) + life * timedelta(minutes=1)):
            pass
        os._exit(0)
    print(os.waitpid(child, 0)[1])
"""


@pytest.mark.timeout(300)
def test_what_kills_its_worker_is_put_aside_and_the_others_come_in(shop, now, db_url):
    poison = FIRST_NO + 2
    keep_orders(shop, [order_native(FIRST_NO + n) for n in range(6)], now)
    close_database()
    command = [sys.executable, "-c", _LIVES, db_url, str(poison), now.isoformat(), str(LIVES)]
    given = os.environ | {"PYTHONPATH": str(ROOT)}
    lived = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=True)
    open_database(db_url)
    ends = [int(status) for status in lived.stdout.split()]
    assert ends.count(signal.SIGKILL) >= MOST_ATTEMPTS
    assert ends[-1] == 0
    assert states() == {"done": 5, "dead": 1}
    assert message(state="dead").number == str(poison)
    assert str(poison) not in {order.channel_order_no for order in orders()}
    with reading() as session:
        kinds = session.exec(select(Anomaly.kind).where(Anomaly.kind == AnomalyKind.DEAD_LETTER)).all()
    assert kinds == [AnomalyKind.DEAD_LETTER]
