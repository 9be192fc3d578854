"""Does an order whose money looks wrong take two people, whoever they are and in whatever order they press?"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.arrival import is_plain
from orderhub.domain.hold import AlreadyReleased, Hold, HoldReason, hold_by_hand, open_holds
from orderhub.domain.order import Order
from orderhub.domain.review import AlreadyApproved, approve, order_of
from orderhub.domain.second_review import (
    AlreadyVouched,
    NobodyVouched,
    SamePerson,
    confirm,
    send_back,
    vouch,
)
from orderhub.domain.shop import Shop
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import Event

from .drafts import NOW, a_shop, paid, shipped

ZERO, MISMATCH, FLOOR = HoldReason.ZERO_YUAN, HoldReason.AMOUNT_MISMATCH, HoldReason.PRICE_BELOW_FLOOR


def free(minute=1, **changes):
    """A zero-yuan order whose money adds up."""
    return paid(minute, **{"total_fen": 0, "paid_fen": 0, "discount_fen": 1000} | changes)


def take(*drafts) -> int:
    with transaction() as session:
        shop = session.exec(select(Shop)).first() or a_shop(session)
        return [accept(session, shop, draft, now=NOW).order.id for draft in drafts][-1]


def does(what, order_id, reason=ZERO, **said):
    with transaction() as session:
        what(session, order_of(session, order_id), reason, now=NOW, **said)


def standing(order_id) -> list[HoldReason]:
    with reading() as session:
        found = [held.reason for held in open_holds(session, order_id)]
        assert session.get_one(Order, order_id).is_held == bool(found)
        return found


def newest_hold() -> Hold:
    with reading() as session:
        return session.exec(select(Hold).order_by(Hold.id.desc())).first()


def log() -> list[tuple[str, str]]:
    with reading() as session:
        wanted = select(Event.kind, Event.actor).where(Event.kind.contains("hold") | Event.kind.contains("held"))
        return list(session.exec(wanted.order_by(Event.id)))


def test_a_free_order_passes_once_two_people_have_looked(database):
    assert not is_plain(free())
    order_id = take(free())
    assert standing(order_id) == [ZERO]
    does(vouch, order_id, by="li", note="样品，老板同意")
    with pytest.raises(SamePerson):
        does(confirm, order_id, by="li")
    does(confirm, order_id, by="wang", note="看过")
    with transaction() as session:
        approve(session, order_of(session, order_id), by="li", now=NOW)
    held = newest_hold()
    assert (held.vouched_by, held.vouch_note, held.released_by, held.release_note) == (
        "li",
        "样品，老板同意",
        "wang",
        "看过",
    )
    assert log() == [("order_held", "taobao"), ("hold_vouched", "li"), ("hold_released", "wang")]


def test_nobody_is_second_before_there_is_a_first(database):
    order_id = take(free())
    for what in (confirm, send_back):
        with pytest.raises(NobodyVouched):
            does(what, order_id, by="wang", note="x")
    assert (standing(order_id), newest_hold().sent_back_by) == ([ZERO], "")


def test_who_comes_second_to_each_step_is_told_who_was_first(database):
    order_id = take(free())
    does(vouch, order_id, by="li", note="样品")
    with pytest.raises(AlreadyVouched) as vouched:
        does(vouch, order_id, by="zhao", note="样品")
    does(confirm, order_id, by="wang")
    with pytest.raises(AlreadyReleased) as released:
        does(confirm, order_id, by="zhao")
    with transaction() as session:
        approve(session, order_of(session, order_id), by="wang", now=NOW)
    with pytest.raises(AlreadyApproved) as approved, transaction() as session:
        approve(session, order_of(session, order_id), by="zhao", now=NOW)
    named = [refused.value.names["who"] for refused in (vouched, released, approved)]
    assert named == ["li", "wang", "wang"]


def test_the_second_may_send_it_back_and_it_begins_anew(database):
    order_id = take(free())
    does(vouch, order_id, by="li", note="样品")
    does(send_back, order_id, by="wang", note="没有审批单")
    held = newest_hold()
    assert (held.vouched_by, held.vouch_note, held.sent_back_by, held.sent_back_note) == ("", "", "wang", "没有审批单")
    with pytest.raises(NobodyVouched):
        does(confirm, order_id, by="zhao")
    does(vouch, order_id, by="wang", note="补了审批单")
    with pytest.raises(SamePerson):
        does(confirm, order_id, by="wang")
    does(confirm, order_id, by="li")
    assert (standing(order_id), newest_hold().sent_back_by) == ([], "")


def test_whoever_holds_an_order_on_purpose_is_the_first_of_the_two(database):
    order_id = take(paid())
    does(hold_by_hand, order_id, FLOOR, by="li", note="价格要复核")
    with pytest.raises(SamePerson):
        does(confirm, order_id, FLOOR, by="li")
    does(confirm, order_id, FLOOR, by="wang")
    assert standing(order_id) == []


@pytest.mark.parametrize("note", ["", "  ", "\u200b", "x" * 201, "a\x07"])
def test_the_first_has_to_say_why(database, note):
    order_id = take(free())
    with pytest.raises(BadInput):
        does(vouch, order_id, by="li", note=note)
    assert newest_hold().vouched_by == ""


def test_a_hold_that_one_person_ends_is_not_for_two(database):
    order_id = take(paid())
    does(hold_by_hand, order_id, HoldReason.MANUAL, by="li")
    with pytest.raises(BadInput, match="one person"):
        does(vouch, order_id, HoldReason.MANUAL, by="li", note="x")


def test_money_that_adds_up_again_needs_nobody(database):
    order_id = take(paid(total_fen=900, paid_fen=900))
    does(vouch, order_id, MISMATCH, by="li", note="客服改价")
    take(paid(2, discount_fen=100, total_fen=900, paid_fen=900))
    assert (standing(order_id), newest_hold().released_by) == ([], "taobao")


def test_what_two_have_let_go_is_not_asked_again_until_something_else_is_wrong(database):
    order_id = take(paid(total_fen=900, paid_fen=900))
    does(vouch, order_id, MISMATCH, by="li", note="客服改价")
    does(confirm, order_id, MISMATCH, by="wang")
    take(paid(2, total_fen=900, paid_fen=900, buyer_remark="放门口"))
    assert standing(order_id) == []
    take(paid(3, total_fen=800, paid_fen=800))
    assert (standing(order_id), newest_hold().vouched_by) == ([MISMATCH], "")


def test_what_the_first_said_does_not_count_for_another_amount(database):
    order_id = take(paid(total_fen=900, paid_fen=900))
    does(vouch, order_id, MISMATCH, by="li", note="客服改价")
    take(paid(2, total_fen=100, paid_fen=100))
    held = newest_hold()
    assert (standing(order_id), held.vouched_by, held.sent_back_by) == ([MISMATCH], "", "taobao")
    assert "against 100 fen" in held.note


def test_a_hold_a_person_placed_stays_when_the_facts_are_right(database):
    order_id = take(paid())
    does(hold_by_hand, order_id, FLOOR, by="li")
    take(paid(2, buyer_remark="放门口"))
    assert standing(order_id) == [FLOOR]


def test_a_free_order_that_has_left_waits_for_nobody(database):
    assert standing(take(free(status=ChannelStatus.UNPAID, paid_at=None))) == []
    order_id = take(free(2))
    assert standing(order_id) == [ZERO]
    take(shipped(3, total_fen=0, paid_fen=0, discount_fen=1000))
    assert standing(order_id) == []


_PEOPLE = st.sampled_from(["li", "wang", "zhao"])
_STEPS = st.lists(st.tuples(st.sampled_from([vouch, confirm, send_back]), _PEOPLE), max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_in_the_end_two_different_people_have_let_it_go_or_nobody_has(database, steps):
    """Against three lines: who vouched last and was not sent back, and whether another one confirmed that."""
    with reading() as session:
        number = str(len(session.exec(select(Order.id)).all()))
    order_id = take(free(channel_order_no=number))
    first, is_free = "", False
    for what, who in steps:
        expected = {
            vouch: not first and not is_free,
            confirm: bool(first) and first != who and not is_free,
            send_back: bool(first) and first != who and not is_free,
        }[what]
        try:
            does(what, order_id, by=who, note="看过")
            happened = True
        except RuleBroken:
            happened = False
        assert happened == expected
        if happened:
            first, is_free = (who, False) if what is vouch else (first, True) if what is confirm else ("", False)
    assert standing(order_id) == ([] if is_free else [ZERO])
