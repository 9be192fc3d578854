"""Can notices be turned on, previewed, tried and told again on their page, and by whom? Are secrets never shown?"""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette

from orderhub.access import sessions
from orderhub.access.permissions import Role
from orderhub.access.users import create_user
from orderhub.automation.notifier_keyring import NotifierDraft, connect_notifier, forget_notifier_lines
from orderhub.automation.outbox import OutboxMessage
from orderhub.domain.notice import fail_notice, note_notice
from orderhub.domain.notice_plan import NoticeMoment, NoticePlan, plan_of
from orderhub.domain.notifier_account import NotifierAccount
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.track import follow_parcel
from orderhub.domain.words import Channel, NotifierKind, UploadProblem
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.lab import notifiers
from orderhub.lab.app import create_lab
from orderhub.ui import notifier_forms
from orderhub.ui.headers import Shield
from orderhub.ui.state.notice import Notices
from orderhub.ui.state.system import System
from tests import builders
from tests.flows.hub import served
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

SAME_SITE = {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}
KEYS = {"code": "aliyun", "kind": "sms_aliyun", "name": "短信", "app_no": notifiers.ALIYUN.app_no}
KEYS |= {"secret": notifiers.ALIYUN.secret, "sign_name": notifiers.ALIYUN.sign_name, "sdk_app_no": ""}
FORM = {"shop": "my-mp", "moment": "shipped", "is_on": "yes", "quiet_from": "22:00", "quiet_until": "8:00"}

Browser = Callable[[Role], httpx.AsyncClient]


@pytest.fixture
def lab():
    app = create_lab(living=False)
    with served(app) as url:
        yield app.state.notifiers, url
    forget_notifier_lines()


@pytest.fixture
def account_id(database: Database, lab) -> str:
    url = lab[1] + notifiers.ALIYUN_PATH
    with database.transaction() as session:
        builders.shop(session, "my-mp", Channel.MINIPROGRAM, app_key="wx-1")
        draft = NotifierDraft(**KEYS | {"kind": NotifierKind.SMS_ALIYUN, "base_url": url})  # type: ignore[arg-type]
        return str(connect_notifier(session, draft, by="ceshi-a", now=utc_now()).id)


def _way(account_id: str, **changes: str) -> dict[str, str]:
    way = {"account1": account_id, "template1": "SMS_1", "values1": "no=tracking_no\ngoods=商品", "page1": ""}
    return FORM | way | changes


def _plan(database: Database) -> NoticePlan | None:
    with database.reading() as session:
        shop = session.exec(select(Shop).where(Shop.code == "my-mp")).one()
        return plan_of(session, shop.id, NoticeMoment.SHIPPED)


async def test_a_plan_is_saved_and_shown_as_the_buyer_will_see_it(database: Database, sign_in: SignIn, account_id: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/notices?shop=my-mp&moment=shipped", Notices.enter)
        before = (await tab.state(Notices)).view
        await tab.fire(Notices.save(_way(account_id)))
        state = await tab.state(Notices)
    assert [(one.code, one.may_tell) for one in before.shops] == [("my-mp", True)]
    assert (before.plan.is_on, before.plan.quiet_from, before.plan.quiet_until) == (False, "22:00", "08:00")
    plan = _plan(database)
    assert plan
    assert (plan.is_on, plan.quiet_from, plan.quiet_until, plan.changed_by) == (True, 1320, 480, "ceshi-a")
    assert (state.said, state.view.plan.is_on) == ("已保存", True)
    (first, *_) = state.view.plan.ways
    assert [(one.name, one.text) for one in first.shown] == [
        ("no", "75312345678901"),
        ("goods", "示例商品：加厚透明收纳箱 40L 三个…"),
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"account1": ""}, "先选一个账号并填模板"),
        ({"account1": "999999"}, "没有这个账号"),
        ({"template1": "a b"}, "模板编号是字母、数字、_ 和 -"),
        ({"values1": "no=phone"}, "等号右边要用列出的字段"),
        ({"values1": "<b>=goods"}, "变量 1–10 个，每行一个，如 thing1=goods"),
        ({"values1": ""}, "变量 1–10 个，每行一个，如 thing1=goods"),
        ({"page1": "javascript:alert(1)"}, "页面写成 pages/parcel/index 这样"),
        ({"quiet_from": "25:00"}, "时间写成 22:00 这样"),
        ({"moment": "born"}, "没有这种通知"),
    ],
)
async def test_what_cannot_work_is_refused_in_words_and_changes_nothing(
    database: Database, sign_in: SignIn, account_id: str, changes: dict[str, str], said: str
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Notices.save(_way(account_id, **changes)))
        state = await tab.state(Notices)
    assert (state.said, state.is_refusal, _plan(database)) == (said, True, None)


async def test_a_platforms_shop_cannot_be_turned_on_and_the_page_says_why(
    database: Database, sign_in: SignIn, account_id: str
):
    with database.transaction() as session:
        builders.shop(session)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Notices.save(_way(account_id, shop="douyin-1")))
        state = await tab.state(Notices)
        await tab.visit("/notices", Notices.enter)
        view = (await tab.state(Notices)).view
    assert state.said == "这个平台自己通知买家"
    assert [(one.code, one.may_tell, len(one.moments)) for one in view.shops] == [
        ("my-mp", True, 4),
        ("douyin-1", False, 0),
    ]


