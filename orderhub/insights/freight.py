"""What do carriers charge above what we expect, by month, line by line, and what do we ask back? Most money first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, case, cast, or_
from sqlmodel import Session, col, func, select

from orderhub.domain.freight import OURS_TO_ASK, FreightCause
from orderhub.domain.freight_bill import FreightCheck, FreightFile, FreightLine, FreightTerms
from orderhub.domain.freight_claim import ClaimStatus, FreightClaim, FreightCredit
from orderhub.domain.words import Carrier

MOST_SHOWN = 50
_MONTHS = timedelta(days=400)
_AT_ONCE = 1000
# A carrier that has not answered for so long is asked again.
TOO_OLD = timedelta(days=14)

_ASKED = and_(col(FreightCheck.cause).in_(OURS_TO_ASK), col(FreightCheck.gap_fen) > 0)
_STANDS = (
    select(FreightClaim.id)
    .where(FreightClaim.line_id == FreightLine.id, FreightClaim.status != ClaimStatus.REFUSED)
    .correlate(FreightLine)
    .exists()
)


@dataclass(frozen=True)
class MonthRow:
    """``differing`` lines are above what we expect, by ``gap_fen`` together."""

    carrier: Carrier
    month: str
    lines: int
    charged_fen: int
    expected_fen: int
    differing: int
    gap_fen: int


@dataclass(frozen=True)
class Standing:
    """``open`` differences are not claimed; ``waiting`` claims have no answer or are not credited yet."""

    lines: int
    agreed: int
    open: int
    open_fen: int
    waiting: int
    waiting_fen: int
    credited_fen: int


@dataclass(frozen=True)
class LineRow:
    line: FreightLine
    check: FreightCheck


@dataclass(frozen=True)
class ClaimRow:
    claim: FreightClaim
    line: FreightLine
    check: FreightCheck
    credit: FreightCredit | None
    is_late: bool


@dataclass(frozen=True)
class CauseGroup:
    cause: FreightCause
    count: int
    gap_fen: int


@dataclass(frozen=True)
class LineQuery:
    """``after`` (gap, line) is where the next page begins."""

    carrier: Carrier | None = None
    month: str = ""
    cause: FreightCause | None = None
    after: tuple[int, int] | None = None


def standing(session: Session) -> Standing:
    lines, agreed = session.exec(
        select(
            func.count(), func.coalesce(func.sum(case((col(FreightCheck.cause) == FreightCause.AGREED, 1), else_=0)), 0)
        ).select_from(FreightCheck)
    ).one()
    count, fen = session.exec(_open(select(func.count(), func.coalesce(func.sum(FreightCheck.gap_fen), 0)))).one()
    waits = col(FreightClaim.status).in_([ClaimStatus.CLAIMED, ClaimStatus.ACCEPTED])
    asked = case(
        (col(FreightClaim.status) == ClaimStatus.ACCEPTED, col(FreightClaim.accepted_fen)),
        else_=col(FreightClaim.claimed_fen),
    )
    waiting, waiting_fen = session.exec(select(func.count(), func.coalesce(func.sum(asked), 0)).where(waits)).one()
    credited = session.exec(select(func.coalesce(func.sum(FreightCredit.amount_fen), 0))).one()
    return Standing(lines, int(agreed), count, int(fen), waiting, int(waiting_fen), int(credited))


def month_rows(session: Session, today: date) -> list[MonthRow]:
    """Of the last 13 months, by day of collection; newest first, then by carrier."""
    month = func.substr(cast(FreightLine.day, String), 1, 7)
    wanted = (
        select(
            FreightLine.carrier,
            month,
            func.count(),
            func.sum(FreightLine.charged_fen),
            func.sum(FreightCheck.expected_fen),
            func.sum(case((_ASKED, 1), else_=0)),
            func.sum(case((_ASKED, FreightCheck.gap_fen), else_=0)),
        )  # type: ignore[call-overload]
        .join(FreightCheck, col(FreightCheck.line_id) == FreightLine.id)
        .where(col(FreightLine.day) >= today - _MONTHS)
        .group_by(col(FreightLine.carrier), month)
        .order_by(month.desc(), col(FreightLine.carrier))
    )
    return [MonthRow(Carrier(carrier), said, *map(int, figures)) for carrier, said, *figures in session.exec(wanted)]


def cause_groups(session: Session, query: LineQuery) -> list[CauseGroup]:
    """Of what is open, most money first."""
    wanted = _open(select(FreightCheck.cause, func.count(), func.sum(FreightCheck.gap_fen)))
    wanted = wanted.where(*_of_month(query)).group_by(col(FreightCheck.cause))
    found = [CauseGroup(FreightCause(cause), count, int(fen)) for cause, count, fen in session.exec(wanted)]
    return sorted(found, key=lambda group: -group.gap_fen)


def line_rows(
    session: Session, query: LineQuery, *, most: int = MOST_SHOWN
) -> tuple[list[LineRow], tuple[int, int] | None]:
    """What differs and is not claimed, most money first; and where the next page begins, None: nowhere."""
    wanted = _open(select(FreightLine, FreightCheck)).where(*_conditions(query))
    wanted = wanted.order_by(col(FreightCheck.gap_fen).desc(), col(FreightLine.id)).limit(most + 1)
    rows = [LineRow(line, check) for line, check in session.exec(wanted)]
    if len(rows) <= most:
        return rows, None
    return rows[:most], (rows[most - 1].check.gap_fen, rows[most - 1].line.id)


def every_line(session: Session, query: LineQuery) -> Iterator[LineRow]:
    """All that was charged, agreed or not, oldest first."""
    wanted = select(FreightLine, FreightCheck).join(FreightCheck, col(FreightCheck.line_id) == FreightLine.id)
    wanted = wanted.where(*_conditions(query)).order_by(col(FreightLine.id))
    for line, check in session.exec(wanted.execution_options(yield_per=_AT_ONCE)):
        yield LineRow(line, check)


def claim_rows(
    session: Session, now: datetime, *, is_over: bool = False, before: int = 0, most: int = MOST_SHOWN
) -> tuple[list[ClaimRow], int]:
    """Claims that wait, oldest first, or that are over, newest first; and where the next page begins, 0: nowhere."""
    wanted = _claims(is_over=is_over)
    if before:
        wanted = wanted.where(FreightClaim.id < before if is_over else FreightClaim.id > before)
    order = col(FreightClaim.id).desc() if is_over else col(FreightClaim.id)
    rows = [_claim(now, *facts) for facts in session.exec(wanted.order_by(order).limit(most + 1))]
    return rows[:most], rows[most - 1].claim.id if len(rows) > most else 0


def every_claim(session: Session, now: datetime, carrier: Carrier | None, *, is_over: bool) -> Iterator[ClaimRow]:
    wanted = _claims(is_over=is_over)
    if carrier:
        wanted = wanted.where(FreightLine.carrier == carrier)
    for facts in session.exec(wanted.order_by(col(FreightClaim.id)).execution_options(yield_per=_AT_ONCE)):
        yield _claim(now, *facts)


def tolerances(session: Session) -> list[FreightTerms]:
    return list(session.exec(select(FreightTerms).order_by(col(FreightTerms.carrier))))


def last_bills(session: Session) -> list[FreightFile]:
    """The ten newest."""
    return list(session.exec(select(FreightFile).order_by(col(FreightFile.id).desc()).limit(10)))


def _open(wanted):
    joined = wanted.select_from(FreightLine).join(FreightCheck, col(FreightCheck.line_id) == FreightLine.id)
    return joined.where(_ASKED, ~_STANDS)


def _claims(*, is_over: bool):
    ended = col(FreightClaim.status).in_([ClaimStatus.REFUSED, ClaimStatus.CREDITED])
    return (
        select(FreightClaim, FreightLine, FreightCheck, FreightCredit)
        .join(FreightLine, col(FreightLine.id) == FreightClaim.line_id)
        .join(FreightCheck, col(FreightCheck.line_id) == FreightClaim.line_id)
        .outerjoin(FreightCredit, col(FreightCredit.claim_id) == FreightClaim.id)
        .where(ended if is_over else ~ended)
    )


def _claim(
    now: datetime, claim: FreightClaim, line: FreightLine, check: FreightCheck, credit: FreightCredit | None
) -> ClaimRow:
    waits = claim.status in (ClaimStatus.CLAIMED, ClaimStatus.ACCEPTED)
    return ClaimRow(claim, line, check, credit, waits and claim.claimed_at <= now - TOO_OLD)


def _conditions(query: LineQuery) -> list[ColumnElement[bool]]:
    found = _of_month(query)
    if query.cause:
        found.append(col(FreightCheck.cause) == query.cause)
    if query.after:
        gap_fen, line_id = query.after
        less, same = col(FreightCheck.gap_fen) < gap_fen, col(FreightCheck.gap_fen) == gap_fen
        found.append(or_(less, and_(same, col(FreightLine.id) > line_id)))
    return found


def _of_month(query: LineQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.carrier:
        found.append(col(FreightLine.carrier) == query.carrier)
    if query.month:
        start = date.fromisoformat(f"{query.month}-01")
        end = (start + timedelta(days=32)).replace(day=1)
        found += [col(FreightLine.day) >= start, col(FreightLine.day) < end]
    return found
