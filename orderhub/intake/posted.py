"""An order that a program posts: checked before it is answered, kept durably, taken once."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Field, SQLModel, col, delete

from orderhub.connectors.channels import own
from orderhub.connectors.channels.contract import Native
from orderhub.domain.acceptance import check
from orderhub.domain.buyer_contact import sealed_contact
from orderhub.domain.shop import Rollout, Shop
from orderhub.intake.buffer import Arrival, buffer
from orderhub.intake.inbox import Source, order_row
from orderhub.intake.known_shops import known_shop, shop_coded
from orderhub.intake.room import room
from orderhub.kernel.columns import Moment
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.failpoint import point
from orderhub.kernel.ids import digest
from orderhub.kernel.strict_json import read_json

KEYS_KEPT = timedelta(hours=72)
_LONGEST_KEY = 255
_READ_AT_ONCE = 16_384  # bytes: a larger body is read beside the loop, which serves others meanwhile


class IdempotencyKey(SQLModel, table=True):
    """``mark`` is the digest of caller and key; ``content`` that of the body the key was first used with."""

    __tablename__ = "idempotency_key"  # pyright: ignore[reportAssignmentType]

    mark: str = Field(primary_key=True, max_length=64)
    content: str = Field(max_length=64)
    used_at: datetime = Field(sa_type=Moment, index=True)


@dataclass(frozen=True)
class Receipt:
    """The same for every repeat of the same order."""

    shop: str
    channel_order_no: str
    updated_at: datetime


async def take_posted(raw: bytes, *, by: str, key: str = "", now: datetime) -> Receipt:
    """Keep the order in ``raw``; the rules of intake are checked first, and a refusal keeps nothing.

    ``by`` tells callers apart: each has idempotency keys of its own.

    Raises:
        BadInput: not an order by the rules of intake; the field and what to do are named.
        NotFound: no such shop.
        VersionConflict: this number and ``updated_at`` are here with other content.
        KeyReused: ``key`` came with another body within 72 hours.
        BufferFull: too much waits; nothing was stored.
        BufferAway: it could not be stored now.
    """
    if len(key) > _LONGEST_KEY:
        said = f"Idempotency-Key: at most {_LONGEST_KEY} characters"
        raise BadInput(said, field="Idempotency-Key", problem="too_long")
    is_small = len(raw) <= _READ_AT_ONCE
    body = _object(read_json(raw) if is_small else await asyncio.to_thread(read_json, raw))
    shop = await _shop(body.pop("shop", ""))
    room.check(shop.id)
    keyed = (digest(f"{by}:{key}"), digest(raw)) if key else ("", "")
    given = (body, shop, keyed, now)
    receipt, arrival = _read(*given) if is_small else await asyncio.to_thread(_read, *given)
    del body, given  # hundreds wait here at a time
    await buffer().accept(arrival)
    point("kept_before_answer")
    return receipt


def forget_keys(now: datetime) -> int:
    """Delete keys older than 72 hours; returns how many."""
    with transaction() as session:
        return session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.used_at) < now - KEYS_KEPT)).rowcount


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput("the body needs to be one order: a JSON object", problem="not_object")
    return value


async def _shop(code: object) -> Shop:
    if not isinstance(code, str) or not code:
        raise BadInput("shop: needs our code of a shop", field="shop", problem="missing")
    shop = known_shop(code[:64]) or await asyncio.to_thread(shop_coded, code[:64])
    if shop.rollout is Rollout.OFF:
        raise NotFound(f"{shop.code}: this shop is off")
    return shop


def _read(body: dict[str, Any], shop: Shop, keyed: tuple[str, str], now: datetime) -> tuple[Receipt, Arrival]:
    draft = own.parse_order(body, shop.channel)
    check(draft, now)
    native = Native(draft.channel_order_no, draft.updated_at, own.without_personal(body))
    given = body.get("receiver")
    contact = sealed_contact(shop, native.number, given) if isinstance(given, dict) else None
    row = order_row(shop.id, native)
    mark, content = keyed
    arrival = Arrival(**row, source=Source.API, received_at=now, mark=mark, content=content, contact=contact)
    return Receipt(shop.code, draft.channel_order_no, draft.updated_at), arrival