async def test_a_sample_goes_to_ones_own_telephone_which_is_kept_nowhere(
    database: Database, sign_in: SignIn, account_id: str, lab
):
    asked = {"shop": "my-mp", "moment": "shipped", "place": "1", "to": "13800000009"}
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Notices.save(_way(account_id, is_on="no")))
        await tab.fire(Notices.send_test(asked | {"to": "12345"}))
        refused = (await tab.state(Notices)).said
        await tab.fire(Notices.send_test(asked))
        said = (await tab.state(Notices)).said
    assert (refused, said) == ("请填 11 位手机号，或 openid", "已试发，请看手机")
    assert [one.to for one in lab[0].received] == ["13800000009"]
    with database.reading() as session:
        tried = session.exec(select(Event).where(Event.kind == "notice_tried")).one()
        assert (tried.actor, tried.body) == ("ceshi-a", {"moment": "shipped", "way": "sms_aliyun"})


async def test_a_failed_notice_is_told_again_by_those_who_may(database: Database, sign_in: SignIn, account_id: str):
    async with gated_runtime() as open_tab:
        await open_tab(sign_in("ceshi-o")).fire(Notices.save(_way(account_id)))
    now = utc_now()
    with database.transaction() as session:
        shop = session.exec(select(Shop).where(Shop.code == "my-mp")).one()
        order = builders.order(session, "MP-1", of=shop)
        track = follow_parcel(session, "75312345678901", None, shipped_at=now)
        plan = plan_of(session, shop.id, NoticeMoment.SHIPPED)
        assert plan
        notice = note_notice(session, track, order, plan, happened_at=now, now=now)
        assert notice
        fail_notice(session, notice, UploadProblem.QUOTA, "isv.BUSINESS_LIMIT_CONTROL", now=now)
        notice_id = str(notice.id)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-s", Role.SERVICE))
        await tab.visit("/notices?state=failed", Notices.enter)
        (row,) = (await tab.state(Notices)).view.rows
        await tab.fire(Notices.retry(notice_id))
        said = (await tab.state(Notices)).said
        await tab.fire(Notices.save(_way(account_id, is_on="no")))
    assert (row.number, row.problem, row.code, row.may_retry) == (
        "MP-1",
        "quota",
        "isv.BUSINESS_LIMIT_CONTROL",
        True,
    )
    assert said == "已重新排队"
    plan = _plan(database)
    assert plan
    assert plan.is_on  # customer service may not change it
    with database.reading() as session:
        # There is no telephone of this buyer: told again, it fails in words.
        assert session.exec(select(OutboxMessage)).all() == []
        retried = session.exec(select(Event).where(Event.kind == "notice_retried")).one()
        assert (retried.actor, retried.subject_id) == ("ceshi-s", session.exec(select(Order.id)).one())


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.FINANCE])
async def test_who_may_not_read_notices_gets_nothing(sign_in: SignIn, account_id: str, role: Role):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-x", role))
        await tab.visit("/notices", Notices.enter)
        assert (await tab.state(Notices)).view.shops == []


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[Browser]:
    clients: list[httpx.AsyncClient] = []

    def browser(role: Role) -> httpx.AsyncClient:
        with database.transaction() as session:
            user = create_user(session, f"ceshi-{role}", "kuaidi-zai-lushang-7", role, now=utc_now())
            token = sessions.open_session(session, user, address="192.0.2.1", device="", now=utc_now())
        transport = httpx.ASGITransport(app=Shield(Starlette(routes=notifier_forms.routes)))
        client = httpx.AsyncClient(
            transport=transport, base_url="http://localhost:3000", headers=SAME_SITE, cookies={"oh_sid": token}
        )
        clients.append(client)
        return client

    yield browser
    for client in clients:
        await client.aclose()


async def test_an_administrator_connects_an_account_whose_secret_is_shown_to_nobody(
    database: Database, browser: Browser, sign_in: SignIn
):
    answer = await browser(Role.ADMIN).post("/notifiers", data=KEYS)
    assert answer.headers["location"].endswith("?done=notifier_saved&n=aliyun")
    with database.reading() as session:
        account = session.exec(select(NotifierAccount)).one()
        assert notifiers.ALIYUN.secret not in account.secret_sealed
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-o"))
        await tab.visit("/system?done=notifier_saved&n=aliyun", System.enter)
        state = await tab.state(System)
    assert state.said == "已保存通知账号 aliyun"
    (shown,) = state.view.notifiers
    assert (shown.code, shown.kind, notifiers.ALIYUN.secret in repr(state.view)) == ("aliyun", "sms_aliyun", False)


async def test_keys_are_tested_stopped_and_refused_in_words(database: Database, browser: Browser, account_id: str):
    admin = browser(Role.ADMIN)
    assert "notifier_tested" in (await admin.post("/notifiers/test", data={"code": "aliyun"})).headers["location"]
    await admin.post("/notifiers/turn", data={"code": "aliyun", "is_active": "no"})
    with database.reading() as session:
        account = session.exec(select(NotifierAccount)).one()
        assert (account.is_active, account.secret_sealed != "") == (False, True)
    wrong = await admin.post("/notifiers", data=KEYS | {"code": "other", "secret": ""})
    assert "notifier_incomplete" in wrong.headers["location"]


async def test_nobody_but_an_administrator_connects_accounts(database: Database, browser: Browser):
    answer = await browser(Role.MANAGER).post("/notifiers", data=KEYS)
    assert "done=" not in answer.headers.get("location", "")
    with database.reading() as session:
        assert session.exec(select(NotifierAccount)).all() == []
