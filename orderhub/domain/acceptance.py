"""How does an order that comes in become ours? Once, whatever the order and number of its messages.

Versions of one order compare by the channel's update time, then by how far its status has gone, then by content; the
greatest wins. So ``accept`` may be called with any versions, repeated and shuffled, and ends in the same place. What
the greatest leaves blank of its buyer is kept from, or filled by, the others: platforms take the masks away once an
order has left or is closed.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from orderhub.domain import delivery_plan, interception, order_parts
from orderhub.domain.anomaly import open_anomaly, open_kinds, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import OrderDraft
from orderhub.domain.hold import HoldReason, follow_promise, hold_while
from orderhub.domain.order import (
    PERSONAL,
    SHIP_WITHIN,
    Order,
    OrderChanged,
    OrderMoved,
    OrderPaid,
    OrderReceived,
    OrderStatus,
    is_onwards,
)
from orderhub.domain.order_stock import WAITING
from orderhub.domain.rules.facts import Ware
from orderhub.domain.rules.ruling import apply_rules
from orderhub.domain.shop import Shop
from orderhub.domain.waybill_twice import follow_waybills
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import shown_text, without_phones
from orderhub.kernel.money import bounded_fen

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
_MOST_LINES = 500
_MOST_PIECES = 100_000

_STATUS = {
    ChannelStatus.UNPAID: OrderStatus.PENDING_PAYMENT,
    ChannelStatus.PAID_WAIT: OrderStatus.TO_REVIEW,
    ChannelStatus.PAID: OrderStatus.TO_REVIEW,
    ChannelStatus.PARTLY_SHIPPED: OrderStatus.PARTLY_SHIPPED,
    ChannelStatus.SHIPPED: OrderStatus.SHIPPED,
    ChannelStatus.DELIVERED: OrderStatus.DELIVERED,
    ChannelStatus.COMPLETED: OrderStatus.COMPLETED,
    ChannelStatus.CLOSED_UNPAID: OrderStatus.CANCELLED,
}
_RANK = {status: rank for rank, status in enumerate(ChannelStatus)}


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    STALE = "stale"


@dataclass(frozen=True)
class Accepted:
    order: Order
    outcome: Outcome


Enrich = Callable[[Accepted], None]


def accept(session: Session, shop: Shop, draft: OrderDraft, *, now: datetime, enrich: Enrich | None = None) -> Accepted:
    """Take ``draft`` in as the shop's order. Safe to repeat, in any order of versions.

    ``enrich`` adds to an order that is new or newer now, before the merchant's rules look at it.

    Raises:
        BadInput: absurd amounts, dates, quantities or numbers; nothing is changed.
    """
    check(draft, now)
    fresh = Order(**facts_of(shop, draft, now))
    standing = _locked(session, shop, draft.channel_order_no)
    if standing is None:
        try:
            with session.begin_nested():
                session.add(fresh)
            return _ruled(session, shop, draft, _created(session, fresh, draft, now), now, enrich=enrich)
        except IntegrityError:  # another worker was first
            standing = _locked(session, shop, draft.channel_order_no)
            if standing is None:
                raise
    if _version(fresh) == _version(standing):
        return Accepted(standing, Outcome.UNCHANGED)
    if _version(fresh) < _version(standing):
        return Accepted(standing, _fill_blanks(session, standing, fresh, now))
    return _ruled(session, shop, draft, _updated(session, standing, fresh, draft, now), now, enrich=enrich)


def _ruled(
    session: Session, shop: Shop, draft: OrderDraft, accepted: Accepted, now: datetime, *, enrich: Enrich | None
) -> Accepted:
    """The merchant's rules decide last, over what everything else has made of the order."""
    if enrich:
        enrich(accepted)
    wares = wares_of(draft)
    is_new = accepted.outcome is Outcome.CREATED
    apply_rules(session, shop.code, accepted.order, wares, now=now, is_new=is_new)
    return accepted


def wares_of(draft: OrderDraft) -> list[Ware]:
    return [Ware(line.sku_code[:64], shown_text(line.title, 200)) for line in draft.lines]


def check(draft: OrderDraft, now: datetime) -> None:
    """Raises: BadInput: a rule of intake is broken; the field is named."""
    if not 1 <= len(draft.lines) <= _MOST_LINES:
        raise BadInput(f"lines: {len(draft.lines)}, needs 1 to {_MOST_LINES}", field="lines", problem="line_count")
    for line in draft.lines:
        if not 1 <= line.quantity <= _MOST_PIECES:
            raise BadInput(
                f"quantity: {line.quantity}, needs 1 to {_MOST_PIECES}", field="quantity", problem="absurd_quantity"
            )
        bounded_fen(line.total_fen, field="line total")
        if line.unit_price_fen < 0:
            raise BadInput("unit_price: is negative", field="unit_price", problem="absurd_money")
    for field in ("total_fen", "freight_fen", "paid_fen"):
        if bounded_fen(getattr(draft, field), field=field) < 0:
            raise BadInput(f"{field}: is negative", field=field, problem="absurd_money")
    for field in ("placed_at", "updated_at", "paid_at", "shipped_at", "completed_at"):
        moment = getattr(draft, field)
        if moment and not _EARLIEST <= moment <= now + _AHEAD:
            raise BadInput(
                f"{field}: {moment:%Y-%m-%d} is before 2000 or in the future", field=field, problem="absurd_time"
            )


