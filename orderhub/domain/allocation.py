"""From which warehouse and with which carrier should an order leave? A pure function, with a reason for each loser.

Rules (or a person) first: a warehouse or carrier that was decided and is possible wins. Among the rest the lowest
score, in fen: what the parcels cost, and what distance, a missed deadline, an emptied shelf and a busy carrier are
worth. Several warehouses only where no single one has everything. See docs/decisions/allocation.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import combinations

from orderhub.domain.carrier_service import Tariff
from orderhub.domain.parcelling import by_weight
from orderhub.domain.provinces import Distance, province_of
from orderhub.domain.words import Carrier

DISTANCE_FEN = {Distance.SERVED: 0, Distance.NEAR: 200, Distance.FAR: 400}
LATE_FEN = 5000
EMPTIED_FEN = 100  # for a shelf that would be emptied; nothing up to half of it
BUSY_FEN = 50  # for a carrier's last parcel of the day, less before

_MOST_TRIED = 3  # warehouses tried in every combination; beyond, as many as it takes
_MOST_NAMED = 3


class Lost(StrEnum):
    """Why a warehouse and carrier was not chosen: it cannot, or another one does better."""

    SHORT = "short"
    NO_REACH = "no_reach"
    TOO_HEAVY = "too_heavy"
    FULL = "full"
    NOT_DECIDED = "not_decided"
    TOO_LATE = "too_late"
    DEARER = "dearer"
    FARTHER = "farther"
    SCARCER = "scarcer"
    BUSIER = "busier"
    RANKED_LOWER = "ranked_lower"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Because:
    """``about``: ``A-18 ×2`` that are missing, the province it does not go to; ``figure``: fen, grams or a limit."""

    lost: Lost
    about: str = ""
    figure: int = 0


@dataclass(frozen=True)
class Wish:
    """What was decided before: by the rules, or ``by_hand``. Words are kept as they were said."""

    warehouse: str = ""
    carrier: str = ""
    warehouse_id: int | None = None
    service_id: int | None = None
    carrier_is: Carrier | None = None
    by_hand: bool = False


@dataclass(frozen=True)
class Candidate:
    """A warehouse with one way to send from it; ``service_id`` 0 and no carrier where no service collects there.

    ``stock`` is what the order could have there, by SKU, what it holds there included.
    """

    warehouse_id: int
    warehouse: str
    stock: Mapping[int, int]
    distance: Distance = Distance.FAR
    warehouse_rank: int = 0
    service_id: int = 0
    carrier: Carrier | None = None
    product: str = ""
    rank: int = 0
    tariff: Tariff | None = None
    reaches: bool = True
    most_grams: int = 0
    daily_limit: int = 0
    left_today: int = 0
    leaves_at: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """``wanted`` by SKU are the pieces to be sent; ``grams`` by SKU, 0 where not known; ``codes`` are for words."""

    wanted: Mapping[int, int]
    candidates: Sequence[Candidate]
    codes: Mapping[int, str] = field(default_factory=dict)
    grams: Mapping[int, int] = field(default_factory=dict)
    region: str = ""
    value_fen: int = 0
    ship_by: datetime | None = None
    wish: Wish = Wish()

    @property
    def weight_grams(self) -> int:
        """What of it is known."""
        return sum(self.grams.get(sku_id, 0) * pieces for sku_id, pieces in self.wanted.items())

    @property
    def unweighed(self) -> tuple[str, ...]:
        return tuple(sorted(self.codes.get(sku_id, "") for sku_id in self.wanted if not self.grams.get(sku_id)))


@dataclass(frozen=True)
class Score:
    """Fen each; the lowest sum wins."""

    cost: int = 0
    distance: int = 0
    lateness: int = 0
    scarcity: int = 0
    load: int = 0

    @property
    def total(self) -> int:
        return self.cost + self.distance + self.lateness + self.scarcity + self.load


@dataclass(frozen=True)
class Pick:
    """``pieces`` by SKU leave with the candidate; ``fen`` is what the parcels cost, None where no price is known."""

    candidate: Candidate
    pieces: Mapping[int, int]
    score: Score
    fen: int | None
    parcels: int = 1


@dataclass(frozen=True)
class Unheard:
    """A word of the wish that could not be followed, and why."""

    said: str
    because: Because


Losers = tuple[tuple[Candidate, Because], ...]


@dataclass(frozen=True)
class Choice:
    """No ``picks``: nobody can send it; ``lost`` says why each."""

    picks: tuple[Pick, ...] = ()
    lost: Losers = ()
    unheard: tuple[Unheard, ...] = ()


def choose(facts: Facts) -> Choice:
    rated = {place: _rated(facts, one, facts.wanted) for place, one in enumerate(facts.candidates)}
    possible = {place: pick for place, pick in rated.items() if isinstance(pick, Pick)}
    heard = _heard(facts, possible)
    if heard:
        picks: tuple[Pick, ...] = (min(heard.values(), key=_preferred),)
    else:
        picks = _several(facts)
    lost = []
    for place, candidate in enumerate(facts.candidates):
        if candidate not in [pick.candidate for pick in picks]:
            instead = next((pick for pick in picks if pick.candidate.warehouse_id == candidate.warehouse_id), None)
            if instead and not heard:  # the goods are shared between warehouses: compared for this one's part
                because = _why_lost(_rated(facts, candidate, instead.pieces), instead, is_heard=True)
            else:
                because = _why_lost(rated[place], picks[0] if picks else None, is_heard=place in heard)
            lost.append((candidate, because))
    return Choice(picks, tuple(lost), tuple(_unheard(facts, picks, lost)))


def _rated(facts: Facts, candidate: Candidate, pieces: Mapping[int, int]) -> Pick | Because:
    """What it would be like to send ``pieces`` so, or why it cannot be."""
    if not candidate.reaches:
        return Because(Lost.NO_REACH, province_of(facts.region) or facts.region.split(" ")[0])
    if missing := _missing(facts, candidate, pieces):
        return Because(Lost.SHORT, missing)
    parcels = by_weight(pieces, facts.grams, candidate.most_grams)
    if not parcels and pieces:
        return Because(Lost.TOO_HEAVY, figure=candidate.most_grams)
    count = max(1, len(parcels))
    if candidate.daily_limit and candidate.left_today < count:
        return Because(Lost.FULL, figure=candidate.daily_limit)
    fen = _fen(facts, candidate, parcels)
    return Pick(candidate, pieces, _score(facts, candidate, pieces, fen), fen, count)


def _missing(facts: Facts, candidate: Candidate, pieces: Mapping[int, int]) -> str:
    short = {sku: count - candidate.stock.get(sku, 0) for sku, count in pieces.items()}
    named = sorted((facts.codes.get(sku, str(sku)), count) for sku, count in short.items() if count > 0)
    return ", ".join(f"{code} ×{count}" for code, count in named[:_MOST_NAMED])


def _fen(facts: Facts, candidate: Candidate, parcels: Iterable[Mapping[int, int]]) -> int | None:
    if candidate.tariff is None:
        return None
    weights = [sum(facts.grams.get(sku, 0) * count for sku, count in parcel.items()) for parcel in parcels]
    return sum(candidate.tariff.fen(weight) for weight in weights or [0])


def _score(facts: Facts, candidate: Candidate, pieces: Mapping[int, int], fen: int | None) -> Score:
    stock = candidate.stock
    emptied = [EMPTIED_FEN * (2 * count - stock[sku]) // stock[sku] for sku, count in pieces.items() if stock.get(sku)]
    is_late = facts.ship_by is not None and candidate.leaves_at is not None and candidate.leaves_at > facts.ship_by
    limit = candidate.daily_limit
    return Score(
        cost=_dearest(facts) if fen is None else fen,
        distance=DISTANCE_FEN[candidate.distance],
        lateness=LATE_FEN if is_late else 0,
        scarcity=max([0, *emptied]),
        load=BUSY_FEN * (limit - candidate.left_today) // limit if limit else 0,
    )


def _dearest(facts: Facts) -> int:
    """What an unknown price counts as: the dearest one known for everything in one parcel."""
    known = [one.tariff.fen(facts.weight_grams) for one in facts.candidates if one.tariff]
    return max(known, default=0)


def _preferred(pick: Pick) -> tuple[int, int, int, int, int]:
    one = pick.candidate
    return pick.score.total, one.warehouse_rank, one.rank, one.warehouse_id, one.service_id


def _heard(facts: Facts, possible: Mapping[int, Pick]) -> Mapping[int, Pick]:
    """Those of ``possible`` that follow as much of the wish as can be followed, the warehouse before the carrier."""
    wish = facts.wish
    for wants_warehouse, wants_carrier in ((True, True), (True, False), (False, True)):
        found = {
            place: pick
            for place, pick in possible.items()
            if (not wants_warehouse or _is_there(wish, pick.candidate))
            and (not wants_carrier or _is_with(wish, pick.candidate))
        }
        if found:
            return found
    return possible


def _is_there(wish: Wish, candidate: Candidate) -> bool:
    return not wish.warehouse or candidate.warehouse_id == wish.warehouse_id


def _is_with(wish: Wish, candidate: Candidate) -> bool:
    if wish.service_id is not None:
        return candidate.service_id == wish.service_id
    return not wish.carrier or (candidate.carrier is wish.carrier_is and wish.carrier_is is not None)


def _several(facts: Facts) -> tuple[Pick, ...]:
    """As few warehouses as have everything between them, the cheapest of such; none where they have not."""
    shelves: dict[int, Mapping[int, int]] = {}
    for one in sorted(facts.candidates, key=lambda one: (DISTANCE_FEN[one.distance], one.warehouse_rank)):
        can_send = one.reaches and (one.left_today > 0 or not one.daily_limit)
        if can_send and any(one.stock.get(sku) for sku in facts.wanted):
            shelves.setdefault(one.warehouse_id, one.stock)
    for size in [*range(2, min(_MOST_TRIED, len(shelves)) + 1), len(shelves)]:
        found = [picks for chosen in combinations(shelves, size) if (picks := _shared(facts, chosen, shelves))]
        if found:
            return min(found, key=lambda picks: sum(pick.score.total for pick in picks))
    return ()


def _shared(facts: Facts, chosen: Sequence[int], shelves: Mapping[int, Mapping[int, int]]) -> tuple[Pick, ...]:
    """What each of ``chosen`` gives, the first as much as it has; empty where it is not enough or cannot be sent."""
    left = dict(facts.wanted)
    picks = []
    for warehouse_id in chosen:
        stock = shelves[warehouse_id]
        given = {sku: min(count, stock.get(sku, 0)) for sku, count in left.items() if min(count, stock.get(sku, 0))}
        if not given:
            continue
        here = [one for one in facts.candidates if one.warehouse_id == warehouse_id]
        ways = [pick for one in here if isinstance(pick := _rated(facts, one, given), Pick)]
        wanted = [pick for pick in ways if _is_with(facts.wish, pick.candidate)] or ways
        if not wanted:
            return ()
        picks.append(min(wanted, key=_preferred))
        left = {sku: count - given.get(sku, 0) for sku, count in left.items() if count > given.get(sku, 0)}
    return () if left else tuple(picks)


def _why_lost(rated: Pick | Because, instead: Pick | None, *, is_heard: bool) -> Because:
    if isinstance(rated, Because):
        return rated
    if not is_heard or instead is None:
        return Because(Lost.NOT_DECIDED)
    mine, best = rated.score, instead.score
    worse = {
        Lost.TOO_LATE: mine.lateness - best.lateness,
        Lost.DEARER: mine.cost - best.cost,
        Lost.FARTHER: mine.distance - best.distance,
        Lost.SCARCER: mine.scarcity - best.scarcity,
        Lost.BUSIER: mine.load - best.load,
    }
    lost = max(worse, key=lambda word: worse[word])
    if worse[lost] <= 0:
        return Because(Lost.RANKED_LOWER)
    return Because(lost, figure=worse[lost] if lost is Lost.DEARER else 0)


def _unheard(facts: Facts, picks: Sequence[Pick], lost: Sequence[tuple[Candidate, Because]]) -> Iterable[Unheard]:
    wish, taken = facts.wish, [pick.candidate for pick in picks]
    for said, follows in ((wish.warehouse, _is_there), (wish.carrier, _is_with)):
        if said and not (taken and all(follows(wish, one) for one in taken)):
            whys = [because for one, because in lost if follows(wish, one)]
            yield Unheard(said, whys[0] if whys else Because(Lost.UNKNOWN))
