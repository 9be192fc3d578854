"""What does the page of anomalies show, as the browser gets it?"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.channel_item import CHANNEL_ITEM
from orderhub.insights.anomaly import AnomalyGroup, AnomalyRow, anomaly_groups, anomaly_page
from orderhub.kernel.money import money_text
from orderhub.ui.board_rows import exact, unix

PATH = "/anomalies"


@dataclass
class AnomalyView:
    """``href`` leads to what it is about; empty where there is no page of it."""

    id: str
    kind: str
    severity: str
    subject: str
    about: str
    href: str
    note: str
    risk: str
    owner_role: str
    since: str
    since_exact: str
    resolved_by: str
    is_late: bool


@dataclass
class KindView:
    kind: str
    count: str
    late: str
    href: str
    is_on: bool


@dataclass
class AnomaliesView:
    rows: list[AnomalyView] = field(default_factory=list)
    kinds: list[KindView] = field(default_factory=list)
    is_resolved: bool = False
    total: str = ""
    first: str = PATH
    next: str = ""


def anomalies_view(
    session: Session, now: datetime, *, kind: AnomalyKind | None, is_resolved: bool, before: int
) -> AnomaliesView:
    page = anomaly_page(session, now, kind=kind, is_resolved=is_resolved, before=before)
    groups = anomaly_groups(session, now)
    return AnomaliesView(
        rows=[_row(row) for row in page.rows],
        kinds=[_kind(group, is_on=group.kind is kind) for group in groups],
        is_resolved=is_resolved,
        total=f"{sum(group.count for group in groups):,}",
        first=_address(kind, is_resolved=is_resolved) if before else "",
        next=_address(kind, is_resolved=is_resolved, before=page.next_before) if page.next_before else "",
    )


def _address(kind: AnomalyKind | None, *, is_resolved: bool = False, before: int = 0) -> str:
    parts = [
        f"kind={kind}" if kind else "",
        "resolved=1" if is_resolved else "",
        f"before={before}" if before else "",
    ]
    query = "&".join(filter(None, parts))
    return f"{PATH}?{query}" if query else PATH


def _kind(group: AnomalyGroup, *, is_on: bool) -> KindView:
    href = PATH if is_on else _address(group.kind)
    return KindView(group.kind, f"{group.count:,}", str(group.late_count or ""), href, is_on)


def _row(row: AnomalyRow) -> AnomalyView:
    one = row.anomaly
    hrefs = {
        "order": f"/orders?tab=all&order={one.subject_id}",
        "shop": "/system",
        "message": "/system",
        "mapping": "/studio/mapping",
        "outbox": "/outbox",
        "delivery": "/outbox",
        "carrier_account": "/system",
        "tracker_account": "/system",
        "sku": f"/stock?sku={one.subject_id}",
        CHANNEL_ITEM: f"/stock/channel?item={one.subject_id}",
        "statement": f"/settlement?statement={one.subject_id}",
        "track": f"/orders?tab=all&q={row.about}",
    }
    if one.kind is AnomalyKind.ORDERS_MISSING:
        hrefs["shop"] = "/ledger"
    since = one.resolved_at or one.detected_at
    return AnomalyView(
        id=str(one.id),
        kind=one.kind,
        severity=one.severity,
        subject=one.subject_type,
        about=row.about,
        href=hrefs.get(one.subject_type, ""),
        note=one.note,
        risk=money_text(one.at_risk_fen) if one.at_risk_fen else "",
        owner_role=one.owner_role,
        since=unix(since),
        since_exact=exact(since),
        resolved_by=one.resolved_by,
        is_late=row.is_late,
    )
