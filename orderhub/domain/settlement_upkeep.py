"""What becomes of a statement afterwards? Its differences end, its day is closed, its fee rate is set."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from orderhub.domain.anomaly import Anomaly, open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.settlement import (
    DayClosed,
    DayNotOver,
    Difference,
    DifferenceResolved,
    DifferenceSettled,
    FeeRate,
    FeeRateSet,
    Statement,
    StatementClosed,
    StatementsMatched,
    StatementSource,
)
from orderhub.domain.settlement_book import account_of, match_numbers
from orderhub.kernel.clock import business_day
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import SYSTEM, before, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.sight import find

# An open difference of this age is an anomaly of finance's.
TOO_OLD = timedelta(days=7)
_MOST_PPM = 200_000


def resolve_difference(session: Session, difference_id: int, *, reason: str, by: str, now: datetime) -> None:
    """A person says that it is settled, and why; the books stay as they are.

    Raises:
        BadInput: no reason is given.
        NotFound: there is no such difference.
        DifferenceResolved: somebody was quicker, or a later bill agreed.
    """
    because = clean_text(reason, most=200, field="reason")
    if not because:
        raise BadInput("reason: say how it was settled", field="reason", problem="missing")
    standing = find(session, Difference, difference_id, lock=True)
    if standing is None:
        raise NotFound(f"no difference has the id {difference_id}")
    if standing.resolved_at:
        raise DifferenceResolved(f"{standing.order_no}: {standing.resolved_by} has settled it already")
    standing.resolved_at, standing.resolved_by, standing.reason = now, by, because
    session.add(standing)
    record(session, DifferenceSettled(standing.id, because), actor=by, now=now)


def close_day(session: Session, statement_id: int, *, by: str, now: datetime) -> Statement:
    """From now on its sums stand still; open differences go on ageing.

    Raises:
        NotFound: there is no such statement. DayNotOver: the day still runs. DayClosed: it is closed already.
    """
    statement = find(session, Statement, statement_id, lock=True)
    if statement is None:
        raise NotFound(f"no statement has the id {statement_id}")
    if statement.closed_at:
        raise DayClosed(f"{statement.day}: {statement.closed_by} has closed it already")
    if statement.day >= business_day(now):
        raise DayNotOver(f"{statement.day}: close it when the day is over")
    open_ones = select(func.count()).where(
        Difference.statement_id == statement.id, col(Difference.resolved_at).is_(None)
    )
    statement.open_at_close = session.exec(open_ones).one()
    statement.closed_at, statement.closed_by = now, by
    session.add(statement)
    happened = StatementClosed(statement.id, statement.receipts_fen, statement.refunds_fen, statement.fees_fen)
    record(session, happened, actor=by, now=now)
    return statement


def set_rate(session: Session, source: StatementSource, rate_ppm: int | None, *, by: str, now: datetime) -> None:
    """What ``source`` is expected to take of a receipt from the next matching on; None: what its bill says.

    Raises:
        BadInput: less than nothing, or more than 20 %.
    """
    if rate_ppm is not None and not 0 <= rate_ppm <= _MOST_PPM:
        raise BadInput("rate: 0 to 20 percent", field="rate", problem="fee_rate")
    standing = session.get(FeeRate, source)
    was = before(standing, "rate_ppm")
    if rate_ppm is None and standing:
        session.delete(standing)
    elif rate_ppm is not None:
        session.merge(FeeRate(source=source, rate_ppm=rate_ppm))
    record(session, FeeRateSet(0, source, rate_ppm, was), actor=by, now=now)


def match_again(session: Session, *, now: datetime) -> int:
    """Look at every open difference again: an order or a refund may have come since. Returns how many are over."""
    wanted = select(Difference).where(col(Difference.resolved_at).is_(None))
    accounts: dict[tuple[StatementSource, str], list[Difference]] = defaultdict(list)
    for one in session.exec(wanted):
        accounts[one.source, one.account].append(one)
    over = 0
    for (source, name), found in sorted(accounts.items()):
        account = account_of(session, source, name, lock=True)
        numbers = {one.order_no for one in found}
        opened, resolved = match_numbers(session, account, numbers, set(), now=now)
        if opened or resolved:
            record(session, StatementsMatched(found[0].statement_id, opened, resolved), actor=SYSTEM, now=now)
        over += resolved
    return over


def flag_old(session: Session, *, now: datetime) -> int:
    """Statements with a difference open for a week get an anomaly of finance's; returns how many there are."""
    wanted = (
        select(Statement, func.count(), func.min(Difference.found_at), func.sum(func.abs(_GAP)))
        .join(Difference, col(Difference.statement_id) == Statement.id)
        .where(col(Difference.resolved_at).is_(None), col(Difference.found_at) <= now - TOO_OLD)
        .group_by(col(Statement.id))
    )
    late = session.exec(wanted).all()
    for statement, count, found_at, fen in late:
        open_anomaly(
            session,
            AnomalyKind.SETTLEMENT_DIFFERENCE,
            about=("statement", statement.id),
            occurred_at=found_at,
            now=now,
            note=f"{statement.source} {statement.account} {statement.day}: {count} open",
            at_risk_fen=int(fen),
        )
    still = {statement.id for statement, *_ in late}
    flagged = select(Anomaly.subject_id).where(
        Anomaly.kind == AnomalyKind.SETTLEMENT_DIFFERENCE, col(Anomaly.resolved_at).is_(None)
    )
    for statement_id in set(session.exec(flagged)) - still:
        about = ("statement", statement_id)
        resolve_anomaly(session, AnomalyKind.SETTLEMENT_DIFFERENCE, about=about, by=SYSTEM, now=now)
    return len(late)


_GAP = col(Difference.said_fen) - col(Difference.ours_fen)
