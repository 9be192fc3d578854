"""客服处理负荷: when in the week buyers ask, are answered and wait. The picture is a table, and read as one."""

import reflex as rx

from orderhub.ui.components.controls import cell, link, table_head
from orderhub.ui.panels.report import report_card
from orderhub.ui.report_address import Report
from orderhub.ui.rule_names import WEEKDAYS
from orderhub.ui.service_load_view import LoadCellView, LoadRowView
from orderhub.ui.state.report import Reports
from orderhub.ui.text import looked_up, t

_LEVELS = 6
_FIRST_ON_PHONE = 8
_COLUMNS = (("rp_weekday", ""), ("rp_hour", ""), ("rp_count", "num"), ("rp_tickets", "num"), ("rp_case_count", "num"))


def service_load_card(*, is_alone: bool = False) -> rx.Component:
    view = Reports.service_load
    most = t("rp_load_sub", day=looked_up(WEEKDAYS, view.top_day), hour=view.top_hour, n=view.top)
    steps = [rx.el.i(class_name=f"h{level}") for level in range(_LEVELS)]
    return report_card(
        Report.SERVICE_LOAD,
        rx.cond(view.top != "", most, ""),
        _heat(),
        _table() if is_alone else None,
        is_empty=view.top == "",
        legend=rx.el.span(t("rp_few"), *steps, t("rp_many"), class_name="lg rp-scale hide-phone"),
    )


def _heat() -> rx.Component:
    hours = [
        rx.el.th(
            rx.el.span(str(hour), class_name="rp-odd" if hour % 2 else ""), scope="col", class_name=_on_phone(hour)
        )
        for hour in range(24)
    ]
    head = rx.el.tr(rx.el.td(), *hours)
    body = rx.el.tbody(rx.foreach(Reports.service_load.rows, _line))
    return rx.el.table(body, rx.el.tfoot(head), class_name="rp-heat", aria_label=t("rp_load_alt"))


def _line(row: rx.Var[LoadRowView]) -> rx.Component:
    cells = [_square(row, row.cells[hour], hour) for hour in range(24)]
    return rx.el.tr(rx.el.th(looked_up(WEEKDAYS, row.day), scope="row"), *cells, key=row.day)


def _square(row: rx.Var[LoadRowView], one: rx.Var[LoadCellView], hour: int) -> rx.Component:
    said = t("rp_cell", day=looked_up(WEEKDAYS, row.day), hour=str(hour), n=one.count)
    kind = rx.Var.create("h") + one.level
    full = link(to=one.href, class_name=kind, title=said, aria_label=said)
    return rx.el.td(
        rx.cond(one.href != "", full, rx.el.i(rx.el.span(one.count, class_name="vh"), class_name=kind, title=said)),
        class_name=_on_phone(hour),
    )


def _on_phone(hour: int) -> str:
    """A phone shows the hours at which somebody is at work."""
    return "rp-night" if hour < _FIRST_ON_PHONE else ""


def _table() -> rx.Component:
    table = rx.el.table(
        table_head(*_COLUMNS), rx.el.tbody(rx.foreach(Reports.service_load.busiest, _row)), aria_label=t("rp_load")
    )
    return rx.el.div(table, class_name="pbox rp-table")


def _row(one: rx.Var[LoadCellView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(looked_up(WEEKDAYS, one.day)),
        cell("rp_hour", one.hour, ":00"),
        cell("rp_count", one.count, class_name="num b"),
        cell("rp_tickets", _part(one.tickets, one.tickets_href), class_name="num"),
        cell("rp_case_count", _part(one.cases, one.cases_href), class_name="num"),
        key=one.day + "." + one.hour,
    )


def _part(count: rx.Var[str], href: rx.Var[str]) -> rx.Component:
    return rx.cond(href != "", link(count, to=href), rx.el.span(count, class_name="m3"))
