"""What does the desk of anomalies show, as the browser gets it, and how does a view of it stand in a URL?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

from sqlmodel import Session

from orderhub.access.permissions import Role
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.words import Channel
from orderhub.insights.anomaly import AnomalyGroup, AnomalyRow, anomaly_groups
from orderhub.insights.desk import DeskQuery, DeskSort, DeskState, desk_counts, desk_page, desk_total
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import digest
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import FieldGroup, sees
from orderhub.kernel.veil import Money
from orderhub.ui.behind_address import anomalies_behind, anomalies_words
from orderhub.ui.behind_view import BehindView, behind_view
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.board_view import Choice, Filter
from orderhub.ui.numbers import number_of

PATH = "/anomalies"
MOST_GROUPS = 10

Word = TypeVar("Word", bound=StrEnum)


class TopBy(StrEnum):
    """What the ten worst kinds are ranked by."""

    MONEY = "money"
    COUNT = "count"
    AGE = "age"


@dataclass(frozen=True)
class DeskAddress:
    """What an address asks for: a list, how the ten worst are ranked, and one anomaly beside them."""

    query: DeskQuery = field(default_factory=DeskQuery)
    top: TopBy = TopBy.MONEY
    anomaly_id: int = 0


@dataclass
class AnomalyView:
    """``href`` opens it; moments are unix seconds as text, ``due`` empty once it is over."""

    id: str
    href: str
    kind: str
    severity: str
    channel: str
    subject: str
    about: str
    note: str
    risk: Money
    owner_role: str
    owner: str
    due: str
    due_exact: str
    ended: str
    ended_exact: str
    resolved_by: str
    level: str
    reopened: str
    rev: str
    is_late: bool
    is_here: bool


@dataclass
class TopView:
    """``width`` is its bar's, in hundredths of the longest."""

    kind: str
    count: str
    late: str
    money: Money
    since: str
    width: str
    href: str
    is_on: bool


@dataclass
class AnomaliesView:
    rows: list[AnomalyView] = field(default_factory=list)
    top: list[TopView] = field(default_factory=list)
    top_by: str = TopBy.MONEY
    top_hrefs: dict[str, str] = field(default_factory=dict)
    state: str = DeskState.OPEN
    counts: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    kind: Filter = field(default_factory=Filter)
    channel: Filter = field(default_factory=Filter)
    role: Filter = field(default_factory=Filter)
    severity: Filter = field(default_factory=Filter)
    sort: Filter = field(default_factory=Filter)
    behind: BehindView = field(default_factory=BehindView)
    text: str = ""
    total: str = "0"
    first: str = ""
    next: str = ""
    base: str = PATH
    clear: str = PATH
    mark: str = ""
    is_filtered: bool = False


def read_desk_address(given: Mapping[str, str]) -> DeskAddress:
    """What a link asks for; what it cannot mean is left out, because links are typed and cut by people."""
    given = {name: text.replace("\0", "") for name, text in given.items()}  # no database compares it
    sort = _word(DeskSort, given.get("sort")) or DeskSort.DUE
    query = DeskQuery(
        state=_word(DeskState, given.get("state")) or DeskState.OPEN,
        kind=_word(AnomalyKind, given.get("kind")),
        channel=_word(Channel, given.get("channel")),
        role=_word(Role, given.get("role")) or "",
        severity=_word(Severity, given.get("severity")),
        text=given.get("q", "").strip()[:64],
        behind=anomalies_behind(given),
        sort=sort if sees(FieldGroup.MONEY) else DeskSort.DUE,
        cursor=given.get("at", "")[:80],
    )
    return DeskAddress(query, _word(TopBy, given.get("top")) or TopBy.MONEY, number_of(given.get("anomaly", "")))


def desk_address(asked: DeskAddress) -> str:
    """The link to it, only what differs from the plain desk, always in the same order."""
    query = asked.query
    parts = {
        "state": query.state if query.state is not DeskState.OPEN else "",
        "kind": query.kind or "",
        "channel": query.channel or "",
        "role": query.role,
        "severity": query.severity or "",
        "q": query.text,
        **anomalies_words(query.behind),
        "sort": query.sort if query.sort is not DeskSort.DUE else "",
        "top": asked.top if asked.top is not TopBy.MONEY else "",
        "at": query.cursor,
        "anomaly": str(asked.anomaly_id or ""),
    }
    said = urlencode({name: text for name, text in parts.items() if text}, safe=":~")
    return f"{PATH}?{said}" if said else PATH


