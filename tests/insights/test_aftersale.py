"""Does the queue show which case is due first, page without losing one, and count what its tabs hold?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from orderhub.domain.aftersale import Aftersale, accept_refund, say_reason
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.refund_answer import Wording, answer
from orderhub.domain.refund_reason import ReasonKind, name_reason
from orderhub.domain.shop import Rollout
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, ChannelStatus, RefundDecision
from orderhub.insights import aftersale as cases
from orderhub.insights.aftersale import CaseQuery, CaseTab, case_card, case_counts, case_page, unsaid
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from tests.builders import NOW, order, shop

S, K = AftersaleStatus, AftersaleKind
HOUR = timedelta(hours=1)


def a_case(no: str, *, code: str = "douyin-1", buyer: str = "b-1", **changes: Any) -> int:
    """A case of an order of its own, both called ``no``."""
    with transaction() as session:
        seller = shop(session, code, changes.pop("channel", Channel.DOUYIN), rollout=Rollout.LIVE)
        order(session, f"O{no}", ChannelStatus.SHIPPED, of=seller, buyer_token=buyer)
        facts: dict[str, Any] = {
            "channel": seller.channel,
            "channel_refund_no": f"R{no}",
            "channel_order_no": f"O{no}",
            "kind": K.RETURN_AND_REFUND,
            "status": S.REQUESTED,
            "status_word": "asked",
            "amount_fen": 1000,
            "requested_at": NOW,
            "updated_at": NOW,
        }
        accept_refund(session, seller, RefundDraft(**facts | changes), now=NOW)
    with reading() as session:
        return max(row.case.id for row in case_page(session, CaseQuery(tab=CaseTab.ALL), NOW).rows)


def numbers(query: CaseQuery = CaseQuery(), now=NOW) -> list[str]:  # noqa: B008  (frozen)
    with reading() as session:
        return [row.case.channel_refund_no for row in case_page(session, query, now).rows]


@pytest.fixture
def some(database):
    a_case("1", deadline=NOW + 5 * HOUR, reason="质量问题")
    a_case("2", deadline=NOW - HOUR, kind=K.EXCHANGE)
    a_case("3", reason="轮子断了")
    a_case("4", deadline=NOW + 2 * HOUR, status=S.RETURNED, return_tracking_no="YT900", code="taobao-1",
           channel=Channel.TAOBAO)  # fmt: skip
    a_case("5", deadline=NOW - HOUR, status=S.CLOSED)
    a_case("6", status=S.WITHDRAWN)


def test_the_queue_goes_by_deadline_and_what_has_none_comes_last(some):
    assert numbers() == ["R2", "R4", "R1", "R3"]
    assert numbers(CaseQuery(tab=S.REQUESTED)) == ["R2", "R1", "R3"]
    assert numbers(CaseQuery(tab=CaseTab.LATE)) == ["R2"]
    assert numbers(CaseQuery(tab=CaseTab.ALL)) == ["R6", "R5", "R4", "R3", "R2", "R1"]


def test_tabs_count_what_the_filters_leave(some):
    with reading() as session:
        counts = case_counts(session, CaseQuery(), NOW)
        narrowed = case_counts(session, CaseQuery(channels=(Channel.TAOBAO,)), NOW)
    assert {tab: count for tab, count in counts.items() if count} == {
        "open": 4, "late": 1, "all": 6, "requested": 3, "returned": 1, "closed": 1, "withdrawn": 1,
    }  # fmt: skip
    assert {tab: count for tab, count in narrowed.items() if count} == {"open": 1, "all": 1, "returned": 1}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"kinds": (K.EXCHANGE,)}, ["R2"]),
        ({"channels": (Channel.TAOBAO,)}, ["R4"]),
        ({"shops": ("taobao-1",)}, ["R4"]),
        ({"shops": ("nobody",)}, []),
        ({"reasons": (ReasonKind.QUALITY,)}, ["R1"]),
        ({"text": "R3"}, ["R3"]),
        ({"text": "O4"}, ["R4"]),
        ({"text": "YT9"}, ["R4"]),
        ({"text": "轮子"}, ["R3"]),
        ({"text": "%"}, []),
        ({"kinds": (K.RETURN_AND_REFUND,), "channels": (Channel.DOUYIN,)}, ["R1", "R3"]),
    ],
)
def test_what_narrows_the_queue(some, changes, found):
    assert numbers(CaseQuery(**changes)) == found


def test_pages_hold_every_case_once_and_stay_where_they_are(database, monkeypatch):
    monkeypatch.setattr(cases, "PAGE_SIZE", 2)
    for turn in range(5):
        a_case(str(turn), deadline=NOW + HOUR if turn < 3 else None)
    for tab, wanted in ((CaseTab.OPEN, "R0 R1 R2 R3 R4"), (CaseTab.ALL, "R4 R3 R2 R1 R0")):
        query, seen, cursors = CaseQuery(tab=tab), [], 0
        while True:
            with reading() as session:
                page = case_page(session, query, NOW)
            seen += [row.case.channel_refund_no for row in page.rows]
            if not page.next_cursor:
                break
            query, cursors = replace(query, cursor=page.next_cursor), cursors + 1
            if cursors == 1 and tab == CaseTab.ALL:
                a_case("9")  # what comes in meanwhile moves no page
        assert (seen, cursors) == (wanted.split(), 2)
    with reading() as session, pytest.raises(BadInput):
        case_page(session, replace(query, tab=CaseTab.OPEN), NOW)


def test_a_case_comes_with_its_order_its_answers_and_what_else_its_buyer_asked(database):
    first = a_case("1", buyer="b-7")
    a_case("2", buyer="b-7")
    a_case("3", buyer="b-8")
    with transaction() as session:
        wording = Wording(reason_code="3", words="已签收")
        answer(session, first, RefundDecision.REFUSE, wording, by="li", now=NOW)
    with reading() as session:
        found = case_card(session, first, NOW)
    assert (found.card.order.channel_order_no, found.case.channel_refund_no, found.left_fen) == ("O1", "R1", 13940)
    assert [(one.quantity, one.amount_fen) for one in found.lines] == [(1, 1000)]
    assert [(one.decision, one.words) for one in found.answers] == [("refuse", "已签收")]
    assert [(one.case.channel_refund_no, one.order_no) for one in found.others] == [("R2", "O2")]
    assert {"refund_requested", "refund_answered", "order_received"} <= {one.kind for one in found.card.timeline}
    with reading() as session, pytest.raises(NotFound):
        case_card(session, first + 100, NOW)


def test_words_nobody_has_sorted_come_with_how_many_cases_say_them(database):
    a_case("1", reason="天气不好")
    a_case("2", reason="轮子断了")
    a_case("3", reason="轮子 断了")
    with reading() as session:
        assert [(one.word.words, one.cases) for one in unsaid(session)] == [("轮子断了", 2), ("天气不好", 1)]
    with transaction() as session:
        own = name_reason(session, "轮子", ReasonKind.QUALITY, by="li", now=NOW)
        say_reason(session, Channel.DOUYIN, "轮子断了", ReasonKind.OTHER, own_id=own.id, by="li", now=NOW)
    with reading() as session:
        assert [one.word.words for one in unsaid(session)] == ["天气不好"]
        rows = case_page(session, CaseQuery(reasons=(ReasonKind.QUALITY,)), NOW).rows
    assert [row.own_reason for row in rows] == ["轮子", "轮子"]
    assert isinstance(rows[0].case, Aftersale)
