"""How many pieces of each SKU should a warehouse buy? Pure: facts in, suggestions out, each number with its reasons.

``needed = demand of lead time and review period + safety − available − on order``. The safety stock covers all of
lead time and review period, since what is ordered today must last until what is ordered at the next review is here:
``z(service) × √(σ_demand² + d² × σ_lead²)``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil, sqrt
from statistics import NormalDist
from typing import Any

from orderhub.domain.replenishment import LeftOut
from orderhub.domain.supplier import YUAN

Z90 = NormalDist().inv_cdf(0.9)
_NEVER = 1e-6  # pieces a day


class Source(StrEnum):
    """Where the demand of a SKU is known from."""

    FORECAST = "forecast"  # 需求预测
    RECENT = "recent"  # 近 28 天均值


class LeadSource(StrEnum):
    """Where a lead time is known from."""

    RECEIPTS = "receipts"  # 实际到货
    AGREED = "agreed"  # 供应商约定
    ASSUMED = "assumed"  # 默认值


class Step(StrEnum):
    """One number on the way to a suggestion."""

    LEAD = "lead"
    DEMAND = "demand"
    SAFETY = "safety"
    AVAILABLE = "available"
    ON_ORDER = "on_order"
    NEEDED = "needed"
    PACKS = "packs"
    BUDGET = "budget"
    NO_SUPPLIER = "no_supplier"


@dataclass(frozen=True)
class Wanted:
    """Demand of ``days`` days together: ``mean`` pieces and how far it may be off (``spread``, one σ).

    ``known_days`` of them were forecast; the others are as the mean of those.
    """

    source: Source
    days: int
    known_days: int
    mean: float
    spread: float

    @property
    def daily(self) -> float:
        return self.mean / self.days if self.days else 0.0


@dataclass(frozen=True)
class Lead:
    source: LeadSource
    days: float
    spread: float
    arrivals: int = 0


@dataclass(frozen=True)
class Supply:
    supplier_id: int
    name: str
    pack_size: int = 1
    price_fen: int = 0
    currency: str = YUAN


@dataclass(frozen=True)
class Facts:
    """What is known of a SKU at a warehouse. ``drafted`` pieces stand in purchase orders nobody has approved yet."""

    sku_id: int
    wanted: Wanted
    lead: Lead
    available: int
    ordered: int = 0
    drafted: int = 0
    restocked: int = 0
    supply: Supply | None = None

    @property
    def on_order(self) -> int:
        return self.ordered + self.drafted + self.restocked


@dataclass(frozen=True)
class Reason:
    """``amount`` is the number; ``facts`` what it was made of, for the sentence beside it."""

    step: Step
    amount: float
    facts: dict[str, float | int | str] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        return {"step": str(self.step), "amount": round(self.amount, 3)} | self.facts


@dataclass(frozen=True)
class Suggestion:
    """``wanted`` pieces are needed in whole packs, ``quantity`` of them suggested. ``lasts_days`` None: for ever."""

    facts: Facts
    wanted: int
    quantity: int
    left_out: LeftOut
    lasts_days: int | None
    reasons: tuple[Reason, ...]

    @property
    def cost_fen(self) -> int:
        return self.quantity * (self.facts.supply.price_fen if self.facts.supply else 0)


def suggest(every: Iterable[Facts], *, service_permille: int, budget_fen: int = 0) -> list[Suggestion]:
    """The most urgent first: what runs out soonest, measured by how soon more could be here. ``budget_fen`` 0: any."""
    z = NormalDist().inv_cdf(service_permille / 1000)
    needed = [one for one in (_needed(facts, z, service_permille) for facts in every) if one.wanted]
    needed.sort(key=_urgency)
    if not budget_fen:
        return needed
    left, within = budget_fen, []
    for one in needed:
        afforded = _afforded(one, left)
        left -= afforded.cost_fen
        within.append(afforded)
    return within


def _needed(facts: Facts, z: float, service_permille: int) -> Suggestion:
    wanted, lead = facts.wanted, facts.lead
    safety = z * sqrt(wanted.spread**2 + (wanted.daily * lead.spread) ** 2)
    short = wanted.mean + safety - facts.available - facts.on_order
    pack = facts.supply.pack_size if facts.supply else 1
    packs = max(0, ceil(short / pack - 1e-9))
    reasons = (
        Reason(
            Step.LEAD,
            lead.days,
            {"source": str(lead.source), "spread": round(lead.spread, 1), "arrivals": lead.arrivals},
        ),
        Reason(
            Step.DEMAND,
            wanted.mean,
            {
                "source": str(wanted.source),
                "days": wanted.days,
                "known": wanted.known_days,
                "daily": round(wanted.daily, 2),
            },
        ),
        Reason(
            Step.SAFETY,
            safety,
            {
                "service": service_permille / 10,
                "z": round(z, 2),
                "sigma": round(wanted.spread, 1),
                "daily": round(wanted.daily, 2),
                "spread": round(lead.spread, 1),
            },
        ),
        Reason(Step.AVAILABLE, -facts.available),
        Reason(
            Step.ON_ORDER,
            -facts.on_order,
            {"ordered": facts.ordered, "drafted": facts.drafted, "restocked": facts.restocked},
        ),
        Reason(Step.NEEDED, max(0.0, short)),
        Reason(Step.PACKS, packs * pack, {"pack": pack, "packs": packs})
        if facts.supply
        else Reason(Step.NO_SUPPLIER, packs * pack),
    )
    supply_left = LeftOut.NONE if facts.supply else LeftOut.NO_SUPPLIER
    quantity = packs * pack if facts.supply else 0
    return Suggestion(facts, packs * pack, quantity, supply_left, _lasts(facts), reasons)


def _afforded(one: Suggestion, left_fen: int) -> Suggestion:
    """As many whole packs as ``left_fen`` pays for."""
    supply = one.facts.supply
    if supply is None:
        return one
    if supply.currency != YUAN or not supply.price_fen:
        why = LeftOut.NO_PRICE if supply.currency == YUAN else LeftOut.OTHER_CURRENCY
        return _cut(one, 0, why, left_fen)
    packs = min(one.quantity // supply.pack_size, left_fen // (supply.price_fen * supply.pack_size))
    pieces = packs * supply.pack_size
    return one if pieces == one.quantity else _cut(one, pieces, LeftOut.BUDGET, left_fen)


def _cut(one: Suggestion, pieces: int, why: LeftOut, left_fen: int) -> Suggestion:
    reason = Reason(Step.BUDGET, pieces, {"why": str(why), "left_fen": left_fen})
    return Suggestion(one.facts, one.wanted, pieces, why, one.lasts_days, (*one.reasons, reason))


def _lasts(facts: Facts) -> int | None:
    """How many days what is there and on order suffices."""
    if facts.wanted.daily < _NEVER:
        return None
    return int((facts.available + facts.on_order) / facts.wanted.daily)


def _urgency(one: Suggestion) -> tuple[float, float, int]:
    lasts = float("inf") if one.lasts_days is None else one.lasts_days
    return lasts - one.facts.lead.days, -one.facts.wanted.daily, one.facts.sku_id
