"""``python -m tests.chaos drill|level|soak``: what takes minutes or hours to show; ends with 1 on a fault.

``drill --kills 50 --database sqlite|postgresql [--broker] [--served|--gently]`` ends a hub under load;
``drill --point NAME --times 200`` lets it die at a named point (``all``: at each); ``level [--told]`` throttles
a hub by load and lets it come back; ``soak --hours 8`` watches growth.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import make_url
from sqlmodel import SQLModel

import orderhub.tables  # noqa: F401
from orderhub.kernel.db import Database
from orderhub.kernel.failpoint import POINTS
from tests.databases import schema_of_its_own

from . import drill, level, points, soak
from .broker import broker_of_its_own
from .hubs import use

POSTGRES_URL = os.environ.get("ORDERHUB_TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/test")


def main(given: list[str]) -> int:
    asked = _parser().parse_args(given)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        use(folder)
        if asked.verb == "soak":
            return _ended(soak.run(folder, hours=asked.hours, progress=_say))
        if asked.verb == "level":
            with database_of("sqlite", folder) as url:
                return _ended(level.run(url, folder, is_told=asked.told, progress=_say))
        with database_of(asked.database, folder) as url:
            if asked.point:
                return _points(url, folder, asked)
            how = {"is_served": asked.served or asked.gently, "is_gentle": asked.gently}
            with broker_of_its_own() if asked.broker else nullcontext() as broker:
                done = drill.run(url, folder, kills=asked.kills, seed=asked.seed, broker=broker, progress=_say, **how)
        return _ended(done, is_good=not done.count.faults and done.closed_seconds <= drill.CLOSES_WITHIN)


def _points(url: str, folder: Path, asked: argparse.Namespace) -> int:
    wanted = list(POINTS) if asked.point == "all" else [asked.point]
    is_good = True
    with points.dying(url, folder) as dying:
        for name in wanted:
            began = time.monotonic()
            result = dying.at(name, times=asked.times)
            is_good = is_good and result.is_good
            _say(f"{result} ({time.monotonic() - began:.0f} s)")
    return 0 if is_good else 1


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[str]:
    """An empty database of its own."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'orderhub.db'}"
        return
    with schema_of_its_own(make_url(POSTGRES_URL).set(drivername="postgresql+psycopg")) as url:
        database = Database(url)
        SQLModel.metadata.create_all(database.engine)
        database.close()
        yield url


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("drill")
    one.add_argument("--kills", type=int, default=50)
    one.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    one.add_argument("--broker", action="store_true", help="RabbitMQ before the inbox, with queues of the drill's own")
    one.add_argument("--served", action="store_true", help="the whole hub as `orderhub serve` starts it")
    one.add_argument("--gently", action="store_true", help="told to end by SIGTERM instead; the whole hub, served")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--point", choices=(*POINTS, "all"), default="")
    one.add_argument("--times", type=int, default=200)
    third = verbs.add_parser("level")
    third.add_argument("--told", action="store_true", help="tell the hub how busy the processor is; others use it too")
    other = verbs.add_parser("soak")
    other.add_argument("--hours", type=float, default=8.0)
    return parser


def _ended(result: object, *, is_good: bool | None = None) -> int:
    _say(str(result))
    return 0 if (result.is_good if is_good is None else is_good) else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
