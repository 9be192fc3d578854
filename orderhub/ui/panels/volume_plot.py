"""Orders by the hour, today against yesterday, drawn as SVG: 1 KB instead of a plotting library."""

import reflex as rx

from orderhub.ui.state.workbench import Day
from orderhub.ui.text import t
from orderhub.ui.workbench_view import BOTTOM, LEFT, RIGHT, TOP

_HOURS = (0, 3, 6, 9, 12, 15, 18, 21)
_LINES = 5


def volume_plot() -> rx.Component:
    plot = Day.view.plot
    svg = rx.el.svg
    return svg(
        *[_grid_line(step) for step in range(_LINES)],
        *[_hour(hour) for hour in _HOURS],
        svg.path(d=plot.area, class_name="ar"),
        svg.path(d=plot.yesterday, class_name="ln y"),
        svg.path(d=plot.today, class_name="ln"),
        rx.cond(
            plot.today != "",
            svg.circle(cx=plot.last_x, cy=plot.last_y, r="4", class_name="now"),
        ),
        view_box="0 0 480 196",
        class_name="plot",
        role="img",
        aria_label=t("volume_alt"),
    )


def _grid_line(step: int) -> rx.Component:
    y = BOTTOM - (BOTTOM - TOP) * step / (_LINES - 1)
    return rx.fragment(
        rx.el.svg.line(x1=str(LEFT), x2=str(RIGHT), y1=f"{y:.1f}", y2=f"{y:.1f}", class_name="gl"),
        rx.el.svg.text(Day.view.plot.ticks[step], x=str(LEFT - 8), y=f"{y + 4:.1f}", text_anchor="end"),
    )


def _hour(hour: int) -> rx.Component:
    x = LEFT + (RIGHT - LEFT) * hour / 23
    return rx.el.svg.text(f"{hour}:00", x=f"{x:.1f}", y="192", text_anchor="middle")
