"""What becomes of parcels once a sentence of their carrier is taught, or forgotten again?

Their scans keep the phrase they are read by, so that they are found and read again, in small portions
(workflows/reread_tracks.py). What a carrier's own code says, or a rule of the hub's, is never read again.
"""

from datetime import datetime

from sqlmodel import Session, col, func, select, update

from orderhub.domain.scan_node import folded, meaning_of
from orderhub.domain.scan_phrase import (
    MOST_WORDS,
    PhraseForgotten,
    PhraseTaught,
    ScanPhrase,
    note_unknown,
    taught_ids,
    taught_phrases,
)
from orderhub.domain.track import Scan, Track, stand
from orderhub.domain.words import ScanNode
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import record

AT_ONCE = 200
_LEAST_WORDS = 2


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
        raise BadInput("words: give at least two characters", field="words", problem="few_words")
    if said not in standing.words:
        raise BadInput("words: take them from the sentence that was met", field="words", problem="not_in_sentence")
    same = session.exec(select(ScanPhrase).where(ScanPhrase.words == said).with_for_update()).one_or_none()
    taught = same or ScanPhrase(words=said, carrier=standing.carrier, met_at=now, met_count=0, seen_at=now)
    taught.node, taught.is_taught, taught.taught_by = node, True, by
    session.add(taught)
    session.flush()
    _gather(session, taught)
    record(session, PhraseTaught(taught.id, said, node or ""), actor=by, now=now)
    return taught


def forget(session: Session, phrase_id: int, *, by: str, now: datetime) -> int:
    """Nobody has said any more what it means; returns how many were forgotten (0 or 1)."""
    phrase = session.get(ScanPhrase, phrase_id, with_for_update=True)
    if phrase is None or not phrase.is_taught:
        return 0
    phrase.node, phrase.is_taught, phrase.taught_by, phrase.met_count = None, False, "", 0
    session.add(phrase)
    record(session, PhraseForgotten(phrase.id, phrase.words), actor=by, now=now)
    return 1


def reread(session: Session, phrase_id: int, *, after: int, by: str, now: datetime) -> int | None:
    """Read the scans of the next ``AT_ONCE`` tracks again; returns the last one's id while there are more.

    Safe to repeat.
    """
    phrase = session.get(ScanPhrase, phrase_id, with_for_update=True)
    if phrase is None:
        return None
    phrases, ids = taught_phrases(session), taught_ids(session)
    # A longer phrase takes over what a shorter one said.
    touched = {phrase_id} | {ids[words] for words in ids if words in phrase.words}
    wanted = select(Scan.track_id).where(col(Scan.phrase_id).in_(touched), Scan.track_id > after)
    track_ids = session.exec(wanted.distinct().order_by(col(Scan.track_id)).limit(AT_ONCE)).all()
    for track_id in track_ids:
        track = session.get_one(Track, track_id, with_for_update=True)
        scans = session.exec(select(Scan).where(Scan.track_id == track_id, col(Scan.phrase_id).in_(touched))).all()
        before = [scan.node for scan in scans]
        for scan in scans:
            meaning = meaning_of(scan.text, phrases)
            scan.node, scan.phrase_id = meaning.node, ids.get(meaning.phrase)
            if not meaning.is_known:
                no = track.tracking_no
                scan.phrase_id = note_unknown(session, scan.text, track.carrier, now=now, tracking_no=no)
            session.add(scan)
        session.flush()
        if [scan.node for scan in scans] != before:
            stand(session, track, 0, by=by, now=now)
    if len(track_ids) == AT_ONCE:
        return track_ids[-1]
    _drop_unused(session, phrase_id)
    return None


def _gather(session: Session, taught: ScanPhrase) -> None:
    """Sentences with its words in them wait no longer; their scans are its own."""
    has_words = col(ScanPhrase.words).contains(taught.words, autoescape=True)
    waiting = session.exec(
        select(ScanPhrase)
        .where(~col(ScanPhrase.is_taught), has_words, ScanPhrase.id != taught.id)
        .order_by(col(ScanPhrase.id))
        .with_for_update()
    ).all()
    session.exec(update(Scan).where(col(Scan.phrase_id).in_([one.id for one in waiting])).values(phrase_id=taught.id))
    for one in waiting:
        taught.met_count += one.met_count
        taught.seen_at = max(taught.seen_at, one.seen_at)
        taught.tracking_no = taught.tracking_no or one.tracking_no
        session.delete(one)
    session.add(taught)
    session.flush()


def _drop_unused(session: Session, phrase_id: int) -> None:
    """Words that were only ever a part of a sentence are no sentence to be taught."""
    phrase = session.get_one(ScanPhrase, phrase_id, populate_existing=True)
    is_used = session.exec(select(func.count()).select_from(Scan).where(Scan.phrase_id == phrase_id)).one()
    if not phrase.is_taught and not is_used:
        session.delete(phrase)
