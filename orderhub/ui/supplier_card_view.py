"""What does a supplier's scorecard show, as the browser gets it?"""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from orderhub.domain.scorecard_terms import ScorecardTerms, scorecard_terms
from orderhub.domain.supplier import Supplier, contact_masked
from orderhub.insights.quarter import Quarter
from orderhub.insights.scorecard import Card, Figure, Part
from orderhub.insights.supplier import LineBehind, leads, lines_behind, quarter_cards, supply_of
from orderhub.insights.supplier_returns import Returns, returns
from orderhub.kernel.clock import business_day
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import FieldGroup, sees
from orderhub.kernel.veil import Cost
from orderhub.ui.supplier_view import (
    CARD_PATH,
    SupplierQuery,
    address,
    on_time,
    percent,
    quarters_shown,
    score_text,
    signed_percent,
)

PURCHASE_PATH = "/purchases/card"
_MOST_SKUS = 30


@dataclass
class PartView:
    part: str
    share: Cost
    between: str
    counts: str
    points: Cost
    weight: str
    is_few: bool
    is_silent: bool
    href: str
    is_on: bool


@dataclass
class LineView:
    id: str
    order_no: str
    href: str
    code: str
    quantity: str
    promised: str
    settled: str
    is_late: bool
    wrong: str
    missing: str
    defective: str
    price: Cost


@dataclass
class TrendView:
    quarter: str
    score: Cost
    width: str
    lines: str
    on_time: str
    is_few: bool
    href: str


@dataclass
class SupplyView:
    sku_id: str
    code: str
    title: str
    pack: str
    price: Cost
    is_preferred: bool


@dataclass
class ReasonView:
    reason: str
    pieces: str


@dataclass
class ReturnedView:
    code: str
    title: str
    bad: str
    returned: str


@dataclass
class CardView:
    id: str = ""
    code: str = ""
    name: str = ""
    contact: str = ""
    lead_days: str = "0"
    lead_mean: str = ""
    lead_spread: str = ""
    lead_arrivals: str = ""
    currency: str = ""
    note: str = ""
    is_active: bool = True
    quarter: str = ""
    score: Cost = ""
    is_few: bool = False
    parts: list[PartView] = field(default_factory=list)
    lines: list[LineView] = field(default_factory=list)
    trend: list[TrendView] = field(default_factory=list)
    supply: list[SupplyView] = field(default_factory=list)
    reasons: list[ReasonView] = field(default_factory=list)
    returned: list[ReturnedView] = field(default_factory=list)
    correlation: str = ""
    pairs: str = "0"
    all_href: str = ""
    part: str = ""


def card_view(session: Session, query: SupplierQuery, now: datetime) -> CardView:
    """Empty for a supplier that is not."""
    supplier = session.get(Supplier, query.supplier_id)
    if supplier is None:
        return CardView()
    today, quarter = business_day(now), query.quarter
    quarters = quarters_shown(quarter, now)[::-1]
    found = quarter_cards(session, sorted({*quarters, quarter}), today=today, supplier_ids=[supplier.id])
    card, terms = found[quarter][supplier.id], scorecard_terms(session)
    lead = leads(session, [supplier.id], today).get(supplier.id)
    back = returns(session, quarter.start, quarter.end)
    behind = lines_behind(session, supplier.id, quarter, query.part, today=today)
    return CardView(
        id=str(supplier.id),
        code=supplier.code,
        name=supplier.name,
        contact=contact_masked(supplier),
        lead_days=str(supplier.lead_days),
        lead_mean=f"{lead.mean:.1f}" if lead else "",
        lead_spread=f"{lead.spread:.1f}" if lead else "",
        lead_arrivals=str(lead.arrivals) if lead else "",
        currency=supplier.currency,
        note=supplier.note,
        is_active=supplier.is_active,
        quarter=str(quarter),
        score=score_text(card),
        is_few=card.lines > 0 and card.is_few,
        parts=[_part(card.figures[part], terms, query) for part in Part],
        lines=[_line(one) for one in behind],
        trend=[_trend(one, found[one][supplier.id], supplier.id) for one in quarters],
        supply=[
            SupplyView(
                str(one.sku_id),
                sku.code,
                sku.title,
                str(one.pack_size),
                money_text(one.price_fen) if one.price_fen else "",
                one.is_preferred,
            )
            for one, sku in supply_of(session, supplier.id)
        ],
        reasons=_reasons(back, supplier.id),
        returned=[
            ReturnedView(one.code, one.title, percent(one.bad_share), percent(one.return_share))
            for one in back.skus
            if one.supplier_id == supplier.id
        ][:_MOST_SKUS],
        correlation="" if back.correlation is None else f"{back.correlation:+.2f}",
        pairs=str(back.pairs),
        all_href=address(CARD_PATH, supplier=str(supplier.id), quarter=str(quarter)),
        part=query.part or "",
    )


def _part(figure: Figure, terms: ScorecardTerms, query: SupplierQuery) -> PartView:
    part, is_price = figure.part, figure.part is Part.PRICE
    is_hidden = is_price and not sees(FieldGroup.COST)
    shown = signed_percent(figure.share) if is_price else percent(figure.share)
    href = address(CARD_PATH, supplier=str(query.supplier_id), quarter=str(query.quarter), part=str(part))
    return PartView(
        part=str(part),
        share="" if is_hidden else shown,
        between="" if is_price or figure.share is None else f"{figure.low * 100:.0f}–{figure.high * 100:.0f}%",
        counts=f"{figure.lines:,}" if is_price else f"{figure.bad:,} / {figure.base:,}",
        points="" if figure.points is None else f"{figure.points:.0f}",
        weight=str(getattr(terms, f"{part}_weight")),
        is_few=bool(figure.lines) and figure.is_few,
        is_silent=figure.points is None,
        href=href,
        is_on=query.part is part,
    )


def _line(one: LineBehind) -> LineView:
    line = one.line
    return LineView(
        id=str(line.id),
        order_no=one.order_no,
        href=f"{PURCHASE_PATH}?purchase={line.purchase_id}",
        code=line.code,
        quantity=f"{line.quantity:,}",
        promised=_day(line.promised_on),
        settled=_day(line.settled_on),
        is_late=bool(one.is_late),
        wrong=_count(line.wrong),
        missing=_count(line.missing),
        defective=_count(line.defective),
        price=money_text(line.price_fen) if line.price_fen else "",
    )


def _trend(quarter: Quarter, card: Card, supplier_id: int) -> TrendView:
    shown = score_text(card)
    return TrendView(
        quarter=str(quarter),
        score=shown,
        width=f"{card.score:.0f}%" if card.score is not None and shown else "0%",
        lines=f"{card.lines:,}",
        on_time=percent(on_time(card)),
        is_few=card.lines > 0 and card.is_few,
        href=address(CARD_PATH, supplier=str(supplier_id), quarter=str(quarter)),
    )


def _reasons(back: Returns, supplier_id: int) -> list[ReasonView]:
    told = sorted(back.reasons.get(supplier_id, {}).items(), key=lambda one: (-one[1], one[0]))
    return [ReasonView(str(kind), f"{pieces:,.1f}".removesuffix(".0")) for kind, pieces in told]


def _day(day: date | None) -> str:
    return str(day) if day else ""


def _count(pieces: int) -> str:
    return f"{pieces:,}" if pieces else ""
