"""Two processes on one PostgreSQL: does what one of them does show live in a tab of the other?"""

import asyncio
from datetime import timedelta

import pytest

from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.state.board import Board
from orderhub.ui.state.card import Card
from orderhub.ui.state.frame import Frame
from tests.intake.builders import FIRST_NO, add_shop, keep_orders, order_native
from tests.intake.consuming import begin, end
from tests.ui.conftest import SignIn
from tests.ui.test_live import live_runtime, shown_nos, until

pytestmark = pytest.mark.services


@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
async def test_an_order_taken_in_by_another_process_shows_on_an_open_board(
    sign_in: SignIn, database: Database, db_url: str
):
    """This process has the tab and the inbox's door; the consumers and workflows are another's."""
    now = utc_now()
    shop = add_shop(now=now)
    due = int((now + timedelta(days=1)).timestamp())
    other = await asyncio.to_thread(begin, db_url, "whole")
    try:
        async with live_runtime(database) as open_tab:
            tab = open_tab(sign_in())
            await tab.visit("/orders", Frame.enter, Card.enter, Board.enter)
            assert shown_nos(tab) == []
            keep_orders(shop, [order_native(FIRST_NO, exp_ship_time=due)], now)
            await until(lambda: shown_nos(tab) == [str(FIRST_NO)])
    finally:
        assert await asyncio.to_thread(end, other) == 1
        forget_connectors()
