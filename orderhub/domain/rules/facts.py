"""What may a rule know of an order? Plain values, taken once; ``None`` is what the hub does not know (yet)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

import rule_engine
from rule_engine import DataType

from orderhub.domain.order import Order
from orderhub.domain.rules.words import Stock
from orderhub.kernel.clock import SHANGHAI


@dataclass(frozen=True, slots=True)
class Facts:
    """Texts are case-folded. ``skus``, ``tags`` and ``holds`` are lists in one text: ``|A|B|``, empty: ``|``.

    ``sample`` is a number that an order keeps for life: every N-th order is picked by it.
    """

    channel: str
    shop: str
    skus: str
    has_unmatched_sku: bool
    titles: str
    pieces: int
    lines: int
    total_fen: int
    paid_fen: int
    discount_fen: int
    remark: str
    memo: str
    flag: str
    region: str
    placed_minute: int
    weekday: int
    tags: str
    holds: str
    is_presale: bool
    sample: int
    hours_left: float | None = None
    buyer_orders: int | None = None
    buyer_spent_fen: int | None = None
    weight_grams: int | None = None
    stock: str | None = None


@dataclass(frozen=True, slots=True)
class Ware:
    """One line of an order, as far as rules look at it."""

    sku_code: str
    title: str


@dataclass(frozen=True, slots=True)
class History:
    """What one buyer of a channel has ordered before, by the channel's token; masks never make two people one."""

    orders: int
    spent_fen: int


TYPES = {
    "channel": DataType.STRING,
    "shop": DataType.STRING,
    "skus": DataType.STRING,
    "has_unmatched_sku": DataType.BOOLEAN,
    "titles": DataType.STRING,
    "pieces": DataType.FLOAT,
    "lines": DataType.FLOAT,
    "total_fen": DataType.FLOAT,
    "paid_fen": DataType.FLOAT,
    "discount_fen": DataType.FLOAT,
    "remark": DataType.STRING,
    "memo": DataType.STRING,
    "flag": DataType.STRING,
    "region": DataType.STRING,
    "placed_minute": DataType.FLOAT,
    "weekday": DataType.FLOAT,
    "tags": DataType.STRING,
    "holds": DataType.STRING,
    "is_presale": DataType.BOOLEAN,
    "sample": DataType.FLOAT,
    "hours_left": DataType.FLOAT,
    "buyer_orders": DataType.FLOAT,
    "buyer_spent_fen": DataType.FLOAT,
    "weight_grams": DataType.FLOAT,
    "stock": DataType.STRING,
}
TYPE_RESOLVER = rule_engine.type_resolver_from_dict(TYPES)


def facts_of(
    order: Order,
    wares: Iterable[Ware],
    *,
    shop: str,
    now: datetime,
    tags: Iterable[str] = (),
    holds: Iterable[str] = (),
    history: History | None = None,
    weight_grams: int | None = None,
    stock: Stock | None = None,
) -> Facts:
    """``tags`` and ``holds`` are those that no rule put there; ``now`` is when the order is decided."""
    kept = list(wares)
    placed = order.placed_at.astimezone(SHANGHAI)
    return Facts(
        channel=str(order.channel),
        shop=shop,
        skus=listed(ware.sku_code for ware in kept if ware.sku_code),
        has_unmatched_sku=any(not ware.sku_code for ware in kept),
        titles="\n".join(ware.title for ware in kept).casefold(),
        pieces=order.piece_count,
        lines=order.kind_count,
        total_fen=order.total_fen,
        paid_fen=order.paid_fen,
        discount_fen=order.discount_fen,
        remark=order.buyer_remark.casefold(),
        memo=order.seller_remark.casefold(),
        flag=order.seller_flag.casefold(),
        region=order.receiver_region.casefold(),
        placed_minute=placed.hour * 60 + placed.minute,
        weekday=placed.isoweekday(),
        tags=listed(tags),
        holds=listed(holds),
        is_presale=order.is_presale,
        sample=crc32(order.channel_order_no.encode()),
        hours_left=(order.ship_by - now) / timedelta(hours=1) if order.ship_by else None,
        buyer_orders=history.orders if history else None,
        buyer_spent_fen=history.spent_fen if history else None,
        weight_grams=weight_grams,
        stock=str(stock) if stock else None,  # the engine takes a word of an enum for no text
    )


def listed(words: Iterable[str]) -> str:
    """``["A", "B"]`` → ``|A|B|``: whether one is among them is one search in a text."""
    return "".join(["|", *(f"{word}|" for word in words)])
