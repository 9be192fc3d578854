"""How do hundreds of new orders come in at once? As ``accept`` takes each, but a statement for all of a kind.

Taken so are orders nobody has seen, from which follows what can be said beforehand: lines, parcels, what mappings and
simple rules put on them, goods that are there, or that everybody waits for. All others are left to ``accept``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from orderhub.domain import many_goods
from orderhub.domain.arrival import Arrival, Coming, foreseen
from orderhub.domain.custom_field import CustomValue
from orderhub.domain.hold import LONGEST_NOTE, Hold, OrderHeld
from orderhub.domain.many_promises import Overtaken, promise_all
from orderhub.domain.many_waits import hold_all
from orderhub.domain.mapped import MAPPING
from orderhub.domain.order import (
    AllocationDue,
    Order,
    OrderLine,
    OrderMapped,
    OrderMoved,
    OrderPaid,
    OrderReceived,
    OrderTag,
    OrderTagged,
    Shipment,
)
from orderhub.domain.order_parts import parcel_facts, unique_parcels
from orderhub.domain.order_stock import StockReserved
from orderhub.domain.rules.decided import RuleDecision, RuleHit
from orderhub.domain.rules.ruling import RULES, RuleNotified, decided, decision_facts, hit_facts, reasons_of
from orderhub.domain.waybill_twice import follow_waybills
from orderhub.kernel.eventlog import SYSTEM, Happening, record_many
from orderhub.kernel.many_rows import among, insert_rows, next_ids

_TRIES = 3

_Numbered = tuple[int, Arrival]  # its id


def accept_many(session: Session, coming: Iterable[Coming], *, now: datetime) -> list[Coming]:
    """Take in those that can be taken at once, and return them; nothing is done about the others. Safe to repeat.

    Of several versions of one order only the first may be taken: the others are compared with it.
    """
    session.flush()
    first: dict[tuple[int, str], Coming] = {}
    for one in coming:
        first.setdefault(one.key, one)
    arrivals = [found for one in first.values() if (found := foreseen(session, one, now))]
    for _ in range(_TRIES if arrivals else 0):
        seen = _seen(session, arrivals)
        fitting = many_goods.fitting(session, [one for one in arrivals if one.coming.key not in seen], now)
        try:
            with session.begin_nested():
                numbered = _write(session, fitting, now)
                waits = hold_all(session, [(number, one) for number, one in numbered if one.lacks], now)
        except (IntegrityError, Overtaken):  # another worker was first
            continue
        _tell(session, numbered, waits, now)
        return [one.coming for one in fitting]
    return []


def _seen(session: Session, arrivals: Sequence[Arrival]) -> set[tuple[int, str]]:
    """Those that are here already, by shop and number."""
    by_shop: dict[int, list[str]] = {}
    for one in arrivals:
        shop_id, number = one.coming.key
        by_shop.setdefault(shop_id, []).append(number)
    return {
        (shop_id, number)
        for shop_id, numbers in by_shop.items()
        for number in session.exec(
            select(Order.channel_order_no).where(
                Order.shop_id == shop_id, among(session, col(Order.channel_order_no), numbers)
            )
        )
    }


def _write(session: Session, arrivals: Sequence[Arrival], now: datetime) -> list[_Numbered]:
    """Each with its new id. Goods come last, so that their levels are locked for a short time only.

    Raises:
        IntegrityError: one of them is here by now. Overtaken: its goods are not there any more.
    """
    numbered = list(zip(next_ids(session, Order, len(arrivals)), arrivals, strict=True))
    for number, one in numbered:
        for line in one.lines:
            line["order_id"] = number
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {
        Order: [{"id": number} | one.facts for number, one in numbered],
        OrderLine: [line for one in arrivals for line in one.lines],
        Shipment: [
            parcel_facts(number, parcel) for number, one in numbered for parcel in unique_parcels(one.coming.draft)
        ],
        OrderTag: [tag for number, one in numbered for tag in _tags(number, one)],
        CustomValue: [
            {"order_id": number, "field_id": field_id, "text": cell.text, "amount": cell.amount}
            for number, one in numbered
            for field_id, cell in one.coming.cells.items()
        ],
        RuleDecision: [decision_facts(number, one.decision) for number, one in numbered],
        Hold: [
            {"order_id": number, "reason": reason, "note": note[:LONGEST_NOTE], "by": RULES, "held_at": now}
            for number, one in numbered
            for reason, note in one.held
        ],
        RuleHit: [hit for number, one in numbered for hit in hit_facts(number, one.decision)],
    }
    for table, given in rows.items():
        insert_rows(session, table, given)
    if session.connection().dialect.name != "sqlite" and not many_goods.take_again(session, arrivals):
        raise Overtaken
    promised = [(number, one.taken, one.taken_before) for number, one in numbered if one.taken]
    promise_all(session, promised, by=SYSTEM, now=now)
    return numbered


def _tell(
    session: Session, numbered: Sequence[_Numbered], waits: Mapping[int, Sequence[Happening]], now: datetime
) -> None:
    """Outside the savepoint: each event has a trigger, and SQLite looks through all pages that the savepoint changed
    at each statement that a trigger may take back: the more orders stand, the more pages.
    """
    record_many(
        session, (told for number, one in numbered for told in _happened(number, one, waits.get(number, ()))), now=now
    )
    parcels = {parcel.tracking_no[:64] for _, one in numbered for parcel in unique_parcels(one.coming.draft)}
    follow_waybills(session, parcels, now=now)


def _tags(order_id: int, arrival: Arrival) -> Iterator[dict[str, Any]]:
    """A mapping puts its own first; what a rule wants besides is the rule's."""
    mapped = arrival.coming.tags
    for word in mapped:
        yield {"order_id": order_id, "tag": word, "by": MAPPING}
    for word in arrival.decision.tags:
        if word not in mapped:
            yield {"order_id": order_id, "tag": word, "by": RULES}


def _happened(order_id: int, arrival: Arrival, waits: Sequence[Happening]) -> Iterator[tuple[Happening, str]]:
    """As it would have happened one after the other, each with its actor."""
    draft, decision = arrival.coming.draft, arrival.decision
    yield OrderReceived(order_id, draft.channel, arrival.received, draft.total_fen), draft.channel
    if draft.paid_at:
        yield OrderPaid(order_id, draft.paid_fen, draft.paid_at.isoformat()), draft.channel
    if arrival.taken:
        yield StockReserved(order_id, sum((arrival.taken_before or arrival.taken).values())), SYSTEM
    for one in waits:
        yield one, SYSTEM
    if mapped := arrival.coming.mapped:
        yield OrderMapped(order_id, mapped), MAPPING
    reasons = reasons_of(decision)
    for word in decision.tags:
        if word not in arrival.coming.tags:
            yield OrderTagged(order_id, word, reasons[word]), RULES
    for reason, _ in arrival.held:
        yield OrderHeld(order_id, reason), RULES
    if arrival.passes:
        yield OrderMoved(order_id, arrival.received, arrival.facts["status"]), RULES
        yield AllocationDue(order_id), RULES
    for role, words in decision.notices:
        yield RuleNotified(order_id, role, words), RULES
    if decision.hits:
        yield decided(order_id, decision), RULES
    if arrival.taken_before:
        yield StockReserved(order_id, sum(arrival.taken.values())), SYSTEM
