"""What do the reasons of returns show, as the browser gets it? A ring of the most frequent, and all of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import Channel
from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.reading import months_of
from orderhub.insights.reports.return_reasons import ReturnReasons, return_reasons
from orderhub.ui.report_address import Report, ReportQuery
from orderhub.ui.report_links import cases_href
from orderhub.ui.report_plots import bars, ring
from orderhub.ui.report_text import share_text, signed, span_text
from orderhub.ui.words import label_text, tr

_SLICES = 5


class Word(StrEnum):
    """Whose word a row's key is."""

    REASON = "reason"
    OWN = "own"
    CHANNEL = "channel"
    PLAIN = "plain"  # a SKU or a month, as it is
    OTHERS = "others"


@dataclass
class ReasonRowView:
    """``name`` is shown where ``word`` is nobody's of ours; ``colour`` is the ring's, 0 for the others."""

    key: str
    word: str
    name: str
    count: str
    share: str
    colour: str
    change: str
    is_better: bool
    href: str


@dataclass
class ReturnReasonsView:
    """``span`` is the time that is counted; ``slices`` are the ring's."""

    span: str = ""
    total: str = "0"
    is_ring: bool = True
    rows: list[ReasonRowView] = field(default_factory=list)
    slices: list[ReasonRowView] = field(default_factory=list)
    figure: dict[str, Any] = field(default_factory=dict)
    figure_en: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Row:
    key: str
    word: Word
    name: str
    count: int
    href: str = ""


def return_reasons_view(session: Session, query: ReportQuery, now: datetime) -> ReturnReasonsView:
    """A case of two SKUs counts for both, so SKUs are bars and not parts of a whole; so are months."""
    asked, view = query.asked(now), query.view_of(Report.RETURN_REASONS)
    found, before = return_reasons(session, asked, now), return_reasons(session, asked.before(), now)
    rows = _rows(found, view, asked)
    was = {row.key: row.count for row in _rows(before, view, asked.before())} if view != "months" else {}
    shown = [_view(row, place, found.count, was.get(row.key, 0)) for place, row in enumerate(rows)]
    is_ring = view in ("reason", "by_channel")
    slices = _slices(shown, rows, found.count) if is_ring else []
    drawn = [row.count for row in rows]
    counts = [*drawn[:_SLICES], sum(drawn[_SLICES:])] if len(drawn) > _SLICES + 1 else drawn
    draw = (lambda names: ring(names, counts)) if is_ring else (lambda names: bars(names, drawn))
    first, last = query.days(now)
    return ReturnReasonsView(
        span=span_text(first, last),
        total=f"{found.count:,}",
        is_ring=is_ring,
        rows=shown,
        slices=slices,
        figure=draw([_said("zh", one) for one in slices or shown]),
        figure_en=draw([_said("en", one) for one in slices or shown]),
    )


def _rows(found: ReturnReasons, view: str, asked: ReportAsked) -> list[_Row]:
    if view == "sku":
        return [
            _Row(one.sku_code, Word.PLAIN, one.sku_code, one.count, cases_href(asked, sku_code=one.sku_code))
            for one in found.skus
        ]
    if view == "months":
        spans = dict(months_of(asked))
        return [_Row(m.month, Word.PLAIN, m.month, m.count, cases_href(spans[m.month])) for m in found.months]
    if view == "by_channel":
        channels: Counter[Channel] = Counter()
        for row in found.rows:
            channels.update(row.by_channel)
        return [
            _Row(channel, Word.CHANNEL, "", count, cases_href(replace(asked, channel=channel)))
            for channel, count in channels.most_common()
        ]
    return [
        _Row(
            f"{row.kind} {row.own_id}" if row.own_id else row.kind,
            Word.OWN if row.own_id else Word.REASON,
            row.own_name,
            row.count,
            cases_href(asked, reason=row.kind, own_id=row.own_id),  # 0: those the merchant does not tell apart
        )
        for row in found.rows
    ]


def _view(row: _Row, place: int, total: int, before: int) -> ReasonRowView:
    change = row.count / before - 1 if before else None
    return ReasonRowView(
        key=row.key,
        word=row.word,
        name=row.name,
        count=f"{row.count:,}",
        share=share_text(row.count / total if total else None),
        colour=str(place + 1 if place < _SLICES else 0),
        change=signed(change),
        is_better=(change or 0) <= 0,
        href=row.href,
    )


def _slices(shown: Sequence[ReasonRowView], rows: Sequence[_Row], total: int) -> list[ReasonRowView]:
    """Six at most: the five most frequent, and the others together."""
    if len(shown) <= _SLICES + 1:
        return list(shown)
    rest = _Row("others", Word.OTHERS, "", sum(row.count for row in rows[_SLICES:]))
    return [*shown[:_SLICES], _view(rest, _SLICES, total, 0)]


def _said(lang: str, one: ReasonRowView) -> str:
    if one.word == Word.REASON:
        return label_text(lang, ReasonKind(one.key))
    if one.word == Word.CHANNEL:
        return label_text(lang, Channel(one.key))
    return tr(lang, "rp_others") if one.word == Word.OTHERS else one.name
