"""Money and goods go back at every platform: the hub knows each step of it, and what it was asked to tell."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.connectors.channels.contract import ShipNotice, StockNotice
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.intake.keyring import connector_of
from orderhub.kernel.db import reading
from orderhub.kernel.errors import PartnerRefused

PARCEL = "75312345678901"


@pytest.fixture
def number(hub):
    (made,) = hub.orders_come(1, lines=[{"code": "A-18&B-C1*4", "quantity": 2}, {"code": "BOX-40L", "quantity": 1}])
    return made


def test_a_bundle_code_stays_as_the_merchant_wrote_it(hub, number):
    hub.sync()
    with reading() as session:
        lines = session.exec(select(OrderLine.sku_code, OrderLine.quantity)).all()
    assert sorted(lines) == [("A-18&B-C1*4", 2), ("BOX-40L", 1)]


@pytest.mark.parametrize(
    ("do", "status"),
    [
        ("agree_refund", AftersaleStatus.CLOSED),
        ("refuse_refund", AftersaleStatus.REJECTED),
        ("withdraw_refund", AftersaleStatus.WITHDRAWN),
    ],
)
def test_a_refund_before_shipping_holds_its_order_until_it_ends(hub, number, do, status):
    _do(hub, number, "request_refund", line=1, reason="不想要了")
    case = _case(hub)
    assert (case.kind, case.status) == (AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleStatus.REQUESTED)
    assert case.amount_fen == hub.refunds()[0].amount_fen
    assert _is_held()
    _do(hub, number, do)
    assert _case(hub).status is status
    assert not _is_held()
    assert hub.anomalies() == []


def test_a_return_is_known_at_each_of_its_steps(hub, number):
    for do in ("ship", "deliver"):
        _do(hub, number, do)
    _do(hub, number, "request_refund", line=0, reason="质量问题")
    case = _case(hub)
    assert (case.kind, case.status) == (AftersaleKind.RETURN_AND_REFUND, AftersaleStatus.REQUESTED)
    assert (case.amount_fen, case.reason) == (hub.refunds()[0].amount_fen, "质量问题")
    steps = [
        ("agree_refund", AftersaleStatus.AWAITING_RETURN, ""),
        ("send_back", AftersaleStatus.RETURNED, "YT0000000000777"),
        ("agree_refund", AftersaleStatus.CLOSED, "YT0000000000777"),
    ]
    for do, status, waybill in steps:
        _do(hub, number, do, tracking_no="YT0000000000777")
        case = _case(hub)
        assert (case.status, case.return_tracking_no) == (status, waybill)
    assert hub.anomalies() == []


def test_a_refund_asked_for_alone_is_the_one_of_the_pull(hub, number):
    for do in ("ship", "deliver"):
        _do(hub, number, do)
    _do(hub, number, "request_refund", line=1)
    case = _case(hub)
    alone = connector_of(hub.shop).refund(case.channel_refund_no, number)
    assert (alone.number, alone.updated_at) == (case.channel_refund_no, case.channel_updated_at)


def test_a_parcel_told_to_the_platform_comes_back_as_shipped(hub, number):
    connector = connector_of(hub.shop)
    notice = ShipNotice(number, PARCEL, hub.told.carrier)
    connector.ship(notice)
    connector.ship(notice)
    (upload,) = [row for row in hub.world.uploads if row["kind"] == "shipment"]
    assert (upload["order"], upload["tracking_no"], upload["carrier"]) == (number, PARCEL, hub.told.carrier)
    with pytest.raises(PartnerRefused):
        connector.ship(ShipNotice(number, "75399999999999", hub.told.carrier))
    hub.sync()
    assert hub.ours() == hub.theirs()
    with reading() as session:
        order = session.exec(select(Order)).one()
    assert (order.status, order.shipped_at) == ("shipped", order.channel_updated_at)


def test_stock_told_to_the_platform_is_the_quantity_from_now_on(hub):
    connector = connector_of(hub.shop)
    for quantity in (30, 0):
        connector.set_stock(StockNotice("700000000001", "5400000000001", "BOX-40L", quantity))
        assert hub.world.shelves[hub.code].stock == {"5400000000001": quantity}


def _do(hub, number, do, **asked):
    hub.tell_lab(f"orders/{hub.code}/{number}", do=do, **asked)


def _case(hub) -> Aftersale:
    """The one case, as the hub holds it after a pull."""
    assert hub.sync().error == ""
    hub.settle(later=timedelta(minutes=10))
    with reading() as session:
        return session.exec(select(Aftersale)).one()


def _is_held() -> bool:
    with reading() as session:
        return session.exec(select(Order.is_held)).one()
