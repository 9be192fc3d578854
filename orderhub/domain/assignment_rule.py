"""Which rules of assignment has the merchant, in which order, and whose is a new anomaly by them?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.assignment import ROLES, Choice, Facts, PersonBy, Rule, decide
from orderhub.domain.assignment_shipped import SHIPPED
from orderhub.domain.channel_item import ChannelItem
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.shop import Shop
from orderhub.domain.sku import Sku
from orderhub.domain.task import TaskKind
from orderhub.domain.words import Channel
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import SYSTEM, Happening, Was, before, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.sight import find

MOST_RULES = 100
MOST_WORDS = 20
_KINDS = frozenset([*map(str, AnomalyKind), *map(str, TaskKind)])


class AssignmentRule(SQLModel, table=True):
    """``kind`` is an anomaly's or a task's; ``words`` with spaces between. ``rank``: the first is tried first.

    ``last_person`` is whom a round robin gave the last one.
    """

    __tablename__ = "assignment_rule"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    rank: int = 0
    name: str = Field(max_length=64)
    is_active: bool = True
    kind: str = Field(default="", max_length=32)
    channel: Channel | None = Field(default=None, sa_type=word(Channel))
    shop_id: int = Field(default=0, sa_type=BigId)
    sku_prefix: str = Field(default="", max_length=64)
    severity: Severity | None = Field(default=None, sa_type=word(Severity))
    words: str = Field(default="", max_length=200)
    role: str = Field(default="", max_length=32)
    person_by: PersonBy = Field(default=PersonBy.NOBODY, sa_type=word(PersonBy))
    person: str = Field(default="", max_length=64)
    last_person: str = Field(default="", max_length=64)
    changed_by: str = Field(default="", max_length=64)
    changed_at: datetime = Field(sa_type=Moment)

    @property
    def rule(self) -> Rule:
        return Rule(
            name=self.name,
            kinds=(self.kind,) if self.kind else (),
            words=tuple(self.words.split()),
            channel=self.channel,
            shop_id=self.shop_id,
            sku_prefix=self.sku_prefix,
            severity=self.severity,
            role=self.role,
            person_by=self.person_by,
            person=self.person,
            last=self.last_person,
            id=self.id or 0,
        )


@dataclass(frozen=True)
class AssignmentRuleChanged(Happening):
    """``what``: put, moved, on, off or removed."""

    subject_type: ClassVar[str] = "assignment_rule"
    what: str
    name: str
    role: str
    person_by: str
    person: str
    was: Was | None = None


@dataclass(frozen=True)
class AnomalyRouted(Happening):
    """``rule`` decided that it is ``role``'s first, as ``3: its name``; 0 is the number of what is shipped."""

    subject_type: ClassVar[str] = "anomaly"
    kind: str
    order_id: int
    role: str
    rule: str


def assignment_rules(session: Session) -> list[AssignmentRule]:
    """In their order, those that are off among them."""
    ordered = select(AssignmentRule).order_by(col(AssignmentRule.rank), col(AssignmentRule.id))
    return list(session.exec(ordered))


def active_rules(session: Session) -> list[Rule]:
    return [row.rule for row in assignment_rules(session) if row.is_active]


def rule_of(session: Session, rule_id: int) -> AssignmentRule:
    found = find(session, AssignmentRule, rule_id, lock=True)
    if found is None:
        raise NotFound(f"no rule of assignment has the id {rule_id}")
    return found


def put_rule(session: Session, rule: Rule, *, is_active: bool, by: str, now: datetime) -> AssignmentRule:
    """Change the rule of ``rule.id``, or add a new one behind the others where that is 0.

    Raises:
        BadInput: it has no name, an unknown word, or names nobody and no role.
        NotFound: there is no such rule.
    """
    checked = _checked(session, rule)
    was = None
    if rule.id:
        row = rule_of(session, rule.id)
        was = before(row, "name", "role", "person_by", "person")
    else:
        last, count = session.exec(select(func.max(AssignmentRule.rank), func.count(col(AssignmentRule.id)))).one()
        if count >= MOST_RULES:
            raise BadInput(f"{MOST_RULES} rules at most", field="name", problem="assign_most")
        row = AssignmentRule(rank=(last or 0) + 1, name=checked["name"], changed_at=now)
    for name, value in checked.items():
        setattr(row, name, value)
    row.is_active = is_active
    session.add(row)
    session.flush()
    _note(session, row, "put", by=by, now=now, was=was)
    return row


def move_rule(session: Session, rule_id: int, *, up: bool, by: str, now: datetime) -> None:
    """One place up or down; at the end of the list nothing happens."""
    rows = assignment_rules(session)
    here = next((place for place, row in enumerate(rows) if row.id == rule_id), None)
    if here is None:
        raise NotFound(f"no rule of assignment has the id {rule_id}")
    there = here - 1 if up else here + 1
    if not 0 <= there < len(rows):
        return
    rows[here], rows[there] = rows[there], rows[here]
    for rank, row in enumerate(rows, start=1):
        row.rank = rank
        session.add(row)
    _note(session, rows[there], "moved", by=by, now=now)


