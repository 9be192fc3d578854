"""Search, the frame, the language and the workbench: what does a tab get?"""

from datetime import timedelta

import pytest

from orderhub.access.permissions import Role
from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.order import OrderStatus
from orderhub.domain.task import TaskKind, open_task
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.state import workbench as workbench_module
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.state.search import Search
from orderhub.ui.state.workbench import Day
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import Tab, gated_runtime


async def found(tab: Tab, text: str) -> list[str]:
    await tab.fire(Search.find(text))
    return [hit.no for hit in (await tab.state(Search)).hits]


@pytest.mark.parametrize("text", ["6900000000000000001", "690000000", "BOX-40L", "box-40l", "0000", "收纳箱", " OH1 "])
async def test_an_order_is_found_by_any_of_its_numbers(sign_in: SignIn, make_order: MakeOrder, text: str):
    order_id = make_order()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        assert await found(tab, text) == ["6900000000000000001"]
        (hit,) = (await tab.state(Search)).hits
        assert (hit.channel, hit.status, hit.href) == ("douyin", "to_review", f"/orders?tab=all&order={order_id}")


@pytest.mark.parametrize("text", ["", " ", "6", " 6 "])
async def test_one_character_is_not_looked_for(sign_in: SignIn, make_order: MakeOrder, text: str):
    make_order()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await found(tab, "6900")
        assert await found(tab, text) == []
        assert not (await tab.state(Search)).is_open


@pytest.mark.parametrize("text", ["%", "%%", "__", "nothing", "9" * 19, "OH" + "9" * 19, "'; DROP TABLE", "\x00\x00"])
async def test_what_is_nowhere_is_said_to_be_nowhere(sign_in: SignIn, make_order: MakeOrder, text: str):
    make_order()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        assert await found(tab, text) == []
        assert (await tab.state(Search)).is_open is (len(text) > 1 and "\0" not in text)


async def test_a_search_is_cut_to_sixty_four_characters_and_eight_hits(sign_in: SignIn, make_order: MakeOrder):
    for turn in range(9):
        make_order(f"69000{turn}")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        assert await found(tab, "69000") == [f"69000{turn}" for turn in range(8, 0, -1)]
        await tab.fire(Search.find("x" * 9000))
        assert (await tab.state(Search)).text == "x" * 64
        await tab.fire(Search.clear)
        search = await tab.state(Search)
        assert (search.text, search.hits, search.is_open) == ("", [], False)


async def test_the_frame_counts_what_waits(sign_in: SignIn, make_order: MakeOrder, database: Database):
    make_order("A1")
    make_order("A2", our_status=OrderStatus.SHIPPED)
    with database.transaction() as session:
        open_anomaly(
            session,
            AnomalyKind.SHIP_BY_PAST,
            about=("order", 1),
            occurred_at=utc_now(),
            now=utc_now(),
            severity=Severity.HIGH,
        )
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Frame.enter)
        frame = await tab.state(Frame)
        assert (frame.counters.orders, frame.counters.anomalies, frame.level) == ("1", "1", "normal")
        assert [(sync.channel, sync.oldest, sync.shops, sync.is_troubled) for sync in frame.syncs] == [
            ("douyin", "", "1", True)
        ]
        assert abs(int(frame.read_at) - utc_now().timestamp()) < 5


async def test_the_language_turns_and_turns_back(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        heard = []
        for _ in range(2):
            await tab.fire(Preferences.switch_language)
            heard.append((await tab.state(Preferences)).lang)
        assert heard == ["en", "zh"]


async def test_a_language_nobody_speaks_is_chinese(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        store = "reflex___state____state.reflex___state____update_vars_internal_state.update_vars_internal"
        await tab.fire_raw(store, {"vars": {f"{Preferences.get_full_name()}.lang_rx_state_": "klingon"}})
        await tab.fire(Preferences.switch_language)
        assert (await tab.state(Preferences)).lang == "en"


async def test_a_day_shows_what_is_mine(sign_in: SignIn, make_order: MakeOrder, database: Database):
    now = utc_now()
    make_order("late", ship_by=now - timedelta(minutes=5))
    with database.transaction() as session:
        for role in ("operations", "finance"):
            open_task(
                session,
                TaskKind.PRICE_CHECK,
                title=role,
                about=("order", 1),
                role=role,
                due_at=now + timedelta(minutes=30),
                now=now,
            )
    async with gated_runtime() as open_tab:
        for name, role in (("ceshi-a", Role.OPERATIONS), ("ceshi-b", Role.FINANCE)):
            tab = open_tab(sign_in(name, role))
            await tab.fire(Day.enter)
            day = await tab.state(Day)
            assert ([task.title for task in day.view.tasks], day.view.tasks_soon) == ([role], "1")
            assert [(row.no, row.is_late, row.risk) for row in day.view.urgent] == [("late", True, "¥139.40")]
            assert (day.view.late_count, day.view.late_money, day.is_loaded) == ("1", "¥139.40", True)


async def test_a_day_that_cannot_be_read_is_said_and_read_again(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        with monkeypatch.context() as broken:
            broken.setattr(workbench_module, "load_day", lambda _user: 1 / 0)
            await tab.fire(Day.enter)
            assert (await tab.state(Day)).has_failed
        await tab.fire(Day.enter)
        assert ((await tab.state(Day)).has_failed, (await tab.state(Day)).is_loaded) == (False, True)
