"""Which goods should a warehouse buy, and which of them has somebody said yes to? 区域仓备货建议表.

What a sheet says stands still: it is what was looked at. A new one takes the place of an older one that nobody has
acted on. Saying yes makes purchase drafts, one for each supplier, once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Date, Index, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.purchase_order import MOST_LINES, LineDraft, PurchaseOrder, draft_purchase
from orderhub.domain.sku import Sku
from orderhub.domain.stock import Warehouse, warehouses
from orderhub.domain.supplier import Supplier
from orderhub.kernel.clock import business_day
from orderhub.kernel.columns import BigId, Json, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, batched, record
from orderhub.kernel.money import bounded_fen
from orderhub.kernel.sight import find


class LeftOut(StrEnum):
    """Why nothing, or less than is needed, is suggested of a SKU."""

    NONE = "none"
    NO_SUPPLIER = "no_supplier"  # 没有供应商
    NO_PRICE = "no_price"  # 没有进价,预算内算不了
    OTHER_CURRENCY = "other_currency"  # 外币报价
    BUDGET = "budget"  # 超出预算


class ReplenishmentTerms(SQLModel, table=True):
    """How a warehouse is replenished; one without a row has these. ``service_permille``: of cycles without a gap.

    ``lead_days`` and ``lead_spread_days`` stand in where neither receipts nor the supplier say. ``budget_fen`` 0: any.
    """

    __tablename__ = "replenishment_terms"  # pyright: ignore[reportAssignmentType]

    warehouse_id: int = Field(foreign_key="warehouse.id", primary_key=True, sa_type=BigId)
    service_permille: int = 950
    review_days: int = 30
    lead_days: int = 14
    lead_spread_days: int = 4
    budget_fen: int = Field(default=0, sa_type=BigId)


class ReplenishmentRun(SQLModel, table=True):
    """A sheet as it was worked out on ``day``, with the terms of that day."""

    __tablename__ = "replenishment_run"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_replenishment_run_warehouse", "warehouse_id", "id"),)

    id: int = own_id()
    warehouse_id: int = Field(foreign_key="warehouse.id", sa_type=BigId)
    day: date = Field(sa_type=Date)  # type: ignore[call-overload]
    service_permille: int
    review_days: int
    budget_fen: int = Field(default=0, sa_type=BigId)
    by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=Moment)


class ReplenishmentLine(SQLModel, table=True):
    """``steps`` are the numbers that lead to ``quantity``, each with what it was made of; ``rank`` by urgency.

    ``wanted`` is what is needed in whole packs, ``quantity`` what of it is suggested; ``purchase_id`` once ordered.
    """

    __tablename__ = "replenishment_line"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("run_id", "sku_id"), Index("ix_replenishment_line_rank", "run_id", "rank"))

    id: int = own_id()
    run_id: int = Field(foreign_key="replenishment_run.id", sa_type=BigId)
    warehouse_id: int = Field(foreign_key="warehouse.id", sa_type=BigId)
    sku_id: int = Field(foreign_key="sku.id", sa_type=BigId)
    supplier_id: int | None = Field(default=None, foreign_key="supplier.id", sa_type=BigId)
    rank: int
    lasts_days: int | None = None
    wanted: int = Field(sa_type=BigId)
    quantity: int = Field(sa_type=BigId)
    pack_size: int = 1
    price_fen: int = Field(default=0, sa_type=BigId)
    lead_days: int = 0
    left_out: LeftOut = Field(default=LeftOut.NONE, sa_type=word(LeftOut))
    steps: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    purchase_id: int | None = Field(default=None, foreign_key="purchase_order.id", sa_type=BigId)


class NothingToOrder(RuleBroken):
    code = "nothing_to_order"


@dataclass(frozen=True)
class ReplenishmentEvent(Happening):
    subject_type: ClassVar[str] = "replenishment_run"


@dataclass(frozen=True)
class ReplenishmentMade(ReplenishmentEvent):
    warehouse: str
    lines: int
    pieces: int


@dataclass(frozen=True)
class ReplenishmentApproved(ReplenishmentEvent):
    purchases: tuple[int, ...]
    lines: int


@dataclass(frozen=True)
class ReplenishmentTermsSet(Happening):
    subject_type: ClassVar[str] = "warehouse"
    service_permille: int
    review_days: int


@dataclass(frozen=True)
class ReplenishmentExported(ReplenishmentEvent):
    """Somebody took the sheet's ``rows`` away as a file."""

    what: str
    form: str
    rows: int


def terms_of(session: Session, warehouse_id: int) -> ReplenishmentTerms:
    return session.get(ReplenishmentTerms, warehouse_id) or ReplenishmentTerms(warehouse_id=warehouse_id)


