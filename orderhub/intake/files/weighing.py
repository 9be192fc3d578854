"""What would this change? Each order or refund of a file against what is here: new, changed, the same, or wrong.

A version that a channel told us itself stands above any file. Between files the later moment wins, then the status
that has come further; where both are equal the file imported last does, one second later.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from sqlmodel import Session, col, select

from orderhub.connectors.channels import own, own_refund
from orderhub.connectors.channels.contract import Body
from orderhub.domain.acceptance import check
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleStatus, ChannelStatus
from orderhub.intake.files.mapping import FileField
from orderhub.intake.files.orders import SUMMARY_LINE, Sums, priced
from orderhub.intake.files.translate import Lines, ToldOrder, ToldRefund
from orderhub.intake.inbox import InboxMessage, MessageKind, Source
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import parse_yuan, yuan_text

_ORDER_RANK = {status: rank for rank, status in enumerate(ChannelStatus)}
_REFUND_RANK = {status: rank for rank, status in enumerate(AftersaleStatus)}
_A_MOMENT = timedelta(seconds=1)

T = TypeVar("T", ToldOrder, ToldRefund)
Refuse = Callable[[Sequence[int], BadInput], None]


class Effect(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(slots=True)
class Weighed(Generic[T]):
    """``changed`` names the fields of the body that differ."""

    told: T
    effect: Effect
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Standing:
    """The newest version here: when it became true, who told it, and its body where a file did."""

    updated_at: datetime
    source: Source | None
    body: Body


def weigh_orders(
    session: Session, shop: Shop, batch: Sequence[ToldOrder], refuse: Refuse, now: datetime
) -> list[Weighed[ToldOrder]]:
    standing = _standing_orders(session, shop, [told.number for told in batch])
    found = []
    for told in batch:
        try:
            check(told.draft, now)
            found.append(_weighed_order(shop, told, standing.get(told.number)))
        except BadInput as error:
            refuse(told.rows, error)
    return found


def weigh_lines(session: Session, shop: Shop, batch: Sequence[Lines], refuse: Refuse) -> list[Weighed[ToldOrder]]:
    """Articles are put into the order that an earlier file told of."""
    standing = _standing_orders(session, shop, [lines.number for lines in batch])
    found = []
    for lines in batch:
        try:
            told = _with_lines(shop, lines, standing.get(lines.number))
            found.append(_weighed_order(shop, told, standing[lines.number]))
        except BadInput as error:
            refuse(lines.rows, error)
    return found


def weigh_refunds(
    session: Session, shop: Shop, batch: Sequence[ToldRefund], refuse: Refuse, *, coming: AbstractSet[str]
) -> list[Weighed[ToldRefund]]:
    """``coming``: numbers of orders that this file would bring."""
    drafts = [told.draft for told in batch]
    wanted = select(Order.channel_order_no).where(
        Order.shop_id == shop.id, col(Order.channel_order_no).in_({draft.channel_order_no for draft in drafts})
    )
    here = set(session.exec(wanted)) | coming
    standing = _standing_refunds(session, shop, [told.number for told in batch])
    found = []
    for told, draft in zip(batch, drafts, strict=True):
        if draft.channel_order_no in here:
            found.append(_weighed_refund(shop, told, standing.get(told.number)))
        else:
            said = f"order {draft.channel_order_no} is not here: import the orders first"
            refuse(told.rows, BadInput(said, field=FileField.ORDER_NO, problem="order_missing"))
    return found


def _weighed_order(shop: Shop, told: ToldOrder, standing: _Standing | None) -> Weighed[ToldOrder]:
    if standing is None:
        return Weighed(told, Effect.NEW)
    if standing.source is not Source.FILE:
        return Weighed(told, Effect.SAME)
    told = _with_known_lines(shop, told, standing.body)
    changed = _differences(told.body, standing.body)
    if not changed:
        return Weighed(told, Effect.SAME)
    draft, natural = told.draft, own.parse_order(standing.body, shop.channel)
    if (draft.updated_at, _ORDER_RANK[draft.status]) < (natural.updated_at, _ORDER_RANK[natural.status]):
        return Weighed(told, Effect.SAME)
    if draft.updated_at <= standing.updated_at:
        body = told.body | {"updated_at": _iso(standing.updated_at + _A_MOMENT)}
        told = replace(told, body=body, draft=own.parse_order(body, shop.channel))
    return Weighed(told, Effect.CHANGED, changed)


def _weighed_refund(shop: Shop, told: ToldRefund, standing: _Standing | None) -> Weighed[ToldRefund]:
    if standing is None:
        return Weighed(told, Effect.NEW)
    if standing.source is not Source.FILE or not (changed := _differences(told.body, standing.body)):
        return Weighed(told, Effect.SAME)
    draft, natural = told.draft, own_refund.parse_refund(standing.body, shop.channel)
    if (draft.updated_at, _REFUND_RANK[draft.status]) < (natural.updated_at, _REFUND_RANK[natural.status]):
        return Weighed(told, Effect.SAME)
    if draft.updated_at <= standing.updated_at:
        body = told.body | {"updated_at": _iso(standing.updated_at + _A_MOMENT)}
        told = replace(told, body=body, draft=own_refund.parse_refund(body, shop.channel))
    return Weighed(told, Effect.CHANGED, changed)


def _with_lines(shop: Shop, lines: Lines, standing: _Standing | None) -> ToldOrder:
    if standing is None:
        said = f"order {lines.number} is not here: import the list of orders first"
        raise BadInput(said, field=FileField.ORDER_NO, problem="order_missing")
    body = standing.body
    if standing.source is not Source.FILE:
        raise BadInput("the channel itself told of this order", field=FileField.ORDER_NO, problem="told_by_channel")
    freight = parse_yuan(body.get("freight", 0))
    bodies, _, _, discount = priced(lines.lines, Sums(parse_yuan(body["total"]), None, freight, 0))
    body = body | {"lines": bodies, "discount": yuan_text(discount)}
    return ToldOrder(lines.number, lines.rows, body, own.parse_order(body, shop.channel))


def _with_known_lines(shop: Shop, told: ToldOrder, standing: Body) -> ToldOrder:
    """A list of orders says one sum for all articles; what a list of articles has told stays."""
    mine, theirs = told.body["lines"], standing["lines"]
    if mine[0].get("line_no") != SUMMARY_LINE or theirs[0].get("line_no") == SUMMARY_LINE:
        return told
    goods = sum(parse_yuan(line["unit_price"]) * line["quantity"] for line in theirs)
    discount = goods + parse_yuan(told.body.get("freight", 0)) - parse_yuan(told.body["total"])
    if discount < 0:
        return told
    body = told.body | {"lines": theirs, "discount": yuan_text(discount)}
    return replace(told, body=body, draft=own.parse_order(body, shop.channel))


def _differences(fresh: Body, standing: Body) -> tuple[str, ...]:
    names = sorted(fresh.keys() | standing.keys())
    return tuple(name for name in names if fresh.get(name) != standing.get(name))


def _standing_orders(session: Session, shop: Shop, numbers: Sequence[str]) -> dict[str, _Standing]:
    wanted = select(Order.channel_order_no, Order.channel_updated_at).where(
        Order.shop_id == shop.id, col(Order.channel_order_no).in_(numbers)
    )
    return _standing(session, shop, MessageKind.ORDER, dict(session.exec(wanted).all()))


def _standing_refunds(session: Session, shop: Shop, numbers: Sequence[str]) -> dict[str, _Standing]:
    wanted = select(Aftersale.channel_refund_no, Aftersale.channel_updated_at).where(
        Aftersale.shop_id == shop.id, col(Aftersale.channel_refund_no).in_(numbers)
    )
    return _standing(session, shop, MessageKind.REFUND, dict(session.exec(wanted).all()))


def _standing(session: Session, shop: Shop, kind: MessageKind, here: dict[str, datetime]) -> dict[str, _Standing]:
    """By number; the body is that of the newest message, without the moment an import may have given it."""
    if not here:
        return {}
    wanted = (
        select(InboxMessage)
        .where(InboxMessage.shop_id == shop.id, InboxMessage.kind == kind, col(InboxMessage.number).in_(here))
        .order_by(InboxMessage.version)
    )
    told = {message.number: message for message in session.exec(wanted)}
    return {number: _of(updated_at, told.get(number)) for number, updated_at in here.items()}


def _of(updated_at: datetime, message: InboxMessage | None) -> _Standing:
    if message is None or message.source is not Source.FILE or not message.body:
        return _Standing(updated_at, message.source if message and message.body else None, {})
    body = message.content
    body.pop("updated_at", None)
    return _Standing(updated_at, message.source, body)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
