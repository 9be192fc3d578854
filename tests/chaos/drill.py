"""Does the hub keep its word while it is killed again and again, in the middle of everything?

The whole tree is killed every 1 to 2.5 s under six writers that repeat their keys, and started again at once. On SQLite
the hub is one process, on PostgreSQL a door and two that work off; all of them are killed together. With a broker each
that works off stands before the inbox, as in the product, and two of them are doors.
"""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from orderhub import migration
from orderhub.intake.broker_topology import Layout
from orderhub.kernel.db import close_database, open_database

from .broker import told_of, witnessed
from .counting import Count, counted, waiting
from .hubs import Hub, Nursery, Served, free_port, wait_until
from .world import prepare
from .writers import Sent, together, writing

ALIVE_SECONDS = (1.0, 2.5)
# A dead worker's leases, a message's and a run's, pass after 30 s.
CLOSES_WITHIN = 60.0
_PATIENCE = 240.0
_EMBEDDED = (("door", "consumer", "jobs"),)
_GROWN = (("door",), ("door", "consumer"), ("consumer", "jobs"))
_BEFORE_BROKER = (("door", "consumer"), ("door", "consumer"), ("consumer", "jobs"))


@dataclass
class Drill:
    """``taken_seconds``: from the last start until every message was taken; ``closed_seconds``: until nothing waited.
    ``seconds`` is how long it was killed and written, ``stop_seconds`` the longest that a hub took to end when told;
    ``through_broker`` counts what the broker took, the same message again included.
    """

    kills: int
    seconds: float
    sent: Sent
    count: Count
    taken_seconds: float
    closed_seconds: float
    stop_seconds: float = 0.0
    through_broker: int = 0

    def __str__(self) -> str:
        said = dict(sorted(self.sent.answers.items()))
        by_broker = f"{self.through_broker:,} messages went through the broker\n" if self.through_broker else ""
        return (
            f"{self.kills} {self._ends} in {self.seconds:.0f} s, "
            f"answers {said}, slowest {self.sent.slowest_seconds:.1f} s\n"
            f"{by_broker}{self.count}\nall taken {self.taken_seconds:.1f} s after the last start, "
            f"all closed {self.closed_seconds:.1f} s after it\n{self.count.faults or 'nothing lost, nothing doubled'}"
        )

    @property
    def _ends(self) -> str:
        return f"ends by SIGTERM ({self.stop_seconds:.1f} s at most)" if self.stop_seconds else "kills"


def run(
    url: str,
    folder: Path,
    *,
    kills: int,
    seed: int = 1,
    pause: float = 0.06,
    is_served: bool = False,
    is_gentle: bool = False,
    broker: Layout | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Drill:
    world = prepare(url)
    if is_served:
        _stamp(url)
    dice = random.Random(seed)
    groups = _EMBEDDED if is_served or url.startswith("sqlite") else _BEFORE_BROKER if broker else _GROWN
    told = told_of(broker, url) if broker else {}
    place = Served(url, folder, told) if is_served else Nursery(url, folder, told)
    ports = [free_port() for _ in groups]
    doors = [port for port, parts in zip(ports, groups, strict=True) if "door" in parts]
    began, stops = time.monotonic(), [0.0]

    def start() -> list[Hub]:
        return [place.start(parts, port=port) for port, parts in zip(ports, groups, strict=True)]

    try:
        with writing(lambda: doors, world.bearer, pause=pause, patience=_PATIENCE) as writers:
            for turn in range(kills):
                hubs = start()
                time.sleep(dice.uniform(*ALIVE_SECONDS))
                for hub in hubs:
                    if is_gentle:
                        stops.append(hub.stop())
                    hub.kill()
                progress(f"kill {turn + 1}: {sum(len(one.sent.acknowledged) for one in writers)} acknowledged")
            start()
            lasted, last_start = time.monotonic() - began, time.monotonic()
        wait_until(lambda: not {"inbox", "broker"} & waiting(url, broker).keys(), seconds=_PATIENCE, every=0.2)
        taken = time.monotonic() - last_start
        with suppress(AssertionError):  # what still waits is counted
            wait_until(lambda: not waiting(url, broker), seconds=_PATIENCE, every=0.2)
        closed = time.monotonic() - last_start
    finally:
        place.close()
    sent = together(writers)
    taken_in = witnessed(broker) if broker else 0
    return Drill(kills, lasted, sent, counted(url, sent, broker=broker), taken, closed, max(stops), taken_in)


def _stamp(url: str) -> None:
    """The tables are there: whoever is served does not migrate to them."""
    open_database(url)
    command.stamp(migration.config(), "head")
    close_database()
