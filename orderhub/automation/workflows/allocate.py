"""An order may be allocated: it is."""

from sqlmodel import Session

from orderhub.domain.allocating import allocate
from orderhub.domain.order import AllocationDue, OrderStatus
from orderhub.domain.review import order_of
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of

KINDS = frozenset({kind_of(AllocationDue)})


def run(session: Session, event: Event) -> str:
    """Safe to repeat: what is allocated is not allocated again."""
    order = order_of(session, event.subject_id)
    if order.status is not OrderStatus.TO_ALLOCATE or order.is_held:
        return f"{order.status}, held" if order.is_held else str(order.status)
    try:
        planned = allocate(session, order, by=SYSTEM, now=event.at)
    except RuleBroken as error:
        return f"waits: {error}"
    return f"{len(planned)} deliveries"
