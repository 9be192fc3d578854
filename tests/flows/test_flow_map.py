"""The map is what runs: a figure changed on it comes earlier, an automation switched off does not happen."""

from datetime import datetime, timedelta

from sqlmodel import select

from orderhub.automation.allocation import allocate_stuck
from orderhub.automation.track_watch import find_silent_parcels
from orderhub.automation.workflow_run import WorkflowRun, WorkflowState
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.flow import OFF_ON_THE_MAP, draft_flow, flow_now, publish, roll_back, save_flow
from orderhub.domain.flow_stage import Automation, FlowMap, Setting
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.track import Track
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from tests.domain.test_flow import with_hours

from .shipping import ship, work

HOUR = timedelta(hours=1)


def put_in_force(flow: FlowMap) -> None:
    with transaction() as session:
        draft = draft_flow(session)
        saved = save_flow(session, flow, revision=draft.revision if draft else 0, by="yun", now=utc_now())
        publish(session, revision=saved.revision, reason="试一试", by="yun", now=utc_now())
    work()


def stalled() -> list[tuple[datetime, datetime | None]]:
    """When each was true and when it was over, oldest first."""
    wanted = select(Anomaly).where(Anomaly.kind == AnomalyKind.NO_MOVEMENT)
    with reading() as session:
        return [(one.occurred_at, one.resolved_at) for one in session.exec(wanted.order_by(Anomaly.id))]  # pyright: ignore[reportArgumentType]


def shipped_at(number: str) -> datetime:
    with reading() as session:
        order = session.exec(select(Order).where(Order.channel_order_no == number)).one()
        assert order.shipped_at
        return order.shipped_at


def runs_of(workflow: str) -> list[str]:
    wanted = select(WorkflowRun).where(WorkflowRun.workflow == workflow, WorkflowRun.state == WorkflowState.DONE)
    with reading() as session:
        return [run.note for run in session.exec(wanted.order_by(WorkflowRun.id))]  # pyright: ignore[reportArgumentType]


def test_36_hours_on_the_map_alarm_earlier_for_parcels_on_their_way_and_new_ones(hub):
    first, second = hub.orders_come(2)
    hub.sync()
    ship(first)
    work()
    began = shipped_at(first)
    assert find_silent_parcels(began + 37 * HOUR) == 1  # the reminder of 24 h
    assert stalled() == []
    put_in_force(with_hours(36))
    assert find_silent_parcels(began + 36 * HOUR) == 1
    assert stalled() == [(began + 36 * HOUR, None)]
    ship(second, "YT0000000000036")
    work()
    with reading() as session:
        fresh = session.exec(select(Track).where(Track.tracking_no == "YT0000000000036")).one()
    assert fresh.check_at == fresh.shipped_at + 24 * HOUR
    find_silent_parcels(fresh.shipped_at + 24 * HOUR)
    assert find_silent_parcels(fresh.shipped_at + 36 * HOUR - timedelta(minutes=1)) == 0
    assert find_silent_parcels(fresh.shipped_at + 36 * HOUR) == 1


def test_a_rollback_allows_more_again_and_the_alarm_is_taken_back(hub):
    (number,) = hub.orders_come(1)
    hub.sync()
    ship(number)
    work()
    began = shipped_at(number)
    put_in_force(with_hours(36))
    find_silent_parcels(began + 36 * HOUR)
    with transaction() as session:
        roll_back(session, 0, reason="太早", by="yun", now=utc_now())
    work()
    find_silent_parcels(began + 37 * HOUR)
    assert stalled() == [(began + 36 * HOUR, began + 37 * HOUR)]
    assert find_silent_parcels(began + 48 * HOUR) == 1


def test_an_alarm_that_is_off_is_not_raised_and_comes_when_it_is_on(hub):
    (number,) = hub.orders_come(1)
    hub.sync()
    with reading() as session:
        shipped = flow_now(session)
    off = shipped
    for alarm in (Automation.REMIND_UNSCANNED, Automation.ALARM_STALLED, Automation.ALARM_LOST):
        off = off.with_automation(alarm, Setting(is_on=False, hours=shipped.automations[alarm].hours))
    put_in_force(off)
    ship(number)
    work()
    began = shipped_at(number)
    assert find_silent_parcels(began + 200 * HOUR) == 0
    put_in_force(shipped)
    assert find_silent_parcels(began + 50 * HOUR) == 1
    assert stalled() == [(began + 48 * HOUR, None)]


def test_an_automation_that_is_off_is_not_run_says_so_and_runs_on_the_next_event(hub):
    with reading() as session:
        shipped = flow_now(session)
    put_in_force(shipped.with_automation(Automation.FOLLOW_PARCEL, Setting(is_on=False)))
    first, second = hub.orders_come(2)
    hub.sync()
    ship(first)
    work()
    assert runs_of("follow_parcel") == [OFF_ON_THE_MAP]
    with reading() as session:
        assert session.exec(select(Track)).all() == []
    put_in_force(shipped)
    ship(second, "YT0000000000037")
    work()
    assert runs_of("follow_parcel")[0] == OFF_ON_THE_MAP
    assert runs_of("follow_parcel")[1].startswith("followed as")
    with reading() as session:
        assert session.exec(select(Track.tracking_no)).all() == ["YT0000000000037"]


def test_allocation_that_is_off_waits_for_people(hub):
    with reading() as session:
        shipped = flow_now(session)
    put_in_force(shipped.with_automation(Automation.ALLOCATE, Setting(is_on=False)))
    assert allocate_stuck(utc_now()) == OFF_ON_THE_MAP
    put_in_force(shipped)
    assert allocate_stuck(utc_now()) == "0 of 0 allocated"
    with reading() as session:
        assert session.exec(select(Order).where(Order.status == OrderStatus.TO_SHIP)).all() == []
