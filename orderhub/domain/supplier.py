"""Who sells us goods, which of them, in packs of how many, at what price, and how soon? 供应商."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, text, update
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.sku import Sku
from orderhub.kernel.columns import BigId, Moment, own_id
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_no, clean_text, without_phones
from orderhub.kernel.money import bounded_fen
from orderhub.kernel.sealing import sealed_fields
from orderhub.kernel.secrets import is_sealed, seal, unseal

YUAN = "CNY"
_MOST_DAYS = 730
_MOST_PACK = 1_000_000
_CURRENCY = re.compile(r"[A-Z]{3}")


class Supplier(SQLModel, table=True):
    """``code`` is ours and stays; ``lead_days`` 0: nothing is agreed. Prices are in hundredths of ``currency``.

    The contact opens with ``supplier:<code>:contact``.
    """

    id: int = own_id()
    code: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=200)
    contact_sealed: str = ""
    lead_days: int = 0
    currency: str = Field(default=YUAN, max_length=3)
    is_active: bool = True
    note: str = Field(default="", max_length=200)
    created_at: datetime = Field(sa_type=Moment)


sealed_fields(Supplier, "contact", within=lambda _, supplier: f"supplier:{supplier.code}")

_PREFERRED = text("is_preferred")


class SupplierSku(SQLModel, table=True):
    """供货: a SKU as one supplier sells it; ``price_fen`` 0: not known. Of a SKU's suppliers one is preferred."""

    __tablename__ = "supplier_sku"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("pack_size > 0", name="some"),
        CheckConstraint("price_fen >= 0", name="price_not_negative"),
        Index(
            "uq_supplier_sku_preferred",
            "sku_id",
            unique=True,
            sqlite_where=_PREFERRED,
            postgresql_where=_PREFERRED,
        ),
    )

    supplier_id: int = Field(foreign_key="supplier.id", primary_key=True, sa_type=BigId)
    sku_id: int = Field(foreign_key="sku.id", primary_key=True, sa_type=BigId, index=True)
    pack_size: int = 1
    price_fen: int = Field(default=0, sa_type=BigId)
    is_preferred: bool = False


@dataclass(frozen=True)
class SupplierEvent(Happening):
    subject_type: ClassVar[str] = "supplier"


@dataclass(frozen=True)
class SupplierAdded(SupplierEvent):
    code: str


@dataclass(frozen=True)
class SupplierChanged(SupplierEvent):
    """Which ``fields``; what a contact says stands nowhere but in its own column."""

    fields: tuple[str, ...]


@dataclass(frozen=True)
class SupplierContactSeen(SupplierEvent):
    """Somebody opened the contact."""


@dataclass(frozen=True)
class SupplyChanged(SupplierEvent):
    """What the supplier sells of a SKU was set or, with ``is_over``, taken away."""

    sku_id: int
    pack_size: int = 1
    is_preferred: bool = False
    is_over: bool = False


@dataclass(frozen=True)
class SupplierDraft:
    """What is said of a supplier; ``None`` says nothing of it."""

    code: str
    name: str | None = None
    contact: str | None = field(default=None, repr=False)
    lead_days: int | None = None
    currency: str | None = None
    note: str | None = None
    is_active: bool | None = None


@dataclass(frozen=True)
class SupplyDraft:
    """What a supplier is said to sell of a SKU; ``None`` says nothing of it. ``row`` is where a file says it."""

    supplier_code: str
    sku_code: str
    pack_size: int | None = None
    price_fen: int | None = None
    is_preferred: bool | None = None
    row: int = 0


def put_supplier(session: Session, draft: SupplierDraft, *, by: str, now: datetime) -> Supplier:
    """The supplier called ``draft.code``, made or changed. Safe to repeat.

    Raises:
        BadInput: the field is named.
    """
    code = clean_no(draft.code, field="supplier_code")
    said = _facts(draft)
    standing = session.exec(select(Supplier).where(Supplier.code == code)).one_or_none()
    supplier = standing or Supplier(code=code, name=said.get("name") or code, created_at=now)
    changed = [name for name, value in said.items() if getattr(supplier, name) != value]
    for name in changed:
        setattr(supplier, name, said[name])
    if draft.contact is not None and draft.contact.strip() != contact_of(supplier):
        said_of = clean_text(draft.contact, most=200, field="contact")
        supplier.contact_sealed = seal(said_of, _place(code)) if said_of else ""
        changed.append("contact")
    session.add(supplier)
    session.flush()
    if standing is None:
        record(session, SupplierAdded(supplier.id, code), actor=by, now=now)
    elif changed:
        record(session, SupplierChanged(supplier.id, tuple(changed)), actor=by, now=now)
    return supplier


