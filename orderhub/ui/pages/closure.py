"""异常闭环: found, given to the right person, set right in time, and for good; each figure with its formula."""

import reflex as rx

from orderhub.access.permissions import Role
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.words import Channel
from orderhub.insights.closure import ClosureBy
from orderhub.kernel.eventlog import SYSTEM
from orderhub.ui.anomaly_view import PATH as ANOMALIES_PATH
from orderhub.ui.closure_view import DAYS, FIGURES, PATH, ClosureRowView, FigureView
from orderhub.ui.components.controls import cell, download_form, hidden, link, native_form, table_head
from orderhub.ui.components.marks import icon, none_mark, unread, void
from orderhub.ui.panels.frame import ANOMALIES, framed
from orderhub.ui.state.closure import Loop
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t

_COLUMNS = (
    ("owner", "lp-owner"),
    ("loop_within", "num lp-within"),
    ("loop_count", "num lp-count"),
    ("loop_detect_h", "num lp-figure"),
    ("loop_accuracy", "num lp-figure"),
    ("loop_resolve_d", "num lp-figure"),
    ("loop_complaint", "num lp-figure"),
    ("loop_bar", "lp-bar"),
    ("loop_rate", "num lp-count"),
    ("loop_late", "num lp-count"),
)


def page() -> rx.Component:
    shown = rx.fragment(_rate(), _cards(), _table())
    return framed(
        ANOMALIES,
        rx.el.main(
            rx.el.div(
                rx.el.h1(t("loop")),
                rx.el.span(t("loop_hint"), class_name="m3 lp-hint"),
                link(icon("triangle-alert", "s"), t("anomalies"), to=ANOMALIES_PATH, class_name="btn"),
                rx.el.span(class_name="sp"),
                _periods(),
                _filters(),
                class_name="ph lp-head",
            ),
            rx.cond(Loop.has_failed, unread(Loop.enter), rx.cond(Loop.is_loaded, shown, _skeleton())),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="异常闭环 · OrderHub", on_load=[Frame.enter, Loop.enter])


def _periods() -> rx.Component:
    views = zip(DAYS, range(len(DAYS)), strict=True)
    links = [
        link(
            t(f"loop_days_{days}"),
            to=Loop.view.periods[turn].href,
            custom_attrs={"aria-current": rx.cond(Loop.view.days == str(days), "page", "false")},
        )
        for days, turn in views
    ]
    return rx.cond(Loop.is_loaded, rx.el.nav(*links, class_name="seg", aria_label=t("loop_period")))


def _filters() -> rx.Component:
    view = Loop.view
    asked = [hidden("days", view.days), hidden("by", view.by)]
    chosen = native_form(
        *asked,
        _choice("kind", "loop_all_kinds", view.kind, AnomalyKind),
        _choice("channel", "loop_all_channels", view.channel, Channel),
        _choice("role", "loop_all_roles", view.role, Role),
        rx.el.button(t("times_show"), type="submit", class_name="btn"),
        method="get",
        action=PATH,
        class_name="row tight wraps",
    )
    narrowed = [hidden("kind", view.kind), hidden("channel", view.channel), hidden("role", view.role)]
    return rx.fragment(chosen, download_form(f"{PATH}/download", "loop", "loop_download", *asked, *narrowed))


def _choice(name: str, every: str, value: rx.Var[str], words: type) -> rx.Component:
    options = [rx.el.option(label(words, one), value=str(one)) for one in words]
    return rx.el.select(
        rx.el.option(t(every), value=""),
        *options,
        name=name,
        default_value=value,
        key=f"{name}-{value}",
        class_name="in slim",
        aria_label=t(every),
    )


def _rate() -> rx.Component:
    view, rate = Loop.view, Loop.view.rate
    bar = rx.el.div(
        rx.el.i(style={"width": view.once_width}, class_name="once"),
        rx.el.i(style={"width": view.reopened_width}, class_name="again"),
        rx.el.i(style={"width": view.late_width}, class_name="late"),
        class_name="bar lp-due",
        role="img",
        aria_label=t("loop_rate"),
    )
    legend = rx.el.div(
        rx.el.span(rx.el.i(class_name="once"), t("loop_once_n", n=view.once)),
        rx.el.span(rx.el.i(class_name="again"), t("loop_reopened_n", n=view.reopened)),
        rx.el.span(rx.el.i(class_name="late"), t("loop_late_n", n=view.late), class_name="red"),
        class_name="lg lp-legend",
    )
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("loop_rate"), class_name="m2"),
            rx.el.div(rate.value, rx.el.span(t("loop_percent"), class_name="m2"), class_name="lp-huge"),
            _delta(rate, t("loop_against")),
        ),
        rx.el.div(_fraction("rate"), class_name="lp-formula"),
        rx.el.div("= ", rx.el.span(rate.division, class_name="b"), class_name="m2 nw"),
        rx.el.div(
            rx.el.div(
                rx.el.span(t("loop_due_n", n=view.due)),
                rx.el.span(class_name="sp"),
                rx.el.span(t("loop_undue_n", n=view.undue), class_name="m3"),
                class_name="row f12 m2",
            ),
            bar,
            legend,
            class_name="sp lp-dues",
        ),
        class_name="card lp-rate",
        aria_label=t("loop_rate"),
    )


def _fraction(name: str) -> rx.Component:
    return rx.el.div(
        rx.el.span(rx.el.span(t(f"loop_{name}_part")), rx.el.span(t(f"loop_{name}_whole"))), class_name="frac"
    )


