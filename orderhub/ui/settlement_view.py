"""What does the page of settlement show, as the browser gets it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import parse_qsl, urlencode

from sqlmodel import Session

from orderhub.domain.settlement import DifferenceCause, LineKind, Statement, StatementLine, StatementSource
from orderhub.domain.settlement_book import Delivery, Weighed
from orderhub.insights import settlement
from orderhub.insights.settlement import DayRow, DifferenceQuery, DifferenceRow
from orderhub.kernel.clock import business_day, shanghai_text
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Settled
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.numbers import number_of

PATH = "/settlement"


@dataclass
class DayView:
    """``may_close`` once the day is over; ``open`` is empty where everything agrees."""

    id: str
    day: str
    source: str
    account: str
    lines: str
    receipts: Settled
    refunds: Settled
    fees: Settled
    other: Settled
    open: str
    gap: Settled
    href: str
    closed: str
    closed_by: str
    corrections: str
    corrected: Settled
    may_close: bool


@dataclass
class DifferenceView:
    id: str
    cause: str
    day: str
    source: str
    account: str
    kind: str
    number: str
    href: str
    said: Settled
    ours: Settled
    gap: Settled
    since: str
    since_exact: str
    resolved_by: str
    reason: str
    is_late: bool


@dataclass
class CauseView:
    cause: str
    count: str
    money: Settled
    href: str
    is_on: bool


@dataclass
class CorrectionView:
    id: str
    kind: str
    number: str
    amount: Settled
    fee: Settled


@dataclass
class RateView:
    source: str
    percent: Settled


@dataclass
class AskedView:
    """What the address asks for, to be asked for again."""

    name: str
    value: str


@dataclass
class SettlementView:
    open: str = "0"
    gap: Settled = ""
    late: str = "0"
    unclosed: str = "0"
    share: str = ""
    lines: str = "0"
    causes: list[CauseView] = field(default_factory=list)
    differences: list[DifferenceView] = field(default_factory=list)
    days: list[DayView] = field(default_factory=list)
    corrections: list[CorrectionView] = field(default_factory=list)
    rates: list[RateView] = field(default_factory=list)
    of_day: str = ""
    asked: list[AskedView] = field(default_factory=list)
    next: Settled = ""
    first: str = ""
    earlier: str = ""
    newest: str = ""
    is_resolved: bool = False


@dataclass
class CountView:
    cause: str
    count: str


@dataclass
class PreviewView:
    """``problem`` says why it cannot be taken."""

    mark: str = ""
    name: str = ""
    source: str = ""
    account: str = ""
    days: str = ""
    lines: str = ""
    matched: str = ""
    receipts: Settled = ""
    refunds: Settled = ""
    fees: Settled = ""
    other: Settled = ""
    causes: list[CountView] = field(default_factory=list)
    closed_days: str = ""
    problem: str = ""
    is_known: bool = False


@dataclass(frozen=True)
class SettlementQuery:
    differences: DifferenceQuery
    until: date | None


def query_of(given: Mapping[str, str]) -> SettlementQuery:
    """What a link asks for; what it cannot mean is left out."""
    cause = given.get("cause", "")
    asked = DifferenceQuery(
        cause=DifferenceCause(cause) if cause in list(DifferenceCause) else None,
        statement_id=number_of(given.get("statement", "")),
        is_resolved=given.get("resolved") == "1",
        after=number_of(given.get("after", "")),
    )
    try:
        return SettlementQuery(asked, date.fromisoformat(given.get("until", "")))
    except ValueError:
        return SettlementQuery(asked, None)


def settlement_view(session: Session, query: SettlementQuery, now: datetime) -> SettlementView:
    today, asked = business_day(now), query.differences
    stands = settlement.standing(session, today, now)
    rows, after = settlement.difference_rows(session, asked, now)
    days = settlement.day_rows(session, query.until)
    earlier = settlement.earlier_than(session, days[-1].statement.day) if days else None
    chosen = session.get(Statement, asked.statement_id) if asked.statement_id else None
    corrections = settlement.correction_lines(session, chosen.id) if chosen else []
    agreeing = stands.lines - stands.differing
    return SettlementView(
        open=f"{stands.open_count:,}",
        gap=money_text(stands.gap_fen) if stands.gap_fen else "",
        late=f"{stands.late_count:,}",
        unclosed=f"{stands.unclosed:,}",
        share=f"{max(agreeing, 0) * 10000 // stands.lines / 100:.2f} %" if stands.lines else "",
        lines=f"{stands.lines:,}",
        causes=[
            CauseView(
                group.cause,
                f"{group.count:,}",
                money_text(group.gap_fen),
                _address(asked, cause=None if group.cause is asked.cause else group.cause),
                is_on=group.cause is asked.cause,
            )
            for group in settlement.cause_groups(session)
        ],
        differences=[_difference(row) for row in rows],
        days=[_day(row, today) for row in days],
        corrections=[_correction(line) for line in corrections],
        rates=[
            RateView(source, f"{rate / 10_000:g}") for source, rate in sorted(settlement.fee_rates(session).items())
        ],
        of_day=f"{chosen.day} {chosen.account}" if chosen else "",
        asked=[AskedView(name, value) for name, value in _asked(query).items()],
        next=_address(asked, cause=asked.cause, after=after) if after else "",
        first=_address(asked, cause=asked.cause) if asked.after else "",
        earlier=f"{PATH}?until={earlier}" if earlier else "",
        newest=PATH if query.until else "",
        is_resolved=asked.is_resolved,
    )


def preview_view(mark: str, delivery: Delivery, weighed: Weighed) -> PreviewView:
    sums = {kind: sum(line.amount_fen for line in delivery.lines if line.kind is kind) for kind in LineKind}
    days = sorted(delivery.by_day())
    shown = [str(day) for day in dict.fromkeys([days[0], days[-1]])] if days else []
    return PreviewView(
        mark=mark,
        name=delivery.name,
        source=delivery.source,
        account=delivery.account,
        days=" – ".join(shown),
        lines=f"{weighed.lines:,}",
        matched=f"{weighed.matched:,}",
        receipts=money_text(sums[LineKind.RECEIPT]),
        refunds=money_text(sums[LineKind.REFUND]),
        fees=money_text(sum(line.fee_fen for line in delivery.lines) - sums[LineKind.FEE]),
        other=money_text(sums[LineKind.WITHDRAWAL] + sums[LineKind.OTHER]),
        causes=[CountView(cause, f"{weighed.causes[cause]:,}") for cause in DifferenceCause if weighed.causes[cause]],
        closed_days=f"{weighed.closed_days:,}" if weighed.closed_days else "",
        is_known=weighed.is_known,
    )


def _address(
    asked: DifferenceQuery, *, cause: DifferenceCause | None, after: int = 0, statement_id: int | None = None
) -> str:
    statement = asked.statement_id if statement_id is None else statement_id
    parts = {
        "cause": str(cause or ""),
        "statement": str(statement or ""),
        "resolved": "1" if asked.is_resolved else "",
        "after": str(after or ""),
    }
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"{PATH}?{query}" if query else PATH


def _asked(query: SettlementQuery) -> dict[str, str]:
    narrowed = _address(query.differences, cause=query.differences.cause).partition("?")[2]
    return dict(parse_qsl(narrowed)) | ({"until": str(query.until)} if query.until else {})


def _day(row: DayRow, today: date) -> DayView:
    one = row.statement
    return DayView(
        id=str(one.id),
        day=str(one.day),
        source=StatementSource(one.source),
        account=one.account,
        lines=f"{one.lines:,}",
        receipts=money_text(one.receipts_fen),
        refunds=money_text(one.refunds_fen) if one.refunds_fen else "",
        fees=money_text(one.fees_fen) if one.fees_fen else "",
        other=money_text(one.other_fen) if one.other_fen else "",
        open=f"{row.open_count:,}" if row.open_count else "",
        gap=money_text(row.gap_fen) if row.gap_fen else "",
        href=f"{PATH}?statement={one.id}",
        closed=shanghai_text(one.closed_at, "%m-%d %H:%M") if one.closed_at else "",
        closed_by=one.closed_by,
        corrections=str(one.corrections or ""),
        corrected=money_text(one.corrected_fen) if one.corrections else "",
        may_close=one.closed_at is None and one.day < today,
    )


def _difference(row: DifferenceRow) -> DifferenceView:
    one = row.difference
    since = one.resolved_at or one.found_at
    return DifferenceView(
        id=str(one.id),
        cause=one.cause,
        day=str(row.day),
        source=one.source,
        account=one.account,
        kind=one.kind,
        number=one.order_no,
        href=f"/orders?tab=all&order={one.order_id}" if one.order_id else "",
        said=money_text(one.said_fen),
        ours=money_text(one.ours_fen),
        gap=money_text(one.gap_fen) if one.gap_fen else "",
        since=unix(since),
        since_exact=exact(since),
        resolved_by="" if one.resolved_by == SYSTEM else one.resolved_by,
        reason=one.reason,
        is_late=row.is_late,
    )


def _correction(line: StatementLine) -> CorrectionView:
    return CorrectionView(str(line.id), line.kind, line.order_no, money_text(line.amount_fen), money_text(line.fee_fen))
