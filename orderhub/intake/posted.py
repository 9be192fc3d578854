"""An order that a program posts: checked before it is answered, kept durably, taken once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, delete, select

from orderhub.connectors.channels import own
from orderhub.connectors.channels.contract import Native
from orderhub.domain.acceptance import check
from orderhub.domain.buyer_contact import keep_contact
from orderhub.domain.shop import Rollout, Shop, shop_named
from orderhub.intake.group_commit import GroupCommit
from orderhub.intake.inbox import InboxMessage, MessageKind, Source, keep, version_of
from orderhub.intake.meters import ACCEPTED
from orderhub.kernel.columns import Moment
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.failpoint import point
from orderhub.kernel.ids import digest
from orderhub.kernel.strict_json import read_json

KEYS_KEPT = timedelta(hours=72)
_LONGEST_KEY = 255

_commits = GroupCommit()


class VersionConflict(RuleBroken):
    code = "version_conflict"


class KeyReused(RuleBroken):
    code = "idempotency_key_reused"


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


def take_posted(raw: bytes, *, by: str, key: str = "", now: datetime) -> Receipt:
    """Keep the order in ``raw``; the rules of intake are checked first, and a refusal keeps nothing.

    ``by`` tells callers apart: each has idempotency keys of its own.

    Raises:
        BadInput: not an order by the rules of intake; the field and what to do are named.
        NotFound: no such shop.
        VersionConflict: this number and ``updated_at`` are here with other content.
        KeyReused: ``key`` came with another body within 72 hours.
    """
    if len(key) > _LONGEST_KEY:
        said = f"Idempotency-Key: at most {_LONGEST_KEY} characters"
        raise BadInput(said, field="Idempotency-Key", problem="too_long")
    body = _object(read_json(raw))
    shop = _shop(body.pop("shop", ""))
    draft = own.parse_order(body, shop.channel)
    check(draft, now)
    native = Native(draft.channel_order_no, draft.updated_at, own.without_personal(body))
    receipt = Receipt(shop.code, draft.channel_order_no, draft.updated_at)
    used = IdempotencyKey(mark=digest(f"{by}:{key}"), content=digest(raw.decode()), used_at=now) if key else None
    given = body.get("receiver")
    receiver = given if isinstance(given, dict) else {}
    kept = _commits.run(lambda session: _keep(session, shop, native, used, receiver=receiver, now=now))
    point("kept_before_answer")
    ACCEPTED.labels(Source.API).inc(kept)
    return receipt


def forget_keys(now: datetime) -> int:
    """Delete keys older than 72 hours; returns how many."""
    with transaction() as session:
        return session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.used_at) < now - KEYS_KEPT)).rowcount


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput("the body needs to be one order: a JSON object", problem="not_object")
    return value


def _shop(code: object) -> Shop:
    if not isinstance(code, str) or not code:
        raise BadInput("shop: needs our code of a shop", field="shop", problem="missing")
    with reading() as session:
        shop = shop_named(session, code[:64])
    if shop.rollout is Rollout.OFF:
        raise NotFound(f"{shop.code}: this shop is off")
    return shop


def _keep(
    session: Session,
    shop: Shop,
    native: Native,
    used: IdempotencyKey | None,
    *,
    receiver: Mapping[str, object],
    now: datetime,
) -> int:
    """Returns 0 for what is here already."""
    if used and not _is_first_use(session, used):
        return 0
    version = version_of(native)
    at_that_moment = select(InboxMessage.version).where(
        InboxMessage.shop_id == shop.id,
        InboxMessage.kind == MessageKind.ORDER,
        InboxMessage.number == native.number,
        col(InboxMessage.version).startswith(version.rpartition("-")[0]),
    )
    if set(session.exec(at_that_moment)) - {version}:
        raise VersionConflict(
            f"{native.number}: another content is here with this updated_at; send what is newer with a later one"
        )
    kept = keep(session, shop.id, MessageKind.ORDER, [native], now, source=Source.API)
    keep_contact(session, shop, native.number, receiver, now=now)
    return kept


def _is_first_use(session: Session, used: IdempotencyKey) -> bool:
    standing = session.get(IdempotencyKey, used.mark)
    if standing is None:
        session.add(used)
        return True
    if standing.content != used.content:
        raise KeyReused("Idempotency-Key: it came with another body before; use a new key for another order")
    return False
