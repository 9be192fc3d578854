"""What does the queue of after-sale cases show, as the browser gets it, and how does a view of it stand in a URL?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from orderhub.domain.aftersale_life import ENDED, WAYS
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.insights.aftersale import CaseQuery, CaseRow, CaseTab, case_counts, case_page
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import digest
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Money
from orderhub.ui.behind_address import cases_behind, cases_words
from orderhub.ui.behind_view import BehindView, behind_view
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.board_view import Choice, Filter

Word = TypeVar("Word", bound=StrEnum)

PATH = "/aftersale"
REASONS_PATH = f"{PATH}?tab=reasons"
TABS: tuple[str, ...] = (
    CaseTab.OPEN,
    *(stage for stage in WAYS[AftersaleKind.RETURN_AND_REFUND] if stage not in ENDED),  # the longest way
    AftersaleStatus.UNKNOWN,
    CaseTab.LATE,
    *ENDED,
    CaseTab.ALL,
)
_MOST_WORDS = 20
_FIELDS = {"kind": "kinds", "channel": "channels", "shop": "shops", "reason": "reasons"}


@dataclass
class CaseRowView:
    """``due`` in unix seconds as text, empty where nobody waits; ``opened_by`` is empty where a buyer asked."""

    id: str
    no: str
    href: str
    kind: str
    stage: str
    amount: Money
    reason: str
    reason_kind: str
    own_reason: str
    channel: str
    shop: str
    order_no: str
    order_href: str
    origin: str
    opened_by: str
    due: str
    due_exact: str
    requested: str
    requested_exact: str
    changed: str
    is_late: bool


@dataclass
class QueueView:
    tab: str = CaseTab.OPEN
    rows: list[CaseRowView] = field(default_factory=list)
    counts: dict[str, str] = field(default_factory=dict)
    tabs: dict[str, str] = field(default_factory=dict)
    kind: Filter = field(default_factory=Filter)
    channel: Filter = field(default_factory=Filter)
    shop: Filter = field(default_factory=Filter)
    reason: Filter = field(default_factory=Filter)
    behind: BehindView = field(default_factory=BehindView)
    text: str = ""
    clear_text: str = PATH
    first: str = ""
    next: str = ""
    mark: str = ""
    is_filtered: bool = False


def read_address(given: Mapping[str, str]) -> CaseQuery:
    """The query a link asks for; what it cannot mean is left out, because links are typed and cut by people."""
    given = {name: text.replace("\0", "") for name, text in given.items()}  # no database compares it
    tab = given.get("tab", "")
    return CaseQuery(
        tab=tab if tab in TABS else CaseTab.OPEN,
        kinds=_several(AftersaleKind, given.get("kind")),
        channels=_several(Channel, given.get("channel")),
        shops=_words(given.get("shop")),
        reasons=_several(ReasonKind, given.get("reason")),
        text=given.get("q", "").strip()[:64],
        behind=cases_behind(given),
        cursor=given.get("at", "")[:200],
    )


def address(query: CaseQuery) -> str:
    """The link to ``query``, only what differs from the plain queue, always in the same order."""
    parts = {
        "tab": query.tab if query.tab != CaseTab.OPEN else "",
        **{name: ",".join(sorted(getattr(query, field))) for name, field in _FIELDS.items()},
        "q": query.text,
        **cases_words(query.behind),
        "at": query.cursor,
    }
    kept = urlencode({name: value for name, value in parts.items() if value}, safe=",:~")
    return f"{PATH}?{kept}" if kept else PATH


def case_href(case_id: int) -> str:
    return f"{PATH}?case={case_id}"


def queue_view(session: Session, query: CaseQuery, now: datetime) -> QueueView:
    """An old cursor, or one of another list, begins again."""
    try:
        page = case_page(session, query, now)
    except BadInput:
        query = replace(query, cursor="")
        page = case_page(session, query, now)
    plain = replace(query, cursor="")
    return QueueView(
        tab=query.tab,
        rows=[_row(row) for row in page.rows],
        counts={tab: f"{count:,}" for tab, count in case_counts(session, query, now).items()},
        tabs={tab: address(replace(plain, tab=tab)) for tab in TABS},
        kind=_filter(plain, "kinds", [(kind, kind) for kind in AftersaleKind]),
        channel=_filter(plain, "channels", [(channel, channel) for channel in Channel]),
        shop=_filter(plain, "shops", session.exec(select(Shop.code, Shop.name).order_by(col(Shop.code))).all()),
        reason=_filter(plain, "reasons", [(kind, kind) for kind in ReasonKind]),
        behind=behind_view(query.behind, address(replace(plain, behind=None))),
        text=query.text,
        clear_text=address(replace(plain, text="")),
        first=address(plain) if query.cursor else "",
        next=address(replace(query, cursor=page.next_cursor)) if page.next_cursor else "",
        mark=digest(address(query))[:12],
        is_filtered=plain != CaseQuery(tab=query.tab),
    )


def _row(row: CaseRow) -> CaseRowView:
    case = row.case
    is_over = case.stage in ENDED
    return CaseRowView(
        id=str(case.id),
        no=case.channel_refund_no,
        href=case_href(case.id),
        kind=case.kind,
        stage=case.stage,
        amount=money_text(case.amount_fen),
        reason=case.reason,
        reason_kind=case.reason_kind,
        own_reason=row.own_reason,
        channel=case.channel,
        shop=row.shop_name,
        order_no=row.order_no,
        order_href=f"/orders?tab=all&order={case.order_id}",
        origin=case.origin,
        opened_by=case.opened_by,
        due="" if is_over else unix(case.deadline),
        due_exact=exact(case.deadline),
        requested=unix(case.requested_at),
        requested_exact=exact(case.requested_at),
        changed=f"{case.stage} {unix(case.channel_updated_at)}",
        is_late=row.is_late,
    )


def _filter(query: CaseQuery, name: str, words: Iterable[tuple[str, str]]) -> Filter:
    chosen = {str(word) for word in getattr(query, name)}
    return Filter(
        choices=[Choice(word, text, address(_toggled(query, name, word)), word in chosen) for word, text in words],
        shown=sorted(chosen),
        clear=address(replace(query, **{name: ()})),
    )


def _toggled(query: CaseQuery, name: str, word: str) -> CaseQuery:
    standing = getattr(query, name)
    wanted = tuple(kept for kept in standing if kept != word) if word in standing else (*standing, word)
    changed: dict[str, Any] = {name: wanted}
    return replace(query, **changed)


def _several(words: type[Word], text: str | None) -> tuple[Word, ...]:
    return tuple(words(word) for word in _words(text) if word in set(words))


def _words(text: str | None) -> tuple[str, ...]:
    parts = {part.strip()[:64] for part in (text or "").split(",")} - {""}
    return tuple(sorted(parts))[:_MOST_WORDS]
