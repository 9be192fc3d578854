"""In which group chats may the hub speak? One row each, its key and its secret sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.words import RobotKind
from orderhub.kernel.columns import Json, Moment, own_id, word
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.sealing import sealed_fields


class Robot(SQLModel, table=True):
    """The sealed fields open with ``robot:<id>:<name>`` (automation/robot_keyring.py).

    ``calls`` are the moments of its last calls in unix seconds, oldest first: by them every process keeps its pace.
    ``base_url`` is empty for the platform's own address; only the lab's robots have another.
    """

    id: int = own_id()
    kind: RobotKind = Field(sa_type=word(RobotKind))
    name: str = Field(max_length=64)
    key_sealed: str = ""
    secret_sealed: str = ""
    base_url: str = Field(default="", max_length=200)
    is_active: bool = True
    calls: list[float] = Field(default_factory=list, sa_type=Json)
    created_at: datetime = Field(sa_type=Moment)


sealed_fields(Robot, "key", "secret", within=lambda _, robot: f"robot:{robot.id}")


@dataclass(frozen=True)
class RobotEvent(Happening):
    subject_type: ClassVar[str] = "robot"


@dataclass(frozen=True)
class RobotConnected(RobotEvent):
    """It was added, or has a new name or new keys."""

    kind: str
    name: str


@dataclass(frozen=True)
class RobotSwitched(RobotEvent):
    is_active: bool


@dataclass(frozen=True)
class RobotTried(RobotEvent):
    """Its chat took a card that a person sent to see whether it does."""

    kind: str


def robots(session: Session) -> list[Robot]:
    """Every one, in the order they came."""
    return list(session.exec(select(Robot).order_by(col(Robot.id))))


def robot_of(session: Session, robot_id: int) -> Robot:
    """Raises: NotFound."""
    found = session.get(Robot, robot_id)
    if found is None:
        raise NotFound(f"no robot has the id {robot_id}")
    return found


def switch_robot(session: Session, robot_id: int, *, is_active: bool, by: str, now: datetime) -> None:
    """Whether anything is said through it. Safe to repeat.

    Raises: NotFound.
    """
    robot = robot_of(session, robot_id)
    if robot.is_active is not is_active:
        robot.is_active = is_active
        session.add(robot)
        record(session, RobotSwitched(robot.id, is_active), actor=by, now=now)
