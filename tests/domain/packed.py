"""Deliveries to begin a packing test with: paid, approved, allocated, with a waybill."""

from datetime import timedelta

from orderhub.domain.acceptance import accept
from orderhub.domain.allocating import allocate
from orderhub.domain.delivery import delivery_of
from orderhub.domain.order import OrderStatus
from orderhub.domain.review import approve, order_of
from orderhub.domain.words import Carrier
from orderhub.kernel.db import transaction
from tests.builders import NOW, draft, line_draft, shop

LATER = NOW + timedelta(hours=1)


def paid(no: str, *wanted: tuple[str, int], minute: int = 0, **changes) -> int:
    lines = tuple(line_draft(channel_line_no=f"{no}-{n}", sku_code=c, quantity=q) for n, (c, q) in enumerate(wanted, 1))
    moment = NOW + timedelta(minutes=minute)
    with transaction() as session:
        told = draft(no, lines=lines, updated_at=moment, **changes)
        return accept(session, shop(session), told, now=LATER).order.id


def allocated(order_id: int) -> list[int]:
    with transaction() as session:
        order = order_of(session, order_id)
        if order.status is OrderStatus.TO_REVIEW:
            approve(session, order, by="ceshi-o", now=LATER)
        return [one.id for one in allocate(session, order, by="system", now=LATER)]


def labelled(delivery_id: int, number: str = "SF1234567890123") -> int:
    with transaction() as session:
        delivery = delivery_of(session, delivery_id)
        delivery.carrier, delivery.tracking_no = Carrier.SF, number
        session.add(delivery)
    return delivery_id


def planned(no: str, *wanted: tuple[str, int], **changes) -> int:
    """A delivery of an order of its own, with the waybill SF + the order's number."""
    (delivery_id,) = allocated(paid(no, *wanted, **changes))
    return labelled(delivery_id, f"SF{no:0>13}")
