"""When is a mapping applied? To every order taken from a channel's own body, in the transaction that takes it."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from orderhub.domain.acceptance import Accepted, Outcome
from orderhub.domain.custom_field import FieldSpec, fields_in_use, spec_of
from orderhub.domain.drafts import OrderDraft
from orderhub.domain.mapped import carry, note_trouble
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.inbox import Source
from orderhub.intake.mapping.engine import FieldMapping, Mapped, apply
from orderhub.intake.mapping.source_fields import note_fields, path_names, seen_paths
from orderhub.intake.mapping.versions import live_version

_FIELD = "field:"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Live:
    """What is live for a channel; ``ids`` are of the custom fields in use, by name."""

    mappings: tuple[FieldMapping, ...]
    fields: Mapping[str, FieldSpec]
    ids: Mapping[str, int]

    def made_of(self, body: Mapping[str, Any], shop: Shop) -> Mapped:
        return apply(self.mappings, self.fields, body, shop=shop.code)

    def put_on(self, session: Session, order: Order, mapped: Mapped, now: datetime, *, is_fresh: bool = False) -> bool:
        """Says whether the order changed. Safe to repeat."""
        return carry(
            session,
            order,
            tags=mapped.tags,
            remark=mapped.remark,
            cells={self.ids[name]: cell for name, cell in mapped.cells.items()},
            among=self.ids.values(),
            now=now,
            is_fresh=is_fresh,
        )


@dataclass(frozen=True)
class Met:
    """What one message told about its channel beside its order."""

    channel: Channel
    paths: frozenset[str]
    mapped: Mapped


class Mapper:
    """The mappings of one batch of messages, read once.

    What the batch met is written at its end and in one order, so that two workers never wait for each other in a
    circle.
    """

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._live: dict[Channel, Live | None] = {}
        self._familiar: dict[Channel, set[str]] = {}
        self._failures: Counter[tuple[str, str, str]] = Counter()
        self._paths: dict[Channel, set[str]] = {}
        self._messages: Counter[Channel] = Counter()

    def enriching(self, shop: Shop, body: Mapping[str, Any]) -> "Enriching":
        """What is to be given to ``accept`` with the draft of ``body``."""
        return Enriching(self, shop, body)

    def put_on(self, shop: Shop, body: Mapping[str, Any], taken: Accepted) -> Mapped:
        live = self.live(shop.channel)
        if live is None:
            return Mapped()
        mapped = live.made_of(body, shop)
        is_fresh = taken.outcome is Outcome.CREATED
        live.put_on(self._session, taken.order, mapped, self._now, is_fresh=is_fresh)
        return mapped

    def familiar(self, draft: OrderDraft) -> OrderDraft:
        """``draft`` without those unknown fields that a live mapping reads or a person has seen."""
        if not any(unknown.startswith(_FIELD) for unknown in draft.unknown):
            return draft
        if draft.channel not in self._familiar:
            live = self.live(draft.channel)
            paths = [mapping.path for mapping in live.mappings] if live else []
            paths += seen_paths(self._session, draft.channel)
            self._familiar[draft.channel] = {word for path in paths for word in _WORD.findall(path)}
        familiar = self._familiar[draft.channel]
        return replace(draft, unknown=tuple(one for one in draft.unknown if not _is_familiar(one, familiar)))

    def live(self, channel: Channel) -> Live | None:
        """None where no mapping has ever been live."""
        if channel not in self._live:
            self._live[channel] = read_live(self._session, channel)
        return self._live[channel]

    def note(self, met: Met) -> None:
        """Call it once the message's own savepoint holds."""
        self._messages[met.channel] += 1
        self._paths.setdefault(met.channel, set()).update(met.paths)
        self._failures.update((met.channel, one.mapping, one.reason) for one in met.mapped.failures)

    def write(self) -> None:
        for channel in sorted(self._paths):
            note_fields(self._session, channel, self._paths[channel], messages=self._messages[channel], now=self._now)
        for (channel, name, reason), count in sorted(self._failures.items()):
            note_trouble(self._session, Channel(channel), name, reason, count=count, now=self._now)


class Enriching:
    """One body's mappings, applied once its order is known to be new or newer; an older version changes nothing."""

    def __init__(self, mapper: Mapper, shop: Shop, body: Mapping[str, Any]) -> None:
        self._mapper, self._shop, self._body = mapper, shop, body
        self._mapped = Mapped()

    def __call__(self, taken: Accepted) -> None:
        self._mapped = self._mapper.put_on(self._shop, self._body, taken)

    def met(self) -> Met:
        return Met(self._shop.channel, path_names(self._body), self._mapped)


def read_live(session: Session, channel: Channel) -> Live | None:
    version = live_version(session, channel)
    if version is None:
        return None
    fields = fields_in_use(session)
    specs = {field.name: spec_of(field) for field in fields}
    return Live(tuple(version.mappings), specs, {field.name: field.id for field in fields})


def _is_familiar(unknown: str, familiar: Collection[str]) -> bool:
    """``field:order.receipt_remark`` is, where ``receipt_remark`` is a word of a path."""
    return unknown.startswith(_FIELD) and unknown.rpartition(".")[2] in familiar


def is_native(channel: Channel, source: Source) -> bool:
    """Whether a body from ``source`` is what the channel's mappings speak of: its own words, not ours."""
    return source.is_own == (channel is Channel.MINIPROGRAM)
