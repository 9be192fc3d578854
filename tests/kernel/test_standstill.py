"""Does what stands still stay so until somebody lets it go on, and does the log know?"""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlmodel import select

from orderhub.kernel import job_plan, standstill
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event
from orderhub.kernel.standstill import Runs, Standstill

# 10:00 in Shanghai.
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def test_a_pause_needs_a_reason_and_is_kept_once(database):
    with transaction() as session:
        with pytest.raises(BadInput):
            standstill.pause(session, Runs.JOB, "sync", reason=" ", by="ops", now=NOW)
        assert standstill.pause(session, Runs.JOB, "sync", reason="盘点", by="ops", now=NOW)
        assert not standstill.pause(session, Runs.JOB, "sync", reason="再停", by="boss", now=NOW)
        (one,) = session.exec(select(Standstill)).all()
        assert (one.reason, one.by, one.since) == ("盘点", "ops", NOW)
        assert standstill.resume(session, Runs.JOB, "sync", by="boss", now=NOW)
        assert not standstill.resume(session, Runs.JOB, "sync", by="boss", now=NOW)
        events = session.exec(select(Event).order_by(Event.id)).all()
        assert [(event.kind, event.actor, event.body.get("reason")) for event in events] == [
            ("runs_paused", "ops", "盘点"),
            ("runs_resumed", "boss", None),
        ]


def test_a_new_leader_replaces_the_plan_and_keeps_what_was_asked_for(database):
    with transaction() as session:
        job_plan.write_plan(session, [("sync", FIVE), ("gone", FIVE)], now=NOW)
        assert job_plan.ask_for(session, "sync", by="ops", now=NOW)
        assert not job_plan.ask_for(session, "sync", by="ops", now=NOW)
        with pytest.raises(NotFound):
            job_plan.ask_for(session, "nothing", by="ops", now=NOW)
        job_plan.write_plan(session, [("sync", 2 * FIVE), ("daily", time(4, 30))], now=NOW)
        sync, daily = job_plan.planned_jobs(session)
        assert (sync.every_seconds, sync.next_slot(NOW)) == (600, NOW + 2 * FIVE)
        assert daily.next_slot(NOW) == datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
        assert daily.next_slot(NOW - timedelta(hours=8)) == datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
        assert job_plan.take_asked(session, without=["sync"]) == {}
        assert job_plan.take_asked(session) == {"sync": NOW}
        assert not job_plan.is_any_asked(session)


@pytest.mark.parametrize(("minutes", "is_made_up"), [(3, False), (7, True)])
def test_a_resumed_job_makes_up_for_what_its_pause_kept_from_it(database, minutes, is_made_up):
    with transaction() as session:
        job_plan.write_plan(session, [("sync", FIVE)], now=NOW)
        standstill.pause(session, Runs.JOB, "sync", reason="盘点", by="ops", now=NOW)
        assert job_plan.resume_job(session, "sync", by="ops", now=NOW + timedelta(minutes=minutes))
        assert job_plan.is_any_asked(session) is is_made_up
