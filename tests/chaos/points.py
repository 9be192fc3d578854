"""What is lost or doubled when the hub dies at a named point, again and again? Small lives, one after another."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import col, func, select

from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.db import close_database, open_database, reading
from orderhub.kernel.job_runs import JobRun
from orderhub.lab.app import create_lab
from tests.flows.hub import Hub, served
from tests.flows.shipping import told_by_order

from .counting import Count, counted, waiting
from .hubs import ROOT, environment
from .world import prepare
from .writers import Sent, version

# For these something has to leave for a partner; the others need none.
SENDING = ("counted_before_sending", "sent_before_noting")
ONCE_A_LIFE = (*SENDING, "job_begun")
LAB_SHOP = "dy-flagship"
# A message that killed its worker this often in a row is poison; a life in which nobody dies comes before.
_MENDED_AFTER = 3
# Each life lies this much later than the one before: every lease has passed, every wait is over.
_AHEAD_SECONDS = 400.0
_EMPTY_LIVES = 20


@dataclass
class Result:
    """``untold`` and ``told_twice`` are parcels at the partner; ``unrun``: slots of a job whose run never ended."""

    point: str
    died: int
    count: Count
    untold: int = 0
    told_twice: int = 0
    unrun: int = 0

    @property
    def is_good(self) -> bool:
        return not self.count.faults and not (self.untold or self.told_twice or self.unrun) and self.died > 0

    def __str__(self) -> str:
        told = f", parcels untold {self.untold}, told twice {self.told_twice}" if self.point in SENDING else ""
        return f"{self.point}: died {self.died}x, {self.count}{told}, runs left {self.unrun}" + (
            "" if self.is_good else "  WRONG"
        )


@dataclass
class Dying:
    url: str
    folder: Path
    bearer: str
    hub: Hub
    process: "subprocess.Popen[str]"
    sent: Sent = field(default_factory=Sent)
    paid: list[str] = field(default_factory=list)
    sells: bool = False
    _lives: int = 0
    _made: int = 0
    _dice: random.Random = field(default_factory=lambda: random.Random(7))

    def at(self, point: str, *, times: int) -> Result:
        """Die ``times`` times there. Raises: AssertionError where life after life passes without reaching it."""
        died = in_a_row = empty = 0
        self.sells = point in SENDING
        while died < times:
            if in_a_row == _MENDED_AFTER:
                in_a_row = self._mend()
            if self._live(f"{point}:{self._nth(point)}", self._fresh(point)):
                died, in_a_row, empty = died + 1, in_a_row + 1, 0
            else:
                empty, in_a_row = empty + 1, 0
            if empty > _EMPTY_LIVES:
                raise AssertionError(f"{point}: {empty} lives did not come by there")
        self._mend()
        return self._result(point, died)

    def _nth(self, point: str) -> int:
        """Some die at the first that comes by, some at a later one, where more than one comes in a life."""
        return 1 if point in ONCE_A_LIFE else self._dice.choice((1, 1, 2, 3))

    def _fresh(self, point: str) -> list[str]:
        """Numbers to post in the next life, those no life has acknowledged first; or orders paid for at the lab."""
        if point in SENDING:
            self.paid += self.hub.orders_come(1)
            return []
        missing = [number for number in self.sent.tried if number not in self.sent.acknowledged]
        fresh = [f"P{self._made + turn:07}" for turn in range(max(0, 3 - len(missing)))]
        self._made += len(fresh)
        return missing + fresh

    def _mend(self) -> int:
        """A life in which nobody dies leaves nothing to do."""
        missing = [number for number in self.sent.tried if number not in self.sent.acknowledged]
        assert not self._live("-", missing)
        assert not waiting(self.url), waiting(self.url)
        return 0

    def _live(self, wanted: str, numbers: list[str]) -> bool:
        """Returns whether it died."""
        for number in numbers:
            self.sent.tried[number] = _newest(number)
        self._lives += 1
        shop = LAB_SHOP if self.sells else "-"
        told = f"{wanted} {_AHEAD_SECONDS * self._lives} {self.bearer} {shop} {','.join(numbers) or '-'}\n"
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(told)
        self.process.stdin.flush()
        for line in self.process.stdout:
            word, _, number = line.strip().partition(" ")
            if word != "kept":
                assert word in ("died", "done"), line
                return word == "died"
            self.sent.acknowledged[number] = self.sent.tried[number]
        raise AssertionError("the process is gone")

    def _result(self, point: str, died: int) -> Result:
        count = counted(self.url, self.sent, only="mp-own")
        told = told_by_order(self.hub)
        open_database(self.url)
        with reading() as session:
            running = select(func.count()).select_from(JobRun).where(col(JobRun.ended_at).is_(None))
            unrun = session.exec(running).one()
        close_database()
        untold = len(set(self.paid) - set(told))
        return Result(point, died, count, untold, sum(times > 1 for times in told.values()), unrun)


def _newest(number: str):
    """As ``dying_hub`` posts it."""
    is_closed = int(number[-1]) % 3 == 0
    return version(number, int(is_closed), is_closed=is_closed)


@contextmanager
def dying(url: str, folder: Path) -> Iterator[Dying]:
    """``folder`` is the data directory of this process too (``hubs.use``)."""
    world = prepare(url)
    lab = create_lab(living=False)
    with served(lab) as lab_url:
        open_database(url)
        hub = Hub(lab, lab_url, LAB_SHOP)
        forget_connectors()
        close_database()
        with (folder / "dying.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.dying_hub", url],
                cwd=ROOT,
                env=environment(folder) | {"ORDERHUB_LAB_URL": lab_url},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            assert process.stdout
            process.stdout.readline()
            yield Dying(url, folder, world.bearer, hub, process)
        finally:
            process.kill()
            process.communicate()
