"""Does customer service's page do what is asked, refuse with a sentence, and let nobody else change anything?"""

import pytest
from sqlmodel import col, select

from orderhub.access.permissions import Role
from orderhub.domain.buyer_link import BuyerLink
from orderhub.domain.canned_reply import put_reply
from orderhub.domain.ticket import Subject, Ticket, TicketKind, open_ticket
from orderhub.domain.ticket_step import TicketEntry
from orderhub.domain.words import Channel
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.state.service import Service
from tests import builders
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime

NEW = {"kind": "complaint", "priority": "high", "words": "箱子破了"}


@pytest.fixture
def ticket_id(database: Database, make_order: MakeOrder) -> str:
    """Of an order that has not left."""
    order_id = int(make_order())
    with database.transaction() as session:
        subject = Subject(order_id=order_id)
        made = open_ticket(session, subject, TicketKind.QUESTION, words="何时发货", by="ceshi-b", now=utc_now())
        return str(made.id)


def tickets(database: Database) -> list[Ticket]:
    with database.reading() as session:
        return list(session.exec(select(Ticket).order_by(col(Ticket.id))))


async def test_an_order_is_found_and_a_ticket_about_it_opened(
    sign_in: SignIn, make_order: MakeOrder, database: Database
):
    order_id = make_order()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit("/service", Service.enter, Service.find("690000"))
        state = await tab.state(Service)
        assert [(hit.no, hit.href) for hit in state.found] == [("6900000000000000001", f"/service?order={order_id}")]
        await tab.visit(f"/service?order={order_id}&new=1", Service.enter)
        state = await tab.state(Service)
        assert (state.wants_new, [one.value for one in state.picture.subjects]) == (
            True,
            [f"order:{order_id}", f"buyer:{order_id}"],
        )
        assert "buyer-0001" not in repr(state.picture)  # a token never reaches a browser
        await tab.fire(Service.open_ticket(NEW | {"about": f"order:{order_id}"}))
        (made,) = tickets(database)
        assert (made.kind, made.priority, made.order_id, made.opened_by) == (
            "complaint",
            "high",
            int(order_id),
            "ceshi-a",
        )
        await tab.visit(f"/service?ticket={made.id}", Service.enter, Service.find(f"tk{made.id}"))
        state = await tab.state(Service)
        assert (state.ticket.no, state.ticket.words, state.found[0].no) == (f"TK{made.id}", "箱子破了", f"TK{made.id}")
        assert [row.is_here for row in state.queue.rows] == [True]
        assert state.queue.total == "1"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"words": " "}, "写上买家要什么"),
        ({"kind": "nonsense"}, "请从列表里选"),
        ({"priority": ""}, "请从列表里选"),
        ({"about": "shop:1"}, "请从列表里选"),
        ({"about": "order:99"}, "找不到了"),
    ],
)
async def test_bad_input_is_answered_with_what_to_do(
    sign_in: SignIn, make_order: MakeOrder, database: Database, changes: dict[str, str], said: str
):
    order_id = make_order()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.fire(Service.open_ticket(NEW | {"about": f"order:{order_id}"} | changes))
        state = await tab.state(Service)
        assert (state.said, state.is_refusal) == (said, True)
    assert tickets(database) == []


async def test_a_ticket_is_worked_on_to_its_end_and_reopened(sign_in: SignIn, ticket_id: str, database: Database):
    sign_in("ceshi-yunying", Role.OPERATIONS)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit(f"/service?ticket={ticket_id}", Service.enter)
        steps = [
            (Service.claim(ticket_id), "已领取", "claimed"),
            (Service.wait({"id": ticket_id, "waits_for": "warehouse"}), "已设为等待", "waiting"),
            (Service.prioritise({"id": ticket_id, "priority": "urgent"}), "优先级已改", "waiting"),
            (Service.note({"id": ticket_id, "text": "仓库说下午发"}), "备注已加", "waiting"),
            (Service.reply({"id": ticket_id, "text": "今天发"}), "已复制并记录；请到平台粘贴发送", "waiting"),
            (Service.decide({"id": ticket_id, "result": "answered", "reason": ""}), "已决定", "decided"),
            (Service.claim(ticket_id), "工单已结束，先重开", "decided"),
            (Service.close({"id": ticket_id, "reason": ""}), "已关闭", "closed"),
            (Service.reopen({"id": ticket_id, "reason": ""}), "写上为什么重开", "closed"),
            (Service.reopen({"id": ticket_id, "reason": "没收到"}), "已重开", "open"),
            (
                Service.hand_over({"id": ticket_id, "to": "person:ceshi-yunying", "reason": "查快递"}),
                "已转交",
                "claimed",
            ),
            (Service.claim(ticket_id), "ceshi-yunying 正在处理，请对方转交", "claimed"),
        ]
        for event, said, status in steps:
            await tab.fire(event)
            state = await tab.state(Service)
            assert (state.said, state.ticket.status) == (said, status)
        assert [(one.voice, one.text) for one in state.ticket.history] == [
            ("reply", "今天发"),
            ("note", "仓库说下午发"),
        ]
        assert (state.ticket.owner, state.ticket.reopenings) == ("ceshi-yunying", "1")
        assert state.ticket.priority == "urgent"
        assert [(one.to_person, one.reason) for one in state.ticket.hand_overs] == [("ceshi-yunying", "查快递")]


