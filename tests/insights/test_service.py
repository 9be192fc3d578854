"""Is a buyer's whole picture theirs alone, found by any number, and are the times what tickets really took?"""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.buyer_link import Buyer, join
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.hold import HoldReason, hold
from orderhub.domain.refund_answer import RefundAnswer
from orderhub.domain.ticket import Subject, TicketKind, TicketPriority, TicketResult, WaitsFor, open_ticket
from orderhub.domain.ticket_step import claim, close, decide, hand_over, reply, wait
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, ChannelStatus, RefundDecision
from orderhub.insights.search import find_orders
from orderhub.insights.service import picture_of_buyer, picture_of_order
from orderhub.insights.service_times import Grouping, Spread, case_times, service_times, spread, total_of
from orderhub.insights.ticket import Queue, TicketQuery, ticket_page
from orderhub.kernel.errors import NotFound
from tests import builders
from tests.builders import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def case_of(session, order, no="R-900000000000001", **changes) -> Aftersale:
    shop = builders.shop(session)
    facts = {
        "channel": shop.channel,
        "channel_refund_no": no,
        "channel_order_no": order.channel_order_no,
        "kind": AftersaleKind.RETURN_AND_REFUND,
        "status": AftersaleStatus.REQUESTED,
        "status_word": "1",
        "amount_fen": 1000,
        "requested_at": NOW,
        "updated_at": NOW,
        "return_tracking_no": "SF0000000000042",
    }
    accept_refund(session, shop, RefundDraft(**facts | changes), now=NOW)
    return session.exec(select(Aftersale).where(Aftersale.channel_refund_no == no)).one()


def ticket_of(session, order, kind=TicketKind.QUESTION, *, now=NOW, **changes):
    facts = {"words": "问一下", "by": "li"} | changes
    return open_ticket(session, Subject(order_id=order.id), kind, now=now, **facts)


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("R-900000000000001", "refund_no"),
        ("r-900000000000001", "refund_no"),
        ("SF0000000000042", "return_tracking_no"),
        ("buyer-0001", "buyer"),
    ],
)
def test_a_case_its_parcel_back_and_a_token_find_the_order(database, text, matched):
    with database.transaction() as session:
        case_of(session, builders.order(session))
        builders.order(session, "6900000000000000002", buyer_token="buyer-0002")
        (hit,) = find_orders(session, text)
    assert (hit.channel_order_no, hit.matched) == ("6900000000000000001", matched)
    assert "buyer-0001" not in hit.text  # a token finds, and is not shown


@pytest.mark.parametrize("text", ["R-90000000000000", "buyer-000", "SF00"])
def test_half_of_a_number_pasted_whole_finds_nothing(database, text):
    with database.transaction() as session:
        case_of(session, builders.order(session))
        assert find_orders(session, text) == []


def test_everything_of_a_buyer_is_on_one_picture_and_nothing_of_another(database):
    with database.transaction() as session:
        second_shop = builders.shop(session, "douyin-2")
        parcels = (builders.parcel(),)
        sent = builders.order(session, status=ChannelStatus.SHIPPED, shipped_at=NOW, parcels=parcels)
        other_shop = builders.order(session, "6900000000000000002", of=second_shop, placed_at=NOW - DAY)
        stranger = builders.order(session, "6900000000000000003", buyer_token="buyer-0002")
        hold(session, other_shop, HoldReason.MANUAL, by="li", now=NOW)
        case = case_of(session, sent)
        ticket = ticket_of(session, sent)
        ticket_of(session, stranger)
        of_buyer = open_ticket(session, Subject(of_buyer=sent.id), TicketKind.INVOICE, words="票", by="li", now=NOW)
        now = {"occurred_at": NOW, "now": NOW}
        wrong = open_anomaly(session, AnomalyKind.REFUND_NOT_ANSWERED, about=("aftersale", case.id), **now)
        session.flush()
        picture = picture_of_order(session, other_shop.id)
        assert [row.order.id for row in picture.orders] == [other_shop.id, sent.id]  # what was asked for comes first
        assert [row.shop_name for row in picture.orders] == ["测试店 douyin-2", "测试店 douyin-1"]
        assert [(len(row.holds), len(row.parcels)) for row in picture.orders] == [(1, 0), (0, 1)]
        assert ([one.id for one in picture.cases], [one.id for one in picture.anomalies]) == ([case.id], [wrong.id])
        assert [one.id for one in picture.tickets] == [of_buyer.id, ticket.id]
        assert (picture.order_count, picture.paid_fen, picture.is_known) == (2, 27_880, True)
        assert picture_of_buyer(session, Buyer("douyin", "buyer-0001")).order_count == 2


def test_a_buyer_at_another_channel_joins_the_picture_only_when_staff_say_so(database):
    with database.transaction() as session:
        douyin = builders.order(session)
        jd = builders.order(session, "7100000001", of=builders.shop(session, "jd-1", Channel.JD))
        assert picture_of_order(session, douyin.id).order_count == 1
        join(session, douyin.id, jd.id, reason="买家自己说的", by="li", now=NOW)
        picture = picture_of_order(session, jd.id)
        assert {row.order.id for row in picture.orders} == {douyin.id, jd.id}
        assert ([one.reason for one in picture.links], len(picture.buyers)) == (["买家自己说的"], 2)


