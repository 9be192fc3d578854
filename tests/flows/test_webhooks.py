"""Programs of the merchant's are told what happens: signed, at least once, in order, and never what is not theirs."""

import json
import os
import signal
import time
from datetime import timedelta

import pytest
from sqlmodel import col, select

from orderhub.automation import outbox
from orderhub.automation.outbox import LEASE, OutboxKind, OutboxState
from orderhub.automation.run_watch import workflow_stands
from orderhub.automation.runner import run_next
from orderhub.automation.webhook_keyring import WebhookDraft, connect_webhook, renew_secret, target_of, try_webhook
from orderhub.automation.webhook_replay import IsOff, replay_message, replay_span
from orderhub.automation.webhook_watch import watch_webhooks
from orderhub.automation.workflow_run import WorkflowRun
from orderhub.connectors.webhook import signatures
from orderhub.domain.aftersale import accept_refund
from orderhub.domain.anomaly import Anomaly, open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.staff_notice import StaffNotice
from orderhub.domain.webhook import Webhook, WebhookKind, switch_webhook, webhooks
from orderhub.domain.words import Channel
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, reading, transaction
from orderhub.kernel.errors import BadInput, NotAllowed, NotFound, PartnerRefused, PartnerUnavailable
from orderhub.kernel.eventlog import Event
from orderhub.kernel.settings import settings
from orderhub.kernel.sight import Sight, seeing
from tests import builders
from tests.databases import with_tables
from tests.domain.drafts import a_refund

from .hub import wait_until
from .programs import Program, connect, listening
from .shipping import messages, ship, started, work

NO = "6900000000000000001"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def hub(sqlite_url):
    with_tables(sqlite_url)


@pytest.fixture
def crm():
    with listening() as program:
        yield program


def order(no: str = NO, **facts) -> int:
    with transaction() as session:
        of = builders.shop(session, facts.pop("shop", "own"), Channel.MINIPROGRAM)
        return builders.order(session, no, of=of, **({"now": utc_now()} | facts)).id


def told(program: Program) -> list[dict]:
    return [json.loads(raw) for _, raw in program.heard]


def kinds(program: Program) -> list[str]:
    return [one["type"] for one in told(program)]


def states() -> list[OutboxState]:
    return [one.state for one in messages() if one.kind is OutboxKind.WEBHOOK]


def hook_now(webhook_id: int) -> Webhook:
    with reading() as session:
        return session.get_one(Webhook, webhook_id)


def test_a_program_hears_of_an_order_once_and_can_check_who_says_so(crm):
    _, secret = connect(crm.url, WebhookKind.ORDER_PAID)
    order_id = order()
    work()
    work()
    ((headers, raw),) = crm.heard
    body = json.loads(raw)
    assert (body["type"], body["data"]["order_id"], body["data"]["shop"]) == ("order.paid", order_id, "own")
    assert body["data"]["href"] == f"/api/v1/orders/own/{NO}"
    assert headers["webhook-id"] == f"evt_{body['data']['event_id']}"
    at = int(headers["webhook-timestamp"])
    assert abs(at - utc_now().timestamp()) < 60
    assert headers["webhook-signature"] == signatures([secret], headers["webhook-id"], at, raw)
    assert (headers["content-type"], "cookie" in headers) == ("application/json", False)
    (message,) = [one for one in messages() if one.kind is OutboxKind.WEBHOOK]
    assert (message.state, message.partner_code, message.attempts) == (OutboxState.SENT, "204", 1)


def test_a_life_is_told_in_the_order_in_which_it_happened(crm):
    connect(crm.url)
    order()
    ship(NO)
    work()
    heard = told(crm)
    assert [one["type"] for one in heard][:2] == ["order.received", "order.paid"]
    assert "shipment.left" in kinds(crm)
    numbers = [one["data"]["event_id"] for one in heard]
    assert numbers == sorted(numbers)


