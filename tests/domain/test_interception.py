"""Is a refund before shipping caught where its order stands, refused where the goods have left, and a leak found?"""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.automation.workflows import answer_shipped
from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.allocating import allocate
from orderhub.domain.anomaly import open_kinds
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.delivery import DeliveryStatus, deliveries_of
from orderhub.domain.interception import Gate, GoodsLeft, InterceptionOutcome, of_case
from orderhub.domain.leaving import put_back
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.refund_answer import RefundAnswer, Wording, answer, told
from orderhub.domain.review import approve, order_of
from orderhub.domain.rules.ruling import RULES
from orderhub.domain.shipped_refusal import WORDS, NothingToStop, set_refusal, stop_at_carrier
from orderhub.domain.shipping import leave
from orderhub.domain.sku import put_sku
from orderhub.domain.stock import count
from orderhub.domain.task import Task, TaskKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Carrier, Channel, RefundDecision
from orderhub.insights.interception import InterceptionQuery, by_channel, outcomes, spread
from orderhub.kernel.clock import business_day
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import Event
from tests.domain.stocked import assert_sound, warehouses

from .drafts import NOW, a_refund, a_shop, paid, shipped

LATER = NOW + timedelta(minutes=10)
CLOSED = AftersaleStatus.CLOSED
CAUGHT, TOO_LATE, LEAKED = InterceptionOutcome
APPROVE = RefundDecision.APPROVE


@pytest.fixture(params=["stock", "no stock"])
def shop(database, request):
    """One shop with one paid order of two boxes; goods are counted, or the hub keeps no stock."""
    with transaction() as session:
        shop = a_shop(session)
        if request.param == "stock":
            sku = put_sku(session, "BOX-40L", title="箱", by="tester", now=NOW)
            before = NOW - timedelta(days=1)
            count(session, sku.id, warehouses(session)["east"], 5, reason="开仓", by="tester", now=before)
        accept(session, shop, paid(), now=NOW)
    return shop


@pytest.mark.parametrize("gate", [Gate.REVIEW, Gate.ALLOCATION, Gate.WAYBILL, Gate.PACKING])
def test_a_refund_is_caught_at_the_gate_where_its_order_stands(shop, gate):
    _bring_to(gate)
    case = _ask(shop)
    row = _row(case)
    assert (row.outcome, row.gate, row.asked_at) == (CAUGHT, gate, NOW + timedelta(minutes=5))
    assert row.heard_at == row.stopped_at == LATER


@pytest.mark.parametrize("gate", [Gate.REVIEW, Gate.PACKING])
def test_goods_whose_money_went_back_are_free_and_leave_no_more(shop, gate):
    _bring_to(gate)
    _ask(shop)
    _ask(shop, minute=20, status=CLOSED)
    with reading() as session:
        order = session.exec(select(Order)).one()
        assert order.status is OrderStatus.CANCELLED
        assert {one.status for one in deliveries_of(session, order.id)} <= {DeliveryStatus.CANCELLED}
        assert_sound(session)
        delivery = next(iter(deliveries_of(session, order.id)), None)
    if delivery:
        with pytest.raises(RuleBroken), transaction() as session:
            leave(session, delivery.id, by="ceshi-w", now=LATER)


def test_a_rebate_leaves_the_goods_with_the_buyer(shop):
    delivery_id = _bring_to(Gate.PACKING)
    case = _ask(shop, amount_fen=100)
    _ask(shop, minute=20, status=CLOSED, amount_fen=100)
    with transaction() as session:
        leave(session, delivery_id, by="ceshi-w", now=LATER)
    assert (_row(case).outcome, _row(case).let_go_at) == (CAUGHT, LATER)
    assert _anomalies() == set()


def test_what_has_left_is_too_late_and_may_not_be_paid(shop):
    _left()
    case = _ask(shop)
    assert (_row(case).outcome, _row(case).gate, _row(case).stopped_at) == (TOO_LATE, Gate.UPLOAD, None)
    with pytest.raises(GoodsLeft, match="refuse it as shipped, or have the carrier stop"):
        _give(case)
    with reading() as session:
        assert session.exec(select(RefundAnswer)).all() == []


def test_what_its_channel_calls_shipped_may_not_be_paid(shop):
    with transaction() as session:
        accept(session, shop, shipped(), now=NOW)
    case = _ask(shop)
    assert (_row(case).outcome, _row(case).gate) == (TOO_LATE, Gate.GONE)
    with pytest.raises(GoodsLeft):
        _give(case)


