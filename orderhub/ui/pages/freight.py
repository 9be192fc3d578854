"""运费: what carriers charge against what we expect, differences first; what is asked back, and what came of it."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.freight import FreightCause
from orderhub.ui.components.controls import (
    cell,
    download_form,
    hidden,
    if_may,
    link,
    notice_line,
    page_foot,
    table_head,
)
from orderhub.ui.components.marks import carrier_name, icon, none_mark, unread, void
from orderhub.ui.freight_view import PATH, CauseView, LineView, MonthView
from orderhub.ui.panels.frame import FREIGHT, framed
from orderhub.ui.panels.freight_claims import claims, opened, pressed
from orderhub.ui.panels.freight_upload import preview, terms, upload
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.freight import Freight
from orderhub.ui.text import label, t

_CHANGE = Permission.SETTLEMENT_CHANGE
_DIFFERENCE_COLUMNS = (
    ("freight_cause", "w12"),
    ("freight_waybill", "w15"),
    ("freight_day", "w9"),
    ("freight_weight", "w12"),
    ("freight_zone", "w12"),
    ("freight_charged", "num w9"),
    ("freight_expected", "num w9"),
    ("freight_gap", "num w9"),
    ("", ""),
)
_MONTH_COLUMNS = (
    ("freight_month", "w9"),
    ("freight_carrier", ""),
    ("freight_count", "num w9"),
    ("freight_charged", "num w12"),
    ("freight_expected", "num w12"),
    ("freight_differences", "num w9"),
    ("freight_gap", "num w12"),
)


def page() -> rx.Component:
    shown = rx.fragment(
        _figures(), _differences(), claims(), _months(), if_may(_CHANGE, upload()), if_may(_CHANGE, terms())
    )
    asked = rx.foreach(Freight.view.asked, lambda one: hidden(one.name, one.value))
    again = rx.el.button(
        icon("refresh", "s"),
        t("freight_check_again"),
        type="button",
        class_name="btn",
        on_click=Freight.check_again,
        disabled=Frame.level == "read_only",
    )
    return framed(
        FREIGHT,
        rx.el.main(
            rx.el.div(
                rx.el.h1(t("freight")),
                rx.el.span(class_name="sp"),
                if_may(_CHANGE, again),
                download_form("/freight/download", "lines", "freight_download_lines", asked),
                class_name="ph",
            ),
            notice_line(Freight.said, Freight.is_refusal, Freight.dismiss),
            if_may(_CHANGE, rx.cond(Freight.preview.mark != "", preview())),
            rx.cond(Freight.has_failed, unread(Freight.enter), shown),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="运费 · OrderHub", on_load=[Frame.enter, Freight.enter])


def _figures() -> rx.Component:
    view = Freight.view
    alarm = rx.cond(view.open != "0", "red", "").to(str)
    return rx.el.div(
        _figure("freight_open", rx.el.span(view.open, class_name=alarm), view.open_money),
        _figure("freight_waiting", view.waiting, view.waiting_money),
        _figure("freight_credited", view.credited),
        _figure(
            "freight_agreed", rx.cond(view.share != "", view.share, none_mark()), t("freight_lines_n", n=view.lines)
        ),
        class_name="figs",
    )


def _figure(name: str, value: rx.Var[str] | rx.Component, below: rx.Var[str] | str = "") -> rx.Component:
    shown = rx.cond(Freight.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(
        rx.el.div(t(name), class_name="f12 m2"), shown, rx.el.div(below, class_name="f12 m2"), class_name="card fig low"
    )


def _differences() -> rx.Component:
    view = Freight.view
    table = rx.el.table(
        table_head(*_DIFFERENCE_COLUMNS),
        rx.el.tbody(rx.foreach(view.differences, _difference)),
        aria_label=t("freight_differences"),
    )
    every = rx.el.button(
        icon("check", "s"),
        t("freight_claim_page"),
        type="button",
        class_name="btn",
        on_click=Freight.claim_page,
        disabled=Frame.level == "read_only",
    )
    only = link(carrier_name(view.of_carrier), " ", view.of_month, icon("x", "xs"), to=PATH, class_name="chip on")
    is_narrowed = (view.of_carrier != "") | (view.of_month != "")
    return rx.el.section(
        rx.el.header(
            rx.el.h2(t("freight_differences")),
            rx.el.span(class_name="sp"),
            rx.cond(view.differences.length() > 1, if_may(_CHANGE, every)),
        ),
        rx.cond(
            (view.causes.length() > 0) | is_narrowed,
            rx.el.nav(
                rx.cond(is_narrowed, only),
                rx.foreach(view.causes, _cause),
                class_name="chips cardtext",
                aria_label=t("freight_cause"),
            ),
        ),
        rx.cond(
            view.differences.length() > 0,
            rx.el.div(table, class_name="pbox stack"),
            rx.cond(Freight.is_loaded, void("circle-check", "freight_differences_none"), _skeleton()),
        ),
        page_foot(view.first, view.next),
        class_name="card",
        aria_label=t("freight_differences"),
        id="differences",
    )


def _skeleton() -> rx.Component:
    return rx.el.div(*[rx.el.i(class_name="sk w7") for _ in range(4)], class_name="cardtext", aria_hidden="true")


def _cause(one: rx.Var[CauseView]) -> rx.Component:
    return link(
        label(FreightCause, one.cause),
        rx.el.span(one.count, class_name="b"),
        rx.el.span(one.money, class_name="m2"),
        rx.cond(one.is_on, icon("x", "xs")),
        to=one.href,
        class_name=rx.cond(one.is_on, "chip on", "chip"),
        key=one.cause,
    )


def _difference(one: rx.Var[LineView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.span(label(FreightCause, one.cause), class_name="tag amber")),
        cell(
            "freight_waybill",
            one.number,
            " ",
            rx.el.span(carrier_name(one.carrier), class_name="m3 f12"),
            rx.cond(one.word != "", rx.el.span(" ", one.word, class_name="m3 f12")),
            class_name="wrapcell",
        ),
        cell("freight_day", one.day),
        cell("freight_weight", _beside(one.weight, one.our_weight)),
        cell("freight_zone", _beside(one.zone, one.our_zone), class_name="wrapcell"),
        cell("freight_charged", one.charged, class_name="num"),
        cell("freight_expected", one.expected, class_name="num"),
        cell("freight_gap", one.gap, class_name="num b"),
        rx.el.td(if_may(_CHANGE, _claim(one)), class_name="wrapcell"),
        key=one.id,
    )


def _beside(theirs: rx.Var[str], ours: rx.Var[str]) -> rx.Component:
    both = rx.el.span(
        rx.cond(theirs != "", theirs, "—"), " / ", rx.el.span(rx.cond(ours != "", ours, "—"), class_name="m2")
    )
    return rx.cond((theirs != "") | (ours != ""), both, none_mark())


def _claim(one: rx.Var[LineView]) -> rx.Component:
    """A button; pressed, how much and a note, which a second button sends."""
    form = opened("freight_claim", Freight.claim, about=one.id, amount=one.amount)
    return rx.cond(Freight.asking == "claim " + one.id, form, pressed("claim", "freight_claim", one.id))


def _months() -> rx.Component:
    view = Freight.view
    table = rx.el.table(
        table_head(*_MONTH_COLUMNS), rx.el.tbody(rx.foreach(view.months, _month)), aria_label=t("freight_months")
    )
    nothing = rx.cond(Freight.is_loaded, void("truck", "freight_months_none", "freight_months_hint"))
    return rx.el.section(
        rx.el.header(rx.el.h2(t("freight_months"))),
        rx.cond(view.months.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        class_name="card",
        aria_label=t("freight_months"),
        id="months",
    )


def _month(one: rx.Var[MonthView]) -> rx.Component:
    lacking = rx.el.span(icon("triangle-alert", "s"), one.differing, class_name="row tight end red")
    whole = rx.el.span(icon("circle-check", "s"), "0", class_name="row tight end green")
    return rx.el.tr(
        rx.el.td(link(one.month, to=one.href), class_name="b"),
        cell("freight_carrier", carrier_name(one.carrier)),
        cell("freight_count", one.lines, class_name="num"),
        cell("freight_charged", one.charged, class_name="num"),
        cell("freight_expected", one.expected, class_name="num"),
        cell("freight_differences", rx.cond(one.differing != "", lacking, whole), class_name="num"),
        cell("freight_gap", rx.cond(one.gap != "", one.gap, none_mark()), class_name="num b"),
        class_name=rx.cond(one.is_on, "cur", ""),
        key=one.id,
    )
