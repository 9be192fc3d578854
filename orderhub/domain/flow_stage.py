"""What can be said of a stage on the flow map, and what does the hub ship with?

A stage is a status of an order: who owns it, how long an order may stand in it, what people may do there, and what
happens there by itself. After-sales have a place of their own, where only automations are set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from orderhub.domain.order import OrderStatus
from orderhub.kernel.errors import BadInput

AFTERSALE = "aftersale"  # the place of what runs by itself in after-sales
NOBODY = "system"  # the owner of a stage that waits for no person
# access/permissions.py has the same words (a test holds them together).
OWNERS = (NOBODY, "admin", "manager", "operations", "service", "warehouse", "finance")
MOST_MINUTES = 60 * 24 * 60
MOST_LEAD_MINUTES = 48 * 60


class StageClock(StrEnum):
    """What an order's time in a stage is measured by."""

    NONE = "none"
    STAY = "stay"  # since it came into the stage
    SHIP_BY = "ship_by"  # the platform's own moment, less a lead
    SILENCE = "silence"  # since its parcel moved last


class StageAction(StrEnum):
    """What a person may do with an order; rules, channels and the clock are not asked."""

    APPROVE = "approve"
    HOLD = "hold"
    RELEASE = "release"
    ALLOCATE = "allocate"
    SPLIT = "split"
    MERGE = "merge"
    WAYBILL = "waybill"
    PRINT = "print"
    SHIP = "ship"
    RECALL = "recall"
    OPEN_CASE = "open_case"


class Automation(StrEnum):
    """What the hub does by itself and the map may stop."""

    RELEASE_UNPAID = "release_unpaid"
    APPROVE_BY_RULE = "approve_by_rule"
    RELEASE_HOLDS = "release_holds"
    ALLOCATE = "allocate"
    MERGE_DELIVERIES = "merge_deliveries"
    REPORT_LATE = "report_late"
    UPLOAD_SHIPMENT = "upload_shipment"
    FOLLOW_PARCEL = "follow_parcel"
    REMIND_UNSCANNED = "remind_unscanned"
    ALARM_STALLED = "alarm_stalled"
    ALARM_LOST = "alarm_lost"
    RECYCLE_WAYBILL = "recycle_waybill"
    REVIEW_REFUND = "review_refund"
    ANSWER_REFUND = "answer_refund"
    FOLLOW_REPLACEMENT = "follow_replacement"
    CLOSE_PAID_CASE = "close_paid_case"


@dataclass(frozen=True)
class Kind:
    """Where an automation stands on the map; ``hours`` are those it ships with, None where it has none to set."""

    place: str
    hours: int | None = None


KINDS: Mapping[Automation, Kind] = {
    Automation.RELEASE_UNPAID: Kind(OrderStatus.PENDING_PAYMENT),
    Automation.APPROVE_BY_RULE: Kind(OrderStatus.TO_REVIEW),
    Automation.RELEASE_HOLDS: Kind(OrderStatus.TO_REVIEW),
    Automation.ALLOCATE: Kind(OrderStatus.TO_ALLOCATE),
    Automation.MERGE_DELIVERIES: Kind(OrderStatus.TO_ALLOCATE),
    Automation.REPORT_LATE: Kind(OrderStatus.TO_SHIP),
    Automation.UPLOAD_SHIPMENT: Kind(OrderStatus.SHIPPED),
    Automation.FOLLOW_PARCEL: Kind(OrderStatus.SHIPPED),
    Automation.REMIND_UNSCANNED: Kind(OrderStatus.SHIPPED, hours=24),
    Automation.ALARM_STALLED: Kind(OrderStatus.SHIPPED),  # its hours are the stage's own time
    Automation.ALARM_LOST: Kind(OrderStatus.SHIPPED, hours=7 * 24),
    Automation.RECYCLE_WAYBILL: Kind(OrderStatus.CANCELLED),
    Automation.REVIEW_REFUND: Kind(AFTERSALE),
    Automation.ANSWER_REFUND: Kind(AFTERSALE),
    Automation.FOLLOW_REPLACEMENT: Kind(AFTERSALE),
    Automation.CLOSE_PAID_CASE: Kind(AFTERSALE),
}

