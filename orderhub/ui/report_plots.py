"""Which figures does plotly draw? Plain data: no template, and colours only as places that assets/report.css fills."""

from collections.abc import Mapping, Sequence
from typing import Any

_CLEAR = "rgba(0,0,0,0)"
_LINES = (("4px,3px", 1.5), ("3px,3px", 1.5), ("solid", 2))  # a week before, a day before, this period
_DOT = 8
_MOST_TICKS = 8

Figure = dict[str, Any]


def lines(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[int | None]]],
    marks: Mapping[int, str],
) -> Figure:
    """``series`` are a week before, a day before and this period, which ends at None; one of nothing is not drawn.

    ``marks`` name places.
    """
    names = list(labels)
    traces = [_line(names, name, values, *look) for (name, values), look in zip(series, _LINES, strict=True)]
    present = series[-1][1]
    last = max((place for place, value in enumerate(present) if value is not None), default=-1)
    traces[-1] |= {
        "fill": "tozeroy",
        "fillcolor": "rgba(91,123,230,.1)",
        "mode": "lines+markers",
        "marker": {"size": [_DOT if place == last else 0 for place in range(len(names))], "opacity": 1},
    }
    highest = max((value or 0 for _, values in series for value in values), default=0)
    layout = _layout(highest)
    layout["hovermode"] = "x unified"
    layout["shapes"] = [_stroke(place) for place in marks]
    if 0 <= last < len(names) - 1:
        layout["shapes"].append(_stroke(last, dash="solid"))
    layout["annotations"] = [
        {"x": place, "y": 1, "yref": "paper", "text": text, "showarrow": False, "xanchor": "left", "yanchor": "top"}
        for place, text in marks.items()
    ]
    return {"data": traces, "layout": layout}


def ring(names: Sequence[str], counts: Sequence[int]) -> Figure:
    trace = {
        "type": "pie",
        "labels": list(names),
        "values": list(counts),
        "hole": 0.68,
        "sort": False,
        "direction": "clockwise",
        "textinfo": "none",
        "hovertemplate": "%{label} %{value:,}<br>%{percent}<extra></extra>",
    }
    edge = {"l": 0, "r": 0, "t": 0, "b": 0}
    layout = {"margin": edge, "showlegend": False, "autosize": True, "paper_bgcolor": _CLEAR, "plot_bgcolor": _CLEAR}
    return {"data": [trace], "layout": layout}


def bars(names: Sequence[str], counts: Sequence[int]) -> Figure:
    trace = {
        "type": "bar",
        "x": list(names),
        "y": list(counts),
        "hovertemplate": "%{x} %{y:,}<extra></extra>",
        "width": min(0.6, 0.08 * max(1, len(names))),
    }
    return {"data": [trace], "layout": _layout(max(counts, default=0))}


def _line(names: list[str], name: str, values: Sequence[int | None], dash: str, width: float) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": names,
        "y": list(values) if any(values) else [None] * len(names),
        "line": {"dash": dash, "width": width},
        "hovertemplate": "%{y:,}",
    }


def _layout(highest: int) -> Figure:
    """Horizontal lines only; no dragging, so that a thumb scrolls the page."""
    return {
        "autosize": True,
        "showlegend": False,
        "dragmode": False,
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "margin": {"l": 40, "r": 8, "t": 8, "b": 24},
        "xaxis": {
            "type": "category",
            "nticks": _MOST_TICKS,
            "tickangle": 0,
            "showgrid": False,
            "zeroline": False,
            "showspikes": False,
            "fixedrange": True,
        },
        "yaxis": {
            "rangemode": "tozero",
            "nticks": 5,
            "tickformat": ",d",
            "ticklabelstandoff": 6,
            "zeroline": False,
            "fixedrange": True,
            **({"range": [0, 4]} if highest < 4 else {}),
        },
    }


def _stroke(place: int, dash: str = "dot") -> Figure:
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": place,
        "x1": place,
        "y0": 0,
        "y1": 1,
        "line": {"width": 1, "dash": dash},
    }