def set_terms(session: Session, terms: ReplenishmentTerms, *, by: str, now: datetime) -> None:
    """Raises: BadInput: a figure that cannot be; NotFound: there is no such warehouse."""
    if find(session, Warehouse, terms.warehouse_id) is None:
        raise NotFound("there is no such warehouse")
    if not 500 <= terms.service_permille <= 999:
        raise BadInput("service: 50 % to 99.9 %", field="service", problem="replenish_service")
    if not (1 <= terms.review_days <= 180 and 0 <= terms.lead_days <= 365 and 0 <= terms.lead_spread_days <= 180):
        raise BadInput("days: out of bounds", field="days", problem="replenish_days")
    if bounded_fen(terms.budget_fen, field="budget") < 0:
        raise BadInput("budget: is negative", field="budget", problem="absurd_money")
    session.merge(terms)
    happened = ReplenishmentTermsSet(terms.warehouse_id, terms.service_permille, terms.review_days)
    record(session, happened, actor=by, now=now)


def keep_run(
    session: Session,
    warehouse: Warehouse,
    terms: ReplenishmentTerms,
    lines: Iterable[ReplenishmentLine],
    *,
    by: str,
    now: datetime,
) -> ReplenishmentRun:
    """Write a sheet down."""
    made = ReplenishmentRun(
        warehouse_id=warehouse.id,
        day=business_day(now),
        service_permille=terms.service_permille,
        review_days=terms.review_days,
        budget_fen=terms.budget_fen,
        by=by,
        made_at=now,
    )
    session.add(made)
    session.flush()
    count = pieces = 0
    for line in lines:
        line.run_id = made.id
        session.add(line)
        count, pieces = count + 1, pieces + line.quantity
    session.flush()
    record(session, ReplenishmentMade(made.id, warehouse.code, count, pieces), actor=by, now=now)
    return made


def newest_run(session: Session, warehouse_id: int) -> ReplenishmentRun | None:
    """The sheet that holds."""
    wanted = select(ReplenishmentRun).where(ReplenishmentRun.warehouse_id == warehouse_id)
    return session.exec(wanted.order_by(col(ReplenishmentRun.id).desc()).limit(1)).one_or_none()


def without_sheet(session: Session, day: date) -> list[tuple[Warehouse, ReplenishmentTerms]]:
    """Warehouses that have no sheet of the month of ``day`` yet, with their terms."""
    since = day.replace(day=1)
    made = set(session.exec(select(ReplenishmentRun.warehouse_id).where(ReplenishmentRun.day >= since)))
    return [(one, terms_of(session, one.id)) for one in warehouses(session) if one.id > 0 and one.id not in made]


def approve(session: Session, run_id: int, line_ids: Collection[int], *, by: str, now: datetime) -> list[PurchaseOrder]:
    """Purchase drafts of the lines that were chosen, one for each supplier. Safe to repeat: a line is ordered once.

    Raises:
        NotFound: there is no such sheet, or not for these eyes.
        NothingToOrder: none of the lines is still to be ordered, or a newer sheet has taken this one's place.
    """
    run = find(session, ReplenishmentRun, run_id, lock=True)
    if run is None:
        raise NotFound("there is no such sheet")
    newest = newest_run(session, run.warehouse_id)
    wanted = select(ReplenishmentLine).where(
        ReplenishmentLine.run_id == run_id,
        col(ReplenishmentLine.id).in_(line_ids),
        ReplenishmentLine.quantity > 0,
        col(ReplenishmentLine.supplier_id).is_not(None),
        col(ReplenishmentLine.purchase_id).is_(None),
    )
    chosen = list(session.exec(wanted.order_by(col(ReplenishmentLine.rank))))
    if not chosen or (newest and newest.id != run_id):
        raise NothingToOrder("choose lines of the newest sheet that are not ordered yet")
    by_supplier: dict[int, list[ReplenishmentLine]] = {}
    for line in chosen:
        by_supplier.setdefault(line.supplier_id or 0, []).append(line)
    made = [
        _ordered(session, run, supplier_id, part, by=by, now=now)
        for supplier_id, lines in sorted(by_supplier.items())
        for part in batched(lines, MOST_LINES)
    ]
    happened = ReplenishmentApproved(run.id, tuple(order.id for order in made), len(chosen))
    record(session, happened, actor=by, now=now)
    return made


def _ordered(
    session: Session,
    run: ReplenishmentRun,
    supplier_id: int,
    lines: Sequence[ReplenishmentLine],
    *,
    by: str,
    now: datetime,
) -> PurchaseOrder:
    skus = {sku.id: sku for sku in session.exec(select(Sku).where(col(Sku.id).in_([line.sku_id for line in lines])))}
    today = business_day(now)
    drafts = [
        LineDraft(
            skus[line.sku_id].code,
            line.quantity,
            line.price_fen,
            today + timedelta(days=line.lead_days),
            skus[line.sku_id].title,
        )
        for line in lines
    ]
    supplier, warehouse = session.get_one(Supplier, supplier_id), session.get_one(Warehouse, run.warehouse_id)
    order = draft_purchase(session, supplier, warehouse, drafts, by=by, now=now)
    for line in lines:
        line.purchase_id = order.id
        session.add(line)
    return order
