"""What does the page of the flow map show, as the browser gets it?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.flow import SHIPPED, FlowState, FlowVersion, draft_flow, flow_now, flow_of, flow_versions
from orderhub.domain.flow_diff import FlowAspect, FlowChange, differences
from orderhub.domain.flow_stage import (
    AFTERSALE,
    CLOCKS,
    KINDS,
    POSSIBLE,
    Automation,
    FlowMap,
    StageAction,
    StageClock,
)
from orderhub.domain.hold import HoldReason
from orderhub.domain.order import OrderStatus
from orderhub.domain.words import AftersaleStatus
from orderhub.insights.aftersale import CaseQuery, CaseTab, case_counts
from orderhub.insights.flow import Dwell, dwell, hold_figures, stage_figures
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Money
from orderhub.ui.flow_text import OWNER_NAMES, duration_pair, round_duration_pair
from orderhub.ui.words import LABELS, Pair

CASE_STEPS = (
    AftersaleStatus.REQUESTED,
    AftersaleStatus.APPROVED,
    AftersaleStatus.AWAITING_RETURN,
    AftersaleStatus.RETURNED,
    AftersaleStatus.INSPECTED,
    AftersaleStatus.FINANCE_REVIEW,
    AftersaleStatus.REFUNDING,
    AftersaleStatus.CLOSED,
)
MOST_REASONS = 3
PLACES = (*OrderStatus, AFTERSALE)
_ON_OFF: dict[str, Pair] = {"on": ("开", "on"), "off": ("关", "off")}


@dataclass
class StageView:
    """``time`` in both languages; ``first`` is an automation that is on, ``more`` how many others are."""

    count: str = ""
    late: str = ""
    risk: Money = ""
    owner: str = "system"
    time: list[str] = field(default_factory=lambda: ["", ""])
    first: str = ""
    more: str = ""
    is_changed: bool = False


@dataclass
class CountView:
    word: str
    count: str


@dataclass
class VersionView:
    number: str
    state: str
    who: str
    at: str
    reason: str
    may_return: bool


@dataclass
class FlowView:
    """What is drawn is the draft where there is one; the figures are judged by the map in force."""

    live: str = "0"
    draft: str = ""
    next: str = "1"
    revision: int = 0
    changes: int = 0
    stages: dict[str, StageView] = field(default_factory=dict)
    held: str = "0"
    reasons: list[CountView] = field(default_factory=list)
    other_reasons: str = ""
    cases: list[CountView] = field(default_factory=list)
    cases_open: str = "0"
    cases_near: str = ""
    aftersale: StageView = field(default_factory=StageView)
    versions: list[VersionView] = field(default_factory=list)


@dataclass
class ActionView:
    key: str
    is_on: bool
    is_changed: bool


@dataclass
class AutomationView:
    """``hours`` is empty where it has none to set; ``hours_was`` where they stand as in force."""

    key: str
    is_on: bool
    hours: str
    hours_was: str
    is_changed: bool


@dataclass
class BarView:
    height: str
    is_late: bool


@dataclass
class PanelView:
    """``…_was`` is what is in force where the draft says something else, in both languages where it is words."""

    place: str = ""
    revision: int = 0
    is_stage: bool = False
    changes: int = 0
    owner: str = ""
    owner_was: str = ""
    clock: str = ""
    clock_was: str = ""
    clocks: list[str] = field(default_factory=list)
    amount: str = ""
    unit: str = "60"
    time_was: list[str] = field(default_factory=list)
    lead: str = ""
    lead_was: str = ""
    actions: list[ActionView] = field(default_factory=list)
    automations: list[AutomationView] = field(default_factory=list)
    bars: list[BarView] = field(default_factory=list)
    middle: list[str] = field(default_factory=lambda: ["", ""])
    half: list[str] = field(default_factory=lambda: ["", ""])
    longest: list[str] = field(default_factory=lambda: ["", ""])
    is_sampled: bool = False


@dataclass
class ChangeView:
    """Each in both languages."""

    place: list[str]
    what: list[str]
    before: list[str]
    after: list[str]


@dataclass
class DryView:
    place: str
    live: str
    draft: str
    is_more: bool
    is_less: bool


def drawn(session: Session) -> tuple[FlowMap, int]:
    """The map on the screen and the revision of its draft, 0 without one."""
    draft = draft_flow(session)
    return (draft.read(), draft.revision) if draft else (flow_now(session), 0)


def flow_view(session: Session, now: datetime) -> FlowView:
    live, draft = flow_now(session), draft_flow(session)
    shown = draft.read() if draft else live
    changes = differences(live, shown)
    changed = {change.place for change in changes}
    figures = stage_figures(session, live, now)
    found = flow_versions(session)
    view = FlowView(
        live=str(live.number),
        draft=str(draft.number) if draft else "",
        next=str(draft.number if draft else max([one.number for one in found], default=SHIPPED) + 1),
        revision=draft.revision if draft else 0,
        changes=len(changes),
        aftersale=_runs(StageView(is_changed=AFTERSALE in changed), shown, AFTERSALE),
        versions=_versions(found, live.number),
    )
    for status, stage in shown.stages.items():
        there = figures[status]
        one = StageView(f"{there.count:,}", _or_none(there.late), money_text(there.at_risk_fen), stage.owner_role)
        one.time, one.is_changed = list(_time(shown, status)), status in changed
        view.stages[str(status)] = _runs(one, shown, status)
    _add_holds(view, session)
    _add_cases(view, session, now)
    return view


def panel_view(session: Session, place: str, now: datetime) -> PanelView:
    live = flow_now(session)
    shown, revision = drawn(session)
    changes = sum(change.place == place for change in differences(live, shown))
    panel = PanelView(place=place, revision=revision, changes=changes, automations=_automations(live, shown, place))
    if place == AFTERSALE:
        return panel
    status = OrderStatus(place)
    stage, was = shown.stages[status], live.stages[status]
    panel.is_stage = True
    panel.owner, panel.owner_was = stage.owner_role, was.owner_role if was.owner_role != stage.owner_role else ""
    panel.clock, panel.clock_was = stage.clock, was.clock if was.clock is not stage.clock else ""
    panel.clocks = [str(clock) for clock in CLOCKS[status]]
    unit = 1440 if stage.minutes % 1440 == 0 and stage.minutes > 2 * 1440 else 60 if stage.minutes % 60 == 0 else 1
    panel.amount, panel.unit = str(stage.minutes // unit) if stage.minutes else "", str(unit)
    panel.time_was = list(duration_pair(was.minutes)) if was.minutes not in (0, stage.minutes) else []
    panel.lead = str(stage.lead_minutes)
    panel.lead_was = str(was.lead_minutes) if was.lead_minutes != stage.lead_minutes else ""
    panel.actions = [
        ActionView(action, action in stage.actions, (action in stage.actions) is not (action in was.actions))
        for action in StageAction
        if action in POSSIBLE[status]
    ]
    if stays := dwell(session, live, status, now):
        _add_stays(panel, stays)
    return panel


def changes_view(session: Session, number: int) -> list[ChangeView]:
    """From version ``number`` to the map on the screen. Raises: NotFound: there is no such version."""
    shown, _ = drawn(session)
    return [_change(change) for change in differences(flow_of(session, number), shown)]


def dry_view(session: Session, now: datetime) -> list[DryView]:
    """Who would be late at this moment by the map in force, and by the one on the screen."""
    shown, _ = drawn(session)
    by_live, by_draft = stage_figures(session, flow_now(session), now), stage_figures(session, shown, now)
    return [
        DryView(status, f"{was:,}", f"{then:,}", then > was, then < was)
        for status in OrderStatus
        if shown.stages[status].clock is not StageClock.NONE or by_live[status].late
        for was, then in [(by_live[status].late, by_draft[status].late)]
    ]


def _runs(view: StageView, flow: FlowMap, place: str) -> StageView:
    on = [key for key, kind in KINDS.items() if kind.place == place and flow.is_on(key)]
    view.first, view.more = (str(on[0]), f"+{len(on) - 1}" if on[1:] else "") if on else ("", "")
    return view


def _time(flow: FlowMap, status: OrderStatus) -> Pair:
    stage = flow.stages[status]
    if stage.clock in (StageClock.NONE, StageClock.SHIP_BY):
        return LABELS[StageClock][stage.clock] if stage.clock is StageClock.SHIP_BY else ("—", "—")
    return duration_pair(stage.minutes)


def _automations(live: FlowMap, shown: FlowMap, place: str) -> list[AutomationView]:
    return [
        AutomationView(
            key,
            setting.is_on,
            str(setting.hours or ""),
            str(was.hours) if was.hours != setting.hours else "",
            setting.is_on is not was.is_on,
        )
        for key, kind in KINDS.items()
        if kind.place == place
        for setting, was in [(shown.automations[key], live.automations[key])]
    ]


def _add_stays(panel: PanelView, stays: Dwell) -> None:
    most = max(stays.bars)
    panel.bars = [
        BarView(f"{max(4, round(count / most * 100))}%" if count else "1px", at >= stays.late_from)
        for at, count in enumerate(stays.bars)
    ]
    longest = stays.longest.total_seconds() / 60
    panel.middle = list(round_duration_pair(stays.middle.total_seconds() / 60))
    panel.half, panel.longest = list(round_duration_pair(longest / 2)), list(round_duration_pair(longest))
    panel.is_sampled = stays.is_sampled


def _add_holds(view: FlowView, session: Session) -> None:
    reasons: Sequence[tuple[HoldReason, int]] = hold_figures(session)
    view.held = f"{sum(count for _, count in reasons):,}"
    view.reasons = [CountView(reason, f"{count:,}") for reason, count in reasons[:MOST_REASONS]]
    view.other_reasons = _or_none(sum(count for _, count in reasons[MOST_REASONS:]))


def _add_cases(view: FlowView, session: Session, now: datetime) -> None:
    counts = case_counts(session, CaseQuery(), now)
    view.cases = [CountView(step, f"{counts[step]:,}") for step in CASE_STEPS]
    view.cases_open, view.cases_near = f"{counts[CaseTab.OPEN]:,}", _or_none(counts.get(CaseTab.LATE, 0))


def _versions(found: Iterable[FlowVersion], live: int) -> list[VersionView]:
    shown = [
        VersionView(
            str(one.number),
            one.state,
            one.live_by or one.changed_by,
            shanghai_text(one.live_at or one.changed_at, "%m-%d %H:%M"),
            one.reason,
            one.state is FlowState.RETIRED,
        )
        for one in found
    ]
    state = FlowState.LIVE if live == SHIPPED else FlowState.RETIRED
    return [*shown, VersionView(str(SHIPPED), state, "", "", "", live != SHIPPED)]


def _change(change: FlowChange) -> ChangeView:
    names = {**LABELS[StageAction], **LABELS[Automation]}
    what = LABELS[FlowAspect][change.aspect]
    if change.name:
        what = _joined(what, names[change.name])
    place = ("售后", "After-sales") if change.place == AFTERSALE else LABELS[OrderStatus][OrderStatus(change.place)]
    before, after = (_value(change.aspect, value) for value in (change.before, change.after))
    return ChangeView(list(place), list(what), list(before), list(after))


def _joined(one: Pair, other: Pair) -> Pair:
    return f"{one[0]} · {other[0]}", f"{one[1]} · {other[1]}"


def _value(aspect: FlowAspect, value: str) -> Pair:
    if aspect is FlowAspect.OWNER_ROLE:
        return OWNER_NAMES[value]
    if aspect is FlowAspect.CLOCK:
        return LABELS[StageClock][StageClock(value)]
    if aspect in (FlowAspect.ACTION, FlowAspect.AUTOMATION):
        return _ON_OFF[value]
    return duration_pair(int(value) * (60 if aspect is FlowAspect.HOURS else 1)) if value != "0" else ("—", "—")


def _or_none(count: int) -> str:
    return f"{count:,}" if count else ""
