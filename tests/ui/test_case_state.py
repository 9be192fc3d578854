"""Can customer service find, open, answer and take back a case; may nobody else, and is bad input told so?"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.refund_answer import RefundAnswer
from orderhub.domain.refund_reason import OwnReason, ReasonKind
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.insights.aftersale import CaseQuery, CaseTab
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.case_queue_view import address, read_address
from orderhub.ui.case_view import CaseView
from orderhub.ui.gate import Who
from orderhub.ui.state.case import Case, load_case
from orderhub.ui.state.case_opening import CaseOpening
from orderhub.ui.state.case_queue import CaseQueue, face_of
from orderhub.ui.state.reasons import Reasons
from tests.domain.drafts import a_refund
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime

MakeCase = Callable[..., int]
NO = "6900000000000000001"


@pytest.fixture
def sent_order(database: Database, make_order: MakeOrder) -> str:
    """An order that has left, of a shop that is live; its id as the browser knows it."""
    order_id = make_order(NO, status=ChannelStatus.SHIPPED, buyer_remark="轻拿轻放")
    with database.transaction() as session:
        session.exec(select(Shop)).one().rollout = Rollout.LIVE
    return order_id


@pytest.fixture
def make_case(database: Database, sent_order: str) -> MakeCase:
    def make_case(**changes: Any) -> int:
        with database.transaction() as session:
            seller, order = session.exec(select(Shop)).one(), session.get_one(Order, int(sent_order))
            facts = {"channel": seller.channel, "channel_order_no": order.channel_order_no, "amount_fen": 5000}
            facts |= {"kind": AftersaleKind.RETURN_AND_REFUND, "reason": "质量问题"}
            accept_refund(session, seller, a_refund(**facts | changes), now=utc_now())
            return session.exec(select(Aftersale.id).order_by(Aftersale.id.desc())).first()  # type: ignore[attr-defined,return-value]

    return make_case


def the_case(database: Database) -> Aftersale:
    with database.reading() as session:
        return session.exec(select(Aftersale)).one()


def form_of(database: Database, order_id: str, **changes: Any) -> dict[str, Any]:
    with database.reading() as session:
        line_id = session.exec(select(OrderLine.id).where(OrderLine.order_id == int(order_id))).one()
    plain = {"order_id": order_id, "kind": "return_and_refund", "reason": "damaged", "amount": "20", "words": "裂了"}
    return plain | {f"pieces.{line_id}": "1"} | changes


@pytest.mark.parametrize(
    "query",
    [
        CaseQuery(),
        CaseQuery(tab=AftersaleStatus.RETURNED, kinds=(AftersaleKind.EXCHANGE,), text="T1"),
        CaseQuery(tab=CaseTab.ALL, reasons=(ReasonKind.DAMAGED, ReasonKind.OTHER), shops=("a", "b")),
    ],
)
def test_a_view_of_the_queue_survives_its_link(query: CaseQuery) -> None:
    given = dict(pair.split("=") for pair in address(query).partition("?")[2].split("&") if pair)
    assert read_address(given) == query


def test_an_address_that_means_nothing_shows_the_queue() -> None:
    assert read_address({"tab": "x", "kind": "y", "channel": "z,", "reason": "?", "q": " \0 "}) == CaseQuery()
    assert [face_of(given) for given in ({}, {"case": "x"}, {"case": "3"}, {"open": "7"}, {"tab": "reasons"})] == [
        "queue", "queue", "case", "opening", "reasons",
    ]  # fmt: skip


async def test_the_queue_leads_to_the_case(sign_in: SignIn, database: Database, make_case: MakeCase) -> None:
    case_id = make_case()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit("/aftersale", CaseQueue.enter)
        view = (await tab.state(CaseQueue)).view
        assert [(row.no, row.amount, row.reason_kind, row.order_no) for row in view.rows] == [
            ("900000000000000001", "", "quality", NO)
        ]
        assert (view.counts["requested"], view.counts["open"], view.rows[0].href) == (
            "1", "1", f"/aftersale?case={case_id}",
        )  # fmt: skip
        await tab.visit("/aftersale?tab=closed", CaseQueue.enter)
        assert (await tab.state(CaseQueue)).view.rows == []
        await tab.visit("/aftersale?at=broken", CaseQueue.enter)
        assert len((await tab.state(CaseQueue)).view.rows) == 1


async def test_the_page_of_a_case_shows_what_decides_it_and_nothing_of_the_receiver(
    sign_in: SignIn, database: Database, make_case: MakeCase
) -> None:
    case_id = make_case()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.FINANCE))
        await tab.visit(f"/aftersale?case={case_id}", Case.enter)
        view = (await tab.state(Case)).case
        assert (view.amount, view.left, view.buyer_remark, view.lines[0].meant) == (
            "¥50.00", "¥139.40", "", "1",
        )  # fmt: skip
        assert {entry.kind for entry in view.history} >= {"refund_requested", "order_received"}
        with database.reading() as session:
            order = session.exec(select(Order)).one()
        shown = repr(view)
        for hidden in (order.receiver_phone_masked, order.receiver_address_masked, order.receiver_region):
            assert hidden
            assert hidden not in shown
        await tab.visit("/aftersale?case=999", Case.enter)
        state = await tab.state(Case)
        assert (state.is_missing, state.case) == (True, CaseView())


async def test_customer_service_refuses_and_agrees_but_never_pays(
    sign_in: SignIn, database: Database, make_case: MakeCase
) -> None:
    case_id = str(make_case())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit(f"/aftersale?case={case_id}", Case.enter)
        state = await tab.state(Case)
        assert state.case.decisions == ["refuse", "agree_return"]
        assert (state.case.wants_reason, state.case.wants_address) == (True, True)
        for form, said in (
            ({"decision": "approve"}, "退款由财务同意"),
            ({"decision": "pay them all"}, "请选类型和原因"),
            ({"decision": "refuse", "words": "不"}, "请写明拒绝理由（2–200 字，买家可见）"),
            ({"decision": "refuse", "words": "已经签收"}, "请选平台的拒绝原因"),
            ({"decision": "agree_return"}, "请选平台上的退货地址"),
        ):
            await tab.fire(Case.answer(form | {"id": case_id}))
            assert (await tab.state(Case)).said == said
        await tab.fire(Case.answer({"id": case_id, "decision": "refuse", "reason_code": "3", "words": "已经签收"}))
        state = await tab.state(Case)
        assert (state.said, state.is_refusal) == ("已答复，正在通知平台", False)
        assert [(one.decision, one.words, one.by, one.state) for one in state.case.answers] == [
            ("refuse", "已经签收", "ceshi-a", "open")
        ]
        assert state.case.decisions == []  # one is on its way


@pytest.mark.parametrize("role", [Role.FINANCE, Role.WAREHOUSE])
async def test_who_may_only_look_answers_and_opens_nothing(
    sign_in: SignIn, database: Database, make_case: MakeCase, sent_order: str, role: Role
) -> None:
    case_id = str(make_case())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.fire(Case.answer({"id": case_id, "decision": "refuse", "reason_code": "3", "words": "已经签收"}))
        assert (await tab.state(Who)).refused == "aftersale:case:answer"
        await tab.fire(CaseOpening.look(form_of(database, sent_order)))
        assert (await tab.state(Who)).refused == "aftersale:case:open"
        await tab.fire(Case.withdraw(case_id))
        await tab.fire(Reasons.say({"channel": "douyin", "words": "x", "means": "quality"}))
        assert (await tab.state(Who)).refused == "aftersale:reason:change"
    with database.reading() as session:
        assert session.exec(select(RefundAnswer)).all() == []


async def test_a_case_is_looked_at_opened_and_taken_back(sign_in: SignIn, database: Database, sent_order: str) -> None:
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit(f"/aftersale?open={sent_order}", CaseOpening.enter)
        state = await tab.state(CaseOpening)
        assert (state.view.order_no, state.view.left, len(state.view.kinds), len(state.view.lines)) == (
            NO, "¥139.40", 5, 1,
        )  # fmt: skip
        for changes, said in (
            ({"kind": "x"}, "请选类型和原因"),
            ({"reason": ""}, "请选类型和原因"),
            ({"amount": "999"}, "金额超过订单还可退的实付"),
            ({"kind": "refund_before_shipping"}, "这种售后和订单现在的状态不合：未发货只能仅退款，发货后才能退换补"),
        ):
            await tab.fire(CaseOpening.look(form_of(database, sent_order, **changes)))
            state = await tab.state(CaseOpening)
            assert (state.said, state.preview.shares) == (said, [])
        await tab.fire(CaseOpening.open())  # what was refused is not opened either
        assert (await tab.state(CaseOpening)).is_refusal
        await tab.fire(CaseOpening.look(form_of(database, sent_order)))
        preview = (await tab.state(CaseOpening)).preview
        assert (preview.amount, [(one.quantity, one.amount) for one in preview.shares]) == ("¥20.00", [("1", "¥20.00")])
        await tab.fire(CaseOpening.open())
        case = the_case(database)
        assert (case.opened_by, case.amount_fen, case.reason, case.status) == ("ceshi-a", 2000, "裂了", "requested")
        await tab.visit(f"/aftersale?case={case.id}", Case.enter)
        view = (await tab.state(Case)).case
        assert (view.may_withdraw, view.may_come_back, view.wants_reason) == (True, True, False)
        await tab.fire(Case.bring_back({"id": str(case.id), "waybill": "圆通"}))
        assert (await tab.state(Case)).said == "运单号要 8–30 位字母或数字"
        await tab.fire(Case.bring_back({"id": str(case.id), "waybill": "yt123456789"}))
        view = (await tab.state(Case)).case
        assert (view.stage, view.return_no, view.decisions) == ("returned", "YT123456789", ["refuse_goods"])
        await tab.fire(Case.withdraw(str(case.id)))
        assert (await tab.state(Case)).case.stage == "withdrawn"
        await tab.fire(Case.withdraw(str(case.id)))
        assert (await tab.state(Case)).is_refusal


async def test_words_are_sorted_and_reasons_of_ones_own_named(
    sign_in: SignIn, database: Database, make_case: MakeCase
) -> None:
    make_case(reason="轮子断了")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit("/aftersale?tab=reasons", Reasons.enter)
        assert [(one.words, one.cases) for one in (await tab.state(Reasons)).view.unsaid] == [("轮子断了", "1")]
        await tab.fire(Reasons.name({"name": "", "kind": "quality"}))
        assert (await tab.state(Reasons)).said == "请填名称"
        await tab.fire(Reasons.name({"name": "轮子", "kind": "quality"}))
        own = (await tab.state(Reasons)).view.own[0]
        said = {"channel": "douyin", "words": "轮子断了"}
        for means in ("", "own.x", "nothing"):
            await tab.fire(Reasons.say(said | {"means": means}))
            assert (await tab.state(Reasons)).said == "请选类型和原因"
        await tab.fire(Reasons.say(said | {"means": own.value}))
        state = await tab.state(Reasons)
        assert (state.said, state.view.unsaid) == ("已归类，现有售后单一起更新", [])
    with database.reading() as session:
        assert session.exec(select(OwnReason.name)).all() == ["轮子"]
    shown = load_case(the_case(database).id)["case"]
    assert (shown.reason_kind, shown.own_reason) == ("quality", "轮子")
