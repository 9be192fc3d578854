"""From an allocated order to SF's waybill, refused, given back and asked for again, with the lab as the partners."""

import json
from datetime import timedelta

import pytest
from sqlmodel import SQLModel, select

from orderhub.automation.carrier_keyring import forget_carrier_lines
from orderhub.automation.outbox import LEASE, OutboxKind, OutboxPause, OutboxState, claim
from orderhub.automation.sending import SENDERS
from orderhub.automation.waybilling import give_back_waybill
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.delivery import DeliveryStatus
from orderhub.domain.delivery_plan import plan_deliveries, take_back
from orderhub.domain.hold import HoldReason, StillHeld, hold
from orderhub.domain.label import orders_in
from orderhub.domain.order import Order
from orderhub.domain.review import order_of
from orderhub.domain.shipping import ship_order
from orderhub.domain.task import Task
from orderhub.domain.words import Carrier
from orderhub.insights.waybill import waybill_progress
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.lab.people import Person
from tests.databases import with_tables

from .hub import Hub
from .shipping import message, messages, work
from .waybills import allocated, connect_sf, deliveries, want, waybills

FIRST = "SF7444471039325"


@pytest.fixture
def db(db_url):
    with_tables(db_url)
    yield
    forget_connectors()
    forget_carrier_lines()


@pytest.fixture
def hub(lab, db):
    return Hub(*lab, "tb-flagship")


@pytest.fixture
def sf(lab, hub):
    connect_sf(lab[1])
    return lab[0].state.sf


def ready(hub, count=1):
    numbers = hub.orders_come(count)
    hub.sync()
    return allocated(numbers)


def orders_of(delivery_ids):
    with reading() as session:
        found = orders_in(session, delivery_ids)
    return [order for delivery_id in delivery_ids for order in found[delivery_id]]


def order_in(number: str) -> int:
    with reading() as session:
        return session.exec(select(Order.id).where(Order.channel_order_no == number)).one()


def anomalies() -> list[tuple[str, str, str]]:
    with reading() as session:
        found = session.exec(select(Anomaly).where(Anomaly.resolved_at == None))  # noqa: E711
        return [(one.kind, one.subject_type, one.note) for one in found]


def test_a_delivery_gets_the_number_its_carrier_made_and_asking_again_changes_nothing(hub, sf):
    (delivery_id,) = ready(hub)
    assert want([delivery_id]).wanted == [delivery_id]
    work()
    (delivery,), (waybill,) = deliveries([delivery_id]), waybills()
    assert (delivery.carrier, delivery.tracking_no) == ("sf", FIRST)
    assert (waybill.state, waybill.label_code, waybill.tracking_no) == ("made", "020W-Z069-006", FIRST)
    assert list(sf.waybills) == [waybill.request_no]
    assert want([delivery_id]).wanted == [delivery_id]
    work()
    assert len(sf.waybills) == 1


def test_the_receiver_is_shown_to_the_carrier_and_kept_nowhere(hub, sf):
    (delivery_id,) = ready(hub)
    want([delivery_id])
    work()
    person = Person(next(iter(hub.world.shelves[hub.code].orders.values())).buyer)
    secrets = {person.name, person.mobile, person.address}
    assert sf.charged_fen == 1800
    with reading() as session:
        for table in SQLModel.metadata.tables.values():
            kept = json.dumps(
                [[str(cell) for cell in row] for row in session.execute(table.select())], ensure_ascii=False
            )
            assert not [secret for secret in secrets if secret in kept], table.name


def test_a_hold_or_a_refund_stops_an_order_at_the_gate_and_holds_up_no_other(hub, sf):
    first, second, third = ready(hub, 3)
    numbers = [order.channel_order_no for order in orders_of([first, second])]
    with transaction() as session:
        hold(session, order_of(session, order_in(numbers[0])), HoldReason.ADDRESS_DOUBTFUL, by="li", now=utc_now())
    hub.tell_lab(f"orders/{hub.code}/{numbers[1]}", do="request_refund")
    hub.sync()
    done = want([first, second, third])
    assert done.wanted == [third]
    assert {number: type(error) for number, error in done.refused.items()} == {first: StillHeld, second: StillHeld}
    work()
    assert len(sf.waybills) == 1


def test_a_refund_after_the_asking_stops_the_waybill_before_it_leaves(hub, sf):
    (delivery_id,) = ready(hub)
    want([delivery_id])
    number = orders_of([delivery_id])[0].channel_order_no
    hub.tell_lab(f"orders/{hub.code}/{number}", do="request_refund")
    hub.sync()
    work()
    assert (message().state, message().problem, sf.waybills) == (OutboxState.WAITING, "held", {})


