"""渠道库存: how many of its goods may a shop's channel sell?

A shop without a formula is told nothing. Who tells is automation/stock_feed.py.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.channel_item import ChannelItem, Part, There, item_of, parts_of, sellable, there_is
from orderhub.domain.shop import Shop
from orderhub.kernel.columns import BigId, Moment
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, Was, before, record

_MOST_PIECES = 1_000_000_000


@dataclass(frozen=True)
class Formula:
    """比例、安全库存、上限: ``percent`` of what is there, less ``buffer``, at most ``cap``."""

    percent: int = 100
    buffer: int = 0
    cap: int | None = None


class StockShare(SQLModel, table=True):
    """The formula of a shop (``item_id`` 0), or of one of its items instead."""

    __tablename__ = "stock_share"  # pyright: ignore[reportAssignmentType]

    shop_id: int = Field(foreign_key="shop.id", primary_key=True, sa_type=BigId)
    item_id: int = Field(primary_key=True, sa_type=BigId)
    percent: int
    buffer: int = Field(sa_type=BigId)
    cap: int | None = Field(default=None, sa_type=BigId)
    changed_by: str = Field(max_length=64)
    changed_at: datetime = Field(sa_type=Moment)

    @property
    def formula(self) -> "Formula":
        return Formula(self.percent, self.buffer, self.cap)


@dataclass(frozen=True)
class ShareSet(Happening):
    """``item_id`` 0: of the shop; ``cap`` None: none."""

    subject_type: ClassVar[str] = "shop"
    item_id: int
    percent: int
    buffer: int
    cap: int | None
    was: Was | None = None


@dataclass(frozen=True)
class ShareDropped(Happening):
    subject_type: ClassVar[str] = "shop"
    item_id: int


@dataclass(frozen=True)
class Facts:
    """All that the levels of some items follow from."""

    shops: Mapping[int, Shop]
    formulas: Mapping[tuple[int, int], Formula]
    parts: Mapping[int, list[Part]]
    there: There

    def available(self, item: ChannelItem) -> int | None:
        """None: nobody has said so far how many there are."""
        return sellable(self.parts.get(item.id, ()), self.there)

    def level(self, item: ChannelItem) -> int | None:
        """What its channel may sell of it; None: nobody has said so."""
        available, formula = self.available(item), formula_of(item, self.formulas)
        return None if available is None or formula is None else told(available, formula)


def told(available: int, formula: Formula) -> int:
    """How many of ``available`` a channel may sell; never below 0."""
    share = available * formula.percent // 100 - formula.buffer
    return max(0, share if formula.cap is None else min(share, formula.cap))


def facts_of(session: Session, items: Sequence[ChannelItem]) -> Facts:
    """As the database has them now."""
    shop_ids = {item.shop_id for item in items}
    parts = parts_of(session, [item.id for item in items])
    shops = session.exec(select(Shop).where(col(Shop.id).in_(shop_ids))).all()
    there = there_is(session, [part for made in parts.values() for part in made])
    return Facts({shop.id: shop for shop in shops}, formulas(session, shop_ids), parts, there)


def formulas(session: Session, shop_ids: Collection[int]) -> dict[tuple[int, int], Formula]:
    """By shop and item, 0 for the shop itself."""
    rows = session.exec(select(StockShare).where(col(StockShare.shop_id).in_(shop_ids)))
    return {(row.shop_id, row.item_id): row.formula for row in rows}


def formula_of(item: ChannelItem, known: Mapping[tuple[int, int], Formula]) -> Formula | None:
    """Its own, else its shop's; None: nothing is told of it."""
    return known.get((item.shop_id, item.id)) or known.get((item.shop_id, 0))


def set_share(session: Session, shop: Shop, formula: Formula, *, by: str, now: datetime, item_id: int = 0) -> None:
    """The formula of the shop, or of one of its items, from now on. Safe to repeat.

    Raises:
        BadInput: a share beyond 100 %, or a number that cannot be.
        NotFound: the shop has no such item.
    """
    if not 0 <= formula.percent <= 100:
        raise BadInput(f"percent: {formula.percent}, a share is 0 to 100", field="percent", problem="share_percent")
    for name, pieces in (("buffer", formula.buffer), ("cap", formula.cap or 0)):
        if not 0 <= pieces <= _MOST_PIECES:
            raise BadInput(f"{name}: {pieces} cannot be", field=name, problem="absurd_quantity")
    if item_id and item_of(session, item_id).shop_id != shop.id:
        raise NotFound(f"{shop.code} sells nothing with the id {item_id}")
    standing = session.get(StockShare, (shop.id, item_id))
    if standing and standing.formula == formula:
        return
    was = before(standing, "percent", "buffer", "cap")
    row = StockShare(shop_id=shop.id, item_id=item_id, percent=0, buffer=0, changed_by=by, changed_at=now)
    row = standing or row
    row.percent, row.buffer, row.cap = formula.percent, formula.buffer, formula.cap
    row.changed_by, row.changed_at = by, now
    session.add(row)
    happened = ShareSet(shop.id, item_id, formula.percent, formula.buffer, formula.cap, was)
    record(session, happened, actor=by, now=now)
    session.flush()


def drop_share(session: Session, shop: Shop, *, by: str, now: datetime, item_id: int = 0) -> None:
    """An item goes by its shop's formula again; a shop without one is told nothing any more. Safe to repeat."""
    if standing := session.get(StockShare, (shop.id, item_id)):
        session.delete(standing)
        record(session, ShareDropped(shop.id, item_id), actor=by, now=now)
        session.flush()
    if not item_id:
        forget_told(session, shop.id)


def forget_told(session: Session, shop_id: int) -> None:
    """Somebody else may have told the channel meanwhile: what it holds is not known any more."""
    session.exec(update(ChannelItem).where(col(ChannelItem.shop_id) == shop_id).values(told_quantity=None))
