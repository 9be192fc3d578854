"""A tracker account has new keys: what waits for it may go."""

from sqlmodel import Session

from orderhub.automation.addressee import tracker_addressee
from orderhub.automation.outbox import PauseCause, resume
from orderhub.domain.tracker_account import TrackerConnected
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of

KINDS = frozenset({kind_of(TrackerConnected)})


def run(session: Session, event: Event) -> str:
    account, causes = tracker_addressee(event.subject_id), (PauseCause.UNAUTHORISED,)
    resumed = resume(session, account, causes=causes, by=SYSTEM, now=event.at)
    return "resumed" if resumed else "was not paused"
