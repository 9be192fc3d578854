"""Which program has not taken a message for a day? It is told nothing more until a person looks."""

from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.automation.webhook_keyring import forget_former
from orderhub.domain.anomaly import hand_over, open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.webhook import OFF_AFTER, Webhook, switch_webhook, webhook_of
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import SYSTEM

ABOUT = "webhook"


def watch_webhooks(now: datetime) -> int:
    """Switch off whoever has failed for a day without a success; returns how many. Secrets of before are forgotten."""
    dead = col(Webhook.is_active) & (col(Webhook.failing_since) <= now - OFF_AFTER)
    with reading() as session:
        found = list(session.exec(select(Webhook.id).where(dead)))
        old = list(session.exec(select(Webhook.id).where(col(Webhook.former_until) <= now)))
    for webhook_id in found:
        with transaction() as session:
            hook = webhook_of(session, webhook_id, lock=True)
            if hook.is_active and hook.failing_since and hook.failing_since <= now - OFF_AFTER:
                since = shanghai_text(hook.failing_since)
                switch_off(session, hook, f"自 {since} 起没有一条送达", now)
    for webhook_id in old:
        with transaction() as session:
            forget_former(session, webhook_of(session, webhook_id, lock=True))
    return len(found)


def switch_off(session: Session, hook: Webhook, reason: str, now: datetime) -> None:
    """With a word to whoever made it, whose it is to look. Safe to repeat."""
    since = hook.failing_since or now
    switch_webhook(session, hook.id, is_active=False, reason=reason, by=SYSTEM, now=now)
    opened = open_anomaly(
        session,
        AnomalyKind.WEBHOOK_OFF,
        about=(ABOUT, hook.id),
        occurred_at=since,
        now=now,
        note=f"{hook.name}: {reason}",
    )
    if not opened.owner:
        said = "the webhook is theirs"
        hand_over(session, opened.id, role=opened.owner_role, person=hook.owner, reason=said, by=SYSTEM, now=now)


def note_failure(webhook_id: int, now: datetime) -> None:
    """The first failure since a success is when its day begins."""
    with reading() as session:
        if webhook_of(session, webhook_id).failing_since:
            return
    with transaction() as session:
        hook = webhook_of(session, webhook_id, lock=True)
        hook.failing_since = hook.failing_since or now
        session.add(hook)


def is_told_again(session: Session, webhook_id: int, now: datetime) -> None:
    hook = webhook_of(session, webhook_id)
    if hook.failing_since:
        hook.failing_since = None
        session.add(hook)
    resolve_anomaly(session, AnomalyKind.WEBHOOK_OFF, about=(ABOUT, webhook_id), by=SYSTEM, now=now)
