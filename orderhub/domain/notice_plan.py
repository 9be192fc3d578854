"""What does a shop tell its buyers, by which ways, with which templates, at which hours? Nothing, until it is set."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from sqlmodel import Field, Session, SQLModel, select

from orderhub.domain.notifier_account import NotifierAccount
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel, ScanNode
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.columns import BigId, Json, Moment, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, Was, record
from orderhub.kernel.ids import clean_text

MOST_WAYS = 3
MOST_VALUES = 10
QUIET_FROM, QUIET_UNTIL = 22 * 60, 8 * 60
_DAY_MINUTES = 24 * 60
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}|[1-9][0-9]?")
_TEMPLATE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PAGE = re.compile(r"[A-Za-z0-9_./-]{0,120}")


class NoticeMoment(StrEnum):
    """What a buyer hears of."""

    SHIPPED = "shipped"
    LEFT_HUB = "left_hub"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"

    @property
    def said(self) -> str:
        """For messages and notes, which are Chinese."""
        return _SAID[self]


_SAID = {
    NoticeMoment.SHIPPED: "已发货",
    NoticeMoment.LEFT_HUB: "运输中",
    NoticeMoment.OUT_FOR_DELIVERY: "派送中",
    NoticeMoment.READY_FOR_PICKUP: "待取件",
}
MOMENT_AT = {
    ScanNode.LEFT_HUB: NoticeMoment.LEFT_HUB,
    ScanNode.OUT_FOR_DELIVERY: NoticeMoment.OUT_FOR_DELIVERY,
    ScanNode.READY_FOR_PICKUP: NoticeMoment.READY_FOR_PICKUP,
}


class NoticeField(StrEnum):
    """What a template may be filled with; nothing of a buyer's person is among it."""

    ORDER_NO = "order_no"
    GOODS = "goods"
    SHOP = "shop"
    CARRIER = "carrier"
    TRACKING_NO = "tracking_no"
    STATUS = "status"
    TIME = "time"
    LINK = "link"
    LINK_CODE = "link_code"  # what stands behind /t/ : a gateway may want the address itself in the template


@dataclass(frozen=True)
class NoticeWay:
    """By which account, with which template; ``values`` are (the template's name, our field) in its order."""

    account_id: int
    template_no: str
    values: tuple[tuple[str, NoticeField], ...]
    page: str = ""


class NoticePlan(SQLModel, table=True):
    """``ways`` in the order they are tried, as ``NoticeWay``; quiet hours in minutes of the Shanghai day, none where
    they are equal."""

    __tablename__ = "notice_plan"  # pyright: ignore[reportAssignmentType]

    shop_id: int = Field(foreign_key="shop.id", primary_key=True, sa_type=BigId)
    moment: NoticeMoment = Field(primary_key=True, sa_type=word(NoticeMoment))
    is_on: bool = False
    ways: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    quiet_from: int = QUIET_FROM
    quiet_until: int = QUIET_UNTIL
    changed_by: str = Field(default="", max_length=64)
    changed_at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class NoticePlanChanged(Happening):
    subject_type: ClassVar[str] = "shop"
    moment: str
    is_on: bool
    ways: int
    was: Was | None = None


@dataclass(frozen=True)
class NoticeTried(Happening):
    """Somebody had a sample sent, to whom is kept nowhere."""

    subject_type: ClassVar[str] = "shop"
    moment: str
    way: str


def may_tell(channel: Channel) -> bool:
    """Only the merchant's own program: a platform's buyers are told by their platform, and by nobody else.

    Taobao, JD, Pinduoduo and Douyin tell a buyer of each step by themselves once a shipment is uploaded, and let a
    merchant use a telephone for the parcel alone.
    """
    return channel is Channel.MINIPROGRAM


def plan_of(session: Session, shop_id: int, moment: NoticeMoment) -> NoticePlan | None:
    return session.get(NoticePlan, (shop_id, moment))


