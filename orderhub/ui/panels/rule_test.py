"""The panel of a back-test: how far it is, what would change, and which orders."""

import reflex as rx

from orderhub.domain.hold import HoldReason
from orderhub.domain.rules.words import Priority
from orderhub.insights.rule_backtest import ASPECTS, MOST_SHOWN
from orderhub.ui.backtest_view import AspectView, BarView, ChangeView, OrderView, UnknownView
from orderhub.ui.components.controls import link
from orderhub.ui.components.marks import channel_mark, icon
from orderhub.ui.state.rule import Rules
from orderhub.ui.text import label, t

_BARS = ("backtest_approved", "backtest_held", "backtest_tagged")
_DAYS = ("7", "30", "90")


def test_panel() -> rx.Component:
    return rx.el.section(
        rx.el.header(
            rx.el.h2(t("backtest")),
            rx.cond(
                Rules.test.before != "",
                rx.el.span(
                    t("backtest_sides", before=Rules.test.before, after=t("backtest_this_draft")), class_name="m3 f12"
                ),
            ),
            rx.el.span(class_name="sp"),
            rx.el.select(
                *[rx.el.option(t("backtest_days", n=days), value=days) for days in _DAYS],
                value=Rules.days,
                on_change=Rules.set_days,
                class_name="in slim",
                aria_label=t("backtest_period"),
            ),
            _start(),
            class_name="row thead",
        ),
        rx.el.div(_body(), class_name="tbody", role="status"),
        class_name="diff",
        aria_label=t("backtest"),
    )


def _start() -> rx.Component:
    return rx.el.button(
        icon("play", "s"),
        t("backtest_run"),
        type="button",
        class_name="btn",
        on_click=Rules.start_test,
        disabled=~Rules.is_whole | ((Rules.test.state == "running") | (Rules.test.state == "waiting")),
    )


def _body() -> rx.Component:
    return rx.match(
        Rules.test.state,
        ("", rx.el.p(t("backtest_hint"), class_name="m2")),
        ("waiting", _running()),
        ("running", _running()),
        ("done", _result()),
        ("cancelled", rx.el.p(t("backtest_cancelled"), class_name="m2")),
        rx.el.div(icon("triangle-alert", "s"), t("backtest_failed"), class_name="note red"),
    )


def _running() -> rx.Component:
    test = Rules.test
    said = rx.cond(
        test.state == "waiting", t("backtest_waiting"), t("backtest_progress", done=test.done, total=test.total)
    )
    return rx.el.div(
        rx.el.progress(value=test.percent, max="100", aria_label=t("backtest")),
        rx.el.div(
            rx.el.span(said, class_name="m2"),
            rx.el.span(class_name="sp"),
            rx.el.button(t("backtest_cancel"), type="button", class_name="btn", on_click=Rules.cancel_test),
            class_name="row",
        ),
        class_name="going",
    )


def _result() -> rx.Component:
    test = Rules.test
    return rx.el.div(
        rx.cond(test.is_old, rx.el.div(icon("info", "s"), t("backtest_old"), class_name="note amber")),
        rx.el.div(
            rx.el.p(rx.el.strong(test.changed, class_name="big"), " ", rx.el.span(t("backtest_changed"))),
            rx.el.p(t("backtest_share", total=test.total, share=test.share, took=test.took), class_name="f12 m3"),
        ),
        rx.el.div(rx.foreach(test.bars, _bar), class_name="bars"),
        rx.cond(
            test.risky != "",
            rx.el.div(
                icon("triangle-alert", "s"),
                rx.el.span(t("backtest_risky", n=test.risky, money=test.risky_money)),
                class_name="note amber",
            ),
        ),
        rx.foreach(test.unknown, _unknown),
        rx.cond(
            test.aspects.length() > 0,
            rx.fragment(_aspects(), _orders(), rx.el.p(t("backtest_first", n=MOST_SHOWN), class_name="f12 m3")),
            rx.el.p(t("backtest_none"), class_name="m2"),
        ),
        class_name="result",
    )


def _bar(bar: rx.Var[BarView]) -> rx.Component:
    name = rx.match(bar.name, *[(known, t(known)) for known in _BARS], "")
    return rx.el.div(
        rx.el.span(name, class_name="m2"),
        rx.el.span(
            rx.el.i(class_name="was", style={"width": bar.before}),
            rx.el.i(class_name="now", style={"width": bar.after}),
            class_name="db2",
        ),
        rx.el.span(
            rx.el.span(bar.before, class_name="m3"), rx.el.br(), rx.el.span(bar.after, class_name="b"), class_name="num"
        ),
        rx.el.span(bar.delta, class_name="num"),
        class_name="db",
        key=bar.name,
    )


def _unknown(one: rx.Var[UnknownView]) -> rx.Component:
    return rx.el.div(
        icon("info", "s"), t("backtest_unknown", rule=one.name, n=one.count), class_name="note acc", key=one.name
    )


def _aspect_name(name: rx.Var[str]) -> rx.Var[str]:
    return rx.match(name, *[(known, t(f"aspect_{known}")) for known in ASPECTS], t("all_of_them"))


def _aspects() -> rx.Component:
    def one(aspect: rx.Var[AspectView]) -> rx.Component:
        return _aspect(aspect.name, _aspect_name(aspect.name), aspect.count)

    return rx.el.div(
        rx.el.h3(t("backtest_orders")),
        rx.el.div(
            _aspect(rx.Var.create(""), t("all_of_them"), Rules.test.changed),
            rx.foreach(Rules.test.aspects, one),
            class_name="chips",
            role="group",
        ),
    )


def _aspect(name: rx.Var[str], said: rx.Var[str], count: rx.Var[str]) -> rx.Component:
    is_on = Rules.test.aspect == name
    return rx.el.button(
        said,
        rx.el.span(count, class_name="b"),
        type="button",
        class_name=rx.cond(is_on, "chip on", "chip"),
        custom_attrs={"aria-pressed": rx.cond(is_on, "true", "false")},
        on_click=Rules.show_aspect(name),
    )


def _orders() -> rx.Component:
    return rx.el.ul(rx.foreach(Rules.test.orders, _order), class_name="changes")


def _order(order: rx.Var[OrderView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            channel_mark(order.channel),
            link(order.no, to=order.href, class_name="f12 el"),
            rx.el.span(class_name="sp"),
            rx.el.span(order.paid, class_name="num f12"),
            class_name="row",
        ),
        rx.foreach(order.changes, _change),
        key=order.id,
    )


def _change(change: rx.Var[ChangeView]) -> rx.Component:
    return rx.el.div(
        rx.el.span(_aspect_name(change.aspect), class_name="m3"),
        _words(change, change.before, "m3"),
        icon("aright", "xs"),
        _words(change, change.after, "b acc"),
        class_name="row f12 tight",
        key=change.aspect,
    )


def _words(change: rx.Var[ChangeView], words: rx.Var[list[str]], kind: str) -> rx.Component:
    nothing = rx.cond(change.aspect == "is_approved", t("aspect_by_hand"), t("backtest_nothing"))

    def one(word: rx.Var[str]) -> rx.Component:
        said = rx.match(
            change.aspect,
            ("holds", label(HoldReason, word)),
            ("priority", label(Priority, word)),
            ("is_approved", t("aspect_auto")),
            word,
        )
        return rx.el.span(said, key=word)

    return rx.el.span(
        rx.cond(words.length() > 0, rx.fragment(rx.foreach(words, one)), rx.el.span(nothing)),
        class_name=f"words {kind}",
    )
