"""Somebody asked for a report, changed or switched its schedule: a mail server that locked us out is tried again."""

from sqlmodel import Session

from orderhub.automation.addressee import schedule_addressee
from orderhub.automation.outbox import PauseCause, resume
from orderhub.domain.report_schedule import ReportScheduleAsked, ReportScheduleSet, ReportScheduleSwitched
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of

KINDS = frozenset(map(kind_of, (ReportScheduleAsked, ReportScheduleSet, ReportScheduleSwitched)))


def run(session: Session, event: Event) -> str:
    schedule, causes = schedule_addressee(event.subject_id), (PauseCause.UNAUTHORISED,)
    resumed = resume(session, schedule, causes=causes, by=SYSTEM, now=event.at)
    return "resumed" if resumed else "was not paused"
