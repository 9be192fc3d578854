"""What every report has around its picture: a card with its name, its files, and what stands there without figures."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.components.controls import hidden, if_may, link, native_form
from orderhub.ui.components.marks import icon, unread, void
from orderhub.ui.report_address import PATH, VIEWS, Report
from orderhub.ui.report_view import FactView
from orderhub.ui.state.report import Reports
from orderhub.ui.text import t

# How much of twelve columns a report takes among the others.
SPANS = {
    Report.TREND: "c8",
    Report.FUNNEL: "c4",
    Report.TIMELINESS: "c6",
    Report.ANOMALY_TOP: "c6",
    Report.SERVICE_LOAD: "c8",
    Report.RETURN_REASONS: "c4",
}
_GROUPING = {
    Report.TREND: "rp_step",
    Report.TIMELINESS: "rp_by",
    Report.ANOMALY_TOP: "rp_order",
    Report.SERVICE_LOAD: "rp_load",
    Report.RETURN_REASONS: "rp_reasons",
}


def report_card(
    report: Report,
    sub: rx.Component | rx.Var[str] | str,
    picture: rx.Component,
    table: rx.Component | None = None,
    *,
    is_empty: rx.Var[bool] | bool = False,
    legend: rx.Component | None = None,
) -> rx.Component:
    """Alone with ``table`` under its picture, else one among the others, whose name leads to its own page."""
    name, is_alone = t(f"rp_{report}"), table is not None
    title = name if is_alone else link(name, to=Reports.head.hrefs[str(report)])
    shown = rx.fragment(picture, table) if is_alone else picture
    body = rx.cond(is_empty, void("chart", "rp_none", "rp_none_hint"), shown)
    return rx.el.section(
        rx.el.header(
            rx.el.h2(title),
            rx.el.span(sub, class_name="sub el"),
            rx.el.span(class_name="sp"),
            legend or rx.fragment(),
            rx.el.span(files(report), class_name="rp-files" if is_alone else "rp-files hide-phone"),
            rx.fragment() if is_alone else _to_own_page(report),
        ),
        views(report) if is_alone and VIEWS[report] else rx.fragment(),
        rx.cond(
            Reports.failed.contains(str(report)),
            unread(Reports.enter),
            rx.cond(Reports.loaded.contains(str(report)), body, _skeleton()),
        ),
        class_name="card rp-card" if is_alone else f"card rp-card {SPANS[report]}",
        aria_label=name,
        id=str(report),
    )


def files(report: Report) -> rx.Component:
    """As CSV and as a workbook, as the page is narrowed down."""
    name = t(f"rp_{report}")
    buttons = [
        rx.el.button(
            form.upper(),
            type="submit",
            name="format",
            value=form,
            class_name="btn ghost rp-file",
            aria_label=t(f"rp_{form}_of", what=name),
        )
        for form in ("csv", "xlsx")
    ]
    return if_may(Permission.REPORT_EXPORT, asking_form(f"{PATH}/download", hidden("what", str(report)), *buttons))


def asking_form(action: str, *children: rx.Component, **props: str) -> rx.Component:
    """A native form that sends what the page's address says along."""
    asked = rx.foreach(Reports.head.facts, _fact)
    kind = props.pop("class_name", "row tight")
    return native_form(asked, *children, method="get", action=action, class_name=kind, **props)


def views(report: Report) -> rx.Component:
    """How the report may be looked at on its own page: links, so that each has an address."""
    head = Reports.head
    links = [
        link(
            t(f"rp_{view}"),
            to=head.views[view],
            custom_attrs={"aria-current": rx.cond(head.view == view, "page", "false")},
        )
        for view in VIEWS[report]
    ]
    return rx.el.div(rx.el.nav(*links, class_name="seg", aria_label=t(_GROUPING[report])), class_name="rp-views")


def change_mark(change: rx.Var[str], is_better: rx.Var[bool]) -> rx.Component:
    """Signed, so that it says without colour which way; nothing where there is nothing to compare with."""
    return rx.cond(
        change != "",
        rx.el.span(change, class_name=rx.cond(is_better, "green", "red")),
        rx.el.span("—", class_name="m3"),
    )


def _fact(fact: rx.Var[FactView]) -> rx.Component:
    return hidden(fact.name, fact.value)


def _to_own_page(report: Report) -> rx.Component:
    return link(
        icon("right"),
        to=Reports.head.hrefs[str(report)],
        class_name="rp-more only-phone",
        aria_label=t("rp_open", what=t(f"rp_{report}")),
    )


def _skeleton() -> rx.Component:
    bars = [rx.el.i(class_name=f"sk w{width}") for width in (8, 6, 7, 5)]
    return rx.el.div(*bars, class_name="rp-wait", aria_hidden="true")
