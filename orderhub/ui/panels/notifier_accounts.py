"""Which accounts tell buyers, and how is one added, tested, changed or stopped? Secrets go in, never out."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.words import NotifierKind
from orderhub.ui.components.controls import cell, hidden, if_may, native_form, table_head
from orderhub.ui.components.marks import icon, none_mark, void
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.system import System
from orderhub.ui.system_view import NotifierView
from orderhub.ui.text import label, t

_COLUMNS = (
    ("carrier_account_name", "w18"),
    ("notifier_kind", "w15"),
    ("notifier_app_no", ""),
    ("notifier_sign_name", "w12"),
    ("state", "w12"),
    ("", "w15"),
)


def notifier_accounts() -> rx.Component:
    rows = System.view.notifiers
    table = rx.el.table(table_head(*_COLUMNS), rx.el.tbody(rx.foreach(rows, _row)), aria_label=t("notifiers"))
    nothing = rx.cond(System.is_loaded, void("bell", "notifiers_none", "notifiers_hint"))
    return rx.el.section(
        rx.el.header(rx.el.h2(t("notifiers"))),
        rx.cond(rows.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        if_may(Permission.NOTIFIER_CONNECT, _form()),
        class_name="card",
        aria_label=t("notifiers"),
    )


def _row(account: rx.Var[NotifierView]) -> rx.Component:
    active = rx.el.span(icon("circle-check", "s"), t("carrier_active"), class_name="row tight green")
    stopped = rx.el.span(icon("pause", "s"), t("carrier_stopped"), class_name="row tight m2")
    sign = rx.cond(account.sign_name != "", account.sign_name, none_mark())
    return rx.el.tr(
        rx.el.td(rx.el.span(account.name, rx.el.span(account.code, class_name="m3 f12"), class_name="row")),
        cell("notifier_kind", label(NotifierKind, account.kind)),
        cell("notifier_app_no", account.app_no, class_name="f12 wrapcell"),
        cell("notifier_sign_name", sign),
        cell("state", rx.cond(account.is_active, active, stopped)),
        rx.el.td(if_may(Permission.NOTIFIER_CONNECT, _actions(account)), class_name="num"),
        key=account.code,
    )


def _actions(account: rx.Var[NotifierView]) -> rx.Component:
    turned = rx.cond(account.is_active, "no", "yes")
    name = rx.cond(account.is_active, t("carrier_stop"), t("carrier_start"))
    return rx.el.span(
        _post("/notifiers/test", account.code, t("carrier_test")),
        _post("/notifiers/turn", account.code, name, hidden("is_active", turned)),
        class_name="row end",
    )


def _post(action: str, code: rx.Var[str], name: rx.Var[str], *more: rx.Component) -> rx.Component:
    button = rx.el.button(name, type="submit", class_name="btn ghost", disabled=Frame.level == "read_only")
    return native_form(hidden("code", code), *more, button, method="post", action=action)


def _form() -> rx.Component:
    """Adds an account; with the code of one that stands it gives that one what is filled in."""
    kinds = [rx.el.option(label(NotifierKind, rx.Var.create(str(one))), value=str(one)) for one in NotifierKind]
    secret = rx.el.input(
        name="secret", type="password", class_name="in", auto_complete="new-password", placeholder=t("kept_secret")
    )
    form = native_form(
        _field("carrier_account_code", "code", required=True, max_length=32),
        rx.el.label(t("notifier_kind"), rx.el.select(*kinds, name="kind", class_name="in"), class_name="lab"),
        _field("carrier_account_name", "name", max_length=64),
        _field("notifier_app_no", "app_no", required=True, max_length=64),
        rx.el.label(t("notifier_secret"), secret, class_name="lab"),
        _field("notifier_sign_name", "sign_name", max_length=32),
        _field("notifier_sdk_app_no", "sdk_app_no", max_length=32),
        rx.el.button(
            icon("check", "s"), t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"
        ),
        method="post",
        action="/notifiers",
        class_name="fields many",
    )
    summary = rx.el.summary(icon("plus", "s"), t("notifier_add"), class_name="btn")
    return rx.el.details(summary, form, class_name="cardtext")


def _field(name: str, key: str, **options: str | int | bool) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.input(name=key, class_name="in", auto_complete="off", **options), class_name="lab"
    )
