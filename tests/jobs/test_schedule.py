from datetime import UTC, datetime, time, timedelta

import pytest
from sqlmodel import select

from jobs.schedule import Entry, forget_sign_ins, timetable
from orderhub.access import sessions, throttle
from orderhub.access.permissions import Role
from orderhub.access.sessions import UserSession
from orderhub.access.users import create_user
from orderhub.kernel.db import reading, transaction


def test_a_span_is_counted_from_one_beginning():
    entry = Entry("x", str, timedelta(minutes=5))
    assert entry.slot(datetime(2026, 11, 24, 2, 4, 59, tzinfo=UTC)) == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert entry.slot(datetime(2026, 11, 24, 2, 5, tzinfo=UTC)) == datetime(2026, 11, 24, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        (datetime(2026, 12, 31, 19, 29, tzinfo=UTC), datetime(2026, 12, 30, 19, 30, tzinfo=UTC)),
        (datetime(2026, 12, 31, 19, 30, tzinfo=UTC), datetime(2026, 12, 31, 19, 30, tzinfo=UTC)),
        (datetime(2028, 2, 29, 2, 0, tzinfo=UTC), datetime(2028, 2, 28, 19, 30, tzinfo=UTC)),
        (datetime(2028, 2, 29, 20, 0, tzinfo=UTC), datetime(2028, 2, 29, 19, 30, tzinfo=UTC)),
    ],
)
def test_a_time_of_day_is_shanghais(now, slot):
    assert Entry("x", str, time(3, 30)).slot(now) == slot


def test_every_job_has_a_name_of_its_own():
    names = [entry.job for entry in timetable()]
    assert len(set(names)) == len(names)
    assert "sync" in names


def test_old_sign_ins_are_forgotten_and_open_ones_kept(database, now):
    with transaction() as session:
        user = create_user(session, "ceshi-a", "kuaidi-zai-lushang-7", Role.OPERATIONS, now=now)
        old = now - timedelta(days=90)
        sessions.open_session(session, user, address="192.0.2.1", device="", now=old)
        sessions.open_session(session, user, address="192.0.2.1", device="", now=now)
        throttle.take_address_try(session, "192.0.2.9", old)
        throttle.take_address_try(session, "192.0.2.1", now)
    assert forget_sign_ins(now) == 2
    assert forget_sign_ins(now) == 0
    with reading() as session:
        assert len(session.exec(select(UserSession)).all()) == 1
        assert len(session.exec(select(throttle.SignInTries)).all()) == 1
