"""Parcels that left, prices of a carrier, and bills that charge for them."""

from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, select

from orderhub.domain.carrier_service import CarrierService, put_service, read_zones
from orderhub.domain.delivery import Delivery, DeliveryPiece, DeliveryStatus
from orderhub.domain.freight import Charge
from orderhub.domain.freight_bill import Bill, FreightCheck, FreightLine
from orderhub.domain.order import OrderLine
from orderhub.domain.sku import put_sku
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import business_day
from tests import builders
from tests.builders import NOW

DAY = business_day(NOW - timedelta(days=1))


def card(session: Session, **changes: Any) -> CarrierService:
    """SF: 5 yuan for the first kilogram and 2 for each further one; Xinjiang 20 and 10."""
    known = {"carrier": Carrier.SF, "first_fen": 500, "step_fen": 200, "zones": read_zones("新疆 = 20 + 10")}
    return put_service(session, CarrierService(changed_at=NOW, **known | changes), by="tester", now=NOW)


def parcel(
    session: Session,
    number: str,
    *,
    grams: int = 800,
    region: str = "浙江省 杭州市",
    status: DeliveryStatus = DeliveryStatus.LEFT,
    carrier: Carrier = Carrier.SF,
) -> Delivery:
    order = builders.order(session, f"o-{number}")
    order.receiver_region = region
    session.add(order)
    sku = put_sku(session, f"sku-{number}", title="收纳箱", weight_grams=grams, by="tester", now=NOW)
    made = Delivery(carrier=carrier, tracking_no=number, status=status, planned_at=NOW, changed_at=NOW)
    session.add(made)
    session.flush()
    line = session.exec(select(OrderLine).where(OrderLine.order_id == order.id)).first()
    assert line
    piece = DeliveryPiece(
        delivery_id=made.id, home_id=made.id, order_id=order.id, line_id=line.id, sku_id=sku.id, quantity=1
    )
    session.add(piece)
    session.flush()
    return made


def charge(number: str, fen: int = 500, **changes: Any) -> Charge:
    known = {"grams": 1000, "zone": "浙江省", "day": DAY} | changes
    return Charge(number, known.pop("day"), fen, **known)


def bill(*charges: Charge, carrier: Carrier = Carrier.SF, name: str = "sf.csv") -> Bill:
    return Bill(carrier, charges, name)


def standing(session: Session) -> list[tuple[str, str, int]]:
    """(waybill, cause, gap in fen) of every line."""
    wanted = select(FreightLine.tracking_no, FreightCheck.cause, FreightCheck.gap_fen)
    wanted = wanted.join(FreightCheck, FreightCheck.line_id == FreightLine.id)  # type: ignore[arg-type]
    return sorted((number, str(cause), fen) for number, cause, fen in session.exec(wanted))


def line_of(session: Session, number: str) -> FreightLine:
    return session.exec(select(FreightLine).where(FreightLine.tracking_no == number)).one()


def days_ago(count: int) -> date:
    return DAY - timedelta(days=count)
