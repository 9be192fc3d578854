"""A tracker account's keys: sealed, its salt ours alone, its quota counted by the day of Shanghai."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import SQLModel

from orderhub.domain.tracker_account import TrackerAccount, TrackerKind, take_calls, tracker_coded
from orderhub.intake.tracker_keyring import (
    TrackerDraft,
    connect_tracker,
    forget_tracker_lines,
    switch_tracker,
    tracker_keys,
    tracker_line,
)
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound

DRAFT = TrackerDraft("kd", TrackerKind.KUAIDI100, "快递100", "CUSTOMER", "secret-key-1")


def connected(database, now, **changes) -> TrackerAccount:
    with transaction() as session:
        return connect_tracker(session, replace(DRAFT, **changes), by="ceshi-a", now=now)


def test_keys_are_sealed_and_what_is_left_empty_stays(database, now):
    first = tracker_keys(connected(database, now))
    again = connected(database, now, key="", name="改名")
    assert tracker_keys(again) == first
    assert (again.name, first.key, len(first.salt)) == ("改名", "secret-key-1", 32)
    with reading() as session:
        tables = [SQLModel.metadata.tables[name] for name in ("event", "tracker_account")]
        kept = [str(row) for table in tables for row in session.execute(table.select())]
    assert not [row for row in kept for secret in (first.key, first.salt) if secret in row]
    assert first.key not in repr(DRAFT)


def test_new_keys_keep_the_salt_and_open_a_new_line(database, now):
    first = connected(database, now)
    line, salt = tracker_line(first), tracker_keys(first).salt
    assert tracker_line(first) is line
    second = connected(database, now, key="secret-key-2")
    assert tracker_keys(second).salt == salt
    assert tracker_line(second) is not line
    forget_tracker_lines()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": " "}, "key"),
        ({"code": "a b"}, "code"),
        ({"code": "../x"}, "code"),
        ({"customer": ""}, "customer"),
        ({"phone_tail": "12"}, "phone_tail"),
        ({"phone_tail": "１２３４"}, "phone_tail"),
        ({"daily_quota": -1}, "daily_quota"),
        ({"ask_after_hours": 0}, "ask_after_hours"),
        ({"ask_after_hours": 73}, "ask_after_hours"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_kept(database, now, changes, field):
    with pytest.raises(BadInput) as refused:
        connected(database, now, **changes)
    assert refused.value.field == field
    with reading() as session, pytest.raises(NotFound):
        tracker_coded(session, "kd")


def test_the_days_quota_begins_anew_at_midnight_in_shanghai(database, now):
    account = connected(database, now, daily_quota=3)

    def take(count, at):
        with transaction() as session:
            return take_calls(session, account.id, count=count, now=at)

    assert [take(2, now), take(2, now), take(1, now), take(1, now)] == [True, False, True, False]
    midnight = now + timedelta(hours=14)
    assert take(1, midnight - timedelta(seconds=1)) is False
    assert take(3, midnight) is True


def test_no_quota_counts_all_the_same(database, now):
    account = connected(database, now)
    with transaction() as session:
        assert all(take_calls(session, account.id, count=1, now=now) for _ in range(5))
    with reading() as session:
        assert session.get_one(TrackerAccount, account.id).calls_today == 5


def test_an_account_is_stopped_once_and_known_by_its_code(database, now):
    connected(database, now)
    for _ in range(2):
        with transaction() as session:
            switch_tracker(session, "kd", is_active=False, by="ceshi-a", now=now)
    with transaction() as session:
        assert tracker_coded(session, "kd").is_active is False
        with pytest.raises(NotFound):
            switch_tracker(session, "other", is_active=True, by="ceshi-a", now=now)
