"""Does what a source says it moved agree with what we know? Decided from lines and facts alone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from orderhub.domain.settlement import DifferenceCause, LineKind
from orderhub.kernel.clock import business_day

_COMPARED = (LineKind.RECEIPT, LineKind.REFUND)
_MILLION = 1_000_000

GroupKey = tuple[LineKind, str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """As a source says it; ``amount_fen`` is below zero where money left, ``rate_ppm`` what it says its fee is of
    ``fee_base_fen``, None: of the amount.

    ``entry_no`` is the source's own number of the movement, ``refund_no`` is empty where it tells refunds of one order
    not apart.
    """

    kind: LineKind
    order_no: str
    amount_fen: int
    moved_at: datetime
    entry_no: str = ""
    refund_no: str = ""
    fee_fen: int = 0
    fee_base_fen: int | None = None
    rate_ppm: int | None = None
    word: str = ""
    id: int = 0

    @property
    def group(self) -> GroupKey:
        return self.kind, self.order_no, self.refund_no


@dataclass(frozen=True, slots=True)
class Fact:
    """Money that moved by our books. ``on`` is the day its source must show it on, None where that cannot be said.

    ``order_id`` is None for money whose order is not here.
    """

    kind: LineKind
    order_no: str
    amount_fen: int
    refund_no: str = ""
    on: date | None = None
    order_id: int | None = None

    @property
    def group(self) -> GroupKey:
        return self.kind, self.order_no, self.refund_no


@dataclass(frozen=True, slots=True)
class Found:
    """``line`` is None for money that no bill shows; then ``fact`` says which."""

    cause: DifferenceCause
    line: Line | None
    fact: Fact | None
    said_fen: int
    ours_fen: int


@dataclass(frozen=True)
class Matching:
    """Each line stands in exactly one of both."""

    matched: tuple[Line, ...]
    differences: tuple[Found, ...]


def match(
    lines: Iterable[Line],
    facts: Iterable[Fact],
    *,
    billed: frozenset[date] = frozenset(),
    rate_ppm: int | None = None,
) -> Matching:
    """Set every line against the facts of its order; the order of either does not matter.

    ``lines`` must be all there are of their orders. ``billed`` are the days of which all lines are here: a fact of one
    of them without a line is missing. ``rate_ppm``: the fee expected of each receipt, None: what the source says.
    """
    known = {fact.group: fact for fact in facts}
    order_ids = {fact.order_no: fact for fact in known.values() if fact.order_id is not None}
    groups: dict[GroupKey, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.group].append(line)
    matched: list[Line] = []
    found: list[Found] = []
    for key, group in groups.items():
        group.sort(key=_age)
        if key[0] in _COMPARED:
            good, bad = _compared(group, known.get(key), rate_ppm)
        else:
            good, bad = _accounted(group, order_ids)
        matched += good
        found += bad
    for key, fact in known.items():
        if key not in groups and fact.on in billed:
            found.append(Found(DifferenceCause.MISSING_RECEIPT, None, fact, 0, fact.amount_fen))
    return Matching(tuple(matched), tuple(found))


def expected_fee_fen(amount_fen: int, rate_ppm: int) -> int:
    """Rounded half up to the fen, as WeChat Pay does."""
    return (abs(amount_fen) * rate_ppm + _MILLION // 2) // _MILLION


def _age(line: Line) -> tuple[datetime, str, int, int, str, int]:
    """All that a line says comes before its id, which only tells in what order the files came."""
    said = f"{line.fee_base_fen}|{line.rate_ppm}|{line.word}"
    return line.moved_at, line.entry_no, line.amount_fen, line.fee_fen, said, line.id


def _compared(group: list[Line], fact: Fact | None, rate_ppm: int | None) -> tuple[list[Line], list[Found]]:
    """Receipts or refunds of one order; several add up, unless one of them alone is what we expect."""
    lines, again = _told_once(group)
    found = [Found(DifferenceCause.DUPLICATE, line, fact, line.amount_fen, 0) for line in again]
    if fact is None or fact.order_id is None:
        cause = DifferenceCause.MISSING_ORDER
        return [], found + [Found(cause, line, fact, line.amount_fen, 0) for line in lines]
    if sum(line.amount_fen for line in lines) != fact.amount_fen:
        exact = next((line for line in lines if line.amount_fen == fact.amount_fen), None)
        if exact is None:
            return [], found + _unequal(lines, fact)
        found += [Found(_surplus(line, exact), line, fact, line.amount_fen, 0) for line in lines if line is not exact]
        lines = [exact]
    matched: list[Line] = []
    for line in lines:
        if wrong := _wrong(line, fact, rate_ppm):
            found.append(wrong)
        else:
            matched.append(line)
    return matched, found


def _accounted(group: list[Line], orders: dict[str, Fact]) -> tuple[list[Line], list[Found]]:
    """Fees, withdrawals and the like: what names an order must name one of ours."""
    lines, again = _told_once(group)
    found = [Found(DifferenceCause.DUPLICATE, line, None, line.amount_fen, 0) for line in again]
    if not group[0].order_no or group[0].order_no in orders:
        return lines, found
    return [], found + [Found(DifferenceCause.MISSING_ORDER, line, None, line.amount_fen, 0) for line in lines]


def _told_once(group: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Lines as they are, and those that repeat the source's own number with the same amount."""
    seen: set[tuple[str, int]] = set()
    once: list[Line] = []
    again: list[Line] = []
    for line in group:
        mark = line.entry_no, line.amount_fen
        (again if line.entry_no and mark in seen else once).append(line)
        seen.add(mark)
    return once, again


def _unequal(lines: Sequence[Line], fact: Fact) -> list[Found]:
    """What we expect is set against the first of them, so that the gaps add up to the real one."""
    ours = [fact.amount_fen, *[0] * (len(lines) - 1)]
    return [
        Found(DifferenceCause.AMOUNT, line, fact, line.amount_fen, fen) for line, fen in zip(lines, ours, strict=True)
    ]


def _surplus(line: Line, exact: Line) -> DifferenceCause:
    return DifferenceCause.DUPLICATE if line.amount_fen == exact.amount_fen else DifferenceCause.AMOUNT


def _wrong(line: Line, fact: Fact, rate_ppm: int | None) -> Found | None:
    """What is wrong with a line whose amount is right."""
    if fact.on is not None and business_day(line.moved_at) != fact.on:
        return Found(DifferenceCause.TIMING, line, fact, line.amount_fen, fact.amount_fen)
    rate = line.rate_ppm if rate_ppm is None else rate_ppm
    if line.kind is LineKind.RECEIPT and rate is not None:
        expected = expected_fee_fen(line.amount_fen if line.fee_base_fen is None else line.fee_base_fen, rate)
        if line.fee_fen != expected:
            return Found(DifferenceCause.FEE, line, fact, -line.fee_fen, -expected)
    return None
