"""A program of the warehouse says that a parcel has left: which of the planned ones was it?"""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.automation.hand_waybill import type_over
from orderhub.domain.delivery import OPEN, DeliveryPiece, deliveries_of
from orderhub.domain.order import Order, OrderLine, Shipment
from orderhub.domain.shipping import ShipsInParts, leave, ship_order, waybill
from orderhub.domain.words import Carrier
from orderhub.kernel.errors import RuleBroken


class LinesDiffer(RuleBroken):
    code = "lines_differ"


def parcel_left(
    session: Session,
    order: Order,
    carrier: Carrier,
    tracking_no: str,
    *,
    line_nos: Collection[str] = (),
    by: str,
    now: datetime,
) -> Shipment:
    """The parcel of the locked ``order`` with exactly the lines ``line_nos`` (empty: its only one) has left.

    Where nothing is planned, all of the order has. Safe to repeat with the same waybill.

    Raises:
        LinesDiffer: no planned parcel, or more than one, holds exactly these lines.
        ShipsInParts: no lines are named, and several parcels are planned.
        Others: as ``type_waybill`` and ``leave``.
    """
    wanted = select(Shipment).where(Shipment.order_id == order.id, Shipment.tracking_no == waybill(tracking_no))
    if standing := session.exec(wanted).one_or_none():
        return standing
    planned = deliveries_of(session, order.id, *OPEN)
    if line_nos:
        planned = [one for one in planned if _lines_in(session, one.id, order.id) == set(line_nos)]
        if len(planned) != 1:
            raise LinesDiffer(
                f"{order.channel_order_no}: {len(planned)} planned parcels hold exactly these lines; read /deliveries"
            )
    if not planned:
        return ship_order(session, order, carrier, tracking_no, by=by, now=now)
    if len(planned) > 1:
        raise ShipsInParts(f"{order.channel_order_no} leaves in {len(planned)} parcels: say which lines this one holds")
    delivery = type_over(session, planned[0].id, carrier, tracking_no, by=by, now=now)
    return next(one for one in leave(session, delivery.id, by=by, now=now) if one.order_id == order.id)


def _lines_in(session: Session, delivery_id: int, order_id: int) -> set[str]:
    inside = select(DeliveryPiece.line_id).where(
        DeliveryPiece.delivery_id == delivery_id, DeliveryPiece.order_id == order_id
    )
    return set(session.exec(select(OrderLine.channel_line_no).where(col(OrderLine.id).in_(inside))))
