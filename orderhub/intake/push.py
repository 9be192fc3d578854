"""May this push come in? Signed for the shop it names, kept durably, answered only then."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from orderhub.connectors.channels import registry
from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.shop import Rollout, Shop, shop_named
from orderhub.domain.words import Channel
from orderhub.intake.buffer import Arrival, buffer
from orderhub.intake.inbox import Source, hint_row
from orderhub.intake.keyring import credentials_of
from orderhub.intake.trouble import unknown_shop
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import NotAllowed, NotFound
from orderhub.kernel.ids import shown_text

# Anybody may send rubbish: it costs one write a minute, not one a request.
NOTED_EVERY = timedelta(minutes=1)

_noted: dict[tuple[AnomalyKind, tuple[str, int]], datetime] = {}
_noting = threading.Lock()


async def take_push(channel: Channel, shop_code: str, headers: Mapping[str, str], raw: bytes, *, now: datetime) -> int:
    """Keep what ``raw`` hints at; returns how many hints were new. Safe to repeat. A shop that is off keeps none: what
    it missed is pulled once it is on again.

    Raises:
        NotFound: no such shop on this channel.
        NotAllowed: the signature does not fit; the shop gets an anomaly.
        BadInput: signed, but not readable.
        BufferFull: too much waits.
        BufferAway: it could not be stored now.
    """
    return await keep_all(await asyncio.to_thread(_read, channel, shop_code, headers, raw, now))


async def keep_all(arrivals: Sequence[Arrival]) -> int:
    """Returns how many were new, once all are kept durably. Raises: as ``Buffer.accept``; some may be kept then."""
    kept = await asyncio.gather(*[buffer().accept(arrival) for arrival in arrivals], return_exceptions=True)
    for one in kept:
        if isinstance(one, BaseException):
            raise one
    return sum(one.is_new for one in kept if not isinstance(one, BaseException))


def _read(channel: Channel, shop_code: str, headers: Mapping[str, str], raw: bytes, now: datetime) -> list[Arrival]:
    shop = shop_pushed(channel, shop_code, now)
    try:
        hints = registry.module(channel).read_push(headers, raw, credentials_of(shop))
    except NotAllowed as error:
        note(AnomalyKind.FORGED_PUSH, ("shop", shop.id), f"{shop.code}: {error}", now)
        raise
    if shop.rollout is Rollout.OFF:
        return []
    return [Arrival(**hint_row(shop.id, hint), source=Source.PUSH, received_at=now) for hint in hints]


def shop_pushed(channel: Channel, shop_code: str, now: datetime) -> Shop:
    """Raises: NotFound: no such shop on this channel; noted as an anomaly."""
    try:
        with reading() as session:
            shop = shop_named(session, shop_code)
        if shop.channel is not channel:
            raise NotFound(f"{shop_code} is no shop on {channel}")
    except NotFound:
        said = f"a push for {shown_text(shop_code, 64)!r} on {channel}: connect that shop, or correct the push address"
        note(AnomalyKind.UNKNOWN_SHOP, unknown_shop(channel), said, now)
        raise
    return shop


def note(kind: AnomalyKind, about: tuple[str, int], said: str, now: datetime) -> None:
    """An anomaly about a push that was refused, at most one write a minute."""
    with _noting:
        last = _noted.get((kind, about))
        if last and timedelta() <= now - last < NOTED_EVERY:
            return
        _noted[kind, about] = now
    with transaction() as session:
        open_anomaly(session, kind, about=about, occurred_at=now, now=now, note=said)
