"""A new anomaly or task is a role's: who of them takes it? Given by a rule, by name, and only to one who is here."""

from datetime import datetime

from sqlmodel import Session

from orderhub.domain import task as tasks
from orderhub.domain.anomaly import Anomaly, hand_over
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.assignment import Facts, PersonBy, Rule, choose_person, decide
from orderhub.domain.assignment_rule import AssignmentRule, active_rules, known_facts
from orderhub.domain.presence import colleagues
from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.kernel.eventlog import SYSTEM


def assign_anomaly(session: Session, anomaly_id: int, now: datetime) -> str:
    """Give it to a person where a rule says how; who got it, or empty. Its role stays. Safe to repeat.

    One that came back stays with whoever had it, as long as they are here.
    """
    standing = session.get(Anomaly, anomaly_id, with_for_update=True)
    if standing is None or standing.resolved_at:
        return ""
    here = colleagues(session, standing.owner_role, now)
    if standing.owner and (not standing.reopened or any(one.is_here for one in here if one.name == standing.owner)):
        return ""
    about, kind = (standing.subject_type, standing.subject_id), AnomalyKind(standing.kind)
    own = active_rules(session)
    facts = Facts(kind, standing.note, standing.severity, standing.channel)
    known = known_facts(session, facts, about, standing.order_id, own)
    rule = decide(known, own, (), asked=standing.owner_role).person_rule
    if rule is None or rule.role not in ("", standing.owner_role):
        return ""
    person = choose_person(standing.owner_role, rule, here)
    if not person:
        return ""
    reason = _reason(rule)
    hand_over(session, anomaly_id, role=standing.owner_role, person=person, reason=reason, by=SYSTEM, now=now)
    _took_turn(session, rule, person)
    return person


def assign_task(session: Session, task_id: int, now: datetime) -> str:
    """As ``assign_anomaly``, for a task of its own: one of an anomaly's goes with that."""
    task = session.get(Task, task_id, with_for_update=True)
    if task is None or task.anomaly_id or task.owner or task.status is not TaskStatus.OPEN:
        return ""
    own = active_rules(session)
    order_id = task.subject_id if task.subject_type == "order" else None
    facts = Facts(TaskKind(task.kind), task.title)
    known = known_facts(session, facts, (task.subject_type, task.subject_id), order_id, own)
    rule = decide(known, own, (), asked=task.owner_role).person_rule
    person = choose_person(task.owner_role, rule, colleagues(session, task.owner_role, now))
    if rule is None or not person:
        return ""
    reason = _reason(rule)
    tasks.give(session, task, role=task.owner_role, person=person, reason=reason, by=SYSTEM, now=now)
    _took_turn(session, rule, person)
    return person


def _reason(rule: Rule) -> str:
    return f"按分派规则 {rule.id}「{rule.name}」"


def _took_turn(session: Session, rule: Rule, person: str) -> None:
    if rule.person_by is PersonBy.ROUND_ROBIN:
        row = session.get_one(AssignmentRule, rule.id)
        row.last_person = person
        session.add(row)
