"""Is a shop's rollout changed only by those who may, and is the present system's export compared when it comes?"""

import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from orderhub.access.permissions import Role
from orderhub.domain.former import FormerOrder
from orderhub.domain.shop import Rollout, Shop
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui import rollout_forms
from orderhub.ui.gate import Who
from orderhub.ui.rollout_view import rollout_view
from orderhub.ui.state.rollout import RolloutPage
from tests.intake.builders import add_shop
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime


@pytest.fixture
def shop(database: Database) -> Shop:
    return add_shop(now=utc_now())


@pytest.fixture
def at(database: Database, shop: Shop):
    def at() -> tuple[Rollout, int]:
        with database.reading() as session:
            found = session.get_one(Shop, shop.id)
            return found.rollout, found.pilot_percent

    return at


def asked(**changes: str) -> dict[str, str]:
    return {"shop": "dy-test", "level": "pilot", "percent": "10", "reason": "先试一成"} | changes


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.ADMIN])
async def test_a_shop_becomes_a_pilot_and_its_story_is_shown(sign_in: SignIn, at, role: Role):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.visit("/studio/rollout?shop=dy-test", RolloutPage.enter)
        await tab.fire(RolloutPage.change(asked()))
        state = await tab.state(RolloutPage)
    assert (state.said, state.is_refusal) == ("灰度已调整", False)
    assert at() == (Rollout.PILOT, 10)
    assert [(step.source, step.target, step.percent, step.reason) for step in state.view.steps] == [
        ("live", "pilot", "10 %", "先试一成")
    ]
    assert [(one.level, one.percent, one.is_chosen) for one in state.view.shops] == [("pilot", "10 %", True)]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (asked(percent="0"), "试点比例要 1 到 99"),
        (asked(reason=""), "请写明原因"),
        (asked(level="half"), ""),
        (asked(shop="nobody"), "找不到了"),
        ({}, ""),
    ],
)
async def test_what_makes_no_sense_changes_nothing_and_says_why(sign_in: SignIn, at, form: dict[str, str], said: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(RolloutPage.change(form))
        state = await tab.state(RolloutPage)
    assert state.is_refusal
    assert state.said
    assert said in state.said
    assert at() == (Rollout.LIVE, 0)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_nobody_else_changes_it(sign_in: SignIn, at, role: Role):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.fire(RolloutPage.change(asked()))
        await tab.fire(RolloutPage.plan({"shop": "dy-test", "warehouse": "华东仓", "carrier": "ZTO"}))
        assert (await tab.state(Who)).refused == "shop:rollout:change"
    assert at() == (Rollout.LIVE, 0)


async def test_the_plan_is_kept(sign_in: SignIn, database: Database, shop: Shop):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(RolloutPage.plan({"shop": "dy-test", "warehouse": "华东仓", "carrier": "ZTO"}))
        assert (await tab.state(RolloutPage)).view.warehouse == "华东仓"
    with database.reading() as session:
        assert session.get_one(Shop, shop.id).default_carrier == "ZTO"


EXPORT = "订单号,状态\n6900000000000000001,已发货\n6900000000000000002,待发货\n,待发货\n".encode("gb18030")


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=rollout_forms.routes), base_url="http://localhost:3000", follow_redirects=False)


def send(client: TestClient, cookie: str, raw: bytes = EXPORT, code: str = "dy-test"):
    headers = {"cookie": cookie, "sec-fetch-site": "same-origin"}
    return client.post("/studio/rollout/export", files={"file": ("x.csv", raw)}, data={"shop": code}, headers=headers)


def test_an_export_is_compared_before_it_is_answered(client, sign_in: SignIn, make_order: MakeOrder, database, shop):
    answer = send(client, sign_in())
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/studio/rollout?shop=dy-test&rows=2&wrong=1&first=4")
    with database.reading() as session:
        rows = session.exec(select(FormerOrder)).all()
    assert [bool(row.compared_at) for row in rows] == [True, True]


async def test_the_page_says_what_came_of_the_upload(sign_in: SignIn, shop: Shop):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/rollout?shop=dy-test&rows=2&wrong=1&first=4: x", RolloutPage.enter)
        state = await tab.state(RolloutPage)
        assert (state.said, state.is_refusal) == ("已上传并比对 2 单，1 行没能读：4: x", True)
        await tab.visit("/studio/rollout?said=file_unreadable", RolloutPage.enter)
        assert "UTF-8" in (await tab.state(RolloutPage)).said


@pytest.mark.parametrize(
    ("raw", "code", "said"),
    [(b"a,b\n", "dy-test", "file_no_order_column"), (b"", "dy-test", "file_missing"), (EXPORT, "nobody", "not_found")],
)
def test_an_upload_that_cannot_be_read_leads_back_with_the_reason(client, sign_in: SignIn, shop, raw, code, said):
    assert send(client, sign_in(), raw, code).headers["location"] == f"/studio/rollout?said={said}"


def test_a_stranger_and_another_site_upload_nothing(client, sign_in: SignIn, database: Database, shop: Shop):
    assert send(client, "").headers["location"] == "/login"
    assert send(client, sign_in(role=Role.MANAGER)).headers["location"] == "/studio/rollout?said=not_allowed"
    headers = {"cookie": sign_in("ceshi-b"), "sec-fetch-site": "cross-site"}
    assert client.post("/studio/rollout/export", files={"file": EXPORT}, headers=headers).status_code == 403
    with database.reading() as session:
        assert session.exec(select(FormerOrder)).all() == []


def test_the_page_of_no_shop_is_empty(database: Database):
    with database.reading() as session:
        view = rollout_view(session, utc_now(), "")
    assert (view.shops, view.code, view.measures) == ([], "", [])
