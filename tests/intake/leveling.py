"""A clock, a processor and a hub's level for tests: what the leader measures is what a test says."""

from collections.abc import Callable
from datetime import datetime, timedelta

from orderhub.intake.gauge import Gauge
from orderhub.intake.hub_level import HubLevel, hub_level
from orderhub.intake.level_following import Follower
from orderhub.intake.level_keeping import Keeper
from orderhub.kernel import job_runs
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.level import Level


class Hours:
    """One clock for both: seconds that never step, and the moment they belong to."""

    def __init__(self, began: datetime) -> None:
        self.at, self._began = 0.0, began

    def __call__(self) -> float:
        return self.at

    @property
    def now(self) -> datetime:
        return self._began + timedelta(seconds=self.at)


class Leader:
    """A leading process in which time passes only when told to; ``cpu`` and the rest are what it measures."""

    def __init__(self, hours: Hours, process: str = "one") -> None:
        self.hours, self.cpu = hours, 10.0
        self.keeper = Keeper(Gauge(cpu=lambda: self.cpu, clock=hours), clock=hours)
        with transaction() as session:
            self.epoch = job_runs.take_over(session, process=process, now=hours.now)

    def beat(self) -> Level:
        return self.keeper.beat(self.epoch, self.hours.now)

    def run(self, seconds: float, *, each: Callable[[], object] = lambda: None) -> Level:
        """A beat every five seconds, the last one after ``seconds``."""
        for _ in range(0, int(seconds), 5):
            self.hours.at += 5
            self.beat()
            each()
        return stands().at(self.hours.now).level


def stands() -> HubLevel:
    with reading() as session:
        return hub_level(session)


def follower(hours: Hours) -> Follower:
    made = Follower(clock=hours)
    made.read()
    made.probe()
    return made
