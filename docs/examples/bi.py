"""A small table for a BI program: what was sold, by business day and channel.

Out of the views of the hub's SQLite file, opened read-only, or out of a file that was exported:

    orderhub bi export --view bi_order --since 2026-11-01 --to orders.csv
    ORDERHUB_DATABASE=orders.csv python bi.py

On PostgreSQL the same SELECT works with any driver and a role that `orderhub bi grant` let in.
"""

import csv
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

SOLD = """
    SELECT paid_on, channel, count(*), sum(paid_fen)
    FROM bi_order
    WHERE paid_at IS NOT NULL AND status <> 'cancelled'
    GROUP BY paid_on, channel
    ORDER BY paid_on, channel
"""
Row = tuple[str, str, int, int]


def from_views(file: Path) -> Iterable[Row]:
    hub = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return hub.execute(SOLD).fetchall()
    finally:
        hub.close()


def from_csv(file: Path) -> Iterable[Row]:
    sums: dict[tuple[str, str], list[int]] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for order in csv.DictReader(lines):
            if order["paid_at"] and order["status"] != "cancelled":
                found = sums.setdefault((order["paid_on"], order["channel"]), [0, 0])
                found[0], found[1] = found[0] + 1, found[1] + int(order["paid_fen"])
    return [(*key, orders, fen) for key, (orders, fen) in sorted(sums.items())]


def main() -> None:
    file = Path(os.environ["ORDERHUB_DATABASE"])
    print(f"{'day':<12}{'channel':<14}{'orders':>8}{'yuan':>14}")
    for day, channel, orders, fen in (from_csv if file.suffix == ".csv" else from_views)(file):
        print(f"{day:<12}{channel:<14}{orders:>8}{fen / 100:>14,.2f}")


if __name__ == "__main__":
    main()
