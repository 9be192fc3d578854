"""How long do buyers wait for customer service? From opening to first reply and to decision, by kind, person, week.

Median and 95th percentile by nearest rank: each is a time that a ticket really took.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.refund_answer import RefundAnswer
from orderhub.domain.ticket import Ticket
from orderhub.domain.words import AftersaleKind
from orderhub.kernel.clock import business_day

MOST_ROWS = 50_000
LONGEST = timedelta(days=366)
BEFORE_MINUTES = 45  # what a return took when it was looked up in four back offices (the merchant's own figure)


class Grouping(StrEnum):
    KIND = "kind"
    PERSON = "person"
    WEEK = "week"


@dataclass(frozen=True)
class Spread:
    """Seconds; None where ``count`` is 0."""

    count: int
    median: int | None
    p95: int | None


@dataclass(frozen=True)
class TimesRow:
    """``key`` is the kind's word, the person's name (who decided, else who has it), or the Monday of the week.

    ``late`` of the decided were decided after their time; ``right_first`` by the queue they were opened in.
    """

    key: str
    opened: int
    reply: Spread
    decision: Spread
    late: int
    right_first: int


@dataclass(frozen=True)
class CaseTimes:
    """Returns that were answered in the time asked about: first answer less the buyer's request."""

    spread: Spread
    under_before: int


@dataclass(frozen=True)
class _Taken:
    key: str
    reply: float | None
    decision: float | None
    is_late: bool
    is_right_first: bool


def spread(seconds: Sequence[float]) -> Spread:
    ordered = sorted(seconds)
    if not ordered:
        return Spread(0, None, None)
    return Spread(len(ordered), _rank(ordered, 50), _rank(ordered, 95))


def service_times(session: Session, since: datetime, until: datetime, by: Grouping) -> tuple[TimesRow, ...]:
    """Of tickets opened from ``since`` to before ``until`` (a year at most), the row of most tickets first; weeks
    newest first."""
    start = max(since, until - LONGEST)
    wanted = select(Ticket).where(col(Ticket.opened_at) >= start, col(Ticket.opened_at) < until)
    found = session.exec(wanted.order_by(col(Ticket.id).desc()).limit(MOST_ROWS))
    groups: dict[str, list[_Taken]] = {}
    for ticket in found:
        taken = _taken(ticket, _KEYS[by])
        groups.setdefault(taken.key, []).append(taken)
    rows = [_row(key, group) for key, group in groups.items()]
    if by is Grouping.WEEK:
        return tuple(sorted(rows, key=lambda row: row.key, reverse=True))
    return tuple(sorted(rows, key=lambda row: (-row.opened, row.key)))


def total_of(session: Session, since: datetime, until: datetime) -> TimesRow:
    """All tickets opened in that time as one row."""
    start = max(since, until - LONGEST)
    wanted = select(Ticket).where(col(Ticket.opened_at) >= start, col(Ticket.opened_at) < until)
    found = session.exec(wanted.order_by(col(Ticket.id).desc()).limit(MOST_ROWS))
    return _row("", [_taken(ticket, lambda _: "") for ticket in found])


def case_times(session: Session, since: datetime, until: datetime) -> CaseTimes:
    """Of returns whose first answer was given from ``since`` to before ``until``."""
    wanted = (
        select(Aftersale.requested_at, RefundAnswer.answered_at)
        .join(RefundAnswer, col(RefundAnswer.aftersale_id) == Aftersale.id)
        .where(
            RefundAnswer.turn == 1,
            Aftersale.kind == AftersaleKind.RETURN_AND_REFUND,
            col(RefundAnswer.answered_at) >= max(since, until - LONGEST),
            col(RefundAnswer.answered_at) < until,
        )
    )
    rows = session.exec(wanted.order_by(col(RefundAnswer.id).desc()).limit(MOST_ROWS))
    # A platform's clock may be ahead of ours.
    seconds = [max(0.0, (answered - asked).total_seconds()) for asked, answered in rows]
    return CaseTimes(spread(seconds), sum(one < BEFORE_MINUTES * 60 for one in seconds))


def _taken(ticket: Ticket, key: Callable[[Ticket], str]) -> _Taken:
    replied, decided = ticket.first_reply_at, ticket.decided_at
    return _Taken(
        key(ticket),
        (replied - ticket.opened_at).total_seconds() if replied else None,
        (decided - ticket.opened_at).total_seconds() if decided else None,
        is_late=bool(decided and decided > ticket.due_at),
        is_right_first=bool(decided and ticket.owner_role == ticket.first_role),
    )


def _row(key: str, group: Sequence[_Taken]) -> TimesRow:
    return TimesRow(
        key,
        opened=len(group),
        reply=spread([one.reply for one in group if one.reply is not None]),
        decision=spread([one.decision for one in group if one.decision is not None]),
        late=sum(one.is_late for one in group),
        right_first=sum(one.is_right_first for one in group),
    )


def _rank(ordered: Sequence[float], percent: int) -> int:
    return round(ordered[-(-len(ordered) * percent // 100) - 1])


def _week(ticket: Ticket) -> str:
    day = business_day(ticket.opened_at)
    return str(day - timedelta(days=day.weekday()))


_KEYS: dict[Grouping, Callable[[Ticket], str]] = {
    Grouping.KIND: lambda ticket: str(ticket.kind),
    Grouping.PERSON: lambda ticket: ticket.decided_by or ticket.owner,
    Grouping.WEEK: _week,
}
