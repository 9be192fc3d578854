"""How does one receiver come to one screen? Asked for with a reason, fetched, counted, and only then handed out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission, Role
from orderhub.access.reveal import Why, check_quota, count_reveal
from orderhub.access.sessions import Signed
from orderhub.automation.receiver import receiver_of
from orderhub.domain.drafts import Contact
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.showing import check_may_be_shown
from orderhub.domain.task import TaskKind, TaskPriority, open_task
from orderhub.domain.words import Carrier
from orderhub.kernel.errors import NotFound, PartnerRefused, PartnerUnauthorised, PartnerUnavailable, RuleBroken
from orderhub.kernel.sight import FieldGroup, find, must_see

# What a platform is told it is for, where it asks: the parcel of a carrier it knows.
_CARRIER = Carrier.SF
_LOOKED_INTO_WITHIN = timedelta(hours=24)


class NotTold(RuleBroken):
    """The platform does not tell it."""

    code = "reveal_not_told"


@dataclass(frozen=True)
class Revealed:
    """What one tab shows for a minute; ``left`` are the looks its user has today."""

    order_id: int
    name: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)
    left: int


def reveal(user: Signed, order_id: int, why: Why, now: datetime) -> Revealed:
    """Nothing is handed out that has not been counted and logged in the same transaction.

    Raises:
        NotAllowed, NotFound, NotShown, QuotaUsedUp: nobody is asked.
        NotTold: the platform does not say; nothing is counted.
    """
    must_see(FieldGroup.RECEIVER)
    with acting(user, Permission.ORDER_REVEAL) as session:
        check_quota(session, user.user_id, now)
        shop, order_no = _asked(session, order_id)
    contact = _told(shop, order_no)
    with acting(user, Permission.ORDER_REVEAL) as session:
        _asked(session, order_id)
        count = count_reveal(session, user.user_id, order_id, shop.id, why, now=now)
        if count.is_unusual:
            _have_it_looked_into(session, user, count.today, now)
        where = "".join((contact.province, contact.city, contact.county, contact.address))
        return Revealed(order_id, contact.name, contact.mobile, where, count.left)


def _asked(session: Session, order_id: int) -> tuple[Shop, str]:
    order = find(session, Order, order_id)
    if order is None:
        raise NotFound(f"no order has the id {order_id}")
    check_may_be_shown(order)
    return session.get_one(Shop, order.shop_id), order.channel_order_no


def _told(shop: Shop, order_no: str) -> Contact:
    try:
        return receiver_of(shop, order_no, _CARRIER)
    except (PartnerUnavailable, PartnerUnauthorised, PartnerRefused) as error:
        raise NotTold(f"{shop.code}: {error}") from error


def _have_it_looked_into(session: Session, user: Signed, today: int, now: datetime) -> None:
    """Administrators hear of it under their bell (automation/workflows/tell_staff.py)."""
    open_task(
        session,
        TaskKind.REVEALS_UNUSUAL,
        title=f"{user.name} 今天查看了 {today} 个收件信息，超过平时三倍",
        about=("user", user.user_id),
        role=Role.ADMIN,
        due_at=now + _LOOKED_INTO_WITHIN,
        now=now,
        priority=TaskPriority.HIGH,
    )