@pytest.mark.parametrize("to", ["person:ceshi-cangku", "person:nobody", "role:finance", "nonsense"])
async def test_a_ticket_is_handed_only_to_who_works_on_tickets(
    sign_in: SignIn, ticket_id: str, database: Database, to: str
):
    sign_in("ceshi-cangku", Role.WAREHOUSE)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit(f"/service?ticket={ticket_id}", Service.enter)
        assert "person:ceshi-cangku" not in [one.value for one in (await tab.state(Service)).people]
        await tab.fire(Service.hand_over({"id": ticket_id, "to": to, "reason": "查"}))
        assert (await tab.state(Service)).is_refusal
    assert [(one.owner_role, one.owner) for one in tickets(database)] == [("service", "")]


async def test_a_canned_reply_fills_the_draft_or_says_what_is_lacking(
    sign_in: SignIn, ticket_id: str, database: Database
):
    now = utc_now()
    with database.transaction() as session:
        fits = put_reply(session, title="订单", text="订单 {订单号} 在备货", by="ceshi-b", now=now)
        lacks = put_reply(session, title="单号", text="单号 {运单号}", by="ceshi-b", now=now)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit(f"/service?ticket={ticket_id}", Service.enter, Service.fill(str(fits.id)))
        state = await tab.state(Service)
        assert (state.draft, state.said) == ("订单 6900000000000000001 在备货", "")
        await tab.fire(Service.fill(str(lacks.id)))
        state = await tab.state(Service)
        assert (state.draft, state.said) == (
            "订单 6900000000000000001 在备货",
            "这单还没有「运单号」，换一条话术或自己写",
        )
        await tab.fire(Service.reply({"id": ticket_id, "text": state.draft}))
        assert (await tab.state(Service)).draft == ""


async def test_two_buyers_are_joined_by_an_order_number_and_parted(
    sign_in: SignIn, make_order: MakeOrder, database: Database
):
    order_id = make_order()
    with database.transaction() as session:
        builders.order(session, "7100000001", of=builders.shop(session, "jd-1", Channel.JD), now=utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit(f"/service?order={order_id}", Service.enter)
        for order, reason, said in (
            ("710000", "同一人", "找不到这个订单号，或有重名，请写完整"),
            ("7100000001", "", "写上怎么知道是同一人"),
            ("7100000001", "买家说的", "已合并两个买家"),
        ):
            await tab.fire(Service.join({"id": order_id, "order": order, "reason": reason}))
            assert (await tab.state(Service)).said == said
        state = await tab.state(Service)
        assert ([one.no for one in state.picture.orders], state.picture.count) == (
            ["6900000000000000001", "7100000001"],
            "2",
        )
        (link,) = state.picture.links
        await tab.fire(Service.part({"id": link.id, "reason": "看错了"}))
        assert ((await tab.state(Service)).said, (await tab.state(Service)).picture.count) == ("已拆开", "1")
    with database.reading() as session:
        assert session.exec(select(BuyerLink.parted_by)).all() == ["ceshi-a"]


@pytest.mark.parametrize("address", ["/service?ticket=99", "/service?order=99", "/service?ticket=x&queue=y&page=-1"])
async def test_an_address_that_names_nothing_shows_the_queue_all_the_same(
    sign_in: SignIn, ticket_id: str, address: str
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit(address, Service.enter)
        state = await tab.state(Service)
        assert (state.is_gone, state.ticket.id, len(state.queue.rows)) == ("99" in address, "", 1)
        assert (state.is_loaded, state.has_failed) == (True, False)


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.FINANCE])
async def test_who_works_on_no_tickets_reads_and_changes_nothing(
    sign_in: SignIn, ticket_id: str, database: Database, role: Role
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.visit(f"/service?ticket={ticket_id}", Service.enter)
        assert (await tab.state(Service)).queue.rows == []
        for event in (
            Service.find("6900"),
            Service.claim(ticket_id),
            Service.note({"id": ticket_id, "text": "x"}),
            Service.decide({"id": ticket_id, "result": "answered"}),
        ):
            await tab.fire(event)
        assert (await tab.state(Service)).found == []
        assert (await tab.state(Who)).refused == "service:ticket:change"
    assert [one.status for one in tickets(database)] == ["open"]
    with database.reading() as session:
        assert session.exec(select(TicketEntry)).all() == []
