"""Which programs of the merchant's are told what happens, of which shops? One row each, its secrets sealed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.kernel.columns import Json, JsonOrNull, Moment, own_id
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.sealing import sealed_fields
from orderhub.kernel.sight import sight

# Two secrets sign meanwhile, so that a receiver changes its own when it likes.
OVERLAP = timedelta(hours=24)
OFF_AFTER = timedelta(hours=24)


class WebhookKind(StrEnum):
    """What a program may be told of; the words stand in the messages and never change their meaning."""

    ORDER_RECEIVED = "order.received"
    ORDER_PAID = "order.paid"
    ORDER_CHANGED = "order.changed"
    ORDER_STATUS = "order.status_changed"
    SHIPMENT_LEFT = "shipment.left"
    SHIPMENT_RECALLED = "shipment.recalled"
    AFTERSALE_REQUESTED = "aftersale.requested"
    AFTERSALE_STAGE = "aftersale.stage_changed"
    ANOMALY_OPENED = "anomaly.opened"
    ANOMALY_RESOLVED = "anomaly.resolved"


class Webhook(SQLModel, table=True):
    """The sealed fields open with ``webhook:<id>:<name>`` (automation/webhook_keyring.py).

    ``shops`` (ids; None: all) are those it hears of, and of what happens from ``hears_since`` on: when it was
    connected, or switched on again. ``former`` is the secret before the present one, good until
    ``former_until``. ``failing_since`` is the first of the failures without a success between; ``owner`` hears of it.
    """

    id: int = own_id()
    name: str = Field(max_length=64)
    url: str = Field(max_length=500)
    kinds: list[str] = Field(default_factory=list, sa_type=Json)
    shops: list[int] | None = Field(default=None, sa_type=JsonOrNull)
    secret_sealed: str = ""
    former_sealed: str = ""
    former_until: datetime | None = Field(default=None, sa_type=Moment)
    is_active: bool = True
    owner: str = Field(max_length=64)
    failing_since: datetime | None = Field(default=None, sa_type=Moment)
    hears_since: datetime = Field(sa_type=Moment)

    def hears(self, kind: WebhookKind, shop_id: int | None) -> bool:
        """What concerns no shop is told to those who hear of all."""
        return self.is_active and kind in self.kinds and (self.shops is None or shop_id in self.shops)


sealed_fields(Webhook, "secret", "former", within=lambda _, hook: f"webhook:{hook.id}")


@dataclass(frozen=True)
class WebhookEvent(Happening):
    subject_type: ClassVar[str] = "webhook"


@dataclass(frozen=True)
class WebhookConnected(WebhookEvent):
    """It was added, or hears of something else, or at another address, of which only the host stands here."""

    name: str
    host: str
    kinds: tuple[str, ...]
    shops: tuple[int, ...] | None


@dataclass(frozen=True)
class WebhookSecretRenewed(WebhookEvent):
    name: str


@dataclass(frozen=True)
class WebhookSwitched(WebhookEvent):
    """``reason`` says why the hub itself switched it off."""

    name: str
    is_active: bool
    reason: str


@dataclass(frozen=True)
class WebhookTried(WebhookEvent):
    """A person sent a test; ``code`` is the HTTP status of its answer, 0: none."""

    name: str
    code: int


@dataclass(frozen=True)
class WebhookReplayed(WebhookEvent):
    name: str
    messages: int


def webhooks(session: Session) -> list[Webhook]:
    """Every one that tells of nothing out of sight, in the order they came."""
    return [hook for hook in session.exec(select(Webhook).order_by(col(Webhook.id))) if _is_in_sight(hook)]


def webhook_of(session: Session, webhook_id: int, *, lock: bool = False) -> Webhook:
    """Raises: NotFound: there is none, or it tells of shops that are not in sight."""
    found = session.get(Webhook, webhook_id, with_for_update=lock, populate_existing=lock)
    if found is None or not _is_in_sight(found):
        raise NotFound(f"no webhook has the id {webhook_id}")
    return found


def switch_webhook(
    session: Session, webhook_id: int, *, is_active: bool, reason: str = "", by: str, now: datetime
) -> None:
    """Whether it is told anything; switched on, its failures count from now. Safe to repeat. Raises: NotFound."""
    hook = webhook_of(session, webhook_id, lock=True)
    if hook.is_active is is_active:
        return
    hook.is_active, hook.failing_since = is_active, None
    hook.hears_since = now if is_active else hook.hears_since
    session.add(hook)
    record(session, WebhookSwitched(hook.id, hook.name, is_active, reason), actor=by, now=now)


def _is_in_sight(hook: Webhook) -> bool:
    """Whoever does not see all that it tells of neither sees nor changes it."""
    seen = sight().shops
    return seen is None or (hook.shops is not None and seen.issuperset(hook.shops))
