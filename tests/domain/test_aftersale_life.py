"""Each kind of case goes its own way: what is forbidden is refused, and where it stands follows from what is known."""

from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from orderhub.domain.aftersale import Aftersale, CaseOrigin, StageMoved, accept_refund, move, restage
from orderhub.domain.aftersale_life import ENDED, LIFECYCLES, WAYS, check_move, stage_of
from orderhub.domain.aftersale_line import lines_of
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.kernel.db import Database, transaction
from orderhub.kernel.errors import IllegalMove
from orderhub.kernel.eventlog import Event, kind_of

from .. import builders
from ..builders import NOW

S = AftersaleStatus
MONEY = (AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleKind.REFUND_AFTER_SHIPPING)
OWN_STEPS = ("inspected_at", "reviewed_since", "approved_at")
FORBIDDEN = [
    *((kind, S.REQUESTED, step) for kind in MONEY for step in (S.AWAITING_RETURN, S.RETURNED, S.INSPECTED)),
    (AftersaleKind.RETURN_AND_REFUND, S.INSPECTED, S.AWAITING_RETURN),
    (AftersaleKind.RETURN_AND_REFUND, S.REFUNDING, S.INSPECTED),
    (AftersaleKind.EXCHANGE, S.REQUESTED, S.FINANCE_REVIEW),
    (AftersaleKind.EXCHANGE, S.INSPECTED, S.REFUNDING),
    (AftersaleKind.RESEND, S.REQUESTED, S.AWAITING_RETURN),
    (AftersaleKind.RESEND, S.APPROVED, S.REFUNDING),
    (AftersaleKind.REFUSED_PARCEL, S.REQUESTED, S.AWAITING_RETURN),
    *((kind, end, S.REFUNDING) for kind in AftersaleKind for end in (S.CLOSED, S.WITHDRAWN)),
]


@pytest.mark.parametrize(("kind", "status", "target"), FORBIDDEN)
def test_a_forbidden_move_is_refused(kind: AftersaleKind, status: AftersaleStatus, target: AftersaleStatus):
    assert not LIFECYCLES[kind].may(status, target)
    with pytest.raises(IllegalMove):
        LIFECYCLES[kind].check(status, target)


@pytest.mark.parametrize("kind", AftersaleKind)
def test_every_kind_can_be_gone_step_by_step_to_its_end(kind: AftersaleKind):
    way = WAYS[kind]
    assert way[0] is S.REQUESTED
    assert way[-1] is S.CLOSED
    assert all(LIFECYCLES[kind].may(one, next_) for one, next_ in pairwise(way))
    assert all(not LIFECYCLES[kind].may(next_, one) for one, next_ in pairwise(way))


@given(
    kind=st.sampled_from(AftersaleKind),
    status=st.sampled_from(AftersaleStatus),
    steps=st.sets(st.sampled_from(OWN_STEPS)),
)
def test_a_case_stands_at_the_farthest_of_what_is_known(kind: AftersaleKind, status: AftersaleStatus, steps: set[str]):
    stage = stage_of(kind, status, **dict.fromkeys(steps, NOW))  # pyright: ignore[reportArgumentType]
    if status in ENDED or status not in WAYS[kind]:
        assert stage is status
    else:
        assert WAYS[kind].index(stage) >= WAYS[kind].index(status)
        assert stage is status or LIFECYCLES[kind].may(status, stage)


