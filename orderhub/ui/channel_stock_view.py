"""What does the page of what channels may sell show, as the browser gets it?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from orderhub.automation.addressee import shop_addressee
from orderhub.automation.outbox import OutboxKind, OutboxMessage
from orderhub.automation.senders.stock import stock_key
from orderhub.automation.stock_feed import is_told
from orderhub.domain.channel_item import ChannelItem
from orderhub.domain.channel_stock import Formula
from orderhub.insights.channel_stock import ItemRow, PoolRow, Shift, ShopRow, item_page, pool_rows, shop_rows
from orderhub.kernel.settings import settings
from orderhub.ui.board_rows import exact, unix

PATH = "/stock/channel"


@dataclass(frozen=True)
class ChannelStockQuery:
    text: str = ""
    shop: str = ""
    item_id: int = 0
    after: int = 0


@dataclass
class ShareView:
    """A formula as its form shows it; all empty where there is none."""

    percent: str = ""
    buffer: str = ""
    cap: str = ""


@dataclass
class SharedShopView:
    code: str
    name: str
    channel: str
    formula: str
    share: ShareView
    by: str
    is_told: bool


@dataclass
class ItemView:
    """``state`` is that of the last message, empty where none is known; ``level`` what is to be told, if another."""

    id: str
    code: str
    numbers: str
    shop_code: str
    shop: str
    channel: str
    made_of: str
    available: str
    formula: str
    share: ShareView
    level: str
    told: str
    told_at: str
    told_exact: str
    state: str
    held: str
    held_at: str
    is_own: bool
    is_hot: bool
    is_presale: bool
    has_drifted: bool


@dataclass
class PoolView:
    sku: str
    pieces: str
    left: str
    by: str


@dataclass
class ShiftView:
    code: str
    available: str
    before: str
    after: str


@dataclass
class ChannelStockView:
    shops: list[SharedShopView] = field(default_factory=list)
    rows: list[ItemView] = field(default_factory=list)
    pools: list[PoolView] = field(default_factory=list)
    text: str = ""
    shop: str = ""
    next: str = ""
    first: str = ""


def channel_stock_view(session: Session, query: ChannelStockQuery) -> ChannelStockView:
    page = item_page(session, text=query.text, shop_code=query.shop, item_id=query.item_id, after=query.after)
    states = _states(session, [row.item for row in page.rows])
    kept = {"q": query.text, "shop": query.shop}
    return ChannelStockView(
        shops=[_shop(row) for row in shop_rows(session)],
        rows=[_item(row, states) for row in page.rows],
        pools=[_pool(row) for row in pool_rows(session)],
        text=query.text,
        shop=query.shop,
        next=_address(**kept, after=str(page.next_after)) if page.next_after else "",
        first=_address(**kept) if query.after or query.item_id else "",
    )


def shift_view(shift: Shift) -> ShiftView:
    return ShiftView(shift.code, f"{shift.available:,}", _pieces(shift.before), f"{shift.after:,}")


def _address(**parts: str) -> str:
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"{PATH}?{query}" if query else PATH


def _states(session: Session, items: Collection[ChannelItem]) -> dict[tuple[int, str], str]:
    """Where the last message of each item stands."""
    shops = {shop_addressee(item.shop_id) for item in items}
    wanted = select(col(OutboxMessage.addressee), OutboxMessage.key, OutboxMessage.state).where(
        OutboxMessage.kind == OutboxKind.STOCK,
        col(OutboxMessage.addressee).in_(shops),
        col(OutboxMessage.key).in_({_key(item) for item in items}),
    )
    return {(addressee.id, key): state for addressee, key, state in session.exec(wanted)}


def _key(item: ChannelItem) -> str:
    return stock_key(item.channel_item_no, item.channel_sku_no, item.code)


def _shop(row: ShopRow) -> SharedShopView:
    formula = row.share.formula if row.share else None
    by = f"{row.share.changed_by} · {exact(row.share.changed_at)}" if row.share else ""
    return SharedShopView(
        row.shop.code, row.shop.name, row.shop.channel, _said(formula), _share(formula), by, is_told(row.shop)
    )


def _item(row: ItemRow, states: Mapping[tuple[int, str], str]) -> ItemView:
    item, is_moving = row.item, row.level is not None and is_told(row.shop) and row.level != row.item.told_quantity
    drift = 0
    if item.seen_quantity is not None and item.told_quantity is not None:
        drift = abs(item.seen_quantity - item.told_quantity)
    return ItemView(
        id=str(item.id),
        code=item.code,
        numbers=" / ".join(number for number in (item.channel_item_no, item.channel_sku_no) if number),
        shop_code=row.shop.code,
        shop=row.shop.name,
        channel=row.shop.channel,
        made_of="&".join(code if pieces == 1 else f"{code}*{pieces}" for code, pieces, _ in row.parts),
        available=_pieces(row.available),
        formula=_said(row.formula),
        share=_share(row.formula),
        level=_pieces(row.level) if is_moving else "",
        told=_pieces(item.told_quantity),
        told_at=unix(item.told_at) if item.told_at else "",
        told_exact=exact(item.told_at) if item.told_at else "",
        state=states.get((item.shop_id, _key(item)), ""),
        held=_pieces(item.seen_quantity),
        held_at=exact(item.seen_at) if item.seen_at else "",
        is_own=row.is_own,
        is_hot=item.is_hot,
        is_presale=any(is_pool for _, _, is_pool in row.parts),
        has_drifted=drift > settings().stock_drift,
    )


def _pool(row: PoolRow) -> PoolView:
    return PoolView(row.sku, f"{row.pieces:,}", f"{row.left:,}", row.set_by)


def _pieces(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _said(formula: Formula | None) -> str:
    """``80 % − 2 ≤ 500``"""
    if formula is None:
        return ""
    buffer = f" − {formula.buffer:,}" if formula.buffer else ""
    return f"{formula.percent} %{buffer}" + (f" ≤ {formula.cap:,}" if formula.cap is not None else "")


def _share(formula: Formula | None) -> ShareView:
    if formula is None:
        return ShareView("100", "0", "")
    return ShareView(str(formula.percent), str(formula.buffer), "" if formula.cap is None else str(formula.cap))
