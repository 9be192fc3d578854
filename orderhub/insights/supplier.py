"""Which purchase lines speak for which supplier, how do their cards go from quarter to quarter, what is behind them?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, pstdev

from sqlmodel import Session, col, func, or_, select

from orderhub.domain.purchase_order import WITH_SUPPLIER, PurchaseLine, PurchaseOrder, PurchaseStatus
from orderhub.domain.scorecard_terms import ScorecardTerms, scorecard_terms
from orderhub.domain.sku import Sku
from orderhub.domain.supplier import Supplier, SupplierSku
from orderhub.insights.quarter import Quarter
from orderhub.insights.scorecard import Card, Part, Supplied, cards

PRICES_BEFORE = timedelta(days=400)
LEAST_LEADS = 5
_LEADS_SINCE = timedelta(days=730)


@dataclass(frozen=True)
class SupplierRow:
    """``card`` and ``before``: of a quarter and of the one before it."""

    supplier: Supplier
    skus: int
    open_orders: int
    card: Card
    before: Card


@dataclass(frozen=True)
class Lead:
    """How many days a supplier takes from order to a line's last piece, as its ``arrivals`` show."""

    mean: float
    spread: float
    arrivals: int


def supplied(session: Session, since: date | None = None, until: date | None = None) -> list[Supplied]:
    """Every line that is with its supplier and belongs to a day from ``since`` to ``until``; ``supplier`` is its id."""
    day = func.coalesce(PurchaseLine.promised_on, PurchaseLine.settled_on)
    wanted = (
        select(
            PurchaseOrder.supplier_id,
            PurchaseLine.id,
            PurchaseLine.purchase_id,
            PurchaseLine.code,
            PurchaseLine.quantity,
            PurchaseLine.promised_on,
            PurchaseLine.settled_on,
            PurchaseOrder.ordered_on,
            PurchaseLine.wrong,
            PurchaseLine.missing,
            PurchaseLine.defective,
            PurchaseLine.is_counted,
            PurchaseLine.price_fen,
        )  # type: ignore[call-overload]
        .join(PurchaseOrder, col(PurchaseOrder.id) == PurchaseLine.purchase_id)
        .where(col(PurchaseOrder.status).in_(WITH_SUPPLIER))
    )
    if since:
        wanted = wanted.where(day >= since)
    if until:
        wanted = wanted.where(day <= until)
    return [Supplied(str(supplier_id), *facts) for supplier_id, *facts in session.exec(wanted)]


def quarter_cards(
    session: Session, quarters: Sequence[Quarter], *, today: date, supplier_ids: Sequence[int] = ()
) -> dict[Quarter, dict[int, Card]]:
    """By quarter and supplier; a supplier without a line in a quarter has a card without figures."""
    terms = scorecard_terms(session)
    lines = supplied(session, min(quarters).start - PRICES_BEFORE, max(quarters).end)
    names = [str(supplier_id) for supplier_id in supplier_ids or session.exec(select(Supplier.id))]
    return {quarter: _of_quarter(lines, terms, quarter, today, names) for quarter in quarters}


def supplier_rows(session: Session, quarter: Quarter, *, today: date, text: str = "") -> list[SupplierRow]:
    """The best first; ``text`` is part of a code or a name."""
    wanted = select(Supplier)
    if text:
        wanted = wanted.where(
            or_(
                col(Supplier.code).icontains(text, autoescape=True), col(Supplier.name).icontains(text, autoescape=True)
            )
        )
    suppliers = {supplier.id: supplier for supplier in session.exec(wanted)}
    found = quarter_cards(session, [quarter, quarter.before], today=today)
    skus = dict(
        session.exec(select(SupplierSku.supplier_id, func.count()).group_by(col(SupplierSku.supplier_id))).all()
    )
    still = (PurchaseStatus.ORDERED, PurchaseStatus.PARTLY_RECEIVED)
    opened = select(PurchaseOrder.supplier_id, func.count()).where(col(PurchaseOrder.status).in_(still))
    orders = dict(session.exec(opened.group_by(col(PurchaseOrder.supplier_id))).all())
    return [
        SupplierRow(suppliers[number], skus.get(number, 0), orders.get(number, 0), card, found[quarter.before][number])
        for number, card in found[quarter].items()
        if number in suppliers
    ]


