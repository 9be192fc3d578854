"""How long may a parcel be silent? By carrier and by where it goes, as the merchant has said."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.silence import TrackAlarm
from orderhub.domain.words import Carrier
from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, record

MOST_HOURS = 24 * 60


@dataclass(frozen=True)
class Patience:
    """After shipping, after the last movement, and until a parcel counts as lost."""

    unscanned: timedelta = timedelta(hours=24)
    stalled: timedelta = timedelta(hours=48)
    lost: timedelta = timedelta(days=7)

    def until(self, alarm: TrackAlarm) -> timedelta:
        """The silence after which ``alarm`` is true."""
        return getattr(self, alarm)


class PatienceRule(SQLModel, table=True):
    """``carrier`` None: any; ``province`` empty: any, else how the receiver's region begins. The narrowest counts."""

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
        return Patience(*(timedelta(hours=count) for count in hours))


@dataclass(frozen=True)
class PatienceSet(Happening):
    subject_type: ClassVar[str] = "patience_rule"
    unscanned_hours: int
    stalled_hours: int
    lost_hours: int


def patience_with(session: Session, carrier: Carrier | None, region: str) -> Patience:
    """What holds for a parcel of ``carrier`` to ``region`` (province first)."""
    fitting = [
        rule
        for rule in session.exec(select(PatienceRule))
        if rule.carrier in (None, carrier) and region.startswith(rule.province)
    ]
    narrowest = max(fitting, key=lambda rule: (rule.carrier is not None, len(rule.province)), default=None)
    return narrowest.patience if narrowest else Patience()


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
    """From the next look on; tracks that are on their way follow (``track.look_again``).

    Raises:
        BadInput: hours that are none, not in order or more than 60 days.
    """
    if not 0 < unscanned_hours <= MOST_HOURS:
        raise BadInput("unscanned hours: 1 to 1,440", field="unscanned_hours", problem="hours")
    if not 0 < stalled_hours < lost_hours <= MOST_HOURS:
        raise BadInput("stalled hours: at least 1, fewer than lost hours", field="stalled_hours", problem="hours")
    same_carrier = col(PatienceRule.carrier).is_(None) if carrier is None else PatienceRule.carrier == carrier
    wanted = select(PatienceRule).where(same_carrier, PatienceRule.province == province.strip()).with_for_update()
    rule = session.exec(wanted).one_or_none() or PatienceRule(
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
    session.add(rule)
    session.flush()
    record(session, PatienceSet(rule.id, unscanned_hours, stalled_hours, lost_hours), actor=by, now=now)
    return rule
