"""核单: what each channel says was placed, hour by hour, against what is here; gaps first."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.components.cards import table_card
from orderhub.ui.components.controls import cell, if_may, link, notice_line
from orderhub.ui.components.marks import age_mark, channel_mark, icon, none_mark, unread, void
from orderhub.ui.ledger_view import PATH, HourView
from orderhub.ui.panels.frame import LEDGER, framed
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.ledger import Ledger
from orderhub.ui.text import t

_COLUMNS = (
    ("shop", ""),
    ("ledger_hour", ""),
    ("ledger_said", "num"),
    ("ledger_held", "num"),
    ("ledger_difference", "num"),
    ("ledger_refilled", "num"),
    ("ledger_checked", "num"),
    ("", ""),
)


def page() -> rx.Component:
    return framed(
        LEDGER,
        rx.el.main(
            rx.el.div(rx.el.h1(t("ledger")), rx.el.span(class_name="sp"), _days(), class_name="ph"),
            notice_line(Ledger.said, Ledger.is_refusal, Ledger.dismiss),
            rx.cond(Ledger.has_failed, unread(Ledger.enter), rx.fragment(_figures(), _open(), _hours())),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="核单 · OrderHub", on_load=[Frame.enter, Ledger.enter])


def _days() -> rx.Component:
    view = Ledger.view
    return rx.el.nav(
        rx.cond(view.earlier != "", link(icon("left", "s"), t("day_before"), to=view.earlier, class_name="btn")),
        rx.el.span(view.day, class_name="b"),
        rx.cond(view.later != "", link(t("day_after"), icon("right", "s"), to=view.later, class_name="btn")),
        class_name="row",
        aria_label=t("ledger_day"),
    )


def _figures() -> rx.Component:
    view = Ledger.view
    whole = rx.el.span(icon("circle-check", "s"), t("ledger_whole"), class_name="row tight green")
    coming = rx.el.span(icon("clock", "s"), view.difference, " ", t("ledger_coming"), class_name="row tight amber")
    lacking = rx.el.span(icon("triangle-alert", "s"), view.difference, class_name="row tight red")
    open_ = rx.cond(view.is_coming, coming, lacking)
    return rx.el.div(
        _figure("ledger_said", view.said, view.said_money),
        _figure("ledger_held", view.held, view.held_money),
        _figure("ledger_difference", rx.cond(view.difference != "", open_, whole)),
        _figure("ledger_refilled", view.refilled),
        class_name="figs",
    )


def _figure(name: str, value: rx.Var[str] | rx.Component, below: rx.Var[str] | str = "") -> rx.Component:
    shown = rx.cond(Ledger.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(
        rx.el.div(t(name), class_name="f12 m2"), shown, rx.el.div(below, class_name="f12 m2"), class_name="card fig low"
    )


def _open() -> rx.Component:
    return _listed("ledger_open", Ledger.view.open_hours, void("circle-check", "ledger_open_none"))


def _hours() -> rx.Component:
    return _listed("ledger_hours", Ledger.view.hours, void("clock", "ledger_hours_none", "ledger_hours_hint"))


def _listed(title: str, hours: rx.Var[list[HourView]], nothing: rx.Component) -> rx.Component:
    return table_card(title, _COLUMNS, hours, _hour, is_loaded=Ledger.is_loaded, nothing=nothing)


def _hour(hour: rx.Var[HourView]) -> rx.Component:
    checked = rx.el.span(age_mark(hour.checked), title=hour.checked_exact)
    again = rx.el.button(
        icon("refresh", "s"),
        t("ledger_again"),
        type="button",
        class_name="btn",
        on_click=Ledger.count_again(hour.id),
        disabled=Frame.level == "read_only",
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(channel_mark(hour.channel), hour.shop, class_name="row")),
        cell("ledger_hour", hour.hour),
        cell("ledger_said", _amount(hour.said, hour.said_money), class_name="num"),
        cell("ledger_held", _amount(hour.held, hour.held_money), class_name="num"),
        cell("ledger_difference", _difference(hour), class_name="num wrapcell"),
        cell("ledger_refilled", rx.cond(hour.refilled != "", hour.refilled, none_mark()), class_name="num"),
        cell("ledger_checked", rx.cond(hour.checked != "", checked, none_mark()), class_name="num m2"),
        rx.el.td(if_may(Permission.SYNC_RUN, again), class_name="num"),
        key=hour.id,
    )


def _amount(count: rx.Var[str], money: rx.Var[str]) -> rx.Component:
    return rx.el.span(count, " ", rx.el.span(money, class_name="m3 f12"))


def _difference(hour: rx.Var[HourView]) -> rx.Component:
    """Nothing is missing, or how much is on its way, or how much is missing and which; why an hour was not counted."""
    is_whole = (hour.difference == "0") & (hour.difference_money == "") & (hour.missing == "")
    kind = rx.cond(hour.is_coming, "row tight end amber", "row tight end red")
    lacking = rx.el.span(
        rx.cond(hour.is_coming, icon("clock", "s"), icon("triangle-alert", "s")),
        hour.difference,
        " ",
        hour.difference_money,
        rx.cond(hour.is_coming, rx.el.span(" ", t("ledger_coming"))),
        class_name=kind,
    )
    whole = rx.el.span(icon("circle-check", "s"), "0", class_name="row tight end green")
    return rx.el.div(
        rx.cond(is_whole, rx.cond(hour.checked != "", whole, none_mark()), lacking),
        rx.cond(hour.missing != "", rx.el.div(hour.missing, class_name="m2 f12")),
        rx.cond(hour.error != "", rx.el.div(hour.error, class_name="amber f12")),
    )
