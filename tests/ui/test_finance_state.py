"""Does finance see its queue, decide it once, and nobody else? And nothing of the buyer goes to the browser."""

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.domain.aftersale import Aftersale, CaseOrigin, accept_refund, case_of, move
from orderhub.domain.auto_refund import policy_of
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.finance_review import FinanceReview, ReviewState, ask, reviews_of
from orderhub.domain.refund_answer import answers_of
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.ui.gate import Who
from orderhub.ui.state.finance import Finance
from orderhub.ui.state.review_case import ReviewCase
from tests import builders
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

BEFORE = AftersaleKind.REFUND_BEFORE_SHIPPING
MakeCase = Callable[..., str]


@pytest.fixture
def make_case(database: Database) -> MakeCase:
    """A case of an order of its own, before finance; returns its id as the browser knows it."""

    def make_case(
        no: str,
        *,
        hours: float = 24,
        amount_fen: int = 13940,
        kind: AftersaleKind = BEFORE,
        channel: Channel = Channel.DOUYIN,
        opened_by: str = "",
        **changes: Any,
    ) -> str:
        now = utc_now()
        with database.transaction() as session:
            seller = builders.shop(session, f"{channel}-1", channel)
            builders.order(session, no, of=seller, now=now, **changes)
            draft = RefundDraft(
                channel=channel,
                channel_refund_no=f"R-{no}",
                channel_order_no=no,
                kind=kind,
                status=AftersaleStatus.REQUESTED,
                status_word="6",
                amount_fen=amount_fen,
                reason="不想要了",
                requested_at=now - timedelta(hours=1),
                updated_at=now - timedelta(hours=1),
                deadline=now + timedelta(hours=hours),
            )
            accept_refund(session, session.get_one(Shop, seller.id), draft, now=now)
            case = session.exec(select(Aftersale).where(Aftersale.channel_refund_no == f"R-{no}")).one()
            if opened_by:
                case.origin, case.opened_by = CaseOrigin.HAND, opened_by
                session.add(case)
            ask(session, case, by=opened_by or str(channel), now=now)
            return str(case.id)

    return make_case


@pytest.fixture
def review_of(database: Database) -> Callable[[str], FinanceReview]:
    def review_of(case_id: str) -> FinanceReview:
        with database.reading() as session:
            return reviews_of(session, int(case_id))[0]

    return review_of


async def rows(tab: Any, address: str = "/finance") -> list[str]:
    await tab.visit(address, Finance.enter)
    return [row.order_no for row in (await tab.state(Finance)).view.rows]


async def look(tab: Any, case_id: str) -> Any:
    await tab.visit(f"/finance?case={case_id}", ReviewCase.look)
    return (await tab.state(ReviewCase)).view


async def said(tab: Any, state: Any = ReviewCase) -> tuple[str, bool]:
    found = await tab.state(state)
    return found.said, found.is_refusal


def yes(review: FinanceReview, **changes: str) -> dict[str, str]:
    return {"id": str(review.id), "seen": str(review.amount_fen), "note": ""} | changes


async def test_the_queue_goes_by_deadline_and_is_narrowed_by_the_address(
    sign_in: SignIn, make_case: MakeCase, review_of
):
    make_case("A1", hours=30)
    late = make_case("A2", hours=-1)
    make_case("A3", hours=2, channel=Channel.TAOBAO)
    make_case("A4", hours=1, kind=AftersaleKind.RETURN_AND_REFUND)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-f", Role.FINANCE))
        assert await rows(tab) == ["A2", "A3", "A1", "A4"]
        view = (await tab.state(Finance)).view
        assert (view.due, view.late, view.soon, view.goods, view.money) == ("3", "1", "1", "1", "¥418.20")
        assert [row.waits for row in view.rows] == [False, False, False, True]
        assert await rows(tab, "/finance?late=1") == ["A2"]
        assert await rows(tab, "/finance?channel=taobao") == ["A3"]
        assert await rows(tab, "/finance?kind=return_and_refund") == ["A4"]
        assert await rows(tab, "/finance?mine=1") == []
        await tab.fire(ReviewCase.take_on(str(review_of(late).id)))
        assert await rows(tab, "/finance?mine=1") == ["A2"]
        assert await rows(tab, "/finance?kind=no&channel=no&after=no") == ["A2", "A3", "A1", "A4"]


