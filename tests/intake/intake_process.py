"""A process that keeps and consumes until it is killed: ``python intake_process.py <url> <first number> <how many>``.

A number is printed once its message is kept durably: from then on it may not be lost.
"""

import sys
import threading

from sqlmodel import select

import orderhub.kernel.job_runs
import orderhub.tables  # noqa: F401
from orderhub.domain.shop import Shop
from orderhub.intake.service import IntakeService
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import open_database, reading
from orderhub.kernel.logs import set_up_logs
from tests.intake.builders import keep_orders, order_native


def main(url: str, first: int, count: int) -> None:
    set_up_logs()  # elsewhere than the numbers
    open_database(url)
    with reading() as session:
        shop = session.exec(select(Shop)).one()
    IntakeService().start()
    for number in range(first, first + count):
        keep_orders(shop, [order_native(number)], utc_now())
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
