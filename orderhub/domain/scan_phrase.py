"""Which sentences of carriers are not understood, and what has the merchant said that they mean?"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, func, select, update

from orderhub.domain.scan_node import folded
from orderhub.domain.words import Carrier, ScanNode
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.eventlog import Happening

MOST_WORDS = 200
# Whoever writes nonsense into tracks fills a page, not a disk.
MOST_UNKNOWN = 2000


class ScanPhrase(SQLModel, table=True):
    """``words`` are folded. ``is_taught`` is False while nobody has said what they mean; ``node`` None moves nothing.

    ``met_count`` counts scans, ``seen_at`` is the last one's moment and ``tracking_no`` its parcel.
    """

    __tablename__ = "scan_phrase"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("words"),)

    id: int = own_id()
    words: str = Field(max_length=MOST_WORDS)
    carrier: Carrier | None = Field(default=None, sa_type=word(Carrier))
    node: ScanNode | None = Field(default=None, sa_type=word(ScanNode))
    is_taught: bool = Field(default=False, index=True)
    met_at: datetime = Field(sa_type=Moment)
    met_count: int = Field(default=1, sa_type=BigId)
    seen_at: datetime = Field(sa_type=Moment)
    tracking_no: str = Field(default="", max_length=64)
    taught_by: str = Field(default="", max_length=64)


@dataclass(frozen=True)
class PhraseTaught(Happening):
    subject_type: ClassVar[str] = "scan_phrase"
    words: str
    node: str


@dataclass(frozen=True)
class PhraseForgotten(Happening):
    subject_type: ClassVar[str] = "scan_phrase"
    words: str


@dataclass(frozen=True)
class RereadDue(Happening):
    """More tracks are to be read again: those whose id is beyond ``after``."""

    subject_type: ClassVar[str] = "scan_phrase"
    after: int


def taught_phrases(session: Session) -> dict[str, ScanNode | None]:
    rows = session.exec(select(ScanPhrase.words, ScanPhrase.node).where(ScanPhrase.is_taught))
    return {words: ScanNode(node) if node else None for words, node in rows}


def taught_ids(session: Session) -> dict[str, int]:
    """By their words."""
    return dict(session.exec(select(ScanPhrase.words, ScanPhrase.id).where(ScanPhrase.is_taught)).all())


def note_unknown(
    session: Session, text: str, carrier: Carrier | None, *, now: datetime, tracking_no: str = ""
) -> int | None:
    """Keep a sentence nobody has taught, once, and count it; returns its phrase, None where it is not kept."""
    words = folded(text)[:MOST_WORDS]
    if not words:
        return None
    known = update(ScanPhrase).where(col(ScanPhrase.words) == words)
    counted = known.values(met_count=ScanPhrase.met_count + 1, seen_at=now, tracking_no=tracking_no[:64])
    wanted = select(ScanPhrase.id).where(ScanPhrase.words == words)
    if session.exec(counted).rowcount:
        return session.exec(wanted).one()
    waiting = select(func.count()).select_from(ScanPhrase).where(~col(ScanPhrase.is_taught))
    if session.exec(waiting).one() >= MOST_UNKNOWN:
        return None
    made = ScanPhrase(words=words, carrier=carrier, met_at=now, seen_at=now, tracking_no=tracking_no[:64])
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # another worker met it first
        return session.exec(wanted).first()
    return made.id


def unknown_phrases(session: Session, *, limit: int = 100) -> list[ScanPhrase]:
    """What waits to be taught, the most frequent first."""
    wanted = select(ScanPhrase).where(~col(ScanPhrase.is_taught))
    return list(session.exec(wanted.order_by(col(ScanPhrase.met_count).desc(), col(ScanPhrase.id)).limit(limit)))


def taught_list(session: Session, *, limit: int = 200) -> list[ScanPhrase]:
    """Newest first."""
    wanted = select(ScanPhrase).where(ScanPhrase.is_taught).order_by(col(ScanPhrase.id).desc())
    return list(session.exec(wanted.limit(limit)))