def plans_of(session: Session, shop_id: int) -> dict[NoticeMoment, NoticePlan]:
    found = session.exec(select(NoticePlan).where(NoticePlan.shop_id == shop_id))
    return {plan.moment: plan for plan in found}


def ways_of(plan: NoticePlan) -> tuple[NoticeWay, ...]:
    return tuple(
        NoticeWay(
            way["account_id"],
            way["template_no"],
            tuple((name, NoticeField(field)) for name, field in way["values"]),
            way["page"],
        )
        for way in plan.ways
    )


def set_notice_plan(
    session: Session,
    shop: Shop,
    moment: NoticeMoment,
    *,
    is_on: bool,
    ways: tuple[NoticeWay, ...],
    quiet: tuple[int, int],
    by: str,
    now: datetime,
) -> NoticePlan:
    """Safe to repeat.

    Raises:
        BadInput: the shop's platform tells its buyers by itself, there is no way to go, or a way that cannot work.
    """
    if is_on and not may_tell(shop.channel):
        raise BadInput(f"{shop.code}: {shop.channel} tells its buyers itself", field="shop", problem="notice_platform")
    if is_on and not ways:
        raise BadInput("ways: choose an account and a template first", field="ways", problem="notice_no_way")
    if len(ways) > MOST_WAYS or len({way.account_id for way in ways}) < len(ways):
        raise BadInput(f"ways: {MOST_WAYS} at most, each account once", field="ways", problem="notice_ways")
    for way in ways:
        _check(session, way)
    if not all(0 <= minute < _DAY_MINUTES for minute in quiet):
        raise BadInput("quiet: a time of the day such as 22:00", field="quiet", problem="notice_hours")
    plan = plan_of(session, shop.id, moment) or NoticePlan(shop_id=shop.id, moment=moment, changed_at=now)
    fresh = [asdict(way) for way in ways]
    before = (plan.is_on, [asdict(way) for way in ways_of(plan)], (plan.quiet_from, plan.quiet_until))
    if before == (is_on, fresh, quiet) and plan.changed_by:
        return plan
    was = {"is_on": plan.is_on, "ways": len(plan.ways)} if plan.changed_by else None
    plan.is_on, plan.ways, (plan.quiet_from, plan.quiet_until) = is_on, fresh, quiet
    plan.changed_by, plan.changed_at = by, now
    session.add(plan)
    record(session, NoticePlanChanged(shop.id, moment, is_on, len(ways), was), actor=by, now=now)
    return plan


def quiet_ends(moment: datetime, quiet_from: int, quiet_until: int) -> datetime:
    """When what becomes true at ``moment`` may be told: then, or when the quiet hours around it end."""
    local = moment.astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    is_over_midnight = quiet_from > quiet_until
    is_quiet = (
        (minute >= quiet_from or minute < quiet_until) if is_over_midnight else quiet_from <= minute < quiet_until
    )
    if not is_quiet:
        return moment
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    ends = midnight + timedelta(minutes=quiet_until)
    return (ends if ends > local else ends + timedelta(days=1)).astimezone(moment.tzinfo)


def _check(session: Session, way: NoticeWay) -> None:
    if session.get(NotifierAccount, way.account_id) is None:
        raise BadInput("account: there is none of that number", field="account", problem="notice_account")
    if not _TEMPLATE.fullmatch(way.template_no):
        raise BadInput("template: up to 64 letters, digits, _ and -", field="template", problem="notice_template")
    if not _PAGE.fullmatch(clean_text(way.page, most=120, field="page")):
        raise BadInput("page: a path such as pages/parcel/index", field="page", problem="notice_page")
    names = [name for name, _ in way.values]
    if not 1 <= len(names) <= MOST_VALUES or len(set(names)) < len(names):
        raise BadInput(f"values: 1 to {MOST_VALUES}, each name once", field="values", problem="notice_values")
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise BadInput(f"values: {wrong[0][:32]!r} is no name", field="values", problem="notice_values")
