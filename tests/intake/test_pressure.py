"""Does the level follow the signs, to the second, and never flap?"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from orderhub.intake.pressure import USUAL, Sample, Standing, decide, step
from orderhub.kernel.level import Level, Sign

NORMAL, THROTTLED, READ_ONLY = Level


class Drive:
    """Feeds a sample every five seconds and keeps every change as (when, from, to, why)."""

    def __init__(self) -> None:
        self.standing = Standing()
        self.at = 0.0
        self.changes: list[tuple[float, Level, Level, Sign]] = []

    def feed(self, sample: Sample) -> None:
        before, self.standing = self.standing, step(self.standing, sample)
        if self.standing.level is not before.level:
            self.changes.append((sample.at, before.level, self.standing.level, self.standing.sign))

    def run(self, seconds: float, **facts: Any) -> Level:
        end = self.at + seconds
        while self.at < end:
            self.feed(Sample(self.at, **({"cpu": 20.0} | facts)))
            self.at += 5
        return self.standing.level


@pytest.fixture
def drive() -> Drive:
    return Drive()


def test_five_minutes_exactly(drive: Drive):
    assert drive.run(300, cpu=90) is NORMAL
    drive.run(5, cpu=90)
    assert drive.changes == [(300, NORMAL, THROTTLED, Sign.CPU)]


def test_the_limit_itself_is_not_above_it(drive: Drive):
    drive.run(3600, cpu=USUAL.cpu)
    assert drive.changes == []


def test_a_dip_begins_the_count_anew(drive: Drive):
    drive.run(290, cpu=99)
    drive.run(5, cpu=80)
    assert drive.run(300, cpu=99) is NORMAL


def test_between_the_two_limits_nothing_changes(drive: Drive):
    drive.run(305, cpu=95)
    for _ in range(60):
        drive.run(60, cpu=70)
        drive.run(60, cpu=90)
    assert drive.standing.level is THROTTLED
    assert len(drive.changes) == 1
    assert drive.run(305, cpu=30) is NORMAL
    assert drive.changes[-1][3] is Sign.CALM


@pytest.mark.parametrize(
    ("facts", "sign"),
    [
        ({"oldest_seconds": USUAL.oldest + 1}, Sign.WAIT),
        ({"depth": USUAL.depth + 1}, Sign.DEPTH),
        ({"database_ms": USUAL.database + 1}, Sign.DATABASE),
    ],
)
def test_each_sign_throttles_by_itself_after_a_minute(drive: Drive, facts: dict[str, Any], sign: Sign):
    assert drive.run(60, **facts) is NORMAL
    drive.run(5, **facts)
    assert drive.changes == [(60, NORMAL, THROTTLED, sign)]


def test_a_full_disk_stops_writing_at_once_and_is_left_by_way_of_two(drive: Drive):
    assert drive.run(5, disk_free=0.03) is READ_ONLY
    assert drive.run(600, disk_free=0.07) is READ_ONLY
    drive.run(1000, disk_free=0.5)
    assert [change[2:] for change in drive.changes] == [
        (READ_ONLY, Sign.STORAGE),
        (THROTTLED, Sign.MENDED),
        (NORMAL, Sign.CALM),
    ]


def test_one_failed_write_is_not_a_database_that_cannot_write(drive: Drive):
    drive.run(10, can_write=False)
    assert drive.run(10) is NORMAL
    assert drive.run(20, can_write=False) is READ_ONLY


def test_storage_beats_every_other_sign(drive: Drive):
    drive.run(400, cpu=99)
    assert drive.run(5, cpu=99, disk_free=0.01) is READ_ONLY


def test_a_dead_sensor_is_neither_hot_nor_calm(drive: Drive):
    drive.run(305, cpu=95)
    assert drive.run(3600, cpu=None) is THROTTLED


def test_a_hole_in_the_samples_proves_nothing():
    assert decide([Sample(0, 99), Sample(400, 99)]) is NORMAL
    assert decide([Sample(at, 99) for at in range(0, 401, 30)]) is THROTTLED
    assert decide([Sample(at, 99) for at in range(0, 1240, 31)]) is NORMAL


def test_a_clock_that_steps_back_is_harmless():
    forward = [Sample(1000 + at, 99) for at in range(0, 200, 5)]
    assert decide([*forward, *[replace(one, at=one.at - 1000) for one in forward]]) is NORMAL


def _wild(random: Random) -> Iterator[Sample]:
    at = 0.0
    for _ in range(1000):
        yield Sample(
            at,
            random.choice([None, 10, 64, 66, 84, 86, 99]),
            depth=random.choice([0, 20_000, 80_000]),
            oldest_seconds=random.choice([0, 20, 130]),
            database_ms=random.choice([10, 300, 900]),
            can_write=random.random() > 0.01,
        )
        at += random.choice([1, 5, 29])


@pytest.mark.parametrize("seed", range(40))
def test_no_level_is_left_before_its_time(seed: int):
    drive = Drive()
    for sample in _wild(Random(seed)):
        drive.feed(sample)
    for (before, *_), (at, was, became, _sign) in pairwise(drive.changes):
        least = USUAL.mended_for if was is READ_ONLY else USUAL.dwell
        assert became.number > was.number or at - before >= least


def test_a_database_that_can_write_again_is_served_within_a_minute(drive: Drive):
    assert drive.run(30, can_write=False) is READ_ONLY
    assert drive.run(50) is THROTTLED