def test_a_cancelled_order_gives_its_waybill_back_and_a_new_delivery_gets_a_new_number(hub, sf):
    (delivery_id,) = ready(hub)
    want([delivery_id])
    work()
    (order,) = orders_of([delivery_id])
    with transaction() as session:  # its goods change: it is allocated anew
        locked = order_of(session, order.id)
        take_back(session, locked, by="ceshi-o", now=utc_now())
        (fresh,) = [one.id for one in plan_deliveries(session, locked, by="ceshi-o", now=utc_now())]
    work()
    assert (waybills()[0].state, sf.charged_fen) == ("recycled", 0)
    want([fresh])
    work()
    old, new = waybills()
    assert (new.state, new.tracking_no) == ("made", "SF7444471039326")
    assert old.request_no != new.request_no
    assert sf.charged_fen == 1800


def test_a_waybill_is_given_back_by_hand_before_it_was_asked_for(hub, sf):
    (delivery_id,) = ready(hub)
    want([delivery_id])
    with transaction() as session:
        give_back_waybill(session, delivery_id, by="ceshi-w", now=utc_now())
        give_back_waybill(session, delivery_id, by="ceshi-w", now=utc_now())
    work()
    assert ([one.state for one in waybills()], message().state, sf.waybills) == (["recycled"], "sent", {})


def test_what_is_given_back_while_it_is_being_made_is_taken_back_afterwards(hub, sf):
    (delivery_id,) = ready(hub)
    want([delivery_id])
    now = utc_now() + timedelta(seconds=1)
    with transaction() as session:
        taken = claim(session, now)
    answer = SENDERS[OutboxKind.WAYBILL].send(taken)
    with transaction() as session:
        give_back_waybill(session, delivery_id, by="ceshi-w", now=now)
    assert (answer.is_new, sf.charged_fen) == (True, 1800)
    work(later=LEASE * 2)
    assert ([one.state for one in waybills()], sf.charged_fen) == (["recycled"], 0)
    assert deliveries([delivery_id])[0].tracking_no == ""


def test_a_parcel_sent_by_hand_with_its_waybill_keeps_it(hub, sf):
    (delivery_id,) = ready(hub)
    want([delivery_id])
    work()
    (order,) = orders_of([delivery_id])
    with transaction() as session:
        ship_order(session, order_of(session, order.id), Carrier.SF, FIRST, by="ceshi-w", now=utc_now())
    work()
    assert deliveries([delivery_id])[0].status is DeliveryStatus.CANCELLED
    assert (waybills()[0].state, sf.charged_fen) == ("made", 1800)


def test_a_clear_no_opens_an_anomaly_and_what_was_put_right_goes_under_the_same_number(hub, lab, sf):
    connect_sf(lab[1], month_card="7550000000")
    (delivery_id,) = ready(hub)
    want([delivery_id])
    work()
    (waybill,) = waybills()
    assert (waybill.state, waybill.partner_code) == ("refused", "8119")
    ((kind, subject, note),) = anomalies()
    assert (kind, subject) == ("waybill_refused", "delivery")
    assert "8119" in note
    with reading() as session:
        assert list(waybill_progress(session, [delivery_id]).refused) == [delivery_id]
    connect_sf(lab[1])
    want([delivery_id])
    work()
    (again,) = waybills()
    assert (again.state, again.request_no, anomalies()) == ("made", waybill.request_no, [])
    with reading() as session:
        assert waybill_progress(session, [delivery_id]).made == 1


def test_keys_that_open_no_more_pause_the_account_until_it_has_new_ones(hub, lab, sf):
    connect_sf(lab[1], check_word="wrong")
    first, second = ready(hub, 2)
    want([first, second])
    work()
    assert [one.state for one in messages()] == [OutboxState.WAITING] * 2
    with reading() as session:
        (pause,) = session.exec(select(OutboxPause)).all()
        (task,) = session.exec(select(Task).where(Task.subject_type == "carrier_account")).all()
    assert (str(pause.addressee), pause.cause, task.owner_role) == ("carrier_account:1", "unauthorised", "admin")
    assert [kind for kind, *_ in anomalies()] == ["carrier_unauthorised"]
    connect_sf(lab[1])
    work()
    assert [one.state for one in waybills()] == ["made", "made"]
    assert anomalies() == []
    with reading() as session:
        assert session.exec(select(Task.status).where(Task.subject_type == "carrier_account")).all() == ["closed"]


def test_a_channel_that_does_not_tell_the_receiver_holds_up_no_other_shop(hub, lab, sf):
    other = Hub(*lab, "dy-flagship")
    first, second = *ready(hub), *ready(other)
    hub.fault("service_error", api="taobao.top.oaid.decrypt", count=None)
    want([first, second])
    work()
    assert [one.state for one in waybills()] == ["wanted", "made"]
    hub.world.faults.clear()
    work(later=timedelta(minutes=1))
    assert [one.state for one in waybills()] == ["made", "made"]


def test_a_channel_that_shows_nobody_the_receiver_is_refused_in_words(hub, lab, sf):
    (delivery_id,) = ready(Hub(*lab, "jd-flagship"))
    want([delivery_id])
    work()
    assert (waybills()[0].state, message().problem, sf.waybills) == ("refused", "no_receiver", {})
    assert "手工填写运单" in anomalies()[0][2]
