"""Which of many new orders can have their goods at once? Those whose codes are known and whose pieces are there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from orderhub.domain.arrival import Arrival
from orderhub.domain.many_promises import Shelves, read_shelves
from orderhub.domain.order import OrderStatus
from orderhub.domain.order_stock import GONE, WAITING, code_among
from orderhub.domain.price_floor import Sold, below_floor, floors, has_floors
from orderhub.domain.sku import Wanted, each_means, has_skus
from orderhub.domain.unpaid import keeps_unpaid

Meaning = Mapping[str, Wanted]  # what one of a code stands for


@dataclass(frozen=True)
class _Known:
    """Of one shop's codes."""

    meaning: Meaning
    lowest: Mapping[str, int]


def fitting(session: Session, arrivals: Sequence[Arrival], now: datetime) -> list[Arrival]:
    """Those that ``order_stock.follow`` would give all they want without a hold; what each takes is written on it."""
    if not has_skus(session):
        return list(arrivals)
    known = _known(session, [one for one in arrivals if one.received in (*WAITING, *GONE)])
    wanted = [(one, _wanted(one, known.get(one.coming.shop.id), now)) for one in arrivals]
    clear = [(one, pieces) for one, pieces in wanted if pieces is not None]
    shelves = read_shelves(session, {sku_id for _, pieces in clear for sku_id in pieces})
    return [one for one, pieces in clear if _takes(one, pieces, shelves)]


def take_again(session: Session, arrivals: Sequence[Arrival]) -> bool:
    """Once more with the shelves locked: whether each finds what it took; what it takes now is written on it."""
    shelves = read_shelves(session, {sku_id for one in arrivals for sku_id, _ in one.taken}, lock=True)
    return all(_takes(one, _pieces(one), shelves) for one in arrivals if one.taken)


def _takes(arrival: Arrival, pieces: Mapping[int, int], shelves: Shelves) -> bool:
    facts = arrival.facts
    if arrival.received in GONE:  # a shelf that was counted later was counted without it: nothing is left to do
        left_at = facts["shipped_at"] or facts["channel_updated_at"]
        return shelves.were_counted_since(pieces, left_at)
    taken = shelves.take(pieces, facts["receiver_region"])
    arrival.taken = taken or {}
    return taken is not None


def _pieces(arrival: Arrival) -> Mapping[int, int]:
    pieces: Counter[int] = Counter()
    for (sku_id, _), count in arrival.taken.items():
        pieces[sku_id] += count
    return pieces


def _known(session: Session, arrivals: Sequence[Arrival]) -> dict[int, _Known]:
    codes: dict[int, dict[str, None]] = {}
    for one in arrivals:
        codes.setdefault(one.coming.shop.id, {}).update(dict.fromkeys(_code(line) for line in one.lines))
    has_lowest = has_floors(session)
    return {
        shop_id: _Known(each_means(session, shop_id, own), floors(session, shop_id, own) if has_lowest else {})
        for shop_id, own in codes.items()
    }


def _wanted(arrival: Arrival, known: _Known | None, now: datetime) -> Mapping[int, int] | None:
    """The pieces by SKU that it is to have; None where it has to wait for something, or somebody has to look."""
    facts, is_gone = arrival.facts, arrival.received in GONE
    if arrival.received is OrderStatus.PENDING_PAYMENT:
        return None if keeps_unpaid(arrival.coming.shop, facts["placed_at"], now) else {}
    is_waiting = arrival.received in WAITING and facts["paid_at"]
    if known is None or not (is_gone or is_waiting):
        return {}
    means = [known.meaning[_code(line)] for line in arrival.lines]
    if any(one.unmatched for one in means):
        return {} if is_gone else None
    if not is_gone and (any(one.presale for one in means) or _is_below(arrival, known.lowest)):
        return None
    pieces: dict[int, int] = {}
    for line, one in zip(arrival.lines, means, strict=True):
        for sku_id, each in (one.every if is_gone else one.pieces).items():
            pieces[sku_id] = pieces.get(sku_id, 0) + each * line["quantity"]
    return pieces


def _is_below(arrival: Arrival, lowest: Mapping[str, int]) -> bool:
    if not lowest:
        return False
    sold = [Sold(_code(line), line["quantity"], line["total_fen"]) for line in arrival.lines]
    return bool(below_floor(sold, arrival.facts["discount_fen"], lowest))


def _code(line: Mapping[str, Any]) -> str:
    return code_among(line["sku_code"], line["channel_sku_no"], line["channel_item_no"], line["title"])
