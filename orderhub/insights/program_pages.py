"""What do programs read page by page? Rows by their id, so that reading on misses nothing and repeats nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import select as columns
from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.delivery import Delivery, DeliveryPiece, DeliveryStatus
from orderhub.domain.order import Order, OrderLine, Shipment
from orderhub.domain.purchase_order import PurchaseLine, PurchaseOrder, PurchaseStatus
from orderhub.domain.shop import Shop
from orderhub.domain.sku import Sku
from orderhub.domain.stock import StockLevel, Warehouse
from orderhub.domain.supplier import Supplier
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.kernel.errors import BadInput, NotFound

Row = TypeVar("Row")
Shown = TypeVar("Shown")
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Asked:
    """``cursor`` is the ``next_cursor`` of the page before; empty: from the beginning."""

    cursor: str = ""
    size: int = 50


@dataclass(frozen=True)
class Page(Generic[Row]):
    """``next_cursor`` is empty at the end."""

    rows: tuple[Row, ...]
    next_cursor: str

    def of(self, shown: Callable[[Row], Shown]) -> "Page[Shown]":
        """The same page of what ``shown`` makes of each row."""
        return Page(tuple(map(shown, self.rows)), self.next_cursor)


@dataclass(frozen=True)
class OfOrder:
    """A parcel or case with its order's shop and number."""

    row: Any
    shop: str
    channel_order_no: str


@dataclass(frozen=True)
class PieceRow:
    shop: str
    channel_order_no: str
    channel_line_no: str
    sku_code: str
    quantity: int


@dataclass(frozen=True)
class DeliveryRow:
    """``warehouse`` is empty where the hub keeps no stock."""

    delivery: Delivery
    warehouse: str
    pieces: tuple[PieceRow, ...]


@dataclass(frozen=True)
class BoughtRow:
    """``supplier`` and ``warehouse`` are codes; the latter is empty where it is for none of ours."""

    order: PurchaseOrder
    supplier: str
    warehouse: str
    lines: tuple[PurchaseLine, ...]


@dataclass(frozen=True)
class StockRow:
    level: StockLevel
    sku: str
    warehouse: str


def parcels(
    session: Session, asked: Asked, *, shop: str = "", channel_order_no: str = "", tracking_no: str = ""
) -> Page[OfOrder]:
    wanted = _of_order(Shipment, shop, channel_order_no)
    if tracking_no:
        wanted = wanted.where(Shipment.tracking_no == tracking_no)
    return _by_id(session, wanted, Shipment, asked).of(lambda one: OfOrder(*one))


def parcel(session: Session, shipment_id: int) -> OfOrder:
    return _one(session, Shipment, shipment_id, "parcel")


def cases(
    session: Session,
    asked: Asked,
    *,
    shop: str = "",
    channel_order_no: str = "",
    stage: AftersaleStatus | None = None,
    kind: AftersaleKind | None = None,
) -> Page[OfOrder]:
    wanted = _of_order(Aftersale, shop, channel_order_no)
    if stage:
        wanted = wanted.where(Aftersale.stage == stage)
    if kind:
        wanted = wanted.where(Aftersale.kind == kind)
    return _by_id(session, wanted, Aftersale, asked).of(lambda one: OfOrder(*one))


def case(session: Session, case_id: int) -> OfOrder:
    return _one(session, Aftersale, case_id, "after-sale case")


def anomalies(
    session: Session, asked: Asked, *, kind: AnomalyKind | None = None, is_open: bool | None = None
) -> Page[Anomaly]:
    wanted = select(Anomaly)
    if kind:
        wanted = wanted.where(Anomaly.kind == kind)
    if is_open is not None:
        is_over = col(Anomaly.resolved_at)
        wanted = wanted.where(is_over.is_(None) if is_open else is_over.is_not(None))
    return _by_id(session, wanted, Anomaly, asked)


def deliveries(
    session: Session, asked: Asked, *, status: DeliveryStatus | None = None, warehouse: str = ""
) -> Page[DeliveryRow]:
    """What warehouses pack, each with its pieces."""
    wanted = select(Delivery)
    if status:
        wanted = wanted.where(Delivery.status == status)
    if warehouse:
        wanted = wanted.where(col(Delivery.warehouse_id).in_(select(Warehouse.id).where(Warehouse.code == warehouse)))
    found: Page[Delivery] = _by_id(session, wanted, Delivery, asked)
    codes = {place.id: place.code for place in session.exec(select(Warehouse))}
    pieces = _pieces(session, [one.id for one in found.rows])
    return found.of(lambda one: DeliveryRow(one, codes.get(one.warehouse_id, ""), tuple(pieces.get(one.id, ()))))


def suppliers(session: Session, asked: Asked, *, code: str = "") -> Page[Supplier]:
    wanted = select(Supplier).where(Supplier.code == code) if code else select(Supplier)
    return _by_id(session, wanted, Supplier, asked)


def purchases(
    session: Session,
    asked: Asked,
    *,
    supplier: str = "",
    order_no: str = "",
    warehouse: str = "",
    status: PurchaseStatus | None = None,
) -> Page[BoughtRow]:
    """Purchase orders, each with its lines."""
    wanted = _bought()
    said = ((Supplier.code, supplier), (PurchaseOrder.order_no, order_no), (Warehouse.code, warehouse))
    for column, value in said:
        wanted = wanted.where(column == value) if value else wanted
    if status:
        wanted = wanted.where(PurchaseOrder.status == status)
    found = _by_id(session, wanted, PurchaseOrder, asked)
    lines = _lines(session, [order.id for order, *_ in found.rows])
    return found.of(lambda one: _bought_row(one, lines))


