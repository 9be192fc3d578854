"""时效: how long buyers wait for a first reply and a decision, by kind, person and week."""

import reflex as rx

from orderhub.domain.ticket import TicketKind
from orderhub.insights.service_times import Grouping
from orderhub.ui.components.cards import table_or
from orderhub.ui.components.controls import cell, link, native_form
from orderhub.ui.components.marks import icon, none_mark, unread, void
from orderhub.ui.panels.frame import SERVICE, framed
from orderhub.ui.panels.service_tabs import service_tabs
from orderhub.ui.service_times_view import PATH, TimesRowView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.service_times import ServiceTimes
from orderhub.ui.text import label, t

_COLUMNS = (
    ("times_opened", "num"),
    ("times_reply_median", "num"),
    ("times_reply_p95", "num"),
    ("times_decided", "num"),
    ("times_decision_median", "num"),
    ("times_decision_p95", "num"),
    ("times_late", "num"),
    ("times_right_first", "num"),
)


def page() -> rx.Component:
    return framed(
        SERVICE,
        rx.el.main(
            rx.el.div(
                rx.el.h1(t("service_times")),
                rx.el.span(class_name="sp"),
                service_tabs("service_times"),
                class_name="ph",
            ),
            rx.cond(ServiceTimes.has_failed, unread(ServiceTimes.enter), rx.fragment(_asked(), _figures(), _table())),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="时效 · OrderHub", on_load=[Frame.enter, ServiceTimes.enter])


def _asked() -> rx.Component:
    """Native forms: what is asked for stands in the address, and a download is no page of the router's."""
    view = ServiceTimes.view
    days = [
        rx.el.label(
            t(f"times_{name}"),
            rx.el.input(type="date", name=name, default_value=value, key=value, class_name="in slim"),
            class_name="lab",
        )
        for name, value in (("since", view.since), ("until", view.until))
    ]
    send = rx.el.button(t("times_show"), type="submit", class_name="btn pri")
    load = rx.el.button(
        icon("download", "s"),
        t("times_download"),
        type="submit",
        class_name="btn",
        custom_attrs={"formAction": f"{PATH}/download"},
    )
    known = rx.el.input(type="hidden", name="by", value=view.by, read_only=True)
    form = native_form(
        *days, known, send, load, method="get", action=PATH, class_name="row wraps", style={"alignItems": "flex-end"}
    )
    return rx.el.div(form, style={"marginBottom": "16px"})


def _figures() -> rx.Component:
    view = ServiceTimes.view
    before = t("times_returns_before", p95=view.returns_p95, n=view.returns_count, under=view.returns_under)
    return rx.fragment(
        rx.el.div(
            _figure("times_opened", view.total.opened),
            _figure("times_reply_median", view.total.reply_median, rx.fragment("P95 ", view.total.reply_p95)),
            _figure("times_decision_median", view.total.decision_median, rx.fragment("P95 ", view.total.decision_p95)),
            _figure("times_right_first", view.total.right_first),
            _figure("times_returns", view.returns, before),
            class_name="figs",
        ),
        rx.el.p(t("times_formula"), class_name="f12 m3"),
        rx.el.p(t("times_formula_returns"), class_name="f12 m3", style={"marginBottom": "16px"}),
    )


def _figure(name: str, value: rx.Var[str], below: rx.Component | rx.Var[str] | str = "") -> rx.Component:
    shown = rx.cond(ServiceTimes.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(
        rx.el.div(t(name), class_name="f12 m2"), shown, rx.el.div(below, class_name="f12 m2"), class_name="card fig low"
    )


def _table() -> rx.Component:
    rows, columns, nothing = ServiceTimes.view.rows, (("times_by", "w18"), *_COLUMNS), void("clock", "times_none")
    return rx.el.section(
        rx.el.header(_groupings(), style={"paddingLeft": "8px"}),
        table_or(nothing, "service_times", columns, rows, _row, is_loaded=ServiceTimes.is_loaded),
        class_name="card",
        aria_label=t("service_times"),
    )


def _groupings() -> rx.Component:
    view = ServiceTimes.view
    links = [
        link(
            t(f"times_by_{one}"),
            to=f"{PATH}?by={one}&since={view.since}&until={view.until}",
            custom_attrs={"aria-current": rx.cond(view.by == str(one), "page", "false")},
        )
        for one in Grouping
    ]
    return rx.el.nav(*links, class_name="seg svseg", aria_label=t("times_by"))


def _row(row: rx.Var[TimesRowView]) -> rx.Component:
    by_kind = ServiceTimes.view.by == str(Grouping.KIND)
    name = rx.cond(by_kind, label(TicketKind, row.key), rx.cond(row.key != "", row.key, t("ticket_nobody")))
    values = (
        row.opened,
        row.reply_median,
        row.reply_p95,
        row.decided,
        row.decision_median,
        row.decision_p95,
        row.late,
        row.right_first,
    )
    cells = [
        cell(column, rx.cond(value != "—", value, none_mark()), class_name="num")
        for (column, _), value in zip(_COLUMNS, values, strict=True)
    ]
    return rx.el.tr(rx.el.td(name, class_name="b"), *cells, key=row.key)