def test_an_order_whose_buyer_nobody_names_stands_alone(database):
    with database.transaction() as session:
        alone = builders.order(session, buyer_token="")
        builders.order(session, "6900000000000000002", buyer_token="")
        picture = picture_of_order(session, alone.id)
        assert ([row.order.id for row in picture.orders], picture.is_known) == ([alone.id], False)
        for missing in (lambda: picture_of_order(session, 99), lambda: picture_of_buyer(session, Buyer("jd", "x"))):
            with pytest.raises(NotFound):
                missing()


def test_the_queue_shows_what_is_due_first_and_counts_every_view(database):
    with database.transaction() as session:
        order = builders.order(session)
        low = ticket_of(session, order, priority=TicketPriority.LOW)
        urgent = ticket_of(session, order, priority=TicketPriority.URGENT)
        waiting = ticket_of(session, order, priority=TicketPriority.HIGH)
        over = ticket_of(session, order)
        claim(session, low.id, by="li", now=NOW)
        wait(session, waiting.id, WaitsFor.BUYER, by="wang", now=NOW)
        close(session, over.id, reason="重复", by="li", now=NOW)
        session.flush()
        later = NOW + 2 * HOUR

        def shown(queue, **changes):
            page = ticket_page(session, TicketQuery(queue, "li", **changes), later, size=2)
            return [row.ticket.id for row in page.rows], page.has_more, page.total

        assert shown(Queue.ALL) == ([urgent.id, waiting.id], True, 3)
        assert shown(Queue.ALL, page=2) == ([low.id], False, 3)
        assert shown(Queue.ALL, priority=TicketPriority.LOW) == ([low.id], False, 1)
        assert shown(Queue.MINE) == ([low.id], False, 1)
        assert shown(Queue.WAITING) == ([waiting.id], False, 1)
        assert shown(Queue.LATE) == ([urgent.id], False, 1)
        assert shown(Queue.DONE) == ([over.id], False, 1)
        page = ticket_page(session, TicketQuery(Queue.ALL, "li"), later)
        assert page.counts == {Queue.MINE: 1, Queue.ALL: 3, Queue.WAITING: 1, Queue.LATE: 1}
        assert [row.is_late for row in page.rows] == [True, False, False]
        assert {row.order_no for row in page.rows} == {"6900000000000000001"}


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], Spread(0, None, None)),
        ([7.4], Spread(1, 7, 7)),
        ([40, 10, 20, 30], Spread(4, 20, 40)),
        (list(range(1, 101)), Spread(100, 50, 95)),
    ],
)
def test_median_and_p95_are_times_that_happened(seconds, expected):
    assert spread(seconds) == expected


def test_times_by_kind_person_and_week(database):
    with database.transaction() as session:
        order = builders.order(session)
        quick = ticket_of(session, order)
        slow = ticket_of(session, order, TicketKind.COMPLAINT, priority=TicketPriority.URGENT)
        ticket_of(session, order, now=NOW + 7 * DAY)  # nobody has touched it
        reply(session, quick.id, "在", by="li", now=NOW + timedelta(minutes=3))
        decide(session, quick.id, TicketResult.ANSWERED, by="li", now=NOW + timedelta(minutes=10))
        hand_over(session, slow.id, role="operations", reason="物流", by="li", now=NOW + HOUR)
        decide(session, slow.id, TicketResult.RESENT, by="wang", now=NOW + 5 * HOUR)
        session.flush()
        until = NOW + 30 * DAY
        kinds = service_times(session, NOW, until, Grouping.KIND)
        assert [(row.key, row.opened, row.reply, row.decision) for row in kinds] == [
            ("question", 2, Spread(1, 180, 180), Spread(1, 600, 600)),
            ("complaint", 1, Spread(0, None, None), Spread(1, 18_000, 18_000)),
        ]
        assert [(row.late, row.right_first) for row in kinds] == [(0, 1), (1, 0)]
        people = service_times(session, NOW, until, Grouping.PERSON)
        assert [(row.key, row.decision.count) for row in people] == [("", 0), ("li", 1), ("wang", 1)]
        weeks = service_times(session, NOW, until, Grouping.WEEK)
        assert [(row.key, row.opened) for row in weeks] == [("2026-11-30", 1), ("2026-11-23", 2)]
        total = total_of(session, NOW, until)
        assert (total.opened, total.decision, total.late) == (3, Spread(2, 600, 18_000), 1)
        assert service_times(session, NOW - DAY, NOW, Grouping.KIND) == ()


def test_a_return_is_timed_from_the_request_to_the_first_answer(database):
    with database.transaction() as session:
        order = builders.order(session, status=ChannelStatus.SHIPPED, shipped_at=NOW)
        for number, (minutes, kind) in enumerate(
            [(30, AftersaleKind.RETURN_AND_REFUND), (60, AftersaleKind.RETURN_AND_REFUND), (1, AftersaleKind.EXCHANGE)]
        ):
            case = case_of(session, order, f"R-{number}", kind=kind)
            for turn in (1, 2):
                at = NOW + timedelta(minutes=minutes * turn)
                given = {"decision": RefundDecision.AGREE_RETURN, "amount_fen": 1000, "answered_by": "li"}
                session.add(RefundAnswer(aftersale_id=case.id, turn=turn, answered_at=at, state="told", **given))
        session.flush()
        times = case_times(session, NOW, NOW + DAY)
        assert (times.spread, times.under_before) == (Spread(2, 1800, 3600), 1)
        assert case_times(session, NOW - DAY, NOW).spread.count == 0