_HOLDS = frozenset({StageAction.HOLD, StageAction.RELEASE})
_DELIVERY = frozenset({StageAction.ALLOCATE, StageAction.SPLIT, StageAction.MERGE})
_LEAVING = frozenset({StageAction.WAYBILL, StageAction.PRINT, StageAction.SHIP})
_CASE = frozenset({StageAction.OPEN_CASE})

# What the hub can do with an order of each status at all; a map may only take away from it.
POSSIBLE: Mapping[OrderStatus, frozenset[StageAction]] = {
    OrderStatus.PENDING_PAYMENT: _HOLDS,
    OrderStatus.TO_REVIEW: _HOLDS | _CASE | {StageAction.APPROVE},
    OrderStatus.TO_ALLOCATE: _HOLDS | _CASE | {StageAction.ALLOCATE},
    OrderStatus.TO_SHIP: _HOLDS | _DELIVERY | _LEAVING | _CASE,
    OrderStatus.PARTLY_SHIPPED: _HOLDS | _DELIVERY | _LEAVING | _CASE | {StageAction.RECALL},
    OrderStatus.SHIPPED: frozenset({StageAction.PRINT, StageAction.RECALL}) | _CASE,
    OrderStatus.DELIVERED: _CASE,
    OrderStatus.COMPLETED: _CASE,
    OrderStatus.CANCELLED: frozenset(),
}

# Which clocks make sense where: a promise to ship ends with shipping, only parcels are silent.
CLOCKS: Mapping[OrderStatus, tuple[StageClock, ...]] = dict.fromkeys(
    OrderStatus, (StageClock.NONE, StageClock.STAY)
) | {
    OrderStatus.TO_SHIP: (StageClock.NONE, StageClock.STAY, StageClock.SHIP_BY),
    OrderStatus.PARTLY_SHIPPED: (StageClock.NONE, StageClock.STAY, StageClock.SHIP_BY),
    OrderStatus.SHIPPED: (StageClock.SILENCE,),
    OrderStatus.COMPLETED: (StageClock.NONE,),
    OrderStatus.CANCELLED: (StageClock.NONE,),
}


@dataclass(frozen=True)
class Stage:
    """``minutes`` count for the clocks STAY and SILENCE, ``lead_minutes`` for SHIP_BY; both are 0 elsewhere."""

    owner_role: str
    clock: StageClock = StageClock.NONE
    minutes: int = 0
    lead_minutes: int = 0
    actions: frozenset[StageAction] = frozenset()

    @property
    def allowed(self) -> timedelta | None:
        """How long an order may stand here; None where another clock counts, or none."""
        return timedelta(minutes=self.minutes) if self.clock is StageClock.STAY else None


@dataclass(frozen=True)
class Setting:
    is_on: bool = True
    hours: int | None = None


@dataclass(frozen=True)
class FlowMap:
    """The whole map; ``number`` is the version it was read from, 0: as shipped."""

    stages: Mapping[OrderStatus, Stage]
    automations: Mapping[Automation, Setting]
    number: int = field(default=0, compare=False)

    def is_on(self, automation: Automation) -> bool:
        return self.automations[automation].is_on

    def hours(self, automation: Automation) -> int:
        return self.automations[automation].hours or 0

    def with_stage(self, status: OrderStatus, stage: Stage) -> "FlowMap":
        return replace(self, stages={**self.stages, status: stage})

    def with_automation(self, automation: Automation, setting: Setting) -> "FlowMap":
        return replace(self, automations={**self.automations, automation: setting})


_STAY, _SHIP_BY, _SILENCE = StageClock.STAY, StageClock.SHIP_BY, StageClock.SILENCE
_SHIPPED: tuple[tuple[OrderStatus, str, StageClock, int, int], ...] = (
    (OrderStatus.PENDING_PAYMENT, NOBODY, _STAY, 24 * 60, 0),
    (OrderStatus.TO_REVIEW, "operations", _STAY, 30, 0),
    (OrderStatus.TO_ALLOCATE, "operations", _STAY, 10, 0),
    (OrderStatus.TO_SHIP, "warehouse", _SHIP_BY, 0, 15),
    (OrderStatus.PARTLY_SHIPPED, "warehouse", _SHIP_BY, 0, 15),
    (OrderStatus.SHIPPED, "operations", _SILENCE, 48 * 60, 0),
    (OrderStatus.DELIVERED, "service", _STAY, 15 * 24 * 60, 0),
    (OrderStatus.COMPLETED, NOBODY, StageClock.NONE, 0, 0),
    (OrderStatus.CANCELLED, NOBODY, StageClock.NONE, 0, 0),
)
SHIPPED_MAP = FlowMap(
    MappingProxyType(
        {status: Stage(role, clock, minutes, lead, POSSIBLE[status]) for status, role, clock, minutes, lead in _SHIPPED}
    ),
    MappingProxyType({automation: Setting(hours=kind.hours) for automation, kind in KINDS.items()}),
)


