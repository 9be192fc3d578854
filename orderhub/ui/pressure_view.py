"""What does the page of the pressure level show, as the browser gets it? The banner's words of it too."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from orderhub.intake.hub_level import (
    HubLevel,
    LevelPinned,
    LevelSwitched,
    LevelUnpinned,
    hub_level,
    samples_since,
)
from orderhub.intake.pausing import PAUSABLE, off_the_list
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.eventlog import Event, kind_of
from orderhub.kernel.level import Felt, Sign, felt, is_paused

PATH = "/studio/pressure"
PLOT_WIDTH, PLOT_HEIGHT = 320.0, 64.0

_HOUR = timedelta(hours=1)
_MOST_SWITCHES = 20
# The hub was away in between: no line is drawn through it.
_LONGEST_GAP = timedelta(minutes=1)
_PINNED, _LIFTED = kind_of(LevelPinned), kind_of(LevelUnpinned)
_SWITCHES = (kind_of(LevelSwitched), _PINNED, _LIFTED)


@dataclass
class LevelView:
    """Moments as text; ``by``, ``reason`` and ``until`` of a level set by hand, else empty."""

    level: str = "normal"
    sign: str = "calm"
    since: str = ""
    by: str = ""
    reason: str = ""
    until: str = ""


@dataclass
class PlotView:
    """``line`` and ``area`` are paths of an SVG; empty without samples."""

    line: str = ""
    area: str = ""
    last: str = "—"
    most: str = "—"


@dataclass
class WaitingView:
    """``off_by`` is who took it off the list, empty where it waits at level 2."""

    id: str
    kind: str
    name: str
    off_by: str
    waits_now: bool


@dataclass
class SwitchView:
    id: str
    at: str
    actor: str
    kind: str
    level: str
    sign: str
    reason: str
    until: str


@dataclass
class PressureView:
    now: LevelView = field(default_factory=LevelView)
    measured_level: str = "normal"
    measured_sign: str = "calm"
    has_samples: bool = False
    cpu: PlotView = field(default_factory=PlotView)
    waiting: PlotView = field(default_factory=PlotView)
    database: PlotView = field(default_factory=PlotView)
    may_wait: list[WaitingView] = field(default_factory=list)
    switches: list[SwitchView] = field(default_factory=list)


def level_view(held: Felt | None = None) -> LevelView:
    """``held``, or what this process feels."""
    one = held or felt()
    return LevelView(
        level=str(one.level),
        sign=str(one.sign),
        since=_text(one.since),
        by=one.by,
        reason=one.reason,
        until=_text(one.until),
    )


def pressure_view(session: Session, now: datetime) -> PressureView:
    row, samples = hub_level(session), samples_since(session, now - _HOUR)
    cpu = [(one.at, one.cpu) for one in samples if one.cpu is not None]
    return PressureView(
        now=level_view(_holds(row, now)),
        measured_level=str(row.level),
        measured_sign=str(row.sign),
        has_samples=bool(samples),
        cpu=_plot(cpu, now, least=100.0, unit=" %"),
        waiting=_plot([(one.at, float(one.depth)) for one in samples], now, least=10.0),
        database=_plot([(one.at, one.database_ms) for one in samples], now, least=50.0, unit=" ms"),
        may_wait=_may_wait(session),
        switches=[_switch(event) for event in _events(session)],
    )


def _holds(row: HubLevel, now: datetime) -> Felt:
    """The row as it is read now; where this process had to take a stricter level for itself, that."""
    known = row.at(now)
    is_for_itself = felt().sign in (Sign.STORAGE, Sign.UNSEEN) and felt().level.number > known.level.number
    return felt() if is_for_itself and not known.by else known


def _may_wait(session: Session) -> list[WaitingView]:
    off = off_the_list(session)
    return [
        WaitingView(
            id=f"{kind}:{name}",
            kind=str(kind),
            name=name,
            off_by=off[kind, name].by if (kind, name) in off else "",
            waits_now=is_paused(kind, name),
        )
        for kind, name in PAUSABLE
    ]


def _events(session: Session) -> Sequence[Event]:
    wanted = select(Event).where(Event.subject_type == LevelSwitched.subject_type, col(Event.kind).in_(_SWITCHES))
    return session.exec(wanted.order_by(col(Event.id).desc()).limit(_MOST_SWITCHES)).all()


def _switch(event: Event) -> SwitchView:
    body = event.body
    until = body.get("until", "")
    return SwitchView(
        id=str(event.id),
        at=shanghai_text(event.at),
        actor=event.actor,
        kind=event.kind,
        level=body.get("level", ""),
        sign=body.get("sign", ""),
        reason=body.get("reason", ""),
        until=_text(datetime.fromisoformat(until)) if until else "",
    )


def _plot(points: Sequence[tuple[datetime, float]], now: datetime, *, least: float, unit: str = "") -> PlotView:
    """``least`` is the smallest top of the axis: what is small looks small."""
    if not points:
        return PlotView()
    most = max(value for _, value in points)
    top, seconds = max(most, least), _HOUR.total_seconds()
    line, area = "", ""
    for run in _runs(points):
        drawn = [
            (PLOT_WIDTH * (1 - (now - at).total_seconds() / seconds), PLOT_HEIGHT * (1 - value / top))
            for at, value in run
        ]
        path = " ".join(f"{'L' if turn else 'M'}{x:.1f} {y:.1f}" for turn, (x, y) in enumerate(drawn))
        line += f"{path} "
        area += f"{path} L{drawn[-1][0]:.1f} {PLOT_HEIGHT} L{drawn[0][0]:.1f} {PLOT_HEIGHT}Z "
    return PlotView(line.strip(), area.strip(), f"{points[-1][1]:,.0f}{unit}", f"{most:,.0f}{unit}")


def _runs(points: Sequence[tuple[datetime, float]]) -> list[list[tuple[datetime, float]]]:
    runs: list[list[tuple[datetime, float]]] = []
    for at, value in points:
        if not runs or at - runs[-1][-1][0] > _LONGEST_GAP:
            runs.append([])
        runs[-1].append((at, value))
    return runs


def _text(moment: datetime | None) -> str:
    return shanghai_text(moment, "%m-%d %H:%M") if moment else ""
