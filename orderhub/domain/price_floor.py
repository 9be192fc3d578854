"""Was something sold below the lowest price its SKU allows? Asked with the pieces of an order that has been paid."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.hold import HoldReason, hold_while
from orderhub.domain.order import Order
from orderhub.domain.sku import Sku, SkuPart, known_codes, meant_by, names_in, tidy_code
from orderhub.kernel.money import money_text, share_fen


@dataclass(frozen=True)
class Sold:
    """``total_fen`` = unit price × quantity, before discounts."""

    code: str
    quantity: int
    total_fen: int


def follow(session: Session, order: Order, sold: Sequence[Sold], *, now: datetime) -> None:
    """Hold ``order`` while one of ``sold``, all of its lines, is below its floor. Safe to repeat."""
    below = []
    if sold and has_floors(session):
        below = below_floor(sold, order.discount_fen, floors(session, order.shop_id, {line.code for line in sold}))
    hold_while(session, order, HoldReason.PRICE_BELOW_FLOOR, is_so=bool(below), now=now, note=", ".join(below))


def paid_shares(sold: Sequence[Sold], discount_fen: int) -> list[int]:
    """What is paid for each line, once the order's discount is taken off the lines in proportion."""
    totals = [line.total_fen for line in sold]
    if not sum(totals):
        return totals
    return [total - off for total, off in zip(totals, share_fen(discount_fen, totals), strict=True)]


def below_floor(sold: Sequence[Sold], discount_fen: int, lowest: Mapping[str, int]) -> list[str]:
    """``A-18: ¥8.00 < ¥10.00`` for each line that is, a piece of it; ``lowest`` is the floor of one by its code."""
    found = []
    for line, paid_fen in zip(sold, paid_shares(sold, discount_fen), strict=True):
        floor_fen = lowest.get(line.code, 0)
        if paid_fen < floor_fen * line.quantity:
            found.append(f"{line.code}: {money_text(paid_fen // line.quantity)} < {money_text(floor_fen)}")
    return found


def has_floors(session: Session) -> bool:
    return session.exec(select(Sku.id).where(col(Sku.floor_fen) > 0).limit(1)).first() is not None


def floors(session: Session, shop_id: int, codes: Iterable[str]) -> dict[str, int]:
    """Code → the lowest price in fen of one of it, 0 where any will do; codes that stand for nothing are left out.

    A bundle's own floor goes before the sum of its parts'; gifts are free.
    """
    tidied = {code: tidy_code(code) for code in codes}
    known = known_codes(session, shop_id, {name for tidy in tidied.values() for name in names_in(tidy)})
    single = _floors(session, {sku_id for sku_id, _ in known.values()})
    meant = {code: meant_by(tidy, known) for code, tidy in tidied.items()}
    return {code: sum(single[sku_id] * each for sku_id, each in pieces) for code, pieces in meant.items() if pieces}


def _floors(session: Session, sku_ids: set[int]) -> dict[int, int]:
    wanted = select(SkuPart).where(col(SkuPart.sku_id).in_(sku_ids), ~col(SkuPart.is_gift))
    parts = session.exec(wanted).all()
    every = sku_ids | {part.part_id for part in parts}
    own = dict(session.exec(select(Sku.id, Sku.floor_fen).where(col(Sku.id).in_(every))).all())
    summed = dict.fromkeys(sku_ids, 0)
    for part in parts:
        summed[part.sku_id] += own[part.part_id] * part.quantity
    return {sku_id: own[sku_id] or summed[sku_id] for sku_id in sku_ids}
