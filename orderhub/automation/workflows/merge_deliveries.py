"""A delivery has been planned: it leaves with others to the same receiver, where the merchant wants that."""

from sqlmodel import Session

from orderhub.domain.delivery import DeliveryPlanned
from orderhub.domain.merge_partners import join_partner
from orderhub.domain.merging import CannotMerge
from orderhub.kernel.eventlog import Event, kind_of

KINDS = frozenset({kind_of(DeliveryPlanned)})


def run(session: Session, event: Event) -> str:
    """Safe to repeat: what was merged is not merged again."""
    try:
        return join_partner(session, event.subject_id, now=event.at)
    except CannotMerge as error:  # its partner was packed or labelled meanwhile
        return f"apart: {error}"
