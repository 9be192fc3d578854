"""How does a kept message become an order or an after-sale case? In batches, each message on its own footing."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import Session, col, select

from orderhub.connectors.channels import own, own_refund, registry
from orderhub.connectors.channels.contract import Hint
from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import accept_refund
from orderhub.domain.shop import Shop
from orderhub.intake.inbox import MessageKind, Source, keep_hints
from orderhub.intake.lease import Leased, claim, fail, finish, still_held
from orderhub.intake.mapping.applying import Mapper, Met, is_native
from orderhub.intake.payment import accept_own, understand_notice
from orderhub.intake.together import take_together
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import batched
from orderhub.kernel.failpoint import point

# On SQLite a batch holds the one writer: some 0.1 s, then it is the others' turn.
BATCH = 100
ONE_BY_ONE = 25
UNDERSTOOD = (MessageKind.ORDER, MessageKind.REFUND, MessageKind.PAYMENT)

log = structlog.get_logger()


def consume(now: datetime, *, limit: int = BATCH) -> int:
    """Take what waits, at most ``limit`` messages; returns how many were taken, whatever became of them."""
    with transaction() as session:
        leased = claim(session, UNDERSTOOD, now=now, limit=limit)
    if leased:
        point("claimed_before_effect")
        take(leased, now)
    return len(leased)


def take(leased: Sequence[Leased], now: datetime) -> None:
    """What can be taken together is; the others one by one, a few in a transaction."""
    for few in batched(take_together(leased, now), ONE_BY_ONE):
        _take_few(few, now)


def _take_few(leased: Sequence[Leased], now: datetime) -> None:
    """All in one transaction; where the database refuses the whole, each in its own."""
    try:
        with transaction() as session:
            _take_all(session, still_held(session, leased), now)
    except SQLAlchemyError as error:
        if len(leased) == 1:
            _give_up(leased[0], error, now)
            return
        log.warning("inbox_batch_split", messages=len(leased), error=type(error).__name__)
        for message in leased:
            _take_few([message], now)


def _take_all(session: Session, leased: Sequence[Leased], now: datetime) -> None:
    shops = _shops(session, leased)
    mapper = Mapper(session, now)
    done = []
    for message in leased:
        recorded = len(session.info.get("recorded", ()))
        try:
            with session.begin_nested():
                met = _take_one(session, shops[message.shop_id], message, mapper, now)
            done.append(message)
            point("middle_of_batch")
            if met:
                mapper.note(met)
        except OperationalError:  # a deadlock or a full disk is not this message's fault
            raise
        except Exception as error:  # noqa: BLE001  (one bad message never harms its neighbours)
            # What the message's savepoint recorded has not happened: nobody may hear of it.
            del session.info.get("recorded", [])[recorded:]
            _failed(session, shops[message.shop_id], message, error, now)
    point("effect_before_done")
    finish(session, done, now)
    mapper.write()


def _take_one(session: Session, shop: Shop, message: Leased, mapper: Mapper, now: datetime) -> Met | None:
    if message.kind is MessageKind.PAYMENT:
        understand_notice(session, shop, message.body, now=now)
        return None
    body = json.loads(message.body)
    if message.kind is MessageKind.REFUND and message.source.is_own:
        accept_refund(session, shop, own_refund.parse_refund(body, shop.channel), now=now)
        return None
    if message.kind is MessageKind.REFUND:
        accept_refund(session, shop, registry.module(shop.channel).parse_refund(body), now=now)
        return None
    enriching = mapper.enriching(shop, body) if is_native(shop.channel, message.source) else None
    if message.source.is_own:
        accept_own(session, shop, own.parse_order(body, shop.channel), now=now, enrich=enriching)
    else:
        draft = mapper.familiar(registry.module(shop.channel).parse_order(body))
        accept(session, shop, draft, now=now, enrich=enriching)
    return enriching.met() if enriching else None


def _failed(session: Session, shop: Shop, message: Leased, error: Exception, now: datetime) -> None:
    is_final = isinstance(error, BadInput)
    log.warning("message_failed", message=message.id, kind=message.kind, shop=shop.code, error=type(error).__name__)
    if message.kind is MessageKind.REFUND and isinstance(error, NotFound) and not message.source.is_own:
        _ask_for_order(session, shop, message, now)
    fail(session, message, error, now=now, is_final=is_final)


def _ask_for_order(session: Session, shop: Shop, message: Leased, now: datetime) -> None:
    """A refund came before its order: the order is asked for, the refund waits."""
    draft = registry.module(shop.channel).parse_refund(json.loads(message.body))
    hint = Hint(f"refund-{message.id}-{message.attempts}", "order", draft.channel_order_no, "refund_before_order")
    keep_hints(session, shop.id, [hint], now, source=Source.PULL)


def _give_up(message: Leased, error: Exception, now: datetime) -> None:
    log.warning("message_failed", message=message.id, kind=message.kind, error=type(error).__name__)
    with transaction() as session:
        for held in still_held(session, [message]):
            fail(session, held, error, now=now, is_final=False)


def _shops(session: Session, leased: Sequence[Leased]) -> dict[int, Any]:
    wanted = select(Shop).where(col(Shop.id).in_({message.shop_id for message in leased}))
    return {shop.id: shop for shop in session.exec(wanted).all()}
