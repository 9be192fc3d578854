"""Does the board show what its address says?"""

from datetime import timedelta

import pytest

from orderhub.domain.hold import HoldReason
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import tag
from orderhub.domain.words import Channel
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.state import board as board_module
from orderhub.ui.state.board import Board, BoardCounts
from tests import builders
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import Tab, gated_runtime


async def shown(tab: Tab, address: str) -> list[str]:
    await tab.visit(address, Board.enter)
    return [row.no for row in (await tab.state(Board)).rows]


@pytest.fixture
def four_orders(database: Database, make_order: MakeOrder) -> None:
    """A: Douyin, urgent, due in an hour. B: Douyin, held. C: Taobao, ¥9.90. D: Taobao, shipped."""
    with database.transaction() as session:
        taobao = builders.shop(session, "taobao-1", Channel.TAOBAO)
    now = utc_now()
    first = make_order("A1", ship_by=now + timedelta(hours=1))
    make_order("B1", held=HoldReason.ADDRESS_DOUBTFUL, ship_by=now + timedelta(hours=20))
    make_order("C1", of=taobao, lines=(builders.line_draft(unit_price_fen=990, title="挂钩"),))
    make_order("D1", of=taobao, our_status=OrderStatus.SHIPPED)
    with database.transaction() as session:
        tag(session, session.get_one(Order, int(first)), "加急", by="system", now=now)


@pytest.mark.usefixtures("four_orders")
@pytest.mark.parametrize(
    ("query", "nos"),
    [
        ("", ["A1", "B1", "C1"]),
        ("?tab=all", ["A1", "B1", "C1", "D1"]),
        ("?tab=held", ["B1"]),
        ("?tab=late", []),
        ("?channel=taobao", ["C1"]),
        ("?channel=taobao,douyin&tab=shipped", ["D1"]),
        ("?shop=douyin-1", ["A1", "B1"]),
        ("?tag=%E5%8A%A0%E6%80%A5", ["A1"]),
        ("?hold=address_doubtful", ["B1"]),
        ("?due=2", ["A1"]),
        ("?min=9.91", ["A1", "B1"]),
        ("?max=9.90", ["C1"]),
        ("?q=%E6%8C%82%E9%92%A9", ["C1"]),
        ("?sort=at_risk&desc=1&channel=taobao,douyin&max=9.9", ["C1"]),
        ("?desc=1", ["C1", "B1", "A1"]),
        ("?tab=nonsense&channel=moon&sort=weather&due=soon&min=cheap&max=１", ["A1", "B1", "C1"]),
        ("?due=00021111111111111", ["A1", "B1", "C1"]),
    ],
)
async def test_the_address_names_the_list(sign_in: SignIn, query: str, nos: list[str]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        assert await shown(tab, f"/orders{query}") == nos
        board = await tab.state(Board)
        assert (board.is_loaded, board.has_failed) == (True, False)


@pytest.mark.usefixtures("four_orders")
async def test_tabs_are_counted_under_the_filters(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/orders?channel=taobao&tab=held", Board.enter)
        counts = (await tab.state(BoardCounts)).counts
        assert {name: count for name, count in counts.items() if count != "0"} == {
            "open": "1",
            "to_review": "1",
            "shipped": "1",
            "all": "2",
        }


@pytest.mark.parametrize("cursor", ["broken", "%F0%9F%98%80", "x" * 5000, "W10"])
@pytest.mark.usefixtures("four_orders")
async def test_a_broken_cursor_falls_back_to_the_first_page(sign_in: SignIn, cursor: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        assert await shown(tab, f"/orders?at={cursor}") == ["A1", "B1", "C1"]
        board = await tab.state(Board)
        assert (board.view.first, board.view.base, board.has_failed) == ("", "/orders", False)


async def test_pages_lead_on_and_back(sign_in: SignIn, make_order: MakeOrder):
    due = utc_now() + timedelta(days=1)
    for turn in range(51):
        make_order(f"P{turn:02d}", ship_by=due + timedelta(minutes=turn))
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        first = await shown(tab, "/orders")
        assert (len(first), first[0], first[-1]) == (50, "P00", "P49")
        assert await shown(tab, (await tab.state(Board)).next_page) == ["P50"]
        board = await tab.state(Board)
        assert (board.next_page, board.view.first) == ("", "/orders")
        assert await shown(tab, board.previous_page) == first


async def test_a_cursor_of_another_list_begins_this_one(sign_in: SignIn, make_order: MakeOrder):
    for turn in range(51):
        make_order(f"P{turn:02d}")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await shown(tab, "/orders")
        joined = (await tab.state(Board)).next_page + "&tab=to_review"
        assert len(await shown(tab, joined)) == 50


@pytest.mark.usefixtures("four_orders")
async def test_money_and_words_lead_to_an_address_without_the_page(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        tab.address = "/orders?channel=taobao&at=zzz"
        led = []
        for asked in (Board.search_money({"least": "5", "most": "9,9"}), Board.search_text({"words": " 挂钩 "})):
            led += [event.payload["path"] for update in await tab.fire(asked) for event in update.events]
        assert led == ["/orders?channel=taobao&min=5.00", "/orders?channel=taobao&q=%E6%8C%82%E9%92%A9"]


async def test_a_failed_read_is_said_and_the_next_one_shown(
    sign_in: SignIn, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
):
    make_order("A1")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        with monkeypatch.context() as broken:
            broken.setattr(board_module, "_load_list", lambda _query: 1 / 0)
            await tab.visit("/orders", Board.enter)
            assert ((await tab.state(Board)).has_failed, (await tab.state(Board)).is_loaded) == (True, False)
        assert await shown(tab, "/orders") == ["A1"]
        assert not (await tab.state(Board)).has_failed


async def test_a_shop_is_named_in_its_filter(sign_in: SignIn, make_order: MakeOrder, database: Database):
    make_order("A1")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/orders?shop=douyin-1", Board.enter)
        shop = (await tab.state(Board)).view.shop
        assert (shop.shown, shop.clear, [(one.name, one.is_on) for one in shop.choices]) == (
            ["测试店 douyin-1"],
            "/orders",
            [("测试店 douyin-1", True)],
        )