async def test_pages_of_the_queue_follow_one_another(sign_in: SignIn, make_case: MakeCase, monkeypatch):
    monkeypatch.setattr("orderhub.insights.finance.PAGE", 2)
    for turn in range(5):
        make_case(f"A{turn}", hours=turn + 1)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-f", Role.FINANCE))
        found, following = [], "/finance"
        while following:
            found.append(await rows(tab, following))
            following = (await tab.state(Finance)).view.next
        assert found == [["A0", "A1"], ["A2", "A3"], ["A4"]]
        assert (await tab.state(Finance)).view.first == "/finance"


async def test_a_review_is_read_and_agreed_to_once(sign_in: SignIn, make_case: MakeCase, review_of, database: Database):
    case_id = make_case("A1", buyer_remark="请尽快", buyer_token="b-1")
    async with gated_runtime() as open_tab:
        first, second = open_tab(sign_in("ceshi-f", Role.FINANCE)), open_tab(sign_in("ceshi-m", Role.MANAGER))
        view = await look(first, case_id)
        assert (view.amount, view.paid, view.left, view.buyer_remark) == ("¥139.40", "¥139.40", "¥139.40", "")
        assert [(line.pieces, line.amount) for line in view.lines] == [("1", "¥139.40")]
        assert [hold.reason for hold in view.holds] == ["refund_requested"]
        assert (view.pays, view.refuses, view.needs_code, view.takes_amount) == ("approve", "refuse", True, False)
        await look(second, case_id)
        await first.fire(ReviewCase.approve(yes(review_of(case_id), note="已核对")))
        assert await said(first) == ("已同意退款", False)
        assert ((await first.state(ReviewCase)).view.review_id, (await first.state(ReviewCase)).view.stage) == (
            "",
            "approved",
        )
        await second.fire(ReviewCase.approve(yes(review_of(case_id))))
        assert await said(second) == ("ceshi-f 已经处理过了", True)
        assert await rows(first, "/finance?tab=done") == ["A1"]
    review = review_of(case_id)
    assert (review.state, review.decided_by, review.note) == (ReviewState.APPROVED, "ceshi-f", "已核对")


async def test_bad_input_is_answered_with_a_sentence_and_changes_nothing(
    sign_in: SignIn, make_case: MakeCase, review_of, database: Database
):
    case_id = make_case("A1")
    review = review_of(case_id)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-f", Role.FINANCE))
        await look(tab, case_id)
        for asked, sentence in (
            (ReviewCase.approve(yes(review, seen="")), "退款金额要大于 0"),
            (ReviewCase.approve(yes(review, seen="1")), "平台按申请金额退，不能改"),
            (ReviewCase.approve(yes(review, yuan="1e5")), "金额要写成元，最多两位小数"),
            (ReviewCase.approve({"id": "x", "seen": "1"}), "找不到了"),
            (ReviewCase.reject({"id": str(review.id)}), "请写明拒绝理由（2–200 字，买家可见）"),
            (ReviewCase.reject({"id": str(review.id), "words": "已签收"}), "请选平台的拒绝原因"),
            (ReviewCase.confirm_paid({"id": case_id}), "请填写打款流水号"),
            (
                ReviewCase.confirm_paid({"id": case_id, "reference": "1"}),
                "这一单不用线下打款，或还没有同意退款",
            ),
        ):
            await tab.fire(asked)
            assert await said(tab) == (sentence, True)
        await tab.fire(ReviewCase.reject({"id": str(review.id), "words": "商品已签收", "reason_code": "7"}))
        assert await said(tab) == ("已拒绝", False)
    with database.reading() as session:
        assert [one.words for one in answers_of(session, int(case_id))] == ["商品已签收"]


