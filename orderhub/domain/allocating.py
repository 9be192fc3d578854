"""An order that passed its review gets the deliveries it leaves in: 待配货 → 待发货."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.allocation import Choice, Facts, Losers, Pick, Wish, choose
from orderhub.domain.allocation_decision import AllocationDecision, Stuck, keep
from orderhub.domain.allocation_facts import gather
from orderhub.domain.carrier_service import CarrierService
from orderhub.domain.delivery import OPEN, Delivery, planned_pieces
from orderhub.domain.delivery_plan import Way, plan_deliveries, take_back
from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.domain.hold import check_free
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.rebooking import hold_at
from orderhub.domain.review import move
from orderhub.domain.sku import Sku
from orderhub.domain.stock import Warehouse
from orderhub.kernel.errors import BadInput, IllegalMove, NotFound, RuleBroken
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.sight import find

_TRIES = 25
AT_ONCE = 200
NOTHING_WISHED = Wish()


class NothingToPack(RuleBroken):
    code = "nothing_to_pack"


class NoWarehouse(RuleBroken):
    code = "no_warehouse"


class NoCarrier(RuleBroken):
    code = "no_carrier"


class WishImpossible(RuleBroken):
    code = "wish_impossible"


_REFUSALS = {Stuck.NO_GOODS: NothingToPack, Stuck.NO_WAREHOUSE: NoWarehouse, Stuck.NO_CARRIER: NoCarrier}


def allocate(session: Session, order: Order, *, by: str, now: datetime, wish: Wish = NOTHING_WISHED) -> list[Delivery]:
    """Choose warehouse and carrier for the locked ``order``, hold its goods there and plan its deliveries.

    The decision is written down before it is refused: whoever goes on after the refusal keeps it.

    Raises:
        IllegalMove: the order does not wait to be allocated.
        StillHeld: a hold is open.
        NothingToPack: no goods are reserved for it.
        NoWarehouse, NoCarrier: nobody has it all, or takes it there today.
        WishImpossible: a person chose what cannot be; nothing is to be kept.
    """
    if order.status is not OrderStatus.TO_ALLOCATE:
        raise IllegalMove(f"{order.channel_order_no} is {order.status}, only to_allocate can be allocated")
    check_free(session, order)
    facts, choice = _chosen(session, order, wish, now)
    if wish.by_hand and choice.unheard:
        raise WishImpossible(f"{choice.unheard[0].said}: {choice.unheard[0].because.lost}")
    decision = keep(session, order, facts, choice, by=by, now=now)
    if decision.stuck:
        raise _REFUSALS[decision.stuck](f"{order.channel_order_no}: {decision.stuck}")
    planned = plan_deliveries(session, order, by=by, now=now, ways=ways_of(session, choice.picks))
    if not planned:
        raise NothingToPack(f"{order.channel_order_no}: no goods are reserved for it")
    move(session, order, OrderStatus.TO_SHIP, by=by, now=now)
    return planned


def allocate_anew(
    session: Session, order: Order, *, warehouse_id: int = 0, service_id: int = 0, by: str, now: datetime
) -> list[Delivery]:
    """By hand, to a warehouse, a carrier's service or both (0: whichever is best). What was planned is taken back.

    Raises:
        BadInput: neither was chosen.
        IllegalMove: the order does not wait to be shipped, or something of it has left.
        WishImpossible: it cannot leave from there or so; nothing is to be kept.
        StillHeld, NothingToPack, NoWarehouse, NoCarrier: as ``allocate``.
        StageForbids: the flow map does not allow it where the order stands.
    """
    check_stage_allows(session, order, StageAction.ALLOCATE)
    wish = _by_hand(session, warehouse_id, service_id)
    if order.status is OrderStatus.TO_SHIP:
        check_free(session, order)
        take_back(session, order, now=now, by=by)
        move(session, order, OrderStatus.TO_ALLOCATE, by=by, now=now)
        session.flush()
    return allocate(session, order, by=by, now=now, wish=wish)


def stuck_orders(session: Session, *, limit: int = AT_ONCE) -> list[int]:
    """Orders that could not be allocated and still wait for it, those tried longest ago first."""
    wanted = (
        select(AllocationDecision.order_id)
        .join(Order, col(Order.id) == AllocationDecision.order_id)
        .where(
            col(AllocationDecision.stuck).is_not(None),
            Order.status == OrderStatus.TO_ALLOCATE,
            ~col(Order.is_held),
        )
        .order_by(col(AllocationDecision.decided_at), col(AllocationDecision.order_id))
    )
    return list(session.exec(wanted.limit(limit)))


def _chosen(session: Session, order: Order, wish: Wish, now: datetime) -> tuple[Facts, Choice]:
    """The best choice whose goods could be held; one that is sold out meanwhile is followed by the next best."""
    lost: Losers = ()
    for _ in range(_TRIES):
        facts = gather(session, order, wish, now=now)
        choice = choose(facts)
        wanted: Counter[tuple[int, int]] = Counter()
        for pick in choice.picks:
            wanted.update({(sku_id, pick.candidate.warehouse_id): pieces for sku_id, pieces in pick.pieces.items()})
        if not wanted:
            return facts, choice
        for (_, sku_id, warehouse_id), pieces in planned_pieces(session, order.id, *OPEN).items():
            wanted[sku_id, warehouse_id] += pieces
        if hold_at(session, order.id, wanted, by=SYSTEM, now=now):
            return facts, choice
        lost = choice.lost
    return gather(session, order, wish, now=now), Choice(lost=lost)


def ways_of(session: Session, picks: Sequence[Pick]) -> Mapping[int, Way]:
    """By warehouse."""
    skus = {sku_id for pick in picks for sku_id in pick.pieces}
    grams = dict(session.exec(select(Sku.id, Sku.weight_grams).where(col(Sku.id).in_(skus))).all()) if skus else {}
    return {
        pick.candidate.warehouse_id: Way(
            pick.candidate.carrier, pick.candidate.service_id, pick.candidate.most_grams, grams
        )
        for pick in picks
    }


def _by_hand(session: Session, warehouse_id: int, service_id: int) -> Wish:
    if not warehouse_id and not service_id:
        raise BadInput("warehouse: choose one, or a carrier", field="warehouse", problem="nothing_chosen")
    warehouse = find(session, Warehouse, warehouse_id) if warehouse_id else None
    service = find(session, CarrierService, service_id) if service_id else None
    if (warehouse_id and warehouse is None) or (service_id and service is None):
        raise NotFound("there is no such warehouse or carrier service any more")
    return Wish(
        warehouse=warehouse.name if warehouse else "",
        warehouse_id=warehouse.id if warehouse else None,
        carrier=service.carrier if service else "",
        service_id=service.id if service else None,
        by_hand=True,
    )
