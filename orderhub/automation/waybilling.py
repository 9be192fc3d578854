"""How do deliveries get waybills, one or hundreds at a time, and how are waybills given back?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.automation.addressee import carrier_addressee
from orderhub.automation.outbox import OutboxKind, owe
from orderhub.domain.carrier_account import account_for, carrier_accounts
from orderhub.domain.delivery import OPEN, Delivery, DeliveryPiece, delivery_of, lock_orders
from orderhub.domain.order import Order
from orderhub.domain.waybill import Waybill, give_back, want_waybill
from orderhub.kernel.errors import IllegalMove, RuleBroken

MAKE, RECYCLE = "make", "recycle"


@dataclass
class Wanted:
    """By delivery: ``wanted`` are asked for from now on or were already, ``refused`` are not, and why not."""

    wanted: list[int] = field(default_factory=list)
    refused: dict[int, RuleBroken] = field(default_factory=dict)


def want_waybills(session: Session, delivery_ids: Sequence[int], *, by: str, now: datetime) -> Wanted:
    """Ask for a waybill for each delivery; the carriers are told by the outbox. Safe to repeat.

    A delivery that may not have one holds up no other.
    """
    orders = {order.id: order for order in lock_orders(session, delivery_ids)}
    inside = _orders_inside(session, delivery_ids, orders)
    accounts = carrier_accounts(session)
    done = Wanted()
    for delivery_id in sorted(set(delivery_ids)):
        try:
            delivery = delivery_of(session, delivery_id)
            account = account_for(accounts, delivery)
            waybill = want_waybill(session, delivery, inside[delivery_id], account, by=by, now=now)
            if waybill:
                _owe(session, waybill, MAKE, now=now)
            done.wanted.append(delivery_id)
        except RuleBroken as error:
            done.refused[delivery_id] = error
    return done


def give_back_waybill(session: Session, delivery_id: int, *, by: str, now: datetime) -> None:
    """The delivery is to bear another waybill or none; the carrier is told. Safe to repeat.

    Raises:
        NotFound: there is no such delivery.
        IllegalMove: it has left with it.
    """
    lock_orders(session, [delivery_id])
    delivery = delivery_of(session, delivery_id)
    if delivery.status not in OPEN:
        raise IllegalMove(f"delivery {delivery_id} is {delivery.status}: only what is still here gives a waybill back")
    recycle(session, delivery, by=by, now=now)


def recycle(session: Session, delivery: Delivery, *, by: str, now: datetime) -> list[Waybill]:
    """Every waybill of the locked delivery that the carrier may hold; returns those given back now. Safe to repeat."""
    wanted = select(Waybill).where(Waybill.delivery_id == delivery.id).order_by(col(Waybill.id))
    back = [one for one in session.exec(wanted.with_for_update()) if give_back(session, one, delivery, by=by, now=now)]
    for waybill in back:
        _owe(session, waybill, RECYCLE, now=now)
    return back


def _owe(session: Session, waybill: Waybill, act: str, *, now: datetime) -> None:
    """One message for a waybill's whole life: what comes later takes the place of what has not left yet, and follows
    what is on its way."""
    session.flush()
    owe(
        session,
        OutboxKind.WAYBILL,
        carrier_addressee(waybill.account_id),
        key=waybill.request_no,
        number=waybill.request_no,
        body={"act": act, "request_no": waybill.request_no, "tracking_no": waybill.tracking_no},
        about=waybill.delivery_id,
        version=waybill.turn,
        now=now,
    )


def _orders_inside(session: Session, delivery_ids: Sequence[int], orders: dict[int, Order]) -> dict[int, list[Order]]:
    wanted = (
        select(DeliveryPiece.delivery_id, DeliveryPiece.order_id)
        .where(col(DeliveryPiece.delivery_id).in_(list(delivery_ids)))
        .distinct()
        .order_by(col(DeliveryPiece.order_id))
    )
    inside: dict[int, list[Order]] = defaultdict(list)
    for delivery_id, order_id in session.exec(wanted):
        inside[delivery_id].append(orders[order_id])
    return inside
