"""Is a ticket somebody's at every moment, done in time, and never silently lost, reopened or given away?"""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.domain.ticket import (
    Subject,
    Ticket,
    TicketKind,
    TicketPriority,
    TicketResult,
    TicketStatus,
    WaitsFor,
    open_ticket,
    ticket_no,
)
from orderhub.domain.ticket_step import (
    TicketOver,
    TicketTaken,
    Voice,
    claim,
    close,
    decide,
    entries_of,
    hand_over,
    hand_overs_of,
    note,
    prioritise,
    reopen,
    reply,
    wait,
)
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, IllegalMove, NotFound
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.builders import NOW

HOUR = timedelta(hours=1)


def opened(kind=TicketKind.QUESTION, *, now=NOW, no="6900000000000000001", **changes) -> int:
    with transaction() as session:
        order = builders.order(session, no)
        facts = {"words": "买家问什么时候发货", "by": "li"} | changes
        return open_ticket(session, Subject(order_id=order.id), kind, now=now, **facts).id


def done(step, ticket_id, *args, by="li", now=NOW, **changes):
    with transaction() as session:
        step(session, ticket_id, *args, by=by, now=now, **changes)


def standing(ticket_id) -> tuple[Ticket, Task]:
    with reading() as session:
        ticket = session.get_one(Ticket, ticket_id)
        return ticket, session.get_one(Task, ticket.task_id)


def logged(kind: str) -> list[Event]:
    with reading() as session:
        return list(session.exec(select(Event).where(Event.kind == kind).order_by(col(Event.id))))


def test_a_ticket_is_opened_with_its_time_and_its_task(database):
    ticket_id = opened(TicketKind.MISSING_PARCEL, priority=TicketPriority.HIGH)
    ticket, task = standing(ticket_id)
    assert (ticket.status, ticket.owner_role, ticket.owner, ticket.due_at) == ("open", "service", "", NOW + 4 * HOUR)
    assert (ticket.channel, ticket.buyer_token) == ("douyin", "buyer-0001")
    assert (task.kind, task.owner_role, task.due_at) == (TaskKind.LOGISTICS_FOLLOW_UP, "service", NOW + 4 * HOUR)
    assert (task.subject_type, task.subject_id, task.title) == (
        "order",
        ticket.order_id,
        f"工单 {ticket_no(ticket_id)}",
    )
    (event,) = logged("ticket_opened")
    assert (event.actor, event.body["kind"], event.body["order_id"]) == ("li", "missing_parcel", ticket.order_id)
    assert "buyer-0001" not in repr(event.body)


@pytest.mark.parametrize("priority", list(TicketPriority))
def test_what_is_more_urgent_is_due_sooner(priority):
    every = list(TicketPriority)
    assert [one.allowed for one in every] == sorted(one.allowed for one in every)
    assert priority.allowed > timedelta()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [({"words": " "}, "ticket_words"), ({"words": "x" * 1001}, "too_long"), ({"role": "warehouse"}, "ticket_role")],
)
def test_what_cannot_be_opened_leaves_nothing(database, changes, problem):
    with pytest.raises(BadInput) as refused:
        opened(**changes)
    assert refused.value.problem == problem
    with reading() as session:
        assert (session.exec(select(Ticket)).all(), session.exec(select(Task)).all()) == ([], [])


def test_a_ticket_of_a_case_is_of_its_order_and_one_of_a_buyer_of_none(database):
    with transaction() as session:
        order = builders.order(session)
        case = _case(session, order)
        about_case = open_ticket(session, Subject(case.id), TicketKind.OTHER, words="退款进度", by="li", now=NOW)
        assert (about_case.order_id, about_case.aftersale_id) == (order.id, case.id)
        of_buyer = Subject(of_buyer=order.id)
        about_buyer = open_ticket(session, of_buyer, TicketKind.INVOICE, words="合并开票", by="li", now=NOW)
        assert (about_buyer.order_id, about_buyer.buyer_token) == (None, "buyer-0001")
        for missing in (Subject(aftersale_id=99), Subject(order_id=99), Subject()):
            with pytest.raises(NotFound):
                open_ticket(session, missing, TicketKind.OTHER, words="?", by="li", now=NOW)


def test_a_buyer_whom_no_channel_names_has_no_ticket_of_their_own(database):
    with transaction() as session:
        order = builders.order(session, buyer_token="")
        with pytest.raises(BadInput) as refused:
            open_ticket(session, Subject(of_buyer=order.id), TicketKind.OTHER, words="?", by="li", now=NOW)
        assert refused.value.problem == "no_buyer"