def check(flow: FlowMap) -> None:
    """
    Raises:
        BadInput: a figure is out of bounds, a role or an action is none there, or silence grows shorter by its steps.
    """
    for status in OrderStatus:
        _check_stage(status, flow.stages[status])
    for automation, setting in flow.automations.items():
        wanted = KINDS[automation].hours
        if (wanted is None) != (setting.hours is None):
            raise BadInput(f"{automation}: hours do not belong here", field=automation, problem="flow_hours")
        if setting.hours is not None and not 1 <= setting.hours <= MOST_MINUTES // 60:
            raise BadInput(f"{automation}: 1 to {MOST_MINUTES // 60} hours", field=automation, problem="flow_hours")
    lost = flow.hours(Automation.ALARM_LOST) * 60
    if flow.stages[OrderStatus.SHIPPED].minutes >= lost:
        raise BadInput("a parcel is lost later than it stands still", field="minutes", problem="flow_order")


def _check_stage(status: OrderStatus, stage: Stage) -> None:
    if stage.owner_role not in OWNERS:
        raise BadInput(f"{status}: no role {stage.owner_role!r}", field="owner_role", problem="flow_role")
    if stage.clock not in CLOCKS[status]:
        raise BadInput(f"{status}: {stage.clock} does not count here", field="clock", problem="flow_clock")
    if surplus := stage.actions - POSSIBLE[status]:
        raise BadInput(f"{status}: {', '.join(sorted(surplus))} is impossible", field="actions", problem="flow_action")
    is_timed = stage.clock in (StageClock.STAY, StageClock.SILENCE)
    if not (1 <= stage.minutes <= MOST_MINUTES if is_timed else stage.minutes == 0):
        raise BadInput(f"{status}: 1 minute to 60 days", field="minutes", problem="flow_minutes")
    if stage.clock is StageClock.SILENCE and stage.minutes % 60:
        raise BadInput(f"{status}: whole hours", field="minutes", problem="flow_minutes")
    most_lead = MOST_LEAD_MINUTES if stage.clock is StageClock.SHIP_BY else 0
    if not 0 <= stage.lead_minutes <= most_lead:
        raise BadInput(f"{status}: a lead of 0 to {most_lead} minutes", field="lead_minutes", problem="flow_lead")


def flow_data(flow: FlowMap) -> dict[str, Any]:
    """As JSON keeps it; the same map is always the same text."""
    return {
        "stages": {
            str(status): {
                "owner_role": flow.stages[status].owner_role,
                "clock": str(flow.stages[status].clock),
                "minutes": flow.stages[status].minutes,
                "lead_minutes": flow.stages[status].lead_minutes,
                "actions": sorted(flow.stages[status].actions),
            }
            for status in OrderStatus
        },
        "automations": {
            str(key): {"is_on": flow.automations[key].is_on, "hours": flow.automations[key].hours} for key in Automation
        },
    }


def read_flow(data: Mapping[str, Any], *, number: int = 0) -> FlowMap:
    """What a version does not mention yet stands as shipped; what this hub does not know any more is left out."""
    stages, automations = dict(SHIPPED_MAP.stages), dict(SHIPPED_MAP.automations)
    for status in OrderStatus:
        if told := data["stages"].get(status):
            actions = frozenset(StageAction(name) for name in told["actions"] if name in set(StageAction))
            stages[status] = Stage(
                told["owner_role"],
                StageClock(told["clock"]),
                told["minutes"],
                told["lead_minutes"],
                actions & POSSIBLE[status],
            )
    for key in Automation:
        if told := data["automations"].get(key):
            automations[key] = Setting(told["is_on"], told["hours"])
    return FlowMap(MappingProxyType(stages), MappingProxyType(automations), number)
