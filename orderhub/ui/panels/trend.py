"""实时订单量趋势: how many orders are paid, beside the day before and a week before, with the promotion days."""

import reflex as rx

from orderhub.ui.components.controls import cell, link, table_head
from orderhub.ui.components.marks import none_mark
from orderhub.ui.panels.plots import plot
from orderhub.ui.panels.report import report_card
from orderhub.ui.report_address import Report
from orderhub.ui.state.report import Reports
from orderhub.ui.text import t
from orderhub.ui.trend_view import TrendRowView

_COLUMNS = (
    ("rp_moment", "w18"),
    ("rp_orders", "num"),
    ("rp_before_line", "num"),
    ("rp_week", "num"),
    ("rp_paid", "num hide-phone"),
    ("rp_promotion", "hide-phone"),
)


def trend_card(*, is_alone: bool = False) -> rx.Component:
    view = Reports.trend
    day = rx.cond(view.is_today, t("rp_today"), view.span)
    compared = rx.cond(view.is_days, t("rp_trend_period", change=view.change), t("rp_trend_day", change=view.change))
    total = rx.fragment(t("rp_trend_total", day=day, n=view.total), rx.cond(view.change != "", compared, ""))
    sub = rx.fragment(total, rx.cond(view.promotion != "", rx.el.span(" · ", view.promotion)))
    drawn = plot(view.figure, view.figure_en, "rp-trend", "rp_trend_alt", on_click=Reports.open_bucket)
    return report_card(
        Report.TREND,
        sub,
        rx.fragment(drawn, rx.fragment() if is_alone else _told()),
        _table() if is_alone else None,
        legend=_legend(),
    )


def _legend() -> rx.Component:
    lines = [
        rx.el.span(rx.el.i(class_name=kind), t(name))
        for name, kind in (("rp_this", ""), ("rp_before_line", "y"), ("rp_week", "w"))
    ]
    return rx.el.span(*lines, class_name="lg hide-phone")


def _told() -> rx.Component:
    """The picture in figures, for who does not see it."""
    head = table_head(("rp_moment", ""), ("rp_orders", ""), ("rp_before_line", ""), ("rp_week", ""))
    body = rx.foreach(
        Reports.trend.rows,
        lambda row: rx.el.tr(rx.el.td(row.moment), rx.el.td(row.orders), rx.el.td(row.before), rx.el.td(row.week)),
    )
    return rx.el.table(head, rx.el.tbody(body), class_name="vh", aria_label=t("rp_trend"))


def _table() -> rx.Component:
    table = rx.el.table(
        table_head(*_COLUMNS), rx.el.tbody(rx.foreach(Reports.trend.rows, _row)), aria_label=t("rp_trend")
    )
    return rx.el.div(table, class_name="pbox rp-table")


def _row(row: rx.Var[TrendRowView]) -> rx.Component:
    behind = rx.cond(row.href != "", link(row.orders, to=row.href, class_name="b"), row.orders)
    count = rx.cond(row.orders != "", behind, none_mark())
    promotion = rx.cond(row.promotion != "", rx.el.span(row.promotion, class_name="tag"), none_mark())
    return rx.el.tr(
        rx.el.td(row.moment),
        cell("rp_orders", count, class_name="num"),
        cell("rp_before_line", row.before, class_name="num m2"),
        cell("rp_week", row.week, class_name="num m2"),
        cell("rp_paid", rx.cond(row.paid != "", row.paid, none_mark()), class_name="num hide-phone"),
        cell("rp_promotion", promotion, class_name="hide-phone"),
        key=row.moment,
    )
