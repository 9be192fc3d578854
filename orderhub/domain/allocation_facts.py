"""What must be known to allocate an order? Gathered here, so that deciding stays a pure function."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain import delivery_plan
from orderhub.domain.allocation import Candidate, Facts, Wish
from orderhub.domain.carrier_service import (
    CarrierService,
    carrier_named,
    next_collection,
    planned_today,
    services,
    tariff,
)
from orderhub.domain.order import Order
from orderhub.domain.provinces import distance, is_among
from orderhub.domain.reservation import places
from orderhub.domain.rules.decided import RuleDecision
from orderhub.domain.sku import Sku, has_skus
from orderhub.domain.stock import Warehouse

Held = Mapping[tuple[int, int], int]  # pieces by (SKU, warehouse)


def gather(session: Session, order: Order, wish: Wish, *, now: datetime) -> Facts:
    """``wish`` goes before what the rules decided. Where no stock is kept, all leaves from the one place there is."""
    held = delivery_plan.unplanned(session, order.id) if has_skus(session) else {}
    wanted: dict[int, int] = {}
    for (sku_id, _), pieces in held.items():
        wanted[sku_id] = wanted.get(sku_id, 0) + pieces
    decided = wish if wish.warehouse or wish.carrier else _decided(session, order)
    facts = facts_for(session, order, wanted, held, now=now)
    return replace(facts, ship_by=order.ship_by, wish=decided)


def facts_for(session: Session, order: Order, wanted: Mapping[int, int], held: Held, *, now: datetime) -> Facts:
    """``wanted`` pieces by SKU are to go to the order's receiver, those ``held`` for it already among them."""
    skus = session.exec(select(Sku).where(col(Sku.id).in_(wanted))).all() if wanted else []
    return Facts(
        wanted=wanted,
        candidates=_candidates(session, order, wanted, held, now=now) if wanted or not has_skus(session) else (),
        codes={sku.id: sku.code for sku in skus},
        grams={sku.id: sku.weight_grams for sku in skus},
        region=order.receiver_region,
        value_fen=order.paid_fen,
    )


def _decided(session: Session, order: Order) -> Wish:
    """What the merchant's rules say; a name that nothing bears is kept, to be reported."""
    decision = session.get(RuleDecision, order.id)
    if decision is None or not (decision.warehouse or decision.carrier):
        return Wish()
    said = decision.warehouse
    named = select(Warehouse.id).where((col(Warehouse.code) == said) | (col(Warehouse.name) == said))
    return Wish(
        warehouse=said,
        carrier=decision.carrier,
        warehouse_id=session.exec(named).first() if said else None,
        carrier_is=carrier_named(decision.carrier),
    )


def _candidates(
    session: Session, order: Order, wanted: Mapping[int, int], held: Held, *, now: datetime
) -> list[Candidate]:
    shelves: dict[int, dict[int, int]] = {}
    for place in places(session, wanted):
        free = place.available + held.get(place.place, 0)
        shelves.setdefault(place.warehouse_id, {})[place.sku_id] = free
    every = session.exec(select(Warehouse).where(col(Warehouse.id).in_(shelves)))
    kept = [_place(one, shelves[one.id], order) for one in every.all()] if wanted else [Candidate(0, "", {})]
    offered = services(session)
    taken = planned_today(session, [one.id for one in offered], now)
    return [
        candidate
        for place in sorted(kept, key=lambda one: (one.warehouse_rank, one.warehouse_id))
        for candidate in _with_services(place, offered, order.receiver_region, taken, now)
    ]


def _place(warehouse: Warehouse, stock: Mapping[int, int], order: Order) -> Candidate:
    away = distance(order.receiver_region, warehouse.provinces)
    return Candidate(warehouse.id, warehouse.name, stock, away, warehouse_rank=warehouse.rank)


def _with_services(
    place: Candidate, offered: Sequence[CarrierService], region: str, taken: Mapping[int, int], now: datetime
) -> list[Candidate]:
    """One per service that collects there; the place itself, without a carrier, where none does."""
    return [
        replace(
            place,
            service_id=one.id,
            carrier=one.carrier,
            product=one.product,
            rank=one.rank,
            tariff=tariff(one, region),
            reaches=not is_among(region, one.not_to),
            most_grams=one.most_grams,
            daily_limit=one.daily_limit,
            left_today=max(0, one.daily_limit - taken.get(one.id, 0)),
            leaves_at=next_collection(one.latest_hour, now),
        )
        for one in offered
        if one.warehouse_id in (0, place.warehouse_id)
    ] or [place]
