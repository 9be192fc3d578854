"""异常升级: who is told, and when, if something is not resolved in its time."""

import reflex as rx

from orderhub.domain.escalation import MOST_PERCENT, MOST_STEPS, Told
from orderhub.ui.anomaly_view import PATH
from orderhub.ui.components.controls import link, notice_line
from orderhub.ui.components.marks import icon
from orderhub.ui.panels.desk import is_read_only
from orderhub.ui.panels.frame import LADDER, framed
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.ladder import Ladder
from orderhub.ui.text import label, t


def page() -> rx.Component:
    back = link(icon("left", "s"), t("anomalies"), to=PATH, class_name="btn")
    return framed(
        LADDER,
        rx.el.main(
            rx.el.div(rx.el.h1(t("ladder")), rx.el.span(class_name="sp"), back, class_name="ph"),
            rx.el.section(
                rx.el.p(t("ladder_sub"), class_name="cardtext m2", style={"paddingTop": "12px"}),
                notice_line(Ladder.said, Ladder.is_refusal, Ladder.dismiss),
                rx.el.form(
                    *[_line(number) for number in range(MOST_STEPS)],
                    rx.el.p(t("ladder_hint"), class_name="m3 f12"),
                    rx.el.div(
                        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=is_read_only()),
                        class_name="row",
                    ),
                    on_submit=Ladder.save,
                    class_name="ladder",
                    key=Ladder.mark,
                ),
                class_name="card",
                aria_label=t("ladder"),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=f"{PATH}/ladder", title="异常升级 · OrderHub", on_load=[Frame.enter, Ladder.enter])


def _line(number: int) -> rx.Component:
    share = rx.el.input(
        name=f"share{number}",
        type="number",
        min="1",
        max=str(MOST_PERCENT),
        class_name="in",
        default_value=Ladder.shares[number],
    )
    options = [rx.el.option(label(Told, rx.Var.create(str(told))), value=str(told)) for told in Told]
    told = rx.el.select(*options, name=f"told{number}", class_name="in", default_value=Ladder.told[number])
    return rx.el.div(
        rx.el.span(t("ladder_step_n", n=number + 1), class_name="f12 m2"),
        rx.el.label(rx.el.span(t("ladder_share")), share, class_name="lab sp"),
        rx.el.label(rx.el.span(t("ladder_told")), told, class_name="lab sp"),
        class_name="row",
    )