def test_who_claims_has_it_until_they_hand_it_over(database):
    ticket_id = opened()
    done(claim, ticket_id)
    done(claim, ticket_id)  # safe to repeat
    assert len(logged("ticket_moved")) == 1
    with pytest.raises(TicketTaken) as refused:
        done(claim, ticket_id, by="wang")
    assert refused.value.names == {"who": "li"}
    ticket, task = standing(ticket_id)
    assert (ticket.status, ticket.owner, task.status, task.owner) == ("claimed", "li", TaskStatus.CLAIMED, "li")


def test_a_hand_over_keeps_its_reason_and_the_first_queue(database):
    ticket_id = opened()
    done(claim, ticket_id)
    done(hand_over, ticket_id, role="operations", reason="要联系快递")
    ticket, task = standing(ticket_id)
    assert (ticket.status, ticket.owner_role, ticket.owner, ticket.first_role) == ("open", "operations", "", "service")
    assert (task.status, task.owner_role, task.owner, task.first_role) == ("open", "operations", "", "service")
    done(hand_over, ticket_id, role="operations", person="wang", reason="他熟", by="chen")
    ticket, task = standing(ticket_id)
    assert (ticket.status, ticket.owner, task.owner) == ("claimed", "wang", "wang")
    with reading() as session:
        rows = [(one.from_role, one.from_person, one.to_role, one.to_person, one.reason, one.by)
                for one in hand_overs_of(session, ticket_id)]  # fmt: skip
    assert rows == [
        ("operations", "", "operations", "wang", "他熟", "chen"),
        ("service", "li", "operations", "", "要联系快递", "li"),
    ]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"role": "operations", "reason": " "}, "handover_reason"),
        ({"role": "finance", "reason": "钱"}, "ticket_role"),
        ({"role": "service", "reason": "再看"}, "handover_same"),
    ],
)
def test_a_hand_over_that_says_nothing_changes_nothing(database, changes, problem):
    ticket_id = opened()
    with pytest.raises(BadInput) as refused:
        done(hand_over, ticket_id, **changes)
    assert refused.value.problem == problem
    with reading() as session:
        assert hand_overs_of(session, ticket_id) == []
    assert standing(ticket_id)[0].status is TicketStatus.OPEN


def test_what_turns_out_more_urgent_is_due_sooner_from_when_it_was_opened(database):
    ticket_id = opened()
    for _ in range(2):  # safe to repeat
        done(prioritise, ticket_id, TicketPriority.URGENT, now=NOW + HOUR / 2)
        ticket, task = standing(ticket_id)
        assert (ticket.priority, ticket.due_at) == (TicketPriority.URGENT, NOW + TicketPriority.URGENT.allowed)
        assert task.due_at == ticket.due_at
    with reading() as session:
        (event,) = session.exec(select(Event).where(Event.kind == "ticket_prioritised"))
    assert (event.body["source"], event.body["target"], event.actor) == ("normal", "urgent", "li")


def test_the_first_reply_stands_whatever_follows(database):
    ticket_id = opened()
    done(note, ticket_id, "买家很急")
    assert standing(ticket_id)[0].first_reply_at is None
    done(reply, ticket_id, "亲,今天发出", now=NOW + HOUR)
    done(reply, ticket_id, "已发出", now=NOW + 2 * HOUR)
    ticket, _ = standing(ticket_id)
    assert (ticket.first_reply_at, ticket.status, ticket.owner) == (NOW + HOUR, "claimed", "li")
    assert [event.body["is_first"] for event in logged("ticket_answered")] == [True, False]
    assert "今天发出" not in repr([event.body for event in logged("ticket_answered")])
    with reading() as session:
        assert [(one.voice, one.text) for one in entries_of(session, ticket_id)] == [
            (Voice.REPLY, "已发出"),
            (Voice.REPLY, "亲,今天发出"),
            (Voice.NOTE, "买家很急"),
        ]


def test_while_the_warehouse_is_waited_for_the_task_is_theirs(database):
    ticket_id = opened()
    done(wait, ticket_id, WaitsFor.WAREHOUSE)
    ticket, task = standing(ticket_id)
    assert (ticket.status, ticket.waits_for, ticket.owner) == ("waiting", "warehouse", "li")
    assert (task.owner_role, task.owner, task.status) == ("warehouse", "", "open")
    done(wait, ticket_id, WaitsFor.BUYER)
    assert (standing(ticket_id)[1].owner_role, standing(ticket_id)[1].owner) == ("service", "li")
    done(claim, ticket_id)
    assert (standing(ticket_id)[0].status, standing(ticket_id)[0].waits_for) == ("claimed", None)


