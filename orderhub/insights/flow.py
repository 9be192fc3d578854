"""How many orders stand in each stage, how many for too long, and how long do they stay?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import and_, case, func, or_
from sqlmodel import Session, col, select

from orderhub.domain.flow_stage import FlowMap, StageClock
from orderhub.domain.hold import Hold, HoldReason
from orderhub.domain.order import Order, OrderMoved, OrderReceived, OrderStatus, Shipment
from orderhub.domain.patience import PatienceRule
from orderhub.domain.track import Track
from orderhub.domain.words import ScanNode
from orderhub.kernel.eventlog import Event, kind_of

DWELL_WITHIN = timedelta(hours=24)
MOST_DWELLS = 2000
BARS = 12


@dataclass(frozen=True)
class StageFigures:
    """``late`` are beyond the stage's time (parcels, where silence counts); ``at_risk_fen`` was paid for them."""

    count: int = 0
    late: int = 0
    at_risk_fen: int = 0


@dataclass(frozen=True)
class Dwell:
    """How long orders stayed that left a stage within a day: ``bars`` of equal width up to ``longest``.

    ``late_from`` is the first bar beyond the stage's time, ``BARS`` where none is. ``is_sampled``: the newest only.
    """

    bars: tuple[int, ...]
    longest: timedelta
    middle: timedelta
    late_from: int
    is_sampled: bool


def stage_figures(session: Session, flow: FlowMap, now: datetime) -> dict[OrderStatus, StageFigures]:
    """Of every stage, judged by ``flow``, which need not be in force."""
    counted = select(Order.status, func.count()).group_by(col(Order.status))
    counts = dict(session.exec(counted).all())
    found = {}
    for status in OrderStatus:
        late, fen = _late(session, flow, status, now) if counts.get(status) else (0, 0)
        found[status] = StageFigures(counts.get(status, 0), late, fen)
    return found


def hold_figures(session: Session) -> list[tuple[HoldReason, int]]:
    """Open holds by reason, most first."""
    count = func.count()
    wanted = select(Hold.reason, count).where(col(Hold.released_at).is_(None)).group_by(col(Hold.reason))
    found = session.exec(wanted.order_by(count.desc(), col(Hold.reason)))
    return [(HoldReason(reason), count) for reason, count in found]


def dwell(session: Session, flow: FlowMap, status: OrderStatus, now: datetime) -> Dwell | None:
    """From the log; None where nothing left the stage within a day."""
    stays = _stays(session, status, now)
    if not stays:
        return None
    allowed = flow.stages[status].allowed
    longest = max(*stays, allowed or timedelta(0), timedelta(minutes=1))
    bars = [0] * BARS
    for stay in stays:
        bars[min(int(stay / longest * BARS), BARS - 1)] += 1
    late_from = -int(-(allowed / longest) * BARS // 1) if allowed else BARS
    middle = timedelta(seconds=median(stay.total_seconds() for stay in stays))
    return Dwell(tuple(bars), longest, middle, min(late_from, BARS), len(stays) == MOST_DWELLS)


def _late(session: Session, flow: FlowMap, status: OrderStatus, now: datetime) -> tuple[int, int]:
    stage = flow.stages[status]
    if stage.clock is StageClock.SILENCE:
        return _silent(session, flow, now)
    wanted = select(func.count(), func.coalesce(func.sum(Order.paid_fen), 0)).where(Order.status == status)
    if stage.clock is StageClock.SHIP_BY:
        wanted = wanted.where(col(Order.ship_by) < now + timedelta(minutes=stage.lead_minutes))
    elif stage.allowed is not None:
        wanted = wanted.where(col(Order.stage_since) < now - stage.allowed)
    else:
        return 0, 0
    count, fen = session.exec(wanted).one()
    return count, int(fen)


def _silent(session: Session, flow: FlowMap, now: datetime) -> tuple[int, int]:
    """Parcels that have not moved for as long as the map allows, or their carrier's and province's own rule."""
    rules = sorted(
        session.exec(select(PatienceRule)),
        key=lambda rule: (rule.carrier is not None, len(rule.province)),
        reverse=True,
    )
    general = now - timedelta(minutes=flow.stages[OrderStatus.SHIPPED].minutes)
    cutoff = case(*[(_fits(rule), now - rule.patience.stalled) for rule in rules], else_=general) if rules else general
    nodes = [node for node in ScanNode if node is not ScanNode.DELIVERED]
    silent = select(Track.tracking_no).where(
        or_(col(Track.node).is_(None), col(Track.node).in_(nodes)),
        func.coalesce(Track.moved_at, Track.shipped_at) <= cutoff,
    )
    counted = select(func.count(), func.coalesce(func.sum(Order.paid_fen), 0)).select_from(Shipment)
    counted = counted.join(Order, col(Order.id) == Shipment.order_id)
    count, fen = session.exec(counted.where(col(Shipment.tracking_no).in_(silent))).one()
    return count, int(fen)


def _fits(rule: PatienceRule):
    parts = [col(Track.carrier) == rule.carrier] if rule.carrier else []
    if rule.province:
        parts.append(col(Track.to_region).startswith(rule.province, autoescape=True))
    return and_(*parts)


def _stays(session: Session, status: OrderStatus, now: datetime) -> list[timedelta]:
    moved, received = kind_of(OrderMoved), kind_of(OrderReceived)
    left = select(Event.subject_id, Event.at).where(
        Event.kind == moved,
        col(Event.at) >= now - DWELL_WITHIN,
        col(Event.body)["source"].as_string() == status,
    )
    ends: Mapping[int, datetime] = dict(
        session.exec(left.order_by(col(Event.id).desc()).limit(MOST_DWELLS)).all()[::-1]
    )
    came = select(Event.subject_id, Event.at).where(
        Event.subject_type == "order",
        col(Event.subject_id).in_(ends),
        or_(
            and_(col(Event.kind) == moved, col(Event.body)["target"].as_string() == status),
            and_(col(Event.kind) == received, col(Event.body)["status"].as_string() == status),
        ),
    )
    came = session.exec(came.order_by(col(Event.id)))
    begins = {order_id: at for order_id, at in came if at <= ends[order_id]}  # the last time it came
    return [ends[order_id] - at for order_id, at in begins.items()]
