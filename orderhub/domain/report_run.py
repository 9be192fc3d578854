"""What becomes of one sending of a report schedule? A row from its slot until its messages are owed, with its files."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, delete, select

from orderhub.domain.report_schedule import (
    LONGEST_CODE,
    LONGEST_READER,
    NO_FAILURE,
    Owner,
    ReportFailure,
    ReportRun,
    ReportSchedule,
    ReportScheduleAsked,
    ReportsSent,
    read_mails,
    schedule_of,
    slot_after,
    slot_before,
)
from orderhub.kernel.eventlog import SYSTEM, record

MOST_TRIES = 5
KEEP = timedelta(days=30)  # as long as a message of the outbox may be sent again


@dataclass(frozen=True)
class Made:
    """What a run is sent as."""

    title: str
    address: str
    figures: list[list[str]]
    rows: int
    workbook: bytes = field(repr=False)
    picture: bytes = field(repr=False)


def ask_run(session: Session, schedule_id: int, to: str, by: Owner, *, now: datetime) -> None:
    """Have it sent within a minute, as ``by`` sees it: to the address ``to``, or where it always goes.

    Raises: NotFound; BadInput: ``to`` is no address.
    """
    kept, mails = schedule_of(session, schedule_id, lock=True), read_mails(to)
    run = _run(kept, now, mails or kept.mails, 0 if mails else kept.robot_id, by)
    run.is_asked = True
    session.add(run)
    record(session, ReportScheduleAsked(kept.id, kept.name), actor=by.name, now=now)


def take_due(session: Session, now: datetime) -> int:
    """A run for the newest slot of each schedule that is due; what was missed before it is not made up for."""
    due = select(ReportSchedule).where(col(ReportSchedule.is_on), col(ReportSchedule.next_at) <= now)
    return sum(_take(session, one, now) for one in session.exec(due.order_by(col(ReportSchedule.id))).all())


def open_runs(session: Session) -> list[int]:
    """Those whose files are still to be made."""
    wanted = select(ReportRun.id).where(col(ReportRun.done_at).is_(None))
    return list(session.exec(wanted.order_by(col(ReportRun.id))))


def begin_run(session: Session, run_id: int, now: datetime) -> tuple[ReportRun, ReportSchedule] | None:
    """The try is counted; None where it is done, or has been tried so often that it is given up."""
    run = session.get(ReportRun, run_id, with_for_update=True, populate_existing=True)
    if run is None or run.done_at:
        return None
    if run.tries >= MOST_TRIES:
        give_up(session, run_id, ReportFailure.CUT_OFF, now=now)
        return None
    run.tries += 1
    session.add(run)
    return run, schedule_of(session, run.schedule_id)


def finish_run(session: Session, run_id: int, made: Made, messages: int, now: datetime) -> bool:
    """Keep its files; False where somebody else has, and nothing is owed again."""
    run = session.get(ReportRun, run_id, with_for_update=True, populate_existing=True)
    if run is None or run.done_at:
        return False
    run.title, run.address, run.figures = made.title, made.address, made.figures
    run.workbook, run.picture, run.done_at = made.workbook, made.picture, now
    session.add(run)
    kept = schedule_of(session, run.schedule_id, lock=True)
    kept.sqlmodel_update(NO_FAILURE)
    session.add(kept)
    record(session, ReportsSent(kept.id, kept.name, run.owner, made.rows, messages), actor=SYSTEM, now=now)
    return True


def give_up(session: Session, run_id: int, failure: ReportFailure, *, now: datetime) -> None:
    """Nothing of it is sent; the page says why. Safe to repeat."""
    run = session.get(ReportRun, run_id, with_for_update=True)
    if run and not run.done_at:
        run.done_at = now
        session.add(run)
        note_failure(session, run.schedule_id, failure)


def note_failure(session: Session, schedule_id: int, failure: ReportFailure, *, at: str = "", code: str = "") -> None:
    """``at`` is the reader who has not got it, ``code`` what whoever refused it calls that."""
    if kept := session.get(ReportSchedule, schedule_id, with_for_update=True):
        kept.failure, kept.failure_at, kept.failure_code = failure, at[:LONGEST_READER], code[:LONGEST_CODE]
        session.add(kept)


def note_sent(session: Session, schedule_id: int, to: str, now: datetime) -> None:
    """To one of its readers; what another has not got stays said until the next sending."""
    if kept := session.get(ReportSchedule, schedule_id, with_for_update=True):
        kept.sent_at = now
        if kept.failure_at == to[:LONGEST_READER]:
            kept.sqlmodel_update(NO_FAILURE)
        session.add(kept)


def forget_old(session: Session, now: datetime) -> int:
    old = delete(ReportRun).where(col(ReportRun.done_at) < now - KEEP)
    return session.exec(old).rowcount


def _take(session: Session, kept: ReportSchedule, now: datetime) -> bool:
    """False where somebody else took the slot a moment ago."""
    after = slot_after(kept.weekday, kept.at_minute, now)
    mine = update(ReportSchedule).where(
        col(ReportSchedule.id) == kept.id, col(ReportSchedule.is_on), col(ReportSchedule.next_at) == kept.next_at
    )
    if not session.exec(mine.values(next_at=after)).rowcount:
        return False
    slot = slot_before(kept.weekday, kept.at_minute, now)
    session.add(_run(kept, slot, kept.mails, kept.robot_id, Owner(kept.owner_id, kept.owner)))
    return True


def _run(kept: ReportSchedule, slot: datetime, mails: Collection[str], robot_id: int, owner: Owner) -> ReportRun:
    return ReportRun(
        schedule_id=kept.id,
        slot_at=slot,
        mails=list(mails),
        robot_id=robot_id,
        owner_id=owner.id,
        owner=owner.name,
    )
