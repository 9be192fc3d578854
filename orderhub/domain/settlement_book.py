"""How does a statement get into the books? Lines are only added, then set against our facts. Safe to repeat."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, insert, literal_column
from sqlmodel import Session, col, select, update

from orderhub.domain.settlement import (
    Difference,
    DifferenceCause,
    FeeRate,
    LineKind,
    Statement,
    StatementFile,
    StatementLine,
    StatementSource,
    StatementTaken,
)
from orderhub.domain.settlement_facts import facts_of, numbers_moved, shops_of
from orderhub.domain.settlement_match import Found, Line, match
from orderhub.domain.shop import Shop
from orderhub.kernel.clock import business_day
from orderhub.kernel.eventlog import SYSTEM, batched, record
from orderhub.kernel.ids import digest

_AT_ONCE = 2000
# Written out, so that the index of lines without an order can serve.
_NAMELESS = col(StatementLine.order_no) == literal_column("''")
_KEPT = tuple(Line.__dataclass_fields__.keys() - {"id"})


@dataclass(frozen=True)
class Delivery:
    """What a file or a pull brings. ``days`` are those it holds whole, also where nothing moved on them.

    All lines of a bill of one whole day are that day's, whatever their own moments.
    """

    source: StatementSource
    account: str
    lines: tuple[Line, ...]
    days: frozenset[date] = frozenset()
    name: str = ""
    sums: Mapping[str, int] = field(default_factory=dict)

    def by_day(self) -> dict[date, list[Line]]:
        found: dict[date, list[Line]] = {day: [] for day in self.days}
        for line in self.lines:
            day = min(self.days) if len(self.days) == 1 else business_day(line.moved_at)
            found.setdefault(day, []).append(line)
        return found

    @cached_property
    def content_digest(self) -> str:
        """The same for one content, whatever kind of file it came in."""
        lines = sorted(map(_content, self.lines))
        return digest("\n".join([self.source, self.account, *map(str, sorted(self.days)), *lines]))


@dataclass(frozen=True)
class Taken:
    """``lines`` were new; ``corrections`` of them belong to days that are closed. All 0 for what was here already."""

    lines: int = 0
    corrections: int = 0
    opened: int = 0
    resolved: int = 0
    is_known: bool = False


@dataclass(frozen=True)
class Weighed:
    """What taking a delivery would find: how many lines agree, and the others by their cause."""

    lines: int
    matched: int
    causes: Mapping[DifferenceCause, int]
    closed_days: int
    is_known: bool


@dataclass(frozen=True)
class Account:
    source: StatementSource
    name: str
    shops: tuple[Shop, ...]

    def of(self, table: type[Statement] | type[Difference] | type[StatementFile]) -> ColumnElement[bool]:
        return (col(table.source) == self.source) & (col(table.account) == self.name)


def take(session: Session, delivery: Delivery, *, by: str, now: datetime) -> Taken:
    """Add what ``delivery`` holds and we do not; of a day it holds whole, take back what it no longer has.

    Safe to repeat. Lines of a closed day become corrections; its sums stay.

    Raises:
        NotFound: the account belongs to no shop.
    """
    account = account_of(session, delivery.source, delivery.account, lock=True)
    if _known(session, account, delivery):
        return Taken(is_known=True)
    file = StatementFile(
        source=delivery.source,
        account=delivery.account,
        content_digest=delivery.content_digest,
        name=delivery.name[:200],
        lines=len(delivery.lines),
        sums=dict(delivery.sums),
        by=by,
        taken_at=now,
    )
    session.add(file)
    session.flush()
    days = delivery.by_day()
    numbers: set[str] = numbers_moved(session, account.shops, delivery.days)
    statements: set[int] = set()
    added, corrections = 0, 0
    for day in sorted(days):
        statement = _statement(session, account, day, now)
        statements.add(statement.id)
        fresh = _added(session, statement, file, days[day], is_whole=day in delivery.days)
        numbers |= {row["order_no"] for row in fresh}
        added += len(fresh)
        corrections += len(fresh) if statement.closed_at else 0
        _count(statement, fresh)
        session.add(statement)
    opened, resolved = match_numbers(session, account, numbers, statements, now=now)
    record(session, StatementTaken(file.id, file.source, file.account, added, opened, resolved), actor=by, now=now)
    return Taken(added, corrections, opened, resolved)


def weigh(session: Session, delivery: Delivery) -> Weighed:
    """As ``take`` would find it, without what is here already; nothing is changed.

    Raises:
        NotFound: the account belongs to no shop.
    """
    account = account_of(session, delivery.source, delivery.account)
    by_number: dict[str, list[Line]] = defaultdict(list)
    for line in delivery.lines:
        by_number[line.order_no].append(line)
    matched, causes = 0, Counter()
    for numbers in batched(by_number, _AT_ONCE):
        lines = [line for number in numbers for line in by_number[number]]
        facts = facts_of(session, account.source, account.shops, numbers)
        found = match(lines, facts, rate_ppm=rate_of(session, account.source))
        matched += len(found.matched)
        causes.update(one.cause for one in found.differences)
    closed = select(col(Statement.day)).where(account.of(Statement), col(Statement.closed_at).is_not(None))
    return Weighed(
        lines=len(delivery.lines),
        matched=matched,
        causes=causes,
        closed_days=len(delivery.by_day().keys() & set(session.exec(closed))),
        is_known=_known(session, account, delivery),
    )


def account_of(session: Session, source: StatementSource, name: str, *, lock: bool = False) -> Account:
    """Raises: NotFound: the account belongs to no shop."""
    return Account(source, name, tuple(shops_of(session, source, name, lock=lock)))


def rate_of(session: Session, source: StatementSource) -> int | None:
    rate = session.get(FeeRate, source)
    return rate.rate_ppm if rate else None


def match_numbers(
    session: Session, account: Account, numbers: Iterable[str], statement_ids: set[int], *, now: datetime
) -> tuple[int, int]:
    """Set all lines of these orders against our facts again; returns how many differences were opened and resolved.

    Lines without an order are looked at in ``statement_ids``, and wherever an entry of theirs is told again.
    """
    days = {
        day: id_
        for id_, day in session.exec(select(col(Statement.id), col(Statement.day)).where(account.of(Statement)))
    }
    opened, resolved = 0, 0
    for part in batched(sorted(set(numbers) - {""}), _AT_ONCE):
        held, standing = col(StatementLine.order_no).in_(part), col(Difference.order_no).in_(part)
        more, less = _match(session, account, days, part, (held, standing), now=now)
        opened, resolved = opened + more, resolved + less
    for part in batched(sorted(statement_ids), _AT_ONCE):
        of_these = _NAMELESS & col(StatementLine.statement_id).in_(part)
        entries = set(session.exec(select(StatementLine.entry_no).where(of_these).distinct())) - {""}
        parts = [of_these & (col(StatementLine.entry_no) == "")]
        parts += [_NAMELESS & col(StatementLine.entry_no).in_(some) for some in batched(sorted(entries), _AT_ONCE)]
        for held in parts:
            told = select(StatementLine.id).where(held)
            standing = (col(Difference.order_no) == "") & col(Difference.line_id).in_(told)
            more, less = _match(session, account, days, [], (held, standing), now=now)
            opened, resolved = opened + more, resolved + less
    return opened, resolved


def _known(session: Session, account: Account, delivery: Delivery) -> bool:
    wanted = select(StatementFile.id).where(account.of(StatementFile))
    return session.exec(wanted.where(StatementFile.content_digest == delivery.content_digest)).first() is not None


def _statement(session: Session, account: Account, day: date, now: datetime) -> Statement:
    standing = session.exec(select(Statement).where(account.of(Statement), Statement.day == day)).one_or_none()
    if standing is None:
        standing = Statement(source=account.source, account=account.name, day=day, taken_at=now)
        session.add(standing)
        session.flush()
    standing.taken_at = now
    return standing


def _added(
    session: Session, statement: Statement, file: StatementFile, lines: Sequence[Line], *, is_whole: bool
) -> list[dict[str, Any]]:
    """The rows that are new; what a whole day no longer holds is taken back by a row of its own."""
    live = select(StatementLine.key).where(StatementLine.statement_id == statement.id, col(StatementLine.is_live))
    held, wanted = set(session.exec(live)), dict(_keyed(lines))
    given = {"statement_id": statement.id, "file_id": file.id, "is_correction": statement.closed_at is not None}
    rows = [_row(key, line) | given for key, line in wanted.items() if key not in held]
    gone = sorted(held - set(wanted)) if is_whole else []
    for part in batched(gone, _AT_ONCE):
        these = (col(StatementLine.statement_id) == statement.id) & col(StatementLine.key).in_(part)
        these &= col(StatementLine.is_live)
        for row in session.exec(select(StatementLine).where(these)):
            back = row.model_dump(exclude={"id"}) | given
            back |= {"amount_fen": -row.amount_fen, "fee_fen": -row.fee_fen, "is_live": False}
            rows.append(back)
        session.exec(update(StatementLine).where(these).values(is_live=False))
    if rows:
        session.connection().execute(insert(StatementLine), rows)
    return rows


def _keyed(lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    """Two lines that are alike in everything are two lines."""
    seen: Counter[str] = Counter()
    for line in lines:
        content = _content(line)
        seen[content] += 1
        yield digest(f"{content}|{seen[content]}"), line


def _content(line: Line) -> str:
    numbers = f"{line.kind}|{line.order_no}|{line.refund_no}|{line.entry_no}|{line.moved_at.isoformat()}"
    return f"{numbers}|{line.amount_fen}|{line.fee_fen}|{line.fee_base_fen}|{line.rate_ppm}|{line.word}"


def _row(key: str, line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _KEPT} | {"key": key, "is_live": True}


def _count(statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
    if statement.closed_at:
        statement.corrections += len(rows)
        statement.corrected_fen += sum(row["amount_fen"] - row["fee_fen"] for row in rows)
        return
    sums: Counter[LineKind] = Counter()
    for row in rows:
        sums[row["kind"]] += row["amount_fen"]
    statement.lines += sum(1 if row["is_live"] else -1 for row in rows)
    statement.receipts_fen += sums[LineKind.RECEIPT]
    statement.refunds_fen += sums[LineKind.REFUND]
    statement.fees_fen += sum(row["fee_fen"] for row in rows) - sums[LineKind.FEE]
    statement.other_fen += sums[LineKind.WITHDRAWAL] + sums[LineKind.OTHER]


def _match(
    session: Session,
    account: Account,
    days: Mapping[date, int],
    numbers: Sequence[str],
    conditions: tuple[ColumnElement[bool], ColumnElement[bool]],
    *,
    now: datetime,
) -> tuple[int, int]:
    places: dict[int, int] = {}
    lines: list[Line] = []
    for line, statement_id in _lines(session, account, conditions[0]):
        lines.append(line)
        places[line.id] = statement_id
    facts = facts_of(session, account.source, account.shops, numbers) if numbers else []
    billed = frozenset(days) if account.source.is_by_day else frozenset()
    found = match(lines, facts, billed=billed, rate_ppm=rate_of(session, account.source))
    wanted = {_key(one): one for one in found.differences}
    standing = {one.key: one for one in session.exec(select(Difference).where(account.of(Difference), conditions[1]))}
    opened, resolved = 0, 0
    for key, one in wanted.items():
        if key not in standing:
            place = places[one.line.id] if one.line else days[one.fact.on]  # type: ignore[union-attr,index]
            session.add(_difference(account, key, one, place, now))
            opened += 1
        elif standing[key].resolved_by == SYSTEM:
            standing[key].resolved_at, standing[key].resolved_by = None, ""
            session.add(standing[key])
            opened += 1
    for key, one in standing.items():
        if key not in wanted and one.resolved_at is None:
            one.resolved_at, one.resolved_by = now, SYSTEM
            session.add(one)
            resolved += 1
    session.flush()
    return opened, resolved


def _lines(session: Session, account: Account, condition: ColumnElement[bool]) -> Iterator[tuple[Line, int]]:
    """As the bills have them: differences are found, and age, in that order."""
    wanted = (
        select(
            StatementLine.kind,
            StatementLine.order_no,
            StatementLine.amount_fen,
            StatementLine.moved_at,
            StatementLine.entry_no,
            StatementLine.refund_no,
            StatementLine.fee_fen,
            StatementLine.fee_base_fen,
            StatementLine.rate_ppm,
            StatementLine.word,
            StatementLine.id,
            StatementLine.statement_id,
        )  # type: ignore[call-overload]
        .join(Statement, col(Statement.id) == StatementLine.statement_id)
        .where(account.of(Statement), condition, col(StatementLine.is_live))
        .order_by(col(StatementLine.id))
    )
    for *facts, statement_id in session.exec(wanted):
        yield Line(*facts), statement_id


def _key(one: Found) -> str:
    subject = one.line or one.fact
    assert subject is not None  # noqa: S101  (a difference is about a line or a fact)
    kind, order_no, refund_no = subject.group
    about = f"line {one.line.id}" if one.line else f"day {one.fact.on}"  # type: ignore[union-attr]
    return digest(f"{one.cause}|{kind}|{order_no}|{refund_no}|{about}|{one.said_fen}|{one.ours_fen}")


def _difference(account: Account, key: str, one: Found, statement_id: int, now: datetime) -> Difference:
    subject = one.line or one.fact
    assert subject is not None  # noqa: S101
    kind, order_no, refund_no = subject.group
    return Difference(
        source=account.source,
        account=account.name,
        key=key,
        statement_id=statement_id,
        line_id=one.line.id if one.line else None,
        order_id=one.fact.order_id if one.fact else None,
        cause=one.cause,
        kind=kind,
        order_no=order_no,
        refund_no=refund_no,
        said_fen=one.said_fen,
        ours_fen=one.ours_fen,
        found_at=now,
    )
