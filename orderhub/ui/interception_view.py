"""What does the page of interceptions show, as the browser gets it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from sqlmodel import Session

from orderhub.automation.answering import can_be_refused
from orderhub.domain.interception import Gate, InterceptionOutcome
from orderhub.domain.shipped_refusal import NEEDS_CODE, refusals
from orderhub.domain.words import Channel
from orderhub.insights.interception import (
    MOST_DAYS,
    CaughtRow,
    ChannelInterception,
    InterceptionQuery,
    Spread,
    by_channel,
    outcomes,
)
from orderhub.kernel.clock import business_day
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.numbers import number_of

PATH = "/interception"
_PERIODS = (1, 7, 30)
_SHOWN = (InterceptionOutcome.LEAKED, InterceptionOutcome.TOO_LATE)


@dataclass(frozen=True)
class PageQuery:
    """``which``: the outcome that is listed; ``before``: where the page before ended."""

    asked: InterceptionQuery
    which: InterceptionOutcome
    before: int


@dataclass
class SpreadView:
    """As h:mm:ss, empty where no case has come so far."""

    name: str = ""
    count: str = "0"
    median: str = ""
    p95: str = ""
    longest: str = ""


@dataclass
class GateView:
    gate: str
    count: str


@dataclass
class ChannelView:
    """``channel`` is empty for all together."""

    channel: str = ""
    cases: str = "0"
    caught: str = "0"
    too_late: str = "0"
    leaked: str = "0"
    hear: str = ""
    stop: str = ""
    answer: str = ""
    tell: str = ""


@dataclass
class CaughtView:
    """``may_stop``: its goods are on their way, and its carrier may still stop them."""

    case_id: str
    refund_no: str
    order_no: str
    href: str
    channel: str
    gate: str
    asked: str
    asked_exact: str
    heard_exact: str
    stopped_by: str
    may_stop: bool


@dataclass
class RefusalView:
    channel: str
    is_on: bool
    can_be_told: bool
    needs_code: bool
    reason_code: str


@dataclass
class ChoiceView:
    text: str
    href: str
    is_on: bool


@dataclass
class InterceptionView:
    since: str = ""
    until: str = ""
    channel: str = ""
    which: str = str(InterceptionOutcome.LEAKED)
    total: ChannelView = field(default_factory=ChannelView)
    share: str = ""
    spreads: list[SpreadView] = field(default_factory=list)
    gates: list[GateView] = field(default_factory=list)
    channels: list[ChannelView] = field(default_factory=list)
    rows: list[CaughtView] = field(default_factory=list)
    refusals: list[RefusalView] = field(default_factory=list)
    periods: list[ChoiceView] = field(default_factory=list)
    all_channels: str = PATH
    only: list[ChoiceView] = field(default_factory=list)
    leaked_href: str = PATH
    late_href: str = PATH
    first: str = ""
    next: str = ""


def query_of(given: Mapping[str, str], today: date) -> PageQuery:
    """What a link asks for; what it cannot mean is left out: the last seven days of every channel."""
    until = min(_day(given.get("until", "")) or today, today)
    since = _day(given.get("since", "")) or until - timedelta(days=6)
    since = max(min(since, until), until - timedelta(days=MOST_DAYS - 1))
    channel, which = given.get("channel", ""), given.get("which", "")
    return PageQuery(
        InterceptionQuery(since, until, Channel(channel) if channel in list(Channel) else None),
        InterceptionOutcome(which) if which in _SHOWN else InterceptionOutcome.LEAKED,
        number_of(given.get("before", "")),
    )


def interception_view(session: Session, now: datetime, query: PageQuery) -> InterceptionView:
    asked, today = query.asked, business_day(now)
    total, *each = by_channel(session, asked)
    page = outcomes(session, asked, query.which, before=query.before)
    stopped = total.caught / total.cases if total.cases else None
    return InterceptionView(
        since=asked.since.isoformat(),
        until=asked.until.isoformat(),
        channel=asked.channel or "",
        which=query.which,
        total=_channel(total),
        share=f"{stopped:.1%}" if stopped is not None else "",
        spreads=[_spread(name, one) for name, one in _steps(total)],
        gates=[GateView(gate, f"{count:,}") for gate, count in total.gates.items()],
        channels=[_channel(one) for one in each],
        rows=[_row(row) for row in page.rows],
        refusals=_refusals(session),
        periods=[_period(query, days, today) for days in _PERIODS],
        all_channels=_address(query, channel=""),
        only=[ChoiceView(one, _address(query, channel=one), asked.channel is one) for one in Channel],
        leaked_href=_address(query, which=InterceptionOutcome.LEAKED),
        late_href=_address(query, which=InterceptionOutcome.TOO_LATE),
        first=_address(query) if query.before else "",
        next=_address(query, before=page.next_before) if page.next_before else "",
    )


def span_text(span: timedelta | None) -> str:
    """``1:02:05``: hours, minutes, seconds."""
    if span is None:
        return ""
    seconds = max(round(span.total_seconds()), 0)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _address(query: PageQuery, **changes: object) -> str:
    asked = query.asked
    facts = {"since": asked.since, "until": asked.until, "channel": asked.channel or "", "which": query.which} | changes
    return f"{PATH}?{urlencode({name: str(value) for name, value in facts.items() if value})}"


def _period(query: PageQuery, days: int, today: date) -> ChoiceView:
    since = today - timedelta(days=days - 1)
    is_on = (query.asked.since, query.asked.until) == (since, today)
    return ChoiceView(str(days), _address(query, since=since, until=today), is_on)


def _steps(one: ChannelInterception) -> tuple[tuple[str, Spread], ...]:
    return ("hear", one.to_hear), ("stop", one.to_stop), ("answer", one.to_answer), ("tell", one.to_tell)


def _spread(name: str, one: Spread) -> SpreadView:
    return SpreadView(name, f"{one.count:,}", span_text(one.median), span_text(one.p95), span_text(one.longest))


def _channel(one: ChannelInterception) -> ChannelView:
    return ChannelView(
        one.channel or "",
        f"{one.cases:,}",
        f"{one.caught:,}",
        f"{one.too_late:,}",
        f"{one.leaked:,}",
        *(_three(spread) for _, spread in _steps(one)),
    )


def _three(one: Spread) -> str:
    return " / ".join(span_text(span) for span in (one.median, one.p95, one.longest)) if one.count else ""


def _row(row: CaughtRow) -> CaughtView:
    one = row.one
    return CaughtView(
        case_id=str(one.aftersale_id),
        refund_no=row.refund_no,
        order_no=row.order_no,
        href=f"/orders?tab=all&order={one.order_id}",
        channel=one.channel,
        gate=one.gate,
        asked=unix(one.asked_at),
        asked_exact=exact(one.asked_at),
        heard_exact=exact(one.heard_at),
        stopped_by=one.stopped_by,
        may_stop=row.is_open and one.gate in (Gate.UPLOAD, Gate.GONE) and not one.stopped_at,
    )


def _refusals(session: Session) -> list[RefusalView]:
    chosen = refusals(session)
    return [
        RefusalView(
            channel=channel,
            is_on=bool((one := chosen.get(channel)) and one.is_on),
            can_be_told=can_be_refused(channel),
            needs_code=channel in NEEDS_CODE,
            reason_code=one.reason_code if one else "",
        )
        for channel in Channel
    ]