def test_nothing_of_a_buyer_no_amount_and_no_token_leaves(crm):
    """Whatever an order holds of a person or a platform: each byte of each message is looked through."""
    connect(crm.url)
    person = {"token": "oaid-SECRET", "name_masked": "欧阳**", "phone_masked": "139****7777", "phone_tail": "7777"}
    receiver = builders.receiver_draft(**person, region="秘密省 秘密市", address_masked="秘密路****")
    order_id = order(
        receiver=receiver, buyer_token="buyer-SECRET", buyer_masked="秘密人", buyer_remark="秘密话 13900007777"
    )
    ship(NO)
    with transaction() as session:
        refund = a_refund(channel=Channel.MINIPROGRAM, channel_order_no=NO, amount_fen=13940, reason="秘密缘由")
        accept_refund(session, builders.shop(session, "own"), refund, now=utc_now())
        facts = {"occurred_at": utc_now(), "now": utc_now(), "note": "秘密 ¥139.40", "at_risk_fen": 13940}
        open_anomaly(session, AnomalyKind.ORDER_STUCK, about=("order", order_id), **facts)
    work()
    said = b"\n".join(raw for _, raw in crm.heard).decode()
    assert {"order.paid", "shipment.left", "aftersale.requested", "anomaly.opened"} <= set(kinds(crm))
    for mark in ("SECRET", "欧阳", "7777", "秘密", "13940", "139.40", "75312345678901", "token", "_fen"):
        assert mark not in said, mark


def test_a_program_hears_of_its_kinds_and_shops_alone(crm):
    with transaction() as session:
        mine = builders.shop(session, "own", Channel.MINIPROGRAM).id
    connect(crm.url, WebhookKind.ORDER_PAID, shops=[mine])
    order()
    order("6900000000000000002", shop="other")
    work()
    assert [(one["type"], one["data"]["shop"]) for one in told(crm)] == [("order.paid", "own")]


@pytest.mark.parametrize("answers", [[500, 404], [301, 429], [400, 503]])
def test_only_a_yes_ends_it_and_the_id_stays(crm, answers):
    connect(crm.url, WebhookKind.ORDER_PAID)
    crm.answers[:] = list(answers)
    order()
    work()
    assert states() == [OutboxState.WAITING]
    work(later=timedelta(minutes=2))
    work(later=timedelta(minutes=4))
    assert len(crm.heard) == 3  # and none at /elsewhere, where a redirect leads
    assert len(set(crm.ids())) == 1
    assert states() == [OutboxState.SENT]


def test_who_says_gone_is_told_no_more(crm):
    webhook_id, _ = connect(crm.url, WebhookKind.ORDER_PAID)
    crm.answers[:] = [410]
    order()
    work()
    assert (states(), hook_now(webhook_id).is_active) == ([OutboxState.REFUSED], False)
    order("6900000000000000002")
    work()
    assert len(crm.heard) == 1


def test_a_day_of_nothing_but_failures_ends_it_with_a_word_to_its_owner(crm):
    webhook_id, _ = connect("http://127.0.0.1:9/nobody", WebhookKind.ORDER_PAID)
    order()
    work()
    assert hook_now(webhook_id).failing_since
    assert watch_webhooks(utc_now() + DAY - timedelta(minutes=1)) == 0
    assert watch_webhooks(utc_now() + DAY + timedelta(minutes=1)) == 1
    assert watch_webhooks(utc_now() + DAY + timedelta(minutes=2)) == 0
    with reading() as session:
        found = session.exec(select(Anomaly).where(Anomaly.kind == AnomalyKind.WEBHOOK_OFF)).one()
        assert (found.subject_id, found.owner, found.owner_role) == (webhook_id, "ceshi-a", "admin")
    work(later=2 * DAY)
    assert states() == [OutboxState.SKIPPED]
    with reading() as session:
        people = session.exec(select(StaffNotice.person).where(StaffNotice.subject_id == found.id)).all()
    assert "ceshi-a" in people
    with transaction() as session:
        hook = session.get_one(Webhook, webhook_id)
        hook.url = crm.url
        session.add(hook)
        switch_webhook(session, webhook_id, is_active=True, by="ceshi-a", now=utc_now())
        assert replay_span(session, webhook_id, utc_now() - DAY, utc_now(), by="ceshi-a", now=utc_now()) == 1
    work()
    assert kinds(crm) == ["order.paid"]
    with reading() as session:
        assert session.get_one(Anomaly, found.id).resolved_at


