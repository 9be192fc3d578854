"""Which refunds need no person? A property of the facts, and of what somebody has set."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.auto_refund import (
    WINDOW,
    AutoPolicy,
    AutoRefund,
    RefundFacts,
    decides,
    facts_of,
    policy_of,
    set_policy,
)
from orderhub.domain.order import Order
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event

from .drafts import NOW, a_refund, a_shop, paid, shipped

BEFORE = AftersaleKind.REFUND_BEFORE_SHIPPING
POLICY = AutoPolicy(is_on=True, cap_fen=5000, reasons=(ReasonKind.NO_REASON,), most_per_buyer=2)
FACTS = RefundFacts(amount_fen=5000, reason_kind=ReasonKind.NO_REASON, has_left=False, earlier=())


def test_a_rule_that_decides_says_why():
    assert decides(POLICY, replace(FACTS, earlier=(NOW - timedelta(days=3),)), NOW) == (
        "自动审核：金额 ¥50.00 不超过 ¥50.00，货未发出，买家 30 天内第 2 次（最多 2 次）"
    )


@pytest.mark.parametrize(
    ("policy", "facts"),
    [
        (replace(POLICY, is_on=False), FACTS),
        (POLICY, replace(FACTS, amount_fen=5001)),
        (POLICY, replace(FACTS, amount_fen=0)),
        (POLICY, replace(FACTS, reason_kind=ReasonKind.QUALITY)),
        (POLICY, replace(FACTS, has_left=True)),
        (POLICY, replace(FACTS, earlier=None)),
        (POLICY, replace(FACTS, earlier=(NOW - timedelta(days=1), NOW - timedelta(days=2)))),
    ],
)
def test_everything_else_is_a_persons(policy, facts):
    assert decides(policy, facts, NOW) is None


def test_no_reasons_named_are_all_of_them_and_old_refunds_count_no_longer():
    policy = replace(POLICY, reasons=(), most_per_buyer=1)
    assert decides(policy, replace(FACTS, reason_kind=ReasonKind.QUALITY, earlier=(NOW - WINDOW,)), NOW)


@given(
    amount=st.integers(-10, 20_000),
    cap=st.integers(0, 10_000),
    has_left=st.booleans(),
    days=st.lists(st.integers(0, 60), max_size=5),
    most=st.integers(1, 4),
)
def test_no_rule_pays_more_than_its_cap_nor_what_has_left_nor_too_often(*, amount, cap, has_left, days, most):
    policy = AutoPolicy(is_on=True, cap_fen=cap, most_per_buyer=most)
    earlier = tuple(NOW - timedelta(days=day) for day in days)
    if decides(policy, RefundFacts(amount, ReasonKind.OTHER, has_left, earlier), NOW):
        assert 0 < amount <= cap
        assert not has_left
        assert sum(day < 30 for day in days) < most


def test_it_ships_off_and_each_change_is_in_the_log_once(database):
    with transaction() as session:
        assert not policy_of(session, BEFORE).is_on
        for _ in range(2):
            set_policy(session, BEFORE, POLICY, by="qian", now=NOW)
    with reading() as session:
        assert policy_of(session, BEFORE) == POLICY
        row = session.exec(select(AutoRefund)).one()
        (event,) = session.exec(select(Event).where(Event.kind == "auto_refund_changed")).all()
    assert (row.changed_by, event.actor, event.subject_id) == ("qian", "qian", row.id)
    assert event.body == {
        "kind": "refund_before_shipping",
        "is_on": True,
        "cap_fen": 5000,
        "reasons": ["no_reason"],
        "most_per_buyer": 2,
        "was": None,
    }


@pytest.mark.parametrize(
    ("kind", "changes", "problem"),
    [
        (AftersaleKind.RETURN_AND_REFUND, {}, "auto_kind"),
        (BEFORE, {"cap_fen": 0}, "auto_cap"),
        (BEFORE, {"cap_fen": -1}, "auto_cap"),
        (BEFORE, {"cap_fen": 10**10}, "absurd_money"),
        (BEFORE, {"most_per_buyer": 0}, "auto_count"),
        (BEFORE, {"most_per_buyer": 101}, "auto_count"),
    ],
)
def test_a_rule_that_makes_no_sense_is_not_kept(database, kind, changes, problem):
    with pytest.raises(BadInput) as refusal, transaction() as session:
        set_policy(session, kind, replace(POLICY, **changes), by="qian", now=NOW)
    assert refusal.value.problem == problem
    with reading() as session:
        assert session.exec(select(AutoRefund)).all() == []


def test_the_facts_are_the_orders_and_the_buyers(database):
    with transaction() as session:
        shop = a_shop(session)
        for number, made in (("1", paid), ("2", paid), ("3", shipped)):
            accept(session, shop, made(channel_order_no=number, buyer_token="b-1"), now=NOW)
        accept(session, shop, paid(channel_order_no="4"), now=NOW)
        for number, status in (
            ("1", AftersaleStatus.CLOSED),
            ("2", AftersaleStatus.REQUESTED),
            ("3", AftersaleStatus.REQUESTED),
            ("4", AftersaleStatus.REQUESTED),
        ):
            asked = a_refund(channel_order_no=number, channel_refund_no=f"r{number}", status=status, reason="不想要了")
            accept_refund(session, shop, asked, now=NOW)
    with reading() as session:
        found = {
            case.channel_refund_no: facts_of(session, session.get_one(Order, case.order_id), case)
            for case in session.exec(select(Aftersale))
        }
    assert found["r1"].earlier == ()
    assert found["r2"].earlier == (NOW + timedelta(minutes=5),)
    assert (found["r2"].has_left, found["r3"].has_left) == (False, True)
    assert found["r4"].earlier is None  # nobody knows who the buyer is
