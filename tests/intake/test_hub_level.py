"""Does the whole hub follow one level: decided by its leader, set by hand, told once, heard by every process?"""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import col, select

from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.intake import gauge as measuring
from orderhub.intake.hub_level import PressureSample, pin, unpin
from orderhub.intake.level_following import UNSEEN_SECONDS, Follower
from orderhub.intake.pausing import PAUSABLE, set_waits, waiting_list
from orderhub.kernel import job_plan
from orderhub.kernel.db import Database, reading, transaction
from orderhub.kernel.errors import BadInput, DatabaseBusy, NotFound, Postponed, ReadOnly
from orderhub.kernel.eventlog import Event
from orderhub.kernel.job_runs import LostLeadership
from orderhub.kernel.level import (
    Felt,
    Level,
    Pausable,
    Sign,
    check_can_keep,
    check_goes_on,
    check_may_write,
    feel,
    is_paused,
)

from .leveling import Hours, Leader, follower, stands

NORMAL, THROTTLED, READ_ONLY = Level
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def roomy(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Whatever machine this runs on, its disk is no sign; a test may fill it."""
    disk = SimpleNamespace(free=0.5)
    monkeypatch.setattr(measuring, "disk_free", lambda: disk.free)
    return disk


@pytest.fixture
def hours(database: Database, now: datetime) -> Hours:
    return Hours(now)


@pytest.fixture
def leader(hours: Hours) -> Leader:
    made = Leader(hours)
    made.beat()
    return made


def events(*kinds: str) -> list[Event]:
    with reading() as session:
        return list(session.exec(select(Event).where(col(Event.kind).in_(kinds)).order_by(col(Event.id))))


def told() -> list[tuple[str, TaskStatus]]:
    with reading() as session:
        found = session.exec(select(Task).where(Task.kind == TaskKind.PRESSURE).order_by(col(Task.id)))
        return [(task.title, task.status) for task in found]


def set_by_hand(level: Level, hours: Hours, lasts: timedelta = HOUR) -> None:
    with transaction() as session:
        pin(session, level, reason="大促预演", by="ceshi-a", now=hours.now, lasts=lasts)


def lifted(hours: Hours) -> bool:
    with transaction() as session:
        return unpin(session, by="ceshi-a", now=hours.now)


def test_five_minutes_of_a_busy_processor_exactly(leader: Leader):
    leader.cpu = 90.0
    leader.run(5)
    assert leader.run(295) is NORMAL
    assert leader.run(5) is THROTTLED
    (switch,) = events("level_switched")
    assert switch.body == {"level": "throttled", "was_level": "normal", "sign": "cpu"}
    assert switch.at == leader.hours.now
    assert told() == [("系统进入限流：处理器持续繁忙", TaskStatus.OPEN)]


def test_it_is_left_only_after_five_calm_minutes(leader: Leader):
    leader.cpu = 90.0
    leader.run(305)
    leader.cpu = 70.0
    assert leader.run(900) is THROTTLED
    leader.cpu = 30.0
    assert leader.run(300) is THROTTLED
    assert leader.run(5) is NORMAL
    assert [switch.body["sign"] for switch in events("level_switched")] == ["cpu", "calm"]
    assert told() == [("系统进入限流：处理器持续繁忙", TaskStatus.CLOSED)]


def test_a_full_disk_is_read_only_and_recovers_by_itself(leader: Leader, roomy: SimpleNamespace):
    roomy.free = 0.02
    assert leader.run(5) is READ_ONLY
    roomy.free = 0.5
    assert leader.run(45) is READ_ONLY
    assert leader.run(5) is THROTTLED
    assert leader.run(310) is NORMAL
    assert [switch.body["level"] for switch in events("level_switched")] == ["read_only", "throttled", "normal"]
    assert [status for _, status in told()] == [TaskStatus.CLOSED] * 2


def test_a_level_set_by_hand_holds_at_once_and_ends_by_itself(leader: Leader):
    set_by_hand(READ_ONLY, leader.hours)
    held = stands().at(leader.hours.now)
    assert (held.level, held.sign, held.by, held.reason) == (READ_ONLY, Sign.PINNED, "ceshi-a", "大促预演")
    assert leader.run(3595) is READ_ONLY
    assert leader.run(5) is NORMAL
    assert stands().pin_level == ""
    assert [event.actor for event in events("level_switched")] == ["ceshi-a", "system"]
    assert told() == [("系统进入只读：ceshi-a 手动设置：大促预演", TaskStatus.CLOSED)]


def test_it_ends_by_itself_where_nobody_leads(database: Database, hours: Hours):
    set_by_hand(READ_ONLY, hours)
    assert stands().at(hours.now + HOUR - timedelta(seconds=1)).level is READ_ONLY
    assert stands().at(hours.now + HOUR).level is NORMAL


def test_by_hand_wins_over_every_sign(leader: Leader, roomy: SimpleNamespace):
    leader.cpu = 99.0
    leader.run(305)
    set_by_hand(NORMAL, leader.hours)
    roomy.free = 0.01
    assert leader.run(600) is NORMAL
    assert lifted(leader.hours)
    assert stands().at(leader.hours.now).level is READ_ONLY
    assert not lifted(leader.hours)


@pytest.mark.parametrize(("reason", "lasts"), [("  ", HOUR), ("x", timedelta(seconds=59)), ("x", timedelta(days=8))])
def test_a_level_is_set_with_a_reason_and_for_a_while(hours: Hours, reason: str, lasts: timedelta):
    with pytest.raises(BadInput), transaction() as session:
        pin(session, READ_ONLY, reason=reason, by="ceshi-a", now=hours.now, lasts=lasts)
    assert stands().pin_level == ""
    assert events("level_pinned") == []


def test_a_switch_is_told_once(leader: Leader):
    set_by_hand(THROTTLED, leader.hours)
    leader.run(60)
    set_by_hand(THROTTLED, leader.hours)
    leader.run(60)
    assert len(events("level_switched")) == 1
    assert len(events("level_pinned")) == 2
    assert len(told()) == 1


def test_a_frozen_leader_writes_nothing(leader: Leader):
    leader.cpu = 99.0
    leader.run(300)
    other = Leader(leader.hours, "two")
    other.beat()
    before = (stands(), len(samples()))
    leader.hours.at += 15
    with pytest.raises(LostLeadership):
        leader.beat()
    assert (stands(), len(samples())) == before
    assert events("level_switched") == []


def test_the_next_leader_goes_on_from_the_level_it_finds(leader: Leader):
    leader.cpu = 99.0
    leader.run(305)
    other = Leader(leader.hours, "two")
    assert other.run(5) is THROTTLED
    assert other.run(295) is THROTTLED
    assert other.run(10) is NORMAL
    assert stands().epoch == other.epoch


def test_samples_of_two_hours_are_kept(leader: Leader):
    leader.run(60)
    assert [sample.cpu for sample in samples()] == [10.0] * 5
    leader.hours.at += 3 * 3600
    leader.run(5)
    assert len(samples()) == 1


def samples() -> list[PressureSample]:
    with reading() as session:
        return list(session.exec(select(PressureSample)))


def test_every_process_hears_the_level_and_what_waits(leader: Leader):
    here = follower(leader.hours)
    assert here.judge(leader.hours.now) == Felt(paused=frozenset(PAUSABLE))
    set_by_hand(THROTTLED, leader.hours)
    here.read()
    assert here.judge(leader.hours.now).level is THROTTLED


def test_a_level_that_cannot_be_read_is_taken_for_two(leader: Leader):
    here = follower(leader.hours)
    leader.hours.at += UNSEEN_SECONDS
    assert here.judge(leader.hours.now).level is NORMAL
    leader.hours.at += 1
    first = here.judge(leader.hours.now)
    assert (first.level, first.sign) == (THROTTLED, Sign.UNSEEN)
    leader.hours.at += 1
    assert here.judge(leader.hours.now) == first
    here.read()
    assert here.judge(leader.hours.now).level is NORMAL


def test_a_process_that_cannot_write_is_read_only_by_itself(leader: Leader, monkeypatch: pytest.MonkeyPatch):
    def busy(*_: Any) -> Any:
        raise DatabaseBusy("no room left")

    here = follower(leader.hours)
    with monkeypatch.context() as broken:
        broken.setattr(Database, "transaction", busy)
        assert watched(here, leader.hours, 15) is NORMAL
        assert watched(here, leader.hours, 1) is READ_ONLY
        assert here.judge(leader.hours.now).sign is Sign.STORAGE
    assert watched(here, leader.hours, 45) is READ_ONLY
    assert watched(here, leader.hours, 1) is NORMAL


def test_a_write_that_hangs_is_noticed(leader: Leader):
    """The thread that tries it hears nothing; the one that judges does not wait for it."""
    here = follower(leader.hours)
    for _ in range(40):
        leader.hours.at += 1
        here.read()
        held = here.judge(leader.hours.now)
    assert (held.level, held.sign) == (READ_ONLY, Sign.STORAGE)


def watched(here: Follower, hours: Hours, seconds: int) -> Level:
    for _ in range(seconds):
        hours.at += 1
        here.read()
        here.probe()
        held = here.judge(hours.now)
    return held.level


def test_an_entry_is_taken_off_the_list_and_put_back(database: Database, now: datetime):
    entry = PAUSABLE[0]
    with transaction() as session:
        assert set_waits(session, entry, waits=False, by="ceshi-a", now=now)
        assert not set_waits(session, entry, waits=False, by="ceshi-a", now=now)
    with reading() as session:
        assert waiting_list(session) == frozenset(PAUSABLE) - {entry}
    with transaction() as session:
        assert set_waits(session, entry, waits=True, by="ceshi-a", now=now)
    with reading() as session:
        assert waiting_list(session) == frozenset(PAUSABLE)
    assert [event.body["waits"] for event in events("pausing_changed")] == [False, True]
    with pytest.raises(NotFound), transaction() as session:
        set_waits(session, (Pausable.JOB, "sync"), waits=True, by="ceshi-a", now=now)


def test_what_has_missed_a_slot_is_made_up_for_and_nothing_else(leader: Leader):
    jobs = [("look_back", HOUR), ("sync", HOUR), ("prove_audit", timedelta(days=1))]
    with transaction() as session:
        job_plan.write_plan(session, jobs, now=leader.hours.now)
    set_by_hand(THROTTLED, leader.hours, timedelta(hours=3))
    leader.hours.at += 2 * 3600
    assert lifted(leader.hours)
    with reading() as session:
        assert [one.job for one in job_plan.planned_jobs(session) if one.asked_at] == ["look_back"]


def test_doors_say_no_by_level(database: Database):
    feel(Felt(THROTTLED, Sign.CPU, paused=frozenset(PAUSABLE)))
    check_may_write()
    with pytest.raises(Postponed):
        check_goes_on(Pausable.EXPORT, "downloads")
    feel(Felt(READ_ONLY, Sign.PINNED, by="ceshi-a", reason="演练", paused=frozenset(PAUSABLE)))
    with pytest.raises(ReadOnly) as refused:
        check_may_write()
    assert refused.value.names == {"by": "ceshi-a", "reason": "演练"}
    check_can_keep()
    feel(Felt(READ_ONLY, Sign.STORAGE))
    with pytest.raises(ReadOnly):
        check_can_keep()
    assert is_paused(Pausable.JOB, "anything")
    feel(Felt())
    check_may_write()
