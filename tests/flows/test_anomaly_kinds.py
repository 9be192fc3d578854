"""Each kind of anomaly, from its fact to its end: raised once, owned, due, resolved, counted."""

from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from orderhub.api.app import create_api
from orderhub.automation.carrier_keyring import forget_carrier_lines
from orderhub.domain.anomaly import Anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind
from orderhub.domain.task import Task, TaskStatus
from orderhub.intake import push
from orderhub.intake.keyring import forget_connectors
from orderhub.intake.payment_account import forget_payers
from orderhub.kernel.db import Database, reading, transaction
from orderhub.kernel.eventlog import Event
from orderhub.lab.sf import Sf
from tests.databases import with_tables

from .anomalies import lines, orders, parcels  # noqa: F401  (they tell their stories)
from .anomalies.telling import ELSEWHERE, STORIES, Told, on
from .hub import Hub, served
from .money import Money


@pytest.fixture
def ground(database: Database) -> Iterator[Database]:
    yield database
    forget_connectors()
    push._noted.clear()


@pytest.fixture
def money(lab, sqlite_url) -> Iterator[Money]:
    with_tables(sqlite_url)
    with served(create_api()) as hub_url:
        yield Money(*lab, hub_url)
    forget_payers()
    forget_connectors()
    push._noted.clear()


@pytest.fixture
def sf_hub(lab, taobao_hub: Hub) -> tuple[Hub, Sf]:
    return taobao_hub, lab[0].state.sf


def test_every_kind_has_a_story():
    assert STORIES.keys() | ELSEWHERE.keys() == set(AnomalyKind)
    assert not STORIES.keys() & ELSEWHERE.keys()


@pytest.mark.parametrize("told", on("ground"))
def test_an_anomaly_of_the_database(told: Told, ground: Database):
    _goes_its_way(told, ground)


@pytest.mark.parametrize("told", on("douyin_hub", "taobao_hub", "money", "sf_hub"))
def test_an_anomaly_of_a_line(told: Told, request: pytest.FixtureRequest):
    _goes_its_way(told, request.getfixturevalue(told.where))
    forget_carrier_lines()


def _goes_its_way(told: Told, given: object) -> None:
    steps = told.story(given)
    next(steps)
    one = _only(told.kind)
    assert one.resolved_at is None
    assert (one.first_role, one.owner_role) == (told.role, told.role)
    assert one.occurred_at <= one.detected_at < one.due_at
    if told.kind is not AnomalyKind.CUSTOM:
        assert one.due_at - one.detected_at == HANDLING[told.kind].within
    tasks = _tasks(one)
    assert [task.owner_role for task in tasks] == [told.role] * bool(HANDLING[told.kind].task)

    next(steps)
    same = _only(told.kind)
    assert (same.id, same.detected_at, same.due_at) == (one.id, one.detected_at, one.due_at)
    assert (same.resolved_at, same.reopened) == (None, 0)

    assert next(steps, "ended") == "ended"
    if told.is_ended_by_hand:
        assert _only(told.kind).resolved_at is None
        with transaction() as session:
            resolve_by_hand(session, one.id, reason="看过了", by="ceshi-a", now=one.due_at)
    over = _only(told.kind)
    assert over.resolved_at is not None
    assert all(task.status is TaskStatus.CLOSED for task in _tasks(one))
    assert [word for word in _counted(one) if word != "anomaly_routed"] == ["anomaly_opened", "anomaly_resolved"]


def _only(kind: AnomalyKind) -> Anomaly:
    with reading() as session:
        return session.exec(select(Anomaly).where(Anomaly.kind == kind)).one()


def _tasks(one: Anomaly) -> list[Task]:
    with reading() as session:
        return list(session.exec(select(Task).where(Task.anomaly_id == one.id)))


def _counted(one: Anomaly) -> list[str]:
    """What the closed loop is measured from."""
    wanted = select(Event.kind).where(Event.subject_type == "anomaly", Event.subject_id == one.id)
    with reading() as session:
        return list(session.exec(wanted.order_by(col(Event.id))))