async def test_nobody_agrees_to_their_own_and_goods_are_inspected_first(
    sign_in: SignIn, make_case: MakeCase, review_of
):
    own = make_case("A1", opened_by="ceshi-m")
    returned = make_case("A2", kind=AftersaleKind.RETURN_AND_REFUND)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await look(tab, own)
        assert (await tab.state(ReviewCase)).is_own
        await tab.fire(ReviewCase.approve(yes(review_of(own))))
        assert await said(tab) == ("您提交或验收过这一单，请由另一位同事审核", True)
        assert (await look(tab, returned)).waits_goods
        await tab.fire(ReviewCase.approve(yes(review_of(returned))))
        assert await said(tab) == ("货物还没验收：验货后再退款", True)


async def test_what_a_channel_takes_in_its_back_office_only_is_not_offered(
    sign_in: SignIn, make_case: MakeCase, review_of
):
    case_id = make_case("A1", channel=Channel.PINDUODUO)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-f", Role.FINANCE))
        view = await look(tab, case_id)
        assert (view.pays, view.refuses) == ("approve", "")
        await tab.fire(ReviewCase.reject({"id": str(review_of(case_id).id), "words": "商品已签收"}))
        assert await said(tab) == ("平台不开放这样答复，请到平台商家后台处理", True)
    assert review_of(case_id).state is ReviewState.OPEN


async def test_many_are_agreed_to_after_their_sum_was_seen(
    sign_in: SignIn, make_case: MakeCase, review_of, database: Database
):
    cases = [make_case(f"A{turn}", amount_fen=1000 + turn) for turn in range(3)]
    changed, returned = make_case("B1"), make_case("B2", kind=AftersaleKind.RETURN_AND_REFUND)
    ids = [str(review_of(case_id).id) for case_id in (*cases, changed, returned)]
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-f", Role.FINANCE))
        await rows(tab)
        await tab.fire(Finance.approve_selected)
        assert await said(tab, Finance) == ("先选择订单", True) or (await said(tab, Finance))[1]
        await tab.fire(Finance.toggle_page(ids))
        await tab.fire(Finance.ask)
        state = await tab.state(Finance)
        assert (state.asked, state.asked_money) == ("5", "¥308.83")
        with database.transaction() as session:  # the buyer asks for less meanwhile
            case = session.get_one(Aftersale, int(changed))
            case.amount_fen -= 1
            session.add(case)
        await tab.fire(Finance.approve_selected)
        state = await tab.state(Finance)
        assert state.said == ("完成 3 单；未完成 2 单：平台按申请金额退，不能改 ×1、货物还没验收：验货后再退款 ×1")
        assert (state.ids, state.asked, state.progress) == (ids[3:], "", "")
    assert {review_of(case_id).state for case_id in cases} == {ReviewState.APPROVED}


async def test_what_is_to_be_paid_by_hand_is_a_list_until_its_reference_is_kept(
    sign_in: SignIn, make_case: MakeCase, review_of, database: Database
):
    case_id = make_case("A1", opened_by="ceshi-s")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-f", Role.FINANCE))
        assert (await look(tab, case_id)).takes_amount
        await tab.fire(ReviewCase.approve(yes(review_of(case_id), yuan="100.00")))
        assert await said(tab) == ("已同意退款", False)
        with database.transaction() as session:  # as its message does
            answers_of(session, int(case_id))[0].state = "told"
            move(session, case_of(session, int(case_id))[1], AftersaleStatus.REFUNDING, by="ceshi-f", now=utc_now())
        assert await rows(tab, "/finance?tab=pay") == ["A1"]
        assert (await tab.state(Finance)).view.rows[0].amount == "¥100.00"
        await tab.fire(ReviewCase.confirm_paid({"id": case_id, "reference": "ALI-1"}))
        assert await said(tab) == ("已登记打款", False)
        assert await rows(tab, "/finance?tab=pay") == []
        view = await look(tab, case_id)
        assert (view.paid_by, view.reference, view.stage) == ("ceshi-f", "ALI-1", "closed")


