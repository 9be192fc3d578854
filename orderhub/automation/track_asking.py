"""Which parcels has nobody told of for hours? They are asked after, account by account, on its own quota and pace.

A turn is taken and counted in one transaction, the question waits for the network in none, and what it brings is taken
in another: a process that dies in between has asked once, and asks again at the next turn.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from orderhub.automation.track_sources import Source, sources
from orderhub.automation.track_telling import (
    account_answers,
    account_refused,
    quota_used_up,
    take_answer,
    tracking_refused,
)
from orderhub.connectors.trackers.contract import TrackDraft, TrackWish
from orderhub.domain.track import Track
from orderhub.domain.track_asking import ask_sooner, is_turn, take_turns
from orderhub.intake.lease import reason_of
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import PartnerBanned, PartnerRefused, PartnerUnauthorised, PartnerUnavailable

# Of one account in one run of the clock: what is beyond comes a minute later.
MOST_QUESTIONS = 100
PATIENCE = 3  # misses in a row: an account that does not answer waits for the next run

log = structlog.get_logger()


@dataclass
class Asked:
    """What one account was asked for in one run; ``error`` says why it ended early."""

    name: str
    parcels: int = 0
    scans: int = 0
    refused: int = 0
    missed: int = 0
    error: str = ""


def ask_tracks(now: datetime) -> list[Asked]:
    """Ask after every parcel whose turn has come; an account or a parcel in trouble stops no other."""
    with reading() as session:
        found = sources(session)
    return [_ask_source(source, now) for source in found]


def _ask_source(source: Source, now: datetime) -> Asked:
    asked, missed_in_a_row = Asked(source.name), 0
    for _ in range(MOST_QUESTIONS):
        try:
            tracks = _turns(source, now)
            if not tracks:
                break
            is_answered = _ask(source, tracks, asked, now)
        except Exception as error:  # noqa: BLE001  (one account's trouble never stops the others)
            log.warning("tracks_not_asked", source=source.about[1], error=type(error).__name__)
            asked.error = type(error).__name__
            break
        missed_in_a_row = 0 if is_answered else missed_in_a_row + 1
        if asked.error or missed_in_a_row >= PATIENCE:
            break
    return asked


def _turns(source: Source, now: datetime) -> list[Track]:
    """As many as one question may name; none where nobody waits or the quota is used up."""
    with reading() as session:
        if not is_turn(session, source.carriers, now=now):
            return []
    with transaction() as session:
        if not source.may_call(session, now):
            quota_used_up(session, source, now=now)
            return []
        limit = source.line().numbers_at_once
        return take_turns(session, source.carriers, after=source.ask_after, now=now, limit=limit)


def _ask(source: Source, tracks: list[Track], asked: Asked, now: datetime) -> bool:
    """False where no answer came."""
    numbers = [track.tracking_no for track in tracks]
    wishes = [TrackWish(one.tracking_no, one.carrier, source.phone_tail) for one in tracks if one.carrier]
    asked.parcels += len(tracks)
    try:
        drafts = source.line().ask(wishes)
    except PartnerUnauthorised as error:
        asked.error = reason_of(error)
        with transaction() as session:
            account_refused(session, source.about, source.name, asked.error, now=now)
            ask_sooner(session, numbers, now=now)
        return False
    except PartnerRefused as error:
        if len(tracks) > 1:  # one of them, and nobody says which
            asked.parcels -= len(tracks)
            answered = [_ask(source, [track], asked, now) for track in tracks]
            return all(answered)
        asked.refused += 1
        with transaction() as session:
            tracking_refused(session, numbers[0], reason_of(error), now=now)
        return True
    except PartnerUnavailable as error:
        log.warning("tracks_not_told", source=source.about[1], error=type(error).__name__)
        asked.missed += len(tracks)
        asked.error = reason_of(error) if isinstance(error, PartnerBanned) else ""
        with transaction() as session:
            ask_sooner(session, numbers, now=now)
        return False
    asked.scans += _taken(source, [draft for draft in drafts if draft.tracking_no in numbers], now)
    return True


def _taken(source: Source, drafts: list[TrackDraft], now: datetime) -> int:
    scans = 0
    for draft in drafts:
        with transaction() as session:
            account_answers(session, source.about, now=now)
            scans += take_answer(session, draft, by=source.about[0], now=now)
    return scans
