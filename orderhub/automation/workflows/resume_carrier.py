"""A carrier account has new keys: what waits for its carrier may go."""

from sqlmodel import Session

from orderhub.automation.addressee import carrier_addressee
from orderhub.automation.outbox import PauseCause, resume
from orderhub.domain.carrier_account import CarrierConnected
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of

KINDS = frozenset({kind_of(CarrierConnected)})


def run(session: Session, event: Event) -> str:
    account, causes = carrier_addressee(event.subject_id), (PauseCause.UNAUTHORISED,)
    resumed = resume(session, account, causes=causes, by=SYSTEM, now=event.at)
    return "resumed" if resumed else "was not paused"
