"""What does a new order look like? Invented from a random source: goods, discounts, freight, remarks."""

from collections.abc import Sequence
from random import Random

from orderhub.kernel.money import share_fen
from orderhub.lab.catalogue import CATALOGUE, UNMATCHED_CODES, Sku
from orderhub.lab.orders import LabLine, LabOrder
from orderhub.lab.platforms import PLATFORMS, Platform
from orderhub.lab.shops import LabShop

SHIP_WITHIN_SECONDS = 48 * 3600
PRESALE_SECONDS = 10 * 86400
FREIGHTS = (0, 0, 0, 0, 0, 0, 600, 800, 1000, 1200)

REMARKS = (
    "急发，周末要用，谢谢",
    "急用！麻烦今天发",
    "送人的，请附贺卡，不要放价格单",
    "有赠品的话请一起发",
    "地址改一下，送到单位前台",
    "请发顺丰，到付也可以",
    "要白色的，不要发错",
    "放驿站就行",
    "家里有小孩白天睡觉，别打电话😀",
    "帮我换个结实的箱子，上次压坏了",
)
MEMOS = ("", "", "", "", "", "", "", "老客，优先发", "已电话确认地址", "补发螺丝包")


def invent(shop: LabShop, rng: Random, *, created: int, turn: int) -> LabOrder:
    platform = PLATFORMS[shop.channel]
    number = platform.order_no(created, turn)
    basket = _basket(rng)
    lines = lines_of(platform, number, basket[:1] if platform.one_kind else basket)
    _mistype_a_code(lines, rng)
    is_presale = rng.random() < 0.02
    order = LabOrder(
        number=number,
        shop=shop.code,
        buyer=rng.randrange(40_000),
        created=created,
        modified=created,
        lines=lines,
        freight_fen=rng.choice(FREIGHTS),
        remark=rng.choice(REMARKS) if rng.random() < 0.12 else "",
        memo=rng.choice(MEMOS),
        is_presale=is_presale,
    )
    _discount(order, rng)
    order.flag = rng.randrange(1, 6) if order.memo else 0
    return order


def lines_of(platform: Platform, number: int, wanted: Sequence[tuple[Sku, int]]) -> tuple[LabLine, ...]:
    return tuple(
        LabLine(platform.line_no(number, position), sku, sku.code, quantity, sku.price_fen)
        for position, (sku, quantity) in enumerate(wanted)
    )


def ship_by(order: LabOrder) -> int:
    return order.paid_at + (PRESALE_SECONDS if order.is_presale else SHIP_WITHIN_SECONDS)


def _basket(rng: Random) -> list[tuple[Sku, int]]:
    kinds = rng.choices((1, 2, 3), (76, 17, 7))[0]
    skus = rng.sample(CATALOGUE, kinds)
    return [(sku, rng.choices((1, 2, 3, 4, 6, 10), (70, 15, 6, 4, 3, 2))[0]) for sku in skus]


def _mistype_a_code(lines: Sequence[LabLine], rng: Random) -> None:
    if rng.random() < 0.005:
        rng.choice(lines).code = rng.choice(UNMATCHED_CODES)


def _discount(order: LabOrder, rng: Random) -> None:
    """Money off the whole order, handed out over its lines to the fen; a third of it may be the platform's."""
    if rng.random() < 0.45:
        off_fen = min(rng.choice((300, 500, 1000, 2000, 3333, 5000)), order.goods_fen // 2)
        weights = [line.total_fen for line in order.lines]
        for line, share in zip(order.lines, share_fen(off_fen, weights), strict=True):
            line.discount_fen = share
        order.channel_discount_fen = off_fen // 3 if rng.random() < 0.3 else 0
