"""拦截: which refunds before shipping were caught, at which gate, how fast, and which parcels got away."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.interception import Gate
from orderhub.domain.words import Channel
from orderhub.ui.components.controls import (
    cell,
    if_may,
    link,
    native_form,
    notice_line,
    page_foot,
    tab_links,
    table_head,
)
from orderhub.ui.components.marks import age_mark, channel_mark, icon, none_mark, unread, void
from orderhub.ui.interception_view import (
    PATH,
    CaughtView,
    ChannelView,
    ChoiceView,
    GateView,
    RefusalView,
    SpreadView,
)
from orderhub.ui.panels.frame import INTERCEPTION, framed
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.interception import Interceptions
from orderhub.ui.text import label, t

_STEPS = ("hear", "stop", "answer", "tell")


def page() -> rx.Component:
    return framed(
        INTERCEPTION,
        rx.el.main(
            rx.el.div(rx.el.h1(t("interception")), rx.el.span(class_name="sp"), _download(), class_name="ph"),
            notice_line(Interceptions.said, Interceptions.is_refusal, Interceptions.dismiss),
            _narrow(),
            rx.cond(
                Interceptions.has_failed,
                unread(Interceptions.enter),
                rx.fragment(_figures(), _list(), _sums(), _refusals()),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="拦截 · OrderHub", on_load=[Frame.enter, Interceptions.enter])


def _download() -> rx.Component:
    view = Interceptions.view
    return native_form(
        *[_hidden(name, getattr(view, name)) for name in ("since", "until", "channel")],
        rx.el.button(icon("download", "s"), t("interception_download"), type="submit", class_name="btn"),
        method="get",
        action=f"{PATH}/download",
    )


def _hidden(name: str, value: str | rx.Var[str]) -> rx.Component:
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def _narrow() -> rx.Component:
    """The period and the channel, each a link, so that an address says what is shown."""
    view = Interceptions.view
    every = link(t("interception_all"), to=view.all_channels, class_name=rx.cond(view.channel == "", "chip on", "chip"))
    return rx.fragment(
        rx.el.nav(rx.foreach(view.periods, _period), class_name="chips", aria_label=t("interception_period")),
        native_form(
            _date("since", view.since),
            _date("until", view.until),
            _hidden("channel", view.channel),
            rx.el.button(t("interception_show"), type="submit", class_name="btn"),
            method="get",
            action=PATH,
            class_name="row wraps",
            style={"margin-bottom": "16px"},
        ),
        rx.el.nav(every, rx.foreach(view.only, _only), class_name="chips", aria_label=t("channel")),
    )


def _period(one: rx.Var[ChoiceView]) -> rx.Component:
    name = rx.cond(one.text == "1", t("interception_today"), t("interception_days_n", n=one.text))
    return link(name, to=one.href, class_name=rx.cond(one.is_on, "chip on", "chip"), key=one.text)


def _only(one: rx.Var[ChoiceView]) -> rx.Component:
    return link(
        channel_mark(one.text),
        label(Channel, one.text),
        to=one.href,
        class_name=rx.cond(one.is_on, "chip on", "chip"),
        key=one.text,
    )


def _date(name: str, value: rx.Var[str]) -> rx.Component:
    field = rx.el.input(
        type="date", name=name, default_value=value, key=f"{name}-{value}", required=True, class_name="in"
    )
    return rx.el.label(rx.el.span(t(f"interception_{name}"), class_name="m2 f12"), field, class_name="row tight")


def _figures() -> rx.Component:
    total = Interceptions.view.total
    share = rx.cond(Interceptions.view.share != "", Interceptions.view.share, none_mark())
    return rx.fragment(
        rx.el.div(
            _figure("interception_cases", total.cases),
            _figure("interception_rate", share),
            _figure("interception_too_late", total.too_late),
            _figure("interception_leaked", rx.el.span(total.leaked, class_name=_alarm(total.leaked))),
            class_name="figs",
        ),
        rx.el.p(t("interception_formula"), class_name="m2 f12"),
    )


def _alarm(count: rx.Var[str]) -> rx.Var[str]:
    return rx.cond(count != "0", "red", "").to(str)


def _figure(name: str, value: rx.Var[str] | rx.Component) -> rx.Component:
    shown = rx.cond(Interceptions.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(rx.el.div(t(name), class_name="f12 m2"), shown, class_name="card fig low")


def _section(title: str, *content: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.header(rx.el.h2(t(title))), *content, class_name="card", aria_label=t(title), style={"margin-top": "16px"}
    )


def _table(name: str, columns: tuple[tuple[str, str], ...], *body: rx.Component) -> rx.Component:
    table = rx.el.table(table_head(*columns), rx.el.tbody(*body), aria_label=t(name))
    return rx.el.div(table, class_name="pbox stack")


def _list() -> rx.Component:
    view = Interceptions.view
    is_leaked = view.which == "leaked"
    columns = (
        ("interception_refund_no", ""),
        ("interception_order_no", ""),
        ("interception_gate", ""),
        ("interception_asked", "num"),
        ("", ""),
    )
    nothing = rx.cond(
        is_leaked, void("circle-check", "interception_leaked_none"), void("circle-check", "interception_late_none")
    )
    tabs = tab_links(
        "interception_list",
        ("interception_leaked", view.leaked_href, is_leaked),
        ("interception_too_late", view.late_href, ~is_leaked),
    )
    rows = _table("interception_list", columns, rx.foreach(view.rows, _row))
    return _section(
        "interception_list",
        rx.el.div(tabs, style={"padding": "8px 16px"}),
        rx.cond(view.rows.length() > 0, rows, rx.cond(Interceptions.is_loaded, nothing)),
        page_foot(view.first, view.next),
    )


def _row(row: rx.Var[CaughtView]) -> rx.Component:
    stop = rx.el.button(
        icon("check", "s"),
        t("interception_stop_it"),
        type="button",
        class_name="btn",
        on_click=Interceptions.stop(row.case_id),
        disabled=Frame.level == "read_only",
    )
    stopped = rx.cond(row.stopped_by != "", rx.el.span(t("interception_stopped_by", who=row.stopped_by)), none_mark())
    return rx.el.tr(
        cell(
            "interception_refund_no", rx.el.span(channel_mark(row.channel), row.refund_no, class_name="row"),
            class_name="el",
        ),
        cell("interception_order_no", link(row.order_no, to=row.href), class_name="el"),
        cell("interception_gate", label(Gate, row.gate)),
        cell("interception_asked", rx.el.span(age_mark(row.asked), title=row.asked_exact), class_name="num m2"),
        rx.el.td(
            rx.cond(row.may_stop, if_may(Permission.AFTERSALE_ANSWER, stop), stopped), class_name="num"
        ),
        key=row.case_id,
    )  # fmt: skip


def _sums() -> rx.Component:
    view = Interceptions.view
    gates = _table(
        "interception_gates",
        (("interception_gate", ""), ("interception_count", "num")),
        rx.foreach(view.gates, _gate),
    )
    times = _table(
        "interception_times",
        (
            ("interception_step", ""),
            ("interception_count", "num"),
            ("interception_median", "num"),
            ("interception_p95", "num"),
            ("interception_longest", "num"),
        ),
        rx.foreach(view.spreads, _spread),
    )
    channels = _table(
        "interception_channels",
        (
            ("channel", ""),
            *((f"interception_{name}", "num") for name in ("cases", "caught", "too_late", "leaked", *_STEPS)),
        ),
        rx.foreach(view.channels, _channel),
    )
    none = rx.cond(Interceptions.is_loaded, void("clock", "interception_none"))
    return rx.fragment(
        _section("interception_times", times),
        _section("interception_gates", gates),
        _section("interception_channels", rx.cond(view.channels.length() > 0, channels, none)),
    )


def _gate(row: rx.Var[GateView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(label(Gate, row.gate)), cell("interception_count", row.count, class_name="num"), key=row.gate
    )


def _spread(row: rx.Var[SpreadView]) -> rx.Component:
    names = {name: t(f"interception_{name}") for name in _STEPS}
    name = rx.match(row.name, *names.items(), "")
    return rx.el.tr(
        rx.el.td(name, class_name="b"),
        cell("interception_count", row.count, class_name="num"),
        *[
            cell(f"interception_{figure}", rx.cond(value != "", value, none_mark()), class_name="num")
            for figure, value in (("median", row.median), ("p95", row.p95), ("longest", row.longest))
        ],
        key=row.name,
    )


def _channel(row: rx.Var[ChannelView]) -> rx.Component:
    times = ((name, getattr(row, name)) for name in _STEPS)
    return rx.el.tr(
        rx.el.td(rx.el.span(channel_mark(row.channel), label(Channel, row.channel), class_name="row")),
        *[
            cell(f"interception_{name}", getattr(row, name), class_name="num")
            for name in ("cases", "caught", "too_late")
        ],
        cell("interception_leaked", rx.el.span(row.leaked, class_name=_alarm(row.leaked)), class_name="num"),
        *[
            cell(f"interception_{name}", rx.cond(value != "", value, none_mark()), class_name="num f12")
            for name, value in times
        ],
        key=row.channel,
    )


def _refusals() -> rx.Component:
    rows = _table(
        "interception_refusals", (("channel", ""), ("status", ""), ("", "")),
        rx.foreach(Interceptions.view.refusals, _refusal),
    )  # fmt: skip
    return _section(
        "interception_refusals",
        rx.el.p(t("interception_refusals_hint"), class_name="m2 f12", style={"padding": "8px 16px"}),
        rows,
    )


def _refusal(row: rx.Var[RefusalView]) -> rx.Component:
    code = rx.el.input(
        name="reason_code",
        default_value=row.reason_code,
        class_name="in",
        max_length=19,
        input_mode="numeric",
        placeholder=t("interception_code"),
        aria_label=t("interception_code"),
    )
    form = rx.el.form(
        _hidden("channel", row.channel),
        _hidden("is_on", rx.cond(row.is_on, "", "1")),
        rx.cond(row.needs_code & ~row.is_on, code, _hidden("reason_code", row.reason_code)),
        rx.el.button(
            rx.cond(row.is_on, t("interception_switch_off"), t("interception_switch_on")),
            type="submit",
            class_name="btn",
            disabled=Frame.level == "read_only",
        ),
        on_submit=Interceptions.choose,
        class_name="row",
    )
    state = rx.cond(row.is_on, t("interception_on"), t("interception_off"))
    return rx.el.tr(
        rx.el.td(rx.el.span(channel_mark(row.channel), label(Channel, row.channel), class_name="row")),
        cell("status", rx.cond(row.can_be_told, state, t("interception_cannot")), class_name="wrapcell"),
        rx.el.td(rx.cond(row.can_be_told, if_may(Permission.RULE_CHANGE, form)), class_name="num"),
        key=row.channel,
    )
