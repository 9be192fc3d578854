"""Something happened that the merchant's own programs want to hear of: it is owed to each that does."""

from sqlmodel import Session

from orderhub.automation.webhook_message import KINDS as TOLD
from orderhub.automation.webhook_message import tell
from orderhub.domain.webhook import webhooks
from orderhub.kernel.eventlog import Event

KINDS = frozenset(TOLD)


def run(session: Session, event: Event) -> str:
    return f"owed to {tell(session, event, webhooks(session), event.at)}"
