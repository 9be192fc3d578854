"""Which secret signs what a webhook is told? Made here, sealed at rest, shown once; two are good for a day."""

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel import Session

from orderhub.automation.webhook_message import written
from orderhub.connectors.outside import checked_base_url
from orderhub.connectors.webhook import PREFIX, Target, Told, deliver
from orderhub.domain.shop import Shop
from orderhub.domain.webhook import (
    OVERLAP,
    Webhook,
    WebhookConnected,
    WebhookKind,
    WebhookSecretRenewed,
    WebhookTried,
    webhook_of,
)
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotAllowed, PartnerError
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import clean_text, new_token
from orderhub.kernel.secrets import seal, unseal
from orderhub.kernel.sight import find, sight

_SECRET_BYTES = 32
_MOST_URL = 500
TEST = "webhook.test"


@dataclass(frozen=True)
class WebhookDraft:
    """What a person says; with the ``id`` of one that stands it is changed, and keeps its address where none is given.

    ``shops``: ids, None: all.
    """

    name: str
    url: str
    kinds: Collection[WebhookKind]
    shops: Collection[int] | None = None
    id: int = 0


def connect_webhook(session: Session, draft: WebhookDraft, *, by: str, now: datetime) -> tuple[Webhook, str]:
    """The webhook, and the secret of a new one, which is shown this once; empty where one was changed.

    Raises:
        BadInput: no name, no kind, or an address the hub does not call.
        NotFound: there is no webhook of that id. NotAllowed: shops or warehouses are out of sight.
    """
    _check_sight(session, draft.shops)
    name = clean_text(draft.name, most=64, field="name")
    if not name or not draft.kinds:
        raise BadInput("a webhook needs a name and a kind", field="name", problem="webhook_form")
    hook = webhook_of(session, draft.id, lock=True) if draft.id else Webhook(name="", url="", owner=by, hears_since=now)
    url = _checked(draft.url or hook.url)
    hook.name, hook.url, hook.kinds = name, url, sorted(map(str, set(draft.kinds)))
    hook.shops = None if draft.shops is None else sorted(set(draft.shops))
    session.add(hook)
    session.flush()
    secret = "" if draft.id else _new_secret(hook)
    host = (urlsplit(url).hostname or "")[:100]
    shops = None if hook.shops is None else tuple(hook.shops)
    record(session, WebhookConnected(hook.id, name, host, tuple(hook.kinds), shops), actor=by, now=now)
    return hook, secret


def renew_secret(session: Session, webhook_id: int, *, by: str, now: datetime) -> str:
    """The new secret, shown this once; the one before signs as well for a day. Raises: NotFound."""
    hook = webhook_of(session, webhook_id, lock=True)
    before = unseal(hook.secret_sealed, _place(hook.id, "secret"))
    hook.former_sealed, hook.former_until = seal(before, _place(hook.id, "former")), now + OVERLAP
    secret = _new_secret(hook)
    session.add(hook)
    record(session, WebhookSecretRenewed(hook.id, hook.name), actor=by, now=now)
    return secret


def target_of(hook: Webhook, now: datetime) -> Target:
    found = [unseal(hook.secret_sealed, _place(hook.id, "secret"))]
    if hook.former_sealed and hook.former_until and now < hook.former_until:
        found.append(unseal(hook.former_sealed, _place(hook.id, "former")))
    return Target(hook.url, tuple(found))


def forget_former(session: Session, hook: Webhook) -> None:
    hook.former_sealed, hook.former_until = "", None
    session.add(hook)


def try_webhook(webhook_id: int, *, by: str) -> Told:
    """Send a test at once, past the queue, and whether it is on or off.

    Raises:
        NotFound. PartnerError: it did not take it; what it answered is in the log all the same.
    """
    now = utc_now()
    with reading() as session:
        hook = webhook_of(session, webhook_id)
        target, name = target_of(hook, now), hook.name
    body = {"type": TEST, "timestamp": now.isoformat(), "data": {"webhook": name}}
    code = 0
    try:
        told = deliver(target, f"test_{new_token()[:16]}", written(body), at=int(now.timestamp()))
        code = told.status
    except PartnerError as error:
        code = int(error.partner_code or 0)
        raise
    finally:
        with transaction() as session:
            record(session, WebhookTried(webhook_id, name, code), actor=by, now=now)
    return told


def _new_secret(hook: Webhook) -> str:
    secret = PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    hook.secret_sealed = seal(secret, _place(hook.id, "secret"))
    return secret


def _checked(url: str) -> str:
    tidy = clean_text(url, most=_MOST_URL, field="url")
    if not tidy:
        raise BadInput("url: an https address is wanted", field="url", problem="address_closed")
    return checked_base_url(tidy)


def _check_sight(session: Session, shops: Collection[int] | None) -> None:
    """Nobody has more told than they may read."""
    seen = sight()
    if seen.warehouses is not None:
        raise NotAllowed("a webhook tells of whole shops: somebody who sees all warehouses makes it")
    if shops is None and seen.shops is not None:
        raise NotAllowed("choose shops: not all of them are in sight")
    for shop_id in shops or ():
        if find(session, Shop, shop_id) is None:
            raise NotAllowed(f"no shop {shop_id} is in sight")


def _place(webhook_id: int, name: str) -> str:
    return f"webhook:{webhook_id}:{name}"
