"""Which of many new orders can be told at once what goods they have? Those whose codes are known."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from orderhub.domain.arrival import Arrival, held_for_goods
from orderhub.domain.many_promises import Shelves, read_shelves
from orderhub.domain.order import OrderStatus
from orderhub.domain.order_stock import GONE, WAITING, code_among
from orderhub.domain.price_floor import Sold, below_floor, floors, has_floors
from orderhub.domain.sku import Wanted, each_means, has_skus, in_all
from orderhub.domain.unpaid import keeps_unpaid

Meaning = Mapping[str, Wanted]  # what one of a code stands for
Pieces = Mapping[int, int]  # by SKU


@dataclass(frozen=True)
class _Known:
    """Of one shop's codes."""

    meaning: Meaning
    lowest: Mapping[str, int]


@dataclass(frozen=True)
class _Asked:
    """What an order is to have now, what was sold to it for later, and what rules give along."""

    pieces: Pieces = field(default_factory=dict)
    presold: Pieces = field(default_factory=dict)
    gifts: Pieces = field(default_factory=dict)


_NOTHING = _Asked()


def fitting(session: Session, arrivals: Sequence[Arrival], now: datetime) -> list[Arrival]:
    """Those that ``order_stock.follow`` would give all they want, or hold for what is not there; it stands in them."""
    if not has_skus(session):
        return list(arrivals)
    known = _known(session, [one for one in arrivals if one.received in (*WAITING, *GONE)])
    asking = [(one, _asked(one, known.get(one.coming.shop.id), now)) for one in arrivals]
    clear = [
        replace(one, wanted=asked.pieces, presold=asked.presold, gifts=asked.gifts) for one, asked in asking if asked
    ]
    shelves = read_shelves(session, _skus(clear))
    served = [_served(session, one, shelves, now) for one in clear]
    return [one for one in served if one]


def take_again(session: Session, arrivals: Sequence[Arrival]) -> bool:
    """Once more with the shelves locked: whether each finds what it took, and no more; what it takes now is written
    on it.
    """
    asking = [one for one in arrivals if one.taken or one.short]
    shelves = read_shelves(session, _skus(asking), lock=True)
    return all(_take(one, shelves) == one.short for one in asking)


def _skus(arrivals: Sequence[Arrival]) -> set[int]:
    return {sku_id for one in arrivals for sku_id in (*one.wanted, *one.gifts)}


def _served(session: Session, arrival: Arrival, shelves: Shelves, now: datetime) -> Arrival | None:
    facts = arrival.facts
    if arrival.received in GONE:  # a shelf that was counted later was counted without it: nothing is left to do
        left_at = facts["shipped_at"] or facts["channel_updated_at"]
        return arrival if shelves.were_counted_since(arrival.wanted, left_at) else None
    arrival.short = _take(arrival, shelves)
    if not arrival.lacks:
        return arrival
    held = None if arrival.gifts else held_for_goods(session, arrival, now)
    if held is None:
        shelves.put_back(arrival.taken)
    return held


def _take(arrival: Arrival, shelves: Shelves) -> tuple[int, ...]:
    """What it takes is written on it; returns the SKUs that are short: then it takes nothing."""
    region = arrival.facts["receiver_region"]
    arrival.taken, short = shelves.take(arrival.wanted, region)
    if arrival.gifts and not short:
        arrival.taken_before = arrival.taken
        shelves.put_back(arrival.taken)
        arrival.taken, short = shelves.take(Counter(arrival.wanted) + Counter(arrival.gifts), region)
    return short


def _known(session: Session, arrivals: Sequence[Arrival]) -> dict[int, _Known]:
    codes: dict[int, dict[str, None]] = {}
    for one in arrivals:
        own = codes.setdefault(one.coming.shop.id, {})
        own.update(dict.fromkeys([*(_code(line) for line in one.lines), *one.decision.gifts]))
    has_lowest = has_floors(session)
    return {
        shop_id: _Known(each_means(session, shop_id, own), floors(session, shop_id, own) if has_lowest else {})
        for shop_id, own in codes.items()
    }


def _asked(arrival: Arrival, known: _Known | None, now: datetime) -> _Asked | None:
    """None where somebody has to look."""
    facts, is_gone = arrival.facts, arrival.received in GONE
    if arrival.received is OrderStatus.PENDING_PAYMENT:
        return None if keeps_unpaid(arrival.coming.shop, facts["placed_at"], now) else _NOTHING
    is_waiting = arrival.received in WAITING and facts["paid_at"]
    if known is None or not (is_gone or is_waiting):
        return _NOTHING
    means = [known.meaning[_code(line)] for line in arrival.lines]
    if any(one.unmatched for one in means):
        return _NOTHING if is_gone else None
    given = in_all(known.meaning[gift] for gift in arrival.decision.gifts)
    if is_gone:
        return _Asked(Counter(_in_all(arrival, [one.every for one in means])) + Counter(given.every))
    if _is_below(arrival, known.lowest) or given.presale:
        return None
    pieces, presold = ([one.pieces for one in means], [one.presale for one in means])
    return _Asked(_in_all(arrival, pieces), _in_all(arrival, presold), given.pieces)


def _in_all(arrival: Arrival, each: Sequence[Pieces]) -> Pieces:
    """What all lines want, ``each`` being what one of a line stands for."""
    total: dict[int, int] = {}
    for line, pieces in zip(arrival.lines, each, strict=True):
        for sku_id, count in pieces.items():
            total[sku_id] = total.get(sku_id, 0) + count * line["quantity"]
    return total


def _is_below(arrival: Arrival, lowest: Mapping[str, int]) -> bool:
    if not lowest:
        return False
    sold = [Sold(_code(line), line["quantity"], line["total_fen"]) for line in arrival.lines]
    return bool(below_floor(sold, arrival.facts["discount_fen"], lowest))


def _code(line: Mapping[str, Any]) -> str:
    return code_among(line["sku_code"], line["channel_sku_no"], line["channel_item_no"], line["title"])
