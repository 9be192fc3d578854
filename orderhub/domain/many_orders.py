"""How do hundreds of new orders come in at once? As ``accept`` takes each, but a statement for all of a kind."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from orderhub.domain.acceptance import adds_up, check, facts_of, is_zero_yuan, wares_of
from orderhub.domain.drafts import OrderDraft
from orderhub.domain.order import Order, OrderEvent, OrderPaid, OrderReceived
from orderhub.domain.order_parts import line_facts, parcel_facts, unique_parcels
from orderhub.domain.rules.ruling import apply_rules_to_new
from orderhub.domain.shop import Shop
from orderhub.domain.waybill_twice import follow_waybills
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.eventlog import record_many

_OURS = {"staff_remark": "", "is_urgent": False, "is_held": False}


def is_plain(draft: OrderDraft, *, reserves: bool, at_placing: bool = False) -> bool:
    """Nothing follows from it by itself, no hold and no anomaly; the merchant's rules are asked all the same.

    ``reserves``: the hub keeps stock, so an order that is paid (or, ``at_placing``, only placed) and has not left has
    goods to reserve, and the prices of what is paid are compared with the floors of its SKUs.
    """
    is_sound = adds_up(draft) and not is_zero_yuan(draft)
    is_quiet = draft.status is not ChannelStatus.PAID_WAIT and not draft.unknown and is_sound
    return is_quiet and not (reserves and (draft.paid_at or at_placing) and not draft.shipped_at)


def accept_new(session: Session, shop: Shop, drafts: Sequence[OrderDraft], *, now: datetime) -> set[str]:
    """Take in plain orders that the shop has not; returns the numbers of those taken. Safe to repeat.

    A number that is here by now is left alone, for ``accept`` to compare its versions.

    Raises:
        BadInput: absurd amounts, dates, quantities or numbers in one of them; nothing is changed.
    """
    for draft in drafts:
        check(draft, now)
    facts = {draft.channel_order_no: facts_of(shop, draft, now) | _OURS for draft in drafts}
    ids = _inserted(session, shop, facts, now)
    taken = [draft for draft in drafts if draft.channel_order_no in ids]
    lines, parcels = [], []
    happenings: list[OrderEvent] = []
    for draft in taken:
        order_id, given = ids[draft.channel_order_no], facts[draft.channel_order_no]
        happenings.append(OrderReceived(order_id, draft.channel, given["status"], draft.total_fen))
        if draft.paid_at:
            happenings.append(OrderPaid(order_id, draft.paid_fen, draft.paid_at.isoformat()))
        lines += [line_facts(order_id, line) for line in draft.lines]
        parcels += [parcel_facts(order_id, parcel) for parcel in unique_parcels(draft)]
    for table, rows in (("order_line", lines), ("shipment", parcels)):
        if rows:
            session.connection().execute(insert(SQLModel.metadata.tables[table]), rows)
    follow_waybills(session, {row["tracking_no"] for row in parcels}, now=now)
    record_many(session, happenings, actor=shop.channel, now=now)
    decided = [(_seen(ids, facts, draft), wares_of(draft)) for draft in taken]
    apply_rules_to_new(session, shop.code, decided, now=now)
    return set(ids)


def _seen(ids: dict[str, int], facts: dict[str, dict[str, Any]], draft: OrderDraft) -> Order:
    """The order for rules to look at; it is in the database already and does not belong to the session."""
    number = draft.channel_order_no
    return Order.model_construct(id=ids[number], **facts[number])


def _inserted(session: Session, shop: Shop, facts: dict[str, dict[str, Any]], now: datetime) -> dict[str, int]:
    """Number → id of the orders that were not here; ours are those that were accepted at this very moment."""
    if not facts:
        return {}
    mine = select(Order.channel_order_no, Order.id).where(
        Order.shop_id == shop.id, col(Order.channel_order_no).in_(facts), Order.accepted_at == now
    )
    before = dict(session.exec(mine).all())
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    wanted = dialect.insert(SQLModel.metadata.tables["orders"]).on_conflict_do_nothing()
    session.connection().execute(wanted, [facts[number] for number in sorted(facts)])
    return {number: order_id for number, order_id in session.exec(mine).all() if number not in before}
