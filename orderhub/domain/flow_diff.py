"""What does one map say that another does not?"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from orderhub.domain.flow_stage import KINDS, Automation, FlowMap
from orderhub.domain.order import OrderStatus


class FlowAspect(StrEnum):
    OWNER_ROLE = "owner_role"
    CLOCK = "clock"
    MINUTES = "minutes"
    LEAD_MINUTES = "lead_minutes"
    ACTION = "action"
    AUTOMATION = "automation"
    HOURS = "hours"


@dataclass(frozen=True)
class FlowChange:
    """``place`` is a stage or after-sales, ``name`` the action or automation; a switch is ``on`` or ``off``."""

    place: str
    aspect: FlowAspect
    before: str
    after: str
    name: str = ""


ON, OFF = "on", "off"


def differences(before: FlowMap, after: FlowMap) -> list[FlowChange]:
    """In the order of the stages; empty for maps that say the same."""
    found = [change for status in OrderStatus for change in _of_stage(status, before, after)]
    for automation in Automation:
        found += _of_automation(automation, before, after)
    return found


def _of_stage(status: OrderStatus, before: FlowMap, after: FlowMap) -> Iterator[FlowChange]:
    old, new = before.stages[status], after.stages[status]
    for aspect in (FlowAspect.OWNER_ROLE, FlowAspect.CLOCK, FlowAspect.MINUTES, FlowAspect.LEAD_MINUTES):
        was, now = str(getattr(old, aspect)), str(getattr(new, aspect))
        if was != now:
            yield FlowChange(status, aspect, was, now)
    for action in sorted(old.actions ^ new.actions):
        yield FlowChange(status, FlowAspect.ACTION, *_switch(is_on=action in new.actions), name=action)


def _of_automation(automation: Automation, before: FlowMap, after: FlowMap) -> Iterator[FlowChange]:
    old, new, place = before.automations[automation], after.automations[automation], KINDS[automation].place
    if old.is_on is not new.is_on:
        yield FlowChange(place, FlowAspect.AUTOMATION, *_switch(is_on=new.is_on), name=automation)
    if old.hours != new.hours:
        yield FlowChange(place, FlowAspect.HOURS, str(old.hours), str(new.hours), name=automation)


def _switch(*, is_on: bool) -> tuple[str, str]:
    return (OFF, ON) if is_on else (ON, OFF)