def test_a_parcel_that_its_carrier_stopped_may_be_paid(shop):
    _left()
    case = _ask(shop)
    with transaction() as session:
        stop_at_carrier(session, case.id, by="ceshi-s", now=LATER)
    _give(case)
    _ask(shop, minute=20, status=CLOSED)
    assert (_row(case).outcome, _row(case).stopped_by, _row(case).answered_at) == (TOO_LATE, "ceshi-s", LATER)
    assert _anomalies() == set()


def test_what_has_not_left_needs_no_stopping(shop):
    case = _ask(shop)
    with pytest.raises(NothingToStop), transaction() as session:
        stop_at_carrier(session, case.id, by="ceshi-s", now=LATER)


def test_a_parcel_that_is_recalled_is_stopped(shop):
    delivery_id = _left()
    case = _ask(shop)
    with transaction() as session:
        order = session.exec(select(Order)).one()
        (delivery,) = deliveries_of(session, order.id)
        assert delivery.id == delivery_id
        put_back(session, delivery, [order_of(session, order.id)], by="ceshi-w", now=LATER)
    assert (_row(case).outcome, _row(case).stopped_at) == (TOO_LATE, LATER)
    assert _give(case).decision is APPROVE


@pytest.mark.parametrize("is_paid", [False, True])
def test_goods_that_leave_behind_our_back_are_a_leak(shop, is_paid):
    """The channel says shipped, after a refund was asked for or paid."""
    case = _ask(shop)
    if is_paid:
        _ask(shop, minute=6, status=CLOSED)
    with transaction() as session:
        accept(session, shop, shipped(minute=30), now=LATER)
    assert (_row(case).outcome, _row(case).leaked_at) == (LEAKED, LATER)
    assert _anomalies() == {AnomalyKind.SHIPPED_DESPITE_REFUND}


def test_money_that_goes_back_for_goods_that_left_is_a_leak(shop):
    """At its deadline the channel decides alone."""
    _left()
    case = _ask(shop)
    _ask(shop, minute=20, status=CLOSED)
    assert _row(case).outcome is LEAKED
    assert _anomalies() == {AnomalyKind.SHIPPED_DESPITE_REFUND}
    with reading() as session:
        assert_sound(session)


def test_a_leak_is_none_once_the_buyer_takes_the_request_back(shop):
    case = _ask(shop)
    with transaction() as session:
        accept(session, shop, shipped(minute=30), now=LATER)
    _ask(shop, minute=40, status=AftersaleStatus.WITHDRAWN)
    assert (_row(case).outcome, _anomalies()) == (LEAKED, set())


def test_the_line_that_stays_is_no_leak_when_the_other_leaves(shop):
    lines = (paid().lines[0], paid().lines[0].__class__("2", "OTHER", "别的", 1, 500))
    two = {"lines": lines, "total_fen": 1500, "paid_fen": 1500, "channel_order_no": "9000000000000748676"}
    mine = {"channel_order_no": "9000000000000748676", "channel_line_no": "2", "amount_fen": 500}
    with transaction() as session:
        accept(session, shop, paid(**two), now=NOW)
    case = _ask(shop, **mine)
    _ask(shop, minute=20, status=CLOSED, **mine)
    with transaction() as session:
        accept(session, shop, shipped(minute=30, **two), now=LATER)
    assert (_row(case).outcome, _row(case).leaked_at) == (CAUGHT, None)


def test_asked_again_after_a_refusal_it_begins_anew(shop):
    case = _ask(shop)
    _ask(shop, minute=6, status=AftersaleStatus.REJECTED)
    _left()
    _ask(shop, minute=30)
    row = _row(case)
    assert (row.outcome, row.gate, row.let_go_at) == (TOO_LATE, Gate.UPLOAD, None)
    with reading() as session:
        assert len(session.exec(select(Event).where(Event.kind == "refund_heard")).all()) == 2


@pytest.mark.parametrize("is_on", [False, True])
def test_what_came_too_late_is_refused_by_rule_or_a_task(shop, is_on):
    if is_on:
        with transaction() as session:
            set_refusal(session, Channel.TAOBAO, is_on=True, by="ceshi-o", now=NOW)
    _left()
    case = _ask(shop)
    for _ in range(2):
        _run_workflow()
    with reading() as session:
        given = session.exec(select(RefundAnswer)).all()
        tasks = session.exec(select(Task).where(Task.kind == TaskKind.AFTERSALE_TICKET)).all()
    if is_on:
        assert [(one.decision, one.words, one.answered_by) for one in given] == [(RefundDecision.REFUSE, WORDS, RULES)]
        assert tasks == []
    else:
        assert given == []
        assert [(one.subject_id, one.owner_role) for one in tasks] == [(case.id, "service")]


