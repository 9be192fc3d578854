"""How do the lab's orders live by themselves? From a seed number, in the shape of a real day.

Arrivals of every ten seconds come from a random source of their own, and so does every step of every order: the same
seed and rate give the same orders at the same moments, however the time between is cut, and after a restart too.
"""

import heapq
from collections.abc import Callable
from math import exp
from random import Random

from orderhub.domain.words import AftersaleKind
from orderhub.lab import changes
from orderhub.lab.newborn import invent
from orderhub.lab.orders import LabOrder, LabParcel
from orderhub.lab.world import World

SLOT_SECONDS = 10
# Orders of a home-goods shop by hour of the day in Asia/Shanghai, of 1,000.
HOURS = (28, 16, 9, 5, 4, 5, 10, 18, 31, 47, 58, 54, 50, 49, 47, 46, 46, 45, 48, 61, 84, 97, 84, 58)
CARRIERS = ("ZTO", "YTO", "STO", "YUNDA", "SF")
REASONS_BEFORE = ("拍错/多拍/不喜欢", "与商家协商一致退款", "不想要了", "地址填错", "缺货")
REASONS_AFTER = ("商品与描述不符", "质量问题", "少件/漏发", "商品无法安装使用", "七天无理由退货", "退运费")

Step = Callable[["Living", LabOrder, Random, int], None]


