"""Are the reports' snapshots what the rows say? Every day that is kept is counted once more, and every month added up.

Days that something has touched since the last count are left out: their turn comes with the next one.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from orderhub.insights.reports.cell import ReportCell, ReportCounted, Span
from orderhub.insights.reports.counting import (
    OVERLAP,
    Cells,
    cells_of,
    month_cells,
    seen_until,
    touched_days,
    with_sums,
)
from orderhub.insights.reports.tally import Group, Tallied, Tally
from orderhub.kernel.db import reading

_MOST_TOLD = 20


@dataclass(frozen=True)
class ReportProof:
    """``differences``: ``<span> <day> shop <id> <warehouses>: <kept> kept, <counted> counted``."""

    report: Tallied
    spans: int
    cells: int
    counted: int
    left_out: int
    differences: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not self.differences

    def __str__(self) -> str:
        told = f"{self.report}: {self.spans} days and months, {self.cells} cells, {self.counted} counted"
        told += f", {self.left_out} touched since" if self.left_out else ""
        if self.is_sound:
            return f"{told}: the rows say the same"
        return "\n  ".join([f"{told}: {len(self.differences)} WRONG", *self.differences[:_MOST_TOLD]])


def prove_reports(now: datetime) -> Iterator[ReportProof]:
    """One proof for each report that is kept."""
    with reading() as session:
        touched = touched_days(session, seen_until(session, now) - OVERLAP, now)
        spans = session.execute(columns(col(ReportCounted.span), col(ReportCounted.begins_on))).all()
    wanted = [(Span(span), day) for span, day in spans if not _is_touched(Span(span), day, touched)]
    cells, counted = Counter[Tallied](), Counter[Tallied]()
    wrong: dict[Tallied, list[str]] = {what: [] for what in Tallied}
    for span, day in sorted(wanted):
        with reading() as session:
            kept = _kept(session, span, day)
            found = cells_of(session, day) if span is Span.DAY else month_cells(session, day)
        for what in Tallied:
            cells[what] += len(kept[what])
            counted[what] += sum(one.count for one in found[what].values()) if span is Span.DAY else 0
            wrong[what] += _differences(f"{span} {day}", kept[what], with_sums(found[what]))
    for what in Tallied:
        left_out = len(spans) - len(wanted)
        yield ReportProof(what, len(wanted), cells[what], counted[what], left_out, tuple(wrong[what]))


def _is_touched(span: Span, day: date, touched: set[date]) -> bool:
    return day in touched if span is Span.DAY else day in {one.replace(day=1) for one in touched}


def _kept(session: Session, span: Span, day: date) -> Cells:
    found: Cells = {what: {} for what in Tallied}
    for cell in session.exec(select(ReportCell).where(ReportCell.span == span, ReportCell.begins_on == day)):
        group = Group(cell.channel, cell.shop_id, cell.places)
        found[cell.report][group] = Tally(cell.count, cell.fen, Counter(cell.parts))
    return found


def _differences(when: str, kept: dict[Group, Tally], found: dict[Group, Tally]) -> Iterator[str]:
    nothing = Tally()
    for group in sorted(kept.keys() | found.keys()):
        here, there = kept.get(group, nothing), found.get(group, nothing)
        if here != there:
            yield f"{when} shop {group.shop_id} {group.places or '-'}: {here.count} kept, {there.count} counted"
