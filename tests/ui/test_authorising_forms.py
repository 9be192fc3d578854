"""Who is led out to a channel's page, and what does the system page say of a shop's line?"""

from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from orderhub.access.permissions import Role
from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.shop import Shop, ShopSync
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui import authorising_forms
from orderhub.ui.state.system import System
from orderhub.ui.system_view import system_view
from tests.intake.builders import add_shop
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime


@pytest.fixture
def client() -> TestClient:
    return TestClient(
        Starlette(routes=authorising_forms.routes), base_url="http://localhost:3000", follow_redirects=False
    )


@pytest.fixture
def shop(database: Database) -> Shop:
    return add_shop(now=utc_now())


def led(client: TestClient, path: str, cookie: str) -> str:
    answer = client.get(path, headers={"cookie": cookie})
    assert answer.status_code == 303
    return answer.headers["location"]


def test_an_administrator_is_led_out_and_nobody_else(client, sign_in: SignIn, shop: Shop):
    out = led(client, "/channels/authorise?shop=dy-test", sign_in(role=Role.ADMIN))
    assert out.startswith("http://localhost:3000/channels/authorised?state=v2.")
    assert led(client, "/channels/authorise?shop=dy-test", "") == "/login"
    for role in (Role.OPERATIONS, Role.MANAGER):
        assert (
            led(client, "/channels/authorise?shop=dy-test", sign_in(f"ceshi-{role}", role))
            == "/system?said=not_allowed"
        )


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/channels/authorise?shop=nobody", "not_found"),
        ("/channels/authorised?state=x&code=y", "authorisation_over"),
        ("/channels/authorised", "authorisation_over"),
    ],
)
def test_what_leads_nowhere_is_said_on_the_system_page(client, sign_in: SignIn, shop: Shop, path: str, said: str):
    assert led(client, path, sign_in(role=Role.ADMIN)) == f"/system?said={said}"


async def test_the_system_page_says_what_came_of_it(sign_in: SignIn, shop: Shop):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/system?done=authorised", System.enter)
        assert (await tab.state(System)).said == "店铺已重新授权"
        await tab.visit("/system?said=other_shop", System.enter)
        state = await tab.state(System)
        assert (state.said, state.is_refusal) == ("授权的是另一家店铺", True)


def test_a_line_shows_its_lag_its_calls_and_where_to_authorise(database: Database, shop: Shop):
    now = utc_now()
    with database.transaction() as session:
        for kind, span in (("order", 3), ("refund", 5)):
            watermark = now - timedelta(minutes=span)
            session.add(ShopSync(shop_id=shop.id, kind=kind, watermark=watermark, succeeded_at=now))
        session.flush()
        (view,) = system_view(session, now).shops
        assert (view.known_until, view.calls, view.authorise) == (
            str(int((now - timedelta(minutes=5)).timestamp())),
            "0 / 1,200",
            "",
        )
        open_anomaly(session, AnomalyKind.SHOP_UNAUTHORISED, about=("shop", shop.id), occurred_at=now, now=now)
        (view,) = system_view(session, now).shops
    assert view.authorise == "/channels/authorise?shop=dy-test"
