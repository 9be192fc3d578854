"""对账: what payment services and platforms say they moved, day by day, against what we know; differences first."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.settlement import DifferenceCause, LineKind, StatementSource
from orderhub.ui.components.controls import (
    cell,
    download_form,
    hidden,
    if_may,
    link,
    notice_line,
    reason_form,
    tab_links,
    table_head,
)
from orderhub.ui.components.marks import age_mark, icon, none_mark, unread, void
from orderhub.ui.panels.frame import SETTLEMENT, framed
from orderhub.ui.panels.settlement_upload import preview, rates, upload
from orderhub.ui.settlement_view import PATH, CauseView, CorrectionView, DayView, DifferenceView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.settlement import Settlement
from orderhub.ui.text import label, t

_DIFFERENCE_COLUMNS = (
    ("settlement_cause", "w12"),
    ("settlement_day", "w9"),
    ("settlement_source", ""),
    ("order_no", "w18"),
    ("settlement_said", "num w9"),
    ("settlement_ours", "num w9"),
    ("settlement_gap", "num w9"),
    ("age", "num w9"),
    ("", "w15"),
)
_DAY_COLUMNS = (
    ("settlement_day", "w9"),
    ("settlement_source", ""),
    ("settlement_lines", "num w9"),
    ("settlement_receipts", "num w9"),
    ("settlement_refunds", "num w9"),
    ("settlement_fees", "num w9"),
    ("settlement_other", "num w9"),
    ("settlement_differences", "num w12"),
    ("", "w18"),
)
_CORRECTION_COLUMNS = (
    ("settlement_kind", ""),
    ("order_no", ""),
    ("settlement_said", "num"),
    ("settlement_fees", "num"),
)


def page() -> rx.Component:
    shown = rx.fragment(
        _figures(),
        _differences(),
        _corrections(),
        if_may(_CHANGE, upload()),
        _days(),
        if_may(_CHANGE, rates()),
    )
    return framed(
        SETTLEMENT,
        rx.el.main(
            rx.el.div(
                rx.el.h1(t("settlement")),
                rx.el.span(class_name="sp"),
                _download("differences", "settlement_download_differences"),
                _download("days", "settlement_download_days"),
                class_name="ph",
            ),
            notice_line(Settlement.said, Settlement.is_refusal, Settlement.dismiss),
            if_may(_CHANGE, rx.cond(Settlement.preview.mark != "", preview())),
            rx.cond(Settlement.has_failed, unread(Settlement.enter), shown),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="对账 · OrderHub", on_load=[Frame.enter, Settlement.enter])


_CHANGE = Permission.SETTLEMENT_CHANGE


def _figures() -> rx.Component:
    view = Settlement.view
    return rx.el.div(
        _figure("settlement_open", rx.el.span(view.open, class_name=_alarm(view.open)), view.gap),
        _figure("settlement_late", rx.el.span(view.late, class_name=_alarm(view.late))),
        _figure("settlement_unclosed", view.unclosed),
        _figure(
            "settlement_agrees",
            rx.cond(view.share != "", view.share, none_mark()),
            t("settlement_lines_n", n=view.lines),
        ),
        class_name="figs",
    )


def _alarm(count: rx.Var[str]) -> rx.Var[str]:
    return rx.cond(count != "0", "red", "").to(str)


def _figure(name: str, value: rx.Var[str] | rx.Component, below: rx.Var[str] | str = "") -> rx.Component:
    shown = rx.cond(Settlement.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(
        rx.el.div(t(name), class_name="f12 m2"), shown, rx.el.div(below, class_name="f12 m2"), class_name="card fig low"
    )


def _download(what: str, name: str) -> rx.Component:
    """What is shown, as it is narrowed down."""
    asked = rx.foreach(Settlement.view.asked, lambda one: hidden(one.name, one.value))
    return download_form("/settlement/download", what, name, asked)


def _differences() -> rx.Component:
    view = Settlement.view
    table = rx.el.table(
        table_head(*_DIFFERENCE_COLUMNS),
        rx.el.tbody(rx.foreach(view.differences, _difference)),
        aria_label=t("settlement_differences"),
    )
    nothing = rx.cond(
        view.is_resolved,
        void("circle-check", "settlement_over_none"),
        void("circle-check", "settlement_differences_none"),
    )
    only = rx.fragment(
        link(t("settlement_of_day", day=view.of_day), icon("x", "xs"), to=PATH, class_name="chip on"),
        _download("lines", "settlement_download_lines"),
    )
    return rx.el.section(
        rx.el.header(
            rx.el.h2(t("settlement_differences")),
            rx.el.span(class_name="sp"),
            tab_links(
                "settlement_differences",
                ("settlement_open", PATH, ~view.is_resolved),
                ("settlement_over", f"{PATH}?resolved=1", view.is_resolved),
            ),
        ),
        rx.cond(
            (view.causes.length() > 0) | (view.of_day != ""),
            rx.el.nav(
                rx.cond(view.of_day != "", only),
                rx.foreach(view.causes, _cause),
                class_name="chips cardtext",
                aria_label=t("settlement_cause"),
            ),
        ),
        rx.cond(
            view.differences.length() > 0,
            rx.el.div(table, class_name="pbox stack"),
            rx.cond(Settlement.is_loaded, nothing, _skeleton()),
        ),
        rx.cond(
            (view.first != "") | (view.next != ""),
            rx.el.div(
                rx.cond(view.first != "", link(t("first_page"), to=view.first, class_name="btn")),
                rx.el.span(class_name="sp"),
                rx.cond(view.next != "", link(t("next_page"), icon("right", "s"), to=view.next, class_name="btn")),
                class_name="row cardfoot",
            ),
        ),
        class_name="card",
        aria_label=t("settlement_differences"),
    )


def _skeleton() -> rx.Component:
    return rx.el.div(*[rx.el.i(class_name="sk w7") for _ in range(4)], class_name="cardtext", aria_hidden="true")


def _cause(one: rx.Var[CauseView]) -> rx.Component:
    return link(
        label(DifferenceCause, one.cause),
        rx.el.span(one.count, class_name="b"),
        rx.el.span(one.money, class_name="m2"),
        rx.cond(one.is_on, icon("x", "xs")),
        to=one.href,
        class_name=rx.cond(one.is_on, "chip on", "chip"),
        key=one.cause,
    )


def _difference(one: rx.Var[DifferenceView]) -> rx.Component:
    number = rx.cond(one.href != "", link(one.number, to=one.href), one.number)
    age = rx.el.span(age_mark(one.since), title=one.since_exact, class_name=rx.cond(one.is_late, "red b", "m2"))
    return rx.el.tr(
        rx.el.td(rx.el.span(label(DifferenceCause, one.cause), class_name="tag amber")),
        cell("settlement_day", one.day),
        cell(
            "settlement_source",
            label(StatementSource, one.source),
            " ",
            rx.el.span(one.account, class_name="m3 f12"),
            class_name="wrapcell",
        ),
        cell(
            "order_no",
            rx.cond(one.number != "", number, none_mark()),
            " ",
            rx.el.span(label(LineKind, one.kind), class_name="m3 f12"),
            class_name="f12 wrapcell",
        ),
        cell("settlement_said", one.said, class_name="num"),
        cell("settlement_ours", one.ours, class_name="num"),
        cell("settlement_gap", rx.cond(one.gap != "", one.gap, none_mark()), class_name="num b"),
        cell("age", age, class_name="num"),
        rx.el.td(rx.cond(Settlement.view.is_resolved, _over(one), _resolve(one)), class_name="wrapcell"),
        key=one.id,
    )


def _over(one: rx.Var[DifferenceView]) -> rx.Component:
    by_hand = rx.el.span(one.resolved_by, "：", one.reason)
    itself = rx.el.span(t("settlement_by_itself"))
    return rx.el.span(rx.cond(one.resolved_by != "", by_hand, itself), class_name="m2")


def _resolve(one: rx.Var[DifferenceView]) -> rx.Component:
    """A button; pressed, a reason and a second button: nothing is settled without one."""
    send = rx.el.button(t("settlement_resolve"), type="submit", class_name="btn pri", disabled=_is_read_only())
    form = reason_form("settlement_reason", send, about=one.id, on_submit=Settlement.resolve)
    button = rx.el.button(
        icon("check", "s"),
        t("settlement_resolve"),
        type="button",
        class_name="btn ghost",
        on_click=Settlement.ask(one.id),
        disabled=_is_read_only(),
    )
    return if_may(_CHANGE, rx.cond(Settlement.resolving == one.id, form, button))


def _is_read_only() -> rx.Var[bool]:
    return Frame.level == "read_only"


def _corrections() -> rx.Component:
    rows = Settlement.view.corrections
    table = rx.el.table(
        table_head(*_CORRECTION_COLUMNS),
        rx.el.tbody(rx.foreach(rows, _correction)),
        aria_label=t("settlement_corrections"),
    )
    return rx.cond(
        rows.length() > 0,
        rx.el.section(
            rx.el.header(rx.el.h2(t("settlement_corrections"))),
            rx.el.div(table, class_name="pbox stack"),
            class_name="card",
            aria_label=t("settlement_corrections"),
        ),
    )


def _correction(one: rx.Var[CorrectionView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(label(LineKind, one.kind)),
        cell("order_no", rx.cond(one.number != "", one.number, none_mark()), class_name="f12"),
        cell("settlement_said", one.amount, class_name="num"),
        cell("settlement_fees", one.fee, class_name="num"),
        key=one.id,
    )


def _days() -> rx.Component:
    view = Settlement.view
    table = rx.el.table(
        table_head(*_DAY_COLUMNS), rx.el.tbody(rx.foreach(view.days, _day)), aria_label=t("settlement_days")
    )
    nothing = rx.cond(Settlement.is_loaded, void("chart", "settlement_days_none", "settlement_days_hint"))
    return rx.el.section(
        rx.el.header(
            rx.el.h2(t("settlement_days")),
            rx.el.span(class_name="sp"),
            rx.cond(view.newest != "", link(t("settlement_newest"), to=view.newest, class_name="btn")),
            rx.cond(
                view.earlier != "", link(icon("left", "s"), t("settlement_earlier"), to=view.earlier, class_name="btn")
            ),
        ),
        rx.cond(view.days.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        class_name="card",
        aria_label=t("settlement_days"),
    )


def _day(one: rx.Var[DayView]) -> rx.Component:
    lacking = link(icon("triangle-alert", "s"), one.open, " ", one.gap, to=one.href, class_name="row tight end red")
    whole = rx.el.span(icon("circle-check", "s"), "0", class_name="row tight end green")
    return rx.el.tr(
        rx.el.td(link(one.day, to=one.href), class_name="b"),
        cell(
            "settlement_source",
            label(StatementSource, one.source),
            " ",
            rx.el.span(one.account, class_name="m3 f12"),
            class_name="wrapcell",
        ),
        cell("settlement_lines", one.lines, class_name="num"),
        cell("settlement_receipts", one.receipts, class_name="num"),
        cell("settlement_refunds", _or_none(one.refunds), class_name="num"),
        cell("settlement_fees", _or_none(one.fees), class_name="num"),
        cell("settlement_other", _or_none(one.other), class_name="num"),
        cell("settlement_differences", rx.cond(one.open != "", lacking, whole), class_name="num"),
        rx.el.td(_closing(one), class_name="wrapcell"),
        key=one.id,
    )


def _or_none(text: rx.Var[str]) -> rx.Component:
    return rx.cond(text != "", text, none_mark())


def _closing(one: rx.Var[DayView]) -> rx.Component:
    later = rx.cond(
        one.corrections != "",
        rx.el.div(t("settlement_corrected", n=one.corrections, money=one.corrected), class_name="amber f12"),
    )
    closed = rx.el.div(
        rx.el.span(
            icon("circle-check", "s"), t("settlement_closed"), " ", one.closed, " ", one.closed_by, class_name="m2 f12"
        ),
        later,
    )
    button = rx.el.button(
        icon("check", "s"),
        t("settlement_close"),
        type="button",
        class_name="btn",
        on_click=Settlement.close(one.id),
        disabled=_is_read_only(),
    )
    running = rx.el.span(t("settlement_running"), class_name="m3 f12")
    return rx.cond(one.closed != "", closed, rx.cond(one.may_close, if_may(_CHANGE, button), running))
