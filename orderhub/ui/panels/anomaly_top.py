"""异常订单 TOP10: what goes wrong most, what it puts at risk, and what has stood longest."""

import reflex as rx

from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.ui.anomaly_top_view import AnomalyTopRowView
from orderhub.ui.components.controls import cell, link, table_head
from orderhub.ui.components.marks import none_mark
from orderhub.ui.panels.report import change_mark, report_card
from orderhub.ui.report_address import Report
from orderhub.ui.state.report import Reports
from orderhub.ui.text import label, t

_COLUMNS = (
    ("rp_kind", "w18"),
    ("rp_count", "num"),
    ("rp_late", "num"),
    ("risk", "num"),
    ("rp_age", "num"),
    ("rp_before", "num"),
)


def anomaly_top_card(*, is_alone: bool = False) -> rx.Component:
    view = Reports.anomaly_top
    legend = rx.el.span(
        rx.el.span(rx.el.i(class_name="late"), t("rp_late")),
        rx.el.span(rx.el.i(class_name="rest"), t("rp_in_time")),
        class_name="lg rp-squares hide-phone",
    )
    return report_card(
        Report.ANOMALY_TOP,
        t("rp_anomaly_sub", n=view.total, late=view.late),
        rx.el.ol(rx.foreach(view.rows, _bar), class_name="rp-top", aria_label=t("rp_anomaly-top")),
        _table() if is_alone else None,
        is_empty=view.rows.length() == 0,
        legend=legend,
    )


def _bar(row: rx.Var[AnomalyTopRowView]) -> rx.Component:
    bars = rx.el.span(
        rx.el.i(style={"width": row.late_width}, class_name="late"),
        rx.el.i(style={"width": row.rest_width}, class_name="rest"),
        class_name="rp-bars",
    )
    late = rx.cond(
        row.late != "0",
        rx.el.span(t("rp_late_n", n=row.late), class_name="num red"),
        rx.el.span("—", class_name="num m3"),
    )
    parts = (
        rx.el.span(row.rank, class_name="num m3"),
        rx.el.span(label(AnomalyKind, row.kind), class_name="el"),
        bars,
        rx.el.span(_figure(row), class_name="num b"),
        late,
    )
    return rx.el.li(link(*parts, to=row.href), key=row.kind)


def _figure(row: rx.Var[AnomalyTopRowView]) -> rx.Var[str]:
    """What they are ranked by."""
    age = rx.cond(row.age != "", t("rp_days", n=row.age), "—")
    return rx.match(Reports.anomaly_top.by, ("money", row.risk), ("age", age), row.count).to(str)


def _table() -> rx.Component:
    table = rx.el.table(
        table_head(*_COLUMNS), rx.el.tbody(rx.foreach(Reports.anomaly_top.rows, _row)), aria_label=t("rp_anomaly-top")
    )
    return rx.el.div(table, class_name="pbox stack rp-table")


def _row(row: rx.Var[AnomalyTopRowView]) -> rx.Component:
    late = rx.cond(row.late != "0", rx.el.span(row.late, class_name="red"), row.late)
    age = rx.cond(row.age != "", t("rp_days", n=row.age), none_mark())
    return rx.el.tr(
        rx.el.td(label(AnomalyKind, row.kind), class_name="b"),
        cell("rp_count", link(row.count, to=row.href, class_name="b"), class_name="num"),
        cell("rp_late", late, class_name="num"),
        cell("risk", row.risk, class_name="num"),
        cell("rp_age", age, class_name="num"),
        cell("rp_before", change_mark(row.change, row.is_better), class_name="num"),
        key=row.kind,
    )
