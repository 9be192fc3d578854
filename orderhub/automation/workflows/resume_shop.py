"""A shop is authorised again: what waits for its channel may go."""

from sqlmodel import Session

from orderhub.automation.addressee import shop_addressee
from orderhub.automation.outbox import PauseCause, resume
from orderhub.domain.shop import ShopConnected, ShopTokenRenewed
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of

KINDS = frozenset({kind_of(ShopConnected), kind_of(ShopTokenRenewed)})


def run(session: Session, event: Event) -> str:
    shop, causes = shop_addressee(event.subject_id), (PauseCause.UNAUTHORISED,)
    resumed = resume(session, shop, causes=causes, by=SYSTEM, now=event.at)
    return "resumed" if resumed else "was not paused"
