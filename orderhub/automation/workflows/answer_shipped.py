"""A refund before shipping came when its goods had left: refused by rule, or customer service hears of it at once."""

from datetime import timedelta

from sqlmodel import Session, col, select

from orderhub.automation.answering import may_answer
from orderhub.domain.aftersale import Aftersale, case_of
from orderhub.domain.interception import RefundHeard
from orderhub.domain.refund_answer import AnsweredAlready
from orderhub.domain.shipped_refusal import is_on_its_way, refuse_as_shipped
from orderhub.domain.task import Task, TaskKind, TaskStatus, open_task
from orderhub.domain.words import RefundDecision
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import Event, kind_of

KINDS = frozenset({kind_of(RefundHeard)})
_TIME_ALLOWED = timedelta(minutes=30)


def run(session: Session, event: Event) -> str:
    """Safe to repeat: an answer stands once, and so does the task."""
    order, case = case_of(session, event.subject_id)
    if not is_on_its_way(session, order, case):
        return "in time, or over"
    why = "switched off"
    if RefundDecision.REFUSE in may_answer(case):
        try:
            if refuse_as_shipped(session, case.id, now=event.at):
                return "refused as shipped"
        except AnsweredAlready as error:
            return str(error)
        except RuleBroken as error:
            why = str(error)
    return f"{_ask_service(session, case, event)}: {why}"


def _ask_service(session: Session, case: Aftersale, event: Event) -> str:
    about = (Task.subject_type == "aftersale", Task.subject_id == case.id)
    standing = select(Task.id).where(*about, Task.kind == TaskKind.AFTERSALE_TICKET)
    if session.exec(standing.where(col(Task.status) != TaskStatus.CLOSED).limit(1)).first():
        return "customer service knows"
    open_task(
        session,
        TaskKind.AFTERSALE_TICKET,
        title=f"{case.channel_refund_no} 申请退款时货已发出：拦截包裹，或按已发货拒绝",
        about=("aftersale", case.id),
        role="service",
        due_at=min(case.deadline or event.at + _TIME_ALLOWED, event.at + _TIME_ALLOWED),
        now=event.at,
    )
    return "a task for customer service"
