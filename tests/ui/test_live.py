"""Does a change reach every screen that shows it, once, and nobody else? Only the sockets are stand-ins."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from orderhub.access import accounts, permissions, sessions
from orderhub.access.permissions import Permission, Role
from orderhub.access.users import User
from orderhub.domain.order import Order
from orderhub.domain.review import remark
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui import live
from orderhub.ui.gate import Who
from orderhub.ui.live import Scene
from orderhub.ui.state import board as board_module
from orderhub.ui.state.board import Board, BoardCounts
from orderhub.ui.state.card import Card
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.workbench import Day
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import OpenTab, Tab, gated_runtime

ROWS, COUNTS, CARD = Board.get_full_name(), BoardCounts.get_full_name(), Card.get_full_name()


@asynccontextmanager
async def live_runtime(database: Database) -> AsyncIterator[OpenTab]:
    """Tabs as ever, and what was committed is sent to their rooms."""
    async with gated_runtime() as open_tab:
        await live.start(SimpleNamespace(event_namespace=open_tab("").frames), database)  # type: ignore[arg-type]
        try:
            yield open_tab
        finally:
            await live.stop()


async def until(holds: Callable[[], Any], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to be"
        await asyncio.sleep(0.02)


def told_of(tab: Tab, state: str) -> list[dict[str, Any]]:
    return [delta[state] for delta in tab.told if state in delta]


def shown_nos(tab: Tab) -> list[str]:
    return [row.no for row in told_of(tab, ROWS)[-1]["rows_rx_state_"]] if told_of(tab, ROWS) else []


async def test_a_commit_reaches_an_open_board_by_itself(sign_in: SignIn, make_order: MakeOrder, database: Database):
    make_order("A1")
    async with live_runtime(database) as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/orders", Frame.enter, Card.enter, Board.enter)
        make_order("A2")
        await until(lambda: shown_nos(tab) == ["A1", "A2"])
        await until(lambda: told_of(tab, COUNTS))
        assert told_of(tab, COUNTS)[-1]["counts_rx_state_"]["open"] == "2"


async def test_a_page_with_a_single_scene_is_kept_up_too(sign_in: SignIn, make_order: MakeOrder, database: Database):
    async with live_runtime(database) as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/", Frame.enter)
        make_order("A1")
        await until(lambda: told_of(tab, Frame.get_full_name()))
        assert told_of(tab, Frame.get_full_name())[-1]["counters_rx_state_"].orders == "1"


async def test_what_was_committed_while_a_tab_looked_is_sent_after_it(
    sign_in: SignIn, make_order: MakeOrder, database: Database, monkeypatch: pytest.MonkeyPatch
):
    read = board_module.load_counts

    def slow_counts(query: Any) -> Any:
        if not committed:
            committed.append(make_order("A2"))
        return read(query)

    committed: list[str] = []
    make_order("A1")
    async with live_runtime(database) as open_tab:
        tab = open_tab(sign_in())
        monkeypatch.setattr(board_module, "load_counts", slow_counts)
        await tab.visit("/orders", Frame.enter, Board.enter)
        assert [row.no for row in (await tab.state(Board)).rows] == ["A1"]
        await until(lambda: shown_nos(tab) == ["A1", "A2"])


async def test_two_viewers_of_one_query_cost_one_read(
    sign_in: SignIn, make_order: MakeOrder, database: Database, monkeypatch: pytest.MonkeyPatch
):
    reads: list[str] = []
    read = board_module.load_rows

    def counted(query: Any) -> Any:
        reads.append(query.tab)
        return read(query)

    monkeypatch.setattr(board_module, "load_rows", counted)
    async with live_runtime(database) as open_tab:
        one, two = open_tab(sign_in()), open_tab(sign_in("ceshi-b"))
        for tab in (one, two):
            await tab.visit("/orders", Frame.enter, Board.enter)
        reads.clear()
        make_order("A1")
        await until(lambda: shown_nos(one) == ["A1"] and shown_nos(two) == ["A1"])
        assert reads == ["open"]


async def test_a_viewer_whose_session_ended_gets_nothing_more(
    sign_in: SignIn, make_order: MakeOrder, database: Database
):
    async with live_runtime(database) as open_tab:
        cookie = sign_in()
        gone, stays = open_tab(cookie), open_tab(sign_in("ceshi-b"))
        for tab in (gone, stays):
            await tab.visit("/orders", Frame.enter, Board.enter)
        with database.transaction() as session:
            sessions.end_session(session, sessions.session_mark(cookie), now=utc_now())
        make_order("A1")
        await until(lambda: shown_nos(stays) == ["A1"])
        assert shown_nos(gone) == []
        assert not [room for room, inside in gone.frames.rooms.items() if gone.sid in inside and "board" in room]


async def test_a_viewer_whose_role_lost_the_permission_gets_nothing_more(
    sign_in: SignIn, make_order: MakeOrder, database: Database, monkeypatch: pytest.MonkeyPatch
):
    async with live_runtime(database) as open_tab:
        loses, stays = open_tab(sign_in()), open_tab(sign_in("ceshi-b"))
        for tab in (loses, stays):
            await tab.visit("/orders", Frame.enter, Board.enter)
        held = permissions.ROLE_PERMISSIONS[Role.FINANCE] - {Permission.BOARD_READ}
        monkeypatch.setitem(permissions.ROLE_PERMISSIONS, Role.FINANCE, held)
        with database.transaction() as session:
            accounts.change_role(session, session.get_one(User, 1), Role.FINANCE, by="x", now=utc_now())
        make_order("A1")
        await until(lambda: shown_nos(stays) == ["A1"])
        assert told_of(loses, ROWS) == []
        await loses.fire(Board.enter)
        assert (await loses.state(Who)).refused == "order:board:read"


async def test_a_tab_that_moved_on_is_told_of_its_new_list_only(
    sign_in: SignIn, make_order: MakeOrder, database: Database
):
    async with live_runtime(database) as open_tab:
        moved, stays = open_tab(sign_in()), open_tab(sign_in("ceshi-b"))
        await stays.visit("/orders", Frame.enter, Board.enter)
        await moved.visit("/orders", Frame.enter, Board.enter)
        await moved.visit("/orders?channel=taobao", Board.enter)
        make_order("A1")
        await until(lambda: shown_nos(stays) == ["A1"])
        await moved.visit("/", Frame.enter, Day.enter)
        make_order("A2")
        await until(lambda: shown_nos(stays) == ["A1", "A2"])
        assert shown_nos(moved) == []


async def test_an_open_order_is_read_again_only_when_it_changed(
    sign_in: SignIn, make_order: MakeOrder, database: Database
):
    order_id, other = make_order("A1"), make_order("A2")
    async with live_runtime(database) as open_tab:
        tab = open_tab(sign_in())
        await tab.visit(f"/orders?order={order_id}", Frame.enter, Card.enter, Board.enter)
        for changed in (other, order_id):
            with database.transaction() as session:
                remark(session, session.get_one(Order, int(changed)), "新备注", by="system", now=utc_now())
            if changed == other:
                await until(lambda: told_of(tab, ROWS))
                assert told_of(tab, CARD) == []
        await until(lambda: told_of(tab, CARD))
        assert told_of(tab, CARD)[-1]["card_rx_state_"].staff_remark == "新备注"
        await tab.visit("/orders", Card.enter)
        assert not [room for room, inside in tab.frames.rooms.items() if tab.sid in inside and "card" in room]


async def test_a_scene_that_shows_the_same_is_not_sent_again(
    sign_in: SignIn, make_order: MakeOrder, database: Database
):
    async with live_runtime(database) as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/orders?tab=shipped", Frame.enter, Board.enter)
        make_order("A1")
        await until(lambda: told_of(tab, COUNTS))
        rows_sent = len(told_of(tab, ROWS))
        make_order("A2")
        await until(lambda: told_of(tab, COUNTS)[-1]["counts_rx_state_"]["open"] == "2")
        assert (rows_sent, len(told_of(tab, ROWS))) == (1, 1)


async def test_a_scene_that_fails_harms_no_other(sign_in: SignIn, make_order: MakeOrder, database: Database):
    async with live_runtime(database) as open_tab:
        tab = open_tab(sign_in(role=Role.MANAGER))  # who sees what the test itself sees
        await tab.visit("/orders", Frame.enter, Board.enter)
        broken = Scene("broken", "state", Permission.BOARD_READ, lambda: 1 / 0)  # type: ignore[arg-type, return-value]
        await live._live.show(tab.sid, tab.cookie, "broken", broken, seen=live.revision())  # type: ignore[union-attr]
        make_order("A1")
        await until(lambda: shown_nos(tab) == ["A1"])


async def test_a_closed_tab_is_forgotten(sign_in: SignIn, make_order: MakeOrder, database: Database):
    async with live_runtime(database) as open_tab:
        closed, stays = open_tab(sign_in()), open_tab(sign_in("ceshi-b"))
        for tab in (closed, stays):
            await tab.visit("/orders", Frame.enter, Board.enter)
        del closed.frames.sid_to_token[closed.sid]
        make_order("A1")
        await until(lambda: shown_nos(stays) == ["A1"])
        assert {sid for stage in live._live._stages.values() for sid in stage.viewers} == {stays.sid}  # type: ignore[union-attr]
        assert set(live._live._cookies) == {stays.sid}  # type: ignore[union-attr]
