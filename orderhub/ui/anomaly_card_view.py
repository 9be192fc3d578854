"""What does the drawer show of one anomaly, as the browser gets it?"""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from sqlmodel import Session, col, select

from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.channel_item import CHANNEL_ITEM
from orderhub.domain.task import Task
from orderhub.insights.desk import AnomalyCard, anomaly_card
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.eventlog import Event
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Money
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.playbook_text import PLAYBOOKS

_MINUTE = "%m-%d %H:%M"


@dataclass
class HistoryView:
    """``role`` and ``person`` are whose it is from then on, or who was told; ``word`` is a reason."""

    id: str
    at: str
    exact: str
    kind: str
    source: str
    role: str
    person: str
    level: str
    word: str
    actor: str


@dataclass
class StepView:
    """One line of a playbook in both languages."""

    no: str
    zh: str
    en: str


@dataclass
class ParcelLine:
    carrier: str
    no: str
    href: str


@dataclass
class AnomalyCardView:
    """``spent`` is the share of its time that is used, in hundredths, at most 100."""

    id: str = ""
    kind: str = ""
    severity: str = ""
    note: str = ""
    risk: Money = ""
    due: str = ""
    due_exact: str = ""
    due_at: str = ""
    found_at: str = ""
    since: str = ""
    spent: str = "0"
    owner_role: str = ""
    owner: str = ""
    level: str = ""
    reopened: str = ""
    resolved_by: str = ""
    resolved_at: str = ""
    subject: str = ""
    about: str = ""
    about_href: str = ""
    order_no: str = ""
    order_href: str = ""
    channel: str = ""
    task_href: str = ""
    is_late: bool = False
    is_over: bool = False
    parcels: list[ParcelLine] = field(default_factory=list)
    steps: list[StepView] = field(default_factory=list)
    history: list[HistoryView] = field(default_factory=list)


def anomaly_card_view(session: Session, anomaly_id: int, now: datetime) -> AnomalyCardView:
    """Raises: NotFound."""
    card = anomaly_card(session, anomaly_id, now)
    one = card.row.anomaly
    tasks = select(Task.id).where(Task.anomaly_id == one.id, col(Task.closed_at).is_(None))
    task_id = session.exec(tasks.limit(1)).first()
    return AnomalyCardView(
        id=str(one.id),
        kind=one.kind,
        severity=one.severity,
        note=one.note,
        risk=money_text(one.at_risk_fen) if one.at_risk_fen else "",
        due="" if one.resolved_at else unix(one.due_at),
        due_exact=exact(one.due_at),
        due_at=shanghai_text(one.due_at, _MINUTE),
        found_at=shanghai_text(one.detected_at, _MINUTE),
        since=unix(one.occurred_at),
        spent=_spent(card, now),
        owner_role=one.owner_role,
        owner=one.owner,
        level=str(one.level or ""),
        reopened=str(one.reopened or ""),
        resolved_by=one.resolved_by,
        resolved_at=shanghai_text(one.resolved_at, _MINUTE) if one.resolved_at else "",
        subject=one.subject_type,
        about=card.row.about,
        about_href=subject_href(one.subject_type, one.subject_id, card.row.about, AnomalyKind(one.kind)),
        order_no=card.order.channel_order_no if card.order else "",
        order_href=f"/orders?tab=all&order={card.order.id}" if card.order else "",
        channel=card.order.channel if card.order else "",
        task_href=f"/tasks?scope=all&task={task_id}" if task_id else "",
        is_late=card.row.is_late,
        is_over=one.resolved_at is not None,
        parcels=[ParcelLine(carrier, number, _found_by(number)) for carrier, number in card.parcels],
        steps=[StepView(str(no), zh, en) for no, (zh, en) in enumerate(PLAYBOOKS[AnomalyKind(one.kind)], 1)],
        history=[history_view(event) for event in card.history],
    )


# What is about a shop and seen elsewhere than among the shops.
_OF_SHOP: dict[AnomalyKind | None, str] = {AnomalyKind.ORDERS_MISSING: "/ledger", AnomalyKind.UNKNOWN_SKU: "/stock"}


def subject_href(subject: str, subject_id: int, about: str, kind: AnomalyKind | None = None) -> str:
    """Where there is a page of it; else empty."""
    hrefs = {
        "order": f"/orders?tab=all&order={subject_id}",
        "shop": _OF_SHOP.get(kind, "/system"),
        "message": "/system",
        "mapping": "/studio/mapping",
        "outbox": "/outbox",
        "delivery": "/outbox",
        "carrier_account": "/system",
        "tracker_account": "/system",
        "notifier_account": "/system",
        "aftersale": f"/aftersale?case={subject_id}",
        "ticket": f"/service?ticket={subject_id}",
        "sku": f"/stock?sku={subject_id}",
        CHANNEL_ITEM: f"/stock/channel?item={subject_id}",
        "statement": f"/settlement?statement={subject_id}",
        "track": _found_by(about),
    }
    return hrefs.get(subject, "")


def history_view(event: Event) -> HistoryView:
    body = event.body
    return HistoryView(
        id=str(event.id),
        at=shanghai_text(event.at, _MINUTE),
        exact=exact(event.at),
        kind=event.kind,
        source=str(body.get("source", "")) if "role" in body else "",
        role=str(body.get("role", body.get("owner_role", ""))),
        person=str(body.get("person", "")),
        level=str(body.get("level", "")),
        word=str(body.get("reason", "")),
        actor=event.actor,
    )


def _spent(card: AnomalyCard, now: datetime) -> str:
    one = card.row.anomaly
    start = one.detected_at
    allowed = (one.due_at - start).total_seconds()
    used = ((one.resolved_at or now) - start).total_seconds()
    return str(max(0, min(100, round(100 * used / allowed)))) if allowed > 0 else "100"


def _found_by(number: str) -> str:
    return f"/orders?tab=all&q={quote(number)}"