NUMBERS = count(10**17)
CHANNEL_SAYS = st.tuples(
    st.just("channel"), st.sampled_from([s for s in S if s not in (S.INSPECTED, S.FINANCE_REVIEW)])
)
WE_DO = st.tuples(st.just("we"), st.sampled_from(OWN_STEPS))
PEOPLE_MOVE = st.tuples(st.just("move"), st.sampled_from(AftersaleStatus))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from([kind for kind in AftersaleKind if kind is not AftersaleKind.UNKNOWN]),
    story=st.lists(st.one_of(CHANNEL_SAYS, WE_DO, PEOPLE_MOVE), max_size=12),
)
def test_a_case_of_any_kind_lives_in_order_whatever_happens_to_it(
    database: Database, kind: AftersaleKind, story: list[tuple[str, Any]]
):
    """Its stage follows its table but where its channel turned back; people move it along the table only."""
    number = next(NUMBERS)
    with transaction() as session:
        shop = builders.shop(session, f"dy-{number}")
        order = builders.order(session, str(number), of=shop)
        draft = _asked(str(number), kind)
        accept_refund(session, shop, draft, now=NOW)
        case = session.exec(select(Aftersale).where(Aftersale.order_id == order.id)).one()
        for minute, (who, what) in enumerate(story, 1):
            now = NOW + timedelta(minutes=minute)
            before = case.stage
            if who == "channel":
                accept_refund(session, shop, _asked(str(number), kind, status=what, updated_at=now), now=now)
                assert case.status is what
            elif who == "move":
                _moved(session, case, what, now)
            elif case.status not in ENDED:
                setattr(case, what, now)
                restage(session, case, by="somebody", now=now)
            assert case.stage is stage_of(case.kind, case.status, **{step: getattr(case, step) for step in OWN_STEPS})
            if who == "we":
                assert case.stage is before or LIFECYCLES[kind].may(before, case.stage)
        told = session.exec(select(Event).where(Event.kind == kind_of(StageMoved), Event.subject_id == case.id)).all()
        stages = [event.body["target"] for event in sorted(told, key=lambda event: event.id)]
        assert stages[-1:] == [case.stage][: len(stages)]
        assert sum(one.amount_fen for one in lines_of(session, case.id)) == case.amount_fen


def _moved(session, case: Aftersale, target: AftersaleStatus, now) -> None:
    status = case.status
    life = LIFECYCLES[case.kind]
    if not (target is status or status in ENDED or life.may(status if status in life.moves else S.UNKNOWN, target)):
        with pytest.raises(IllegalMove):
            move(session, case, target, by="somebody", now=now)
        assert case.status is status
    else:
        move(session, case, target, by="somebody", now=now)
        assert case.status is (status if status in ENDED else target)


def test_a_refused_buyer_who_asks_again_begins_anew(database: Database):
    with transaction() as session:
        shop = builders.shop(session)
        builders.order(session, "6900000000000000001", of=shop)
        accept_refund(session, shop, _asked("6900000000000000001", MONEY[0]), now=NOW)
        case = session.exec(select(Aftersale)).one()
        case.reviewed_since = case.approved_at = NOW
        restage(session, case, by="somebody", now=NOW)
        assert case.stage is S.APPROVED
        for status in (S.REJECTED, S.REQUESTED):
            later = NOW + timedelta(minutes=1 + (status is S.REQUESTED))
            draft = _asked("6900000000000000001", MONEY[0], status=status, updated_at=later)
            accept_refund(session, shop, draft, now=later)
            assert case.stage is status
        assert case.origin is CaseOrigin.CHANNEL


def _asked(number: str, kind: AftersaleKind, **changes: Any) -> RefundDraft:
    facts: dict[str, Any] = {
        "channel": Channel.DOUYIN,
        "channel_refund_no": f"R{number}",
        "channel_order_no": number,
        "channel_line_no": "",
        "kind": kind,
        "status": S.REQUESTED,
        "status_word": "x",
        "amount_fen": 13940,
        "reason": "不想要了",
        "requested_at": NOW,
        "updated_at": NOW,
    }
    return RefundDraft(**facts | changes)


def test_a_status_its_kind_has_not_is_left_as_an_unknown_one():
    check_move(AftersaleKind.RESEND, S.AWAITING_RETURN, S.APPROVED)
    with pytest.raises(IllegalMove):
        check_move(AftersaleKind.RESEND, S.AWAITING_RETURN, S.REFUNDING)