def at_any_hour(orders_per_day: float, moment: float) -> float:
    """The daily rate that brings in the hour of ``moment`` (unix seconds) what ``orders_per_day`` does on average."""
    hour = int(moment // 3600 + 8) % 24
    return orders_per_day * sum(HOURS) / (HOURS[hour] * len(HOURS))


class Living:
    """``lived_until`` is the moment up to which everything has happened."""

    def __init__(self, world: World, *, orders_per_day: float, speed: float) -> None:
        self.world = world
        self.orders_per_day = orders_per_day
        self.speed = speed
        self.is_running = False
        self.lived_until = world.now()
        self._slot = self.lived_until // SLOT_SECONDS
        self._arrivals_from = self.lived_until
        self._serial = 0
        self._unborn: dict[int, LabOrder] = {}
        self._due: list[tuple[int, int, str, int, str]] = []

    def begin(self, at: int) -> None:
        """Start at ``at``, in the past where a history is wanted."""
        self.lived_until = self._arrivals_from = at
        self._slot = at // SLOT_SECONDS

    def resume(self, now: int) -> None:
        """Nothing arrives for the time slept through; what fell due meanwhile happens now."""
        self._slot = max(self._slot, now // SLOT_SECONDS)
        self.lived_until = max(self.lived_until, now)

    def live_until(self, now: int) -> None:
        while self._slot * SLOT_SECONDS <= now:
            self._do_due(self._slot * SLOT_SECONDS)
            self._arrive()
        self._do_due(now)
        self.lived_until = max(self.lived_until, now)

    def expect(self, order: LabOrder, at: int, step: str) -> None:
        self._serial += 1
        heapq.heappush(self._due, (at, order.number, step, self._serial, order.shop))

    def expect_life(self, order: LabOrder) -> None:
        """Let an order that somebody made by hand go on by itself."""
        _meet(self, order, self._source(order, "born"), order.created)

    def _arrive(self) -> None:
        """Queue the orders of the next slot; those before we began are none of ours."""
        slot_at = self._slot * SLOT_SECONDS
        rng = Random(f"{self.world.seed}:{self._slot}")
        for turn, at in enumerate(sorted(rng.randrange(SLOT_SECONDS) for _ in range(self._how_many(rng, slot_at)))):
            shop = rng.choices(list(self.world.shops.values()), [shop.share for shop in self.world.shops.values()])[0]
            order = invent(shop, rng, created=slot_at + at, turn=(slot_at + turn * 101) % 1_000_000)
            if order.created >= self._arrivals_from:
                self._unborn[order.number] = order
                self.expect(order, order.created, "born")
        self._slot += 1
        self._forget_the_dropped()

    def _how_many(self, rng: Random, at: int) -> int:
        """Poisson around what the hour of the day wants; the normal stands in where the mean is large."""
        hour = (at // 3600 + 8) % 24
        mean = self.orders_per_day * self.speed * HOURS[hour] / sum(HOURS) / 3600 * SLOT_SECONDS
        if mean > 60:
            return max(0, round(rng.gauss(mean, mean**0.5)))
        count, product, floor = 0, rng.random(), exp(-mean)
        while product > floor:
            count += 1
            product *= rng.random()
        return count

    def _do_due(self, now: int) -> None:
        while self._due and self._due[0][0] <= now:
            due_at, number, step, _, shop = heapq.heappop(self._due)
            self.lived_until = max(due_at, self.lived_until)
            if order := self._unborn.pop(number, None) or self.world.shelves[shop].orders.get(number):
                STEPS[step](self, order, self._source(order, step), self.lived_until)

    def _forget_the_dropped(self) -> None:
        """What the cap took away has no future; without this the queue alone would grow for days."""
        kept = sum(len(shelf.orders) for shelf in self.world.shelves.values()) + len(self._unborn)
        if len(self._due) > 4 * kept + 10_000:
            shelves = self.world.shelves
            self._due = [row for row in self._due if row[1] in shelves[row[4]].orders or row[1] in self._unborn]
            heapq.heapify(self._due)

    def _source(self, order: LabOrder, step: str) -> Random:
        return Random(f"{self.world.seed}:{order.number}:{step}")


def _be_born(living: Living, order: LabOrder, rng: Random, at: int) -> None:
    changes.born(living.world, order)
    _meet(living, order, rng, at)


def _meet(living: Living, order: LabOrder, rng: Random, at: int) -> None:
    """Eight of a hundred never pay; most others do within a minute."""
    if rng.random() < 0.08:
        living.expect(order, at + living.world.platform_of(order.shop).unpaid_closes_seconds, "lapse")
    else:
        living.expect(order, at + rng.randrange(3, 60 if rng.random() < 0.75 else 900), "pay")


def _pay(living: Living, order: LabOrder, rng: Random, at: int) -> None:
    under_risk_check = rng.random() < 0.015 and not living.world.platform_of(order.shop).is_posted
    if not changes.pay(living.world, order, at, under_risk_check=under_risk_check):
        return
    if under_risk_check:
        living.expect(order, at + rng.randrange(60, 900), "pass")
    if rng.random() < 0.03:
        living.expect(order, at + rng.randrange(600, 36_000), "regret")
    living.expect(order, at + 900 + round(rng.betavariate(2, 4) * 40 * 3600), "ship")


def _pass(living: Living, order: LabOrder, _rng: Random, at: int) -> None:
    changes.pass_risk_check(living.world, order, at)


def _lapse(living: Living, order: LabOrder, _rng: Random, at: int) -> None:
    changes.close_unpaid(living.world, order, at)


def _regret(living: Living, order: LabOrder, rng: Random, at: int) -> None:
    refund = changes.request_refund(
        living.world, order, at, reason=rng.choice(REASONS_BEFORE), line=rng.randrange(len(order.lines))
    )
    if refund:
        living.expect(order, at + rng.randrange(3600, 6 * 3600), "withdraw" if rng.random() < 0.15 else "answer")


def _answer(living: Living, order: LabOrder, rng: Random, at: int) -> None:
    """What nobody has answered is agreed to by the other system, or by the platform when its time has passed."""
    for refund in changes.open_refunds(living.world, order):
        if living.world.other_system_ships or at >= refund.deadline:
            changes.agree(living.world, refund, at)
            if refund.kind is AftersaleKind.RETURN_AND_REFUND and not refund.ended_at:
                living.expect(order, at + rng.randrange(6 * 3600, 3 * 86400), "send_back")
        else:
            living.expect(order, refund.deadline, "answer")


def _withdraw(living: Living, order: LabOrder, _rng: Random, at: int) -> None:
    for refund in changes.open_refunds(living.world, order):
        changes.withdraw(living.world, refund, at)


def _send_back(living: Living, order: LabOrder, rng: Random, at: int) -> None:
    for refund in changes.open_refunds(living.world, order):
        changes.send_back(living.world, refund, at, f"YT{rng.randrange(10**12):013d}")
    living.expect(order, at + rng.randrange(86400, 3 * 86400), "answer")


def _ship(living: Living, order: LabOrder, rng: Random, at: int) -> None:
    """The other system ships what the hub has not; either way the parcel then travels."""
    if living.world.other_system_ships and not changes.open_refunds(living.world, order):
        code = rng.choice(CARRIERS)
        parcel = LabParcel(f"{code[:2]}{rng.randrange(10**12):013d}", code, at, _first_parcel(order, rng))
        changes.ship(living.world, order, at, parcel)
    if order.shipped_at and all(line.tracking_no for line in order.lines):
        living.expect(order, at + rng.randrange(20 * 3600, 4 * 86400), "deliver")
    elif not order.ended_at:
        living.expect(order, at + 3 * 3600, "ship")


def _first_parcel(order: LabOrder, rng: Random) -> tuple[int, ...]:
    """Now and then an order of several lines goes in two parcels; empty = all that is left."""
    if len(order.lines) > 1 and not order.parcels and rng.random() < 0.15:
        return (order.lines[0].number,)
    return ()


def _deliver(living: Living, order: LabOrder, rng: Random, at: int) -> None:
    changes.deliver(living.world, order, at)
    if rng.random() < 0.04:
        living.expect(order, at + rng.randrange(3600, 2 * 86400), "complain")
    living.expect(order, at + rng.randrange(2 * 86400, 8 * 86400), "complete")


def _complain(living: Living, order: LabOrder, rng: Random, at: int) -> None:
    line = rng.randrange(len(order.lines))
    kind = rng.choice((AftersaleKind.RETURN_AND_REFUND, AftersaleKind.REFUND_AFTER_SHIPPING))
    if changes.request_refund(living.world, order, at, reason=rng.choice(REASONS_AFTER), kind=kind, line=line):
        living.expect(order, at + rng.randrange(3600, 12 * 3600), "answer")


def _complete(living: Living, order: LabOrder, _rng: Random, at: int) -> None:
    if changes.open_refunds(living.world, order):
        living.expect(order, at + 2 * 86400, "complete")
    else:
        changes.complete(living.world, order, at)


STEPS: dict[str, Step] = {
    "born": _be_born,
    "pay": _pay,
    "pass": _pass,
    "lapse": _lapse,
    "regret": _regret,
    "answer": _answer,
    "withdraw": _withdraw,
    "send_back": _send_back,
    "ship": _ship,
    "deliver": _deliver,
    "complain": _complain,
    "complete": _complete,
}
