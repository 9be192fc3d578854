"""What is a program told of an event? Ids, statuses and words of ours; whoever wants more reads it with a key.

Nothing of a buyer, no amount and no platform's token is in a message: it goes to an address without asking what whoever
listens there may see (docs/decisions/webhooks.md).
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlmodel import Session, col, select

from orderhub.automation.addressee import webhook_addressee
from orderhub.automation.outbox import OutboxKind, owe
from orderhub.domain.aftersale import Aftersale, RefundRequested, StageMoved
from orderhub.domain.anomaly import Anomaly, AnomalyOpened, AnomalyReopened, AnomalyResolved
from orderhub.domain.leaving import ParcelRecalled
from orderhub.domain.order import Order, OrderChanged, OrderMoved, OrderPaid, OrderReceived, OrderShipped
from orderhub.domain.shop import Shop
from orderhub.domain.webhook import Webhook, WebhookKind
from orderhub.kernel.eventlog import Event, kind_of

KINDS: dict[str, WebhookKind] = {
    kind_of(OrderReceived): WebhookKind.ORDER_RECEIVED,
    kind_of(OrderPaid): WebhookKind.ORDER_PAID,
    kind_of(OrderChanged): WebhookKind.ORDER_CHANGED,
    kind_of(OrderMoved): WebhookKind.ORDER_STATUS,
    kind_of(OrderShipped): WebhookKind.SHIPMENT_LEFT,
    kind_of(ParcelRecalled): WebhookKind.SHIPMENT_RECALLED,
    kind_of(RefundRequested): WebhookKind.AFTERSALE_REQUESTED,
    kind_of(StageMoved): WebhookKind.AFTERSALE_STAGE,
    kind_of(AnomalyOpened): WebhookKind.ANOMALY_OPENED,
    kind_of(AnomalyReopened): WebhookKind.ANOMALY_OPENED,
    kind_of(AnomalyResolved): WebhookKind.ANOMALY_RESOLVED,
}
# What of an event's body is passed on; everything else stays here.
PASSED_ON: dict[WebhookKind, tuple[str, ...]] = {
    WebhookKind.ORDER_RECEIVED: ("status",),
    WebhookKind.ORDER_PAID: ("paid_at",),
    WebhookKind.ORDER_CHANGED: ("fields",),
    WebhookKind.ORDER_STATUS: ("source", "target"),
    WebhookKind.SHIPMENT_LEFT: ("shipment_id", "carrier", "is_first", "is_last"),
    WebhookKind.SHIPMENT_RECALLED: (),
    WebhookKind.AFTERSALE_REQUESTED: ("kind",),
    WebhookKind.AFTERSALE_STAGE: ("source", "target"),
    WebhookKind.ANOMALY_OPENED: ("kind", "severity", "due_at"),
    WebhookKind.ANOMALY_RESOLVED: ("kind",),
}


@dataclass(frozen=True)
class News:
    """``order_id`` and ``shop_id`` are of the order it concerns, where there is one."""

    kind: WebhookKind
    order_id: int
    shop_id: int | None
    body: dict[str, Any]


def number_of(event_id: int) -> str:
    """The message's id to its receivers, the same however often it is sent."""
    return f"evt_{event_id}"


def written(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def tell(session: Session, event: Event, hooks: Collection[Webhook], now: datetime) -> int:
    """Owe ``event`` to those of ``hooks`` that hear of it; returns to how many it was not owed yet. Safe to repeat."""
    kind = KINDS[event.kind]
    if not any(kind in hook.kinds for hook in hooks):
        return 0
    news = news_of(session, event)
    listening = [hook for hook in hooks if hook.hears(kind, news.shop_id)]
    return sum(
        owe(
            session,
            OutboxKind.WEBHOOK,
            webhook_addressee(hook.id),
            key=str(event.id),
            number=number_of(event.id),
            body=news.body,
            about=news.order_id,
            now=now,
        )
        for hook in listening
    )


def news_of(session: Session, event: Event) -> News:
    kind = KINDS[event.kind]
    order_id, shop_id = _concerns(session, event)
    wanted = select(Shop.code, Order.channel_order_no).join(Order, col(Order.shop_id) == Shop.id)
    found = session.exec(wanted.where(Order.id == order_id)).one_or_none() if order_id else None
    shop, number = found or ("", "")
    said = {name: event.body[name] for name in PASSED_ON[kind] if name in event.body}
    about = {f"{event.subject_type}_id": event.subject_id, "shop": shop}
    of_order = {"order_id": order_id, "channel_order_no": number} if order_id else {}
    data = {"event_id": event.id} | about | of_order | said
    data["href"] = _href(event, kind, shop, number)
    return News(kind, order_id, shop_id, {"type": str(kind), "timestamp": event.at.isoformat(), "data": data})


def _concerns(session: Session, event: Event) -> tuple[int, int | None]:
    """The order (0: none) and the shop of what the event is about."""
    order_id = event.subject_id if event.subject_type == "order" else int(event.body.get("order_id") or 0)
    if event.subject_type == "aftersale":
        case = session.get(Aftersale, event.subject_id)
        return order_id, case.shop_id if case else None
    if order_id:
        return order_id, session.exec(select(Order.shop_id).where(Order.id == order_id)).one_or_none()
    found = session.get(Anomaly, event.subject_id) if event.subject_type == "anomaly" else None
    return 0, found.subject_id if found and found.subject_type == "shop" else None


def _href(event: Event, kind: WebhookKind, shop: str, number: str) -> str:
    """Where to read what it is about."""
    if event.subject_type == "aftersale":
        return f"/api/v1/aftersales/{event.subject_id}"
    if event.subject_type == "anomaly":
        return f"/api/v1/anomalies/{event.subject_id}"
    if kind is WebhookKind.SHIPMENT_LEFT:
        return f"/api/v1/shipments/{event.body['shipment_id']}"
    return f"/api/v1/orders/{quote(shop, '')}/{quote(number, '')}"
