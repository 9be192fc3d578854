"""验货台: what comes back is scanned, counted, photographed; for a desk with a scanner and for a phone."""

import reflex as rx

from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.insights.inspection import LISTS
from orderhub.ui.components.controls import cell, link, notice_line, table_head
from orderhub.ui.components.marks import age_mark, channel_mark, icon, void
from orderhub.ui.inspection_view import PATH, ReturnView
from orderhub.ui.panels.bench import bench
from orderhub.ui.panels.frame import RETURNS, framed
from orderhub.ui.panels.inspection_case import section
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.inspection import Bench, InspectionCase
from orderhub.ui.text import label, t

_NAMES = {
    AftersaleStatus.RETURNED: "list_returned",
    AftersaleStatus.AWAITING_RETURN: "list_awaiting",
    AftersaleStatus.INSPECTED: "list_inspected",
}
_NOTHING = {
    AftersaleStatus.RETURNED: "bench_none_returned",
    AftersaleStatus.AWAITING_RETURN: "bench_none_awaiting",
    AftersaleStatus.INSPECTED: "bench_none_inspected",
}
_COLUMNS = (
    ("return_waybill", "w18"),
    ("return_kind", "w12"),
    ("order_no", "w18"),
    ("goods", ""),
    ("return_since", "w12"),
    ("", "w12"),
)
_view = Bench.view


def page() -> rx.Component:
    return framed(
        RETURNS,
        rx.el.main(
            rx.el.div(rx.el.h1(t("returns_page")), class_name="ph"),
            notice_line(Bench.said, Bench.is_refusal, Bench.dismiss),
            bench(),
            rx.cond(Bench.table.id != InspectionCase.view.id, section()),
            _tabs(),
            _list(),
            id="content",
            class_name="page floor",
        ),
    )


def add(app: rx.App) -> None:
    loads = [Frame.enter, Bench.enter, InspectionCase.look]
    app.add_page(page, route=PATH, title="验货台 · OrderHub", on_load=loads)


def _tabs() -> rx.Component:
    return rx.el.nav(*[_tab(which) for which in LISTS], class_name="tabs floortabs", aria_label=t("bench_lists"))


def _tab(which: AftersaleStatus) -> rx.Component:
    here = rx.cond(_view.which == str(which), "page", "false")
    count = rx.el.span(_view.counts[str(which)], class_name="n")
    return link(t(_NAMES[which]), count, to=_view.tabs[str(which)], custom_attrs={"aria-current": here})


def _list() -> rx.Component:
    rows = _view.rows
    table = rx.el.table(table_head(*_COLUMNS), rx.el.tbody(rx.foreach(rows, _row)), aria_label=t("bench_lists"))
    more = rx.cond(_view.has_more, rx.el.p(t("bench_more", n=rows.length()), class_name="cardfoot m2"))
    nothing = [(str(which), void("undo-2", name, "bench_hint")) for which, name in _NOTHING.items()]
    empty = rx.cond(Bench.is_loaded, rx.match(_view.which, *nothing, rx.fragment()), rx.el.i(class_name="sk w30"))
    body = rx.cond(rows.length() > 0, rx.fragment(rx.el.div(table, class_name="pbox stack"), more), empty)
    return rx.el.section(body, class_name="card", aria_label=t("bench_lists"))


def _row(row: rx.Var[ReturnView]) -> rx.Component:
    is_done = _view.which == str(AftersaleStatus.INSPECTED)
    number = rx.cond(is_done, link(row.number, to=row.href, class_name="b"), rx.el.strong(row.number))
    since = rx.el.span(age_mark(row.since), " ", row.by, class_name="m2 f12", title=row.since_exact)
    return rx.el.tr(
        cell("return_waybill", number),
        cell("return_kind", label(AftersaleKind, row.kind)),
        cell(
            "order_no",
            rx.el.span(channel_mark(row.channel), rx.el.span(row.order_no, class_name="f12"), class_name="row tight"),
        ),
        cell("goods", row.goods, rx.cond(is_done, _sums(row)), class_name="wrapcell"),
        cell("return_since", since),
        rx.el.td(rx.cond(is_done, _correct(row), _take(row)), class_name="num"),
        key=row.id,
    )


def _sums(row: rx.Var[ReturnView]) -> rx.Component:
    bad = [(row.defect, "state_defect"), (row.missing, "state_missing")]
    return rx.el.span(
        rx.el.span(t("state_good"), " ", row.good, class_name="tag"),
        *[rx.cond(count != "0", rx.el.span(t(name), " ", count, class_name="tag red")) for count, name in bad],
        rx.cond(row.photos != "", rx.el.span(icon("eye", "xs"), t("photos"), " ", row.photos, class_name="tag")),
        class_name="row wrap tight",
    )


def _take(row: rx.Var[ReturnView]) -> rx.Component:
    return rx.el.button(
        icon("eye", "s"),
        t("bench_take"),
        type="button",
        class_name="btn ghost",
        on_click=Bench.take(row.id),
        disabled=Frame.level == "read_only",
    )


def _correct(row: rx.Var[ReturnView]) -> rx.Component:
    button = rx.el.button(
        icon("undo-2", "s"),
        t("inspection_correct"),
        type="button",
        class_name="btn ghost",
        on_click=Bench.correct(row.id),
        disabled=Frame.level == "read_only",
    )
    return rx.cond(row.may_correct, button)