def switch_rule(session: Session, rule_id: int, *, on: bool, by: str, now: datetime) -> None:
    """Safe to repeat."""
    row = rule_of(session, rule_id)
    if row.is_active != on:
        row.is_active = on
        _note(session, row, "on" if on else "off", by=by, now=now)


def remove_rule(session: Session, rule_id: int, *, by: str, now: datetime) -> None:
    row = rule_of(session, rule_id)
    _note(session, row, "removed", by=by, now=now)
    session.delete(row)


def first_choice(session: Session, facts: Facts, about: tuple[str, int], order_id: int | None, *, asked: str) -> Choice:
    """Whose a new anomaly is; what a rule asks for beyond ``facts`` is read only where one does."""
    own = active_rules(session)
    return decide(known_facts(session, facts, about, order_id, own), own, SHIPPED, asked=asked)


def note_choice(
    session: Session, choice: Choice | None, anomaly_id: int, kind: str, order_id: int, *, now: datetime
) -> None:
    """Which rule decided, where one did."""
    if choice and choice.why:
        record(session, AnomalyRouted(anomaly_id, kind, order_id, choice.role, choice.why), actor=SYSTEM, now=now)


def known_facts(
    session: Session, facts: Facts, about: tuple[str, int], order_id: int | None, rules: Sequence[Rule]
) -> Facts:
    """``facts`` with the shop and the SKUs, as far as ``rules`` ask for them."""
    shop_id = _shop_of(session, about, order_id) if any(rule.shop_id for rule in rules) else 0
    skus = _skus_of(session, about, order_id) if any(rule.sku_prefix for rule in rules) else ()
    return Facts(facts.kind, facts.note, facts.severity, facts.channel, shop_id, skus)


def _shop_of(session: Session, about: tuple[str, int], order_id: int | None) -> int:
    if order_id:
        return session.exec(select(Order.shop_id).where(Order.id == order_id)).first() or 0
    if about[0] == "channel_item":
        return session.exec(select(ChannelItem.shop_id).where(ChannelItem.id == about[1])).first() or 0
    return about[1] if about[0] == "shop" else 0


def _skus_of(session: Session, about: tuple[str, int], order_id: int | None) -> tuple[str, ...]:
    if order_id:
        return tuple(session.exec(select(OrderLine.sku_code).where(OrderLine.order_id == order_id)))
    if about[0] == "sku":
        return tuple(session.exec(select(Sku.code).where(Sku.id == about[1])))
    return ()


def _checked(session: Session, rule: Rule) -> dict[str, Any]:
    name = clean_text(rule.name, most=64, field="name")
    words = [clean_text(one, most=64, field="words") for one in rule.words]
    person = clean_text(rule.person, most=64, field="person") if rule.person_by is PersonBy.FIXED else ""
    if not name:
        raise BadInput("name: call it something", field="name", problem="assign_name")
    if len(words) > MOST_WORDS or len(" ".join(words)) > 200:
        raise BadInput(f"words: {MOST_WORDS} at most", field="words", problem="assign_words")
    if len(rule.kinds) > 1 or set(rule.kinds) - _KINDS:
        raise BadInput("kind: there is none of that name", field="kind", problem="assign_kind")
    if rule.role and rule.role not in ROLES:
        raise BadInput("role: there is none of that name", field="role", problem="no_such_role")
    if rule.person_by is PersonBy.FIXED and not (person and rule.role):
        raise BadInput("person: choose one, and the role they have", field="person", problem="assign_person")
    if not rule.role and rule.person_by is PersonBy.NOBODY:
        raise BadInput("role: name a role, or how a person is found", field="role", problem="assign_nothing")
    if rule.shop_id and find(session, Shop, rule.shop_id) is None:
        raise NotFound(f"no shop has the id {rule.shop_id}")
    return {
        "name": name,
        "kind": str(rule.kinds[0]) if rule.kinds else "",
        "words": " ".join(words),
        "channel": rule.channel,
        "shop_id": rule.shop_id,
        "sku_prefix": re.sub(r"\s+", "", clean_text(rule.sku_prefix, most=64, field="sku_prefix")),
        "severity": rule.severity,
        "role": rule.role,
        "person_by": rule.person_by,
        "person": person,
    }


def _note(session: Session, row: AssignmentRule, what: str, *, by: str, now: datetime, was: Was | None = None) -> None:
    row.changed_by, row.changed_at = by, now
    session.add(row)
    happened = AssignmentRuleChanged(row.id, what, row.name, row.role, row.person_by, row.person, was)
    record(session, happened, actor=by, now=now)
