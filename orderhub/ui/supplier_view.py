"""What do the pages of suppliers show, as the browser gets it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from sqlmodel import Session

from orderhub.domain.scorecard_terms import ScorecardTerms, scorecard_terms
from orderhub.domain.supply_drafts import Note
from orderhub.insights.quarter import Quarter, quarter_of, read_quarter
from orderhub.insights.scorecard import Card, Part
from orderhub.insights.supplier import SupplierRow, supplier_rows
from orderhub.intake.supplies.reading import Read
from orderhub.intake.supplies.taking import Weighed
from orderhub.kernel.clock import business_day
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.sight import FieldGroup, sees
from orderhub.kernel.veil import Cost
from orderhub.ui.numbers import number_of

PATH = "/suppliers"
CARD_PATH = "/suppliers/card"
_QUARTERS = 6


@dataclass
class SupplierView:
    """Shares are percentages as text, empty where nobody can tell; ``trend`` is up, down or empty."""

    id: str
    code: str
    name: str
    href: str
    lines: str
    score: Cost
    before: Cost
    trend: str
    is_few: bool
    is_active: bool
    on_time: str
    complete: str
    sound: str
    price: Cost
    open: str
    skus: str


@dataclass
class ChoiceView:
    word: str
    href: str
    is_on: bool


@dataclass
class TermView:
    name: str
    value: str


@dataclass
class SuppliersView:
    suppliers: list[SupplierView] = field(default_factory=list)
    quarters: list[ChoiceView] = field(default_factory=list)
    quarter: str = ""
    text: str = ""
    terms: list[TermView] = field(default_factory=list)


@dataclass
class NoteView:
    rows: str
    field: str
    word: str
    done: str


@dataclass
class SupplyFileView:
    """``problem`` says why it cannot be taken, ``rows`` which rows are wrong."""

    mark: str = ""
    name: str = ""
    counts: list[TermView] = field(default_factory=list)
    notes: list[NoteView] = field(default_factory=list)
    unmatched: str = ""
    is_past: bool = False
    problem: str = ""
    rows: Annotated[list[str], FieldGroup.COST] = field(default_factory=list)


@dataclass(frozen=True)
class SupplierQuery:
    quarter: Quarter
    text: str = ""
    supplier_id: int = 0
    part: Part | None = None


def query_of(given: Mapping[str, str], now: datetime) -> SupplierQuery:
    """What a link asks for; without a quarter the present one."""
    try:
        quarter = read_quarter(given.get("quarter", ""))
    except RuleBroken:
        quarter = quarter_of(business_day(now))
    part = given.get("part", "")
    return SupplierQuery(
        quarter,
        given.get("q", "").strip()[:64],
        number_of(given.get("supplier", "")),
        Part(part) if part in list(Part) else None,
    )


def suppliers_view(session: Session, query: SupplierQuery, now: datetime) -> SuppliersView:
    rows = supplier_rows(session, query.quarter, today=business_day(now), text=query.text)
    return SuppliersView(
        suppliers=[_supplier(row, query.quarter) for row in rows],
        quarters=[
            ChoiceView(str(one), address(PATH, quarter=str(one), q=query.text), one == query.quarter)
            for one in quarters_shown(query.quarter, now)
        ],
        quarter=str(query.quarter),
        text=query.text,
        terms=_terms(scorecard_terms(session)),
    )


def file_view(mark: str, read: Read, weighed: Weighed) -> SupplyFileView:
    figures = {
        "suppliers": weighed.suppliers,
        "supplier_supply": weighed.supplies,
        "purchases": weighed.orders,
        "supplier_fresh": weighed.fresh,
        "supplier_lines": weighed.lines,
        "supplier_arrivals": weighed.arrivals,
        "supplier_shelved": weighed.shelved,
    }
    return SupplyFileView(
        mark=mark,
        name=read.file.name,
        counts=[TermView(name, f"{count:,}") for name, count in figures.items()],
        notes=[_note(one) for one in read.file.notes],
        unmatched=f"{len(weighed.unmatched):,}" if weighed.unmatched else "",
        is_past=read.file.is_past,
    )


def score_text(card: Card) -> str:
    """Empty for whoever may not see cost: prices are in it."""
    return "" if card.score is None or not sees(FieldGroup.COST) else f"{card.score:.1f}"


def percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.1f}%"


def signed_percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:+.1f}%"


def on_time(card: Card) -> float | None:
    late = card.figures[Part.ON_TIME].share
    return None if late is None else 1 - late


def quarters_shown(chosen: Quarter, now: datetime) -> list[Quarter]:
    """The newest first, the chosen one among them."""
    one = quarter_of(business_day(now))
    found = [one]
    while len(found) < _QUARTERS:
        one = one.before
        found.append(one)
    return found if chosen in found else [*found[:-1], chosen]


def _supplier(row: SupplierRow, quarter: Quarter) -> SupplierView:
    card, before = row.card, row.before
    trend = ""
    if card.score is not None and before.score is not None and abs(card.score - before.score) >= 1:
        trend = "up" if card.score > before.score else "down"
    return SupplierView(
        id=str(row.supplier.id),
        code=row.supplier.code,
        name=row.supplier.name,
        href=address(CARD_PATH, supplier=str(row.supplier.id), quarter=str(quarter)),
        lines=f"{card.lines:,}",
        score=score_text(card),
        before=score_text(before),
        trend=trend if sees(FieldGroup.COST) else "",
        is_few=card.lines > 0 and card.is_few,
        is_active=row.supplier.is_active,
        on_time=percent(on_time(card)),
        complete=percent(card.figures[Part.COMPLETE].share),
        sound=percent(card.figures[Part.SOUND].share),
        price=signed_percent(card.figures[Part.PRICE].share),
        open=f"{row.open_orders:,}",
        skus=f"{row.skus:,}",
    )


def _terms(terms: ScorecardTerms) -> list[TermView]:
    weights = [TermView(f"weight_{part}", str(getattr(terms, f"{part}_weight"))) for part in Part]
    limits = [
        TermView(f"limit_{part}", f"{getattr(terms, f'{part}_limit') / 10:g}")
        for part in Part
        if part is not Part.ON_TIME
    ]
    return weights + limits


def _note(one: Note) -> NoteView:
    return NoteView(f"{one.rows:,}", one.field, one.word, str(one.done))


def address(path: str, **asked: str) -> str:
    return f"{path}?{urlencode({name: value for name, value in asked.items() if value})}"
