"""Something is a role's: who of them takes it, by the rules of assignment and by who is here?"""

from sqlmodel import Session

from orderhub.domain.anomaly import AnomalyOpened, AnomalyReopened
from orderhub.domain.assigning import assign_anomaly, assign_task
from orderhub.domain.task import TaskOpened
from orderhub.kernel.clock import utc_now
from orderhub.kernel.eventlog import Event, kind_of

KINDS = frozenset({kind_of(AnomalyOpened), kind_of(AnomalyReopened), kind_of(TaskOpened)})


def run(session: Session, event: Event) -> str:
    """Safe to repeat: what somebody has is not given again. Who is here is asked now, not when it happened."""
    give = assign_task if event.subject_type == TaskOpened.subject_type else assign_anomaly
    person = give(session, event.subject_id, utc_now())
    return f"given to {person}" if person else "stays with its role"
