"""A case moved, or its goods have left: what it sends follows, and where a channel decides somebody has to tell it.

No public page says how a platform is told the waybill of an exchange or a resend: a person does it in its back office,
and has a task until the platform has closed the case.
"""

from datetime import timedelta

from sqlmodel import Session, col, select

from orderhub.domain import task as tasks
from orderhub.domain.aftersale import Aftersale, StageMoved
from orderhub.domain.aftersale_life import ENDED
from orderhub.domain.order import Shipment
from orderhub.domain.replacement import ReplacementSent, follow
from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.domain.words import AftersaleKind
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of

KINDS = frozenset({kind_of(StageMoved), kind_of(ReplacementSent)})
_TIME_ALLOWED = timedelta(hours=24)


def run(session: Session, event: Event) -> str:
    """Safe to repeat: what was taken back or told is not taken back or told again."""
    done = follow(session, event.subject_id, now=event.at)
    case = session.get_one(Aftersale, event.subject_id)
    if case.status in ENDED:
        for task in _open_tasks(session, case.id):
            tasks.close(session, task, by=SYSTEM, now=event.at, result=f"the case is {case.status}")
        return done
    if event.kind == kind_of(ReplacementSent) and not case.is_ours:
        return _ask_to_tell(session, case, event)
    return done


def _ask_to_tell(session: Session, case: Aftersale, event: Event) -> str:
    parcel = session.get(Shipment, event.body["shipment_id"])
    if parcel is None:
        return "the parcel was recalled"
    what = "换货" if case.kind is AftersaleKind.EXCHANGE else "补发"
    title = f"{case.channel_refund_no}: 到平台后台填{what}运单 {parcel.carrier_name} {parcel.tracking_no}"
    if any(task.title == title for task in _open_tasks(session, case.id)):
        return "asked already"
    tasks.open_task(
        session,
        TaskKind.REPLACEMENT_TO_TELL,
        title=title,
        about=("aftersale", case.id),
        role="service",
        due_at=case.deadline or event.at + _TIME_ALLOWED,
        now=event.at,
    )
    return "somebody has to tell the channel"


def _open_tasks(session: Session, case_id: int) -> list[Task]:
    wanted = select(Task).where(
        Task.kind == TaskKind.REPLACEMENT_TO_TELL,
        Task.subject_type == "aftersale",
        Task.subject_id == case_id,
        col(Task.status) != TaskStatus.CLOSED,
    )
    return list(session.exec(wanted.order_by(col(Task.id)).with_for_update()))
