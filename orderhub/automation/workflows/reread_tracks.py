"""A carrier's sentence was taught or forgotten: the parcels it was said of are read again, so many at once."""

from sqlmodel import Session

from orderhub.domain.phrase_teaching import reread
from orderhub.domain.scan_phrase import PhraseForgotten, PhraseTaught, RereadDue
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of, record

KINDS = frozenset({kind_of(PhraseTaught), kind_of(PhraseForgotten), kind_of(RereadDue)})


def run(session: Session, event: Event) -> str:
    """Safe to repeat."""
    after = event.body.get("after", 0)
    last = reread(session, event.subject_id, after=after, by=SYSTEM, now=event.at)
    if last is None:
        return "all read"
    record(session, RereadDue(event.subject_id, last), actor=SYSTEM, now=event.at)
    return f"read up to {last}"
