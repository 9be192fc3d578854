"""How long does a file of 50,000 orders take, and how much memory? One row an order, the hardest case.

A former attempt through the consumers took 21 s for CSV and 27 s for XLSX in this shape.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.files.layouts import recognise
from orderhub.intake.files.table import opened
from orderhub.intake.files.taking import Report, go_through
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from tests.intake.builders import add_shop
from tests.intake.files.exports import PINDUODUO, csv_file, rows_of
from tests.intake.files.workbook import write_workbook

from .measuring import Figure

ROWS = 50_000
SECONDS = 20
MEGABYTES = 400


def run(database: Database) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("csv", "xlsx"):
            path = _file(Path(folder), kind)
            shop = add_shop(f"pdd-{kind}", now=utc_now(), channel=Channel.PINDUODUO)
            yield from _measured(kind, path, shop)


def _measured(kind: str, path: Path, shop: Shop) -> Iterator[Figure]:
    for name, take in (("preview", False), ("take", True), ("import again", True)):
        (seconds, megabytes), report = _watched(lambda take=take: _go(path, shop, take=take))
        assert not report.problems, report.problems[:3]
        assert sum(report.counts.values()) == ROWS
        yield Figure(f"{kind}, {ROWS:,} rows: {name}", seconds, "s", SECONDS)
        yield Figure(f"{kind}, {ROWS:,} rows: {name}, memory at most", megabytes, "MB", MEGABYTES)


def _go(path: Path, shop: Shop, *, take: bool) -> Report:
    with opened(path, path.name) as table:
        mapping = recognise(table.header)
        assert mapping
        return go_through(table, mapping, shop, utc_now(), take=take)


def _watched(call: Callable[[], Report]) -> tuple[tuple[float, float], Report]:
    """Seconds, and the most that this process and its readers held together."""
    most, ended, me = 0, threading.Event(), psutil.Process()

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.1):
            held = _pss(me)
            for child in me.children():
                try:
                    held += _pss(child)
                except psutil.Error:
                    continue
            most = max(most, held)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    try:
        report = call()
    finally:
        seconds = time.perf_counter() - start
        ended.set()
        watcher.join()
    return (seconds, most / 1_000_000), report


def _pss(process: psutil.Process) -> int:
    """Bytes in memory; what processes share, such as libraries, counts once."""
    return process.memory_full_info().pss


def _file(folder: Path, kind: str) -> Path:
    orders = (
        PINDUODUO
        | {
            "订单号": f"261120-{number:015}",
            "商品总价(元)": f"{1000 + number % 900}.00",
            "用户实付金额(元)": f"{965 + number % 900}.00",
            "快递单号": f"YT{number:013}",
            "收货人": f"测试{number % 1000}",
            "手机": f"138{number:08}",
            "商品规格": f"规格 {number % 50}",
        }
        for number in range(ROWS)
    )
    rows = rows_of("pdd_orders_2020", *orders)
    path = folder / f"orders.{kind}"
    return csv_file(path, rows, "utf-8-sig") if kind == "csv" else write_workbook(path, rows)
