"""What does the queue of short goods show, as the browser gets it?"""

from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from orderhub.domain.order import Order
from orderhub.domain.restock import Restock, on_their_way
from orderhub.domain.sku import Sku
from orderhub.domain.stock import Warehouse
from orderhub.insights.shortage import ShortLine, ShortOrder, ShortSku, short_orders, short_skus, shortages_of
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Money
from orderhub.ui.board_rows import exact, unix

PATH = "/stock?view=short"
_DAY = "%m-%d"


@dataclass
class ShortSkuView:
    """``ship_by`` is in unix seconds as text; ``expected`` is empty where nothing is on its way."""

    id: str
    code: str
    title: str
    orders: str
    pieces: str
    risk: Money
    ship_by: str
    ship_by_exact: str
    expected: str
    coming: str
    served: str
    href: str


@dataclass
class ShortLineView:
    """``is_decided``: somebody has said what becomes of it, and be it to wait."""

    id: str
    title: str
    quantity: str
    skus: str
    choice: str
    instead: str
    note: str
    by: str
    is_decided: bool


@dataclass
class ShortOrderView:
    id: str
    no: str
    href: str
    status: str
    pieces: str
    risk: Money
    ship_by: str
    ship_by_exact: str
    lines: list[ShortLineView]


@dataclass
class RestockView:
    id: str
    expected: str
    warehouse: str
    pieces: str
    note: str
    by: str


@dataclass
class ShortageView:
    """``sku_id`` is the SKU that is open, empty where none is."""

    queue: list[ShortSkuView] = field(default_factory=list)
    sku_id: str = ""
    sku_code: str = ""
    orders: list[ShortOrderView] = field(default_factory=list)
    restocks: list[RestockView] = field(default_factory=list)
    warehouses: list[str] = field(default_factory=list)


def shortage_view(session: Session, sku_id: int) -> ShortageView:
    view = ShortageView(queue=[_sku(one) for one in short_skus(session)])
    sku = session.get(Sku, sku_id) if sku_id else None
    if sku:
        view.sku_id, view.sku_code = str(sku.id), sku.code
        view.orders = [_order(one) for one in short_orders(session, sku.id)]
        view.restocks = [_restock(*one) for one in on_their_way(session, sku.id)]
        names = select(Warehouse.name).where(col(Warehouse.id) > 0).order_by(col(Warehouse.rank), col(Warehouse.id))
        view.warehouses = list(session.exec(names))
    return view


def line_views(session: Session, order: Order) -> list[ShortLineView]:
    return [_line(one) for one in shortages_of(session, order)]


def _sku(one: ShortSku) -> ShortSkuView:
    coming = one.expected
    return ShortSkuView(
        id=str(one.sku.id),
        code=one.sku.code,
        title=one.sku.title,
        orders=f"{one.orders:,}",
        pieces=f"{one.pieces:,}",
        risk=money_text(one.at_risk_fen),
        ship_by=unix(one.ship_by),
        ship_by_exact=exact(one.ship_by),
        expected=shanghai_text(coming.expected_at, _DAY) if coming else "",
        coming=f"{coming.pieces:,}" if coming else "",
        served=f"{one.served:,}",
        href=f"{PATH}&sku={one.sku.id}",
    )


def _order(one: ShortOrder) -> ShortOrderView:
    order = one.order
    return ShortOrderView(
        id=str(order.id),
        no=order.channel_order_no,
        href=f"/orders?tab=all&order={order.id}",
        status=order.status,
        pieces=f"{one.pieces:,}",
        risk=money_text(order.paid_fen),
        ship_by=unix(order.ship_by),
        ship_by_exact=exact(order.ship_by),
        lines=[_line(line) for line in one.lines],
    )


def _line(one: ShortLine) -> ShortLineView:
    return ShortLineView(
        id=str(one.line.id),
        title=one.line.title,
        quantity=f"{one.line.quantity:,}",
        skus=", ".join(one.skus),
        choice=one.choice,
        instead=one.instead,
        note=one.note,
        by=one.by,
        is_decided=one.by != "",
    )


def _restock(one: Restock, warehouse: str) -> RestockView:
    return RestockView(
        id=str(one.id),
        expected=shanghai_text(one.expected_at, _DAY),
        warehouse=warehouse,
        pieces=f"{one.pieces:,}",
        note=one.note,
        by=one.by,
    )
