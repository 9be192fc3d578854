"""When a schedule is due, of which days it tells, and that a slot is taken once, on both databases."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from orderhub.domain.report_run import Made, ask_run, begin_run, finish_run, forget_old, open_runs, take_due
from orderhub.domain.report_schedule import (
    Owner,
    ReportRun,
    ReportSchedule,
    ScheduleDraft,
    SchedulePeriod,
    read_mails,
    remove_schedule,
    schedules,
    set_schedule,
    slot_after,
    slot_before,
)
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event

TUESDAY = datetime(2026, 11, 24, 8, 0, tzinfo=SHANGHAI)
HALF_PAST_EIGHT = 8 * 60 + 30
OWNER = Owner(1, "ceshi-m")
MADE = Made("晨报", "/reports", [["订单", "2"]], 7, b"xlsx", b"png")


def draft(**changes: Any) -> ScheduleDraft:
    facts = {
        "name": "晨报",
        "reports": ["trend", "funnel"],
        "period": SchedulePeriod.YESTERDAY,
        "weekday": 0,
        "at_minute": HALF_PAST_EIGHT,
        "mails": ["boss@example.com"],
    }
    return ScheduleDraft(**(facts | changes))


def test_days_and_times_are_those_of_shanghai():
    slot = TUESDAY + timedelta(minutes=30)
    assert slot_after(0, HALF_PAST_EIGHT, TUESDAY) == slot
    assert slot_after(0, HALF_PAST_EIGHT, slot) == slot + timedelta(days=1)
    assert slot_after(1, 0, TUESDAY) == datetime(2026, 11, 30, 0, 0, tzinfo=SHANGHAI)
    assert slot_before(0, HALF_PAST_EIGHT, slot) == slot
    assert slot_before(0, HALF_PAST_EIGHT, TUESDAY) == slot - timedelta(days=1)
    assert slot_before(2, 0, TUESDAY) == TUESDAY - timedelta(hours=8)
    assert slot_before(3, 0, TUESDAY) == datetime(2026, 11, 18, 0, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("period", "day", "days"),
    [
        ("yesterday", date(2026, 3, 1), (date(2026, 2, 28), date(2026, 2, 28))),
        ("week", date(2026, 11, 24), (date(2026, 11, 16), date(2026, 11, 22))),
        ("week", date(2026, 11, 23), (date(2026, 11, 16), date(2026, 11, 22))),
        ("month", date(2026, 1, 31), (date(2025, 12, 1), date(2025, 12, 31))),
        ("month", date(2026, 3, 1), (date(2026, 2, 1), date(2026, 2, 28))),
    ],
)
def test_a_period_is_of_whole_days_before_its_slot(period, day, days):
    assert SchedulePeriod(period).days(day) == days


def test_addresses_are_looked_at_for_their_shape_only():
    assert read_mails("a@example.com,b.c+d@mail.example.cn；a@example.com\n") == [
        "a@example.com",
        "b.c+d@mail.example.cn",
    ]
    assert read_mails("") == []
    for wrong in ("boss", "a@b", "a@@example.com", "<a@example.com>", "a@example.com\x00", "é@example.com", "a@-"):
        with pytest.raises(BadInput):
            read_mails(wrong)
    with pytest.raises(BadInput, match="20"):
        read_mails(" ".join(f"a{number}@example.com" for number in range(21)))


@pytest.mark.parametrize(
    "broken",
    [
        {"name": " "},
        {"reports": []},
        {"mails": []},
        {"mails": ["boss"]},
        {"weekday": 8},
        {"at_minute": 24 * 60},
        {"at_minute": -1},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(database: Database, broken):
    with pytest.raises(BadInput), database.transaction() as session:
        set_schedule(session, draft(**broken), OWNER, now=TUESDAY)
    for unknown in ({"robot_id": 9}, {"id": 9}):
        with pytest.raises(NotFound), database.transaction() as session:
            set_schedule(session, draft(**unknown), OWNER, now=TUESDAY)
    with database.reading() as session:
        assert schedules(session) == []
        assert session.exec(select(Event)).all() == []


def test_a_slot_is_taken_once_and_its_files_are_kept_once(database: Database):
    with database.transaction() as session:
        set_schedule(session, draft(), OWNER, now=TUESDAY)
    slot = TUESDAY + timedelta(minutes=30)
    taken = []
    for now in (TUESDAY, slot, slot, slot + timedelta(hours=1)):
        with database.transaction() as session:
            taken.append(take_due(session, now))
    assert taken == [0, 1, 0, 0]
    with database.reading() as session:
        (run_id,) = open_runs(session)
    kept = []
    for _ in range(2):
        with database.transaction() as session:
            begun = begin_run(session, run_id, slot)
            kept.append(begun is not None and finish_run(session, run_id, MADE, 1, slot))
    assert kept == [True, False]
    with database.reading() as session:
        run = session.exec(select(ReportRun)).one()
        assert (run.slot_at, run.workbook, run.picture, run.tries) == (slot, b"xlsx", b"png", 1)
        assert session.exec(select(ReportSchedule.next_at)).one() == slot + timedelta(days=1)
        told = session.exec(select(Event).where(Event.kind == "reports_sent")).one()
        assert (told.body["rows"], told.body["messages"], told.body["owner"]) == (7, 1, "ceshi-m")


def test_a_schedule_goes_with_its_files(database: Database):
    with database.transaction() as session:
        kept = set_schedule(session, draft(), OWNER, now=TUESDAY)
        ask_run(session, kept.id, "", OWNER, now=TUESDAY)
        ask_run(session, kept.id, "desk@example.com", OWNER, now=TUESDAY + timedelta(seconds=1))
        runs = session.exec(select(ReportRun).order_by(ReportRun.id)).all()  # type: ignore[arg-type]
        assert [one.mails for one in runs] == [["boss@example.com"], ["desk@example.com"]]
        finish_run(session, runs[0].id, MADE, 1, TUESDAY)
    with database.transaction() as session:
        assert forget_old(session, TUESDAY + timedelta(days=31)) == 1
        remove_schedule(session, kept.id, by="ceshi-m", now=TUESDAY)
    with database.reading() as session:
        assert (schedules(session), session.exec(select(ReportRun)).all()) == ([], [])
