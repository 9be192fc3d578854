"""What does the rollout page show, as the browser gets it? Every shop's level, and one shop's old against new."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.former import Difference
from orderhub.domain.rollout import Sample
from orderhub.domain.shop import Rollout, Shop
from orderhub.insights.rollout import (
    Comparison,
    DifferingOrder,
    RolloutStep,
    comparison,
    rollout_steps,
    shops_by_rollout,
)
from orderhub.intake.rollout_watch import sample_of
from orderhub.kernel.veil import Raw
from orderhub.ui.board_rows import exact, unix

PATH = "/studio/rollout"


@dataclass
class ShopLevelView:
    """``percent`` is filled for a pilot; rates are empty where nothing is known yet."""

    code: str
    name: str
    channel: str
    level: str
    percent: str
    since: str
    since_exact: str
    sample: str
    divergence: str
    failure: str
    href: str
    is_chosen: bool


@dataclass
class MeasureView:
    """``key`` names the message of the measure."""

    key: str
    old: str
    new: str


@dataclass
class DifferenceView:
    """One field of one order; ``stage`` is filled instead of ``new`` where the hub's word is one of its own."""

    id: str
    no: str
    href: str
    name: str
    old: Raw
    new: Raw
    stage: str


@dataclass
class StepView:
    id: str
    at: str
    at_exact: str
    source: str
    target: str
    percent: str
    reason: str
    actor: str


@dataclass
class RolloutView:
    shops: list[ShopLevelView] = field(default_factory=list)
    code: str = ""
    name: str = ""
    level: str = ""
    percent: str = ""
    warehouse: str = ""
    carrier: str = ""
    reserves_at: str = ""
    unpaid_minutes: str = ""
    divergence: str = ""
    measures: list[MeasureView] = field(default_factory=list)
    differences: list[DifferenceView] = field(default_factory=list)
    steps: list[StepView] = field(default_factory=list)


def rollout_view(session: Session, now: datetime, code: str) -> RolloutView:
    """``code`` is the shop looked at; the first one where it names none."""
    shops = shops_by_rollout(session)
    samples = {shop.code: sample_of(session, shop, now) for shop in shops}
    chosen = next((shop for shop in shops if shop.code == code), shops[0] if shops else None)
    view = RolloutView(shops=[_level(shop, samples[shop.code], is_chosen=shop is chosen) for shop in shops])
    if chosen:
        found = comparison(session, chosen, now, failed=samples[chosen.code].failed)
        _fill(view, chosen, found)
        view.steps = [_step(step) for step in rollout_steps(session, chosen)]
    return view


def _level(shop: Shop, sample: Sample, *, is_chosen: bool) -> ShopLevelView:
    since = shop.rollout_changed_at or shop.created_at
    return ShopLevelView(
        code=shop.code,
        name=shop.name,
        channel=shop.channel,
        level=shop.rollout,
        percent=f"{shop.pilot_percent} %" if shop.rollout is Rollout.PILOT else "",
        since=unix(since),
        since_exact=exact(since),
        sample=f"{sample.taken:,}",
        divergence=f"{sample.divergence:.1%}" if sample.compared else "",
        failure=f"{sample.failure:.1%}" if sample.taken + sample.failed else "",
        href=f"{PATH}?shop={shop.code}",
        is_chosen=is_chosen,
    )


def _fill(view: RolloutView, shop: Shop, found: Comparison) -> None:
    view.code, view.name, view.level = shop.code, shop.name, shop.rollout
    view.percent = str(shop.pilot_percent or "")
    view.warehouse, view.carrier = shop.default_warehouse, shop.default_carrier
    view.reserves_at, view.unpaid_minutes = shop.reserves_at, str(shop.unpaid_minutes)
    rate = f"{found.diverging / found.compared:.1%}" if found.compared else ""
    view.divergence = f"{rate} ({found.diverging:,} / {found.compared:,})" if found.compared else ""
    old, new = found.old, found.new
    handling = "rollout_deciding" if shop.rollout is Rollout.SHADOW else "rollout_handling"
    view.measures = [
        MeasureView(handling, _clock(old.handling_seconds), _clock(new.handling_seconds)),
        MeasureView("rollout_anomaly_rate", _rate(old.anomaly_rate), _rate(new.anomaly_rate)),
        MeasureView("rollout_error_rate", _rate(old.error_rate), _rate(new.error_rate)),
        MeasureView("rollout_sample", f"{old.count:,}", f"{new.count:,}"),
    ]
    view.differences = [one for order in found.differing for one in _differences(order)]


def _differences(order: DifferingOrder) -> list[DifferenceView]:
    return [
        DifferenceView(
            id=f"{order.channel_order_no}-{name}",
            no=order.channel_order_no,
            href=f"/orders?tab=all&order={order.order_id}" if order.order_id else "",
            name=name,
            old=order.old.get(name, ""),
            new="" if name is Difference.STATUS else order.new.get(name, ""),
            stage=order.new.get(name, "") if name is Difference.STATUS else "",
        )
        for name in order.fields
    ]


def _step(step: RolloutStep) -> StepView:
    return StepView(
        id=str(step.event_id),
        at=unix(step.at),
        at_exact=exact(step.at),
        source=step.source,
        target=step.target,
        percent=f"{step.percent} %" if step.percent else "",
        reason=step.reason,
        actor=step.actor,
    )


def _clock(seconds: int | None) -> str:
    """Hours and minutes, as on the workbench."""
    return "" if seconds is None else f"{seconds // 3600}:{seconds % 3600 // 60:02}"


def _rate(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.1%}"
