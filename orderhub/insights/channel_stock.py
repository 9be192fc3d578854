"""What may each shop's channel sell of each item, what was it told, and what would another formula tell it?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from orderhub.domain.channel_item import ChannelItem, ChannelItemPart, Part
from orderhub.domain.channel_stock import Facts, Formula, StockShare, facts_of, formula_of, told
from orderhub.domain.presale import PresalePool, pools
from orderhub.domain.shop import ASKED, Rollout, Shop
from orderhub.domain.sku import Sku

PAGE_SIZE = 50
_MOST_SHOWN = 5


@dataclass(frozen=True)
class ItemRow:
    """``parts`` are (SKU, pieces of it, out of the presale pool); ``available`` and ``level`` None: nobody has said."""

    item: ChannelItem
    shop: Shop
    parts: tuple[tuple[str, int, bool], ...]
    available: int | None
    level: int | None
    formula: Formula | None
    is_own: bool


@dataclass(frozen=True)
class ItemPage:
    """``next_after`` reads on; 0 at the end."""

    rows: tuple[ItemRow, ...]
    next_after: int


def item_page(
    session: Session, *, text: str = "", shop_code: str = "", item_id: int = 0, after: int = 0, size: int = PAGE_SIZE
) -> ItemPage:
    """By code, those behind the item ``after``; ``text`` is part of a code, of a SKU's code or a channel's number."""
    wanted = select(ChannelItem).join(Shop, col(Shop.id) == col(ChannelItem.shop_id))
    if item_id:
        wanted = wanted.where(ChannelItem.id == item_id)
    if shop_code:
        wanted = wanted.where(Shop.code == shop_code)
    if text:
        wanted = wanted.where(_names(text))
    if last := session.get(ChannelItem, after):
        code, number = col(ChannelItem.code), col(ChannelItem.id)
        wanted = wanted.where(or_(code > last.code, and_(code == last.code, number > last.id)))
    found = session.exec(wanted.order_by(col(ChannelItem.code), col(ChannelItem.id)).limit(size + 1)).all()
    shown = found[:size]
    return ItemPage(tuple(_rows(session, shown)), shown[-1].id if len(found) > size else 0)


def _names(text: str) -> ColumnElement[bool]:
    made_of = (
        select(ChannelItemPart.item_id)
        .join(Sku, col(Sku.id) == col(ChannelItemPart.sku_id))
        .where(col(Sku.code).contains(text, autoescape=True))
    )
    return or_(
        col(ChannelItem.code).contains(text, autoescape=True),
        col(ChannelItem.channel_sku_no) == text,
        col(ChannelItem.channel_item_no) == text,
        col(ChannelItem.id).in_(made_of),
    )


def _rows(session: Session, items: Sequence[ChannelItem]) -> list[ItemRow]:
    facts = facts_of(session, items)
    sku_ids = {part.sku_id for made in facts.parts.values() for part in made}
    codes = dict(session.exec(select(Sku.id, Sku.code).where(col(Sku.id).in_(sku_ids))).all())
    return [
        ItemRow(
            item,
            facts.shops[item.shop_id],
            tuple(_named(part, codes) for part in facts.parts.get(item.id, ())),
            facts.available(item),
            facts.level(item),
            formula_of(item, facts.formulas),
            (item.shop_id, item.id) in facts.formulas,
        )
        for item in items
    ]


def _named(part: Part, codes: dict[int, str]) -> tuple[str, int, bool]:
    return codes[part.sku_id], part.pieces, part.is_pool


@dataclass(frozen=True)
class ShopRow:
    """``share`` None: the shop is told nothing."""

    shop: Shop
    share: StockShare | None


def shop_rows(session: Session) -> list[ShopRow]:
    """Shops whose channel is asked, by name."""
    wanted = (
        select(Shop, StockShare)
        .outerjoin(StockShare, and_(col(StockShare.shop_id) == col(Shop.id), col(StockShare.item_id) == 0))
        .where(col(Shop.rollout) != Rollout.OFF, col(Shop.channel).in_(ASKED), col(Shop.app_secret_sealed) != "")
    )
    return [ShopRow(shop, share) for shop, share in session.exec(wanted.order_by(col(Shop.name), col(Shop.id)))]


@dataclass(frozen=True)
class PoolRow:
    sku: str
    pieces: int
    left: int
    set_by: str


def pool_rows(session: Session) -> list[PoolRow]:
    """Of SKUs that are on presale, by code."""
    wanted = select(PresalePool, Sku.code).join(Sku, col(Sku.id) == col(PresalePool.sku_id))
    found = session.exec(wanted.where(col(Sku.is_presale)).order_by(col(Sku.code))).all()
    left = pools(session, {pool.sku_id for pool, _ in found})
    return [PoolRow(code, pool.pieces, left[pool.sku_id], pool.set_by) for pool, code in found]


@dataclass(frozen=True)
class Shift:
    """What one item's channel would be told; ``before`` None: nothing is told now."""

    code: str
    available: int
    before: int | None
    after: int


@dataclass(frozen=True)
class Preview:
    """``shifts`` are the first few of ``count``."""

    count: int
    shifts: tuple[Shift, ...]


def preview(session: Session, shop: Shop, formula: Formula, *, item_id: int = 0) -> Preview:
    """What ``formula`` would tell of the shop's items that go by it (of one: of this one)."""
    wanted = select(ChannelItem).where(ChannelItem.shop_id == shop.id).order_by(col(ChannelItem.code))
    items = session.exec(wanted.where(ChannelItem.id == item_id) if item_id else wanted).all()
    facts = facts_of(session, items)
    concerned = [item for item in items if item_id or (shop.id, item.id) not in facts.formulas]
    shifts = [_shift(item, facts, formula) for item in concerned]
    known = [shift for shift in shifts if shift]
    return Preview(len(known), tuple(known[:_MOST_SHOWN]))


def _shift(item: ChannelItem, facts: Facts, formula: Formula) -> Shift | None:
    available = facts.available(item)
    if available is None:
        return None
    return Shift(item.code, available, facts.level(item), told(available, formula))
