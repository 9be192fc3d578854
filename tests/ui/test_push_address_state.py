"""A carrier's push address is a secret: shown when asked for, to whoever may connect carriers, and to nobody else."""

import pytest

from orderhub.access.permissions import Role
from orderhub.automation.carrier_keyring import CarrierDraft, connect_carrier
from orderhub.automation.route_push import push_address
from orderhub.domain.drafts import Contact
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.state.push_address import PushAddress
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

SENDER = Contact("测试仓", "13800000001", "测试省", "测试市", "测试区", "示例路1号")


@pytest.fixture
def account(database: Database) -> str:
    draft = CarrierDraft("sf-main", Carrier.SF, "顺丰", "LABHUB", check_word="w", month_card="m", sender=SENDER)
    with database.transaction() as session:
        return connect_carrier(session, draft, by="ceshi-a", now=utc_now()).code


async def test_an_administrator_sees_the_address_and_hides_it_again(sign_in: SignIn, account: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.ADMIN))
        await tab.fire(PushAddress.show(account))
        state = await tab.state(PushAddress)
        assert (state.code, state.address) == (account, push_address(account))
        await tab.fire(PushAddress.show(account))
        assert (await tab.state(PushAddress)).address == ""
        await tab.fire(PushAddress.show("nobody"))
        assert (await tab.state(PushAddress)).address == ""


async def test_nobody_else_sees_it(sign_in: SignIn, account: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.OPERATIONS))
        await tab.fire(PushAddress.show(account))
        assert (await tab.state(PushAddress)).address == ""
