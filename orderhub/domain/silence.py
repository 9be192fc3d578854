"""A parcel says nothing: who is told, and what ends when it speaks again?

A day after shipping without a scan the warehouse is reminded; two days without movement is an anomaly of logistics with
a task for operations, who find out whether the parcel ever left; a week makes it lost. Each step takes the place of
the one before; a scan ends it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlmodel import Session, col, select

from orderhub.domain.anomaly import AnomalyKind, Severity, open_anomaly, resolve_anomaly
from orderhub.domain.order import Order, Shipment
from orderhub.domain.task import Task, TaskKind, TaskStatus, close, open_task
from orderhub.kernel.eventlog import SYSTEM


class TrackAlarm(StrEnum):
    """What was said of a parcel's silence last; the next scan takes it back."""

    NONE = "none"
    UNSCANNED = "unscanned"
    STALLED = "stalled"
    LOST = "lost"


class Silent(Protocol):
    """What of a track is needed here (``domain/track.py`` imports this file)."""

    id: int
    tracking_no: str
    shipped_at: datetime
    scanned_at: datetime | None
    moved_at: datetime | None


@dataclass(frozen=True)
class _Step:
    kind: AnomalyKind
    severity: Severity
    role: str
    within: timedelta


_STEPS = {
    TrackAlarm.UNSCANNED: _Step(AnomalyKind.NOT_SCANNED, Severity.LOW, "warehouse", timedelta(hours=8)),
    TrackAlarm.STALLED: _Step(AnomalyKind.NO_MOVEMENT, Severity.MEDIUM, "operations", timedelta(hours=24)),
    TrackAlarm.LOST: _Step(AnomalyKind.PARCEL_LOST, Severity.HIGH, "operations", timedelta(hours=24)),
}


def tell(session: Session, track: Silent, alarm: TrackAlarm, *, occurred_at: datetime, now: datetime) -> None:
    """``alarm`` became true at ``occurred_at``: an anomaly and a task for whoever has to act. Safe to repeat."""
    step, about = _STEPS[alarm], ("track", track.id)
    for other in _STEPS.values():
        if other.kind is not step.kind:
            resolve_anomaly(session, other.kind, about=about, by=SYSTEM, now=now, reason=f"now {alarm}")
    _close_tasks(session, track, now, result=f"now {alarm}")
    at_risk = select(Order.total_fen).join(Shipment, col(Shipment.order_id) == Order.id)
    fen = sum(session.exec(at_risk.where(Shipment.tracking_no == track.tracking_no)))
    note = f"{track.tracking_no}: {_SAID[alarm, track.scanned_at is None]}"
    open_anomaly(
        session,
        step.kind,
        about=about,
        occurred_at=occurred_at,
        now=now,
        severity=step.severity,
        note=note,
        at_risk_fen=fen,
        owner_role=step.role,
    )
    open_task(
        session,
        TaskKind.LOGISTICS_FOLLOW_UP,
        title=note,
        about=about,
        role=step.role,
        due_at=now + step.within,
        now=now,
    )


def untell(session: Session, track: Silent, *, now: datetime, reason: str = "a scan came") -> None:
    """It has spoken, or may be silent for longer. Safe to repeat."""
    for step in _STEPS.values():
        resolve_anomaly(session, step.kind, about=("track", track.id), by=SYSTEM, now=now, reason=reason)
    _close_tasks(session, track, now, result=reason)


# By alarm, and whether the parcel was never scanned at all: then it may never have left.
_SAID = {
    (TrackAlarm.UNSCANNED, True): "发货后一直没有揽收记录，请确认是否已交给快递",
    (TrackAlarm.UNSCANNED, False): "发货后一直没有揽收记录，请确认是否已交给快递",
    (TrackAlarm.STALLED, True): "发货后一直没有物流记录，疑似虚假发货，请核实包裹是否出库",
    (TrackAlarm.STALLED, False): "物流停滞，疑似丢件，请联系快递核实",
    (TrackAlarm.LOST, True): "一周没有任何物流记录，请核实出库并补发或退款",
    (TrackAlarm.LOST, False): "一周没有物流更新，按丢件处理：向快递索赔，补发或退款",
}


def _close_tasks(session: Session, track: Silent, now: datetime, *, result: str) -> None:
    wanted = select(Task).where(
        Task.kind == TaskKind.LOGISTICS_FOLLOW_UP,
        Task.subject_type == "track",
        Task.subject_id == track.id,
        Task.status != TaskStatus.CLOSED,
    )
    for task in session.exec(wanted):
        close(session, task, by=SYSTEM, now=now, result=result)
