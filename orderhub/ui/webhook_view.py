"""What does the page of webhooks show, as the browser gets it? No secret, and of an address its host and path."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from orderhub.automation import outbox
from orderhub.automation.addressee import webhook_addressee
from orderhub.automation.outbox import OutboxKind, OutboxMessage, OutboxState
from orderhub.domain.shop import Shop
from orderhub.domain.webhook import Webhook, WebhookKind, webhooks
from orderhub.ui.board_rows import exact, unix

PATH = "/studio/webhooks"
_MOST_MESSAGES = 50


@dataclass
class HookView:
    """``failing`` and ``overlap`` are moments, or empty; ``cause`` is why a person or their answer paused it."""

    id: str
    name: str
    address: str
    kinds: list[str]
    shops: str
    is_active: bool
    failing: str
    overlap: str
    cause: str
    href: str


@dataclass
class HookForm:
    """``id`` is empty for a new one."""

    id: str = ""
    name: str = ""
    kinds: list[str] = field(default_factory=list)
    shops: list[str] = field(default_factory=list)


@dataclass
class MessageView:
    id: str
    hook: str
    kind: str
    number: str
    href: str
    state: str
    problem: str
    code: str
    said: str
    tries: str
    at: str
    at_exact: str


@dataclass
class WebhooksView:
    hooks: list[HookView] = field(default_factory=list)
    messages: list[MessageView] = field(default_factory=list)
    shops: list[tuple[str, str]] = field(default_factory=list)
    form: HookForm = field(default_factory=HookForm)


def webhooks_view(session: Session, now: datetime, hook_id: int) -> WebhooksView:
    """``hook_id`` is the one that is being changed; 0: none."""
    found = webhooks(session)
    shops = dict(session.exec(select(Shop.id, Shop.name).order_by(col(Shop.id))).all())
    pauses = {pause.addressee: str(pause.cause) for pause in outbox.pauses(session, now)}
    names = {hook.id: hook.name for hook in found}
    wanted = select(OutboxMessage).where(OutboxMessage.kind == OutboxKind.WEBHOOK)
    newest = session.exec(wanted.order_by(col(OutboxMessage.id).desc()).limit(_MOST_MESSAGES))
    edited = next((hook for hook in found if hook.id == hook_id), None)
    return WebhooksView(
        hooks=[_hook(hook, shops, pauses.get(webhook_addressee(hook.id), ""), now) for hook in found],
        messages=[_message(one, names) for one in newest],
        shops=[(str(shop_id), name) for shop_id, name in shops.items()],
        form=_form(edited) if edited else HookForm(),
    )


def _hook(hook: Webhook, shops: Mapping[int, str], cause: str, now: datetime) -> HookView:
    parts = urlsplit(hook.url)
    both = hook.former_until if hook.former_until and hook.former_until > now else None
    return HookView(
        id=str(hook.id),
        name=hook.name,
        address=f"{parts.hostname or ''}{parts.path}",
        kinds=[kind for kind in hook.kinds if kind in list(WebhookKind)],
        shops="" if hook.shops is None else "、".join(shops.get(one, f"#{one}") for one in hook.shops),
        is_active=hook.is_active,
        failing=exact(hook.failing_since),
        overlap=exact(both),
        cause=cause,
        href=f"{PATH}?hook={hook.id}#hook",
    )


def _form(hook: Webhook) -> HookForm:
    return HookForm(str(hook.id), hook.name, list(hook.kinds), [str(one) for one in hook.shops or ()])


def _message(message: OutboxMessage, names: Mapping[int, str]) -> MessageView:
    since = message.done_at or message.created_at
    return MessageView(
        id=str(message.id),
        hook=names.get(message.addressee.id, ""),
        kind=str(message.body.get("type", "")),
        number=message.number,
        href=f"/orders?tab=all&order={message.about_id}" if message.about_id else "",
        state=message.state,
        problem=message.problem if message.state is not OutboxState.SENT else "none",
        code=message.partner_code,
        said=message.reason,
        tries=str(message.attempts),
        at=unix(since),
        at_exact=exact(since),
    )
