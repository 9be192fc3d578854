"""A parcel says nothing: who is told, and what ends when it speaks again?

A day after shipping without a scan the warehouse is reminded; two days without movement is an anomaly of logistics with
a task for operations, who find out whether the parcel ever left; a week makes it lost. Each step takes the place of
the one before; a scan ends it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlmodel import Session, col, select

from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import Order, Shipment
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


_KINDS = {
    TrackAlarm.UNSCANNED: AnomalyKind.NOT_SCANNED,
    TrackAlarm.STALLED: AnomalyKind.NO_MOVEMENT,
    TrackAlarm.LOST: AnomalyKind.PARCEL_LOST,
}


def tell(session: Session, track: Silent, alarm: TrackAlarm, *, occurred_at: datetime, now: datetime) -> None:
    """``alarm`` became true at ``occurred_at``: an anomaly and a task for whoever has to act. Safe to repeat."""
    kind, about = _KINDS[alarm], ("track", track.id)
    for other in _KINDS.values():
        if other is not kind:
            resolve_anomaly(session, other, about=about, by=SYSTEM, now=now, reason=f"now {alarm}")
    wanted = select(Order).join(Shipment, col(Shipment.order_id) == Order.id)
    orders = session.exec(wanted.where(Shipment.tracking_no == track.tracking_no).order_by(col(Order.id))).all()
    open_anomaly(
        session,
        kind,
        about=about,
        occurred_at=occurred_at,
        now=now,
        note=f"{track.tracking_no}: {_SAID[alarm, track.scanned_at is None]}",
        at_risk_fen=sum(order.total_fen for order in orders),
        order_id=orders[0].id if orders else None,
    )


def untell(session: Session, track: Silent, *, now: datetime, reason: str = "a scan came") -> None:
    """It has spoken, or may be silent for longer. Safe to repeat."""
    for kind in _KINDS.values():
        resolve_anomaly(session, kind, about=("track", track.id), by=SYSTEM, now=now, reason=reason)


def scans_refused(session: Session, track: Silent, count: int, *, now: datetime) -> None:
    """What was told of it cannot be true, or (``count`` 0) all of it can. Safe to repeat."""
    about = ("track", track.id)
    if not count:
        resolve_anomaly(session, AnomalyKind.SCANS_REFUSED, about=about, by=SYSTEM, now=now, reason="told right")
        return
    note = f"{track.tracking_no}: {count} 条轨迹时间不可信或数量过多，未采用"
    open_anomaly(session, AnomalyKind.SCANS_REFUSED, about=about, occurred_at=now, now=now, note=note)


# By alarm, and whether the parcel was never scanned at all: then it may never have left.
_SAID = {
    (TrackAlarm.UNSCANNED, True): "发货后一直没有揽收记录，请确认是否已交给快递",
    (TrackAlarm.UNSCANNED, False): "发货后一直没有揽收记录，请确认是否已交给快递",
    (TrackAlarm.STALLED, True): "发货后一直没有物流记录，疑似虚假发货，请核实包裹是否出库",
    (TrackAlarm.STALLED, False): "物流停滞，疑似丢件，请联系快递核实",
    (TrackAlarm.LOST, True): "一周没有任何物流记录，请核实出库并补发或退款",
    (TrackAlarm.LOST, False): "一周没有物流更新，按丢件处理：向快递索赔，补发或退款",
}
