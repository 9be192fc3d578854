"""各渠道履约时效排名: who ships within the promise, and how long a buyer waits."""

import reflex as rx

from orderhub.domain.words import Channel
from orderhub.ui.components.controls import cell, link, table_head
from orderhub.ui.components.marks import channel_mark
from orderhub.ui.panels.report import change_mark, report_card
from orderhub.ui.report_address import Report
from orderhub.ui.state.report import Reports
from orderhub.ui.text import label, t
from orderhub.ui.timeliness_view import TimelinessRowView

_WANTED = (
    ("rp_on_time", "num"),
    ("rp_kept", "num"),
    ("rp_late", "num"),
    ("rp_median", "num"),
    ("rp_p90", "num"),
    ("rp_deliver_median", "num"),
    ("rp_deliver_p90", "num"),
    ("rp_before", "num"),
)


def timeliness_card(*, is_alone: bool = False) -> rx.Component:
    view = Reports.timeliness
    return report_card(
        Report.TIMELINESS,
        t("rp_timeliness_sub"),
        _ranking(),
        _table() if is_alone else None,
        is_empty=view.rows.length() == 0,
    )


def _ranking() -> rx.Component:
    head = rx.el.thead(
        rx.el.tr(
            rx.el.th(rx.el.span(t("rp_rank"), class_name="vh"), scope="col", class_name="rp-rank"),
            rx.el.th(t("rp_channel"), scope="col", class_name="rp-name"),
            rx.el.th(t("rp_bar", least=Reports.timeliness.least), scope="col"),
            rx.el.th(t("rp_on_time"), scope="col", class_name="num rp-part"),
            *[rx.el.th(t(name), scope="col", class_name="num rp-part hide-phone") for name in ("rp_median", "rp_p90")],
            rx.el.th(t("rp_before"), scope="col", class_name="num rp-part hide-phone"),
        )
    )
    body = rx.el.tbody(rx.foreach(Reports.timeliness.rows, _rank))
    return rx.el.div(rx.el.table(head, body, aria_label=t("rp_timeliness")), class_name="rp-ranking")


def _rank(row: rx.Var[TimelinessRowView]) -> rx.Component:
    bar = rx.el.span(
        rx.el.span(rx.el.i(style={"width": row.width}), class_name="bar"),
        class_name="tgt",
        style={"--target": Reports.timeliness.target},
    )
    return rx.el.tr(
        rx.el.td(row.rank, class_name="num m3"),
        rx.el.td(link(_name(row), to=row.late_href, class_name="rp-link")),
        rx.el.td(bar),
        rx.el.td(link(row.on_time, to=row.kept_href, class_name="rp-link"), class_name="num b"),
        rx.el.td(_hours(row.median), class_name="num m2 hide-phone"),
        rx.el.td(_hours(row.p90), class_name="num m2 hide-phone"),
        rx.el.td(change_mark(row.change, row.is_better), class_name="num hide-phone"),
        key=row.key,
    )


def _name(row: rx.Var[TimelinessRowView]) -> rx.Component:
    name = rx.cond(row.name != "", row.name, label(Channel, row.channel))
    return rx.el.span(channel_mark(row.channel), rx.el.span(name, class_name="el"), class_name="row")


def _hours(value: rx.Var[str]) -> rx.Var[str]:
    return rx.cond(value == "—", value, t("rp_hours", n=value)).to(str)


def _table() -> rx.Component:
    table = rx.el.table(
        table_head(("rp_channel", "w15"), *_WANTED),
        rx.el.tbody(rx.foreach(Reports.timeliness.rows, _row)),
        aria_label=t("rp_timeliness_sub"),
    )
    return rx.el.div(table, class_name="pbox stack rp-table")


def _row(row: rx.Var[TimelinessRowView]) -> rx.Component:
    times = (
        ("rp_median", row.median),
        ("rp_p90", row.p90),
        ("rp_deliver_median", row.deliver_median),
        ("rp_deliver_p90", row.deliver_p90),
    )
    late = rx.cond(row.late != "0", link(row.late, to=row.late_href, class_name="red"), row.late)
    return rx.el.tr(
        rx.el.td(_name(row)),
        cell("rp_on_time", row.on_time, class_name="num b"),
        cell("rp_kept", link(row.kept, to=row.kept_href, class_name="b"), class_name="num"),
        cell("rp_late", late, class_name="num"),
        *[cell(name, _hours(value), class_name="num m2") for name, value in times],
        cell("rp_before", change_mark(row.change, row.is_better), class_name="num"),
        key=row.key,
    )
