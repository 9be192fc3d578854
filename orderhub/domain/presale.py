"""预售池: how many of what is not there yet may still be sold?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.sku import Sku, SkuEvent
from orderhub.kernel.columns import BigId, Moment
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import record

_MOST_PIECES = 1_000_000_000


class PresalePool(SQLModel, table=True):
    """预售池: so many of a presale SKU may still be sold from ``set_at`` on, whatever lies on the shelf."""

    __tablename__ = "presale_pool"  # pyright: ignore[reportAssignmentType]

    sku_id: int = Field(foreign_key="sku.id", primary_key=True, sa_type=BigId)
    pieces: int = Field(sa_type=BigId)
    set_by: str = Field(max_length=64)
    set_at: datetime = Field(sa_type=Moment)


class Presold(SQLModel, table=True):
    """So many of a presale SKU went to an order that was paid."""

    order_id: int = Field(foreign_key="orders.id", primary_key=True, sa_type=BigId)
    sku_id: int = Field(foreign_key="sku.id", primary_key=True, sa_type=BigId, index=True)
    quantity: int = Field(sa_type=BigId)
    sold_at: datetime = Field(sa_type=Moment)


class NotPresale(RuleBroken):
    code = "not_presale"


@dataclass(frozen=True)
class PresalePoolSet(SkuEvent):
    pieces: int


@dataclass(frozen=True)
class PresaleSold(SkuEvent):
    """``quantity`` is what the order holds of it now; 0: nothing any more."""

    order_id: int
    quantity: int


def set_pool(session: Session, sku: Sku, pieces: int, *, by: str, now: datetime) -> None:
    """So many of a presale SKU may be sold from now on.

    Raises:
        BadInput: no number that can be.
        NotPresale: the SKU is sold off the shelf.
    """
    if not 0 <= pieces <= _MOST_PIECES:
        raise BadInput(f"pieces: {pieces} cannot be", field="pieces", problem="absurd_quantity")
    if not sku.is_presale:
        raise NotPresale(f"{sku.code} is sold off the shelf: only a presale SKU has a pool")
    session.merge(PresalePool(sku_id=sku.id, pieces=pieces, set_by=by, set_at=now))
    record(session, PresalePoolSet(sku.id, pieces), actor=by, now=now)
    session.flush()


def keep_presold(session: Session, order_id: int, sold: Mapping[int, int], *, by: str, now: datetime) -> None:
    """The order takes these (pieces by SKU id) out of the presale pools, and no others. Safe to repeat."""
    standing = {row.sku_id: row for row in session.exec(select(Presold).where(Presold.order_id == order_id))}
    for sku_id in sorted(standing.keys() | sold.keys()):
        row, quantity = standing.get(sku_id), sold.get(sku_id, 0)
        if row and not quantity:
            session.delete(row)
        elif row is None:
            session.add(Presold(order_id=order_id, sku_id=sku_id, quantity=quantity, sold_at=now))
        elif row.quantity == quantity:
            continue
        else:
            row.quantity = quantity
            session.add(row)
        record(session, PresaleSold(sku_id, order_id, quantity), actor=by, now=now)


def pools(session: Session, sku_ids: Collection[int]) -> dict[int, int]:
    """What is left of the presale pools; a SKU without one is left out."""
    since = (col(Presold.sku_id) == col(PresalePool.sku_id)) & (col(Presold.sold_at) >= col(PresalePool.set_at))
    sold = func.coalesce(func.sum(Presold.quantity), 0)
    wanted = select(PresalePool.sku_id, PresalePool.pieces, sold).outerjoin(Presold, since)
    found = wanted.where(col(PresalePool.sku_id).in_(sku_ids)).group_by(
        col(PresalePool.sku_id), col(PresalePool.pieces)
    )
    return {sku_id: pieces - int(gone) for sku_id, pieces, gone in session.exec(found)}
