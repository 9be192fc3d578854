"""What does the audit show, as the browser gets it? Rows with what was before and after, and how the chain stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session

from orderhub.insights.audit import (
    AuditAsked,
    AuditPart,
    AuditState,
    Kept,
    audit_page,
    audit_state,
    place_of,
    place_text,
)
from orderhub.kernel.clock import day_bounds, shanghai_text
from orderhub.kernel.eventlog import Event
from orderhub.kernel.money import money_text
from orderhub.ui.audit_text import AUDIT_GROUPS, AUDIT_KINDS, AUDIT_SUBJECTS
from orderhub.ui.board_rows import exact, unix

PATH = "/audit"
_WHY = ("reason", "because", "why")
_PLACES = {
    "order": "/orders?order={id}",
    "user": "/users",
    "rule_version": "/studio/rules",
    "flow_version": "/studio/flow",
    "mapping_version": "/studio/mapping",
    "assignment_rule": "/studio/assignment",
    "sku": "/stock",
    "audit_run": PATH,
}
_MOST_TEXT = 300
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@dataclass
class FactView:
    """``was`` is empty where nothing was, or nothing says so."""

    name: str
    was: str
    became: str


@dataclass
class AuditRowView:
    """``subject`` and ``kind`` are words of the code, which the page names; ``text`` stands for a row of accesses."""

    id: str
    at: str
    actor: str
    address: str
    kind: str
    subject: str
    number: str
    text: str
    why: str
    href: str
    is_known: bool
    changes: list[FactView] = field(default_factory=list)
    facts: list[FactView] = field(default_factory=list)


@dataclass
class ChainView:
    """``percent`` is empty unless a proof runs; ``findings`` are those of the last one."""

    head: str = ""
    hash: str = ""
    sealed: str = ""
    sealed_exact: str = ""
    waits: str = "0"
    proved: str = ""
    proved_exact: str = ""
    rows: str = ""
    percent: str = ""
    is_sound: bool = False
    has_died: bool = False
    count: str = ""
    findings: list[str] = field(default_factory=list)


@dataclass
class AuditView:
    rows: list[AuditRowView] = field(default_factory=list)
    chain: ChainView = field(default_factory=ChainView)
    part: str = AuditPart.EVENTS
    since: str = ""
    until: str = ""
    actor: str = ""
    address: str = ""
    kind: str = ""
    subject: str = ""
    number: str = ""
    first: str = ""
    following: str = ""


@dataclass(frozen=True)
class AuditQuery:
    """As an address asks; ``kind`` is a kind or a whole group."""

    part: AuditPart = AuditPart.EVENTS
    since: date | None = None
    until: date | None = None
    actor: str = ""
    address: str = ""
    kind: str = ""
    subject: str = ""
    number: int = 0
    after: str = ""

    def asked(self) -> AuditAsked:
        kinds = tuple(AUDIT_GROUPS[self.kind]) if self.kind in AUDIT_GROUPS else (self.kind,) if self.kind else ()
        return AuditAsked(
            part=self.part,
            since=day_bounds(self.since)[0] if self.since else None,
            until=day_bounds(self.until)[1] if self.until else None,
            actor=self.actor,
            address=self.address,
            kinds=kinds,
            subject_type=self.subject,
            subject_id=self.number,
            after=place_of(self.after),
        )

    def href(self) -> str:
        given = {name: str(value) for name, value in vars(self).items() if value and value is not AuditPart.EVENTS}
        return f"{PATH}?{urlencode(given)}" if given else PATH


def audit_query(given: Mapping[str, str]) -> AuditQuery:
    """What a link asks for; what it cannot mean is left out."""
    kind, subject, number = given.get("kind", ""), given.get("subject", ""), given.get("number", "").strip()
    after = given.get("after", "")
    return AuditQuery(
        part=AuditPart.LOOKS if given.get("part") == AuditPart.LOOKS else AuditPart.EVENTS,
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        actor=given.get("actor", "").strip()[:64],
        address=given.get("address", "").strip()[:45],
        kind=kind if kind in AUDIT_KINDS or kind in AUDIT_GROUPS else "",
        subject=subject if subject in AUDIT_SUBJECTS else "",
        number=int(number) if number.isdecimal() and number.isascii() and len(number) <= 18 else 0,
        after=after if place_of(after) else "",
    )


def audit_view(session: Session, query: AuditQuery, now: datetime) -> AuditView:
    page = audit_page(session, query.asked())
    following = replace(query, after=place_text(page.following)).href() if page.following else ""
    return AuditView(
        rows=[row_view(row) for row in page.rows],
        chain=chain_view(audit_state(session), now),
        part=query.part,
        since=str(query.since or ""),
        until=str(query.until or ""),
        actor=query.actor,
        address=query.address,
        kind=query.kind,
        subject=query.subject,
        number=str(query.number or ""),
        first=replace(query, after="").href() if query.after else "",
        following=following,
    )


def row_view(row: Kept) -> AuditRowView:
    if not isinstance(row, Event):
        orders = ", ".join(map(str, row.order_ids))
        one = row.order_ids[0] if len(row.order_ids) == 1 else 0
        return AuditRowView(
            id=str(row.id), at=exact(row.at), actor=row.actor, address=row.address, kind=f"access_{row.kind}",
            subject="order" if orders else "", number=orders, text=row.about, why="",
            href=_PLACES["order"].format(id=one) if one else "", is_known=True,
        )  # fmt: skip
    changes, facts = changes_of(row), facts_of(row)
    return AuditRowView(
        id=str(row.id),
        at=exact(row.at),
        actor=row.actor,
        address=row.address,
        kind=row.kind,
        subject=row.subject_type if row.subject_type in AUDIT_SUBJECTS else "",
        number=str(row.subject_id or ""),
        text=_summary(changes, facts),
        why=why_of(row),
        href=_href(row),
        is_known=row.kind in AUDIT_KINDS,
        changes=changes,
        facts=facts,
    )


def changes_of(row: Event) -> list[FactView]:
    """What was before and after, field by field; a move from one state to another is one too."""
    body = row.body
    if "source" in body and "target" in body:
        return [FactView("", said("", body["source"]), said("", body["target"]))]
    was, became = body.get("was"), body.get("became") or body
    if not isinstance(was, Mapping):
        was = {"role": was} if was and "role" in body else {}
    return [FactView(name, said(name, old), said(name, became.get(name))) for name, old in was.items()]


def facts_of(row: Event) -> list[FactView]:
    told = {change.name for change in changes_of(row)} | {"was", "became", *_WHY}
    told |= {"source", "target"} if "" in told else set()
    return [FactView(name, "", said(name, value)) for name, value in row.body.items() if name not in told]


def why_of(row: Event) -> str:
    return next((said("", row.body[name]) for name in _WHY if row.body.get(name)), "")


def said(name: str, value: Any) -> str:
    if name.endswith("_fen") and isinstance(value, int):
        return money_text(value)
    if isinstance(value, list | tuple):
        return ", ".join(said("", one) for one in value)[:_MOST_TEXT]
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {said(key, one)}" for key, one in value.items())[:_MOST_TEXT]
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return shanghai_text(datetime.fromisoformat(value), "%Y-%m-%d %H:%M:%S")
    return "–" if value in (None, "") else str(value)[:_MOST_TEXT]


def chain_view(state: AuditState, now: datetime) -> ChainView:
    head, run = state.head, state.run
    view = ChainView(waits=f"{state.waits:,}")
    if head:
        view.head, view.hash = f"{head.number:,}", head.hash[:12]
        view.sealed, view.sealed_exact = unix(head.sealed_at), exact(head.sealed_at)
    if run:
        view.proved, view.proved_exact = unix(run.started_at), exact(run.started_at)
        view.percent = str(100 * run.done // max(run.total, 1)) if run.is_running(now) else ""
        view.has_died = run.ended_at is None and not view.percent
        view.is_sound = run.ended_at is not None and not run.findings
        view.rows, view.findings, view.count = f"{run.done:,}", list(run.findings), str(len(run.findings))
    return view


def row_cells(row: Kept) -> list[str]:
    """Of a file: when, who, from where, what, about what; then what was and is, and why."""
    view = row_view(row)
    head = [view.id, shanghai_text(row.at, "%Y-%m-%d %H:%M:%S"), view.actor, view.address]
    was = "; ".join(f"{one.name} {one.was}".strip() for one in view.changes)
    became = "; ".join(f"{one.name} {one.became}".strip() for one in view.changes)
    facts = "; ".join(f"{one.name} {one.became}" for one in view.facts) or view.text
    return [*head, was, became, facts, view.why]


def _summary(changes: list[FactView], facts: list[FactView]) -> str:
    if changes:
        return "; ".join(f"{one.name} {one.was} → {one.became}".strip() for one in changes)[:_MOST_TEXT]
    return "; ".join(f"{one.name} {one.became}" for one in facts)[:_MOST_TEXT]


def _href(row: Event) -> str:
    order_id = row.body.get("order_id")
    if row.subject_type not in _PLACES and order_id:
        return _PLACES["order"].format(id=order_id)
    return _PLACES.get(row.subject_type, "").format(id=row.subject_id)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
