"""Short of one article: the rest leaves and the platform is told of it, then what was short follows."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.delivery import OPEN, deliveries_of, delivery_of
from orderhub.domain.order import Order, OrderLine, OrderStatus
from orderhub.domain.review import approve, order_of
from orderhub.domain.shipping import leave
from orderhub.domain.shortage import Decision, choose
from orderhub.domain.shortage_choice import Choice
from orderhub.domain.stock import adjust, warehouse_coded
from orderhub.domain.words import Carrier, ChannelStatus
from orderhub.intake.stock import look_after
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from tests.domain.stocked import EAST, assert_sound, stocked

from .shipping import uploads, work


def theirs(hub):
    (order,) = hub.world.shelves[hub.code].orders.values()
    return order


def packed(order_id, number):
    """The only delivery that is planned leaves with this waybill."""
    now = utc_now()
    with transaction() as session:
        (planned,) = deliveries_of(session, order_id, *OPEN)
        delivery = delivery_of(session, planned.id)
        delivery.carrier, delivery.tracking_no = Carrier.ZTO, number
        session.add(delivery)
        session.flush()
        leave(session, delivery.id, by="ceshi-w", now=now)
    work()


@pytest.mark.parametrize("hub", ["tb-flagship"], indirect=True)
def test_an_order_leaves_in_two_parcels_and_its_platform_is_told_of_both(hub):
    with transaction() as session:
        goods = stocked(session, utc_now() - timedelta(days=1), BOX_40L=9, SOAP_3=0)
    lines = [{"code": "BOX-40L", "quantity": 1}, {"code": "SOAP-3", "quantity": 2}]
    hub.tell_lab("orders", shop=hub.code, paid=True, lines=lines)
    hub.sync()
    with reading() as session:
        order_id = session.exec(select(Order.id).where(Order.is_held)).one()
    with transaction() as session:
        order = order_of(session, order_id)
        short = session.exec(select(OrderLine).where(OrderLine.sku_code == "SOAP-3")).one()
        choose(session, order, [short.id], Decision(Choice.LATER), by="ceshi-o", now=utc_now())
        approve(session, order, by="ceshi-o", now=utc_now())
    work()
    packed(order_id, "75312345678901")
    (first,) = uploads(hub)
    assert (first["tracking_no"], theirs(hub).status) == ("75312345678901", ChannelStatus.PARTLY_SHIPPED)
    hub.sync()
    with transaction() as session:
        place = warehouse_coded(session, EAST)
        adjust(session, goods["SOAP-3"].id, place, 5, reason="到货", by="ceshi-w", now=utc_now())
    look_after(utc_now())
    packed(order_id, "75312345678902")
    assert [one["tracking_no"] for one in uploads(hub)] == ["75312345678901", "75312345678902"]
    assert theirs(hub).status is ChannelStatus.SHIPPED
    hub.sync()
    with reading() as session:
        assert session.get_one(Order, order_id).status is OrderStatus.SHIPPED
        assert_sound(session)
    assert hub.anomalies() == []
