"""Can the queue, the dead messages and the shops be seen and handled on the system page?"""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import InboxMessage
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.state.system import System
from tests.intake.builders import FIRST_NO, add_shop, keep_orders, order_native, states
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime


@pytest.fixture
def dead_id(database: Database):
    """One order that was taken in, one that cannot be."""
    now = utc_now()
    shop = add_shop(now=now)
    keep_orders(shop, [order_native(FIRST_NO), order_native(FIRST_NO + 1, pay_amount=-1)], now)
    consume(now + timedelta(seconds=1))
    with database.reading() as session:
        yield str(session.exec(select(InboxMessage.id).where(InboxMessage.state == "dead")).one())
    forget_connectors()


async def test_the_page_shows_the_queue_the_shops_and_what_died(sign_in: SignIn, dead_id: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/system", System.enter)
        view = (await tab.state(System)).view
    assert (view.waiting, view.dead_count) == ("0", "1")
    assert [(shop.code, shop.succeeded, shop.is_behind) for shop in view.shops] == [("dy-test", "", True)]
    assert [(one.id, one.shop, one.number, one.tries) for one in view.dead] == [
        (dead_id, "测试店", str(FIRST_NO + 1), "1")
    ]
    assert view.dead[0].reason == "total_fen: is negative (bad_input)"


@pytest.mark.parametrize("by", ["one", "all"])
async def test_a_dead_message_is_replayed(sign_in: SignIn, dead_id: str, by: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(System.replay(dead_id) if by == "one" else System.replay_all)
        state = await tab.state(System)
        assert (state.said, state.is_refusal, state.view.dead_count) == ("已重放 1 条", False, "0")
    assert states() == {"done": 1, "ready": 1}


async def test_a_dead_message_is_dropped_only_with_a_reason(sign_in: SignIn, dead_id: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(System.discard({"id": dead_id, "reason": " "}))
        assert (await tab.state(System)).said == "请写明原因"
        assert states() == {"done": 1, "dead": 1}
        await tab.fire(System.discard({"id": dead_id, "reason": "测试单"}))
        assert (await tab.state(System)).said == "已丢弃 1 条"
    assert states() == {"done": 1, "discarded": 1}


@pytest.mark.parametrize("role", [Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_who_does_not_run_the_system_changes_and_sees_nothing(sign_in: SignIn, dead_id: str, role: Role):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        for asked in (System.enter, System.replay(dead_id), System.replay_all, System.sync("dy-test")):
            await tab.fire(asked)
        assert (await tab.state(System)).view.shops == []
        assert (await tab.state(Who)).refused == "system:sync:run"
    assert states() == {"done": 1, "dead": 1}


async def test_a_shop_that_cannot_be_pulled_says_why_and_an_unknown_one_too(sign_in: SignIn, dead_id: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(System.sync("no-such-shop"))
        state = await tab.state(System)
        assert (state.is_refusal, state.syncing) == (True, [])
        assert "no-such-shop 同步失败" in state.said
