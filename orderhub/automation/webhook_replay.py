"""How is a program told again what it has lost? One message, or all of a span, under the ids they had."""

from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.automation.addressee import webhook_addressee
from orderhub.automation.outbox import MOST_TRIES, OutboxKind, OutboxMessage, OutboxState
from orderhub.automation.webhook_message import KINDS, tell
from orderhub.domain.webhook import Webhook, WebhookReplayed, webhook_of
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Event, record
from orderhub.kernel.sight import find

MOST_AT_ONCE = 1_000


class IsOff(RuleBroken):
    code = "webhook_off"


def replay_message(session: Session, message_id: int, *, by: str, now: datetime) -> None:
    """Whatever became of it. Raises: NotFound: it is no webhook's message; IsOff."""
    found = find(session, OutboxMessage, message_id)
    if found is None or found.kind is not OutboxKind.WEBHOOK:
        raise NotFound(f"no webhook was told a message {message_id}")
    hook = _on(session, found.addressee.id)
    _again(session, hook, [found.key], now)
    record(session, WebhookReplayed(hook.id, hook.name, 1), actor=by, now=now)


def replay_span(session: Session, webhook_id: int, since: datetime, until: datetime, *, by: str, now: datetime) -> int:
    """What happened from ``since`` to before ``until`` and was told, or would have been; returns how much.

    Raises:
        BadInput: the span is none, or holds more than a thousand messages.
        NotFound. IsOff: switch it on first.
    """
    if since >= until:
        raise BadInput("until: needs to be later than the beginning", field="until", problem="webhook_span")
    hook = _on(session, webhook_id)
    kinds = [kind for kind, word in KINDS.items() if word in hook.kinds]
    wanted = select(Event).where(col(Event.kind).in_(kinds), Event.at >= since, Event.at < until)
    events = list(session.exec(wanted.order_by(col(Event.id)).limit(MOST_AT_ONCE + 1)))
    if len(events) > MOST_AT_ONCE:
        raise BadInput(f"more than {MOST_AT_ONCE} events: choose less", field="until", problem="webhook_too_many")
    for event in events:
        tell(session, event, [hook], now)
    told = _again(session, hook, [str(event.id) for event in events], now)
    record(session, WebhookReplayed(hook.id, hook.name, told), actor=by, now=now)
    return told


def _again(session: Session, hook: Webhook, keys: list[str], now: datetime) -> int:
    """Those of the messages that are not on their way at this moment wait anew; returns how many of them stand."""
    wanted = select(OutboxMessage).where(
        OutboxMessage.kind == OutboxKind.WEBHOOK,
        OutboxMessage.addressee == webhook_addressee(hook.id),
        col(OutboxMessage.key).in_(keys),
    )
    found = list(session.exec(wanted.order_by(col(OutboxMessage.id)).with_for_update()))
    for message in found:
        if message.state is not OutboxState.SENDING:
            message.state, message.due_at, message.done_at = OutboxState.WAITING, now, None
            message.tries_left = MOST_TRIES
            session.add(message)
    session.info["outbox_grew"] = True
    return len(found)


def _on(session: Session, webhook_id: int) -> Webhook:
    hook = webhook_of(session, webhook_id)
    if not hook.is_active:
        raise IsOff(f"{hook.name} is off: switch it on first")
    return hook
