"""Rules as a file from and to a browser: what comes out, what is taken, and where a mistake leads."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette

from orderhub.access import sessions
from orderhub.access.permissions import Role
from orderhub.access.users import create_user
from orderhub.domain.rules.readable import read_yaml
from orderhub.domain.rules.versions import SHIPPED_RULES, RuleVersion
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui import rule_files
from orderhub.ui.headers import Shield
from orderhub.ui.state.rule import Rules
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

SAME_SITE = {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}
GOOD = b"rules:\n- key: R-001\n  name: a\n  then: [{kind: tag, value: x}]\n"
BAD = b"rules:\n- key: R-001\n  name: a\n  then: [{kind: paint}]\n"

Browser = Callable[[Role], httpx.AsyncClient]


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[Browser]:
    clients: list[httpx.AsyncClient] = []

    def browser(role: Role) -> httpx.AsyncClient:
        with database.transaction() as session:
            user = create_user(session, f"ceshi-{role}", "kuaidi-zai-lushang-7", role, now=utc_now())
            token = sessions.open_session(session, user, address="192.0.2.1", device="", now=utc_now())
        transport = httpx.ASGITransport(app=Shield(Starlette(routes=rule_files.routes)))
        client = httpx.AsyncClient(
            transport=transport, base_url="http://localhost:3000", headers=SAME_SITE, cookies={"oh_sid": token}
        )
        clients.append(client)
        return client

    yield browser
    for client in clients:
        await client.aclose()


async def send(client: httpx.AsyncClient, content: bytes, **more: dict[str, str]) -> tuple[int, str]:
    answer = await client.post("/studio/rules/import", files={"file": ("rules.yaml", content)}, **more)
    return answer.status_code, answer.headers.get("location", "")


def drafts(database: Database) -> list[tuple[int, str, int]]:
    with database.reading() as session:
        return [(one.number, one.changed_by, one.revision) for one in session.exec(select(RuleVersion))]


async def test_the_live_rules_come_as_a_file(browser: Browser):
    answer = await browser(Role.OPERATIONS).get("/studio/rules/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="rules.yaml"'
    assert read_yaml(answer.text) == SHIPPED_RULES


async def test_a_file_becomes_the_draft_and_a_second_one_replaces_it(browser: Browser, database: Database):
    client = browser(Role.OPERATIONS)
    assert await send(client, GOOD) == (303, "/studio/rules?said=imported")
    assert await send(client, GOOD) == (303, "/studio/rules?said=imported")
    assert drafts(database) == [(1, "ceshi-operations", 2)]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (BAD, "said=rule_unknown_word&line=4&field=rules%5B0%5D.then%5B0%5D.kind"),
        (b"rules: [", "said=rule_not_yaml&line=1"),
        (b"", "said=rule_no_file&field=file"),
        (b"\xff\xfe", "said=rule_not_text&field=file"),
    ],
)
async def test_a_file_with_a_mistake_leads_back_to_its_place(
    browser: Browser, database: Database, content: bytes, where: str
):
    assert await send(browser(Role.OPERATIONS), content) == (303, f"/studio/rules?{where}")
    assert drafts(database) == []


async def test_the_page_says_what_became_of_the_file(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/rules?said=rule_unknown_word&line=4&field=rules%5B0%5D.then", Rules.enter)
        state = await tab.state(Rules)
        assert (state.said, state.is_refusal) == ("第 4 行 rules[0].then：没有这个词", True)
        await tab.visit("/studio/rules?said=imported", Rules.enter)
        assert (state.said, state.is_refusal) == ("已导入为草稿，看过再发布", False)


async def test_who_may_not_write_rules_sends_none(browser: Browser, database: Database):
    client = browser(Role.SERVICE)
    assert await send(client, GOOD) == (303, "/studio/rules?said=not_allowed")
    assert (await client.get("/studio/rules/export")).status_code == 303
    assert drafts(database) == []


async def test_a_form_of_another_site_is_refused(browser: Browser, database: Database):
    client = browser(Role.OPERATIONS)
    status, _ = await send(client, GOOD, headers={"origin": "http://evil.example", "sec-fetch-site": "cross-site"})
    assert (status, drafts(database)) == (403, [])
