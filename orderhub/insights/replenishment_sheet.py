"""What is known of a warehouse's goods, and which sheet of suggestions comes of it?"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from statistics import fmean, pstdev

from sqlmodel import Session, col, func, select

from orderhub.domain.purchase_order import UNDER_WAY, PurchaseOrder, PurchaseStatus, open_pieces
from orderhub.domain.replenishment import ReplenishmentLine, ReplenishmentRun, ReplenishmentTerms
from orderhub.domain.restock import Restock, RestockStatus
from orderhub.domain.sku import Sku, SkuPart
from orderhub.domain.stock import Cause, StockEntry, StockLevel, Warehouse
from orderhub.domain.supplier import Supplier, SupplierSku, preferred_of
from orderhub.insights.forecast.kept import expected, newest_done
from orderhub.insights.replenishment import Z90, Facts, Lead, LeadSource, Source, Suggestion, Supply, Wanted, suggest
from orderhub.insights.supplier import leads
from orderhub.kernel.clock import business_day, day_start
from orderhub.kernel.many_rows import among

RECENT_DAYS = 28


@dataclass(frozen=True)
class SheetRow:
    line: ReplenishmentLine
    sku: Sku
    supplier: str
    order_no: str


def work_out(session: Session, warehouse: Warehouse, terms: ReplenishmentTerms, now: datetime) -> list[Suggestion]:
    """The most urgent first, of every SKU that the warehouse keeps or somebody sells us."""
    facts = facts_of(session, warehouse.id, terms, business_day(now))
    return suggest(facts, service_permille=terms.service_permille, budget_fen=terms.budget_fen)


def lines_for(suggestions: Sequence[Suggestion], warehouse_id: int) -> Iterator[ReplenishmentLine]:
    """As rows of a sheet."""
    for rank, one in enumerate(suggestions, 1):
        supply = one.facts.supply
        yield ReplenishmentLine(
            run_id=0,
            warehouse_id=warehouse_id,
            sku_id=one.facts.sku_id,
            supplier_id=supply.supplier_id if supply else None,
            rank=rank,
            lasts_days=one.lasts_days,
            wanted=one.wanted,
            quantity=one.quantity,
            pack_size=supply.pack_size if supply else 1,
            price_fen=supply.price_fen if supply else 0,
            lead_days=ceil(one.facts.lead.days),
            left_out=one.left_out,
            steps=[reason.kept() for reason in one.reasons],
        )


def facts_of(session: Session, warehouse_id: int, terms: ReplenishmentTerms, today: date) -> list[Facts]:
    """By SKU id."""
    sku_ids = _concerned(session, warehouse_id)
    supplies = preferred_of(session, sku_ids)
    suppliers = {supplier.id: supplier for supplier, _ in supplies.values()}
    known_leads = leads(session, list(suppliers), today)
    spans = {
        sku_id: _lead(supplies[sku_id][0] if sku_id in supplies else None, known_leads, terms) for sku_id in sku_ids
    }
    wanted = _demand(session, warehouse_id, spans, terms.review_days, today)
    available = _available(session, warehouse_id, sku_ids)
    ordered = open_pieces(session, warehouse_id, sku_ids, UNDER_WAY)
    drafted = open_pieces(session, warehouse_id, sku_ids, [PurchaseStatus.DRAFT])
    restocked = _restocked(session, warehouse_id, sku_ids)
    return [
        Facts(
            sku_id,
            wanted[sku_id],
            spans[sku_id],
            available.get(sku_id, 0),
            ordered.get(sku_id, 0),
            drafted.get(sku_id, 0),
            restocked.get(sku_id, 0),
            _supply(*supplies[sku_id]) if sku_id in supplies else None,
        )
        for sku_id in sku_ids
    ]


def sheet_rows(session: Session, run: ReplenishmentRun) -> list[SheetRow]:
    """The most urgent first."""
    wanted = (
        select(ReplenishmentLine, Sku, Supplier.name, PurchaseOrder.order_no)
        .join(Sku, col(Sku.id) == ReplenishmentLine.sku_id)
        .outerjoin(Supplier, col(Supplier.id) == ReplenishmentLine.supplier_id)
        .outerjoin(PurchaseOrder, col(PurchaseOrder.id) == ReplenishmentLine.purchase_id)
        .where(ReplenishmentLine.run_id == run.id)
        .order_by(col(ReplenishmentLine.rank))
    )
    return [SheetRow(line, sku, name or "", number or "") for line, sku, name, number in session.exec(wanted)]


def _concerned(session: Session, warehouse_id: int) -> list[int]:
    kept = set(session.exec(select(StockLevel.sku_id).where(StockLevel.warehouse_id == warehouse_id)))
    sold = set(session.exec(select(SupplierSku.sku_id).distinct()))
    bundles = set(session.exec(select(SkuPart.sku_id).where(~col(SkuPart.is_gift)).distinct()))
    return sorted(one for one in (kept | sold) - bundles if one > 0)


def _lead(supplier: Supplier | None, known: dict, terms: ReplenishmentTerms) -> Lead:
    told = known.get(supplier.id) if supplier else None
    if told:
        return Lead(LeadSource.RECEIPTS, told.mean, told.spread, told.arrivals)
    if supplier and supplier.lead_days:
        return Lead(LeadSource.AGREED, supplier.lead_days, terms.lead_spread_days)
    return Lead(LeadSource.ASSUMED, terms.lead_days, terms.lead_spread_days)


def _supply(supplier: Supplier, one: SupplierSku) -> Supply:
    return Supply(supplier.id, supplier.name, one.pack_size, one.price_fen, supplier.currency)


def _demand(
    session: Session, warehouse_id: int, spans: dict[int, Lead], review_days: int, today: date
) -> dict[int, Wanted]:
    """Forecast where there is one, else as the last 28 days were."""
    by_days: dict[int, list[int]] = defaultdict(list)
    for sku_id, lead in spans.items():
        by_days[max(1, ceil(lead.days + review_days))].append(sku_id)
    run, found = newest_done(session), {}
    for days, sku_ids in by_days.items():
        end = today + timedelta(days=days)
        known = 0 if run is None else min(days, (run.last_day - max(today, run.first_day - timedelta(days=1))).days)
        told = expected(session, sku_ids, warehouse_id, today + timedelta(days=1), end) if known > 0 else {}
        for sku_id, one in told.items():
            mean, high = one.p50_milli / 1000, one.p90_milli / 1000
            # Days beyond the forecast are as its mean; their errors are taken to be as much alike as those before.
            more = days / known
            found[sku_id] = Wanted(Source.FORECAST, days, known, mean * more, (high - mean) / Z90 * more)
    missing = [sku_id for sku_id in spans if sku_id not in found]
    recent = _recent(session, warehouse_id, missing, today)
    for days, sku_ids in by_days.items():
        for sku_id in sku_ids:
            if sku_id not in found:
                sold = recent.get(sku_id, [0] * RECENT_DAYS)
                found[sku_id] = Wanted(Source.RECENT, days, 0, fmean(sold) * days, pstdev(sold) * days**0.5)
    return found


def _recent(session: Session, warehouse_id: int, sku_ids: Collection[int], today: date) -> dict[int, list[int]]:
    """By SKU, pieces that left on each of the last 28 days, today not among them."""
    start = today - timedelta(days=RECENT_DAYS)
    wanted = select(StockEntry.sku_id, StockEntry.at, StockEntry.on_hand_change).where(
        StockEntry.warehouse_id == warehouse_id,
        among(session, col(StockEntry.sku_id), sku_ids),
        col(StockEntry.cause).in_((Cause.SHIPPED, Cause.RECALLED)),
        StockEntry.at >= day_start(start),
        StockEntry.at < day_start(today),
    )
    found: dict[int, list[int]] = {}
    for sku_id, at, change in session.exec(wanted):
        found.setdefault(sku_id, [0] * RECENT_DAYS)[(business_day(at) - start).days] -= change
    return found


def _available(session: Session, warehouse_id: int, sku_ids: Collection[int]) -> dict[int, int]:
    wanted = select(StockLevel.sku_id, StockLevel.on_hand - StockLevel.reserved).where(
        StockLevel.warehouse_id == warehouse_id, among(session, col(StockLevel.sku_id), sku_ids)
    )
    return dict(session.exec(wanted).all())


def _restocked(session: Session, warehouse_id: int, sku_ids: Collection[int]) -> dict[int, int]:
    wanted = (
        select(Restock.sku_id, func.sum(Restock.pieces))
        .where(
            Restock.warehouse_id == warehouse_id,
            Restock.status == RestockStatus.PLANNED,
            among(session, col(Restock.sku_id), sku_ids),
        )
        .group_by(col(Restock.sku_id))
    )
    return {sku_id: int(pieces) for sku_id, pieces in session.exec(wanted)}
