"""What does the form beside the flow map say about one place of it?"""

from collections.abc import Mapping

from orderhub.domain.flow_stage import (
    AFTERSALE,
    KINDS,
    POSSIBLE,
    Automation,
    FlowMap,
    Setting,
    Stage,
    StageAction,
    StageClock,
)
from orderhub.domain.order import OrderStatus
from orderhub.kernel.errors import BadInput

Form = Mapping[str, str]

_MOST_DIGITS = 6


def read_place(flow: FlowMap, place: str, form: Form) -> FlowMap:
    """``flow`` with what ``form`` says of ``place``; a box that is not ticked is not in it.

    Raises:
        BadInput: there is no such place, or a figure is none.
    """
    if place == AFTERSALE:
        return _read_automations(flow, place, form)
    if place not in list(OrderStatus):
        raise BadInput(f"no stage {place[:32]!r}", field="place", problem="flow_clock")
    status = OrderStatus(place)
    return _read_automations(flow.with_stage(status, _read_stage(flow.stages[status], status, form)), place, form)


def as_live(flow: FlowMap, live: FlowMap, place: str) -> FlowMap:
    """``flow``, but for ``place``, which is as in ``live``."""
    if place in list(OrderStatus):
        flow = flow.with_stage(OrderStatus(place), live.stages[OrderStatus(place)])
    for key in _automations_at(place):
        flow = flow.with_automation(key, live.automations[key])
    return flow


def _read_stage(before: Stage, status: OrderStatus, form: Form) -> Stage:
    word = form.get("clock", before.clock)
    if word not in list(StageClock):
        raise BadInput(f"no clock {word[:32]!r}", field="clock", problem="flow_clock")
    clock, minutes, lead = StageClock(word), 0, 0
    if clock in (StageClock.STAY, StageClock.SILENCE):
        unit = form.get("unit", "")
        minutes = _number(form, "amount", "flow_minutes") * (int(unit) if unit in ("1", "60", "1440") else 60)
    if clock is StageClock.SHIP_BY:
        lead = _number(form, "lead", "flow_lead")
    actions = frozenset(action for action in StageAction if form.get(f"action:{action}"))
    return Stage(form.get("owner_role", before.owner_role), clock, minutes, lead, actions & POSSIBLE[status])


def _read_automations(flow: FlowMap, place: str, form: Form) -> FlowMap:
    for key in _automations_at(place):
        hours = None if KINDS[key].hours is None else _number(form, f"hours:{key}", "flow_hours")
        flow = flow.with_automation(key, Setting(bool(form.get(f"automation:{key}")), hours))
    return flow


def _automations_at(place: str) -> list[Automation]:
    return [key for key, kind in KINDS.items() if kind.place == place]


def _number(form: Form, name: str, problem: str) -> int:
    text = form.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise BadInput(f"{name}: a whole number", field=name, problem=problem)
    return int(text)
