"""What is sent, and when? Every message of a run follows from its plan, the same in whatever process it is made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import sqrt
from random import Random

from orderhub.lab.living import HOURS

SLOW_SHARE = 0.01
REPEAT_SHARE = 0.05


class Profile(StrEnum):
    BURST = "burst"  # all at once
    RAMP = "ramp"  # from nothing to twice the mean and back
    DAY = "day"  # the hours of a day, compressed


class Kind(StrEnum):
    ORDER = "order"
    PUSH = "push"


@dataclass(frozen=True)
class Pushed:
    """An order of a lab's shop that the hub is told of by a push; it asks the lab for the rest."""

    shop: str
    number: str
    total_fen: int
    at: int


@dataclass(frozen=True)
class LabKeys:
    """What a push of one shop is signed with."""

    app_key: str
    app_secret: str
    shop_no: str


@dataclass(frozen=True)
class Plan:
    """``orders`` counts pushed ones too; ``seconds`` is how long a ramp or a day takes; ``pay_share`` of the hub's own
    orders come unpaid and are paid through the lab once they are acknowledged.
    """

    profile: Profile
    orders: int
    concurrency: int
    seconds: float
    seed: int
    run: str
    shop: str
    started_at: datetime
    pushed: tuple[Pushed, ...] = ()
    lab_keys: dict[str, LabKeys] = field(default_factory=dict)
    pay_share: float = 0.0
    repeat_share: float = REPEAT_SHARE
    slow_share: float = SLOW_SHARE

    def random_of(self, place: int, purpose: str) -> Random:
        return Random(f"{self.seed}:{purpose}:{place}")  # noqa: S311  (a load, no secret)


@dataclass(frozen=True, order=True)
class Shot:
    """One message: the ``place``-th order's, first or again; ``at`` counts seconds from the start."""

    at: float
    place: int
    is_repeat: bool = False
    kind: Kind = Kind.ORDER
    is_slow: bool = False
    is_paid_later: bool = False


def shots(plan: Plan) -> list[Shot]:
    """In the order of time: exactly ``plan.orders`` first messages, and the share of them that comes twice."""
    moments = moments_of(plan.profile, plan.orders, plan.seconds)
    pushes = set(_chosen(plan, "push", range(plan.orders), len(plan.pushed)))
    own = [place for place in range(plan.orders) if place not in pushes]
    slow = set(_chosen(plan, "slow", range(plan.orders), round(plan.orders * plan.slow_share)))
    later = set(_chosen(plan, "pay", own, round(len(own) * plan.pay_share)))
    first = [
        Shot(
            at,
            place,
            kind=Kind.PUSH if place in pushes else Kind.ORDER,
            is_slow=place in slow,
            is_paid_later=place in later,
        )
        for place, at in enumerate(moments)
    ]
    repeated = _chosen(plan, "repeat", range(plan.orders), round(plan.orders * plan.repeat_share))
    again = [
        Shot(first[place].at + plan.random_of(place, "gap").random(), place, is_repeat=True, kind=first[place].kind)
        for place in repeated
    ]
    return sorted([*first, *again])


def pushed_places(plan: Plan) -> dict[int, Pushed]:
    """Which order of the lab each pushed place is."""
    places = sorted(_chosen(plan, "push", range(plan.orders), len(plan.pushed)))
    return dict(zip(places, plan.pushed, strict=True))


def moments_of(profile: Profile, count: int, seconds: float) -> list[float]:
    """Ascending, exactly ``count``, within ``seconds``."""
    shares = [(place + 0.5) / count for place in range(count)]
    if profile is Profile.BURST:
        return [0.0] * count
    if profile is Profile.RAMP:
        return [seconds * _ramp(share) for share in shares]
    return [seconds * _day(share) for share in shares]


def _ramp(share: float) -> float:
    """When that share of a triangle's area is reached."""
    return sqrt(share / 2) if share < 0.5 else 1 - sqrt((1 - share) / 2)


def _day(share: float) -> float:
    wanted, total = share * sum(HOURS), 0
    for hour, weight in enumerate(HOURS):
        if total + weight >= wanted:
            return (hour + (wanted - total) / weight) / len(HOURS)
        total += weight
    return 1.0


def _chosen(plan: Plan, purpose: str, places: Sequence[int], count: int) -> list[int]:
    return Random(f"{plan.seed}:{purpose}").sample(places, min(count, len(places)))  # noqa: S311
