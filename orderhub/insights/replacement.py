"""What goes out for a case, from where and with which waybill, and what could go out? All that its section shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, or_, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_life import ENDED
from orderhub.domain.delivery import Delivery, DeliveryStatus
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.replacement import Replacement, ReplacementState, pieces_of, replacement_of
from orderhub.domain.replacement_gate import SENDS
from orderhub.domain.replacement_goods import usual_pieces
from orderhub.domain.sku import Sku, has_skus
from orderhub.domain.stock import StockLevel, Warehouse
from orderhub.domain.words import AftersaleKind

MOST_FOUND = 20


@dataclass(frozen=True)
class GoodsRow:
    """``available`` is None where no stock is kept of it."""

    sku_id: int
    code: str
    title: str
    quantity: int
    available: int | None

    @property
    def is_short(self) -> bool:
        return self.available is not None and self.available < self.quantity


@dataclass(frozen=True)
class ReplacementCard:
    """``goods`` are those promised, or what its lines stand for; ``deliveries`` each with its warehouse's name."""

    case: Aftersale
    order: Order
    standing: Replacement | None
    goods: tuple[GoodsRow, ...]
    deliveries: tuple[tuple[Delivery, str], ...]
    keeps_stock: bool

    @property
    def is_promised(self) -> bool:
        return self.standing is not None and self.standing.state is not ReplacementState.TAKEN_BACK

    @property
    def may_promise(self) -> bool:
        return not self.is_promised and self.case.status not in ENDED and self.case.kind in SENDS

    @property
    def may_take_back(self) -> bool:
        has_left = any(one.status is DeliveryStatus.LEFT for one, _ in self.deliveries)
        return self.is_promised and not has_left

    @property
    def needs_reason(self) -> bool:
        """The old goods have not come back yet."""
        return self.case.kind is AftersaleKind.EXCHANGE and self.case.inspected_at is None


def replacement_card(session: Session, case_id: int) -> ReplacementCard | None:
    """None: there is no such case, or it sends nothing."""
    case = session.get(Aftersale, case_id)
    if case is None or case.kind not in SENDS:
        return None
    order = session.get_one(Order, case.order_id)
    standing = replacement_of(session, case.id)
    found = [(one.line_id, one.sku_id, one.quantity) for one in pieces_of(session, case.id)] if standing else []
    if standing is None or standing.state is ReplacementState.TAKEN_BACK:
        found = [(*key, count) for key, count in usual_pieces(session, order, case).items()]
    wanted = select(Delivery, Warehouse.name).outerjoin(Warehouse, col(Warehouse.id) == Delivery.warehouse_id)
    shown = wanted.where(Delivery.aftersale_id == case.id, Delivery.status != DeliveryStatus.CANCELLED)
    rows = session.exec(shown.order_by(col(Delivery.id))).all()
    deliveries = tuple((delivery, name or "") for delivery, name in rows)
    return ReplacementCard(case, order, standing, _goods(session, found), deliveries, has_skus(session))


def sku_choices(session: Session, text: str) -> list[GoodsRow]:
    """At most ``MOST_FOUND`` SKUs whose code or title holds ``text``, those that are there first."""
    said = text.strip()[:64].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if not said:
        return []
    free = func.coalesce(func.sum(col(StockLevel.on_hand) - col(StockLevel.reserved)), 0)
    wanted = (
        select(Sku, free)
        .outerjoin(StockLevel, col(StockLevel.sku_id) == Sku.id)
        .where(
            col(Sku.id) > 0,
            or_(col(Sku.code).ilike(f"%{said}%", escape="\\"), col(Sku.title).ilike(f"%{said}%", escape="\\")),
        )
        .group_by(col(Sku.id))
        .order_by(free.desc(), col(Sku.code))
    )
    return [
        GoodsRow(sku.id, sku.code, sku.title, 1, int(there)) for sku, there in session.exec(wanted.limit(MOST_FOUND))
    ]


def case_kinds(session: Session, deliveries: Iterable[Delivery]) -> dict[int, AftersaleKind]:
    """By case: what the deliveries of cases among these are."""
    ids = {one.aftersale_id for one in deliveries if one.aftersale_id}
    wanted = select(Aftersale.id, Aftersale.kind).where(col(Aftersale.id).in_(ids))
    return {case_id: AftersaleKind(kind) for case_id, kind in session.exec(wanted)} if ids else {}


def available(session: Session, sku_ids: Iterable[int]) -> dict[int, int]:
    """Pieces that nobody was promised, in all warehouses."""
    free = func.sum(col(StockLevel.on_hand) - col(StockLevel.reserved))
    wanted = select(StockLevel.sku_id, free).where(col(StockLevel.sku_id).in_(list(sku_ids)))
    return {sku_id: int(count) for sku_id, count in session.exec(wanted.group_by(col(StockLevel.sku_id)))}


def _goods(session: Session, found: Sequence[tuple[int, int, int]]) -> tuple[GoodsRow, ...]:
    """One row per SKU, or per line where no stock is kept."""
    skus = {sku.id: sku for sku in session.exec(select(Sku).where(col(Sku.id).in_({sku for _, sku, _ in found})))}
    there = available(session, skus)
    counts: dict[tuple[int, int], int] = {}
    for line_id, sku_id, count in found:
        key = (0, sku_id) if sku_id else (line_id, 0)
        counts[key] = counts.get(key, 0) + count
    lines = _lines(session, [line_id for line_id, _ in counts])
    rows = []
    for (line_id, sku_id), count in counts.items():
        if sku_id:
            rows.append(GoodsRow(sku_id, skus[sku_id].code, skus[sku_id].title, count, there.get(sku_id, 0)))
        else:
            line = lines[line_id]
            rows.append(GoodsRow(0, line.sku_code or line.channel_sku_no, line.title, count, None))
    return tuple(rows)


def _lines(session: Session, line_ids: Sequence[int]) -> Mapping[int, OrderLine]:
    return {line.id: line for line in session.exec(select(OrderLine).where(col(OrderLine.id).in_(line_ids)))}
