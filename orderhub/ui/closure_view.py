"""What does the page of the closed loop show, as the browser gets it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlmodel import Session

from orderhub.access.permissions import Role
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind
from orderhub.domain.words import Channel
from orderhub.insights.closure import Closure, ClosureAsked, ClosureBy, closure_by, closure_total, median_seconds
from orderhub.kernel.clock import business_day, day_bounds, day_start
from orderhub.ui.anomaly_view import PATH as ANOMALIES_PATH

PATH = f"{ANOMALIES_PATH}/loop"
DAYS = (7, 30, 90)
_HOUR, _DAY = 3600.0, 86400.0
_WEEKS = 8
_WIDTH, _HEIGHT, _EDGE = 104.0, 32.0, 3.0
# The scale of the bars in the table begins here, as its head says.
_BAR_FROM = 0.8


@dataclass(frozen=True)
class Figure:
    """A figure of the loop: how it reads and is written, and what the merchant had before and wants to beat.

    Those two are the merchant's own: 14.2 h, 67 %, 3.8 days and 22 % before any hub, 2.1 h, 98 %, 1.2 days and 6 %
    with the one they had. ``part`` and ``whole`` are divided.
    """

    name: str
    unit: str
    part: str
    whole: str
    divisor: float
    before: float
    to_beat: float
    is_less_better: bool

    def value(self, row: Closure) -> float | None:
        whole = getattr(row, self.whole)
        return getattr(row, self.part) / self.divisor / whole if whole else None


FIGURES = (
    Figure("detect", "hours", "detect_seconds", "detected", _HOUR, 14.2, 2.1, True),
    Figure("accuracy", "percent", "first_right", "by_people", 0.01, 67, 98, False),
    Figure("resolve", "days", "resolve_seconds", "resolved", _DAY, 3.8, 1.2, True),
    Figure("complaint", "percent", "complained", "resolved", 0.01, 22, 6, True),
)
RATE = Figure("rate", "percent", "in_time", "due", 0.01, 0, 0, False)


@dataclass(frozen=True)
class ClosureQuery:
    """``days`` back from today, whole days in Shanghai."""

    days: int = 30
    kind: AnomalyKind | None = None
    channel: Channel | None = None
    role: str = ""
    by: ClosureBy = ClosureBy.KIND

    def asked(self, now: datetime, *, back: int = 0) -> ClosureAsked:
        """``back`` periods before this one."""
        today = business_day(now) - timedelta(days=back * self.days)
        since = day_start(today - timedelta(days=self.days - 1))
        return ClosureAsked(since, day_bounds(today)[1], self.kind, self.channel, self.role)

    @property
    def address(self) -> str:
        return f"{PATH}?{urlencode(self.facts)}"

    @property
    def facts(self) -> dict[str, str]:
        given = {"days": str(self.days), "kind": self.kind, "channel": self.channel, "role": self.role, "by": self.by}
        return {name: str(value) for name, value in given.items() if value}


@dataclass
class FigureView:
    """``delta`` is against the period before, empty where there is none; ``line`` is an SVG path of eight weeks."""

    name: str
    unit: str
    value: str = "—"
    division: str = ""
    delta: str = ""
    is_up: bool = False
    is_better: bool = False
    before: str = ""
    to_beat: str = ""
    is_met: bool = False
    middle: str = ""
    line: str = ""
    last_y: str = ""


@dataclass
class ClosureRowView:
    """``href`` leads to the anomalies behind it; empty where no list shows just those."""

    key: str
    role: str
    within: str
    count: str
    detect: str
    accuracy: str
    resolve: str
    complaint: str
    is_complained: bool
    rate: str
    bar: str
    late: str
    href: str


@dataclass
class PickView:
    value: str
    href: str
    is_on: bool


@dataclass
class ClosureView:
    """``once``, ``reopened``, ``late`` are counts of the due ones, and their widths in percent."""

    rate: FigureView = field(default_factory=lambda: FigureView("rate", "percent"))
    figures: list[FigureView] = field(default_factory=list)
    rows: list[ClosureRowView] = field(default_factory=list)
    periods: list[PickView] = field(default_factory=list)
    groupings: list[PickView] = field(default_factory=list)
    by: str = ClosureBy.KIND
    days: str = "30"
    kind: str = ""
    channel: str = ""
    role: str = ""
    due: str = "0"
    undue: str = "0"
    once: str = "0"
    reopened: str = "0"
    late: str = "0"
    once_width: str = "0%"
    reopened_width: str = "0%"
    late_width: str = "0%"


def closure_query(given: Mapping[str, str]) -> ClosureQuery:
    """What a link asks for; what it cannot mean is left out."""
    days, kind, channel = given.get("days", ""), given.get("kind", ""), given.get("channel", "")
    role, by = given.get("role", ""), given.get("by", "")
    return ClosureQuery(
        int(days) if days in map(str, DAYS) else 30,
        AnomalyKind(kind) if kind in list(AnomalyKind) else None,
        Channel(channel) if channel in list(Channel) else None,
        role if role in list(Role) else "",
        ClosureBy(by) if by in list(ClosureBy) else ClosureBy.KIND,
    )


def closure_view(session: Session, query: ClosureQuery, now: datetime) -> ClosureView:
    asked = query.asked(now)
    total, before = (closure_total(session, query.asked(now, back=back), now) for back in (0, 1))
    weeks = _weeks(session, asked, now)
    to_detect, to_resolve = median_seconds(session, asked)
    middles = {"detect": to_detect, "resolve": to_resolve}
    once = total.in_time - total.in_time_reopened
    return ClosureView(
        rate=_figure(RATE, total, before, weeks, None),
        figures=[_figure(one, total, before, weeks, middles.get(one.name)) for one in FIGURES],
        rows=_rows(closure_by(session, asked, query.by, now), query),
        periods=[_pick(query, str(days), days=days) for days in DAYS],
        groupings=[_pick(query, by, by=by) for by in ClosureBy],
        by=query.by,
        days=str(query.days),
        kind=query.kind or "",
        channel=query.channel or "",
        role=query.role,
        due=f"{total.due:,}",
        undue=f"{total.detected - total.due:,}",
        once=f"{once:,}",
        reopened=f"{total.in_time_reopened:,}",
        late=f"{total.late:,}",
        once_width=_width(once, total.due),
        reopened_width=_width(total.in_time_reopened, total.due),
        late_width=_width(total.late, total.due),
    )


def number_text(value: float | None) -> str:
    return "—" if value is None else f"{value:,.1f}"


def _weeks(session: Session, asked: ClosureAsked, now: datetime) -> Sequence[Closure]:
    since = asked.until - timedelta(weeks=_WEEKS)
    return tuple(closure_by(session, replace(asked, since=since), ClosureBy.WEEK, now).values())


def _figure(
    figure: Figure, total: Closure, before: Closure, weeks: Sequence[Closure], middle: float | None
) -> FigureView:
    now_is, then_was = figure.value(total), figure.value(before)
    change = None if now_is is None or then_was is None else now_is - then_was
    is_met = now_is is not None and (now_is < figure.to_beat if figure.is_less_better else now_is > figure.to_beat)
    points = [value for week in weeks if (value := figure.value(week)) is not None]
    line, last_y = _line(points)
    part = getattr(total, figure.part)
    if figure.unit == "percent":
        division = f"{part:,} ÷ {getattr(total, figure.whole):,}"
    else:
        division = f"{part / figure.divisor:,.1f} ÷ {getattr(total, figure.whole):,}"
    return FigureView(
        figure.name,
        figure.unit,
        value=number_text(now_is),
        division=division,
        delta="" if change is None else f"{abs(change):,.1f}",
        is_up=bool(change and change > 0),
        is_better=bool(change) and (change < 0) is figure.is_less_better if change is not None else False,
        before=f"{figure.before:g}",
        to_beat=f"{figure.to_beat:g}",
        is_met=is_met,
        middle="" if middle is None else f"{middle / figure.divisor:,.2f}",
        line=line,
        last_y=last_y,
    )


def _line(points: Sequence[float]) -> tuple[str, str]:
    if len(points) < 2:
        return "", ""
    low, high = min(points), max(points)
    step = (_WIDTH - 2 * _EDGE) / (len(points) - 1)
    span = high - low or 1.0
    places = [
        (_EDGE + turn * step, _HEIGHT - _EDGE - (value - low) / span * (_HEIGHT - 2 * _EDGE))
        for turn, value in enumerate(points)
    ]
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in places), f"{places[-1][1]:.1f}"


def _rows(found: dict[str, Closure], query: ClosureQuery) -> list[ClosureRowView]:
    rows = list(found.items())
    if query.by is ClosureBy.WEEK:
        rows.reverse()
    else:
        rows.sort(key=lambda one: (-one[1].detected, one[0]))
    return [_row(key, row, query) for key, row in rows]


def _row(key: str, row: Closure, query: ClosureQuery) -> ClosureRowView:
    handling = HANDLING[AnomalyKind(key)] if query.by is ClosureBy.KIND else None
    complaints = row.complaint_rate
    rate = row.closed_loop_rate
    return ClosureRowView(
        key=key,
        role=handling.role if handling else "",
        within=f"{handling.within.total_seconds() / _HOUR:g}" if handling else "",
        count=f"{row.detected:,}",
        detect=_hours(row.time_to_detect, _HOUR),
        accuracy=_percent(row.accuracy),
        resolve=_hours(row.time_to_resolve, _DAY),
        complaint=_percent(complaints),
        is_complained=complaints is not None and complaints > FIGURES[-1].to_beat / 100,
        rate=_percent(rate),
        bar=f"{max(0.0, ((rate or 0) - _BAR_FROM) / (1 - _BAR_FROM)):.0%}",
        late=f"{row.late:,}" if row.late else "",
        href=_behind(key, query),
    )


def _behind(key: str, query: ClosureQuery) -> str:
    """The list of anomalies that a row counts; by person and week no list shows just those."""
    names = {ClosureBy.KIND: "kind", ClosureBy.CHANNEL: "channel", ClosureBy.OWNER: "owner"}
    if query.by not in names or not key:
        return ""
    return f"{ANOMALIES_PATH}?{urlencode({'state': 'all', names[query.by]: key})}"


def _pick(query: ClosureQuery, value: str, **changes: object) -> PickView:
    picked = replace(query, **changes)  # pyright: ignore[reportArgumentType]
    return PickView(value, picked.address, picked == query)


def _hours(seconds: float | None, divisor: float) -> str:
    return "—" if seconds is None else f"{seconds / divisor:,.1f}"


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


def _width(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "0%"
