"""An exchange and a resend, from the buyer's wish to the parcel that replaces the first: once, told by a person."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.automation.carrier_keyring import forget_carrier_lines
from orderhub.automation.outbox import LEASE, OutboxKind, OutboxState
from orderhub.automation.waybilling import want_waybills
from orderhub.automation.workflows import follow_replacement
from orderhub.domain.aftersale import Aftersale, CaseOrigin, accept_refund, case_of, restage
from orderhub.domain.delivery import Delivery, DeliveryStatus
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.leaving import type_waybill
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.domain.replacement import PromisedAlready, ReplacementSent, promise
from orderhub.domain.shipping import leave
from orderhub.domain.shop import Shop
from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Carrier, Channel, RefundDecision
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, reading, transaction
from orderhub.kernel.eventlog import Event, kind_of

from .answering import ADDRESS, case_here, do, give, pulled
from .hub import wait_until
from .shipping import messages, ship, started, uploads, work
from .waybills import connect_sf, waybills


@pytest.fixture
def shipped(douyin_hub, lab):
    """The number of an order that was shipped here, told and delivered; SF is connected."""
    connect_sf(lab[1])
    (number,) = douyin_hub.orders_come(1)
    douyin_hub.sync()
    ship(number)
    work()
    do(douyin_hub, number, "deliver")
    douyin_hub.sync()
    assert len(uploads(douyin_hub)) == 1
    return number


def promised(case: Aftersale) -> Delivery:
    with transaction() as session:
        promise(session, case.id, by="ceshi-s", now=utc_now())
    return parcel_of(case)


def parcel_of(case: Aftersale) -> Delivery:
    with reading() as session:
        return session.exec(select(Delivery).where(Delivery.aftersale_id == case.id)).one()


def asked_for(delivery: Delivery) -> None:
    with transaction() as session:
        assert want_waybills(session, [delivery.id], by="ceshi-w", now=utc_now()).refused == {}


def gone(delivery: Delivery) -> list[Shipment]:
    with transaction() as session:
        return leave(session, delivery.id, by="ceshi-w", now=utc_now())


def tasks() -> list[tuple[str, TaskStatus]]:
    with reading() as session:
        wanted = select(Task).where(Task.kind == TaskKind.REPLACEMENT_TO_TELL)
        return [(task.title, task.status) for task in session.exec(wanted)]


def opened_by_hand(number: str) -> Aftersale:
    now = utc_now()
    told = RefundDraft(
        channel=Channel.DOUYIN,
        channel_refund_no="AS-1",
        channel_order_no=number,
        kind=AftersaleKind.RESEND,
        status=AftersaleStatus.REQUESTED,
        status_word="by hand",
        amount_fen=0,
        requested_at=now,
        updated_at=now,
    )
    with transaction() as session:
        accept_refund(session, session.exec(select(Shop)).one(), told, now=now)
        case = session.exec(select(Aftersale)).one()
        case.origin = CaseOrigin.HAND
        session.add(case)
    return case


def test_an_exchange_leaves_once_and_its_platform_is_told_by_a_person(douyin_hub, shipped):
    do(douyin_hub, shipped, "request_refund", line=0, kind="exchange", reason="颜色不对")
    case = pulled(douyin_hub)
    assert case.kind is AftersaleKind.EXCHANGE
    give(case, RefundDecision.AGREE_RETURN, ADDRESS)
    work()
    do(douyin_hub, shipped, "send_back", tracking_no="YT0000000000777")
    case = pulled(douyin_hub)
    assert case.status is AftersaleStatus.RETURNED
    with transaction() as session:
        _, inspected = case_of(session, case.id)
        inspected.inspected_at = utc_now()
        restage(session, inspected, by="ceshi-w", now=utc_now())
    delivery = promised(case)
    asked_for(delivery)
    work()
    (waybill,) = waybills()
    (parcel,) = gone(delivery)
    assert [one.id for one in gone(delivery)] == [parcel.id]
    assert (parcel.tracking_no, parcel.aftersale_id) == (waybill.tracking_no, case.id)
    work()
    assert len(uploads(douyin_hub)) == 1
    assert [one.kind for one in messages() if one.state is not OutboxState.SENT] == []
    ((title, state),) = tasks()
    assert (waybill.tracking_no in title, state) == (True, TaskStatus.OPEN)
    do(douyin_hub, shipped, "agree_refund")
    assert pulled(douyin_hub).status is AftersaleStatus.CLOSED
    work()
    assert [state for _, state in tasks()] == [TaskStatus.CLOSED]
    assert douyin_hub.anomalies() == []


def test_a_resend_by_hand_closes_its_case_with_the_new_waybill(douyin_hub, shipped):
    delivery = promised(opened_by_hand(shipped))
    asked_for(delivery)
    work()
    gone(delivery)
    work()
    with reading() as session:
        (order,) = session.exec(select(Order)).all()
        numbers = [one.tracking_no for one in session.exec(select(Shipment).order_by(Shipment.id))]
    assert case_here().status is AftersaleStatus.CLOSED
    assert order.status is OrderStatus.SHIPPED
    assert numbers[1] == waybills()[0].tracking_no
    assert (tasks(), len(uploads(douyin_hub))) == ([], 1)
    douyin_hub.sync()  # its channel does not know of the second parcel, and takes it from nobody
    with reading() as session:
        assert len(session.exec(select(Shipment)).all()) == 2


def test_a_buyer_who_thinks_better_of_it_gets_nothing_and_the_waybill_goes_back(douyin_hub, shipped, lab):
    do(douyin_hub, shipped, "request_refund", line=0, kind="resend", reason="少件")
    case = pulled(douyin_hub)
    asked_for(promised(case))
    work()
    do(douyin_hub, shipped, "withdraw_refund")
    assert pulled(douyin_hub).status is AftersaleStatus.WITHDRAWN
    work()
    assert parcel_of(case).status is DeliveryStatus.CANCELLED
    work()
    assert [one.state for one in waybills()] == ["recycled"]


def test_killed_and_run_again_sends_and_asks_nothing_twice(douyin_hub, shipped, lab, sqlite_url):
    do(douyin_hub, shipped, "request_refund", line=0, kind="resend", reason="少件")
    case = pulled(douyin_hub)
    delivery = promised(case)
    with pytest.raises(PromisedAlready):
        promised(case)
    asked_for(delivery)
    sf = lab[0].state.sf
    forget_connectors()
    forget_carrier_lines()
    close_database()
    with started(sqlite_url) as process:
        try:
            wait_until(lambda: len(sf.waybills) == 1, seconds=60)
        finally:
            process.kill()
    open_database(sqlite_url)
    work(later=LEASE * 2)
    gone(delivery)
    gone(delivery)
    for _ in range(2):
        with transaction() as session:
            sent = session.exec(select(Event).where(Event.kind == kind_of(ReplacementSent))).one()
            follow_replacement.run(session, sent)
    work(later=LEASE * 2)
    assert (len(sf.waybills), len(tasks()), len(uploads(douyin_hub))) == (1, 1, 1)
    assert {one.state for one in messages() if one.kind is OutboxKind.WAYBILL} == {OutboxState.SENT}
    with reading() as session:
        assert len(session.exec(select(Shipment)).all()) == 2


def test_where_the_receiver_is_not_told_any_more_the_waybill_is_typed_by_hand(douyin_hub, shipped):
    delivery = promised(opened_by_hand(shipped))
    with transaction() as session:
        type_waybill(session, delivery.id, Carrier.ZTO, "75399999999999", by="ceshi-w", now=utc_now())
    (parcel,) = gone(delivery)
    assert (parcel.tracking_no, case_here().status) == ("75399999999999", AftersaleStatus.CLOSED)
    work(later=timedelta(minutes=5))
    assert len(uploads(douyin_hub)) == 1
