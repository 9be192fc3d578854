"""Something happened that the merchant's own programs want to hear of: it is owed to each that does."""

from sqlmodel import Session, col, select

from orderhub.automation.webhook_message import KINDS as TOLD
from orderhub.automation.webhook_message import tell
from orderhub.domain.webhook import Webhook, webhooks
from orderhub.kernel.eventlog import Event

KINDS = frozenset(TOLD)


def is_wanted(session: Session) -> bool:
    return session.exec(select(Webhook.id).where(col(Webhook.is_active)).limit(1)).first() is not None


def run(session: Session, event: Event) -> str:
    """Each hears of what happens from when it was connected; what was before, a person may send (webhook_replay.py)."""
    hooks = [hook for hook in webhooks(session) if hook.hears_since <= event.at]
    return f"owed to {tell(session, event, hooks, event.at)}"
