"""Which sentences of carriers are not understood, and what has the merchant said that they mean?"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.scan_node import folded
from orderhub.domain.words import Carrier, ScanNode
from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, record

MOST_WORDS = 200
_LEAST_WORDS = 2


class ScanPhrase(SQLModel, table=True):
    """``words`` are folded. ``is_taught`` is False while nobody has said what they mean; None moves nothing."""

    __tablename__ = "scan_phrase"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("words"),)

    id: int = own_id()
    words: str = Field(max_length=MOST_WORDS)
    carrier: Carrier | None = Field(default=None, sa_type=word(Carrier))
    node: ScanNode | None = Field(default=None, sa_type=word(ScanNode))
    is_taught: bool = Field(default=False, index=True)
    met_at: datetime = Field(sa_type=Moment)
    taught_by: str = Field(default="", max_length=64)


@dataclass(frozen=True)
class PhraseTaught(Happening):
    subject_type: ClassVar[str] = "scan_phrase"
    words: str
    node: str


def taught_phrases(session: Session) -> dict[str, ScanNode | None]:
    rows = session.exec(select(ScanPhrase.words, ScanPhrase.node).where(ScanPhrase.is_taught))
    return {words: ScanNode(node) if node else None for words, node in rows}


def note_unknown(session: Session, text: str, carrier: Carrier | None, *, now: datetime) -> None:
    """Keep a sentence nobody has taught, once."""
    words = folded(text)[:MOST_WORDS]
    if words and session.exec(select(ScanPhrase.id).where(ScanPhrase.words == words)).first() is None:
        try:
            with session.begin_nested():
                session.add(ScanPhrase(words=words, carrier=carrier, met_at=now))
        except IntegrityError:  # another worker met it first
            return


def unknown_phrases(session: Session, *, limit: int = 100) -> list[ScanPhrase]:
    """What waits to be taught, the longest waiting first."""
    wanted = select(ScanPhrase).where(~col(ScanPhrase.is_taught)).order_by(col(ScanPhrase.id))
    return list(session.exec(wanted.limit(limit)))


def teach(session: Session, phrase_id: int, words: str, node: ScanNode | None, *, by: str, now: datetime) -> ScanPhrase:
    """From now on a sentence with ``words`` in it means ``node``. ``words`` may be a part of what was met.

    Raises:
        NotFound: there is no such phrase.
        BadInput: the words are too few to mean anything, or stand in no sentence that was met.
    """
    standing = session.get(ScanPhrase, phrase_id, with_for_update=True)
    if standing is None:
        raise NotFound(f"no phrase has the id {phrase_id}")
    said = folded(words)[:MOST_WORDS]
    if len(said) < _LEAST_WORDS:
        raise BadInput("words: give at least two characters", field="words", problem="missing")
    if said not in standing.words:
        raise BadInput("words: take them from the sentence that was met", field="words", problem="not_in_sentence")
    same = session.exec(select(ScanPhrase).where(ScanPhrase.words == said)).one_or_none()
    taught = same or standing
    if taught is not standing:
        session.delete(standing)
        session.flush()
    taught.words, taught.node, taught.is_taught, taught.taught_by = said, node, True, by
    session.add(taught)
    session.flush()
    record(session, PhraseTaught(taught.id, said, node or ""), actor=by, now=now)
    return taught
