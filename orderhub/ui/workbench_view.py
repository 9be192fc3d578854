"""What does the workbench show, as the browser gets it? Plots are paths of inline SVG: they need no library."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orderhub.insights.board import BoardRow
from orderhub.insights.workbench import AnomalyGroup, ChannelDay, Figures, HourlyVolume, Workbench
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import FieldGroup, sees
from orderhub.kernel.veil import Money
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.card_view import TaskView
from orderhub.ui.card_words import task_view
from orderhub.ui.figures import ChannelSync, channel_sync

LEFT, RIGHT, TOP, BOTTOM = 36.0, 472.0, 8.0, 174.0
_HOURS = 23
_STEPS = 4


@dataclass
class FigureView:
    """``is_better`` colours the change; ``change`` is empty where there is nothing to compare with."""

    name: str
    value: str
    change: str = ""
    is_up: bool = False
    is_better: bool = False


@dataclass
class UrgentView:
    id: str
    no: str
    channel: str
    due: str
    due_exact: str
    is_late: bool
    status: str
    hold: str
    risk: Money
    width: Money


@dataclass
class ChannelView:
    sync: ChannelSync
    orders: str


@dataclass
class GroupView:
    kind: str
    count: str
    late: str
    risk: Money


@dataclass
class PlotLine:
    """``ticks`` are the figures of the grid lines from below."""

    today: str = ""
    area: str = ""
    yesterday: str = ""
    last_x: str = "0"
    last_y: str = "0"
    ticks: list[str] = field(default_factory=list)


@dataclass
class WorkbenchView:
    at: str = ""
    figures: list[FigureView] = field(default_factory=list)
    urgent: list[UrgentView] = field(default_factory=list)
    late_count: str = "0"
    late_money: Money = ""
    soon_count: str = "0"
    tasks: list[TaskView] = field(default_factory=list)
    task_count: str = "0"
    tasks_soon: str = "0"
    tasks_closed: str = "0"
    plot: PlotLine = field(default_factory=PlotLine)
    channels: list[ChannelView] = field(default_factory=list)
    anomalies: list[GroupView] = field(default_factory=list)
    anomaly_count: str = "0"


def workbench_view(found: Workbench, now: datetime) -> WorkbenchView:
    figures = found.figures
    return WorkbenchView(
        at=shanghai_text(now, "%m-%d %H:%M"),
        figures=_figures(figures),
        urgent=_urgent(found.urgent),
        late_count=f"{figures.late_count:,}",
        late_money=money_text(figures.late_fen),
        soon_count=f"{figures.due_soon_count:,}",
        tasks=[task_view(task) for task in found.tasks.tasks[:9]],
        task_count=f"{found.tasks.count:,}",
        tasks_soon=str(found.tasks.due_within_hour),
        tasks_closed=str(found.tasks.closed_today),
        plot=plot_line(found.volume),
        channels=[_channel(day) for day in found.channels],
        anomalies=[_group(group) for group in found.anomalies],
        anomaly_count=f"{sum(group.count for group in found.anomalies):,}",
    )


def plot_line(volume: HourlyVolume) -> PlotLine:
    """Paths in a box of 480 × 196 with room for the axes."""
    most = _round_up(max([*volume.today, *volume.yesterday, 1]))
    today, yesterday = _points(volume.today, most), _points(volume.yesterday, most)
    last_x, last_y = today[-1] if today else (LEFT, BOTTOM)
    line = _path(today)
    return PlotLine(
        today=line,
        area=f"{line} L{last_x:.1f} {BOTTOM} L{LEFT} {BOTTOM}Z" if today else "",
        yesterday=_path(yesterday),
        last_x=f"{last_x:.1f}",
        last_y=f"{last_y:.1f}",
        ticks=[str(most * step // _STEPS) for step in range(_STEPS + 1)],
    )


def _points(counts: Sequence[int], most: int) -> list[tuple[float, float]]:
    width, height = (RIGHT - LEFT) / _HOURS, BOTTOM - TOP
    return [(LEFT + hour * width, BOTTOM - count / most * height) for hour, count in enumerate(counts)]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{'L' if turn else 'M'}{x:.1f} {y:.1f}" for turn, (x, y) in enumerate(points))


def _round_up(most: int) -> int:
    """The least of 4, 8, 20, 40, 80, 200, … that is not under ``most``: grid lines stand at whole numbers."""
    size = 4
    while size < most:
        size = size * 5 // 2 if str(size)[0] == "8" else size * 2
    return size


def _figures(figures: Figures) -> list[FigureView]:
    share, before = figures.on_time_share, figures.on_time_share_week_before
    seconds, seconds_before = figures.handling_seconds, figures.handling_seconds_yesterday
    return [
        _compared("fig_paid", figures.paid_today, figures.paid_yesterday),
        FigureView("fig_to_ship", f"{figures.to_ship:,}"),
        FigureView(
            "fig_on_time",
            "—" if share is None else f"{share:.1%}",
            "" if share is None or before is None else f"{abs(share - before) * 100:.1f}%",
            is_up=(share or 0) >= (before or 0),
            is_better=(share or 0) >= (before or 0),
        ),
        FigureView(
            "fig_handling",
            "—" if seconds is None else _span(seconds),
            "" if seconds is None or seconds_before is None else _span(abs(seconds - seconds_before)),
            is_up=(seconds or 0) > (seconds_before or 0),
            is_better=(seconds or 0) <= (seconds_before or 0),
        ),
        *_at_risk(figures),
    ]


def _at_risk(figures: Figures) -> list[FigureView]:
    return [FigureView("fig_at_risk", money_text(figures.at_risk_fen))] if sees(FieldGroup.MONEY) else []


def _compared(name: str, today: int, yesterday: int) -> FigureView:
    change = f"{abs(today - yesterday) / yesterday:.1%}" if yesterday else ""
    return FigureView(name, f"{today:,}", change, is_up=today >= yesterday, is_better=today >= yesterday)


def _span(seconds: int) -> str:
    """Hours and minutes, as the clocks of deadlines show them."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours}:{minutes:02d}"


def _urgent(rows: Sequence[BoardRow]) -> list[UrgentView]:
    most = max([row.at_risk_fen for row in rows], default=1) or 1
    return [
        UrgentView(
            id=str(row.order_id),
            no=row.channel_order_no,
            channel=row.channel,
            due=unix(row.ship_by),
            due_exact=exact(row.ship_by),
            is_late=row.is_late,
            status=row.status,
            hold=row.holds[0] if row.holds else "",
            risk=money_text(row.at_risk_fen),
            width=str(max(2, row.at_risk_fen * 100 // most)),
        )
        for row in rows
    ]


def _channel(day: ChannelDay) -> ChannelView:
    return ChannelView(channel_sync(day.health), f"{day.paid_today:,}")


def _group(group: AnomalyGroup) -> GroupView:
    late = str(group.late_count) if group.late_count else ""
    return GroupView(group.kind, str(group.count), late, money_text(group.at_risk_fen))