def test_a_success_between_begins_the_day_anew(crm):
    webhook_id, _ = connect(crm.url, WebhookKind.ORDER_PAID)
    crm.answers[:] = [500]
    order()
    work()
    assert hook_now(webhook_id).failing_since
    work(later=timedelta(minutes=2))
    assert hook_now(webhook_id).failing_since is None
    assert watch_webhooks(utc_now() + 2 * DAY) == 0


def test_one_message_or_a_span_is_told_again_under_the_same_ids(crm):
    webhook_id, _ = connect(crm.url, WebhookKind.ORDER_PAID)
    order()
    order("6900000000000000002")
    work()
    first, second = crm.ids()
    message = messages()[0]
    with transaction() as session:
        replay_message(session, message.id, by="ceshi-a", now=utc_now())
    work()
    assert crm.ids() == [first, second, message.number]
    with transaction() as session:
        assert replay_span(session, webhook_id, utc_now() - DAY, utc_now(), by="ceshi-a", now=utc_now()) == 2
    work()
    assert crm.ids() == [first, second, message.number, first, second]


def test_what_happened_before_it_was_connected_can_be_told_too(crm):
    order()
    work()
    webhook_id, _ = connect(crm.url, WebhookKind.ORDER_PAID, WebhookKind.ORDER_RECEIVED)
    with transaction() as session:
        assert replay_span(session, webhook_id, utc_now() - DAY, utc_now(), by="ceshi-a", now=utc_now()) == 2
    work()
    assert kinds(crm) == ["order.received", "order.paid"]


def test_while_nobody_listens_events_leave_no_row_and_are_not_told_later_by_themselves(crm):
    order()
    work()
    with reading() as session:
        assert session.exec(select(WorkflowRun).where(WorkflowRun.workflow == "tell_programs")).all() == []
        stands = {one.name: one.waiting for one in workflow_stands(session, utc_now())}
    assert stands["tell_programs"] == 0
    connect(crm.url, WebhookKind.ORDER_PAID)
    work()
    assert crm.heard == []
    order("6900000000000000002")
    work()
    assert kinds(crm) == ["order.paid"]


def test_an_impossible_span_and_one_that_is_off_are_refused(crm):
    webhook_id, _ = connect(crm.url)
    now = utc_now()
    with pytest.raises(BadInput), transaction() as session:
        replay_span(session, webhook_id, now, now, by="ceshi-a", now=now)
    with transaction() as session:
        switch_webhook(session, webhook_id, is_active=False, by="ceshi-a", now=now)
    with pytest.raises(IsOff), transaction() as session:
        replay_span(session, webhook_id, now - DAY, now, by="ceshi-a", now=now)


def test_two_secrets_sign_for_a_day_after_one_is_renewed(crm):
    webhook_id, before = connect(crm.url, WebhookKind.ORDER_PAID)
    with transaction() as session:
        after = renew_secret(session, webhook_id, by="ceshi-a", now=utc_now())
    order()
    work()
    ((headers, raw),) = crm.heard
    at, number = int(headers["webhook-timestamp"]), headers["webhook-id"]
    assert headers["webhook-signature"].split(" ") == [signatures([one], number, at, raw) for one in (after, before)]
    hook = hook_now(webhook_id)
    assert target_of(hook, utc_now() + DAY + timedelta(seconds=1)).secrets == (after,)
    watch_webhooks(utc_now() + DAY + timedelta(seconds=1))
    assert hook_now(webhook_id).former_sealed == ""