def test_jd_hears_its_own_reason(shop):
    _left()
    case = _ask(shop)
    with transaction() as session:
        set_refusal(session, Channel.JD, is_on=True, by="ceshi-o", now=NOW)
        session.get_one(Aftersale, case.id).channel = Channel.JD
    _run_workflow()
    with reading() as session:
        assert session.exec(select(RefundAnswer)).one().reason_code == "1"


def test_a_caught_case_is_left_to_people(shop):
    with transaction() as session:
        set_refusal(session, Channel.TAOBAO, is_on=True, by="ceshi-o", now=NOW)
    _ask(shop)
    assert _run_workflow() == "in time, or over"


@pytest.mark.parametrize(
    ("channel", "code", "problem"),
    [("nowhere", "", "no_such_channel"), ("douyin", "", "refusal_reason"), ("douyin", "x", "unknown_reason")],
)
def test_a_choice_that_cannot_be_is_refused(shop, channel, code, problem):
    with pytest.raises(BadInput) as refusal, transaction() as session:
        set_refusal(session, channel, is_on=True, reason_code=code, by="ceshi-o", now=NOW)
    assert refusal.value.problem == problem


def test_the_figures_count_and_time_each_step(shop):
    case = _ask(shop)
    given = _give(case)
    with transaction() as session:
        told(session, session.get_one(RefundAnswer, given.id), now=LATER + timedelta(minutes=2))
    today = business_day(NOW)
    with reading() as session:
        total, taobao = by_channel(session, InterceptionQuery(today, today))
        assert by_channel(session, InterceptionQuery(today, today, Channel.JD))[0].cases == 0
        assert outcomes(session, InterceptionQuery(today, today), LEAKED).rows == ()
    assert (taobao.channel, taobao.cases, taobao.caught, taobao.leaked) == (Channel.TAOBAO, 1, 1, 0)
    assert (total.gates[Gate.REVIEW], sum(total.gates.values())) == (1, 1)
    five, seven = timedelta(minutes=5), timedelta(minutes=7)
    assert (total.to_hear.longest, total.to_stop.median, total.to_answer.p95) == (five, five, five)
    assert total.to_tell.longest == seven


def test_a_percentile_is_a_time_that_some_case_took():
    found = spread(timedelta(seconds=seconds) for seconds in range(1, 101))
    assert [one and one.total_seconds() for one in (found.median, found.p95, found.longest)] == [50, 95, 100]
    assert spread([]).median is None


def test_a_case_after_shipping_is_none_of_this(shop):
    case = _ask(shop, kind=AftersaleKind.REFUND_AFTER_SHIPPING)
    with reading() as session:
        assert of_case(session, case.id) is None


def _ask(shop, **changes):
    with transaction() as session:
        accept_refund(session, shop, a_refund(**changes), now=LATER)
    with reading() as session:
        return session.exec(select(Aftersale)).one()


def _give(case):
    with transaction() as session:
        return answer(session, case.id, APPROVE, Wording(), by="ceshi-s", now=LATER)


def _bring_to(gate):
    """The one order, until it stands before ``gate``; returns its delivery where it has one."""
    with transaction() as session:
        order = order_of(session, session.exec(select(Order.id)).one())
        if gate is Gate.REVIEW:
            return None
        if order.status is OrderStatus.TO_REVIEW:
            approve(session, order, by="ceshi-o", now=NOW)
        if gate is Gate.ALLOCATION:
            return None
        (delivery,) = allocate(session, order, by="ceshi-o", now=NOW)
        if gate is Gate.PACKING:
            delivery.carrier, delivery.tracking_no = Carrier.ZTO, "75312345678901"
        session.add(delivery)
        return delivery.id


def _left():
    delivery_id = _bring_to(Gate.PACKING)
    with transaction() as session:
        leave(session, delivery_id, by="ceshi-w", now=NOW + timedelta(minutes=1))
    return delivery_id


def _run_workflow():
    with transaction() as session:
        heard = session.exec(select(Event).where(Event.kind == "refund_heard").order_by(Event.id.desc())).first()
        return answer_shipped.run(session, heard)


def _row(case):
    with reading() as session:
        return of_case(session, case.id)


def _anomalies():
    with reading() as session:
        order_ids = session.exec(select(Order.id)).all()
        return set().union(*(open_kinds(session, ("order", order_id)) for order_id in order_ids))
