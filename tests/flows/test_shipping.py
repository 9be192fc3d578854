"""Shipped in the hub: the order's platform shows it, once, whatever goes wrong on the way."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from orderhub.automation.outbox import OutboxMessage, OutboxPause, OutboxState, PauseCause
from orderhub.automation.runner import run_next
from orderhub.automation.sending import Postman
from orderhub.connectors.channels.registry import module
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.delivery import delivery_of
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.domain.shipping import leave
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.sku import put_sku
from orderhub.domain.stock import count, put_warehouse
from orderhub.domain.words import Carrier, Channel, ChannelStatus, UploadProblem
from orderhub.intake.keyring import connector_of, forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import PartnerRefused
from orderhub.kernel.eventlog import Event
from orderhub.lab import douyin_bodies, jd_bodies, pinduoduo_bodies, taobao_bodies

from .shipping import PARCEL, allocated, message, ship, uploads, work

CARRIERS = {
    Channel.TAOBAO: taobao_bodies.CARRIERS,
    Channel.DOUYIN: douyin_bodies.CARRIERS,
    Channel.JD: jd_bodies.CARRIERS,
    Channel.PINDUODUO: pinduoduo_bodies.CARRIERS,
}


@pytest.fixture
def number(hub):
    (made,) = hub.orders_come(1)
    hub.sync()
    return made


def test_the_platform_shows_the_order_shipped(hub, number):
    ship(number)
    assert uploads(hub) == []
    work()
    (upload,) = uploads(hub)
    assert (upload["order"], upload["tracking_no"], upload["carrier"]) == (number, PARCEL, hub.told.carrier)
    (theirs,) = hub.world.shelves[hub.code].orders.values()
    assert theirs.status is ChannelStatus.SHIPPED
    assert (message().state, message().attempts) == (OutboxState.SENT, 1)
    work(later=timedelta(days=2))
    assert len(uploads(hub)) == 1


def test_the_parcel_stays_the_one_of_the_warehouse_when_the_platform_tells_of_it(hub, number):
    ship(number)
    hub.tell_lab(f"orders/{hub.code}/{number}", do="remark", memo="已联系买家")
    hub.sync()
    with reading() as session:
        order, parcel = session.exec(select(Order)).one(), session.exec(select(Shipment)).one()
    assert (order.status, order.channel_status) == (OrderStatus.SHIPPED, ChannelStatus.PAID)
    assert order.shipped_at == parcel.shipped_at
    work()
    hub.sync()
    with reading() as session:
        order, parcel = session.exec(select(Order)).one(), session.exec(select(Shipment)).one()
        kinds = session.exec(select(Event.kind).where(Event.subject_type == "order").order_by(col(Event.id))).all()
    assert (order.status, order.channel_status) == (OrderStatus.SHIPPED, ChannelStatus.SHIPPED)
    assert (parcel.tracking_no, parcel.shipped_by) == (PARCEL, "ceshi-w")
    assert [kind for kind in kinds if kind.startswith("ship") or kind == "order_shipped"] == [
        "order_shipped",
        "shipment_uploaded",
    ]
    assert hub.anomalies() == []


def test_a_refused_upload_becomes_an_anomaly_in_words_and_a_second_try_heals_it(hub, number):
    hub.tell_lab(f"orders/{hub.code}/{number}", do="ship", tracking_no="75300000000000")
    ship(number)
    work()
    refused = message()
    assert refused.state is OutboxState.REFUSED
    assert refused.partner_code
    with reading() as session:
        anomaly = session.exec(select(Anomaly)).one()
        order = session.exec(select(Order)).one()
    assert (anomaly.kind, anomaly.subject_type, anomaly.subject_id) == ("upload_refused", "order", order.id)
    assert anomaly.at_risk_fen == order.paid_fen
    assert refused.problem.said in anomaly.note
    assert refused.partner_code in anomaly.note
    assert PARCEL in anomaly.note
    assert len(uploads(hub)) == 0
    work(later=timedelta(days=2))
    assert message().attempts == 1


@pytest.mark.parametrize("fault", ["server_error", "service_error", "truncated_json"])
def test_a_platform_that_is_down_is_told_later_and_only_once(hub, number, fault):
    ship(number)
    hub.fault(fault, count=2, api=hub.told.ship_api)
    postman = Postman()
    work(postman=postman)
    waiting = message()
    assert (waiting.state, waiting.problem) == (OutboxState.WAITING, UploadProblem.UNREACHABLE)
    assert waiting.due_at > utc_now()
    for minutes in (2, 10, 30):
        work(later=timedelta(minutes=minutes), postman=postman)
    assert message().state is OutboxState.SENT
    assert len(uploads(hub)) == 1
    assert hub.anomalies() == []


def test_a_ban_rests_the_shop_and_costs_no_try(hub, number):
    ship(number)
    hub.fault("rate_ban", seconds=1, api=hub.told.ship_api)
    work()
    banned = message()
    assert (banned.state, banned.problem) == (OutboxState.WAITING, UploadProblem.BANNED)
    with reading() as session:
        pause = session.exec(select(OutboxPause)).one()
    assert (pause.cause, pause.until) == (PauseCause.BANNED, banned.due_at)
    tries = banned.tries_left
    hub.world.banned_until.clear()
    forget_connectors()
    work(later=timedelta(minutes=5))
    assert (message().state, message().tries_left) == (OutboxState.SENT, tries - 1)
    assert len(uploads(hub)) == 1


@pytest.mark.parametrize("rollout", [Rollout.OFF, Rollout.SHADOW])
def test_a_shop_that_is_not_rolled_out_tells_nobody(hub, number, rollout):
    with transaction() as session:
        session.get_one(Shop, hub.shop.id).rollout = rollout
    ship(number)
    work()
    with reading() as session:
        assert session.exec(select(OutboxMessage)).all() == []
    assert uploads(hub) == []


def test_a_shop_that_steps_back_meanwhile_tells_nobody(hub, number):
    ship(number)
    while run_next(utc_now()):
        pass
    with transaction() as session:
        session.get_one(Shop, hub.shop.id).rollout = Rollout.SHADOW
    work()
    assert (message().state, message().problem) == (OutboxState.SKIPPED, UploadProblem.NOT_ROLLED_OUT)
    assert uploads(hub) == []


def test_a_refund_asked_for_meanwhile_stops_the_upload_until_it_ends(hub, number):
    ship(number)
    for do, state, minutes in (("request_refund", OutboxState.WAITING, 0), ("withdraw_refund", OutboxState.SENT, 6)):
        hub.tell_lab(f"orders/{hub.code}/{number}", do=do, line=0, reason="不想要了")
        hub.sync()
        work(later=timedelta(minutes=minutes))
        assert message().state is state
        assert hub.anomalies() == ["shipped_despite_refund"] * (state is OutboxState.WAITING)
    assert len(uploads(hub)) == 1


def test_a_carrier_is_named_by_the_code_its_platform_knows(hub):
    known = {str(code): name for code, name in CARRIERS[hub.shop.channel].items()}
    connector = connector_of(hub.shop)
    for carrier in Carrier:
        root = carrier.trade_name[:2] if carrier is not Carrier.EMS else "EMS"
        try:
            assert root in known[connector.carrier_code(carrier)]
        except PartnerRefused:
            assert (hub.shop.channel, carrier) == (Channel.PINDUODUO, Carrier.JD)


def test_a_dead_authorisation_pauses_the_shop_until_it_is_given_anew(hub, number):
    ship(number)
    tokens = hub.world.tokens[hub.code]
    known_refresh = tokens.refresh
    hub.tell_lab(f"shops/{hub.code}/expire-token")
    tokens.refresh = "another"
    work()
    assert (message().state, message().problem) == (OutboxState.WAITING, UploadProblem.UNAUTHORISED)
    with reading() as session:
        pause = session.exec(select(OutboxPause)).one()
    assert (pause.cause, pause.until) == (PauseCause.UNAUTHORISED, None)
    assert hub.anomalies() == ["shop_unauthorised"]
    work(later=timedelta(hours=3))
    assert (message().attempts, uploads(hub)) == (1, [])
    tokens.refresh = known_refresh
    connector_of(hub.shop).refresh_token()
    work(later=timedelta(hours=3))
    assert message().state is OutboxState.SENT
    assert len(uploads(hub)) == 1
    assert hub.anomalies() == []


def test_an_order_in_two_parcels_is_told_line_by_line_or_whole_with_the_last(hub):
    parts = "parts" in module(hub.shop.channel).ABILITIES
    with transaction() as session:
        for code, place in (("SHOE-6", "east"), ("HANG-9", "south")):
            where = put_warehouse(session, place, name=place, now=utc_now())
            sku = put_sku(session, code, by="ceshi", now=utc_now())
            count(session, sku.id, where, 5, reason="开仓", by="ceshi", now=utc_now())
    lines = [{"code": "SHOE-6", "quantity": 1}, {"code": "HANG-9", "quantity": 1}]
    number = hub.tell_lab("orders", shop=hub.code, paid=True, lines=lines)["number"]
    hub.sync()
    ids = allocated(number)
    told = []
    for turn, delivery_id in enumerate(ids):
        with transaction() as session:
            delivery = delivery_of(session, delivery_id)
            delivery.carrier, delivery.tracking_no = Carrier.ZTO, f"7531234567890{turn}"
            leave(session, delivery_id, by="ceshi-w", now=utc_now())
        work()
        told.append([(one["tracking_no"], len(one["lines"])) for one in uploads(hub)])
    both = [[("75312345678900", 1)], [("75312345678900", 1), ("75312345678901", 1)]]
    assert told == (both if parts else [[], [("75312345678901", 2)]])
    (theirs,) = hub.world.shelves[hub.code].orders.values()
    assert theirs.status is ChannelStatus.SHIPPED