def supplier_names(session: Session) -> dict[str, str]:
    """By id as text, as cards call them."""
    return {str(number): name for number, name in session.exec(select(Supplier.id, Supplier.name))}


def supply_of(session: Session, supplier_id: int) -> list[tuple[SupplierSku, Sku]]:
    """What the supplier sells, by code."""
    wanted = select(SupplierSku, Sku).join(Sku, col(Sku.id) == SupplierSku.sku_id)
    return list(session.exec(wanted.where(SupplierSku.supplier_id == supplier_id).order_by(col(Sku.code))))


@dataclass(frozen=True)
class LineBehind:
    line: PurchaseLine
    order_no: str
    is_late: bool | None


def lines_behind(
    session: Session, supplier_id: int, quarter: Quarter, part: Part | None, *, today: date, limit: int = 200
) -> list[LineBehind]:
    """The lines of a card that count against the supplier in ``part``, or all of them; newest first."""
    day = func.coalesce(PurchaseLine.promised_on, PurchaseLine.settled_on)
    wanted = (
        select(PurchaseLine, PurchaseOrder.order_no)
        .join(PurchaseOrder, col(PurchaseOrder.id) == PurchaseLine.purchase_id)
        .where(
            PurchaseOrder.supplier_id == supplier_id,
            col(PurchaseOrder.status).in_(WITH_SUPPLIER),
            day >= quarter.start,
            day <= quarter.end,
        )
        .order_by(day.desc(), col(PurchaseLine.id).desc())
    )
    if part is Part.ON_TIME:
        late = col(PurchaseLine.settled_on) > col(PurchaseLine.promised_on)
        never = col(PurchaseLine.settled_on).is_(None) & (col(PurchaseLine.promised_on) < today)
        wanted = wanted.where(or_(late, never))
    elif part is Part.COMPLETE:
        wanted = wanted.where(PurchaseLine.wrong + PurchaseLine.missing > 0, col(PurchaseLine.settled_on).is_not(None))
    elif part is Part.SOUND:
        wanted = wanted.where(PurchaseLine.defective > 0, col(PurchaseLine.settled_on).is_not(None))
    elif part is Part.PRICE:
        wanted = wanted.where(PurchaseLine.price_fen > 0)
    return [LineBehind(line, number, _is_late(line, today)) for line, number in session.exec(wanted.limit(limit))]


def leads(session: Session, supplier_ids: Sequence[int], today: date) -> dict[int, Lead]:
    """Of two years; lines of an order that came on one day are one arrival, and under ``LEAST_LEADS`` say nothing."""
    wanted = (
        select(PurchaseOrder.supplier_id, PurchaseOrder.id, PurchaseOrder.ordered_on, PurchaseLine.settled_on)  # type: ignore[call-overload]
        .join(PurchaseLine, col(PurchaseLine.purchase_id) == PurchaseOrder.id)
        .where(
            col(PurchaseOrder.supplier_id).in_(supplier_ids),
            col(PurchaseOrder.ordered_on).is_not(None),
            col(PurchaseLine.settled_on) >= today - _LEADS_SINCE,
        )
        .distinct()
    )
    taken: dict[int, list[int]] = {}
    for supplier_id, _, ordered_on, settled_on in session.exec(wanted):
        if ordered_on and settled_on and settled_on >= ordered_on:
            taken.setdefault(supplier_id, []).append((settled_on - ordered_on).days)
    return {
        supplier_id: Lead(fmean(days), pstdev(days), len(days))
        for supplier_id, days in taken.items()
        if len(days) >= LEAST_LEADS
    }


def every_card(session: Session, quarter: Quarter, *, today: date) -> Iterator[tuple[Supplier, Card]]:
    """The best first."""
    for row in supplier_rows(session, quarter, today=today):
        yield row.supplier, row.card


def _of_quarter(
    lines: Sequence[Supplied], terms: ScorecardTerms, quarter: Quarter, today: date, names: Sequence[str]
) -> dict[int, Card]:
    made = cards(lines, terms, today=today, since=quarter.start, until=quarter.end, suppliers=names)
    return {int(card.supplier): card for card in made if card.supplier in set(names)}


def _is_late(line: PurchaseLine, today: date) -> bool | None:
    said = Supplied("", line.id, line.purchase_id, line.code, line.quantity, line.promised_on, line.settled_on)
    return said.is_late(today)
