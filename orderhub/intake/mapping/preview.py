"""What would a mapping make of what really came in? The last bodies of a channel, tried on every edit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from orderhub.domain.custom_field import FieldSpec
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.inbox import InboxMessage, MessageKind
from orderhub.intake.mapping.applying import is_native
from orderhub.intake.mapping.engine import FieldMapping, Trial, tried
from orderhub.intake.mapping.source_fields import masked

LAST = 20


@dataclass(frozen=True)
class Payload:
    """One kept body; ``number`` is the order's at its channel."""

    number: str
    shop: str
    received_at: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Tried:
    """What a mapping made of one payload; its values may be shown."""

    payload: Payload
    trial: Trial


def last_payloads(session: Session, channel: Channel, *, shop: str = "", limit: int = LAST) -> list[Payload]:
    """The newest order bodies of a channel, of one shop where its code is given, newest first."""
    shops = session.exec(select(Shop.id, Shop.code).where(Shop.channel == channel)).all()
    found: list[tuple[int, Payload]] = []
    for shop_id, code in shops:
        if shop in ("", code):
            found += _of_shop(session, channel, shop_id, code, limit)
    return [payload for _, payload in sorted(found, key=lambda one: -one[0])[:limit]]


def previewed(mapping: FieldMapping, fields: Mapping[str, FieldSpec], payloads: Sequence[Payload]) -> list[Tried]:
    """A mapping on each payload of the shops it is for."""
    meant = [payload for payload in payloads if mapping.shop in ("", payload.shop)]
    return [Tried(payload, _hidden(mapping.path, tried(mapping, fields, payload.body))) for payload in meant]


def _of_shop(session: Session, channel: Channel, shop_id: int, code: str, limit: int) -> list[tuple[int, Payload]]:
    wanted = (
        select(InboxMessage)
        .where(InboxMessage.shop_id == shop_id, InboxMessage.kind == MessageKind.ORDER, InboxMessage.body != "")
        .order_by(col(InboxMessage.id).desc())
        .limit(limit)
    )
    return [
        (message.id, Payload(message.number, code, message.received_at, message.content))
        for message in session.exec(wanted)
        if is_native(channel, message.source)
    ]


def _hidden(path: str, trial: Trial) -> Trial:
    """A path that is called after a person shows no more than the picker does."""
    return Trial(tuple(masked(path, value) for value in trial.found), trial.made, trial.reason)
