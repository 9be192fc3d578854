"""How well does a supplier serve us? 供应商健康度评分卡: pure figures of purchase lines, each with how sure it is.

A line belongs to the day it was promised for, or, without a promise, to the day its last piece came. Every figure of a
card is about the same lines, so that they lead to the orders behind it.

Few lines say little: a share comes with its 95 % interval (Wilson), and what is scored is drawn towards the share of
all suppliers, as if so many of their lines stood beside the supplier's own (``_BESIDE``). So nobody leads or trails
the list by one lucky or unlucky line, and a card with many lines is its supplier's alone.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate
from math import sqrt

from orderhub.domain.scorecard_terms import ScorecardTerms

FEW_LINES = 10
WIDE = 0.3  # an interval of more says little
_BESIDE = 10
_Z = 1.96
_PRICES_LOOK_BACK = timedelta(days=365)


class Part(StrEnum):
    """What a card is made of."""

    ON_TIME = "on_time"  # 准时
    COMPLETE = "complete"  # 错发与少发
    SOUND = "sound"  # 次品
    PRICE = "price"  # 价格变动


@dataclass(frozen=True)
class Supplied:
    """A purchase line that is with its supplier. ``promised_on`` None: nothing was promised; ``settled_on``: not yet.

    ``is_counted``: whoever received it looked for what was wrong.
    """

    supplier: str
    line_id: int
    purchase_id: int
    item: str
    quantity: int
    promised_on: date | None = None
    settled_on: date | None = None
    ordered_on: date | None = None
    wrong: int = 0
    missing: int = 0
    defective: int = 0
    is_counted: bool = True
    price_fen: int = 0

    @property
    def day(self) -> date | None:
        """The day it belongs to; None while it is neither promised nor here."""
        return self.promised_on or self.settled_on

    def is_late(self, today: date) -> bool | None:
        """None: nothing was promised, or the promise is not over."""
        if self.promised_on is None:
            return None
        if self.settled_on:
            return self.settled_on > self.promised_on
        return True if today > self.promised_on else None


@dataclass(frozen=True)
class Figure:
    """``share`` is what is bad of ``base``: late lines, wrong and missing or defective pieces; of prices the rise.

    ``lines`` of the supplier speak here. ``low`` and ``high`` hold the share between them (95 %); without lines there
    is no share and there are no ``points``.
    """

    part: Part
    lines: int
    bad: int
    base: int
    share: float | None
    low: float = 0.0
    high: float = 1.0
    points: float | None = None

    @property
    def is_few(self) -> bool:
        return self.lines < FEW_LINES or (self.part is not Part.PRICE and self.high - self.low > WIDE)


@dataclass(frozen=True)
class Card:
    """``score`` 0 to 100 of the parts that have points, weighed among themselves; None: no part has."""

    supplier: str
    lines: int
    figures: Mapping[Part, Figure]
    score: float | None

    @property
    def is_few(self) -> bool:
        """To be read with caution."""
        return self.lines < FEW_LINES or any(one.is_few for one in self.figures.values() if one.lines)

    @property
    def silent(self) -> tuple[Part, ...]:
        """Parts nothing is known of: their weight is shared among the others."""
        return tuple(part for part, one in self.figures.items() if one.points is None)


def cards(
    lines: Sequence[Supplied],
    terms: ScorecardTerms,
    *,
    today: date,
    since: date | None = None,
    until: date | None = None,
    suppliers: Iterable[str] = (),
) -> list[Card]:
    """A card for each supplier of ``lines`` and ``suppliers``, the best first; those without a score last.

    Both ends are meant. Lines from before ``since`` are what prices are compared with.
    """
    meant: dict[str, list[Supplied]] = {name: [] for name in suppliers}
    for line in lines:
        day = line.day
        meant.setdefault(line.supplier, [])
        if day and (since is None or day >= since) and (until is None or day <= until):
            meant[line.supplier].append(line)
    rises = _rises(lines)
    counted = {name: _counted(mine, rises, today) for name, mine in meant.items()}
    usual = {part: _usual([parts[part] for parts in counted.values()]) for part in Part}
    made = [_card(name, len(meant[name]), parts, usual, terms) for name, parts in counted.items()]
    return sorted(made, key=lambda card: (card.score is None, -(card.score or 0), -card.lines, card.supplier))


def wilson(bad: float, count: int) -> tuple[float, float]:
    """Between which shares ``bad`` of ``count`` may lie, at 95 %. Source: Wilson 1927, score interval."""
    if not count:
        return 0.0, 1.0
    share, z2 = bad / count, _Z * _Z
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z / (1 + z2 / count) * sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


_Counts = tuple[int, float, float]  # lines, what is bad, of how much


def _counted(mine: Sequence[Supplied], rises: Mapping[int, tuple[float, float]], today: date) -> dict[Part, _Counts]:
    late = [one.is_late(today) for one in mine]
    judged = [one for one in late if one is not None]
    looked = [one for one in mine if one.is_counted and one.settled_on]
    pieces = sum(one.quantity for one in looked)
    priced = [rises[one.line_id] for one in mine if one.line_id in rises]
    return {
        Part.ON_TIME: (len(judged), sum(judged), len(judged)),
        Part.COMPLETE: (len(looked), sum(one.wrong + one.missing for one in looked), pieces),
        Part.SOUND: (len(looked), sum(one.defective for one in looked), pieces),
        Part.PRICE: (len(priced), sum(more for more, _ in priced), sum(base for _, base in priced)),
    }


def _usual(parts: Sequence[_Counts]) -> float:
    """The share of all suppliers together."""
    base = sum(base for _, _, base in parts)
    return sum(bad for _, bad, _ in parts) / base if base else 0.0


def _card(
    name: str, lines: int, parts: Mapping[Part, _Counts], usual: Mapping[Part, float], terms: ScorecardTerms
) -> Card:
    figures = {part: _figure(part, parts[part], usual[part], terms) for part in Part}
    weights = {part: getattr(terms, f"{part}_weight") for part in Part if figures[part].points is not None}
    whole = sum(weights.values())
    points = sum(weight * (figures[part].points or 0) for part, weight in weights.items())
    return Card(name, lines, figures, points / whole if whole else None)


def _figure(part: Part, counts: _Counts, usual: float, terms: ScorecardTerms) -> Figure:
    lines, bad, base = counts
    if not base:
        return Figure(part, lines, 0, 0, None)
    share = bad / base
    # Pieces of one delivery are alike: what is known grows with the lines, not with the pieces.
    low, high = wilson(share * lines, lines) if part is not Part.PRICE else (share, share)
    scored = (lines * share + _BESIDE * usual) / (lines + _BESIDE)
    limit = 1.0 if part is Part.ON_TIME else getattr(terms, f"{part}_limit") / 1000
    points = 100 * min(1.0, max(0.0, 1 - scored / limit))
    return Figure(part, lines, round(bad), round(base), share, low, high, points)


def _rises(lines: Sequence[Supplied]) -> dict[int, tuple[float, float]]:
    """Of each line with a price before it: how much more it cost than at the mean price of the year before, and that.

    By supplier and item; both in fen for the whole line.
    """
    by_item: dict[tuple[str, str], list[tuple[date, Supplied]]] = {}
    for line in lines:
        day = line.ordered_on or line.day
        if line.price_fen and day:
            by_item.setdefault((line.supplier, line.item), []).append((day, line))
    found: dict[int, tuple[float, float]] = {}
    for bought in by_item.values():
        bought.sort(key=lambda one: (one[0], one[1].line_id))
        days = [day for day, _ in bought]
        paid = [0, *accumulate(line.price_fen * line.quantity for _, line in bought)]
        pieces = [0, *accumulate(line.quantity for _, line in bought)]
        for day, line in bought:
            first, last = bisect_left(days, day - _PRICES_LOOK_BACK), bisect_left(days, day)
            if last > first:
                base = (paid[last] - paid[first]) / (pieces[last] - pieces[first]) * line.quantity
                found[line.line_id] = line.price_fen * line.quantity - base, base
    return found