def adds_up(draft: OrderDraft) -> bool:
    """Σ lines + freight − discount = total, and the buyer does not pay more than goods and freight."""
    goods_fen = sum(line.total_fen for line in draft.lines)
    return draft.discount_fen >= 0 and goods_fen + draft.freight_fen - draft.discount_fen == draft.total_fen


def is_zero_yuan(draft: OrderDraft) -> bool:
    """零元单: legal, and never passed by itself."""
    return draft.total_fen == 0


def facts_of(shop: Shop, draft: OrderDraft, now: datetime) -> dict[str, Any]:
    """The columns of ``draft`` as an order that nobody has worked on yet."""
    first = draft.lines[0]
    receiver = draft.receiver
    return {
        "shop_id": shop.id,
        "channel": draft.channel,
        "channel_order_no": draft.channel_order_no,
        "status": _target(draft),
        "channel_status": draft.status,
        "channel_status_word": shown_text(draft.status_word, 64),
        "channel_updated_at": draft.updated_at,
        "content_digest": hashlib.sha256(repr(draft).encode()).hexdigest(),
        "placed_at": draft.placed_at,
        "paid_at": draft.paid_at,
        "ship_by": _ship_by(draft),
        "shipped_at": draft.shipped_at,
        "completed_at": draft.completed_at,
        "accepted_at": now,
        "changed_at": now,
        "stage_since": now,
        "total_fen": draft.total_fen,
        "freight_fen": draft.freight_fen,
        "discount_fen": draft.discount_fen,
        "paid_fen": draft.paid_fen,
        "buyer_token": draft.buyer_token[:200],
        "buyer_masked": shown_text(draft.buyer_masked, 64),
        "receiver_token": receiver.token[:500],
        "receiver_name_masked": shown_text(receiver.name_masked, 64),
        "receiver_phone_masked": shown_text(receiver.phone_masked, 32),
        "receiver_phone_tail": receiver.phone_tail[-4:],
        "receiver_region": shown_text(receiver.region, 100),
        "receiver_address_masked": shown_text(receiver.address_masked, 200),
        "buyer_remark": without_phones(shown_text(draft.buyer_remark, 1000)),
        "seller_remark": without_phones(shown_text(draft.seller_remark, 1000)),
        "seller_flag": shown_text(draft.seller_flag, 16),
        "goods_text": f"{shown_text(first.title, 200)} ×{first.quantity}",
        "kind_count": len(draft.lines),
        "piece_count": sum(line.quantity for line in draft.lines),
        "is_presale": draft.is_presale,
    }


def _target(draft: OrderDraft) -> OrderStatus:
    """Where the channel's word puts an order; an unknown word goes by what is paid and shipped."""
    if known := _STATUS.get(draft.status):
        return known
    if draft.status is ChannelStatus.CLOSED_REFUNDED:
        return OrderStatus.COMPLETED if draft.shipped_at else OrderStatus.CANCELLED
    if draft.shipped_at:
        return OrderStatus.SHIPPED
    return OrderStatus.TO_REVIEW if draft.paid_at else OrderStatus.PENDING_PAYMENT


def _ship_by(draft: OrderDraft) -> datetime | None:
    promised = [line.ship_by for line in draft.lines if line.ship_by]
    if draft.ship_by or promised:
        return min([*promised, *([draft.ship_by] if draft.ship_by else [])])
    return draft.paid_at + SHIP_WITHIN if draft.paid_at else None


def _version(order: Order) -> tuple[datetime, int, str]:
    return order.channel_updated_at, _RANK[order.channel_status], order.content_digest


def _locked(session: Session, shop: Shop, channel_order_no: str) -> Order | None:
    wanted = select(Order).where(Order.shop_id == shop.id, Order.channel_order_no == channel_order_no)
    return session.exec(wanted.with_for_update()).one_or_none()


def _created(session: Session, order: Order, draft: OrderDraft, now: datetime) -> Accepted:
    actor = order.channel
    record(session, OrderReceived(order.id, order.channel, order.status, order.total_fen), actor=actor, now=now)
    if order.paid_at:
        record(session, OrderPaid(order.id, order.paid_fen, order.paid_at.isoformat()), actor=actor, now=now)
    order_parts.add(session, order, draft)
    _follow(session, order, draft, now, wrong=frozenset())
    return Accepted(order, Outcome.CREATED)


# What the channel never says, or says only by the way; everything else is taken over from the newest version.
_OURS = {
    "id", "status", "accepted_at", "staff_remark", "mapped_remark", "is_urgent", "is_held", "changed_at", "stage_since",
    "forgotten_at",
}  # fmt: skip
_UNSAID = {"channel_updated_at", "content_digest", "channel_status_word"}
_NEVER_BLANKED = {"buyer_masked"} | {name for name in Order.model_fields if name.startswith("receiver_")}


