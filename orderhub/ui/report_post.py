"""How does a report leave by itself? Its schedule is due, its files are made as its owner sees them, messages are owed.

Jobs call it: its words are those of the pages, which stand without Reflex (words.py).
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.standing import Standing, standing_of
from orderhub.automation.addressee import Addressee, robot_addressee, schedule_addressee
from orderhub.automation.outbox import OutboxKind, owe
from orderhub.automation.robot_keyring import takes_picture
from orderhub.domain.report_run import Made, begin_run, finish_run, give_up, note_failure, open_runs, take_due
from orderhub.domain.report_schedule import ReportFailure, ReportRun, ReportSchedule, ScheduleOff, switch_schedule
from orderhub.domain.robot import robot_of
from orderhub.kernel.clock import business_day
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.sight import seeing
from orderhub.ui.report_address import Report
from orderhub.ui.report_files import Wanted, report_files
from orderhub.ui.report_paper import For

# What its owner has to hold at the moment it is sent.
NEEDED = frozenset({Permission.REPORT_READ, Permission.REPORT_EXPORT, Permission.REPORT_SCHEDULE})


def send_reports(now: datetime) -> str:
    """Everything due or asked for. Safe to repeat, and to die in anywhere: a run is made until it is done."""
    with transaction() as session:
        take_due(session, now)
    with reading() as session:
        waiting = open_runs(session)
    sent = sum(_send(run_id, now) for run_id in waiting)
    return f"{sent} of {len(waiting)} sent"


def _send(run_id: int, now: datetime) -> bool:
    with transaction() as session:
        begun = begin_run(session, run_id, now)
        if begun is None:
            return False
        run, schedule = begun
        owner = standing_of(session, run.owner_id)
        off = _lacking(owner)
        if owner is None or off is not ScheduleOff.NOT:
            _switch_off(session, run, off, now)
            return False
    try:
        made = _made(run, schedule, owner, now)
        with transaction() as session:
            return _owe(session, run, made, now)
    except Exception as error:  # noqa: BLE001  (one schedule's trouble never stops the others)
        structlog.get_logger().exception("reports_not_made", run=run_id)
        with transaction() as session:
            note_failure(session, run.schedule_id, ReportFailure.NOT_MADE, code=type(error).__name__)
        return False


def _lacking(owner: Standing | None) -> ScheduleOff:
    if owner is None or not owner.user.is_active:
        return ScheduleOff.OWNER_GONE
    return ScheduleOff.NOT if owner.rights.permissions >= NEEDED else ScheduleOff.OWNER_LACKS


def _switch_off(session: Session, run: ReportRun, off: ScheduleOff, now: datetime) -> None:
    """Somebody who only asked for it once switches nobody's schedule off."""
    give_up(session, run.id, ReportFailure.ASKER_LACKS if run.is_asked else ReportFailure.NONE, now=now)
    if not run.is_asked:
        switch_schedule(session, run.schedule_id, is_on=False, off=off, by=SYSTEM, now=now)


def _made(run: ReportRun, schedule: ReportSchedule, owner: Standing, now: datetime) -> Made:
    reports = [report for report in Report if report in schedule.reports]
    days = schedule.period.days(business_day(run.slot_at))
    sight = owner.sight if owner.sight.is_whole else replace(owner.sight, person=run.owner)
    with seeing(sight), reading() as session:
        return report_files(session, Wanted(schedule.name, reports, days), For(schedule.lang, run.owner), now)


def _owe(session: Session, run: ReportRun, made: Made, now: datetime) -> bool:
    """A message for each address and the chat, with the files, at one stroke."""
    parts: list[tuple[Addressee, dict[str, Any]]] = [
        (schedule_addressee(run.schedule_id), {"to": place}) for place in range(len(run.mails))
    ]
    if run.robot_id:
        chat = robot_addressee(run.robot_id)
        parts.append((chat, {}))
        if takes_picture(robot_of(session, run.robot_id), made.picture):
            parts.append((chat, {"is_picture": True}))
    if not finish_run(session, run.id, made, len(parts), now):
        return False
    for number, (addressee, what) in enumerate(parts):
        owe(
            session,
            OutboxKind.REPORT,
            addressee,
            key=f"{run.id}:{number}",
            number=f"R{run.id}",
            body={"run": run.id} | what,
            about=run.schedule_id,
            now=now,
        )
    return True
