"""Which reports are sent by themselves, to whom and when? A schedule says so; each slot is a run with its files."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, LargeBinary, Session, SQLModel, col, delete, select

from orderhub.domain.robot import robot_of
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.columns import BigId, Json, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text

MOST_MAILS = 20

_LONGEST_NAME = 64
LONGEST_READER = 300
LONGEST_CODE = 64
_DAYS = range(8)
_MINUTES = range(24 * 60)
# For its shape only: whether somebody reads it, only a mail shows.
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z0-9-]{2,63}", re.ASCII)


class SchedulePeriod(StrEnum):
    """Whole days before the day of the slot."""

    YESTERDAY = "yesterday"
    WEEK = "week"  # Monday to Sunday
    MONTH = "month"

    def days(self, slot_day: date) -> tuple[date, date]:
        """First and last."""
        if self is SchedulePeriod.YESTERDAY:
            return slot_day - timedelta(days=1), slot_day - timedelta(days=1)
        if self is SchedulePeriod.WEEK:
            monday = slot_day - timedelta(days=slot_day.weekday())
            return monday - timedelta(days=7), monday - timedelta(days=1)
        last = slot_day.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last


class ScheduleOff(StrEnum):
    """Why the hub switched one off."""

    NOT = "not"
    OWNER_GONE = "owner_gone"
    OWNER_LACKS = "owner_lacks"


class ReportFailure(StrEnum):
    """Why the newest sending has not arrived."""

    NONE = "none"
    NOT_MADE = "not_made"  # its files, at the last try
    CUT_OFF = "cut_off"  # whoever made its files died, again and again
    ASKER_LACKS = "asker_lacks"  # whoever asked for it may not any more
    MAIL_SETTINGS = "mail_settings"  # the server, its user or password: until a person says that it is mended
    MAIL_REFUSED = "mail_refused"
    CHAT_SETTINGS = "chat_settings"  # the robot's keys
    CHAT_REFUSED = "chat_refused"
    CHAT_OFF = "chat_off"
    UNREACHABLE = "unreachable"  # for a day
    HUB_FAILED = "hub_failed"


class ReportSchedule(SQLModel, table=True):
    """``weekday`` 1 is Monday, 0: every day; ``at_minute`` counts from midnight in Shanghai.

    It sees what its owner sees when it is sent. ``robot_id`` 0: none; ``off`` says why the hub itself switched it off,
    ``failure`` why the newest sending has not arrived, ``failure_at`` at whom, ``failure_code`` what they call it.
    """

    __tablename__ = "report_schedule"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    name: str = Field(max_length=_LONGEST_NAME)
    reports: list[str] = Field(default_factory=list, sa_type=Json)
    period: SchedulePeriod = Field(sa_type=word(SchedulePeriod))
    weekday: int
    at_minute: int
    mails: list[str] = Field(default_factory=list, sa_type=Json)
    robot_id: int = Field(default=0, sa_type=BigId)
    lang: str = Field(max_length=2)
    owner_id: int = Field(sa_type=BigId)
    owner: str = Field(max_length=64)
    is_on: bool = True
    off: ScheduleOff = Field(default=ScheduleOff.NOT, sa_type=word(ScheduleOff))
    next_at: datetime = Field(sa_type=Moment, index=True)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    failure: ReportFailure = Field(default=ReportFailure.NONE, sa_type=word(ReportFailure))
    failure_at: str = Field(default="", max_length=LONGEST_READER)
    failure_code: str = Field(default="", max_length=LONGEST_CODE)


class ReportRun(SQLModel, table=True):
    """One sending. ``is_asked``: a person wanted it now; ``owner_id`` is through whose eyes it is made.

    ``done_at`` is when its files were made and its messages owed, or when it was given up; ``figures`` are
    (name, value) for who takes no file.
    """

    __tablename__ = "report_run"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("schedule_id", "slot_at", "is_asked"),)

    id: int = own_id()
    schedule_id: int = Field(sa_type=BigId)
    slot_at: datetime = Field(sa_type=Moment)
    is_asked: bool = False
    owner_id: int = Field(sa_type=BigId)
    owner: str = Field(max_length=64)
    mails: list[str] = Field(default_factory=list, sa_type=Json)
    robot_id: int = Field(default=0, sa_type=BigId)
    tries: int = 0
    done_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    title: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=300)
    figures: list[list[str]] = Field(default_factory=list, sa_type=Json)
    workbook: bytes = Field(default=b"", sa_type=LargeBinary)
    picture: bytes = Field(default=b"", sa_type=LargeBinary)


NO_FAILURE = {"failure": ReportFailure.NONE, "failure_at": "", "failure_code": ""}


@dataclass(frozen=True)
class ScheduleDraft:
    """What a person says; with the ``id`` of one that stands it is changed, and is theirs from then on."""

    name: str
    reports: Sequence[str]
    period: SchedulePeriod
    weekday: int
    at_minute: int
    mails: Sequence[str] = ()
    robot_id: int = 0
    lang: str = "zh"
    id: int = 0


@dataclass(frozen=True)
class Owner:
    id: int
    name: str


@dataclass(frozen=True)
class ReportScheduleEvent(Happening):
    subject_type: ClassVar[str] = "report_schedule"
    name: str


@dataclass(frozen=True)
class ReportScheduleSet(ReportScheduleEvent):
    """It was added or changed; ``mails`` counts addresses, which stand in no log."""

    reports: tuple[str, ...]
    period: str
    mails: int
    robot_id: int


@dataclass(frozen=True)
class ReportScheduleSwitched(ReportScheduleEvent):
    """``reason`` says why the hub itself switched it off."""

    is_on: bool
    reason: str


@dataclass(frozen=True)
class ReportScheduleRemoved(ReportScheduleEvent):
    pass


@dataclass(frozen=True)
class ReportScheduleAsked(ReportScheduleEvent):
    """A person wants it sent now."""


@dataclass(frozen=True)
class ReportsSent(ReportScheduleEvent):
    """Figures have left the hub: ``messages`` were owed, of ``rows``, as ``owner`` sees them."""

    owner: str
    rows: int
    messages: int


def slot_after(weekday: int, at_minute: int, now: datetime) -> datetime:
    day = now.astimezone(SHANGHAI).date()
    while (found := _slot(day, at_minute)) <= now or (weekday and day.isoweekday() != weekday):
        day += timedelta(days=1)
    return found


def slot_before(weekday: int, at_minute: int, now: datetime) -> datetime:
    """The newest one that is not in the future."""
    day = now.astimezone(SHANGHAI).date()
    while (found := _slot(day, at_minute)) > now or (weekday and day.isoweekday() != weekday):
        day -= timedelta(days=1)
    return found


def schedules(session: Session) -> list[ReportSchedule]:
    return list(session.exec(select(ReportSchedule).order_by(col(ReportSchedule.id))))


def schedule_of(session: Session, schedule_id: int, *, lock: bool = False) -> ReportSchedule:
    """Raises: NotFound."""
    found = session.get(ReportSchedule, schedule_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NotFound(f"no report schedule has the id {schedule_id}")
    return found


def read_mails(text: str) -> list[str]:
    """Addresses as a person types them, between commas, semicolons or spaces; each once.

    Raises:
        BadInput: one has not the shape of an address, or there are too many.
    """
    found = list(dict.fromkeys(one for one in re.split(r"[\s,;，；、]+", text) if one))
    wrong = next((one for one in found if not _MAIL.fullmatch(one)), None)
    if wrong is not None:
        raise BadInput(f"mails: {wrong[:80]!r} is no address", field="mails", problem="schedule_mail")
    if len(found) > MOST_MAILS:
        raise BadInput(f"mails: {MOST_MAILS} at most", field="mails", problem="schedule_mails")
    return found


def set_schedule(session: Session, draft: ScheduleDraft, owner: Owner, *, now: datetime) -> ReportSchedule:
    """Keep it, switched on; whoever changes it owns it, since it goes where they say with what they see.

    Raises:
        NotFound: there is no schedule or robot of that id.
        BadInput: the field is named.
    """
    name = clean_text(draft.name, most=_LONGEST_NAME, field="name")
    if not name:
        raise BadInput("name: say what it is called", field="name", problem="schedule_name")
    if not draft.reports:
        raise BadInput("reports: choose one", field="reports", problem="schedule_reports")
    if not draft.mails and not draft.robot_id:
        raise BadInput("mails: say who gets it", field="mails", problem="schedule_nobody")
    if draft.weekday not in _DAYS or draft.at_minute not in _MINUTES:
        raise BadInput("at: a time of the day", field="at", problem="schedule_time")
    if draft.robot_id:
        robot_of(session, draft.robot_id)
    facts = {
        "name": name,
        "reports": list(draft.reports),
        "period": draft.period,
        "weekday": draft.weekday,
        "at_minute": draft.at_minute,
        "mails": read_mails(" ".join(draft.mails)),
        "robot_id": draft.robot_id,
        "lang": draft.lang,
        "owner_id": owner.id,
        "owner": owner.name,
        "is_on": True,
        "off": ScheduleOff.NOT,
        **NO_FAILURE,
        "next_at": slot_after(draft.weekday, draft.at_minute, now),
    }
    kept = schedule_of(session, draft.id, lock=True) if draft.id else ReportSchedule(**facts)
    kept.sqlmodel_update(facts)
    session.add(kept)
    session.flush()
    told = ReportScheduleSet(kept.id, name, tuple(kept.reports), kept.period, len(kept.mails), kept.robot_id)
    record(session, told, actor=owner.name, now=now)
    return kept


def switch_schedule(
    session: Session, schedule_id: int, *, is_on: bool, off: ScheduleOff = ScheduleOff.NOT, by: str, now: datetime
) -> None:
    """Switched on, its next slot is the next one from now. Safe to repeat. Raises: NotFound."""
    kept = schedule_of(session, schedule_id, lock=True)
    if kept.is_on is is_on:
        return
    kept.is_on, kept.off = is_on, off
    kept.next_at = slot_after(kept.weekday, kept.at_minute, now)
    session.add(kept)
    record(session, ReportScheduleSwitched(kept.id, kept.name, is_on, off), actor=by, now=now)


def remove_schedule(session: Session, schedule_id: int, *, by: str, now: datetime) -> None:
    """With its files: what of it has not left yet never does. Raises: NotFound."""
    kept = schedule_of(session, schedule_id, lock=True)
    record(session, ReportScheduleRemoved(kept.id, kept.name), actor=by, now=now)
    session.exec(delete(ReportRun).where(col(ReportRun.schedule_id) == kept.id))
    session.delete(kept)


def _slot(day: date, at_minute: int) -> datetime:
    return datetime.combine(day, time(*divmod(at_minute, 60)), SHANGHAI)
