"""The chip of a list that shows what stands behind a figure: of which time, and away with it."""

import reflex as rx

from orderhub.ui.behind_view import BehindView
from orderhub.ui.components.controls import link
from orderhub.ui.components.marks import icon
from orderhub.ui.text import t


def behind_chip(behind: rx.Var[BehindView]) -> rx.Component:
    chip = link(
        icon("chart", "xs"),
        t("rp_behind"),
        rx.el.span(behind.span, class_name="b"),
        icon("x", "xs"),
        to=behind.clear,
        class_name="chip on",
        title=t("rp_behind_clear"),
    )
    return rx.cond(behind.span != "", chip)
