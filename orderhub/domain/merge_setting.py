"""Should deliveries to one receiver leave as one parcel by themselves, and how near must they have been paid?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel

from orderhub.kernel.columns import Moment, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, Was, before, record

_ONLY = 1
_MOST_MINUTES = 7 * 24 * 60


class MergeMode(StrEnum):
    OFF = "off"  # 不合单
    SUGGEST = "suggest"  # 提示人工合单
    AUTO = "auto"  # 自动合单


class MergeSetting(SQLModel, table=True):
    """The merchant's one row; orders paid within ``buffer_minutes`` of each other may leave as one parcel."""

    __tablename__ = "merge_setting"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=_ONLY, primary_key=True)
    mode: MergeMode = Field(default=MergeMode.SUGGEST, sa_type=word(MergeMode))
    buffer_minutes: int = 120
    changed_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def buffer(self) -> timedelta:
        return timedelta(minutes=self.buffer_minutes)


@dataclass(frozen=True)
class MergeSettingChanged(Happening):
    subject_type: ClassVar[str] = "merge_setting"
    mode: str
    buffer_minutes: int
    was: Was | None = None


def merge_setting(session: Session) -> MergeSetting:
    """As it is set, else as it is before anybody sets it: suggested, within two hours."""
    return session.get(MergeSetting, _ONLY) or MergeSetting()


def set_merging(session: Session, mode: str, buffer_minutes: int, *, by: str, now: datetime) -> None:
    """Raises: BadInput: no such mode, or no time that can be."""
    if mode not in list(MergeMode):
        raise BadInput(f"mode: there is no {mode[:16]!r}", field="mode", problem="no_merge_mode")
    if not 1 <= buffer_minutes <= _MOST_MINUTES:
        raise BadInput("buffer_minutes: 1 to 10,080", field="buffer_minutes", problem="absurd_buffer")
    was = before(merge_setting(session), "mode", "buffer_minutes")
    session.merge(MergeSetting(id=_ONLY, mode=MergeMode(mode), buffer_minutes=buffer_minutes, changed_at=now))
    record(session, MergeSettingChanged(_ONLY, mode, buffer_minutes, was), actor=by, now=now)
