"""Reports go to a mail address with their files, or to a group chat as figures with a link, and a picture if it can.

A letter keeps its Message-ID; no chat tells a repeated card from a new one, so that a second one says so. A picture is
a message of its own: what became of one says nothing of the other.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from orderhub.automation.addressee import AddresseeKind
from orderhub.automation.outbox import OutboxMessage, Taken
from orderhub.automation.robot_keyring import note_call, robot_line, wait_for
from orderhub.automation.senders.contract import GO, ElsewhereInTrouble, Verdict
from orderhub.connectors.mail import Attachment, Letter, send_letter
from orderhub.connectors.robots.contract import Card, Tone
from orderhub.domain.report_run import note_failure, note_sent
from orderhub.domain.report_schedule import ReportFailure, ReportRun, ReportSchedule
from orderhub.domain.robot import Robot
from orderhub.domain.words import UploadProblem
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import PartnerRefused
from orderhub.kernel.settings import settings

_LEAST_WAIT = timedelta(seconds=1)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


_FAILURES = {
    UploadProblem.MAIL_REFUSED: ReportFailure.MAIL_REFUSED,
    UploadProblem.CHAT_REFUSED: ReportFailure.CHAT_REFUSED,
    UploadProblem.UNREACHABLE: ReportFailure.UNREACHABLE,
}


class ReportSender:
    def may_go(self, session: Session, message: Taken) -> Verdict:
        run = session.get(ReportRun, message.body["run"])
        schedule = session.get(ReportSchedule, run.schedule_id) if run else None
        if run is None or schedule is None:
            return Verdict(UploadProblem.TURNED_OFF, "the schedule was removed", is_final=True)
        if not schedule.is_on and not run.is_asked:
            return Verdict(UploadProblem.TURNED_OFF, f"{schedule.name} is off", is_final=True)
        robot = _robot(session, message)
        if robot and not robot.is_active:
            return Verdict(UploadProblem.TURNED_OFF, f"{robot.name} is switched off", is_final=True)
        if robot and (wait := wait_for(robot, utc_now())):
            words = "the chat was told enough in this minute"
            return Verdict(UploadProblem.IN_TURN, words, again_in=max(wait, _LEAST_WAIT))
        return GO

    def send(self, message: Taken) -> None:
        with reading() as session:
            run = session.get_one(ReportRun, message.body["run"])
            robot = _robot(session, message)
        if robot:
            with transaction() as session:
                if wait := note_call(session, robot.id, utc_now()):
                    raise ElsewhereInTrouble("the chat was told enough in this minute", retry_after=wait)
            line = robot_line(robot)
            if message.body.get("is_picture"):
                line.show(run.picture)
            else:
                line.say(_card(run, is_again=message.attempts > 1))
        else:
            send_letter(_letter(run, message), settings())

    def problem_of(self, session: Session, message: Taken, error: PartnerRefused) -> UploadProblem:
        return UploadProblem.CHAT_REFUSED if _robot(session, message) else UploadProblem.MAIL_REFUSED

    def kept_back(self, session: Session, message: Taken, verdict: Verdict, now: datetime) -> None:
        if verdict.is_final and (robot := _robot(session, message)) and not robot.is_active:
            note_failure(session, message.about_id, ReportFailure.CHAT_OFF, at=robot.name)

    def sent(self, session: Session, message: Taken, answer: None, now: datetime) -> None:
        note_sent(session, message.about_id, _reader(session, message), now)

    def refused(
        self, session: Session, message: Taken, problem: UploadProblem, partner_code: str, now: datetime
    ) -> None:
        failure = _FAILURES.get(problem, ReportFailure.HUB_FAILED)
        note_failure(session, message.about_id, failure, at=_reader(session, message), code=partner_code)

    def locked_out(self, session: Session, message: Taken, reason: str, now: datetime) -> None:
        """Until a person asks for it again (workflows/resume_report.py), or the robot has new keys."""
        failure = ReportFailure.CHAT_SETTINGS if _robot(session, message) else ReportFailure.MAIL_SETTINGS
        code = session.get_one(OutboxMessage, message.id).partner_code
        note_failure(session, message.about_id, failure, at=_reader(session, message), code=code)


def _reader(session: Session, message: Taken) -> str:
    """For the page alone: no log and no message of the outbox holds an address."""
    robot, run = _robot(session, message), session.get(ReportRun, message.body["run"])
    if robot and message.body.get("is_picture"):
        return f"{robot.name} · PNG"
    return robot.name if robot else run.mails[message.body["to"]] if run else message.number


def _robot(session: Session, message: Taken) -> Robot | None:
    is_chat = message.addressee.kind is AddresseeKind.ROBOT
    return session.get_one(Robot, message.addressee.id) if is_chat else None


def _letter(run: ReportRun, message: Taken) -> Letter:
    figures = [f"{name}: {value}" for name, value in run.figures]
    link = f"{settings().origin}{run.address}"
    name = f"orderhub-report-{run.id}"
    return Letter(
        to=run.mails[message.body["to"]],
        number=f"report-{message.id}-{run.id}",
        subject=run.title,
        text="\n".join([run.title, "", *figures, "", link, ""]),
        attachments=(
            Attachment(f"{name}.png", "image/png", run.picture),
            Attachment(f"{name}.xlsx", _XLSX, run.workbook),
        ),
    )


def _card(run: ReportRun, *, is_again: bool) -> Card:
    facts = tuple((name, value) for name, value in run.figures)
    foot = f"OrderHub 报表 R{run.id}{'（补发，可能重复）' if is_again else ''}"
    return Card(run.title, Tone.NOTE, facts, foot=foot, link=f"{settings().origin}{run.address}")