def _updated(session: Session, order: Order, fresh: Order, draft: OrderDraft, now: datetime) -> Accepted:
    actor = order.channel
    newly_paid = fresh.paid_at if not order.paid_at else None
    if order.shipped_at and not fresh.shipped_at:
        fresh.shipped_at = order_parts.left_with(session, order)
    changed = _take_over(order, fresh)
    order.changed_at = now
    if "ship_by" in changed and order.is_held:
        follow_promise(session, order)
    if newly_paid:
        record(session, OrderPaid(order.id, order.paid_fen, newly_paid.isoformat()), actor=actor, now=now)
    if is_onwards(order.status, fresh.status):
        record(session, OrderMoved(order.id, order.status, fresh.status), actor=actor, now=now)
        order.status, order.stage_since = fresh.status, now
    changed |= order_parts.replace(session, order, draft)
    if changed - _UNSAID:
        record(session, OrderChanged(order.id, tuple(sorted(changed - _UNSAID))), actor=actor, now=now)
    session.add(order)
    _follow(session, order, draft, now, wrong=open_kinds(session, ("order", order.id)))
    return Accepted(order, Outcome.UPDATED)


def _take_over(order: Order, fresh: Order) -> set[str]:
    """Copy what the channel said; returns the names of the fields that changed."""
    changed = set()
    for name in Order.model_fields.keys() - _OURS - _nothing_of_people(order):
        said = getattr(fresh, name)
        if getattr(order, name) != said and (said or name not in _NEVER_BLANKED):
            setattr(order, name, said)
            changed.add(name)
    return changed


def _nothing_of_people(order: Order) -> frozenset[str]:
    """What a channel's later news may not bring back into an order that has forgotten its buyer."""
    return frozenset(PERSONAL) if order.forgotten_at else frozenset()


def _fill_blanks(session: Session, order: Order, older: Order, now: datetime) -> Outcome:
    """An older version says nothing new but what the newer one left blank of its buyer."""
    blank_ones = sorted(_NEVER_BLANKED - _nothing_of_people(order))
    blank = tuple(name for name in blank_ones if getattr(older, name) and not getattr(order, name))
    if not blank:
        return Outcome.STALE
    for name in blank:
        setattr(order, name, getattr(older, name))
    order.changed_at = now
    session.add(order)
    record(session, OrderChanged(order.id, blank), actor=order.channel, now=now)
    return Outcome.UPDATED


def _follow(
    session: Session, order: Order, draft: OrderDraft, now: datetime, *, wrong: Collection[AnomalyKind]
) -> None:
    """What the newest version means for holds and anomalies, and no earlier one; ``wrong``: what stands open."""
    goods_fen = sum(line.total_fen for line in draft.lines)
    sums = f"goods {goods_fen} + freight {draft.freight_fen} - discount {draft.discount_fen}"
    mismatch = "" if adds_up(draft) else f"{sums} against {draft.total_fen} fen"
    is_waiting = order.status in WAITING
    hold_while(session, order, HoldReason.RISK, is_so=draft.status is ChannelStatus.PAID_WAIT, now=now)
    hold_while(session, order, HoldReason.AMOUNT_MISMATCH, is_so=bool(mismatch), now=now, note=mismatch)
    hold_while(session, order, HoldReason.ZERO_YUAN, is_so=is_zero_yuan(draft) and is_waiting, now=now)
    words = [unknown for unknown in draft.unknown if not unknown.startswith("field:")]
    fields = [unknown.removeprefix("field:") for unknown in draft.unknown if unknown.startswith("field:")]
    for kind, note in ((AnomalyKind.AMOUNT_MISMATCH, mismatch), (AnomalyKind.UNKNOWN_STATUS_WORD, "; ".join(words))):
        if note or kind in wrong:
            _anomaly_while(session, order, kind, note, now)
    delivery_plan.follow(session, order, now=now)
    if draft.parcels:
        session.flush()
        follow_waybills(session, [parcel.tracking_no for parcel in draft.parcels], now=now)
    if order.status not in WAITING:
        interception.watch(session, order, now=now)
    if fields:
        open_anomaly(
            session,
            AnomalyKind.UNKNOWN_FIELD,
            about=("shop", order.shop_id),
            occurred_at=draft.updated_at,
            now=now,
            note=", ".join(fields),
        )


def _anomaly_while(session: Session, order: Order, kind: AnomalyKind, note: str, now: datetime) -> None:
    """An anomaly of ``kind`` about the order stands as long as ``note`` says something."""
    about = ("order", order.id)
    if note:
        open_anomaly(
            session,
            kind,
            about=about,
            occurred_at=order.channel_updated_at,
            now=now,
            note=note,
            at_risk_fen=order.paid_fen,
        )
    else:
        resolve_anomaly(session, kind, about=about, by=order.channel, now=now)
