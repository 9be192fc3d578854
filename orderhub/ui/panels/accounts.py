"""An account with somebody outside: does it work, what is done with it, and what is it given? Keys go in, never out."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.components.cards import Columns, card, table_or
from orderhub.ui.components.controls import cell, hidden, if_may, native_form
from orderhub.ui.components.marks import icon
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.system import System
from orderhub.ui.text import t


def accounts_card(
    title: str,
    columns: Columns,
    rows: rx.Var[list],
    row: Any,
    *,
    nothing: rx.Component,
    form: rx.Component,
    needs: Permission,
    told: rx.Component | None = None,
) -> rx.Component:
    """``form`` is for those who may; ``told`` stands above it."""
    shown = table_or(nothing, title, columns, rows, row, is_loaded=System.is_loaded)
    return card(title, shown, *([told] if told else []), if_may(needs, form))


def account_row(account: Any, *cells: rx.Component, actions: rx.Component, needs: Permission) -> rx.Component:
    """``account`` has a ``name``, a ``code`` and ``is_active``."""
    active = rx.el.span(icon("circle-check", "s"), t("carrier_active"), class_name="row tight green")
    stopped = rx.el.span(icon("pause", "s"), t("carrier_stopped"), class_name="row tight m2")
    return rx.el.tr(
        rx.el.td(rx.el.span(account.name, rx.el.span(account.code, class_name="m3 f12"), class_name="row")),
        *cells,
        cell("state", rx.cond(account.is_active, active, stopped)),
        rx.el.td(if_may(needs, rx.el.span(actions, class_name="row end")), class_name="num"),
        key=account.code,
    )


def account_button(action: str, code: rx.Var[str], name: rx.Var[str], *more: rx.Component) -> rx.Component:
    """Posts ``code``, and ``more``, to ``action``."""
    button = rx.el.button(name, type="submit", class_name="btn ghost", disabled=Frame.level == "read_only")
    return native_form(hidden("code", code), *more, button, method="post", action=action)


def account_switch(action: str, account: Any) -> rx.Component:
    name = rx.cond(account.is_active, t("carrier_stop"), t("carrier_start"))
    return account_button(action, account.code, name, hidden("is_active", rx.cond(account.is_active, "no", "yes")))


def account_form(name: str, action: str, *fields: rx.Component) -> rx.Component:
    """Adds an account; with the code of one that stands it gives that one what is filled in."""
    save = rx.el.button(
        icon("check", "s"), t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"
    )
    form = native_form(*fields, save, method="post", action=action, class_name="fields many")
    return rx.el.details(rx.el.summary(icon("plus", "s"), t(name), class_name="btn"), form, class_name="cardtext")


def account_field(name: str, key: str, **options: str | int | bool) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.input(name=key, class_name="in", auto_complete="off", **options), class_name="lab"
    )


def account_secret(name: str, key: str) -> rx.Component:
    """Empty: the one that stands is kept."""
    box = rx.el.input(
        name=key, type="password", class_name="in", auto_complete="new-password", placeholder=t("kept_secret")
    )
    return rx.el.label(t(name), box, class_name="lab")


def account_choice(name: str, key: str, *options: rx.Component) -> rx.Component:
    return rx.el.label(t(name), rx.el.select(*options, name=key, class_name="in"), class_name="lab")
