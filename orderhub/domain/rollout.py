"""灰度: which of a shop's orders does the hub send out, and when does it step back by itself?"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Session, col, select

from orderhub.domain import task as tasks
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import SYSTEM, Happening, Was, record
from orderhub.kernel.ids import clean_text

# Of the decisions that could be compared, and of the orders that came in, since the level was set.
MOST_DIVERGING = 0.05
MOST_FAILING = 0.02
LEAST_SAMPLE = 20

_TIME_ALLOWED = timedelta(hours=2)
_LEVELS = tuple(Rollout)


class NotOurs(RuleBroken):
    code = "not_ours"


@dataclass(frozen=True)
class RolloutChanged(Happening):
    """``percent`` is the share of a pilot, else 0; ``reason`` is what the one who changed it gave."""

    subject_type: ClassVar[str] = "shop"
    source: str
    target: str
    percent: int
    reason: str


@dataclass(frozen=True)
class PlanChanged(Happening):
    """Where the shop's orders leave from, and by whom, while no rule says otherwise."""

    subject_type: ClassVar[str] = "shop"
    warehouse: str
    carrier: str
    was: Was | None = None


@dataclass(frozen=True)
class FormerUploaded(Happening):
    """An export of the present system came in with so many orders."""

    subject_type: ClassVar[str] = "shop"
    rows: int


@dataclass(frozen=True)
class Sample:
    """What is known of a shop since its level was set.

    ``compared`` orders stood in an upload of the present system, ``diverging`` of them were decided otherwise;
    ``failed`` messages could not be taken in, beside ``taken`` orders.
    """

    compared: int = 0
    diverging: int = 0
    taken: int = 0
    failed: int = 0

    @property
    def divergence(self) -> float:
        return self.diverging / self.compared if self.compared else 0.0

    @property
    def failure(self) -> float:
        return self.failed / (self.taken + self.failed) if self.taken + self.failed else 0.0


def goes_out(shop: Shop, channel_order_no: str) -> bool:
    """Whether the hub acts on this order towards anybody outside; the present system does so for all others."""
    if shop.rollout is Rollout.PILOT:
        return share_of(channel_order_no) < shop.pilot_percent
    return shop.rollout is Rollout.LIVE


def check_goes_out(shop: Shop, channel_order_no: str) -> None:
    """Raises: NotOurs: the present system acts on this order."""
    if not goes_out(shop, channel_order_no):
        raise NotOurs(f"{channel_order_no}: {shop.code} is at {shop.rollout}, the present system acts on this order")


def share_of(channel_order_no: str) -> int:
    """0 to 99, always the same for a number: who is in at 10 % is in at 20 % too."""
    digest = hashlib.sha256(channel_order_no.encode()).digest()
    return int.from_bytes(digest[:8]) % 100


def set_rollout(
    session: Session, shop: Shop, target: Rollout, *, percent: int = 0, reason: str, by: str, now: datetime
) -> None:
    """Put ``shop`` on another level, or a pilot on another share. Safe to repeat.

    Raises:
        BadInput: a pilot without a share of 1 to 99 %, or no reason is given.
    """
    because = clean_text(reason, most=200, field="reason")
    if not because:
        raise BadInput("reason: say why", field="reason", problem="missing")
    if target is Rollout.PILOT and not 1 <= percent <= 99:
        raise BadInput(f"percent: {percent}, a pilot has 1 to 99", field="percent", problem="pilot_percent")
    share = percent if target is Rollout.PILOT else 0
    if (shop.rollout, shop.pilot_percent) == (target, share):
        return
    record(session, RolloutChanged(shop.id, shop.rollout, target, share, because), actor=by, now=now)
    shop.rollout, shop.pilot_percent, shop.rollout_changed_at = target, share, now
    session.add(shop)


def set_plan(session: Session, shop: Shop, *, warehouse: str, carrier: str, by: str, now: datetime) -> None:
    """The warehouse and carrier of orders for which no rule chooses one; empty takes it back. Safe to repeat."""
    plan = (clean_text(warehouse, most=64, field="warehouse"), clean_text(carrier, most=64, field="carrier"))
    if (shop.default_warehouse, shop.default_carrier) == plan:
        return
    was = {"warehouse": shop.default_warehouse, "carrier": shop.default_carrier}
    shop.default_warehouse, shop.default_carrier = plan
    session.add(shop)
    record(session, PlanChanged(shop.id, *plan, was), actor=by, now=now)


def trouble_in(sample: Sample) -> str:
    """Why the level is too high for what was seen; empty when it is not, or when too little was seen."""
    said = []
    if sample.compared >= LEAST_SAMPLE and sample.divergence > MOST_DIVERGING:
        said.append(f"{sample.diverging} / {sample.compared} decided otherwise ({sample.divergence:.1%})")
    if sample.taken + sample.failed >= LEAST_SAMPLE and sample.failure > MOST_FAILING:
        said.append(f"{sample.failed} / {sample.taken + sample.failed} could not be taken in ({sample.failure:.1%})")
    return "; ".join(said)


def level_below(level: Rollout) -> Rollout:
    """One step back; a shadow stays, since nothing goes out of it and to turn it off would lose orders."""
    if level in (Rollout.OFF, Rollout.SHADOW):
        return level
    return _LEVELS[_LEVELS.index(level) - 1]


def step_back(session: Session, shop: Shop, reason: str, now: datetime) -> Rollout:
    """One level down by the hub itself, with a task for operations; returns the level that holds now.

    A shop that cannot step back is told of once, until its task is closed.
    """
    target = level_below(shop.rollout)
    source = shop.rollout
    if target is source and _has_open_task(session, shop):
        return source
    if target is not source:
        percent = BACK_TO_PERCENT if target is Rollout.PILOT else 0
        set_rollout(session, shop, target, percent=percent, reason=reason, by=SYSTEM, now=now)
    moved = f"{_SAID[source]} → {_SAID[target]}" if target is not source else _SAID[source]
    tasks.open_task(
        session,
        TaskKind.ROLLOUT,
        title=f"{shop.name}: 灰度{'回退' if target is not source else '偏差'} {moved},{reason}"[:200],
        about=("shop", shop.id),
        role="operations",
        due_at=now + _TIME_ALLOWED,
        now=now,
    )
    return target


# A shop that falls back from live goes on with the share a careful pilot begins with.
BACK_TO_PERCENT = 10
_SAID = {Rollout.OFF: "关闭", Rollout.SHADOW: "影子", Rollout.PILOT: "试点", Rollout.LIVE: "全量"}


def _has_open_task(session: Session, shop: Shop) -> bool:
    wanted = select(Task.id).where(
        Task.kind == TaskKind.ROLLOUT,
        Task.subject_type == "shop",
        Task.subject_id == shop.id,
        col(Task.status) != TaskStatus.CLOSED,
    )
    return session.exec(wanted).first() is not None
