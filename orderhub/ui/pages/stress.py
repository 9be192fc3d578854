"""压测: the reports of the load simulator, and one of them opened."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.components.controls import cell, hidden, if_may, link, native_form, notice_line, table_head
from orderhub.ui.components.marks import icon, none_mark, void
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.studio import STRESS, studio_tabs
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.stress import Stress
from orderhub.ui.stress_view import PATH, FigureView, FindingView, StressRow
from orderhub.ui.text import t

_COLUMNS = (
    ("stress_at", "w18"),
    ("stress_profile", "w9"),
    ("stress_orders", "num w9"),
    ("stress_rate", "num w9"),
    ("stress_p99", "num w12"),
    ("stress_queue", "num w12"),
    ("stress_verdict", ""),
)
_FIGURES = (("stress_figure", ""), ("stress_now", "num"), ("stress_before", "num"), ("stress_change", "num"))
_WORDS = {"sound": ("circle-check", "green"), "unsound": ("triangle-alert", "red"), "unverified": ("info", "m2")}


def page() -> rx.Component:
    gone = rx.cond(Stress.view.is_gone, rx.el.p(t("stress_gone"), role="status", class_name="para amber lead"))
    body = rx.fragment(gone, rx.cond(Stress.view.detail.run != "", _detail()), _list())
    return framed(
        STUDIO,
        rx.el.main(
            studio_tabs(STRESS),
            rx.el.div(rx.el.h1(t("stress_title")), class_name="ph"),
            rx.el.p(t("stress_hint"), class_name="para m2 lead"),
            notice_line(Stress.said, Stress.is_refusal, Stress.dismiss),
            if_may(Permission.STRESS_READ, body),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="压测 · OrderHub", on_load=[Frame.enter, Stress.enter])


def _list() -> rx.Component:
    table = rx.el.table(
        table_head(*_COLUMNS), rx.el.tbody(rx.foreach(Stress.view.rows, _row)), aria_label=t("stress_title")
    )
    nothing = rx.cond(Stress.is_loaded, void("trend", "stress_none", "stress_none_hint"))
    return rx.el.section(
        rx.el.header(rx.el.h2(t("stress_run"))),
        rx.cond(Stress.view.rows.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        class_name="card",
        aria_label=t("stress_run"),
    )


def _row(row: rx.Var[StressRow]) -> rx.Component:
    is_open = Stress.view.detail.run == row.run
    return rx.el.tr(
        rx.el.td(link(row.at, to=row.href, class_name="no"), class_name=rx.cond(is_open, "b", "")),
        cell("stress_profile", row.profile),
        cell("stress_orders", row.orders, class_name="num"),
        cell("stress_rate", row.rate, class_name="num"),
        cell("stress_p99", row.p99, class_name="num"),
        cell("stress_queue", rx.cond(row.queue != "", row.queue, none_mark()), class_name="num"),
        cell("stress_verdict", _verdict(row.verdict)),
        key=row.run,
    )


def _verdict(word: rx.Var[str]) -> rx.Component:
    marks = [
        (name, rx.el.span(icon(picture, "s"), t(f"stress_{name}"), class_name=f"row tight {colour}"))
        for name, (picture, colour) in _WORDS.items()
    ]
    return rx.match(word, *marks, none_mark())


def _detail() -> rx.Component:
    detail = Stress.view.detail
    return rx.fragment(
        rx.el.section(
            rx.el.header(
                rx.el.h2(t("stress_findings")),
                rx.el.span(detail.about, class_name="sub"),
                rx.el.span(class_name="sp"),
                _download("html"),
                _download("json"),
                class_name="floorbar",
            ),
            rx.el.ul(rx.foreach(detail.findings, _finding), class_name="pbox"),
            rx.cond(
                detail.numbers != "",
                rx.el.p(t("stress_numbers"), ": ", detail.numbers, class_name="para m2 pbox"),
            ),
            class_name="card",
            aria_label=t("stress_findings"),
        ),
        rx.el.section(
            rx.el.header(rx.el.h2(t("stress_figures"))),
            rx.el.div(
                rx.el.table(
                    table_head(*_FIGURES),
                    rx.el.tbody(rx.foreach(detail.figures, _figure)),
                    aria_label=t("stress_figures"),
                ),
                class_name="pbox stack",
            ),
            class_name="card",
            aria_label=t("stress_figures"),
        ),
        rx.el.section(
            rx.el.header(rx.el.h2(t("stress_charts"))),
            rx.el.div(
                rx.el.img(src=detail.chart, alt=t("stress_chart_alt"), style={"maxWidth": "100%", "height": "auto"}),
                class_name="pbox",
            ),
            class_name="card",
            aria_label=t("stress_charts"),
        ),
    )


def _finding(one: rx.Var[FindingView]) -> rx.Component:
    mark = rx.cond(one.is_bad, icon("triangle-alert", "s"), icon("info", "s"))
    return rx.el.li(mark, rx.el.span(one.words), class_name=rx.cond(one.is_bad, "row tight red", "row tight"))


def _figure(one: rx.Var[FigureView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.name),
        cell("stress_now", one.now, class_name="num"),
        cell("stress_before", rx.cond(one.before != "", one.before, none_mark()), class_name="num m2"),
        cell("stress_change", rx.cond(one.change != "", one.change, none_mark()), class_name="num m2"),
        key=one.name,
    )


def _download(kind: str) -> rx.Component:
    return native_form(
        hidden("run", Stress.view.detail.run),
        hidden("as", kind),
        rx.el.button(icon("download", "s"), t(f"stress_{kind}"), type="submit", class_name="btn"),
        method="get",
        action=f"{PATH}/file",
        class_name="bare",
    )
