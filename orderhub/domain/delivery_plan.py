"""Which pieces of an order leave from where? Planned when it is allocated, taken back when the order changes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain import order_stock
from orderhub.domain.delivery import (
    OPEN,
    Delivery,
    DeliveryStatus,
    add_delivery,
    deliveries_of,
    move_delivery,
    planned_pieces,
    promise,
)
from orderhub.domain.merging import unmerge
from orderhub.domain.order import Order, OrderLine, OrderShipped, OrderStatus, Shipment
from orderhub.domain.parcelling import by_weight
from orderhub.domain.reservation import reservations
from orderhub.domain.review import move
from orderhub.domain.sku import has_skus
from orderhub.domain.words import Carrier
from orderhub.kernel.eventlog import SYSTEM, record

Plan = dict[int, list[tuple[int, int, int]]]  # by warehouse: (line, SKU, how many)


@dataclass(frozen=True)
class Way:
    """How parcels leave a warehouse; heavier than ``most_grams`` (0: no bound) they become several."""

    carrier: Carrier | None = None
    service_id: int = 0
    most_grams: int = 0
    grams: Mapping[int, int] = field(default_factory=dict)


_STAYS = (OrderStatus.TO_SHIP, OrderStatus.PARTLY_SHIPPED)


def share_out(lines: Sequence[tuple[int, Mapping[int, int]]], held: Mapping[tuple[int, int], int]) -> Plan:
    """Give the pieces ``held`` by (SKU, warehouse) to ``lines`` (line, pieces by SKU), first come first served.

    A line gets no more than it wants; what nobody wants is left over.
    """
    left = dict(sorted(held.items()))
    plan: Plan = {}
    for line_id, wanted in lines:
        for sku_id, pieces in sorted(wanted.items()):
            open_pieces = pieces
            for place in [place for place in left if place[0] == sku_id]:
                taken = min(open_pieces, left[place])
                if taken:
                    plan.setdefault(place[1], []).append((line_id, sku_id, taken))
                    left[place] -= taken
                    open_pieces -= taken
    return plan


def plan_deliveries(
    session: Session, order: Order, *, by: str, now: datetime, ways: Mapping[int, Way] | None = None
) -> list[Delivery]:
    """A delivery per parcel for the pieces the order holds and no delivery has yet. Safe to repeat.

    ``ways`` by warehouse; without one it leaves with the carrier of the order's newest delivery, if it has any. Where
    the hub keeps no stock, all that is left of the order leaves from warehouse 0.
    """
    session.flush()
    lines = _open_lines(session, order)
    if has_skus(session):
        plan = share_out(lines, unplanned(session, order.id))
    else:
        plan = {0: [(line_id, 0, pieces[0]) for line_id, pieces in lines]} if lines else {}
    wanted = select(OrderLine.id, OrderLine.ship_by).where(OrderLine.order_id == order.id)
    promised = {line_id: ship_by or order.ship_by for line_id, ship_by in session.exec(wanted)}
    return [
        add_delivery(
            session,
            warehouse_id,
            [(order.id, line_id, sku_id, pieces) for line_id, sku_id, pieces in parcel],
            ship_by=min(filter(None, (promised[line_id] for line_id, _, _ in parcel)), default=None),
            by=by,
            now=now,
            carrier=way.carrier,
            service_id=way.service_id,
        )
        for warehouse_id, parts in sorted(plan.items())
        for way in [(ways or {}).get(warehouse_id) or _way_before(session, order.id)]
        for parcel in parcels(parts, way)
    ]


def _way_before(session: Session, order_id: int) -> Way:
    """What of the order comes later leaves as the rest of it did."""
    chosen = [one for one in deliveries_of(session, order_id) if one.carrier]
    return Way(chosen[-1].carrier, chosen[-1].service_id) if chosen else Way()


def parcels(parts: Sequence[tuple[int, int, int]], way: Way) -> Iterator[list[tuple[int, int, int]]]:
    """``parts`` (line, SKU, how many) as they go into boxes that are not too heavy."""
    pieces = {(line_id, sku_id): count for line_id, sku_id, count in parts}
    grams = {(line_id, sku_id): way.grams.get(sku_id, 0) for line_id, sku_id in pieces}
    for parcel in by_weight(pieces, grams, way.most_grams) or [pieces]:
        yield sorted((*key, count) for key, count in parcel.items())


def remaining(session: Session, order: Order) -> Counter[tuple[int, int]]:
    """What has not left yet, by (line, SKU), presale goods included; SKU 0 counts the line's own quantity."""
    gone = planned_pieces(session, order.id, DeliveryStatus.LEFT)
    return _less(_wanted(session, order), gone)


def not_planned(session: Session, order: Order) -> Counter[tuple[int, int]]:
    """What is in no delivery that is open or has left, by (line, SKU), presale goods included."""
    return _less(_wanted(session, order), planned_pieces(session, order.id, *OPEN, DeliveryStatus.LEFT))


def unplanned(session: Session, order_id: int) -> dict[tuple[int, int], int]:
    """Pieces the order holds, by (SKU, warehouse), that no open delivery has."""
    held = {(one.sku_id, one.warehouse_id): one.quantity for one in reservations(session, [order_id]) if one.quantity}
    for (_, sku_id, warehouse_id), pieces in planned_pieces(session, order_id, *OPEN).items():
        held[sku_id, warehouse_id] = held.get((sku_id, warehouse_id), 0) - pieces
    return {place: pieces for place, pieces in held.items() if pieces}


