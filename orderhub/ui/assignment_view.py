"""What does the page of assignment show, as the browser gets it?"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.access.users import list_users
from orderhub.domain.anomaly_kind import HANDLING
from orderhub.domain.assignment import PersonBy, Rule
from orderhub.domain.assignment_rule import AssignmentRule, assignment_rules
from orderhub.domain.assignment_shipped import SHIPPED
from orderhub.domain.presence import Presence, loads
from orderhub.domain.shop import Shop
from orderhub.insights.assignment import DryRun
from orderhub.ui.board_rows import exact, unix

PATH = "/studio/assignment"


@dataclass
class AssignRuleView:
    """What one rule asks for and gives; ``tasks`` says that its kind is a task's. Empty fits everything."""

    id: str
    place: str
    name: str
    is_active: bool
    kinds: list[str]
    task_kind: str
    channel: str
    shop: str
    sku_prefix: str
    severity: str
    words: str
    role: str
    person_by: str
    person: str
    href: str


@dataclass
class AssignForm:
    """What the editor begins with; a new rule is off until somebody has looked at its dry run."""

    id: str = ""
    name: str = ""
    is_active: bool = False
    kind: str = ""
    channel: str = ""
    shop: str = ""
    sku_prefix: str = ""
    severity: str = ""
    words: str = ""
    role: str = ""
    person_by: str = str(PersonBy.NOBODY)
    person: str = ""
    changed_by: str = ""
    changed: str = ""


@dataclass
class PersonView:
    id: str
    name: str
    shown: str
    role: str
    state: str
    seen: str
    seen_exact: str
    load: str


@dataclass
class DryView:
    """``share`` and ``was_share`` as ``98.4%``; ``moves`` as (from, to, how many), the most first. Empty: not asked."""

    seen: str = ""
    elsewhere: str = ""
    by_people: str = ""
    share: str = ""
    was_share: str = ""
    moves: list[tuple[str, str, str]] = field(default_factory=list)
    hits: dict[str, str] = field(default_factory=dict)


@dataclass
class AssignmentView:
    rules: list[AssignRuleView] = field(default_factory=list)
    shipped: list[AssignRuleView] = field(default_factory=list)
    form: AssignForm = field(default_factory=AssignForm)
    people: list[PersonView] = field(default_factory=list)
    shops: list[tuple[str, str]] = field(default_factory=list)


def assignment_view(session: Session, now: datetime, rule_id: int) -> AssignmentView:
    """``rule_id`` is the one being changed, 0 where a new one is asked for."""
    shops = {shop.id: shop.name for shop in session.exec(select(Shop).order_by(col(Shop.id)))}
    rows = assignment_rules(session)
    chosen = next((row for row in rows if row.id == rule_id), None)
    return AssignmentView(
        rules=[
            _rule(row.rule, str(place), shops, is_active=row.is_active, href=f"{PATH}?rule={row.id}#rule")
            for place, row in enumerate(rows, start=1)
        ],
        shipped=[_rule(rule, "", shops) for rule in SHIPPED],
        form=_form(chosen) if chosen else AssignForm(),
        people=_people(session, now),
        shops=[(str(shop_id), name) for shop_id, name in shops.items()],
    )


def dry_view(found: DryRun) -> DryView:
    return DryView(
        seen=f"{found.seen:,}",
        elsewhere=f"{found.elsewhere:,}",
        by_people=f"{found.by_people:,}",
        share=_share(found.right, found.by_people),
        was_share=_share(found.was_right, found.by_people),
        moves=[(source, target, f"{count:,}") for (source, target), count in found.moves.most_common(20)],
        hits={str(rule_id): f"{count:,}" for rule_id, count in found.hits.items()},
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "—"


def _rule(rule: Rule, place: str, shops: dict[int, str], *, is_active: bool = True, href: str = "") -> AssignRuleView:
    tasks = [kind for kind in rule.kinds if kind not in {str(one) for one in HANDLING}]
    return AssignRuleView(
        id=str(rule.id),
        place=place,
        name=rule.name,
        is_active=is_active,
        kinds=[str(kind) for kind in rule.kinds if kind not in tasks],
        task_kind=str(tasks[0]) if tasks else "",
        channel=str(rule.channel or ""),
        shop=shops.get(rule.shop_id, "") if rule.shop_id else "",
        sku_prefix=rule.sku_prefix,
        severity=str(rule.severity or ""),
        words=" / ".join(rule.words),
        role=rule.role,
        person_by=str(rule.person_by),
        person=rule.person,
        href=href,
    )


def _form(row: AssignmentRule) -> AssignForm:
    return AssignForm(
        id=str(row.id),
        name=row.name,
        is_active=row.is_active,
        kind=row.kind,
        channel=str(row.channel or ""),
        shop=str(row.shop_id or ""),
        sku_prefix=row.sku_prefix,
        severity=str(row.severity or ""),
        words=row.words,
        role=row.role,
        person_by=str(row.person_by),
        person=row.person,
        changed_by=row.changed_by,
        changed=exact(row.changed_at),
    )


def _people(session: Session, now: datetime) -> list[PersonView]:
    """Those whose account is open, who is here first."""
    users = [user for user in list_users(session) if user.is_active]
    seen = {row.name: row for row in session.exec(select(Presence))}
    load = loads(session, [user.name for user in users])
    views = []
    for user in users:
        row = seen.get(user.name)
        state = "leave" if row and row.on_leave else "here" if row and row.is_here(now) else "away"
        seen_at = row.seen_at if row else None
        views.append(
            PersonView(
                id=str(user.id),
                name=user.name,
                shown=user.display_name,
                role=str(user.role),
                state=state,
                seen=unix(seen_at) if seen_at else "",
                seen_exact=exact(seen_at) if seen_at else "",
                load=f"{load[user.name]:,}",
            )
        )
    return sorted(views, key=lambda one: ("here", "away", "leave").index(one.state))
