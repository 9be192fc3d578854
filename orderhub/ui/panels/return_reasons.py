"""退换货原因: why goods come back or money is wanted back, as the merchant tells the reasons apart."""

import reflex as rx

from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import Channel
from orderhub.ui.components.controls import cell, link, table_head
from orderhub.ui.panels.plots import plot
from orderhub.ui.panels.report import change_mark, report_card
from orderhub.ui.report_address import Report
from orderhub.ui.return_reasons_view import ReasonRowView
from orderhub.ui.state.report import Reports
from orderhub.ui.text import label, t

_COLUMNS = (("rp_what", ""), ("rp_count", "num w12"), ("rp_share", "num w12"), ("rp_before", "num w12"))


def return_reasons_card(*, is_alone: bool = False) -> rx.Component:
    view = Reports.return_reasons
    return report_card(
        Report.RETURN_REASONS,
        view.span,
        rx.cond(view.is_ring, _pie(), plot(view.figure, view.figure_en, "rp-bars-plot", "rp_reasons_alt")),
        _table() if is_alone else None,
        is_empty=view.rows.length() == 0,
    )


def _pie() -> rx.Component:
    view = Reports.return_reasons
    middle = rx.el.div(
        rx.el.span(view.total, class_name="rp-sum"), rx.el.span(t("rp_cases"), class_name="f12 m3"), class_name="rp-mid"
    )
    ring = rx.el.div(plot(view.figure, view.figure_en, "rp-ring", "rp_reasons_alt"), middle, class_name="rp-ringbox")
    legend = rx.el.ol(rx.foreach(view.slices, _slice), class_name="rp-slices", aria_label=t("rp_return-reasons"))
    return rx.el.div(ring, legend, class_name="rp-pie")


def _slice(row: rx.Var[ReasonRowView]) -> rx.Component:
    parts = (
        rx.el.i(class_name=rx.Var.create("p") + row.colour),
        rx.el.span(_name(row), class_name="el"),
        rx.el.span(row.share, class_name="num b"),
        rx.el.span(row.count, class_name="num m3"),
    )
    return rx.el.li(rx.cond(row.href != "", link(*parts, to=row.href), rx.el.span(*parts)), key=row.key)


def _name(row: rx.Var[ReasonRowView]) -> rx.Var[str]:
    """The merchant's own word, a SKU or a month as it is; else what the word of ours is called."""
    ours = rx.match(
        row.word,
        ("reason", label(ReasonKind, row.key)),
        ("channel", label(Channel, row.key)),
        ("others", t("rp_others")),
        row.name,
    )
    return ours.to(str)


def _table() -> rx.Component:
    table = rx.el.table(
        table_head(*_COLUMNS),
        rx.el.tbody(rx.foreach(Reports.return_reasons.rows, _row)),
        aria_label=t("rp_return-reasons"),
    )
    return rx.el.div(table, class_name="pbox stack rp-table")


def _row(row: rx.Var[ReasonRowView]) -> rx.Component:
    count = rx.cond(row.href != "", link(row.count, to=row.href, class_name="b"), rx.el.span(row.count, class_name="b"))
    return rx.el.tr(
        rx.el.td(_name(row)),
        cell("rp_count", count, class_name="num"),
        cell("rp_share", row.share, class_name="num"),
        cell("rp_before", change_mark(row.change, row.is_better), class_name="num"),
        key=row.key,
    )
