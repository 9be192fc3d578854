"""退换货原因: why do buyers send goods back or want others, by reason, channel, SKU and month?

Of the returns, exchanges and refused parcels asked for in the period, whatever became of them.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from sqlmodel import Session, select

from orderhub.domain.refund_reason import OwnReason, ReasonKind
from orderhub.domain.words import Channel
from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.reading import months_of, read_tally
from orderhub.insights.reports.tally import Tallied
from orderhub.kernel.sight import FieldGroup

MOST_SKUS = 20


@dataclass(frozen=True)
class ReasonRow:
    """``own_id`` and ``own_name`` are the merchant's own reason; 0 and empty where it is only the ``kind``."""

    kind: ReasonKind
    own_id: int
    own_name: str
    count: int
    fen: Annotated[int, FieldGroup.MONEY]
    share: float
    by_channel: dict[Channel, int]


@dataclass(frozen=True)
class ReasonSku:
    """Cases that mean this SKU, with its commonest reason; a case of two SKUs counts for both."""

    sku_code: str
    count: int
    kind: ReasonKind
    own_name: str


@dataclass(frozen=True)
class ReasonMonth:
    """``month`` as ``2026-11``; what of it lies in the period."""

    month: str
    count: int
    by_kind: dict[ReasonKind, int]


@dataclass(frozen=True)
class ReturnReasons:
    count: int
    rows: tuple[ReasonRow, ...]
    skus: tuple[ReasonSku, ...]
    months: tuple[ReasonMonth, ...]


def return_reasons(session: Session, asked: ReportAsked, now: datetime) -> ReturnReasons:  # noqa: ARG001
    """The commonest first, months in their order."""
    names = dict(session.exec(select(OwnReason.id, OwnReason.name)).all())
    found = _Found()
    months = tuple(_month(session, month, within, found) for month, within in months_of(asked))
    return ReturnReasons(found.reasons.total(), _rows(found, names), _skus(found.skus, names), months)


@dataclass
class _Found:
    reasons: Counter[tuple[str, str, Channel]] = field(default_factory=Counter)
    money: Counter[tuple[str, str]] = field(default_factory=Counter)
    skus: Counter[tuple[str, str, str]] = field(default_factory=Counter)


def _month(session: Session, month: str, asked: ReportAsked, found: _Found) -> ReasonMonth:
    by_kind: Counter[ReasonKind] = Counter()
    for (channel, _), one in read_tally(session, Tallied.REASONS, asked).items():
        for key, count in one.parts.items():
            letter, kind, own, *sku = key.split("|", 3)
            if letter == "r":
                found.reasons[kind, own, channel] += count
                by_kind[ReasonKind(kind)] += count
            elif letter == "f":
                found.money[kind, own] += count
            else:
                found.skus[sku[0], kind, own] += count
    return ReasonMonth(month, by_kind.total(), dict(by_kind.most_common()))


def _rows(found: _Found, names: dict[int, str]) -> tuple[ReasonRow, ...]:
    total = found.reasons.total()
    grouped: dict[tuple[str, str], dict[Channel, int]] = {}
    for (kind, own, channel), count in found.reasons.items():
        grouped.setdefault((kind, own), {})[channel] = count
    rows = [
        ReasonRow(
            ReasonKind(kind),
            int(own or 0),
            names.get(int(own or 0), ""),
            sum(by_channel.values()),
            found.money[kind, own],
            sum(by_channel.values()) / total,
            dict(sorted(by_channel.items())),
        )
        for (kind, own), by_channel in grouped.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.kind, row.own_id)))


def _skus(skus: Counter[tuple[str, str, str]], names: dict[int, str]) -> tuple[ReasonSku, ...]:
    counts: Counter[str] = Counter()
    commonest: dict[str, tuple[int, str, str]] = {}
    for (sku, kind, own), count in sorted(skus.items()):
        counts[sku] += count
        if count > commonest.get(sku, (0, "", ""))[0]:
            commonest[sku] = count, kind, own
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_SKUS]
    return tuple(
        ReasonSku(sku, count, ReasonKind(commonest[sku][1]), names.get(int(commonest[sku][2] or 0), ""))
        for sku, count in ordered
    )
