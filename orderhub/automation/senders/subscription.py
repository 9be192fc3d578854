"""A tracker is asked to tell of a parcel by itself. Asked twice it says that it does so already: no harm."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from orderhub.automation.outbox import Taken
from orderhub.automation.senders.contract import GO, Verdict
from orderhub.automation.track_sources import source_of
from orderhub.automation.track_subscribing import push_url
from orderhub.automation.track_telling import account_answers, account_refused, tracking_refused
from orderhub.connectors.trackers.contract import TrackWish
from orderhub.domain.track import Track
from orderhub.domain.tracker_account import TrackerAccount
from orderhub.domain.words import UploadProblem, WatchState
from orderhub.intake.tracker_keyring import tracker_line
from orderhub.kernel.db import reading
from orderhub.kernel.errors import PartnerRefused

# Source: contracts/services, section 3: 700 the number or the address, 701 and 702 the carrier.
_PROBLEMS = {
    "700": UploadProblem.WAYBILL_INVALID,
    "701": UploadProblem.CARRIER_UNKNOWN,
    "702": UploadProblem.CARRIER_UNKNOWN,
}


class SubscriptionSender:
    def may_go(self, session: Session, message: Taken) -> Verdict:
        track = session.get_one(Track, message.about_id)
        if track.arrived_at or track.watch is WatchState.OVER:
            return Verdict(UploadProblem.STATUS_FORBIDS, f"{track.tracking_no} has arrived", is_final=True)
        source = source_of(session, track.carrier)
        if source is None or source.about != ("tracker_account", message.addressee.id):
            return Verdict(UploadProblem.STATUS_FORBIDS, "the account tells of its carrier no more", is_final=True)
        return GO

    def send(self, message: Taken) -> None:
        with reading() as session:
            track = session.get_one(Track, message.about_id)
            account = session.get_one(TrackerAccount, message.addressee.id)
        if track.carrier is None:
            raise PartnerRefused(f"{track.tracking_no}: nobody knows its carrier", partner_code="701")
        wish = TrackWish(track.tracking_no, track.carrier, account.phone_tail)
        tracker_line(account).subscribe(wish, push_url(account.kind, account.code))

    def problem_of(self, session: Session, message: Taken, error: PartnerRefused) -> UploadProblem:
        return _PROBLEMS.get(error.partner_code, UploadProblem.REFUSED)

    def kept_back(self, session: Session, message: Taken, verdict: Verdict, now: datetime) -> None:
        """Nothing beyond what the outbox shows."""

    def sent(self, session: Session, message: Taken, answer: Any, now: datetime) -> None:
        """A push may have been quicker than the answer to the subscription: what it said stays."""
        account_answers(session, ("tracker_account", message.addressee.id), now=now)
        track = session.get_one(Track, message.about_id, with_for_update=True, populate_existing=True)
        if track.watch is not WatchState.OVER:
            track.watch = WatchState.WATCHING
            session.add(track)

    def refused(
        self, session: Session, message: Taken, problem: UploadProblem, partner_code: str, now: datetime
    ) -> None:
        said = f"{problem.said} {partner_code}".strip()
        tracking_refused(session, message.number, said, now=now)

    def locked_out(self, session: Session, message: Taken, reason: str, now: datetime) -> None:
        """Until the account has new keys (workflows/resume_tracker.py)."""
        account = session.get_one(TrackerAccount, message.addressee.id)
        account_refused(session, ("tracker_account", account.id), account.name, reason, now=now)
