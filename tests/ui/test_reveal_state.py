"""A receiver comes to the tab that asked, with a reason, for a minute; and to nobody else."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from orderhub.access.permissions import Role
from orderhub.access.reveal import Reveal, set_quota
from orderhub.access.sessions import UserSession
from orderhub.domain.buyer_contact import keep_contact
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.task import Task, TaskKind
from orderhub.domain.words import Channel
from orderhub.kernel.clock import utc_now
from orderhub.kernel.eventlog import Event
from orderhub.ui.state import reveal
from orderhub.ui.state.card import Card
from orderhub.ui.state.privacy import Privacy
from orderhub.ui.state.proof import Proof
from orderhub.ui.state.reveal import Receiver
from tests import builders
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import Tab, gated_runtime

SAID = {"name": "欧阳测试", "phone": "13800001234", "region": "浙江省 杭州市 西湖区", "address": "文一西路 1 号"}


@pytest.fixture
def own_order(database) -> str:
    with database.transaction() as session:
        shop = builders.shop(session, "mp", Channel.MINIPROGRAM)
        keep_contact(session, shop, "MP-1", SAID, now=utc_now())
        return str(builders.order(session, "MP-1", of=shop).id)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reveal, "SHOWN_SECONDS", 0)


def asked(order_id: str, reason: str = "call_buyer", words: str = "") -> dict[str, str]:
    return {"order_id": order_id, "reason": reason, "words": words}


def sent(updates: list[Any]) -> str:
    return json.dumps([update.delta for update in updates], ensure_ascii=False, default=str)


def events(database, kind: str) -> list[Event]:
    with database.reading() as session:
        return list(session.exec(select(Event).where(Event.kind == kind)))


async def look(tab: Tab, order_id: str, **given: str) -> str:
    return sent(await tab.fire(Receiver.show(asked(order_id, **given))))


async def test_what_is_asked_for_with_a_reason_is_shown_and_gone_again(sign_in: SignIn, database, own_order: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-k", Role.SERVICE))
        said = await look(tab, own_order)
        assert all(part in said for part in ("欧阳测试", "13800001234", "浙江省杭州市西湖区文一西路 1 号"))
        state = await tab.state(Receiver)
        assert (state.order_id, state.name, state.phone, state.address, state.said) == ("", "", "", "", "")
    (event,) = events(database, "receiver_revealed")
    assert (event.actor, str(event.subject_id), event.body) == (
        "ceshi-k",
        own_order,
        {"reason": "call_buyer", "words": ""},
    )
    with database.reading() as session:
        assert session.exec(select(Reveal)).one().words == ""


async def test_an_old_proof_is_asked_for_again_before_anybody_is_shown(sign_in: SignIn, database, own_order: str):
    cookie = sign_in("ceshi-k", Role.SERVICE)
    with database.transaction() as session:
        session.exec(update(UserSession).values(proved_at=utc_now() - timedelta(minutes=16)))
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        assert "13800001234" not in await look(tab, own_order)
        assert (await tab.state(Proof)).asked_for != ""
    with database.reading() as session:
        assert session.exec(select(Reveal)).all() == []


async def test_whoever_opens_another_order_leaves_the_receiver_behind(sign_in: SignIn, own_order: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit(f"/orders?order={own_order}", Card.enter)
        state = await tab.state(Receiver)
        state.order_id, state.phone = own_order, "13800001234"
        await tab.visit(f"/orders?order={own_order}", Card.enter)
        assert (await tab.state(Receiver)).phone == "13800001234"
        await tab.visit("/orders", Card.enter)
        assert (await tab.state(Receiver)).phone == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": ""}, "请选择查看原因"),
        ({"reason": "other"}, "请写明查看原因"),
        ({"reason": "x" * 900}, "请选择查看原因"),
    ],
)
async def test_without_a_reason_nothing_is_shown(sign_in: SignIn, database, own_order: str, given, said):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        shown = await look(tab, own_order, **given)
        assert (said in shown, "13800001234" in shown, events(database, "receiver_revealed")) == (True, False, [])


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.FINANCE])
async def test_a_role_without_the_permission_sees_nobody(sign_in: SignIn, database, own_order: str, role: Role):
    async with gated_runtime() as open_tab:
        shown = await look(open_tab(sign_in("ceshi-w", role)), own_order)
        assert ("13800001234" in shown, events(database, "receiver_revealed")) == (False, [])


async def test_after_the_quota_and_after_the_end_nobody_is_shown(sign_in: SignIn, database, own_order: str):
    with database.transaction() as session:
        set_quota(session, 1, by="admin", now=utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        assert "13800001234" in await look(tab, own_order)
        assert "已用完" in await look(tab, own_order)
        with database.transaction() as session:
            set_quota(session, 9, by="admin", now=utc_now())
            session.get_one(Order, int(own_order)).status = OrderStatus.CANCELLED
        assert "当前状态" in await look(tab, own_order)
        assert "13800001234" not in await look(tab, "999999")


async def test_a_platform_that_tells_nobody_costs_no_look(sign_in: SignIn, database):
    """The shop has no keys: its platform cannot be asked."""
    with database.transaction() as session:
        jd = builders.shop(session, "jd-1", Channel.JD)
        order_id = str(builders.order(session, "1", of=jd, our_status=OrderStatus.TO_SHIP).id)
    async with gated_runtime() as open_tab:
        assert "平台现在不提供" in await look(open_tab(sign_in()), order_id)
    assert events(database, "receiver_revealed") == []


async def test_a_douyin_receiver_is_shown_only_from_to_ship_on(sign_in: SignIn, database):
    with database.transaction() as session:
        order_id = str(builders.order(session).id)
    async with gated_runtime() as open_tab:
        assert "当前状态" in await look(open_tab(sign_in()), order_id)


async def test_looks_far_beyond_the_usual_give_administrators_a_task(sign_in: SignIn, database, own_order: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        for _ in range(11):
            await look(tab, own_order)
    with database.reading() as session:
        (task,) = session.exec(select(Task).where(col(Task.kind) == TaskKind.REVEALS_UNUSUAL))
        assert (task.owner_role, task.subject_type) == ("admin", "user")


async def test_an_administrator_sets_times_sees_looks_and_erases(sign_in: SignIn, database, own_order: str):
    async with gated_runtime() as open_tab:
        await look(open_tab(sign_in("ceshi-k", Role.SERVICE)), own_order)
        tab = open_tab(sign_in("ceshi-z", Role.ADMIN))
        await tab.fire(Privacy.keep({"channel": "minicprogram", "days": "30"}))
        assert (await tab.state(Privacy)).is_refusal
        await tab.fire(Privacy.keep({"channel": "miniprogram", "days": "30"}))
        await tab.fire(Privacy.allow({"daily": "7"}))
        await tab.fire(Privacy.allow({"daily": "many"}))
        state = await tab.state(Privacy)
        assert ({one.channel: one.days for one in state.view.kept}["miniprogram"], state.view.daily) == ("30", "7")
        assert [(one.who, one.no, one.reason) for one in state.view.looks] == [
            ("ceshi-k", f"OH{own_order}", "call_buyer")
        ]
        await tab.fire(Privacy.filter({"who": "nobody"}))
        assert (await tab.state(Privacy)).view.looks == []
        await tab.fire(Privacy.erase({"order": f"OH{own_order}", "reason": "buyer asked"}))
        assert (await tab.state(Privacy)).said == "订单或售后尚未结束，不能清除"
        with database.transaction() as session:
            session.get_one(Order, int(own_order)).status = OrderStatus.COMPLETED
        await tab.fire(Privacy.erase({"order": f"oh{own_order}", "reason": "buyer asked"}))
        assert (await tab.state(Privacy)).said == "已清除 1 个订单中的买家信息"
    with database.reading() as session:
        assert session.get_one(Order, int(own_order)).forgotten_at > utc_now() - timedelta(minutes=5)


async def test_a_manager_reads_the_log_and_changes_nothing(sign_in: SignIn, database, own_order: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.fire(Privacy.enter())
        assert (await tab.state(Privacy)).is_loaded
        await tab.fire(Privacy.allow({"daily": "500"}))
        assert events(database, "reveal_quota_changed") == []