def anomalies_view(session: Session, asked: DeskAddress, now: datetime) -> AnomaliesView:
    """An old cursor, or one of another list, begins again."""
    try:
        page = desk_page(session, asked.query, now)
    except BadInput:
        asked = replace(asked, query=replace(asked.query, cursor=""))
        page = desk_page(session, asked.query, now)
    plain = replace(asked, query=replace(asked.query, cursor=""), anomaly_id=0)
    query = plain.query
    counts = desk_counts(session, query, now)
    unfiltered = replace(plain, query=DeskQuery(query.person, query.person_role, query.state, sort=query.sort))
    is_counted = plain == unfiltered and query.state in counts
    total = counts[query.state] if is_counted else desk_total(session, query, now)
    return AnomaliesView(
        rows=[_row(row, asked) for row in page.rows],
        top=_top(anomaly_groups(session, now), plain, now),
        top_by=asked.top,
        top_hrefs={str(one): desk_address(replace(plain, top=one)) for one in TopBy},
        state=query.state,
        counts={str(state): f"{counts[state]:,}" if state in counts else "" for state in DeskState},
        states={str(state): _narrowed(plain, state=state) for state in DeskState},
        kind=_filter(plain, "kind", AnomalyKind),
        channel=_filter(plain, "channel", Channel),
        role=_filter(plain, "role", Role),
        severity=_filter(plain, "severity", Severity),
        sort=Filter([Choice(one, one, _narrowed(plain, sort=one), one is query.sort) for one in DeskSort]),
        behind=behind_view(query.behind, _narrowed(plain, behind=None)),
        text=query.text,
        total=f"{total:,}",
        first=desk_address(plain) if asked.query.cursor else "",
        next=_narrowed(plain, cursor=page.next_cursor) if page.next_cursor else "",
        base=desk_address(replace(asked, anomaly_id=0)),
        clear=desk_address(unfiltered),
        mark=digest(desk_address(replace(asked, anomaly_id=0)))[:12],
        is_filtered=plain != unfiltered,
    )


def _word(words: type[Word], text: str | None) -> Word | None:
    return words(text) if text in list(words) else None


def _narrowed(asked: DeskAddress, **parts: Any) -> str:
    return desk_address(replace(asked, query=replace(asked.query, **parts)))


def _filter(asked: DeskAddress, name: str, words: Iterable[StrEnum]) -> Filter:
    """One at a time: the same again takes it away."""
    chosen = str(getattr(asked.query, name) or "")
    empty = "" if name == "role" else None
    choices = [
        Choice(word, word, _narrowed(asked, **{name: empty if word == chosen else word}), word == chosen)
        for word in words
    ]
    return Filter(choices, [chosen] if chosen else [], _narrowed(asked, **{name: empty}))


def _top(groups: Iterable[AnomalyGroup], asked: DeskAddress, now: datetime) -> list[TopView]:
    def weight(group: AnomalyGroup) -> float:
        if asked.top is TopBy.AGE:
            return (now - group.oldest_at).total_seconds()
        return group.count if asked.top is TopBy.COUNT else group.at_risk_fen

    ranked = sorted(groups, key=lambda group: (-weight(group), -group.count, group.kind))[:MOST_GROUPS]
    most = max([weight(group) for group in ranked], default=0) or 1
    return [
        TopView(
            kind=group.kind,
            count=f"{group.count:,}",
            late=f"{group.late_count:,}" if group.late_count else "",
            money=money_text(group.at_risk_fen) if group.at_risk_fen else "",
            since=unix(group.oldest_at),
            width=str(round(100 * weight(group) / most)),
            href=_narrowed(asked, kind=None if group.kind is asked.query.kind else group.kind),
            is_on=group.kind is asked.query.kind,
        )
        for group in ranked
    ]


def _row(row: AnomalyRow, asked: DeskAddress) -> AnomalyView:
    one = row.anomaly
    return AnomalyView(
        id=str(one.id),
        href=desk_address(replace(asked, anomaly_id=one.id)),
        kind=one.kind,
        severity=one.severity,
        channel=one.channel or "",
        subject=one.subject_type,
        about=row.about,
        note=one.note,
        risk=money_text(one.at_risk_fen) if one.at_risk_fen else "",
        owner_role=one.owner_role,
        owner=one.owner,
        due="" if one.resolved_at else unix(one.due_at),
        due_exact=exact(one.due_at),
        ended=unix(one.resolved_at) if one.resolved_at else "",
        ended_exact=exact(one.resolved_at) if one.resolved_at else "",
        resolved_by=one.resolved_by,
        level=str(one.level or ""),
        reopened=str(one.reopened or ""),
        rev=f"{one.owner_role} {one.owner} {one.level} {unix(one.resolved_at) if one.resolved_at else ''}",
        is_late=row.is_late,
        is_here=one.id == asked.anomaly_id,
    )
