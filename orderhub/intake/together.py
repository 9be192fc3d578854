"""Which kept orders are taken together? Those of a batch from which nothing follows that needs a look of its own."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session, col, select

from orderhub.connectors.channels import own, registry
from orderhub.domain.arrival import Coming
from orderhub.domain.drafts import OrderDraft
from orderhub.domain.many_orders import accept_many
from orderhub.domain.shop import Shop
from orderhub.intake.inbox import MessageKind
from orderhub.intake.lease import Leased, finish, still_held
from orderhub.intake.mapping.applying import Mapper, Met, is_native
from orderhub.intake.mapping.engine import Mapped
from orderhub.intake.mapping.source_fields import path_names
from orderhub.intake.meters import TAKEN, TAKEN_SECONDS
from orderhub.intake.payment import paid_for
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.failpoint import point

log = structlog.get_logger()


@dataclass(frozen=True)
class _Read:
    """A message with what it says; ``paths`` are those of a channel's own body."""

    message: Leased
    body: Mapping[str, Any]
    draft: OrderDraft
    paths: frozenset[str] | None

    @property
    def place(self) -> tuple[int, str]:
        return self.message.shop_id, self.draft.channel_order_no


@dataclass(frozen=True)
class _Ready:
    coming: Coming
    message: Leased
    met: Met | None


def take_together(leased: Sequence[Leased], now: datetime) -> list[Leased]:
    """Take what can be taken in one transaction; returns the others, of which nothing has been said yet.

    Reading them is done before, so that the one writer is not held for it.
    """
    began = time.thread_time()
    read = _read_all(leased)
    if not read:
        return list(leased)
    try:
        with transaction() as session:
            done = _take(session, read, now)
    except Exception as error:  # noqa: BLE001  (whose fault it is shows when each is taken by itself)
        log.warning("inbox_set_split", messages=len(read), error=type(error).__name__)
        return list(leased)
    TAKEN.inc(len(done))
    TAKEN_SECONDS.inc(time.thread_time() - began)
    return [message for message in leased if message.id not in done]


def _read_all(leased: Sequence[Leased]) -> list[_Read]:
    """The first message of each order, where it can be read: the others are compared with it afterwards."""
    first: dict[tuple[int, str], Leased] = {}
    for message in leased:
        if message.kind is MessageKind.ORDER:
            first.setdefault((message.shop_id, message.number), message)
    with reading() as session:
        shops = _shops(session, first.values())
    return [read for message in first.values() if (read := _read(message, shops[message.shop_id]))]


def _read(message: Leased, shop: Shop) -> _Read | None:
    try:
        body = json.loads(message.body)
        if message.source.is_own:
            draft = own.parse_order(body, shop.channel)
        else:
            draft = registry.module(shop.channel).parse_order(body)
        paths = path_names(body) if is_native(shop.channel, message.source) else None
    except Exception:  # noqa: BLE001  (it is said where the message is taken by itself)
        return None
    return _Read(message, body, draft, paths)


def _take(session: Session, read: Sequence[_Read], now: datetime) -> set[int]:
    """Ids of the messages taken."""
    held = {message.id for message in still_held(session, [one.message for one in read])}
    shops = _shops(session, [one.message for one in read])
    paid = paid_for(session, {one.place for one in read if one.message.source.is_own})
    mapper = Mapper(session, now)
    ready = [
        _ready(mapper, one, shops[one.message.shop_id])
        for one in read
        if one.message.id in held and one.place not in paid  # each of those is joined with its payment by itself
    ]
    taken = {one.key for one in accept_many(session, [one.coming for one in ready], now=now)}
    done = [one for one in ready if one.coming.key in taken]
    point("set_before_done")
    if done:
        finish(session, [one.message for one in done], now)
    for one in done:
        if one.met:
            mapper.note(one.met)
    mapper.write()
    return {one.message.id for one in done}


def _ready(mapper: Mapper, one: _Read, shop: Shop) -> _Ready:
    draft = one.draft if one.message.source.is_own else mapper.familiar(one.draft)
    if one.paths is None:
        return _Ready(Coming(shop, draft), one.message, None)
    live = mapper.live(shop.channel)
    mapped = live.made_of(one.body, shop) if live else Mapped()
    cells = {live.ids[name]: cell for name, cell in mapped.cells.items()} if live else {}
    coming = Coming(shop, draft, mapped.tags, mapped.remark, cells)
    return _Ready(coming, one.message, Met(shop.channel, one.paths, mapped))


def _shops(session: Session, messages: Any) -> dict[int, Shop]:
    wanted = select(Shop).where(col(Shop.id).in_({message.shop_id for message in messages}))
    return {shop.id: shop for shop in session.exec(wanted).all()}
