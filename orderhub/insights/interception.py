"""How many refunds before shipping were caught, where their orders stood, and how long did each step take?"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.interception import Gate, Interception, InterceptionOutcome
from orderhub.domain.order import Order
from orderhub.domain.words import Channel
from orderhub.kernel.clock import day_bounds

MOST_DAYS = 92
AT_ONCE = 50
_P95 = 0.95


@dataclass(frozen=True)
class InterceptionQuery:
    """Cases that were heard of on the days ``since`` to ``until``, both included; ``channel`` None: of every one."""

    since: date
    until: date
    channel: Channel | None = None

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        return day_bounds(self.since)[0], day_bounds(self.until)[1]


@dataclass(frozen=True)
class Spread:
    """How long ``count`` cases took; the p95 is the time that 95 of 100 did not exceed. Nothing where none did."""

    count: int = 0
    median: timedelta | None = None
    p95: timedelta | None = None
    longest: timedelta | None = None


@dataclass(frozen=True)
class ChannelInterception:
    """``channel`` None sums them all. The spreads count from ``asked_at``; an order that was over already has none."""

    channel: Channel | None
    cases: int
    gates: dict[Gate, int]
    caught: int
    too_late: int
    leaked: int
    to_hear: Spread
    to_stop: Spread
    to_answer: Spread
    to_tell: Spread


@dataclass(frozen=True)
class CaughtRow:
    one: Interception
    refund_no: str
    order_no: str
    is_open: bool


@dataclass(frozen=True)
class CaughtPage:
    """``next_before`` is 0 on the last page."""

    rows: tuple[CaughtRow, ...]
    next_before: int


def by_channel(session: Session, query: InterceptionQuery) -> list[ChannelInterception]:
    """All together first, then each channel that has a case."""
    found = session.exec(select(Interception).where(*_within(query))).all()
    each = [(one, [row for row in found if row.channel is one]) for one in Channel]
    return [_summed(None, found), *(_summed(channel, rows) for channel, rows in each if rows)]


def outcomes(
    session: Session, query: InterceptionQuery, outcome: InterceptionOutcome, *, before: int = 0, limit: int = AT_ONCE
) -> CaughtPage:
    """Those of one outcome, newest first; ``before`` is the id where the page before ended."""
    wanted = (
        select(Interception, Aftersale, Order.channel_order_no)
        .join(Aftersale, col(Aftersale.id) == Interception.aftersale_id)
        .join(Order, col(Order.id) == Interception.order_id)
        .where(*_within(query), Interception.outcome == outcome)
        .order_by(col(Interception.id).desc())
        .limit(limit + 1)
    )
    if before:
        wanted = wanted.where(Interception.id < before)
    found = [
        CaughtRow(one, case.channel_refund_no, order_no, one.let_go_at is None and one.refunded_at is None)
        for one, case, order_no in session.exec(wanted)
    ]
    shown = found[:limit]
    return CaughtPage(tuple(shown), shown[-1].one.id if len(found) > limit else 0)


def every(session: Session, query: InterceptionQuery) -> list[tuple[Interception, str, str]]:
    """For a download: each with the numbers of its case and order, oldest first."""
    wanted = (
        select(Interception, Aftersale.channel_refund_no, Order.channel_order_no)
        .join(Aftersale, col(Aftersale.id) == Interception.aftersale_id)
        .join(Order, col(Order.id) == Interception.order_id)
        .where(*_within(query))
        .order_by(col(Interception.id))
    )
    return list(session.exec(wanted))


def spread(times: Iterable[timedelta]) -> Spread:
    """By nearest rank: each figure is a time that some case really took."""
    ranked = sorted(times)
    if not ranked:
        return Spread()
    return Spread(len(ranked), _rank(ranked, 0.5), _rank(ranked, _P95), ranked[-1])


def _rank(ranked: Sequence[timedelta], share: float) -> timedelta:
    return ranked[max(math.ceil(len(ranked) * share), 1) - 1]


def _within(query: InterceptionQuery) -> list[ColumnElement[bool]]:
    start, end = query.bounds
    within = [col(Interception.heard_at) >= start, col(Interception.heard_at) < end]
    return [*within, col(Interception.channel) == query.channel] if query.channel else within


def _summed(channel: Channel | None, rows: Sequence[Interception]) -> ChannelInterception:
    outcome = Counter(row.outcome for row in rows)
    gates = Counter(row.gate for row in rows)
    timed = [row for row in rows if row.gate is not Gate.OVER]
    return ChannelInterception(
        channel=channel,
        cases=len(rows),
        gates={gate: gates[gate] for gate in Gate},
        caught=outcome[InterceptionOutcome.CAUGHT],
        too_late=outcome[InterceptionOutcome.TOO_LATE],
        leaked=outcome[InterceptionOutcome.LEAKED],
        to_hear=_since_asked(timed, "heard_at"),
        to_stop=_since_asked(timed, "stopped_at"),
        to_answer=_since_asked(timed, "answered_at"),
        to_tell=_since_asked(timed, "told_at"),
    )


def _since_asked(rows: Iterable[Interception], name: str) -> Spread:
    reached = [(getattr(row, name), row.asked_at) for row in rows]
    return spread(moment - asked_at for moment, asked_at in reached if moment)
