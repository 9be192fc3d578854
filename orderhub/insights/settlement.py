"""How do the days of each account stand, and what does not agree? Newest days first, oldest differences first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from orderhub.domain.settlement import (
    Difference,
    DifferenceCause,
    FeeRate,
    Statement,
    StatementLine,
    StatementSource,
)
from orderhub.domain.settlement_upkeep import TOO_OLD

DAYS_SHOWN = 31
MOST_SHOWN = 100
_MOST_CORRECTIONS = 50
_AT_ONCE = 1000

_IS_OPEN = col(Difference.resolved_at).is_(None)
_GAP = func.abs(col(Difference.said_fen) - col(Difference.ours_fen))


@dataclass(frozen=True)
class DayRow:
    """``open_count`` differences of the day are open, ``gap_fen`` without sign is what they are about."""

    statement: Statement
    open_count: int
    gap_fen: int


@dataclass(frozen=True)
class DifferenceRow:
    difference: Difference
    day: date
    is_late: bool


@dataclass(frozen=True)
class CauseGroup:
    cause: DifferenceCause
    count: int
    gap_fen: int


@dataclass(frozen=True)
class Standing:
    """Over everything: ``unclosed`` days are over and not closed; ``differing`` of ``lines`` ever had a difference."""

    open_count: int
    gap_fen: int
    late_count: int
    unclosed: int
    lines: int
    differing: int


@dataclass(frozen=True)
class DifferenceQuery:
    """``before`` and ``after`` are ids: what stands on the next page."""

    cause: DifferenceCause | None = None
    statement_id: int = 0
    is_resolved: bool = False
    after: int = 0


def standing(session: Session, today: date, now: datetime) -> Standing:
    count, fen = session.exec(select(func.count(), func.coalesce(func.sum(_GAP), 0)).where(_IS_OPEN)).one()
    late = select(func.count()).where(_IS_OPEN, col(Difference.found_at) <= now - TOO_OLD)
    unclosed = select(func.count()).where(col(Statement.closed_at).is_(None), col(Statement.day) < today)
    differing = select(func.count(col(Difference.line_id).distinct()))
    lines = select(func.coalesce(func.sum(Statement.lines), 0))
    return Standing(
        count,
        int(fen),
        session.exec(late).one(),
        session.exec(unclosed).one(),
        int(session.exec(lines).one()),
        session.exec(differing).one(),
    )


def day_rows(session: Session, until: date | None = None) -> list[DayRow]:
    """The statements of 31 days, up to ``until`` or to the newest there is."""
    last = until or session.exec(select(func.max(Statement.day))).one()
    if last is None:
        return []
    wanted = select(Statement).where(col(Statement.day) <= last, col(Statement.day) > last - timedelta(days=DAYS_SHOWN))
    found = session.exec(wanted.order_by(col(Statement.day).desc(), col(Statement.source), col(Statement.account)))
    statements = list(found)
    open_ones = (
        select(Difference.statement_id, func.count(), func.sum(_GAP))
        .where(_IS_OPEN, col(Difference.statement_id).in_([one.id for one in statements]))
        .group_by(col(Difference.statement_id))
    )
    counted = {statement_id: (count, int(fen)) for statement_id, count, fen in session.exec(open_ones)}
    return [DayRow(one, *counted.get(one.id, (0, 0))) for one in statements]


def earlier_than(session: Session, day: date) -> date | None:
    """The newest day with a statement before ``day``."""
    return session.exec(select(func.max(Statement.day)).where(col(Statement.day) < day)).one()


def cause_groups(session: Session) -> list[CauseGroup]:
    """Of what is open, in the order of the causes."""
    wanted = select(Difference.cause, func.count(), func.sum(_GAP)).where(_IS_OPEN).group_by(col(Difference.cause))
    groups = [CauseGroup(DifferenceCause(cause), count, int(fen)) for cause, count, fen in session.exec(wanted)]
    return sorted(groups, key=lambda group: list(DifferenceCause).index(group.cause))


def difference_rows(
    session: Session, query: DifferenceQuery, now: datetime, *, most: int = MOST_SHOWN
) -> tuple[list[DifferenceRow], int]:
    """The open ones, oldest first, or those that are over, newest first; and where the next page begins, 0: nowhere."""
    order = col(Difference.id).desc() if query.is_resolved else col(Difference.id)
    rows = [
        DifferenceRow(one, day, not query.is_resolved and one.found_at <= now - TOO_OLD)
        for one, day in session.exec(_wanted(query).order_by(order).limit(most + 1))
    ]
    return rows[:most], rows[most - 1].difference.id if len(rows) > most else 0


def every_difference(session: Session, query: DifferenceQuery) -> Iterator[tuple[Difference, date]]:
    wanted = _wanted(query).order_by(col(Difference.id))
    yield from session.exec(wanted.execution_options(yield_per=_AT_ONCE))


def every_line(session: Session, statement_id: int) -> Iterator[tuple[StatementLine, Statement]]:
    """As they came; those that a later bill took back are among them, and the rows that take them back."""
    wanted = select(StatementLine, Statement).join(Statement, col(Statement.id) == StatementLine.statement_id)
    wanted = wanted.where(StatementLine.statement_id == statement_id).order_by(col(StatementLine.id))
    yield from session.exec(wanted.execution_options(yield_per=_AT_ONCE))


def correction_lines(session: Session, statement_id: int) -> list[StatementLine]:
    """What came after the day was closed, newest first; the first 50."""
    wanted = select(StatementLine).where(StatementLine.statement_id == statement_id, col(StatementLine.is_correction))
    return list(session.exec(wanted.order_by(col(StatementLine.id).desc()).limit(_MOST_CORRECTIONS)))


def fee_rates(session: Session) -> dict[StatementSource, int]:
    return {rate.source: rate.rate_ppm for rate in session.exec(select(FeeRate))}


def _wanted(query: DifferenceQuery):
    conditions: list[ColumnElement[bool]] = [~_IS_OPEN if query.is_resolved else _IS_OPEN]
    if query.cause:
        conditions.append(col(Difference.cause) == query.cause)
    if query.statement_id:
        conditions.append(col(Difference.statement_id) == query.statement_id)
    if query.after:
        conditions.append(col(Difference.id) < query.after if query.is_resolved else col(Difference.id) > query.after)
    wanted = select(Difference, col(Statement.day)).join(Statement, col(Statement.id) == Difference.statement_id)
    return wanted.where(*conditions)