def test_a_test_says_what_came_of_it_whether_it_is_on_or_off(crm):
    webhook_id, _ = connect(crm.url)
    with transaction() as session:
        switch_webhook(session, webhook_id, is_active=False, by="ceshi-a", now=utc_now())
    assert try_webhook(webhook_id, by="ceshi-a").status == 204
    crm.answers[:] = [500]
    with pytest.raises(PartnerUnavailable, match="500"):
        try_webhook(webhook_id, by="ceshi-a")
    assert kinds(crm) == ["webhook.test"] * 2
    with reading() as session:
        codes = session.exec(select(Event.body).where(Event.kind == "webhook_tried").order_by(col(Event.id))).all()
    assert [one["code"] for one in codes] == [204, 500]


def test_an_address_inside_is_refused_when_it_is_set_and_when_it_is_called(crm, monkeypatch):
    monkeypatch.setenv("ORDERHUB_OUTGOING_PRIVATE", "[]")
    settings.cache_clear()
    for url in ("http://crm.example/hook", "https://127.0.0.1/hook", "https://169.254.169.254/", "https://[::1]/", ""):
        with pytest.raises(BadInput):
            connect(url)
    webhook_id, _ = connect("https://localhost/hook", WebhookKind.ORDER_PAID)  # a name is looked at when it is called
    with pytest.raises(PartnerRefused):
        try_webhook(webhook_id, by="ceshi-a")
    order()
    work()
    assert states() == [OutboxState.REFUSED]
    assert crm.heard == []


def test_nobody_has_more_told_than_they_may_read(crm):
    with transaction() as session:
        mine, theirs = (builders.shop(session, code).id for code in ("a", "b"))
    for eyes, shops in (
        (Sight(shops=frozenset({mine})), None),
        (Sight(shops=frozenset({mine})), [mine, theirs]),
        (Sight(warehouses=frozenset({"east"})), [mine]),
    ):
        with seeing(eyes), pytest.raises(NotAllowed):
            connect(crm.url, shops=shops)
    whole, _ = connect(crm.url)
    with seeing(Sight(shops=frozenset({mine}))):
        own, _ = connect(crm.url, shops=[mine])
        with reading() as session:
            assert [one.id for one in webhooks(session)] == [own]
        with pytest.raises(NotFound), transaction() as session:
            switch_webhook(session, whole, is_active=False, by="ceshi-m", now=utc_now())


def test_a_changed_webhook_keeps_its_secret_and_no_event_holds_one(crm):
    webhook_id, secret = connect(crm.url)
    with transaction() as session:
        draft = WebhookDraft("BI", crm.url, [WebhookKind.ORDER_PAID], id=webhook_id)
        hook, shown = connect_webhook(session, draft, by="ceshi-a", now=utc_now())
        assert (hook.name, shown, target_of(hook, utc_now()).secrets) == ("BI", "", (secret,))
    with reading() as session:
        assert secret not in str(session.exec(select(Event.body)).all())
        assert secret not in str(session.get_one(Webhook, webhook_id).model_dump())


def test_a_program_that_hangs_holds_up_nobody_else(crm):
    from orderhub.automation.service import AutomationService

    service = AutomationService()
    assert OutboxKind.WEBHOOK not in service._postman._kinds
    assert service._webhooks._kinds == (OutboxKind.WEBHOOK,)
    assert service._webhooks._one_each


def test_killed_while_it_tells_a_program_it_tells_by_the_same_id_again(crm, sqlite_url):
    connect(crm.url, WebhookKind.ORDER_PAID)
    order()
    while run_next(utc_now()):
        pass
    crm.waits = 5
    close_database()
    process = started(sqlite_url)
    try:
        wait_until(lambda: len(crm.heard) == 1, seconds=90)
        time.sleep(0.2)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    crm.waits = 0
    open_database(sqlite_url)
    assert states() == [OutboxState.SENDING]
    work(later=LEASE * 2)
    assert (states(), len(set(crm.ids())), len(crm.heard)) == ([OutboxState.SENT], 1, 2)
    assert [one.attempts for one in messages() if one.kind is OutboxKind.WEBHOOK] == [2]
    assert timedelta(seconds=10) < outbox.LEASE
