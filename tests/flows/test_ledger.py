"""A channel forgets to say what has changed: the ledger notices, fetches what is missing, or asks for a person."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.ledger import LedgerGap, LedgerHour
from orderhub.domain.task import Task, TaskStatus
from orderhub.intake.completeness import check_again, check_completeness, check_shop
from orderhub.intake.inbox import InboxMessage, Source
from orderhub.intake.sync import look_back
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import Event

MINUTE = timedelta(minutes=1)


def hours(*, counted: bool = True) -> list[LedgerHour]:
    """What stands in the ledger of hours in which anything was placed."""
    with reading() as session:
        found = session.exec(select(LedgerHour).order_by(col(LedgerHour.hour_at))).all()
    return [hour for hour in found if hour.said_count or hour.held_count or not counted]


def sums() -> tuple[int, int, int, int, int, int]:
    return tuple(
        sum(getattr(hour, name) for hour in hours())
        for name in ("said_count", "said_fen", "held_count", "held_fen", "gap_count", "refilled_count")
    )  # pyright: ignore[reportReturnType]


def events() -> list[tuple[str, int]]:
    with reading() as session:
        wanted = select(Event).where(col(Event.kind).in_(["orders_missed", "orders_refilled"])).order_by(col(Event.id))
        return [(event.kind, event.body["count"]) for event in session.exec(wanted)]


def run_the_clock(hub, start: datetime, minutes: int) -> datetime | None:
    """The timetable's part of it, minute by minute; returns when nothing was missing for the first time."""
    for minute in range(minutes + 1):
        moment = start + minute * MINUTE
        if minute % 5 == 0:
            hub.sync(later=moment - utc_now())
        check_completeness(moment)
        hub.settle(later=moment - utc_now())
        if hub.ours() == hub.theirs() and sums()[4] == 0 and minute:
            return moment
    return None


def test_a_quiet_day_is_counted_to_the_last_fen(hub):
    hub.orders_come(120)
    hub.sync()
    check_completeness(utc_now() + MINUTE)
    total = sum(fen for fen, _ in hub.theirs().values())
    assert sums() == (120, total, 120, total, 0, 0)
    assert events() == []


def test_a_dropped_page_is_found_and_refilled_within_a_quarter_of_an_hour(hub):
    hub.sync()
    hub.orders_come(250)
    hub.fault("dropped_page")
    start = utc_now() + 10 * timedelta(seconds=1)
    assert hub.sync(later=start - utc_now()).error == ""
    assert len(hub.ours()) == 150
    look_back(start + MINUTE)
    hub.settle(later=2 * MINUTE)
    assert len(hub.ours()) == 150  # no pull brings them: the list of changes has forgotten them

    closed_at = run_the_clock(hub, start, 15)
    assert closed_at is not None
    assert closed_at - start <= 15 * MINUTE
    assert hub.ours() == hub.theirs()
    total = sum(fen for fen, _ in hub.theirs().values())
    assert sums() == (250, total, 250, total, 0, 100)
    assert {kind for kind, _ in events()} == {"orders_missed", "orders_refilled"}
    assert sum(count for kind, count in events() if kind == "orders_missed") == 100
    assert hub.anomalies() == []


def test_a_change_that_was_dropped_makes_our_version_stale_and_is_fetched(hub):
    (number,) = hub.orders_come(1)
    hub.sync()
    before = hub.ours()
    hub.tell_lab("advance", seconds=60)
    hub.tell_lab(f"orders/{hub.code}/{number}", do="remark", memo="改口了")
    hub.fault("dropped_page")
    start = utc_now() + 2 * MINUTE
    hub.sync(later=start - utc_now())
    assert hub.ours() == before != hub.theirs()
    hub.sync(later=start - utc_now() + 4 * MINUTE)
    check_completeness(start + 5 * MINUTE)
    hub.settle(later=8 * MINUTE)
    assert hub.ours() == hub.theirs()
    with reading() as session:
        gaps = {gap.channel_order_no: gap.is_stale for gap in session.exec(select(LedgerGap))}
    assert gaps[number] is True


def test_a_gap_that_cannot_be_refilled_asks_for_a_person_and_ends_by_itself(hub):
    hub.orders_come(3)
    hub.fault("dropped_page")
    hub.sync()
    # The order itself is refused for good, whoever asks for it.
    hub.fault("missing_field", api=hub.told.order_api, count=None)
    moment = utc_now() + MINUTE
    for _ in range(6):
        check_completeness(moment)
        hub.settle(later=moment - utc_now())
        moment += 3 * MINUTE
    assert AnomalyKind.ORDERS_MISSING in hub.anomalies()
    with reading() as session:
        (anomaly,) = session.exec(select(Anomaly).where(Anomaly.kind == AnomalyKind.ORDERS_MISSING)).all()
        (task,) = session.exec(select(Task)).all()
    assert anomaly.at_risk_fen == sum(fen for fen, _ in hub.theirs().values())
    assert (task.owner_role, task.status) == ("operations", TaskStatus.OPEN)
    assert "3 单" in task.title

    hub.world.faults.clear()
    moment += timedelta(hours=1)
    hub.sync(later=moment - utc_now())
    for _ in range(3):
        check_completeness(moment)
        hub.settle(later=moment - utc_now())
        moment += 16 * MINUTE
    assert hub.ours() == hub.theirs()
    assert AnomalyKind.ORDERS_MISSING not in hub.anomalies()
    with reading() as session:
        assert session.get_one(Task, task.id).status is TaskStatus.CLOSED


def test_a_channel_that_does_not_answer_is_named_and_asked_again(hub):
    hub.orders_come(2)
    hub.sync()
    hub.fault("server_error", count=None)
    moment = utc_now() + MINUTE
    assert check_shop(hub.code, moment) == 0
    assert [hour.error for hour in hours(counted=False) if hour.error] != []
    hub.world.faults.clear()
    assert check_shop(hub.code, moment + MINUTE) > 0
    for minute in range(6, 12):
        check_shop(hub.code, moment + minute * MINUTE)
    assert [hour.error for hour in hours(counted=False) if hour.error] == []
    assert sums()[0] == 2


def test_an_hour_is_counted_again_when_somebody_asks(hub):
    hub.orders_come(2)
    hub.sync()
    moment = utc_now() + MINUTE
    check_completeness(moment)
    (hour,) = [hour for hour in hours() if hour.said_count]
    with transaction() as session:
        check_again(session, hour.id, moment + timedelta(seconds=1))
    assert check_shop(hub.code, moment + timedelta(seconds=1)) >= 1
    with reading() as session:
        assert session.get_one(LedgerHour, hour.id).checked_at == moment + timedelta(seconds=1)


@pytest.mark.parametrize("fault", ["duplicates", "absurd_amount", "missing_field", "wrong_type"])
def test_a_spoilt_list_of_placed_orders_opens_no_gap(hub, fault):
    hub.orders_come(30)
    hub.sync()
    hub.fault(fault, count=None, api=hub.told.placed_api)
    check_completeness(utc_now() + MINUTE)
    assert sums()[:5] == (30, sums()[1], 30, sums()[1], 0)


def test_a_refilled_order_comes_in_like_any_other(hub):
    (number,) = hub.orders_come(1)
    hub.fault("dropped_page")
    hub.sync()
    check_completeness(utc_now() + MINUTE)
    hub.settle(later=2 * MINUTE)
    with reading() as session:
        kept = session.exec(select(InboxMessage).where(InboxMessage.number == number)).all()
    assert sorted((message.kind, message.source) for message in kept) == [
        ("order", Source.PUSH),
        ("push", Source.PULL),
    ]
