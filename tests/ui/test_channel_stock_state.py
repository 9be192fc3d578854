"""Can a merchant see and say what each channel may sell, and only those who may?"""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.automation import outbox
from orderhub.automation.outbox import OutboxMessage, OutboxState
from orderhub.automation.stock_feed import GATHER, Feeder
from orderhub.domain.channel_item import ChannelItem
from orderhub.domain.channel_stock import Formula, StockShare, set_share
from orderhub.domain.sku import put_sku
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.state.channel_stock import ChannelStock
from tests import builders
from tests.domain.stocked import stocked
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

PATH = "/stock/channel"


@pytest.fixture
def items(database: Database) -> dict[str, int]:
    """120 of A are sold in two shops, of which one has a formula; SET is a code that stands for nothing."""
    now = utc_now()
    with database.transaction() as session:
        stocked(session, now, A=(100, 21))
        for number, (code, shop) in enumerate((("A", "douyin-1"), ("A*2", "douyin-2"), ("NOPE", "douyin-1")), 1):
            line = builders.line_draft(sku_code=code, channel_item_no="7001", channel_sku_no=f"540{number}")
            seller = builders.shop(session, shop)
            status = ChannelStatus.PAID if number == 1 else ChannelStatus.UNPAID
            builders.order(session, str(number), status, of=seller, lines=(line,))
        set_share(session, builders.shop(session), Formula(70, 1), by="li", now=now)
    settle()
    with database.reading() as session:
        return dict(session.exec(select(ChannelItem.code, ChannelItem.id)).all())


def settle(later: timedelta = timedelta()) -> None:
    moment = utc_now() + later
    feeder = Feeder()
    while feeder.feed_next(moment):
        pass


async def test_the_page_says_what_is_told_and_by_which_formula(sign_in: SignIn, database: Database, items):
    with database.transaction() as session:
        message = session.exec(select(OutboxMessage)).one()
        message.state = OutboxState.REFUSED
        session.add(message)
        told = session.get_one(ChannelItem, items["A"])
        told.seen_quantity, told.seen_at = 7, utc_now()
        session.add(told)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit(PATH, ChannelStock.enter)
        view = (await tab.state(ChannelStock)).view
        await tab.visit(f"{PATH}?q=A&shop=douyin-2", ChannelStock.enter)
        found = (await tab.state(ChannelStock)).view
    assert [(shop.code, shop.formula, shop.is_told) for shop in view.shops] == [
        ("douyin-1", "70 % − 1", True),
        ("douyin-2", "", True),
    ]
    rows = [(row.code, row.shop_code, row.made_of, row.available, row.formula, row.told) for row in view.rows]
    assert rows == [
        ("A", "douyin-1", "A", "120", "70 % − 1", "83"),
        ("A*2", "douyin-2", "A*2", "60", "", ""),
        ("NOPE", "douyin-1", "", "", "70 % − 1", ""),
    ]
    first = view.rows[0]
    assert (first.state, first.held, first.has_drifted, first.level) == ("refused", "7", True, "")
    assert [row.code for row in found.rows] == ["A*2"]


async def test_a_formula_is_shown_at_work_before_it_is_saved(sign_in: SignIn, database: Database, items):
    form = {"percent": "50", "buffer": "10", "cap": "40"}
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.OPERATIONS))
        await tab.visit(PATH, ChannelStock.enter)
        await tab.fire(ChannelStock.ask("douyin-1"))
        await tab.fire(ChannelStock.look_ahead(form))
        state = await tab.state(ChannelStock)
        shifts = [(shift.code, shift.available, shift.before, shift.after) for shift in state.shifts]
        assert (shifts, state.shift_count) == ([("A", "120", "83", "40")], "1")
        await tab.fire(ChannelStock.save())
        assert (await tab.state(ChannelStock)).said == "已保存，马上告知渠道"
        await tab.fire(ChannelStock.ask(f"douyin-1/{items['A']}"))
        await tab.fire(ChannelStock.look_ahead({"percent": "100", "buffer": "0", "cap": ""}))
        await tab.fire(ChannelStock.save())
    settle()
    with database.reading() as session:
        kept = {(row.item_id, row.formula, row.changed_by) for row in session.exec(select(StockShare))}
        assert session.get_one(ChannelItem, items["A"]).told_quantity == 120
    assert kept == {(0, Formula(50, 10, 40), "ceshi-a"), (items["A"], Formula(), "ceshi-a")}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"percent": "101", "buffer": "0"}, "比例是 0 到 100"),
        ({"percent": "", "buffer": "0"}, "这里要整数"),
        ({"percent": "50", "buffer": "-1"}, "这里要整数"),
        ({"percent": "50", "buffer": "0", "cap": "9999999999"}, "数量不合理"),
    ],
)
async def test_a_formula_that_cannot_be_is_refused(sign_in: SignIn, database: Database, items, form, said):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.OPERATIONS))
        await tab.visit(PATH, ChannelStock.enter)
        await tab.fire(ChannelStock.ask("douyin-2"))
        await tab.fire(ChannelStock.look_ahead(form))
        await tab.fire(ChannelStock.save())
        state = await tab.state(ChannelStock)
    assert (state.said, state.is_refusal) == (said, True)
    with database.reading() as session:
        assert session.exec(select(StockShare.shop_id)).all() == [1]


async def test_what_is_hot_presold_added_or_silenced(sign_in: SignIn, database: Database, items):
    with database.transaction() as session:
        put_sku(session, "EARLY", is_presale=True, by="li", now=utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.OPERATIONS))
        await tab.visit(PATH, ChannelStock.enter)
        await tab.fire(ChannelStock.mark(str(items["A"]), is_hot=True))
        await tab.fire(ChannelStock.pool({"code": "EARLY", "pieces": "50"}))
        await tab.fire(ChannelStock.add({"shop": "douyin-1", "code": "EARLY", "item": "7009", "sku": ""}))
        await tab.fire(ChannelStock.pool({"code": "A", "pieces": "5"}))
        assert (await tab.state(ChannelStock)).said == "不是预售商品，按仓库库存卖"
        settle()
        await tab.visit(PATH, ChannelStock.enter)
        view = (await tab.state(ChannelStock)).view
        await tab.fire(ChannelStock.drop("douyin-1"))
    assert [(row.code, row.told, row.is_hot, row.is_presale) for row in view.rows] == [
        ("A", "83", True, False),
        ("A*2", "", False, False),
        ("EARLY", "34", False, True),
        ("NOPE", "", False, False),
    ]
    assert [(pool.sku, pool.left) for pool in view.pools] == [("EARLY", "50")]
    settle(GATHER)
    with database.reading() as session:
        assert session.exec(select(StockShare)).all() == []
        assert set(session.exec(select(ChannelItem.told_quantity))) == {None}
        assert outbox.counts(session, tuple(OutboxState)) == {OutboxState.WAITING: 2}


async def test_who_only_reads_the_stock_changes_no_formula(sign_in: SignIn, database: Database, items):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit(PATH, ChannelStock.enter)
        await tab.fire(ChannelStock.drop("douyin-1"))
        assert (await tab.state(Who)).refused == "stock:sku:change"
    with database.reading() as session:
        assert len(session.exec(select(StockShare)).all()) == 1
