"""The page of webhooks: secrets are shown once and nowhere else, and only who may changes anything."""

from datetime import timedelta

import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette

from orderhub.access import sessions
from orderhub.access.permissions import Role
from orderhub.access.users import create_user
from orderhub.automation.runner import run_next
from orderhub.automation.sending import Postman
from orderhub.domain.webhook import Webhook, WebhookKind
from orderhub.kernel.clock import SHANGHAI, utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.ui import webhook_forms
from orderhub.ui.gate import Who
from orderhub.ui.headers import Shield
from orderhub.ui.state.webhook import Webhooks
from tests import builders
from tests.flows.programs import connect, listening
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

SAME_SITE = {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}


def told(database: Database) -> None:
    with database.transaction() as session:
        builders.order(session, now=utc_now())
    while run_next(utc_now()):
        pass
    while Postman().send_next(utc_now() + timedelta(seconds=1)):
        pass


async def test_a_secret_is_shown_once_and_a_test_says_what_came_back(database: Database):
    with database.transaction() as session:
        user = create_user(session, "ceshi-m", "kuaidi-zai-lushang-7", Role.MANAGER, now=utc_now())
        token = sessions.open_session(session, user, address="192.0.2.1", device="", now=utc_now())
    with listening() as crm:
        transport = httpx.ASGITransport(app=Shield(Starlette(routes=webhook_forms.routes)))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost:3000", headers=SAME_SITE, cookies={"oh_sid": token}
        ) as browser:
            form = {"id": "", "name": "CRM", "url": crm.url, "kinds": ["order.paid", "no.such"]}
            made = await browser.post("/webhooks", data=form)
            assert made.status_code == 200
            assert made.text.count("whsec_") == 1
            secret = made.text.partition("whsec_")[2].partition("<")[0].strip()
            changed = await browser.post("/webhooks", data=form | {"id": "1", "url": "", "name": "CRM 2"})
            assert "done=webhook_saved" in changed.headers["location"]
            tried = await browser.post("/webhooks/test", data={"id": "1"})
            assert "done=webhook_tested&n=204" in tried.headers["location"]
            crm.answers[:] = [500]
            tried = await browser.post("/webhooks/test", data={"id": "1"})
            assert tried.headers["location"] == "/studio/webhooks?said=webhook_unreachable"
            renewed = await browser.post("/webhooks/secret", data={"id": "1"})
            assert "whsec_" in renewed.text
            assert secret not in renewed.text
            for broken in ({"name": ""}, {"kinds": []}):
                answer = await browser.post("/webhooks", data=form | broken)
                assert answer.headers["location"] == "/studio/webhooks?said=webhook_form"
            nobody = await browser.post("/webhooks/test", data={"id": "9"})
            assert nobody.headers["location"] == "/studio/webhooks?said=not_found"
    with database.reading() as session:
        hook = session.exec(select(Webhook)).one()
        assert (hook.name, hook.url, hook.kinds) == ("CRM 2", crm.url, ["order.paid"])
        assert secret not in str(session.exec(select(Event.body)).all())


async def test_the_page_lists_what_was_told_and_tells_it_again(sign_in: SignIn, database: Database):
    with listening() as crm:
        webhook_id, secret = connect(crm.url + "?token=hidden", WebhookKind.ORDER_PAID)
        told(database)
        async with gated_runtime() as open_tab:
            tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
            await tab.visit(f"/studio/webhooks?hook={webhook_id}", Webhooks.enter)
            view = (await tab.state(Webhooks)).view
            assert [(one.kind, one.state, one.code) for one in view.messages] == [("order.paid", "sent", "204")]
            assert (view.form.id, view.form.kinds) == (str(webhook_id), ["order.paid"])
            assert secret not in repr(view)
            assert "hidden" not in repr(view)
            await tab.fire(Webhooks.again(view.messages[0].id))
            now = utc_now().astimezone(SHANGHAI).replace(tzinfo=None)
            span = {name: (now + hours).isoformat(timespec="minutes") for name, hours in
                    (("since", timedelta(hours=-1)), ("until", timedelta(hours=1)))}  # fmt: skip
            await tab.fire(Webhooks.replay({"hook": str(webhook_id)} | span))
            assert "1" in (await tab.state(Webhooks)).said
            for broken in ({"since": ""}, {"until": span["since"]}, {"hook": "9"}):
                await tab.fire(Webhooks.replay({"hook": str(webhook_id)} | span | broken))
                assert (await tab.state(Webhooks)).is_refusal
            await tab.fire(Webhooks.switch(str(webhook_id), is_active=False))
            assert not (await tab.state(Webhooks)).view.hooks[0].is_active
            await tab.fire(Webhooks.again(view.messages[0].id))
            assert (await tab.state(Webhooks)).is_refusal


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_who_may_not_changes_nothing(sign_in: SignIn, database: Database, role: Role):
    webhook_id, _ = connect("http://localhost/hook")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-x", role))
        for event in (Webhooks.switch("1", is_active=False), Webhooks.again("1"), Webhooks.replay({"hook": "1"})):
            await tab.fire(event)
            assert (await tab.state(Who)).refused == "system:webhook:change"
    with database.reading() as session:
        assert session.get_one(Webhook, webhook_id).is_active
