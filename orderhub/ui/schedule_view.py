"""What does the page of report schedules show, as the browser gets it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.report_schedule import ReportFailure, ReportSchedule, SchedulePeriod, schedules
from orderhub.domain.robot import robots
from orderhub.kernel.clock import shanghai_text
from orderhub.ui.report_address import PATH as REPORTS_PATH
from orderhub.ui.report_address import Report

PATH = f"{REPORTS_PATH}/schedules"


@dataclass
class ScheduleView:
    """``weekday`` 0: every day; ``off`` says why the hub switched it off, ``failure`` what went wrong last.

    ``failure_code`` is how whoever refused it calls that; ``failure`` and ``failure_at`` are empty where all is well.
    """

    id: str
    name: str
    reports: list[str]
    period: str
    weekday: str
    at: str
    mails: list[str]
    robot: str
    owner: str
    is_on: bool
    off: str
    next_at: str
    sent_at: str
    failure: str
    failure_at: str
    failure_code: str
    href: str


@dataclass
class ScheduleForm:
    """``id`` is empty for a new one."""

    id: str = ""
    name: str = ""
    reports: list[str] = field(default_factory=lambda: [str(report) for report in Report])
    period: str = str(SchedulePeriod.YESTERDAY)
    weekday: str = "0"
    at: str = "08:30"
    mails: str = ""
    robot: str = "0"
    lang: str = "zh"


@dataclass
class SchedulesView:
    rows: list[ScheduleView] = field(default_factory=list)
    robots: list[tuple[str, str]] = field(default_factory=list)
    form: ScheduleForm = field(default_factory=ScheduleForm)


def schedules_view(session: Session, schedule_id: int) -> SchedulesView:
    """``schedule_id`` is the one that is being changed; 0: none."""
    found, chats = schedules(session), robots(session)
    names = {robot.id: robot.name for robot in chats}
    edited = next((one for one in found if one.id == schedule_id), None)
    return SchedulesView(
        rows=[_row(one, names) for one in found],
        robots=[(str(robot.id), robot.name) for robot in chats],
        form=_form(edited) if edited else ScheduleForm(),
    )


def time_text(at_minute: int) -> str:
    hour, minute = divmod(at_minute, 60)
    return f"{hour:02}:{minute:02}"


def _row(one: ReportSchedule, names: Mapping[int, str]) -> ScheduleView:
    return ScheduleView(
        id=str(one.id),
        name=one.name,
        reports=[report for report in Report if report in one.reports],
        period=one.period,
        weekday=str(one.weekday),
        at=time_text(one.at_minute),
        mails=list(one.mails),
        robot=names.get(one.robot_id, ""),
        owner=one.owner,
        is_on=one.is_on,
        off=one.off,
        next_at=_moment(one.next_at) if one.is_on else "",
        sent_at=_moment(one.sent_at),
        failure="" if one.failure is ReportFailure.NONE else one.failure,
        failure_at=one.failure_at,
        failure_code=one.failure_code,
        href=f"{PATH}?schedule={one.id}#schedule",
    )


def _form(one: ReportSchedule) -> ScheduleForm:
    return ScheduleForm(
        id=str(one.id),
        name=one.name,
        reports=list(one.reports),
        period=one.period,
        weekday=str(one.weekday),
        at=time_text(one.at_minute),
        mails=", ".join(one.mails),
        robot=str(one.robot_id),
        lang=one.lang,
    )


def _moment(at: datetime | None) -> str:
    return shanghai_text(at, "%Y-%m-%d %H:%M") if at else ""
