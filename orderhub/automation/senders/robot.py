"""A card goes to a group chat: closed first, so that what is said is what was gathered, then counted, then said.

No chat tells a repeated card from a new one. A card whose sender died may therefore come twice, with its number and a
word on it; nothing else does.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from orderhub.automation.card_text import composed
from orderhub.automation.outbox import Taken
from orderhub.automation.robot_card import RobotCard, close_card, empty_card, items_of
from orderhub.automation.robot_keyring import note_call, robot_line, wait_for
from orderhub.automation.senders.contract import GO, ElsewhereInTrouble, Verdict
from orderhub.domain.anomaly import Anomaly, open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.incident import ANOMALY
from orderhub.domain.robot import Robot
from orderhub.domain.words import UploadProblem
from orderhub.intake.pausing import LOW_CARDS
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import PartnerRefused
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.level import is_paused
from orderhub.kernel.settings import settings

_LEAST_WAIT = timedelta(seconds=1)
_AT_THE_LEVEL = timedelta(minutes=1)


class RobotSender:
    def may_go(self, session: Session, message: Taken) -> Verdict:
        robot = session.get_one(Robot, message.addressee.id)
        if not robot.is_active:
            return Verdict(reason=f"{robot.name} is switched off", is_final=True)
        card = session.get(RobotCard, message.body["card"])
        if card is None or composed(session, card, origin="") is None:
            return Verdict(reason="all of it was over before it was said", is_final=True)
        if is_paused(*LOW_CARDS) and _is_low(session, card):
            return Verdict(UploadProblem.IN_TURN, "cards of low severity wait at this level", again_in=_AT_THE_LEVEL)
        if wait := wait_for(robot, utc_now()):
            return _in_turn(wait)
        return GO

    def send(self, message: Taken) -> None:
        with transaction() as session:
            if wait := note_call(session, message.addressee.id, utc_now()):
                raise ElsewhereInTrouble("the chat was told enough in this minute", retry_after=wait)
            robot = session.get_one(Robot, message.addressee.id)
            # Closed already: by an attempt whose answer nobody heard.
            is_again = session.get_one(RobotCard, message.body["card"]).closed_at is not None
            card = close_card(session, message.body["card"], utc_now())
            said = composed(session, card, origin=settings().origin, is_again=is_again)
        if said is not None:
            robot_line(robot).say(said)

    def problem_of(self, session: Session, message: Taken, error: PartnerRefused) -> UploadProblem:
        return UploadProblem.CHAT_REFUSED

    def kept_back(self, session: Session, message: Taken, verdict: Verdict, now: datetime) -> None:
        """What is never said was never told: the chat hears nothing of it later either."""
        if verdict.is_final:
            empty_card(session, message.body["card"], now)

    def sent(self, session: Session, message: Taken, answer: None, now: datetime) -> None:
        resolve_anomaly(session, AnomalyKind.ROBOT_REFUSED, about=message.about, by=SYSTEM, now=now)

    def refused(
        self, session: Session, message: Taken, problem: UploadProblem, partner_code: str, now: datetime
    ) -> None:
        said = f"{problem.said}（{partner_code}）" if partner_code else problem.said
        _open(session, message, f"{message.number}: {said}", now)

    def locked_out(self, session: Session, message: Taken, reason: str, now: datetime) -> None:
        """Until the robot has new keys, or takes a card that a person sends (workflows/resume_robot.py)."""
        _open(session, message, reason, now)


def _open(session: Session, message: Taken, note: str, now: datetime) -> None:
    robot = session.get_one(Robot, message.addressee.id)
    open_anomaly(
        session,
        AnomalyKind.ROBOT_REFUSED,
        about=message.about,
        occurred_at=now,
        now=now,
        note=f"{robot.name}: {note}",
    )


def _is_low(session: Session, card: RobotCard) -> bool:
    """It tells of anomalies of low severity alone: a task is work that somebody waits for."""
    if card.subject_type != ANOMALY:
        return False
    told = (session.get(Anomaly, item.subject_id) for item in items_of(session, card.id))
    return all(one is None or Severity(one.severity) is Severity.LOW for one in told)


def _in_turn(wait: timedelta) -> Verdict:
    return Verdict(UploadProblem.IN_TURN, "the chat was told enough in this minute", again_in=max(wait, _LEAST_WAIT))
