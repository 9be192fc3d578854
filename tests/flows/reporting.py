"""What the stories of scheduled reports have in common: somebody who owns a schedule, and what became of it."""

from datetime import datetime, timedelta
from typing import Any

from orderhub.access.permissions import Role
from orderhub.access.users import create_user
from orderhub.domain.report_schedule import (
    Owner,
    ReportFailure,
    ReportSchedule,
    ScheduleDraft,
    SchedulePeriod,
    set_schedule,
)
from orderhub.kernel.clock import business_day, day_start, utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.ui.report_address import Report
from tests import builders

BOSS, DESK = "boss@example.com", "desk@example.com"
DAY = timedelta(days=1)
HALF_PAST_EIGHT = 8 * 60 + 30
TODAY = business_day(utc_now() - timedelta(minutes=HALF_PAST_EIGHT))  # whose slot has come, at whatever hour
WELL = (ReportFailure.NONE, "", "")
SLOT = day_start(TODAY) + timedelta(minutes=HALF_PAST_EIGHT)


def user(name: str = "ceshi-m", role: Role = Role.MANAGER, **changes: Any) -> Owner:
    with transaction() as session:
        made = create_user(session, name, "kuaidi-zai-lushang-7", role, now=utc_now())
        made.sqlmodel_update(changes)
        session.add(made)
        return Owner(made.id, made.name)


def planned(owner: Owner, *, now: datetime = SLOT - timedelta(hours=1), **changes: Any) -> int:
    facts = {
        "name": "晨报",
        "reports": [str(report) for report in Report],
        "period": SchedulePeriod.YESTERDAY,
        "weekday": 0,
        "at_minute": HALF_PAST_EIGHT,
        "mails": (BOSS, DESK),
    }
    with transaction() as session:
        return set_schedule(session, ScheduleDraft(**(facts | changes)), owner, now=now).id


def sold_yesterday(*numbers: str, shop: str = "own") -> None:
    at = day_start(TODAY) - timedelta(hours=5)
    with transaction() as session:
        for number in numbers:
            order = builders.order(session, number, of=builders.shop(session, shop))
            order.paid_at = order.placed_at = at
            session.add(order)


def schedule(schedule_id: int) -> ReportSchedule:
    with reading() as session:
        return session.get_one(ReportSchedule, schedule_id)


def failure(schedule_id: int) -> tuple[ReportFailure, str, str]:
    kept = schedule(schedule_id)
    return kept.failure, kept.failure_at, kept.failure_code
