"""When may an order leave, and what becomes of it then?"""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import accept_refund
from orderhub.domain.hold import Hold, HoldReason, StillHeld, hold
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.domain.review import order_of
from orderhub.domain.rollout import goes_out, share_of
from orderhub.domain.shipping import ChannelForbids, RefundOpen, ship_order
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.words import AftersaleStatus, Carrier, Channel, ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, IllegalMove
from orderhub.kernel.eventlog import Event
from tests import builders

from .drafts import NOW, a_refund

WAYBILL = "75312345678901"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def order_id(database) -> int:
    with transaction() as session:
        return builders.order(session, our_status=OrderStatus.TO_SHIP).id


def ship(order_id, tracking_no=WAYBILL):
    with transaction() as session:
        ship_order(session, order_of(session, order_id), Carrier.ZTO, tracking_no, by="zhang", now=LATER)


def of(order_id) -> tuple[Order, list[Shipment], list[str]]:
    with reading() as session:
        parcels = session.exec(select(Shipment)).all()
        kinds = session.exec(select(Event.kind).where(Event.actor == "zhang").order_by(Event.id)).all()
        return session.get_one(Order, order_id), list(parcels), list(kinds)


def test_an_order_leaves_as_one_parcel(order_id):
    ship(order_id, " 7531 2345678901 ")
    order, (parcel,), kinds = of(order_id)
    assert (order.status, order.shipped_at, order.changed_at) == (OrderStatus.SHIPPED, LATER, LATER)
    assert (parcel.tracking_no, parcel.carrier_code, parcel.carrier_name) == (WAYBILL, "zto", "中通快递")
    assert (parcel.shipped_by, parcel.shipped_at) == ("zhang", LATER)
    assert kinds == ["order_moved", "order_shipped"]


def test_the_same_waybill_again_changes_nothing(order_id):
    ship(order_id)
    ship(order_id, WAYBILL.lower())
    assert of(order_id)[2] == ["order_moved", "order_shipped"]
    with pytest.raises(IllegalMove):
        ship(order_id, "75399999999999")
    assert len(of(order_id)[1]) == 1


WAITS = (OrderStatus.TO_SHIP, OrderStatus.PARTLY_SHIPPED)


@pytest.mark.parametrize("status", [one for one in OrderStatus if one not in WAITS])
def test_only_what_waits_to_be_shipped_leaves(database, status):
    with transaction() as session:
        order_id = builders.order(session, our_status=status).id
    with pytest.raises(IllegalMove, match=status):
        ship(order_id)
    assert of(order_id)[1:] == ([], [])


def test_an_order_on_hold_stays(order_id):
    with transaction() as session:
        hold(session, order_of(session, order_id), HoldReason.ADDRESS_DOUBTFUL, by="li", now=NOW)
    with pytest.raises(StillHeld, match="address_doubtful"):
        ship(order_id)
    assert of(order_id)[1:] == ([], [])


def test_an_order_whose_buyer_wants_the_money_back_stays_even_without_its_hold(order_id):
    with transaction() as session:
        shop, order = builders.shop(session), order_of(session, order_id)
        accept_refund(session, shop, a_refund(channel_order_no=order.channel_order_no), now=NOW)
        order.is_held = False
        for held in session.exec(select(Hold)).all():
            held.released_at = NOW
    with pytest.raises(RefundOpen):
        ship(order_id)
    assert of(order_id)[1:] == ([], [])
    with transaction() as session:
        case = a_refund(channel_order_no="6900000000000000001", status=AftersaleStatus.WITHDRAWN, updated_at=LATER)
        accept_refund(session, builders.shop(session), case, now=LATER)
    ship(order_id)


@pytest.mark.parametrize("word", [ChannelStatus.PAID_WAIT, ChannelStatus.UNKNOWN, ChannelStatus.CLOSED_REFUNDED])
def test_what_the_channel_does_not_let_leave_stays(order_id, word):
    with transaction() as session:
        order_of(session, order_id).channel_status = word
    with pytest.raises(ChannelForbids, match=word):
        ship(order_id)
    assert of(order_id)[1:] == ([], [])


@pytest.mark.parametrize("text", ["", "1234567", "x" * 31, "7531234567890！", "SF-12345678", "中通75312345678"])
def test_what_is_no_waybill_is_refused(order_id, text):
    with pytest.raises(BadInput):
        ship(order_id, text)
    assert of(order_id)[0].status is OrderStatus.TO_SHIP


def test_news_from_the_channel_that_knows_no_parcel_yet_takes_ours_not_away(order_id):
    ship(order_id)
    with transaction() as session:
        shop = builders.shop(session)
        accept(session, shop, builders.draft(buyer_remark="快点", updated_at=LATER), now=LATER)
    order, (parcel,), _ = of(order_id)
    assert (order.status, order.shipped_at, order.buyer_remark) == (OrderStatus.SHIPPED, LATER, "快点")
    with transaction() as session:
        told = builders.draft(
            status=ChannelStatus.SHIPPED,
            updated_at=LATER + timedelta(hours=1),
            shipped_at=LATER,
            parcels=(builders.parcel(WAYBILL, carrier_code="zhongtong"),),
        )
        accept(session, builders.shop(session), told, now=LATER)
    (again,) = of(order_id)[1]
    assert (again.id, again.carrier_code, again.shipped_by) == (parcel.id, "zhongtong", "zhang")


def test_of_a_pilot_always_the_same_share_goes_out():
    numbers = [str(6900000000000000000 + turn) for turn in range(2000)]

    def out(rollout, percent=0):
        shop = Shop(code="a", channel=Channel.DOUYIN, name="a", shop_no="1", rollout=rollout, pilot_percent=percent)
        return {number for number in numbers if goes_out(shop, number)}

    assert out(Rollout.OFF) == out(Rollout.SHADOW) == set()
    assert out(Rollout.LIVE) == set(numbers)
    assert out(Rollout.PILOT, 10) < out(Rollout.PILOT, 20)
    assert 140 < len(out(Rollout.PILOT, 10)) < 260
    assert {share_of(number) for number in numbers} == set(range(100))
