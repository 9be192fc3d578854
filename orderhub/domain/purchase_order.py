"""What have we ordered from whom, for which warehouse, by when, and how far is it? 采购单.

A line is settled once every piece of it is accounted for: on the shelf, wrong, missing or defective. What a supplier
sends instead is ordered anew, so that its day and its price are judged on their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Date, Index, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.sku import Sku, tidy_code
from orderhub.domain.stock import Warehouse
from orderhub.domain.supplier import Supplier
from orderhub.kernel.clock import business_day, shanghai_text
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_no, clean_text, new_token
from orderhub.kernel.lifecycle import Lifecycle
from orderhub.kernel.money import bounded_fen
from orderhub.kernel.sight import find

MOST_LINES = 500
MOST_PIECES = 100_000_000


class PurchaseStatus(StrEnum):
    DRAFT = "draft"  # 草稿
    APPROVED = "approved"  # 已批准
    ORDERED = "ordered"  # 已下单
    PARTLY_RECEIVED = "partly_received"  # 部分到货
    RECEIVED = "received"  # 已到齐
    CANCELLED = "cancelled"  # 已取消


LIFECYCLE = Lifecycle(
    PurchaseStatus.DRAFT,
    {
        PurchaseStatus.DRAFT: {PurchaseStatus.APPROVED, PurchaseStatus.CANCELLED},
        PurchaseStatus.APPROVED: {PurchaseStatus.DRAFT, PurchaseStatus.ORDERED, PurchaseStatus.CANCELLED},
        PurchaseStatus.ORDERED: {PurchaseStatus.PARTLY_RECEIVED, PurchaseStatus.RECEIVED, PurchaseStatus.CANCELLED},
        PurchaseStatus.PARTLY_RECEIVED: {PurchaseStatus.PARTLY_RECEIVED, PurchaseStatus.RECEIVED},
        PurchaseStatus.RECEIVED: set(),
        PurchaseStatus.CANCELLED: set(),
    },
)
# The supplier has been told and owes us goods, or has brought them.
WITH_SUPPLIER = (PurchaseStatus.ORDERED, PurchaseStatus.PARTLY_RECEIVED, PurchaseStatus.RECEIVED)
UNDER_WAY = (PurchaseStatus.APPROVED, PurchaseStatus.ORDERED, PurchaseStatus.PARTLY_RECEIVED)


class PurchaseOrder(SQLModel, table=True):
    """Unique by the supplier and its number. ``is_history``: from before the hub, or from elsewhere; moves no stock.

    ``warehouse_id`` 0: for no warehouse of ours.
    """

    __tablename__ = "purchase_order"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("supplier_id", "order_no"),
        Index("ix_purchase_order_status", "status", "id"),
        Index("ix_purchase_order_order_no", "order_no"),
    )

    id: int = own_id()
    order_no: str = Field(max_length=64)
    supplier_id: int = Field(foreign_key="supplier.id", sa_type=BigId)
    warehouse_id: int = Field(default=0, sa_type=BigId, index=True)
    status: PurchaseStatus = Field(default=PurchaseStatus.DRAFT, sa_type=word(PurchaseStatus))
    is_history: bool = False
    ordered_on: date | None = Field(default=None, sa_type=Date)  # type: ignore[call-overload]
    note: str = Field(default="", max_length=200)
    made_by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=Moment)
    approved_by: str = Field(default="", max_length=64)
    approved_at: datetime | None = Field(default=None, sa_type=Moment)


class PurchaseLine(SQLModel, table=True):
    """``sku_id`` 0: no SKU of ours. ``is_counted``: somebody looked at the goods, so that none wrong means none.

    ``settled_on`` is the day the last piece was accounted for.
    """

    __tablename__ = "purchase_line"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("purchase_id", "place"),
        CheckConstraint("quantity > 0", name="some"),
        CheckConstraint("good >= 0 AND wrong >= 0 AND missing >= 0 AND defective >= 0", name="none_negative"),
        CheckConstraint("good + wrong + missing + defective <= quantity", name="not_more_than_ordered"),
        Index("ix_purchase_line_promised_on", "promised_on"),
        Index("ix_purchase_line_settled_on", "settled_on"),
        Index("ix_purchase_line_sku_id", "sku_id", "settled_on"),
    )

    id: int = own_id()
    purchase_id: int = Field(foreign_key="purchase_order.id", sa_type=BigId)
    place: int
    sku_id: int = Field(default=0, sa_type=BigId)
    code: str = Field(max_length=64)
    title: str = Field(default="", max_length=200)
    quantity: int = Field(sa_type=BigId)
    price_fen: int = Field(default=0, sa_type=BigId)
    promised_on: date | None = Field(default=None, sa_type=Date)  # type: ignore[call-overload]
    good: int = Field(default=0, sa_type=BigId)
    wrong: int = Field(default=0, sa_type=BigId)
    missing: int = Field(default=0, sa_type=BigId)
    defective: int = Field(default=0, sa_type=BigId)
    is_counted: bool = True
    settled_on: date | None = Field(default=None, sa_type=Date)  # type: ignore[call-overload]

    @property
    def accounted(self) -> int:
        return self.good + self.wrong + self.missing + self.defective

    @property
    def open(self) -> int:
        """Pieces that are still to come."""
        return self.quantity - self.accounted


class PurchaseExists(RuleBroken):
    code = "purchase_exists"


class PurchaseNotDraft(RuleBroken):
    code = "purchase_not_draft"


@dataclass(frozen=True)
class PurchaseEvent(Happening):
    subject_type: ClassVar[str] = "purchase_order"


@dataclass(frozen=True)
class PurchaseDrafted(PurchaseEvent):
    order_no: str
    supplier_id: int
    lines: int


@dataclass(frozen=True)
class PurchaseLineChanged(PurchaseEvent):
    line_id: int
    quantity: int


@dataclass(frozen=True)
class PurchaseMoved(PurchaseEvent):
    source: str
    target: str


@dataclass(frozen=True)
class LineDraft:
    """``code`` is our SKU's, or the supplier's word for what is no SKU of ours."""

    code: str
    quantity: int
    price_fen: int = 0
    promised_on: date | None = None
    title: str = ""


def draft_purchase(
    session: Session,
    supplier: Supplier,
    warehouse: Warehouse | None,
    lines: Sequence[LineDraft],
    *,
    by: str,
    now: datetime,
    order_no: str = "",
    note: str = "",
) -> PurchaseOrder:
    """A draft; its number is ours where none is given.

    Raises:
        BadInput: no lines, or one that cannot be; the field is named.
        PurchaseExists: the supplier has an order of this number.
    """
    if not 1 <= len(lines) <= MOST_LINES:
        raise BadInput(f"lines: 1 to {MOST_LINES}", field="lines", problem="purchase_no_lines")
    number = clean_no(order_no, field="order_no") if order_no else ""
    # One at a time for each supplier: of two that say the same number the second hears that it stands.
    session.exec(select(Supplier.id).where(Supplier.id == supplier.id).with_for_update()).one()
    if number and purchase_numbered(session, supplier.id, number):
        raise PurchaseExists(f"{supplier.name} has an order {number} already")
    made = PurchaseOrder(
        order_no=number or new_token(),
        supplier_id=supplier.id,
        warehouse_id=warehouse.id if warehouse else 0,
        note=clean_text(note, most=200, field="note"),
        made_by=by,
        made_at=now,
    )
    session.add(made)
    session.flush()
    if not number:
        made.order_no = f"PO{shanghai_text(now, '%Y%m%d')}-{made.id}"
    session.add_all(line_rows(session, made.id, lines))
    session.flush()
    record(session, PurchaseDrafted(made.id, made.order_no, supplier.id, len(lines)), actor=by, now=now)
    return made


def line_rows(session: Session, purchase_id: int, lines: Sequence[LineDraft]) -> list[PurchaseLine]:
    """Rows of ``lines``, each checked, with the SKU its code stands for. Raises: BadInput."""
    codes = {tidy_code(line.code) for line in lines}
    known = {sku.code: sku for sku in session.exec(select(Sku).where(col(Sku.code).in_(codes)))}
    return [_row(purchase_id, place, line, known.get(tidy_code(line.code))) for place, line in enumerate(lines, 1)]


def change_line(
    session: Session,
    line_id: int,
    *,
    quantity: int,
    price_fen: int,
    promised_on: date | None,
    by: str,
    now: datetime,
) -> PurchaseLine:
    """Raises: BadInput; NotFound; PurchaseNotDraft: what is approved stays as it was approved."""
    found = session.get(PurchaseLine, line_id)
    order = purchase_of(session, found.purchase_id if found else 0)
    if found is None or order.status is not PurchaseStatus.DRAFT:
        raise PurchaseNotDraft(f"{order.order_no} is {order.status}: only a draft can be changed")
    checked_pieces(quantity, field="quantity")
    if bounded_fen(price_fen, field="price") < 0:
        raise BadInput("price: is negative", field="price", problem="absurd_money")
    found.quantity, found.price_fen, found.promised_on = quantity, price_fen, promised_on
    session.add(found)
    record(session, PurchaseLineChanged(order.id, line_id, quantity), actor=by, now=now)
    return found


def approve(session: Session, purchase_id: int, *, by: str, now: datetime) -> PurchaseOrder:
    """Raises: IllegalMove: it is no draft. NotFound."""
    order = _moved(session, purchase_id, PurchaseStatus.APPROVED, by=by, now=now)
    order.approved_by, order.approved_at = by, now
    return order


def send_back(session: Session, purchase_id: int, *, by: str, now: datetime) -> PurchaseOrder:
    """An approved one that nobody has placed becomes a draft again. Raises: IllegalMove; NotFound."""
    order = _moved(session, purchase_id, PurchaseStatus.DRAFT, by=by, now=now)
    order.approved_by, order.approved_at = "", None
    return order


def place(session: Session, purchase_id: int, *, by: str, now: datetime) -> PurchaseOrder:
    """It has gone to the supplier today. Raises: IllegalMove: it is not approved. NotFound."""
    order = _moved(session, purchase_id, PurchaseStatus.ORDERED, by=by, now=now)
    order.ordered_on = business_day(now)
    return order


def cancel(session: Session, purchase_id: int, *, by: str, now: datetime) -> PurchaseOrder:
    """Raises: IllegalMove: goods of it have come. NotFound."""
    return _moved(session, purchase_id, PurchaseStatus.CANCELLED, by=by, now=now)


def move_on(session: Session, order: PurchaseOrder, target: PurchaseStatus, *, by: str, now: datetime) -> None:
    """Raises: IllegalMove."""
    LIFECYCLE.check(order.status, target)
    if order.status is not target:
        record(session, PurchaseMoved(order.id, order.status, target), actor=by, now=now)
    order.status = target
    session.add(order)


def purchase_of(session: Session, purchase_id: int, *, lock: bool = False) -> PurchaseOrder:
    """Raises: NotFound: there is none, or not for these eyes."""
    found = find(session, PurchaseOrder, purchase_id, lock=lock)
    if found is None:
        raise NotFound("there is no such purchase order")
    return found


def purchase_numbered(session: Session, supplier_id: int, order_no: str) -> PurchaseOrder | None:
    wanted = select(PurchaseOrder).where(PurchaseOrder.supplier_id == supplier_id, PurchaseOrder.order_no == order_no)
    return session.exec(wanted).one_or_none()


def lines_of(session: Session, purchase_id: int) -> list[PurchaseLine]:
    wanted = select(PurchaseLine).where(PurchaseLine.purchase_id == purchase_id)
    return list(session.exec(wanted.order_by(col(PurchaseLine.place))))


def open_pieces(
    session: Session, warehouse_id: int, sku_ids: Iterable[int], statuses: Sequence[PurchaseStatus]
) -> dict[int, int]:
    """By SKU, how many pieces orders in ``statuses`` still bring to the warehouse; none where there are none."""
    open_count = func.sum(
        col(PurchaseLine.quantity)
        - col(PurchaseLine.good)
        - col(PurchaseLine.wrong)
        - col(PurchaseLine.missing)
        - col(PurchaseLine.defective)
    )
    wanted = (
        select(PurchaseLine.sku_id, open_count)
        .join(PurchaseOrder, col(PurchaseOrder.id) == PurchaseLine.purchase_id)
        .where(
            PurchaseOrder.warehouse_id == warehouse_id,
            col(PurchaseOrder.status).in_(statuses),
            ~col(PurchaseOrder.is_history),
            col(PurchaseLine.sku_id).in_(list(sku_ids)),
            col(PurchaseLine.settled_on).is_(None),
        )
        .group_by(col(PurchaseLine.sku_id))
    )
    return {sku_id: int(pieces) for sku_id, pieces in session.exec(wanted) if pieces}


def checked_pieces(count: int, *, field: str) -> int:
    if not 1 <= count <= MOST_PIECES:
        raise BadInput(f"{field}: {count} pieces cannot be", field=field, problem="absurd_quantity")
    return count


def _row(purchase_id: int, place_no: int, line: LineDraft, sku: Sku | None) -> PurchaseLine:
    if bounded_fen(line.price_fen, field="price") < 0:
        raise BadInput("price: is negative", field="price", problem="absurd_money")
    title = clean_text(line.title, most=200, field="title")
    return PurchaseLine(
        purchase_id=purchase_id,
        place=place_no,
        sku_id=sku.id if sku else 0,
        code=clean_no(line.code, field="sku_code"),
        title=title or (sku.title if sku else ""),
        quantity=checked_pieces(line.quantity, field="quantity"),
        price_fen=line.price_fen,
        promised_on=line.promised_on,
    )


def _moved(session: Session, purchase_id: int, target: PurchaseStatus, *, by: str, now: datetime) -> PurchaseOrder:
    order = purchase_of(session, purchase_id, lock=True)
    move_on(session, order, target, by=by, now=now)
    return order