def purchase(session: Session, purchase_id: int) -> BoughtRow:
    found = session.exec(_bought().where(PurchaseOrder.id == purchase_id)).one_or_none()
    if found is None:
        raise NotFound(f"no purchase order has the id {purchase_id}")
    return _bought_row(found, _lines(session, [purchase_id]))


def levels(session: Session, asked: Asked, *, sku: str = "", warehouse: str = "") -> Page[StockRow]:
    wanted = (
        select(StockLevel, Sku.code, Warehouse.code)
        .join(Sku, col(Sku.id) == StockLevel.sku_id)
        .join(Warehouse, col(Warehouse.id) == StockLevel.warehouse_id)
    )
    if sku:
        wanted = wanted.where(Sku.code == sku)
    if warehouse:
        wanted = wanted.where(Warehouse.code == warehouse)
    ends = (col(StockLevel.sku_id), col(StockLevel.warehouse_id))
    after = _read(asked.cursor, 2)
    found = session.exec(wanted.where(tuple_(*ends) > after).order_by(*ends).limit(asked.size + 1)).all()
    rows = tuple(StockRow(*one) for one in found[: asked.size])
    last = rows[-1].level if rows else None
    return Page(rows, f"{last.sku_id}~{last.warehouse_id}" if last and len(found) > asked.size else "")


def order_named(session: Session, shop: str, channel_order_no: str) -> Order:
    """Raises: NotFound: the shop has no such order in sight."""
    wanted = select(Order).join(Shop, col(Shop.id) == Order.shop_id)
    found = session.exec(wanted.where(Shop.code == shop, Order.channel_order_no == channel_order_no)).one_or_none()
    if not found:
        raise NotFound(f"shop {shop!r} has no order {channel_order_no!r}")
    return found


def _of_order(table: Any, shop: str, channel_order_no: str) -> Any:
    wanted = select(table, Shop.code, Order.channel_order_no).join(Order, col(Order.id) == table.order_id)
    wanted = wanted.join(Shop, col(Shop.id) == Order.shop_id)
    if shop:
        wanted = wanted.where(Shop.code == shop)
    return wanted.where(Order.channel_order_no == channel_order_no) if channel_order_no else wanted


def _by_id(session: Session, wanted: Any, table: Any, asked: Asked) -> Page[Any]:
    """Rows as they are selected: of ``table`` alone, or with it as the first of several."""
    (after,) = _read(asked.cursor, 1)
    found = session.exec(wanted.where(table.id > after).order_by(table.id).limit(asked.size + 1)).all()
    rows = tuple(found[: asked.size])
    if len(found) <= asked.size:
        return Page(rows, "")
    last = rows[-1]
    return Page(rows, str((last if isinstance(last, table) else last[0]).id))


def _one(session: Session, table: Any, own_id: int, name: str) -> OfOrder:
    found = session.exec(_of_order(table, "", "").where(table.id == own_id)).one_or_none()
    if found is None:
        raise NotFound(f"no {name} has the id {own_id}")
    return OfOrder(*found)


def _bought() -> Any:
    wanted = select(PurchaseOrder, Supplier.code, Warehouse.code).join(
        Supplier, col(Supplier.id) == PurchaseOrder.supplier_id
    )
    return wanted.outerjoin(Warehouse, col(Warehouse.id) == PurchaseOrder.warehouse_id)


def _bought_row(found: Any, lines: Mapping[int, Sequence[PurchaseLine]]) -> BoughtRow:
    order, supplier, warehouse = found
    return BoughtRow(order, supplier, warehouse or "", tuple(lines.get(order.id, ())))


def _lines(session: Session, purchase_ids: Sequence[int]) -> dict[int, list[PurchaseLine]]:
    """By order, in their order."""
    wanted = select(PurchaseLine).where(col(PurchaseLine.purchase_id).in_(purchase_ids))
    found: dict[int, list[PurchaseLine]] = {}
    for line in session.exec(wanted.order_by(col(PurchaseLine.purchase_id), col(PurchaseLine.place))):
        found.setdefault(line.purchase_id, []).append(line)
    return found


def _pieces(session: Session, delivery_ids: Sequence[int]) -> dict[int, list[PieceRow]]:
    wanted: Any = (
        columns(
            DeliveryPiece,
            col(Shop.code),
            col(Order.channel_order_no),
            col(OrderLine.channel_line_no),
            col(OrderLine.sku_code),
            col(Sku.code),
        )
        .join(Order, col(Order.id) == DeliveryPiece.order_id)
        .join(Shop, col(Shop.id) == Order.shop_id)
        .outerjoin(OrderLine, col(OrderLine.id) == DeliveryPiece.line_id)
        .outerjoin(Sku, col(Sku.id) == DeliveryPiece.sku_id)
        .where(col(DeliveryPiece.delivery_id).in_(delivery_ids))
        .order_by(col(DeliveryPiece.id))
    )
    found: dict[int, list[PieceRow]] = {}
    for piece, shop, number, line_no, line_code, sku in session.execute(wanted):
        row = PieceRow(shop, number, line_no or "", sku or line_code or "", piece.quantity)
        found.setdefault(piece.delivery_id, []).append(row)
    return found


def _read(cursor: str, parts: int) -> tuple[int, ...]:
    """Raises: BadInput."""
    found = cursor.split("~") if cursor else ["0"] * parts
    if len(found) != parts or not all(one.isascii() and one.isdigit() and int(one) <= _LARGEST for one in found):
        raise BadInput("cursor: is not one of this list; start again without it", field="cursor")
    return tuple(map(int, found))
