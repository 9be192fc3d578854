"""What does the page of who gets what show, as the browser gets it? No key, no secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, func, select

from orderhub.automation import outbox
from orderhub.automation.addressee import robot_addressee
from orderhub.automation.card_text import preview
from orderhub.automation.outbox import OutboxKind, OutboxMessage, OutboxPause
from orderhub.automation.robot_card import RobotCard, RobotCardItem
from orderhub.domain.anomaly_kind import Severity
from orderhub.domain.incident import TASK
from orderhub.domain.notice_route import NoticeRoute, routes
from orderhub.domain.robot import Robot, robots
from orderhub.domain.shop import Shop
from orderhub.kernel.settings import settings
from orderhub.ui.board_rows import exact, unix

PATH = "/studio/robots"
_MOST_SENDINGS = 30


@dataclass
class RobotView:
    """``cause`` is empty where all goes; ``reason`` why it does not."""

    id: str
    kind: str
    name: str
    is_signed: bool
    is_active: bool
    cause: str
    reason: str


@dataclass
class RouteView:
    """``target`` is a robot's name, or empty with ``to_role``; ``quiet`` is empty where there is none."""

    id: str
    target: str
    to_role: str
    kind: str
    least: str
    role: str
    shop: str
    quiet: str
    is_active: bool
    href: str


@dataclass
class RouteForm:
    id: str = ""
    target: str = ""
    kind: str = ""
    least: str = Severity.HIGH
    role: str = ""
    shop: str = "0"
    quiet_from: str = "00:00"
    quiet_until: str = "00:00"
    is_active: bool = True


@dataclass
class SendingView:
    """``kind`` is a word of anomalies, or with ``is_task`` of tasks; empty for a card that is forgotten."""

    id: str
    number: str
    robot: str
    is_task: bool
    kind: str
    stage: str
    count: str
    state: str
    problem: str
    said: str
    at: str
    at_exact: str


@dataclass
class CardView:
    title: str = ""
    tone: str = "note"
    facts: list[tuple[str, str]] = field(default_factory=list)
    foot: str = ""
    link: str = ""


@dataclass
class RobotsView:
    robots: list[RobotView] = field(default_factory=list)
    routes: list[RouteView] = field(default_factory=list)
    sendings: list[SendingView] = field(default_factory=list)
    shops: list[tuple[str, str]] = field(default_factory=list)
    form: RouteForm = field(default_factory=RouteForm)
    card: CardView = field(default_factory=CardView)


def robots_view(session: Session, now: datetime, route_id: int) -> RobotsView:
    found, ways = robots(session), routes(session)
    names = {robot.id: robot.name for robot in found}
    shops = dict(session.exec(select(Shop.id, Shop.name).order_by(col(Shop.id))).all())
    pauses = {pause.addressee: pause for pause in outbox.pauses(session, now)}
    edited = next((way for way in ways if way.id == route_id), None)
    card = preview(session, now, origin=settings().origin)
    return RobotsView(
        robots=[_robot(robot, pauses.get(robot_addressee(robot.id))) for robot in found],
        routes=[_route(way, names, shops) for way in ways],
        sendings=_sendings(session, names),
        shops=[(str(shop_id), name) for shop_id, name in shops.items()],
        form=_form(edited) if edited else RouteForm(target=f"robot:{found[0].id}" if found else ""),
        card=CardView(card.title, card.tone, list(card.facts), card.foot, card.link),
    )


def _robot(robot: Robot, pause: OutboxPause | None) -> RobotView:
    return RobotView(
        id=str(robot.id),
        kind=robot.kind,
        name=robot.name,
        is_signed=bool(robot.secret_sealed),
        is_active=robot.is_active,
        cause=pause.cause if pause else "",
        reason=pause.reason if pause else "",
    )


def _route(way: NoticeRoute, names: Mapping[int, str], shops: Mapping[int, str]) -> RouteView:
    is_quiet = way.quiet_from != way.quiet_until
    return RouteView(
        id=str(way.id),
        target=names.get(way.robot_id, ""),
        to_role=way.to_role,
        kind=way.kind,
        least=way.least_severity,
        role=way.role,
        shop=shops.get(way.shop_id, ""),
        quiet=f"{_clock(way.quiet_from)}–{_clock(way.quiet_until)}" if is_quiet else "",
        is_active=way.is_active,
        href=f"{PATH}?route={way.id}#route",
    )


def _form(way: NoticeRoute) -> RouteForm:
    return RouteForm(
        id=str(way.id),
        target=f"robot:{way.robot_id}" if way.robot_id else f"role:{way.to_role}",
        kind=way.kind,
        least=way.least_severity,
        role=way.role,
        shop=str(way.shop_id),
        quiet_from=_clock(way.quiet_from),
        quiet_until=_clock(way.quiet_until),
        is_active=way.is_active,
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _sendings(session: Session, names: Mapping[int, str]) -> list[SendingView]:
    wanted = select(OutboxMessage).where(OutboxMessage.kind == OutboxKind.ROBOT)
    found = session.exec(wanted.order_by(col(OutboxMessage.id).desc()).limit(_MOST_SENDINGS)).all()
    ids = [message.body.get("card", 0) for message in found]
    cards = {card.id: card for card in session.exec(select(RobotCard).where(col(RobotCard.id).in_(ids)))}
    counts = _counts(session, ids)
    return [_sending(one, cards.get(one.body.get("card", 0)), names, counts) for one in found]


def _counts(session: Session, card_ids: Sequence[int]) -> dict[int, int]:
    wanted = select(RobotCardItem.card_id, func.count()).where(col(RobotCardItem.card_id).in_(card_ids))
    return dict(session.exec(wanted.group_by(col(RobotCardItem.card_id))).all())


def _sending(
    message: OutboxMessage, card: RobotCard | None, names: Mapping[int, str], counts: Mapping[int, int]
) -> SendingView:
    since = message.done_at or message.created_at
    count = counts.get(card.id, 0) if card else 0
    return SendingView(
        id=str(message.id),
        number=message.number,
        robot=names.get(message.addressee.id, ""),
        is_task=bool(card and card.subject_type == TASK),
        kind=card.kind if card else "",
        stage=card.stage if card else "",
        count=str(count) if count > 1 else "",
        state=message.state,
        problem=message.problem,
        said=message.reason,
        at=unix(since),
        at_exact=exact(since),
    )
