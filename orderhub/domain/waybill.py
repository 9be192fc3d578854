"""电子面单: which waybill does a delivery bear, and was it asked for, made, refused or given back?

The number under which a carrier is asked is fixed before it is asked, and is asked again after any doubt: for one
number there is one waybill. A delivery that needs another waybill gets another number.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.carrier_account import CarrierAccount
from orderhub.domain.delivery import OPEN, Delivery, DeliveryEvent
from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.domain.order import Order
from orderhub.domain.shipping import check_delivery_may_leave
from orderhub.domain.words import Carrier
from orderhub.kernel.columns import BigId, Json, Moment, own_id, word
from orderhub.kernel.errors import BadInput, IllegalMove, RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.lifecycle import Lifecycle


class WaybillState(StrEnum):
    WANTED = "wanted"  # 取号中
    MADE = "made"  # 已取号
    REFUSED = "refused"  # 取号失败
    RECYCLING = "recycling"  # 回收中: the carrier is to be told
    RECYCLED = "recycled"  # 已回收


LIFECYCLE = Lifecycle(
    WaybillState.WANTED,
    {
        WaybillState.WANTED: {WaybillState.MADE, WaybillState.REFUSED, WaybillState.RECYCLING},
        WaybillState.MADE: {WaybillState.RECYCLING},
        # Asked for again under the same number: a carrier that gave no answer in a day may have made it all the same.
        WaybillState.REFUSED: {WaybillState.WANTED, WaybillState.MADE, WaybillState.RECYCLING},
        WaybillState.RECYCLING: {WaybillState.RECYCLED},
        WaybillState.RECYCLED: set(),
    },
)
STANDING = (WaybillState.WANTED, WaybillState.MADE)
_STANDING = text("state IN ('wanted', 'made')")


class Waybill(SQLModel, table=True):
    """``label_code`` is the route mark printed large, ``label`` what else the carrier wants on its label.

    ``turn`` counts what the carrier was to be told of it: made, made after all, taken back. ``prints`` counts how often
    its label was printed; ``partner_code`` and ``reason`` are the carrier's last no.
    """

    __table_args__ = (
        Index(
            "uq_waybill_standing",
            "delivery_id",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index("ix_waybill_delivery_id", "delivery_id", "id"),
    )

    id: int = own_id()
    delivery_id: int = Field(foreign_key="delivery.id", sa_type=BigId)
    account_id: int = Field(foreign_key="carrier_account.id", sa_type=BigId)
    carrier: Carrier = Field(sa_type=word(Carrier))
    request_no: str = Field(max_length=64, unique=True)
    state: WaybillState = Field(default=WaybillState.WANTED, sa_type=word(WaybillState))
    tracking_no: str = Field(default="", max_length=64)
    label_code: str = Field(default="", max_length=64)
    label: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    turn: int = 0
    asked_at: datetime = Field(sa_type=Moment)
    asked_by: str = Field(max_length=64)
    made_at: datetime | None = Field(default=None, sa_type=Moment)
    recycled_at: datetime | None = Field(default=None, sa_type=Moment)
    prints: int = 0
    printed_at: datetime | None = Field(default=None, sa_type=Moment)
    printed_by: str = Field(default="", max_length=64)
    partner_code: str = Field(default="", max_length=64)
    reason: str = Field(default="", max_length=500)


class HasWaybill(RuleBroken):
    code = "has_waybill"


@dataclass(frozen=True)
class WaybillWanted(DeliveryEvent):
    request_no: str
    carrier: str


@dataclass(frozen=True)
class WaybillMade(DeliveryEvent):
    request_no: str
    carrier: str
    tracking_no: str


@dataclass(frozen=True)
class WaybillRefused(DeliveryEvent):
    request_no: str
    partner_code: str


@dataclass(frozen=True)
class WaybillGivenBack(DeliveryEvent):
    """The delivery does not bear it any more; the carrier is told."""

    request_no: str
    tracking_no: str


@dataclass(frozen=True)
class WaybillRecycled(DeliveryEvent):
    """The carrier takes no money for it."""

    request_no: str
    tracking_no: str


@dataclass(frozen=True)
class WaybillPrinted(DeliveryEvent):
    """``count`` is how often its label has been printed, this time included."""

    tracking_no: str
    count: int
    reason: str


def check_may_be_asked(session: Session, delivery: Delivery, orders: Iterable[Order]) -> None:
    """The gate of the waybill: raises like ``want_waybill``."""
    if delivery.status not in OPEN:
        raise IllegalMove(f"delivery {delivery.id} is {delivery.status}: only what is to be packed gets a waybill")
    for order in orders:
        check_stage_allows(session, order, StageAction.WAYBILL)
    check_delivery_may_leave(session, delivery, orders)


def want_waybill(
    session: Session, delivery: Delivery, orders: Sequence[Order], account: CarrierAccount, *, by: str, now: datetime
) -> Waybill | None:
    """A number for the locked ``delivery`` of the locked ``orders``; None: it has one that stands already.

    One that this account refused is asked for anew under its own number, so that nothing is paid twice.

    Raises:
        IllegalMove: it has left, or is merged or cancelled; or an order does not wait to be shipped.
        HasWaybill: a waybill was typed by hand.
        StillHeld, RefundOpen, ChannelForbids: one of its orders may not leave.
    """
    if standing_waybill(session, delivery.id):
        return None
    if delivery.tracking_no:
        raise HasWaybill(f"delivery {delivery.id} has the waybill {delivery.tracking_no}")
    check_may_be_asked(session, delivery, orders)
    wanted = _refused_one(session, delivery, account)
    if wanted:
        _move(session, wanted, WaybillState.WANTED)
        wanted.turn += 1
    else:
        # Ids begin anew in a new database, a carrier's memory does not: the number is nobody's by chance.
        request_no = f"OH{delivery.id}-{secrets.token_hex(6)}"
        wanted = Waybill(
            delivery_id=delivery.id,
            account_id=account.id,
            carrier=account.carrier,
            request_no=request_no,
            asked_at=now,
            asked_by=by,
        )
    session.add(wanted)
    record(session, WaybillWanted(delivery.id, wanted.request_no, account.carrier), actor=by, now=now)
    return wanted


def standing_waybill(session: Session, delivery_id: int) -> Waybill | None:
    """Wanted or made."""
    wanted = select(Waybill).where(Waybill.delivery_id == delivery_id, col(Waybill.state).in_(STANDING))
    return session.exec(wanted).one_or_none()


def _refused_one(session: Session, delivery: Delivery, account: CarrierAccount) -> Waybill | None:
    wanted = select(Waybill).where(
        Waybill.delivery_id == delivery.id,
        Waybill.account_id == account.id,
        Waybill.state == WaybillState.REFUSED,
    )
    return session.exec(wanted).one_or_none()


def keep_made(
    session: Session,
    waybill: Waybill,
    delivery: Delivery,
    *,
    tracking_no: str,
    label_code: str,
    label: dict[str, Any],
    by: str,
    now: datetime,
) -> None:
    """The carrier has made it: the locked ``delivery`` bears it, unless it bears another one or leaves no more."""
    _move(session, waybill, WaybillState.MADE)
    waybill.tracking_no, waybill.label_code, waybill.label, waybill.made_at = tracking_no, label_code, label, now
    waybill.partner_code = waybill.reason = ""
    if delivery.status in OPEN and not delivery.tracking_no:
        delivery.carrier, delivery.tracking_no, delivery.changed_at = waybill.carrier, tracking_no, now
        session.add(delivery)
    made = WaybillMade(delivery.id, waybill.request_no, waybill.carrier, tracking_no)
    record(session, made, actor=by, now=now)


def keep_refused(session: Session, waybill: Waybill, *, partner_code: str, reason: str, by: str, now: datetime) -> None:
    _move(session, waybill, WaybillState.REFUSED)
    waybill.partner_code, waybill.reason = partner_code, reason[:500]
    record(session, WaybillRefused(waybill.delivery_id, waybill.request_no, partner_code), actor=by, now=now)


def give_back(session: Session, waybill: Waybill, delivery: Delivery, *, by: str, now: datetime) -> bool:
    """The locked ``delivery`` bears it no more; False: it was given back already."""
    if waybill.state in (WaybillState.RECYCLING, WaybillState.RECYCLED):
        return False
    _move(session, waybill, WaybillState.RECYCLING)
    waybill.turn += 1
    if waybill.tracking_no and delivery.tracking_no == waybill.tracking_no:
        delivery.tracking_no, delivery.changed_at = "", now
        session.add(delivery)
    back = WaybillGivenBack(delivery.id, waybill.request_no, waybill.tracking_no)
    record(session, back, actor=by, now=now)
    return True


def keep_recycled(session: Session, waybill: Waybill, *, by: str, now: datetime) -> None:
    _move(session, waybill, WaybillState.RECYCLED)
    waybill.recycled_at = now
    recycled = WaybillRecycled(waybill.delivery_id, waybill.request_no, waybill.tracking_no)
    record(session, recycled, actor=by, now=now)


def note_printed(session: Session, waybills: Sequence[Waybill], *, reason: str, by: str, now: datetime) -> None:
    """Count a printing of the locked ``waybills``.

    Raises:
        BadInput: one of them was printed before, and no reason says why it is printed again.
    """
    because = clean_text(reason, most=200, field="reason")
    if not because and any(waybill.prints for waybill in waybills):
        raise BadInput("reason: say why the label is printed again", field="reason", problem="reprint_reason")
    for waybill in waybills:
        waybill.prints, waybill.printed_at, waybill.printed_by = waybill.prints + 1, now, by
        session.add(waybill)
        printed = WaybillPrinted(waybill.delivery_id, waybill.tracking_no, waybill.prints, because)
        record(session, printed, actor=by, now=now)


def _move(session: Session, waybill: Waybill, target: WaybillState) -> None:
    LIFECYCLE.check(waybill.state, target)
    waybill.state = target
    session.add(waybill)