def follow(session: Session, order: Order, *, now: datetime) -> None:
    """Stock first, then deliveries: what no longer fits where the order stands is taken back. Safe to repeat.

    An order whose pieces are others now waits to be allocated anew; what came later leaves in a delivery of its own;
    what stays planned follows the channel's deadline.
    """
    if order.status is OrderStatus.SHIPPED and _has_grown(session, order):
        move(session, order, OrderStatus.PARTLY_SHIPPED, by=SYSTEM, now=now)
    order_stock.follow(session, order, now=now)
    session.flush()
    if order.status not in _STAYS:
        take_back(session, order, now=now)
    elif order.status is OrderStatus.PARTLY_SHIPPED:
        if order_stock.has_left_from_here(session, order.id):
            _follow_partly_shipped(session, order, now)
    elif not _fits(session, order):
        if _only_later_came(session, order):
            plan_deliveries(session, order, by=SYSTEM, now=now)
        else:
            take_back(session, order, now=now)
            move(session, order, OrderStatus.TO_ALLOCATE, by=SYSTEM, now=now)
    else:
        for delivery in deliveries_of(session, order.id, *OPEN):
            promise(session, delivery)


def _has_grown(session: Session, order: Order) -> bool:
    """Its channel has added goods to what left whole, all of it in deliveries of ours."""
    ours = select(Shipment.tracking_no).where(
        Shipment.order_id == order.id, Shipment.shipped_by != "", Shipment.aftersale_id == 0
    )
    gone = {delivery.tracking_no for delivery in deliveries_of(session, order.id, DeliveryStatus.LEFT)}
    return bool(gone) and gone >= set(session.exec(ours)) and bool(remaining(session, order))


def _follow_partly_shipped(session: Session, order: Order, now: datetime) -> None:
    """It is not allocated again: what it holds is planned at once, and with nothing left to come it has left whole."""
    if any(pieces < 0 for pieces in unplanned(session, order.id).values()):
        take_back(session, order, now=now)
    if not remaining(session, order):
        move(session, order, OrderStatus.SHIPPED, by=SYSTEM, now=now)
        _tell_of_last(session, order, now)
    elif has_skus(session):
        plan_deliveries(session, order, by=SYSTEM, now=now)


def _tell_of_last(session: Session, order: Order, now: datetime) -> None:
    """Its newest parcel was the last: a channel that takes an order whole has not heard of it yet."""
    ours = select(Shipment).where(Shipment.order_id == order.id, Shipment.shipped_by != "", Shipment.aftersale_id == 0)
    if parcel := session.exec(ours.order_by(col(Shipment.id).desc()).limit(1)).first():
        told = OrderShipped(
            order.id, parcel.id, parcel.carrier_code, parcel.tracking_no, line_nos=(), is_first=False, is_last=True
        )
        record(session, told, actor=SYSTEM, now=now)


def take_back(session: Session, order: Order, *, now: datetime, by: str = SYSTEM) -> None:
    """Cancel the order's deliveries that have not left; what was merged with them is on its own again."""
    for delivery in deliveries_of(session, order.id, *OPEN):
        unmerge(session, delivery, by=by, now=now)
    for delivery in deliveries_of(session, order.id, *OPEN):
        move_delivery(session, delivery, DeliveryStatus.CANCELLED, by=by, now=now)


def _fits(session: Session, order: Order) -> bool:
    """Whether exactly what the order holds is planned; without stock, no more than what stands of it."""
    if not has_skus(session):
        planned = Counter[tuple[int, int]]()
        for (line_id, sku_id, _), pieces in planned_pieces(session, order.id, *OPEN).items():
            planned[line_id, sku_id] += pieces
        return not planned - _wanted(session, order)
    return not unplanned(session, order.id) or not deliveries_of(session, order.id, *OPEN)


def _only_later_came(session: Session, order: Order) -> bool:
    """Whether what is planned is as it was, and all that is not is of lines for later."""
    fresh: Counter[int] = Counter()
    for (sku_id, _), pieces in unplanned(session, order.id).items():
        if pieces < 0:
            return False
        fresh[sku_id] += pieces
    for need in order_stock.needs_of(session, order):
        if need.is_later:
            fresh -= Counter(need.wanted.pieces)
    return not fresh


def _open_lines(session: Session, order: Order) -> list[tuple[int, dict[int, int]]]:
    """Lines with what of them is in no delivery that is open or has left."""
    left: dict[int, dict[int, int]] = {}
    for (line_id, sku_id), pieces in sorted(not_planned(session, order).items()):
        left.setdefault(line_id, {})[sku_id] = pieces
    return list(left.items())


def _wanted(session: Session, order: Order) -> Counter[tuple[int, int]]:
    if not has_skus(session):
        return Counter({(line.id, 0): line.quantity for line in order_stock.standing_lines(session, order)})
    wanted: Counter[tuple[int, int]] = Counter()
    for need in order_stock.needs_of(session, order):
        for sku_id, pieces in need.wanted.every.items():
            wanted[need.line.id, sku_id] += pieces
        if need.wanted.unmatched:
            wanted[need.line.id, 0] += need.line.quantity
    return wanted


def _less(wanted: Counter[tuple[int, int]], planned: Mapping[tuple[int, int, int], int]) -> Counter[tuple[int, int]]:
    by_line: Counter[tuple[int, int]] = Counter()
    for (line_id, sku_id, _), pieces in planned.items():
        by_line[line_id, sku_id] += pieces
    return wanted - by_line
