"""How long may a parcel be silent? As the flow map says; by carrier and by where it goes where that is said apart."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.flow import flow_now
from orderhub.domain.flow_stage import Automation
from orderhub.domain.order import OrderStatus
from orderhub.domain.silence import TrackAlarm
from orderhub.domain.words import Carrier
from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, Was, before, record

MOST_HOURS = 24 * 60
_SAID_BY = {
    TrackAlarm.UNSCANNED: Automation.REMIND_UNSCANNED,
    TrackAlarm.STALLED: Automation.ALARM_STALLED,
    TrackAlarm.LOST: Automation.ALARM_LOST,
}


@dataclass(frozen=True)
class Patience:
    """After shipping, after the last movement, and until a parcel counts as lost; ``off`` are never said."""

    unscanned: timedelta = timedelta(hours=24)
    stalled: timedelta = timedelta(hours=48)
    lost: timedelta = timedelta(days=7)
    off: frozenset[TrackAlarm] = frozenset()

    def until(self, alarm: TrackAlarm) -> timedelta:
        """The silence after which ``alarm`` is true."""
        return getattr(self, alarm)


class PatienceRule(SQLModel, table=True):
    """``carrier`` None: any; ``province`` empty: any, else how the receiver's region begins. The narrowest counts.

    None is for any carrier and any province: that figure is the flow map's.
    """

    __tablename__ = "patience_rule"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("carrier", "province"),
        CheckConstraint("0 < unscanned_hours AND 0 < stalled_hours AND stalled_hours < lost_hours", name="in_order"),
    )

    id: int = own_id()
    carrier: Carrier | None = Field(default=None, sa_type=word(Carrier))
    province: str = Field(default="", max_length=32)
    unscanned_hours: int
    stalled_hours: int
    lost_hours: int
    set_by: str = Field(default="", max_length=64)
    set_at: datetime = Field(sa_type=Moment)

    @property
    def patience(self) -> Patience:
        hours = (self.unscanned_hours, self.stalled_hours, self.lost_hours)
        unscanned, stalled, lost = (timedelta(hours=count) for count in hours)
        return Patience(unscanned, stalled, lost)


@dataclass(frozen=True)
class PatienceSet(Happening):
    subject_type: ClassVar[str] = "patience_rule"
    unscanned_hours: int
    stalled_hours: int
    lost_hours: int
    was: Was | None = None


@dataclass(frozen=True)
class PatienceRemoved(Happening):
    subject_type: ClassVar[str] = "patience_rule"


def patience_rules(session: Session) -> list[PatienceRule]:
    """The widest first."""
    wanted = select(PatienceRule).order_by(col(PatienceRule.province), col(PatienceRule.carrier))
    return list(session.exec(wanted))


def patience_with(session: Session, carrier: Carrier | None, region: str) -> Patience:
    """What holds for a parcel of ``carrier`` to ``region`` (province first)."""
    general = _general(session)
    kept = session.info.get("patience_rules")
    if kept is None:
        kept = session.info["patience_rules"] = session.exec(select(PatienceRule)).all()
    fitting = [rule for rule in kept if rule.carrier in (None, carrier) and region.startswith(rule.province)]
    narrowest = max(fitting, key=lambda rule: (rule.carrier is not None, len(rule.province)), default=None)
    return replace(narrowest.patience, off=general.off) if narrowest else general


def _general(session: Session) -> Patience:
    flow = flow_now(session)
    return Patience(
        timedelta(hours=flow.hours(Automation.REMIND_UNSCANNED)),
        timedelta(minutes=flow.stages[OrderStatus.SHIPPED].minutes),
        timedelta(hours=flow.hours(Automation.ALARM_LOST)),
        frozenset(alarm for alarm, automation in _SAID_BY.items() if not flow.is_on(automation)),
    )


def set_patience(
    session: Session,
    carrier: Carrier | None,
    province: str,
    *,
    unscanned_hours: int,
    stalled_hours: int,
    lost_hours: int,
    by: str,
    now: datetime,
) -> PatienceRule:
    """From the next look on, also for parcels on their way (workflows/follow_flow.py).

    Raises:
        BadInput: hours that are none, not in order or more than 60 days; or neither carrier nor province is said:
            the general figure is set on the flow map.
    """
    if carrier is None and not province.strip():
        raise BadInput("say a carrier or a province: the flow map has the rest", field="province", problem="general")
    if not 0 < unscanned_hours <= MOST_HOURS:
        raise BadInput("unscanned hours: 1 to 1,440", field="unscanned_hours", problem="hours")
    if not 0 < stalled_hours < lost_hours <= MOST_HOURS:
        raise BadInput("stalled hours: at least 1, fewer than lost hours", field="stalled_hours", problem="hours")
    same_carrier = col(PatienceRule.carrier).is_(None) if carrier is None else PatienceRule.carrier == carrier
    wanted = select(PatienceRule).where(same_carrier, PatienceRule.province == province.strip()).with_for_update()
    standing = session.exec(wanted).one_or_none()
    was = before(standing, "unscanned_hours", "stalled_hours", "lost_hours")
    rule = standing or PatienceRule(
        carrier=carrier,
        province=province.strip(),
        unscanned_hours=0,
        stalled_hours=0,
        lost_hours=0,
        set_by=by,
        set_at=now,
    )
    rule.unscanned_hours, rule.stalled_hours, rule.lost_hours = unscanned_hours, stalled_hours, lost_hours
    rule.set_by, rule.set_at = by, now
    session.info.pop("patience_rules", None)
    session.add(rule)
    session.flush()
    record(session, PatienceSet(rule.id, unscanned_hours, stalled_hours, lost_hours, was), actor=by, now=now)
    return rule


def remove_patience(session: Session, rule_id: int, *, by: str, now: datetime) -> int:
    """What is wider holds again, also for parcels on their way; returns how many were removed (0 or 1)."""
    rule = session.get(PatienceRule, rule_id, with_for_update=True)
    if rule is None:
        return 0
    session.info.pop("patience_rules", None)
    session.delete(rule)
    record(session, PatienceRemoved(rule_id), actor=by, now=now)
    return 1