async def test_a_rule_is_set_by_finance_and_is_in_the_log(sign_in: SignIn, database: Database):
    good = {"kind": str(BEFORE), "is_on": "1", "cap": "50", "most": "2", "reason-no_reason": "1"}
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-f", Role.FINANCE))
        await tab.visit("/finance?tab=rules", Finance.enter)
        view = (await tab.state(Finance)).view
        assert [(rule.kind, rule.is_on) for rule in view.rules] == [
            (str(BEFORE), False),
            ("refund_after_shipping", False),
        ]
        for changes, sentence in (
            ({"cap": ""}, "开启前先填单笔上限，要大于 0"),
            ({"cap": "abc"}, "金额要写成元，最多两位小数"),
            ({"most": "0"}, "次数填 1 到 100"),
            ({"kind": "exchange"}, "这种售后只能人工审核"),
            ({"kind": "?"}, "这种售后只能人工审核"),
            ({"reason-nonsense": "1"}, "没有这个原因，请刷新后再选"),
        ):
            await tab.fire(Finance.set_rule(good | changes))
            assert await said(tab, Finance) == (sentence, True)
        await tab.fire(Finance.set_rule(good))
        assert await said(tab, Finance) == ("规则已保存", False)
        assert (await tab.state(Finance)).view.rules[0].cap == "50.00"
    with database.reading() as session:
        policy = policy_of(session, BEFORE)
        assert (policy.is_on, policy.cap_fen, policy.reasons) == (True, 5000, (ReasonKind.NO_REASON,))
        (event,) = session.exec(select(Event).where(Event.kind == "auto_refund_changed")).all()
        assert event.actor == "ceshi-f"


@pytest.mark.parametrize("role", list(Role))
async def test_only_finance_and_whoever_leads_decides(sign_in: SignIn, make_case: MakeCase, review_of, role: Role):
    case_id = make_case("A1")
    review = review_of(case_id)
    may = role in (Role.FINANCE, Role.MANAGER, Role.ADMIN)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-x", role))
        assert (await look(tab, case_id)).order_no == "A1"  # everybody reads it
        for permission, asked in (
            ("aftersale:refund:review", Finance.enter()),
            ("aftersale:rule:change", Finance.set_rule({})),
            ("aftersale:refund:review", Finance.approve_selected()),
            ("aftersale:refund:review", ReviewCase.take_on(str(review.id))),
            ("aftersale:refund:review", ReviewCase.confirm_paid({})),
            ("aftersale:refund:review", ReviewCase.reject({"id": str(review.id)})),
            ("aftersale:refund:review", ReviewCase.approve(yes(review))),
        ):
            await tab.fire(asked)
            assert (await tab.state(Who)).refused == ("" if may else permission)
            await tab.fire(Who.dismiss)
    assert (review_of(case_id).state is ReviewState.APPROVED) == may


async def test_nothing_of_the_buyer_goes_to_the_browser(sign_in: SignIn, make_case: MakeCase):
    case_id = make_case("A1", buyer_token="secret-token", buyer_masked="测**")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-f", Role.FINANCE))
        await rows(tab)
        view = await look(tab, case_id)
        sent = json.dumps([dataclasses.asdict((await tab.state(Finance)).view), dataclasses.asdict(view)])
    for hidden in ("测**", "138****0000", "测试路", "测试省", "secret-token", "oaid"):
        assert json.dumps(hidden)[1:-1] not in sent


async def test_a_case_that_is_not_there_is_said_so(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-f", Role.FINANCE))
        await tab.visit("/finance?case=404", ReviewCase.look)
        assert ((await tab.state(ReviewCase)).is_missing, (await tab.state(ReviewCase)).case_id) == (True, "")