def supplier_coded(session: Session, code: str) -> Supplier:
    """By its code, else by its name. Raises: NotFound."""
    said = code.strip()
    found = session.exec(select(Supplier).where(Supplier.code == said)).first()
    found = found or session.exec(select(Supplier).where(Supplier.name == said).order_by(col(Supplier.id))).first()
    if not found:
        raise NotFound(f"no supplier is called {code[:64]!r}")
    return found


def contact_of(supplier: Supplier) -> str:
    """The contact as it was given: for whoever has asked for it, never for a list."""
    said = supplier.contact_sealed
    return unseal(said, _place(supplier.code)) if is_sealed(said) else ""


def contact_masked(supplier: Supplier) -> str:
    """With its telephone numbers masked."""
    return without_phones(contact_of(supplier))


def open_contact(session: Session, supplier_id: int, *, by: str, now: datetime) -> str:
    """The contact, and the log knows who looked. Raises: NotFound."""
    supplier = session.get(Supplier, supplier_id)
    if supplier is None:
        raise NotFound("there is no such supplier")
    record(session, SupplierContactSeen(supplier_id), actor=by, now=now)
    return contact_of(supplier)


def set_supply(
    session: Session,
    supplier: Supplier,
    sku: Sku,
    *,
    by: str,
    now: datetime,
    pack_size: int | None = None,
    price_fen: int | None = None,
    is_preferred: bool | None = None,
) -> SupplierSku:
    """What the supplier sells of ``sku``; the first to sell it is preferred. Safe to repeat.

    Raises:
        BadInput: a pack of none, or no price.
    """
    if pack_size is not None and not 1 <= pack_size <= _MOST_PACK:
        raise BadInput(f"pack size: {pack_size} cannot be", field="pack_size", problem="supply_pack")
    if price_fen is not None and bounded_fen(price_fen, field="price") < 0:
        raise BadInput("price: is negative", field="price", problem="absurd_money")
    standing = session.get(SupplierSku, (supplier.id, sku.id))
    supply = standing or SupplierSku(supplier_id=supplier.id, sku_id=sku.id)
    if standing is None and is_preferred is None:
        is_preferred = preferred_of(session, [sku.id]).get(sku.id) is None
    told = {"pack_size": pack_size, "price_fen": price_fen, "is_preferred": is_preferred}
    changes = {name: value for name, value in told.items() if value is not None and getattr(supply, name) != value}
    if changes.get("is_preferred"):
        others = update(SupplierSku).where(col(SupplierSku.sku_id) == sku.id).values(is_preferred=False)
        session.exec(others)
    for name, value in changes.items():
        setattr(supply, name, value)
    session.add(supply)
    session.flush()
    if standing is None or changes:
        happened = SupplyChanged(supplier.id, sku.id, supply.pack_size, supply.is_preferred)
        record(session, happened, actor=by, now=now)
    return supply


def end_supply(session: Session, supplier_id: int, sku_id: int, *, by: str, now: datetime) -> None:
    """The supplier sells it no more. Safe to repeat."""
    standing = session.get(SupplierSku, (supplier_id, sku_id))
    if standing:
        session.delete(standing)
        record(session, SupplyChanged(supplier_id, sku_id, is_over=True), actor=by, now=now)


def preferred_of(session: Session, sku_ids: Sequence[int]) -> dict[int, tuple[Supplier, SupplierSku]]:
    """From whom each SKU is bought: the preferred supplier while it is active, else the cheapest that is."""
    wanted = (
        select(Supplier, SupplierSku)
        .join(SupplierSku, col(SupplierSku.supplier_id) == Supplier.id)
        .where(col(SupplierSku.sku_id).in_(sku_ids), col(Supplier.is_active))
        .order_by(
            col(SupplierSku.is_preferred).desc(),
            (col(SupplierSku.price_fen) == 0),
            col(SupplierSku.price_fen),
            col(Supplier.id),
        )
    )
    found: dict[int, tuple[Supplier, SupplierSku]] = {}
    for supplier, supply in session.exec(wanted):
        found.setdefault(supply.sku_id, (supplier, supply))
    return found


def _facts(draft: SupplierDraft) -> dict[str, Any]:
    if draft.lead_days is not None and not 0 <= draft.lead_days <= _MOST_DAYS:
        raise BadInput(f"lead days: {draft.lead_days}, 0 to {_MOST_DAYS}", field="lead_days", problem="supply_lead")
    currency = None if draft.currency is None else draft.currency.strip().upper() or YUAN
    if currency is not None and not _CURRENCY.fullmatch(currency):
        raise BadInput("currency: three letters, such as CNY", field="currency", problem="supply_currency")
    told = {
        "name": clean_text(draft.name, most=200, field="name") if draft.name else None,
        "lead_days": draft.lead_days,
        "currency": currency,
        "note": None if draft.note is None else clean_text(draft.note, most=200, field="note"),
        "is_active": draft.is_active,
    }
    return {name: value for name, value in told.items() if value is not None}


def _place(code: str) -> str:
    return f"supplier:{code}:contact"
