"""Which keys open which group chat? Sealed at rest; each robot has one line for all callers."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from orderhub.connectors.outside import checked_base_url
from orderhub.connectors.robots.contract import Card, RobotConnector, RobotKeys, Tone, wait_before
from orderhub.connectors.robots.registry import MODULES
from orderhub.domain.notice_route import first_route
from orderhub.domain.robot import Robot, RobotConnected, RobotTried, robot_of
from orderhub.domain.words import RobotKind
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, TooMany
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import clean_text, digest
from orderhub.kernel.secrets import seal, unseal

# As many moments of calls as the longest limit of any platform looks at.
_MOST_CALLS = 120
_MOST_SECRET = 128


@dataclass(frozen=True)
class RobotDraft:
    """What a person types. With the ``id`` of one that stands, an empty key or secret leaves what is kept as it is.

    ``base_url`` is the lab's; nobody types one.
    """

    kind: RobotKind
    name: str
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    id: int = 0
    base_url: str = ""


def connect_robot(session: Session, draft: RobotDraft, *, by: str, now: datetime) -> Robot:
    """Add a robot, with a route that makes it useful at once, or give one new keys.

    Raises:
        NotFound: there is no robot of that id.
        BadInput: the field is named.
    """
    robot = robot_of(session, draft.id) if draft.id else Robot(kind=draft.kind, name="", created_at=now)
    if robot.kind is not draft.kind:
        raise BadInput(f"kind: robot {robot.id} is one of {robot.kind}", field="kind", problem="robot_kind")
    if not draft.id and not draft.key.strip():
        raise BadInput("key: a new robot needs one", field="key", problem="robot_key")
    robot.name = clean_text(draft.name, most=64, field="name") or draft.kind.trade_name
    robot.base_url = checked_base_url(draft.base_url) or robot.base_url
    session.add(robot)
    session.flush()
    if draft.key.strip():
        robot.key_sealed = seal(MODULES[robot.kind].read_key(draft.key), _place(robot.id, "key"))
    if secret := clean_text(draft.secret, most=_MOST_SECRET, field="secret"):
        robot.secret_sealed = seal(secret, _place(robot.id, "secret"))
    record(session, RobotConnected(robot.id, robot.kind, robot.name), actor=by, now=now)
    if not draft.id:
        first_route(session, robot.id, by=by, now=now)
    return robot


def note_call(session: Session, robot_id: int, now: datetime) -> timedelta:
    """Count a call that is about to leave; where it would be one too many nothing is counted, and the wait answered."""
    robot = session.get_one(Robot, robot_id, with_for_update=True, populate_existing=True)
    wait = wait_for(robot, now)
    if not wait:
        robot.calls = [*robot.calls, now.timestamp()][-_MOST_CALLS:]
        session.add(robot)
    return wait


def wait_for(robot: Robot, now: datetime) -> timedelta:
    """How long until its chat may be told something again."""
    return timedelta(seconds=wait_before(robot.calls, MODULES[robot.kind].LIMITS, now.timestamp()))


def takes_picture(robot: Robot, picture: bytes) -> bool:
    """As a message of its own, with no address open to the world."""
    return len(picture) <= MODULES[robot.kind].LIMITS.most_picture_bytes


def try_robot(robot_id: int, *, by: str) -> None:
    """Say that it works, in the chat itself.

    Raises:
        NotFound: there is no such robot.
        TooMany: its chat was told so much in this minute that it would turn the hub away.
        PartnerError: it does not answer, or not to us.
    """
    now = utc_now()
    with transaction() as session:
        robot = robot_of(session, robot_id)
        if wait := note_call(session, robot_id, now):
            raise TooMany("the chat was told enough in this minute", retry_after=wait)
    facts = (("机器人", robot.name), ("发送人", by), ("时间", shanghai_text(now)))
    robot_line(robot).say(Card("OrderHub 测试消息：机器人已接通", Tone.DONE, facts))
    with transaction() as session:
        record(session, RobotTried(robot.id, robot.kind), actor=by, now=now)


def robot_line(robot: Robot) -> RobotConnector:
    """The robot's one line, kept open: a ban holds for all callers. New keys open a new one."""
    key = (robot.id, digest(f"{robot.base_url}:{robot.key_sealed}:{robot.secret_sealed}"))
    with _opening:
        if key not in _lines:
            for old in [one for one in _lines if one[0] == robot.id]:
                _lines.pop(old).close()
            _lines[key] = MODULES[robot.kind].connect(_keys(robot), base_url=robot.base_url)
        return _lines[key]


def forget_robot_lines() -> None:
    with _opening:
        for line in _lines.values():
            line.close()
        _lines.clear()


_lines: dict[tuple[int, str], RobotConnector] = {}
_opening = threading.Lock()


def _keys(robot: Robot) -> RobotKeys:
    secret = unseal(robot.secret_sealed, _place(robot.id, "secret")) if robot.secret_sealed else ""
    return RobotKeys(unseal(robot.key_sealed, _place(robot.id, "key")), secret)


def _place(robot_id: int, name: str) -> str:
    return f"robot:{robot_id}:{name}"
