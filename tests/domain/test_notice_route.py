"""Routes: what they take, when a chat is left in peace, and what cannot be set."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.incident import Incident
from orderhub.domain.notice_route import TASKS, NoticeRoute, put_route, remove_route
from orderhub.domain.robot import Robot
from orderhub.domain.words import RobotKind
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ONE = Incident(
    subject="anomaly",
    id=1,
    kind="oversold",
    severity=Severity.MEDIUM,
    role="warehouse",
    person="",
    about_type="sku",
    about_id=1,
    shop_id=3,
    at_risk_fen=0,
    due_at=None,
    is_over=False,
    over_by="",
)
TASK = replace(ONE, subject="task", kind="price_check", severity=Severity.LOW)


def a_route(**facts):
    return NoticeRoute(**({"robot_id": 1, "least_severity": Severity.LOW, "set_at": NOW} | facts))


@pytest.mark.parametrize(
    ("facts", "takes"),
    [
        ({}, True),
        ({"kind": "oversold"}, True),
        ({"kind": "low_stock"}, False),
        ({"least_severity": Severity.MEDIUM}, True),
        ({"least_severity": Severity.HIGH}, False),
        ({"role": "warehouse"}, True),
        ({"role": "finance"}, False),
        ({"shop_id": 3}, True),
        ({"shop_id": 4}, False),
        ({"kind": TASKS}, False),
    ],
)
def test_a_route_takes_what_it_says(facts, takes):
    assert a_route(**facts).takes(ONE) is takes


def test_tasks_are_taken_by_their_own_routes_however_bad():
    assert not a_route().takes(TASK)
    assert a_route(kind=TASKS, least_severity=Severity.HIGH).takes(TASK)
    assert not a_route(kind=TASKS, role="finance").takes(TASK)


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439))
def test_quiet_hours_end_when_they_say_over_midnight_too(quiet_from, quiet_until, minute):
    way = a_route(quiet_from=quiet_from, quiet_until=quiet_until)
    now = datetime(2026, 11, 24, minute // 60, minute % 60, 30, tzinfo=SHANGHAI).astimezone(UTC)
    ends = way.may_speak_at(now)
    is_quiet = quiet_from != quiet_until and (minute - quiet_from) % 1440 < (quiet_until - quiet_from) % 1440
    assert (ends > now) is is_quiet
    assert ends - now <= timedelta(days=1)
    if is_quiet:
        local = ends.astimezone(SHANGHAI)
        assert local.hour * 60 + local.minute == quiet_until
        assert way.may_speak_at(ends) == ends


@pytest.fixture
def robot_id(database, now):
    with transaction() as session:
        robot = Robot(kind=RobotKind.WECOM, name="测试群", created_at=now)
        session.add(robot)
        session.flush()
        return robot.id


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"robot_id": 0}, BadInput),
        ({"to_role": "manager"}, BadInput),
        ({"robot_id": 99}, NotFound),
        ({"shop_id": 99}, NotFound),
        ({"kind": "nonsense"}, BadInput),
        ({"quiet_from": 1440}, BadInput),
        ({"quiet_until": -1}, BadInput),
        ({"id": 77}, NotFound),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(robot_id, now, facts, error):
    with pytest.raises(error), transaction() as session:
        put_route(session, a_route(**({"robot_id": robot_id} | facts)), by="ceshi-a", now=now)
    with reading() as session:
        assert session.exec(select(NoticeRoute)).all() == []
        assert session.exec(select(Event)).all() == []


def test_a_route_is_changed_and_removed_and_both_are_noted(robot_id, now):
    with transaction() as session:
        made = put_route(session, a_route(robot_id=robot_id), by="ceshi-a", now=now).id
    with transaction() as session:
        changed = a_route(id=made, robot_id=0, to_role="manager", kind=AnomalyKind.OVERSOLD, is_active=False)
        put_route(session, changed, by="ceshi-a", now=now)
    with transaction() as session:
        standing = session.exec(select(NoticeRoute)).one()
        assert (standing.id, standing.robot_id, standing.to_role) == (made, 0, "manager")
        assert (standing.kind, standing.is_active) == ("oversold", False)
        remove_route(session, made, by="ceshi-a", now=now)
    with reading() as session:
        assert session.exec(select(NoticeRoute)).all() == []
        assert list(session.exec(select(Event.kind).order_by(Event.id))) == ["route_set", "route_set", "route_removed"]
