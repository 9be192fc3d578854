"""What is a member of staff told in the hub? One entry for an incident and whom it concerns, moved up when it changes.

An entry is a role's, or a person's once the incident is theirs; what each of them has read is kept beside it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import ColumnElement, Index, UniqueConstraint, exists
from sqlmodel import Field, Session, SQLModel, and_, col, delete, func, or_, select

from orderhub.domain.incident import Incident
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import SYSTEM, Happening, record

KEEP = timedelta(days=30)
MOST_COUNTED = 100


class NoticeStage(StrEnum):
    """What has become of it since one heard of it last."""

    OPENED = "opened"
    REOPENED = "reopened"
    HANDED_OVER = "handed_over"
    ESCALATED = "escalated"
    CLOSED = "closed"


class StaffNotice(SQLModel, table=True):
    """To everybody of ``role``, or to ``person``. ``asks`` is False once there is nothing for them to do about it."""

    __tablename__ = "staff_notice"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("subject_type", "subject_id", "role", "person"),
        Index("ix_staff_notice_role", "role", "at"),
        Index("ix_staff_notice_person", "person", "at"),
        Index("ix_staff_notice_at", "at"),
    )

    id: int = own_id()
    subject_type: str = Field(max_length=32)
    subject_id: int = Field(sa_type=BigId)
    role: str = Field(default="", max_length=32)
    person: str = Field(default="", max_length=64)
    stage: NoticeStage = Field(sa_type=word(NoticeStage))
    asks: bool = True
    at: datetime = Field(sa_type=Moment)


class NoticeRead(SQLModel, table=True):
    """``user_id`` has read the entry as it stood at ``read_at``."""

    __tablename__ = "staff_notice_read"  # pyright: ignore[reportAssignmentType]

    user_id: int = Field(primary_key=True, sa_type=BigId)
    notice_id: int = Field(primary_key=True, sa_type=BigId, index=True)
    read_at: datetime = Field(sa_type=Moment)


class NoticeMark(SQLModel, table=True):
    """``user_id`` has read everything up to ``read_until``."""

    __tablename__ = "staff_notice_mark"  # pyright: ignore[reportAssignmentType]

    user_id: int = Field(primary_key=True, sa_type=BigId)
    read_until: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class StaffTold(Happening):
    """One event for every change of what the bells show: they all wait for the same subject."""

    subject_type: ClassVar[str] = "staff"
    stage: str
    notice_id: int


@dataclass(frozen=True)
class NoticesRead(Happening):
    """``notice_id`` 0: all of them."""

    subject_type: ClassVar[str] = "staff"
    notice_id: int


@dataclass(frozen=True)
class Reader:
    """Who looks: entries of their role, and their own."""

    user_id: int
    name: str
    role: str


@dataclass(frozen=True)
class Entry:
    notice: StaffNotice
    is_unread: bool


def tell(
    session: Session, incident: Incident, stage: NoticeStage, roles: Collection[str], *, by: str, now: datetime
) -> int:
    """Tell the owner and ``roles`` what ``by`` did; returns how many entries are new or have changed. Safe to repeat.

    Whoever was told before and is not concerned any more sees what became of it, and is asked for nothing; so is
    whoever took it themselves.
    """
    standing = {(one.role, one.person): one for one in _standing(session, incident)}
    wanted = {("", incident.person)} if incident.person else {(incident.role, "")}
    wanted |= {(role, "") for role in roles}
    if incident.is_over:
        wanted = set()
    changed = 0
    for role, person in sorted(wanted | set(standing)):
        one = standing.get((role, person)) or StaffNotice(
            subject_type=incident.subject, subject_id=incident.id, role=role, person=person, stage=stage, at=now
        )
        asks = (role, person) in wanted and person != by
        if one.id and (one.at > now or (one.stage, one.asks, one.at) == (stage, asks, now)):
            continue  # a later event was first
        one.stage, one.asks, one.at = stage, asks, now
        session.add(one)
        session.flush()
        record(session, StaffTold(0, stage, one.id), actor=SYSTEM, now=now)
        changed += 1
    return changed


def entries(session: Session, reader: Reader, *, limit: int) -> list[Entry]:
    """Newest first, an incident once."""
    wanted = select(StaffNotice, _is_unread(session, reader)).where(_concerns(reader))
    found = session.exec(wanted.order_by(col(StaffNotice.at).desc(), col(StaffNotice.id).desc()).limit(limit * 2))
    seen: dict[tuple[str, int], Entry] = {}
    for notice, is_unread in found:
        seen.setdefault((notice.subject_type, notice.subject_id), Entry(notice, bool(is_unread)))
    return list(seen.values())[:limit]


def unread_count(session: Session, reader: Reader) -> int:
    """At most ``MOST_COUNTED``: nobody counts further."""
    unread = select(StaffNotice.id).where(_concerns(reader), _is_unread(session, reader)).limit(MOST_COUNTED)
    return session.exec(select(func.count()).select_from(unread.subquery())).one()


def mark_read(session: Session, reader: Reader, notice_id: int, now: datetime) -> None:
    """Safe to repeat. Raises: NotFound: it is not theirs, or there is none."""
    found = session.exec(select(StaffNotice).where(StaffNotice.id == notice_id, _concerns(reader))).one_or_none()
    if found is None:
        raise NotFound(f"no notice of yours has the id {notice_id}")
    wanted = select(StaffNotice.id).where(
        StaffNotice.subject_type == found.subject_type, StaffNotice.subject_id == found.subject_id, _concerns(reader)
    )
    for same in session.exec(wanted).all():
        session.merge(NoticeRead(user_id=reader.user_id, notice_id=same, read_at=max(now, found.at)))
    record(session, NoticesRead(0, found.id), actor=reader.name, now=now)


def mark_all_read(session: Session, reader: Reader, now: datetime) -> None:
    session.merge(NoticeMark(user_id=reader.user_id, read_until=now))
    record(session, NoticesRead(0, 0), actor=reader.name, now=now)


def forget_old(session: Session, now: datetime) -> int:
    """Delete what nothing has happened to for a month, and the reading of it; returns how many."""
    old = select(col(StaffNotice.id)).where(StaffNotice.at < now - KEEP)
    session.exec(delete(NoticeRead).where(col(NoticeRead.notice_id).in_(old)))
    return session.exec(delete(StaffNotice).where(col(StaffNotice.at) < now - KEEP)).rowcount


def _standing(session: Session, incident: Incident) -> list[StaffNotice]:
    wanted = select(StaffNotice).where(
        StaffNotice.subject_type == incident.subject, StaffNotice.subject_id == incident.id
    )
    return list(session.exec(wanted.with_for_update()))


def _concerns(reader: Reader) -> ColumnElement[bool]:
    return or_(col(StaffNotice.role) == reader.role, col(StaffNotice.person) == reader.name)


def _is_unread(session: Session, reader: Reader) -> ColumnElement[bool]:
    mark = session.get(NoticeMark, reader.user_id)
    read = exists().where(
        and_(
            col(NoticeRead.user_id) == reader.user_id,
            col(NoticeRead.notice_id) == StaffNotice.id,
            col(NoticeRead.read_at) >= col(StaffNotice.at),
        )
    )
    unread = and_(col(StaffNotice.asks), ~read)
    return and_(unread, col(StaffNotice.at) > mark.read_until) if mark else unread
