"""What stands under the bell, as the browser gets it?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.access.users import User
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.incident import ANOMALY, TASK
from orderhub.domain.staff_notice import MOST_COUNTED, Entry, Reader, entries, unread_count
from orderhub.domain.task import Task
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Money
from orderhub.ui.board_rows import exact, unix

_MOST = 30


@dataclass
class BellRow:
    """``kind`` is a word of anomalies, or with ``is_task`` of tasks; ``text`` what was noted."""

    id: str
    is_task: bool
    kind: str
    severity: str
    stage: str
    text: str
    risk: Money
    href: str
    at: str
    at_exact: str
    is_unread: bool


@dataclass
class BellView:
    """``unread`` is empty where there is nothing."""

    unread: str = ""
    rows: list[BellRow] = field(default_factory=list)


def reader_of(session: Session, user_id: int) -> Reader | None:
    """By what they are at this moment; None for an account that is closed."""
    user = session.get(User, user_id)
    return Reader(user.id, user.name, user.role) if user and user.is_active else None


def bell_view(session: Session, user_id: int) -> BellView:
    reader = reader_of(session, user_id)
    if reader is None:
        return BellView()
    found, count = entries(session, reader, limit=_MOST), unread_count(session, reader)
    anomalies = _rows(session, Anomaly, [one for one in found if one.notice.subject_type == ANOMALY])
    tasks = _rows(session, Task, [one for one in found if one.notice.subject_type == TASK])
    unread = f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count or "")
    rows = []
    for entry in found:
        about = (anomalies if entry.notice.subject_type == ANOMALY else tasks).get(entry.notice.subject_id)
        if about is not None:
            rows.append(_row(entry, about))
    return BellView(unread, rows)


def _rows(session: Session, table: type[Anomaly] | type[Task], found: Sequence[Entry]) -> dict[int, Anomaly | Task]:
    ids = [one.notice.subject_id for one in found]
    return {row.id: row for row in session.exec(select(table).where(col(table.id).in_(ids)))} if ids else {}


def _row(entry: Entry, about: Anomaly | Task) -> BellRow:
    notice, moment = entry.notice, _moment(entry)
    is_task = isinstance(about, Task)
    return BellRow(
        id=str(notice.id),
        is_task=is_task,
        kind=about.kind,
        severity="" if isinstance(about, Task) else about.severity,
        stage=notice.stage,
        text=about.title if isinstance(about, Task) else about.note,
        risk=money_text(about.at_risk_fen) if isinstance(about, Anomaly) and about.at_risk_fen else "",
        href="/" if is_task else f"/anomalies?kind={about.kind}",
        at=unix(moment),
        at_exact=exact(moment),
        is_unread=entry.is_unread,
    )


def _moment(entry: Entry) -> datetime:
    return entry.notice.at