def _delta(one: rx.Var[FigureView], after: rx.Var[str] | str = "") -> rx.Component:
    unit = rx.match(one.unit, ("percent", t("loop_points")), ("hours", t("loop_hours")), ("days", t("loop_days")), "")
    arrow = rx.cond(one.is_up, "↑", "↓")
    return rx.cond(
        one.delta != "",
        rx.el.div(
            rx.el.span(arrow, " ", one.delta, " ", unit, class_name=rx.cond(one.is_better, "delta green", "delta m2")),
            rx.el.span(" ", after, class_name="f12 m3"),
        ),
    )


def _cards() -> rx.Component:
    return rx.el.div(*[_card(turn, one.name, one.unit) for turn, one in enumerate(FIGURES)], class_name="grid lp-cards")


def _card(turn: int, name: str, unit: str) -> rx.Component:
    one = Loop.view.figures[turn]
    middle = rx.cond(one.middle != "", rx.el.span(" · ", t("loop_middle", n=one.middle)))
    return rx.el.section(
        rx.el.div(rx.el.h2(t(f"loop_{name}")), rx.el.span(class_name="sp"), _delta(one), class_name="row"),
        rx.el.div(
            rx.el.div(one.value, rx.el.span(t(f"loop_{unit}"), class_name="m2"), class_name="lp-big"),
            rx.el.span(class_name="sp"),
            _spark(one),
            class_name="row lp-value",
        ),
        _fraction(name),
        rx.el.div("= ", one.division, middle, class_name="f12 m3 lp-division"),
        rx.el.dl(
            rx.el.dt(t("loop_before")),
            rx.el.dd(one.before, " ", t(f"loop_{unit}")),
            rx.el.dt(t("loop_to_beat")),
            rx.el.dd(one.to_beat, " ", t(f"loop_{unit}")),
            rx.el.dt(t("loop_now")),
            rx.el.dd(
                rx.cond(one.is_met, icon("check", "s")),
                one.value,
                " ",
                t(f"loop_{unit}"),
                class_name=rx.cond(one.is_met, "green b", "b"),
            ),
            class_name="cmp",
        ),
        class_name="card c3 lp-card",
        aria_label=t(f"loop_{name}"),
    )


def _spark(one: rx.Var[FigureView]) -> rx.Component:
    drawn = rx.el.svg(
        rx.el.svg.path(d=one.line, class_name="ln"),
        rx.el.svg.circle(cx="101", cy=one.last_y, r="2.5", class_name="now"),
        view_box="0 0 104 32",
        class_name="plot lp-spark",
        aria_hidden="true",
    )
    return rx.cond(one.line != "", drawn)


def _table() -> rx.Component:
    table = rx.el.table(
        table_head((f"loop_by_{ClosureBy.KIND}", "lp-key"), *_COLUMNS),
        rx.el.tbody(rx.foreach(Loop.view.rows, _row)),
        aria_label=t("loop_table"),
    )
    return rx.el.section(
        rx.el.header(
            rx.el.h2(t("loop_table")),
            rx.el.span(t("loop_table_hint"), class_name="sub"),
            rx.el.span(class_name="sp"),
            _groupings(),
        ),
        rx.cond(
            Loop.view.rows.length() > 0,
            rx.el.div(table, class_name="pbox stack lp-table"),
            void("circle-check", "loop_none", "loop_none_hint"),
        ),
        class_name="card",
        aria_label=t("loop_table"),
    )


def _groupings() -> rx.Component:
    links = [
        link(
            t(f"loop_by_{by}"),
            to=Loop.view.groupings[turn].href,
            custom_attrs={"aria-current": rx.cond(Loop.view.by == str(by), "page", "false")},
        )
        for turn, by in enumerate(ClosureBy)
    ]
    return rx.el.nav(*links, class_name="seg", aria_label=t("loop_key"))


def _row(row: rx.Var[ClosureRowView]) -> rx.Component:
    name = rx.match(
        Loop.view.by,
        (str(ClosureBy.KIND), label(AnomalyKind, row.key)),
        (str(ClosureBy.CHANNEL), rx.cond(row.key != "", label(Channel, row.key), t("loop_no_channel"))),
        (str(ClosureBy.OWNER), label(Role, row.key)),
        (
            str(ClosureBy.PERSON),
            rx.match(row.key, ("", t("loop_nobody")), (SYSTEM, t("loop_by_itself")), row.key),
        ),
        row.key,
    )
    within = rx.el.span(row.within, " ", t("loop_hours"))
    return rx.el.tr(
        rx.el.td(rx.cond(row.href != "", link(name, to=row.href), rx.el.span(name)), class_name="b"),
        cell("owner", rx.cond(row.role != "", label(Role, row.role), none_mark()), class_name="m2"),
        cell("loop_within", rx.cond(row.within != "", within, none_mark()), class_name="num m2"),
        cell("loop_count", row.count, class_name="num"),
        cell("loop_detect_h", row.detect, class_name="num"),
        cell("loop_accuracy", row.accuracy, class_name="num"),
        cell("loop_resolve_d", row.resolve, class_name="num"),
        cell("loop_complaint", row.complaint, class_name=rx.cond(row.is_complained, "num amber b", "num")),
        rx.el.td(rx.el.span(rx.el.i(style={"width": row.bar}), class_name="bar"), class_name="lp-barcell"),
        cell("loop_rate", row.rate, class_name="num b"),
        cell(
            "loop_late", rx.cond(row.late != "", rx.el.span(row.late, class_name="red"), none_mark()), class_name="num"
        ),
        key=row.key,
    )


def _skeleton() -> rx.Component:
    return rx.el.div(
        *[rx.el.section(rx.el.i(class_name="sk w7"), class_name="card c3 lp-card") for _ in FIGURES],
        class_name="grid",
        aria_hidden="true",
    )
