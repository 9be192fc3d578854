"""Which photos show the goods of a case? The row of each; the picture itself lies beside the database, by its hash."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.aftersale import AftersaleEvent, case_of
from orderhub.kernel.columns import BigId, Moment, own_id
from orderhub.kernel.errors import NotFound, RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import shown_text
from orderhub.kernel.sight import find

MOST_OF_A_CASE = 12


class Photo(SQLModel, table=True):
    """``sha256`` is of the bytes that are kept and served; ``name`` is what the file was called, for people only."""

    __table_args__ = (UniqueConstraint("aftersale_id", "sha256"),)

    id: int = own_id()
    aftersale_id: int = Field(foreign_key="aftersale.id", sa_type=BigId)
    sha256: str = Field(max_length=64)
    size_bytes: int = Field(sa_type=BigId)
    width: int
    height: int
    mime: str = Field(max_length=32)
    name: str = Field(default="", max_length=200)
    by: str = Field(max_length=64)
    at: datetime = Field(sa_type=Moment)


class TooManyPhotos(RuleBroken):
    code = "too_many_photos"


@dataclass(frozen=True)
class PhotoTaken(AftersaleEvent):
    photo_id: int


@dataclass(frozen=True)
class Picture:
    """A photo as it is kept: its bytes, and what they are."""

    content: bytes
    sha256: str
    width: int
    height: int
    mime: str


def add_photo(session: Session, case_id: int, picture: Picture, name: str, *, by: str, now: datetime) -> Photo:
    """Safe to repeat: the same picture is one photo of the case.

    Raises:
        NotFound: there is no such case. TooManyPhotos: it has ``MOST_OF_A_CASE``.
    """
    _, case = case_of(session, case_id)
    wanted = select(Photo).where(Photo.aftersale_id == case_id, Photo.sha256 == picture.sha256)
    if standing := session.exec(wanted).one_or_none():
        return standing
    count = select(func.count()).select_from(Photo).where(Photo.aftersale_id == case_id)
    if session.exec(count).one() >= MOST_OF_A_CASE:
        raise TooManyPhotos(f"a case has at most {MOST_OF_A_CASE} photos", most=str(MOST_OF_A_CASE))
    made = Photo(
        aftersale_id=case_id,
        sha256=picture.sha256,
        size_bytes=len(picture.content),
        width=picture.width,
        height=picture.height,
        mime=picture.mime,
        name=shown_text(name, 200),
        by=by,
        at=now,
    )
    session.add(made)
    session.flush()
    record(session, PhotoTaken(case.id, case.order_id, made.id), actor=by, now=now)
    return made


def photos_of(session: Session, case_id: int) -> list[Photo]:
    """Oldest first."""
    return list(session.exec(select(Photo).where(Photo.aftersale_id == case_id).order_by(col(Photo.id))))


def photo_of(session: Session, photo_id: int) -> Photo:
    """Raises: NotFound."""
    found = find(session, Photo, photo_id)
    if found is None:
        raise NotFound(f"there is no photo {photo_id}")
    return found