def test_a_decision_closes_the_task_as_whose_it_was(database):
    ticket_id = opened()
    done(wait, ticket_id, WaitsFor.FINANCE)
    done(decide, ticket_id, TicketResult.COMPENSATED, reason="补偿 5 元", now=NOW + HOUR)
    ticket, task = standing(ticket_id)
    assert (ticket.status, ticket.decided_at, ticket.decided_by) == ("decided", NOW + HOUR, "li")
    assert (ticket.result, ticket.result_note, ticket.waits_for) == ("compensated", "补偿 5 元", None)
    assert (task.status, task.owner_role, task.closed_by, task.result) == ("closed", "service", "li", "compensated")
    done(close, ticket_id)
    assert (standing(ticket_id)[0].status, standing(ticket_id)[0].closed_at) == ("closed", NOW)


@pytest.mark.parametrize(
    ("step", "args", "changes"),
    [
        (claim, (), {}),
        (reply, ("在吗",), {}),
        (wait, (WaitsFor.BUYER,), {}),
        (prioritise, (TicketPriority.URGENT,), {}),
        (decide, (TicketResult.REFUSED,), {}),
        (hand_over, (), {"role": "operations", "reason": "再看"}),
    ],
)
def test_what_is_decided_is_reopened_before_anything_else(database, step, args, changes):
    ticket_id = opened()
    done(decide, ticket_id, TicketResult.ANSWERED)
    with pytest.raises(TicketOver):
        done(step, ticket_id, *args, **changes)
    assert standing(ticket_id)[0].status is TicketStatus.DECIDED
    done(note, ticket_id, "备查")  # a note is always possible


def test_reopening_takes_a_reason_a_new_time_and_a_new_task(database):
    ticket_id = opened()
    for step in (None, claim):
        if step:
            done(step, ticket_id)
        with pytest.raises(IllegalMove):
            done(reopen, ticket_id, reason="还没好")
    done(decide, ticket_id, TicketResult.ANSWERED)
    with pytest.raises(BadInput):
        done(reopen, ticket_id, reason="")
    first = standing(ticket_id)[1]
    done(reopen, ticket_id, reason="买家说没收到", now=NOW + 30 * HOUR)
    ticket, task = standing(ticket_id)
    assert (ticket.status, ticket.reopenings, ticket.decided_at, ticket.result) == ("open", 1, None, None)
    assert (ticket.due_at, task.due_at, task.status) == (NOW + 54 * HOUR, NOW + 54 * HOUR, TaskStatus.OPEN)
    assert (task.id != first.id, task.kind) == (True, first.kind)


def test_closing_without_a_decision_takes_a_reason(database):
    ticket_id = opened()
    with pytest.raises(BadInput) as refused:
        done(close, ticket_id)
    assert refused.value.problem == "close_reason"
    done(close, ticket_id, reason="开重了")
    ticket, task = standing(ticket_id)
    assert (ticket.status, ticket.result_note, task.status) == ("closed", "开重了", TaskStatus.CLOSED)
    with pytest.raises(TicketOver):
        done(close, ticket_id, reason="再关一次")


def test_a_second_complaint_within_30_days_is_known_to_the_first(database):
    first = opened(TicketKind.COMPLAINT, words="破损")
    question = opened(TicketKind.QUESTION, words="进度", now=NOW + HOUR)
    later = NOW + timedelta(days=29)
    second = opened(TicketKind.COMPLAINT, words="还没退", now=later)
    other = opened(TicketKind.COMPLAINT, words="另一单", now=later, no="6900000000000000002")
    assert [standing(one)[0].complained_again_at for one in (first, question, second, other)] == [later, *[None] * 3]
    (event,) = logged("complained_again")
    assert (event.subject_id, event.body["later_id"]) == (first, second)
    opened(TicketKind.COMPLAINT, words="太久以后", now=later + timedelta(days=31))
    assert standing(second)[0].complained_again_at is None


def _case(session, order) -> Aftersale:
    shop = builders.shop(session)
    refund = RefundDraft(
        channel=shop.channel,
        channel_refund_no="R-1",
        channel_order_no=order.channel_order_no,
        kind=AftersaleKind.REFUND_BEFORE_SHIPPING,
        status=AftersaleStatus.REQUESTED,
        status_word="1",
        amount_fen=1000,
        requested_at=NOW,
        updated_at=NOW,
    )
    accept_refund(session, shop, refund, now=NOW)
    return session.exec(select(Aftersale)).one()
