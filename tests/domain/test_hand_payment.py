"""Is money that no channel brings back paid once, with its reference, and is the case over then?"""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, CaseOrigin, accept_refund, case_of, move
from orderhub.domain.hand_payment import HandPayment, NothingToPay, PaidAlready, confirm_paid, is_to_pay
from orderhub.domain.hold import HoldReason, open_holds
from orderhub.domain.refund_answer import answer, answers_of, told
from orderhub.domain.words import AftersaleStatus, Channel, RefundDecision
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event

from .drafts import NOW, a_refund, a_shop, paid

LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def case_id(database) -> int:
    with transaction() as session:
        shop = a_shop(session)
        accept(session, shop, paid(), now=NOW)
        accept_refund(session, shop, a_refund(amount_fen=600), now=NOW)
        case = session.exec(select(Aftersale)).one()
        case.origin = CaseOrigin.HAND
        session.add(case)
        return case.id


def agreed(case_id: int) -> None:
    with transaction() as session:
        given = answer(session, case_id, RefundDecision.APPROVE, amount_fen=500, by="qian", now=LATER)
        told(session, given, now=LATER)
        move(session, case_of(session, case_id)[1], AftersaleStatus.REFUNDING, by="qian", now=LATER)


def pay(case_id: int, reference: str = "B2C-20261124-7", by: str = "zhou") -> HandPayment:
    with transaction() as session:
        return confirm_paid(session, case_id, reference, by=by, now=LATER)


def test_what_was_agreed_to_is_paid_and_ends_the_case(case_id):
    agreed(case_id)
    with reading() as session:
        case = session.get_one(Aftersale, case_id)
        assert is_to_pay(case)
        assert [held.reason for held in open_holds(session, case.order_id)] == [HoldReason.REFUND_REQUESTED]
    made = pay(case_id)
    assert (made.amount_fen, made.reference, made.paid_by) == (500, "B2C-20261124-7", "zhou")
    with reading() as session:
        case = session.get_one(Aftersale, case_id)
        assert (case.status, case.stage, is_to_pay(case)) == (AftersaleStatus.CLOSED, AftersaleStatus.CLOSED, False)
        event = session.exec(select(Event).where(Event.kind == "refund_paid_by_hand")).one()
        assert (event.actor, event.body["amount_fen"], event.body["reference"]) == ("zhou", 500, "B2C-20261124-7")
        assert list(open_holds(session, case.order_id)) == []


def test_a_repeat_pays_nothing_and_another_transfer_is_refused(case_id):
    agreed(case_id)
    assert pay(case_id).id == pay(case_id, by="li").id
    with pytest.raises(PaidAlready) as late:
        pay(case_id, "another")
    assert late.value.names == {"who": "zhou"}
    with reading() as session:
        assert len(session.exec(select(HandPayment)).all()) == 1


def test_nothing_is_paid_before_somebody_agreed_nor_without_a_reference(case_id):
    with pytest.raises(NothingToPay):
        pay(case_id)
    with pytest.raises(BadInput, match="number is wanted"):
        pay(case_id, "  ")
    with pytest.raises(NotFound):
        pay(404)
    with reading() as session:
        assert session.exec(select(HandPayment)).all() == []
        assert session.get_one(Aftersale, case_id).status is AftersaleStatus.REQUESTED
        assert answers_of(session, case_id) == []


def test_a_mini_programs_money_goes_through_its_payment_service(case_id):
    agreed(case_id)
    with transaction() as session:
        case = session.get_one(Aftersale, case_id)
        case.channel = Channel.MINIPROGRAM
        session.add(case)
    with pytest.raises(NothingToPay):
        pay(case_id)
