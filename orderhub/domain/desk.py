"""What do people do about what is wrong and what is to be done? They take it, hand it over, end it, open it again."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain import anomaly as anomalies
from orderhub.domain import task as tasks
from orderhub.domain.anomaly import Anomaly, AnomalyTaken, open_again, standing_anomaly, tasks_of, why
from orderhub.domain.task import ENDS_BY_ITSELF, Task, TaskKind, TaskStatus
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.sight import find

MOST_AT_ONCE = 500

# Of these whose it is belongs to what they are about: the ticket, the finance review.
_LED_ELSEWHERE = frozenset({TaskKind.REFUND_REVIEW})
_TICKET = "ticket"


class AlreadyTaken(RuleBroken):
    code = "already_taken"


class NotYours(RuleBroken):
    code = "not_yours"


class StillOpen(RuleBroken):
    code = "still_open"


class TaskOver(RuleBroken):
    code = "task_over"


class DoneElsewhere(RuleBroken):
    code = "done_elsewhere"


@dataclass(frozen=True)
class Hand:
    """Who acts; a lead has a hand in every role's work, others in their own role's."""

    name: str
    role: str
    is_lead: bool = False


def take(session: Session, anomaly_id: int, hand: Hand, now: datetime) -> None:
    """``hand`` does it from now on, and its task; the role that answers for it stays. Safe to repeat.

    Raises:
        AlreadyTaken: somebody else does it, and ``hand`` is no lead.
        NotYours: it is another role's.
        NotFound, AlreadyResolved: it is not there, or over.
    """
    found = standing_anomaly(session, anomaly_id)
    if found.owner == hand.name:
        return
    _check_free(found.owner_role, found.owner, hand)
    found.owner, found.assigned_at = hand.name, now
    session.add(found)
    record(session, AnomalyTaken(found.id, found.kind, found.order_id or 0, hand.name), actor=hand.name, now=now)
    for task in tasks_of(session, found):
        _give_to(session, task, hand, now)


def hand_over(
    session: Session, anomaly_id: int, hand: Hand, *, role: str, person: str = "", reason: str, now: datetime
) -> None:
    """To ``role``, and to ``person`` of it where one is named; ``domain/anomaly.py`` says the rest.

    Raises:
        NotYours: it is neither ``hand``'s nor their role's.
        BadInput: no reason, or it is theirs already.
        NotFound, AlreadyResolved: it is not there, or over.
    """
    found = standing_anomaly(session, anomaly_id)
    _check_hand(found.owner_role, found.owner, hand)
    _check_moves((found.owner_role, found.owner), (role, person))
    anomalies.hand_over(session, anomaly_id, role=role, person=person, reason=reason, by=hand.name, now=now)


def reopen(session: Session, anomaly_id: int, *, reason: str, by: str, now: datetime) -> None:
    """A person says that it was never over.

    Raises:
        BadInput: no reason is given.
        NotFound: there is no such anomaly.
        StillOpen: it is open, or a newer one of its kind about the same is.
    """
    because = why(reason, "say why it is not over")
    found = find(session, Anomaly, anomaly_id, lock=True)
    if found is None:
        raise NotFound(f"no anomaly has the id {anomaly_id}")
    if found.resolved_at is None or _has_open(session, found):
        raise StillOpen(f"{found.kind}: is open already")
    open_again(session, found, reason=because, by=by, now=now)


def take_task(session: Session, task_id: int, hand: Hand, now: datetime) -> None:
    """As ``take``; one for an anomaly takes the anomaly with it.

    Raises:
        AlreadyTaken, NotYours: as ``take``.
        DoneElsewhere: whose it is, is said on its own page.
        NotFound, TaskOver: it is not there, or over.
    """
    task = _open_task(session, task_id)
    _check_led_here(task)
    if task.anomaly_id:
        take(session, task.anomaly_id, hand, now)
    elif task.owner != hand.name:
        _check_free(task.owner_role, task.owner, hand)
        _give_to(session, task, hand, now)


def hand_over_task(
    session: Session, task_id: int, hand: Hand, *, role: str, person: str = "", reason: str, now: datetime
) -> None:
    """As ``hand_over``; one for an anomaly takes the anomaly with it.

    Raises:
        BadInput, NotYours: as ``hand_over``.
        DoneElsewhere: whose it is, is said on its own page.
        NotFound, TaskOver: it is not there, or over.
    """
    because = why(reason, "say why somebody else has it from now on")
    task = _open_task(session, task_id)
    _check_led_here(task)
    if task.anomaly_id:
        hand_over(session, task.anomaly_id, hand, role=role, person=person, reason=because, now=now)
        return
    _check_hand(task.owner_role, task.owner, hand)
    _check_moves((task.owner_role, task.owner), (role, person))
    tasks.give(session, task, role=role, person=person, reason=because, by=hand.name, now=now)


def finish_task(session: Session, task_id: int, hand: Hand, *, result: str, now: datetime) -> None:
    """Done, and what came of it; one for an anomaly resolves the anomaly with the same words.

    Raises:
        BadInput: no result is given.
        NotYours: it is neither ``hand``'s nor their role's.
        DoneElsewhere: it ends with what it is about.
        NotFound, TaskOver: it is not there, or over.
    """
    said = why(result, "say what came of it")
    task = _open_task(session, task_id)
    _check_led_here(task)
    if task.kind in ENDS_BY_ITSELF:
        raise DoneElsewhere(f"{task.kind}: ends with what it is about")
    _check_hand(task.owner_role, task.owner, hand)
    if task.anomaly_id and _is_standing(session, task.anomaly_id):
        anomalies.resolve_by_hand(session, task.anomaly_id, reason=said, by=hand.name, now=now)
    if task.status is not TaskStatus.CLOSED:
        tasks.close(session, task, by=hand.name, now=now, result=said)


def is_done_elsewhere(task: Task) -> bool:
    """A page of its own leads it, and ends it."""
    return task.kind in ENDS_BY_ITSELF or _is_led_elsewhere(task)


def _check_free(role: str, owner: str, hand: Hand) -> None:
    _check_hand(role, owner, hand)
    if owner and owner != hand.name and not hand.is_lead:
        raise AlreadyTaken(f"{owner} does it", who=owner)


def _check_hand(role: str, owner: str, hand: Hand) -> None:
    if not (hand.is_lead or hand.name == owner or hand.role == role):
        raise NotYours(f"it is {role}'s")


def _check_moves(standing: tuple[str, str], wanted: tuple[str, str]) -> None:
    if standing == wanted:
        raise BadInput("role: it is theirs already", field="role", problem="handover_same")


def _check_led_here(task: Task) -> None:
    if _is_led_elsewhere(task):
        raise DoneElsewhere(f"{task.kind}: is led on its own page")


def _is_led_elsewhere(task: Task) -> bool:
    return task.kind in _LED_ELSEWHERE or task.subject_type == _TICKET


def _give_to(session: Session, task: Task, hand: Hand, now: datetime) -> None:
    if task.status is TaskStatus.OPEN:
        tasks.claim(session, task, by=hand.name, now=now)
    else:
        tasks.give(session, task, role=task.owner_role, person=hand.name, by=hand.name, now=now)


def _open_task(session: Session, task_id: int) -> Task:
    task = find(session, Task, task_id, lock=True)
    if task is None:
        raise NotFound(f"no task has the id {task_id}")
    if task.status is TaskStatus.CLOSED:
        raise TaskOver(f"{task.title}: {task.closed_by} has ended it", who=task.closed_by)
    return task


def _is_standing(session: Session, anomaly_id: int) -> bool:
    found = session.get(Anomaly, anomaly_id, with_for_update=True)
    return found is not None and found.resolved_at is None


def _has_open(session: Session, found: Anomaly) -> bool:
    same = (Anomaly.kind == found.kind, Anomaly.subject_type == found.subject_type)
    wanted = select(Anomaly.id).where(*same, Anomaly.subject_id == found.subject_id)
    return session.exec(wanted.where(col(Anomaly.resolved_at).is_(None))).first() is not None
