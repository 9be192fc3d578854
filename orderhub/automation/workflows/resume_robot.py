"""A robot has new keys, or a card of a person's went through: what waits for its chat may go."""

from sqlmodel import Session

from orderhub.automation.addressee import robot_addressee
from orderhub.automation.outbox import PauseCause, resume
from orderhub.domain.robot import RobotConnected, RobotTried
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of

KINDS = frozenset({kind_of(RobotConnected), kind_of(RobotTried)})


def run(session: Session, event: Event) -> str:
    robot, causes = robot_addressee(event.subject_id), (PauseCause.UNAUTHORISED,)
    resumed = resume(session, robot, causes=causes, by=SYSTEM, now=event.at)
    return "resumed" if resumed else "was not paused"
