"""The one place that draws with plotly: its smallest bundle, loaded only by pages that import this.

Colours come from assets/report.css, so that a figure is the same in light and in dark and follows the theme by itself.
"""

from typing import Any

import reflex as rx

from orderhub.ui.state.preferences import Preferences
from orderhub.ui.text import t

_CONFIG = {"displayModeBar": False, "responsive": True, "doubleClick": False}


def plot(chinese: rx.Var[dict], english: rx.Var[dict], kind: str, name: str, **props: Any) -> rx.Component:
    """A figure as the server made it in both languages; ``kind`` is its class, ``name`` says what it shows."""
    from plotly.graph_objs import Figure  # noqa: PLC0415  (only a build draws: a hub starts without the library)

    figure = rx.cond(Preferences.lang == "en", english, chinese)
    drawn = rx.plotly.basic(
        data=figure.to(Figure),
        config=_CONFIG,
        template=None,
        style={"width": "100%", "height": "100%"},
        **props,
    )
    return rx.el.div(drawn, class_name=f"rp-plot {kind}", role="img", aria_label=t(name))
