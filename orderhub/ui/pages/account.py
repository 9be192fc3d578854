"""账户: where I am signed in, my password and codes; for administrators the keys of programs."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.account_view import KeyView, LoginView
from orderhub.ui.components.controls import cell, if_may, native_form, notice_line, popover, table_head
from orderhub.ui.components.marks import age_mark, icon, void
from orderhub.ui.panels.frame import ACCOUNT, framed
from orderhub.ui.panels.role_editor import said
from orderhub.ui.panels.sight_form import seen
from orderhub.ui.permission_text import PERMISSIONS
from orderhub.ui.state.account import Account
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import t

_NONE = rx.fragment()


def page() -> rx.Component:
    return framed(
        ACCOUNT,
        rx.el.main(
            rx.el.div(rx.el.h1(t("account")), class_name="ph"),
            notice_line(Account.said, Account.is_refusal, Account.dismiss),
            rx.el.div(_logins(), _password(), _codes(), if_may(Permission.USER_ADMIN, _keys()), class_name="grid"),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route="/account", title="账户 · OrderHub", on_load=[Frame.enter, Account.enter])


def _card(title: str, size: str, *inside: rx.Component, more: rx.Component = _NONE) -> rx.Component:
    return rx.el.section(
        rx.el.header(rx.el.h2(t(title)), rx.el.span(class_name="sp"), more),
        *inside,
        class_name=f"card {size}",
        aria_label=t(title),
    )


def _logins() -> rx.Component:
    others = rx.el.button(t("end_others"), type="button", class_name="btn", on_click=Account.end_others)
    heads = [(name, "") for name in ("device", "address", "signed_in_at", "last_used", "")]
    table = rx.el.table(
        table_head(*heads),
        rx.el.tbody(rx.foreach(Account.view.logins, _login)),
        aria_label=t("sessions"),
    )
    more = rx.cond(Account.view.logins.length() > 1, others)
    return _card("sessions", "c12", rx.el.div(table, class_name="pbox stack"), more=more)


def _login(login: rx.Var[LoginView]) -> rx.Component:
    end = rx.el.button(t("end_session"), type="button", class_name="btn ghost", on_click=Account.end_login(login.id))
    return rx.el.tr(
        rx.el.td(login.device, class_name="el", title=login.device),
        cell("address", login.address, class_name="m2"),
        cell("signed_in_at", login.since, class_name="m2"),
        cell("last_used", rx.el.span(age_mark(login.used), title=login.used_exact), class_name="m2"),
        rx.el.td(rx.cond(login.is_this, rx.el.span(t("this_session"), class_name="tag green"), end), class_name="num"),
        key=login.id,
    )


def _password() -> rx.Component:
    form = native_form(
        _secret("old_password", "old", "current-password"),
        _secret("new_password", "new", "new-password"),
        _secret("new_password_again", "again", "new-password"),
        rx.el.div(rx.el.button(t("change_password"), type="submit", class_name="btn pri"), class_name="row"),
        method="post",
        action="/account/password",
        class_name="fields",
    )
    return _card("password", "c6", rx.el.p(t("password_hint"), class_name="para m2 cardtext"), form)


def _secret(name: str, key: str, kind: str) -> rx.Component:
    box = rx.el.input(name=key, type="password", auto_complete=kind, max_length=128, required=True, class_name="in")
    return rx.el.label(t(name), box, class_name="lab")


def _codes() -> rx.Component:
    form = native_form(
        rx.el.button(t("renew_codes"), type="submit", class_name="btn"),
        method="post",
        action="/account/codes",
        class_name="fields",
    )
    left = rx.cond(Account.is_loaded, t("recovery_left", n=Account.view.codes_left), "")
    return _card("recovery_codes", "c6", rx.el.p(left, t("recovery_hint"), class_name="para m2 cardtext"), form)


def _keys() -> rx.Component:
    heads = [(name, "") for name in ("key_name", "rights", "see_shops", "made_at", "last_used", "ends_at", "")]
    table = rx.el.table(
        table_head(*heads),
        rx.el.tbody(rx.foreach(Account.view.api_keys, _key)),
        aria_label=t("api_keys"),
    )
    form = native_form(
        rx.el.label(
            t("key_name"), rx.el.input(name="name", max_length=64, required=True, class_name="in"), class_name="lab"
        ),
        _key_rights(),
        rx.cond(Account.view.shops.length() > 0, _key_shops()),
        rx.el.button(icon("plus", "s"), t("make_key"), type="submit", class_name="btn"),
        method="post",
        action="/account/keys",
        class_name="fields across",
    )
    nothing = rx.cond(Account.is_loaded, void("server", "api_keys_none"))
    return _card(
        "api_keys",
        "c12",
        rx.el.p(t("api_keys_hint"), class_name="para m2 cardtext"),
        rx.cond(Account.view.api_keys.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        form,
        more=rx.el.a(t("api_docs"), href="/api/docs", class_name="f12 more"),
    )


def _key_rights() -> rx.Component:
    """What programs may be allowed; to read orders is ticked."""
    boxes = [
        rx.el.label(
            rx.el.input(
                type="checkbox",
                name="rights",
                value=str(one),
                default_checked=one is Permission.API_ORDER_READ,
                class_name="cb",
            ),
            said(PERMISSIONS[one][0]),
            title=str(one),
            class_name="row",
        )
        for one in Permission
        if one.is_for_programs
    ]
    return popover(rx.el.summary(t("rights"), class_name="chip"), rx.fragment(*boxes), side="above")


def _key_shops() -> rx.Component:
    """None ticked is all of them."""
    boxes = rx.foreach(
        Account.view.shops,
        lambda one: rx.el.label(
            rx.el.input(type="checkbox", name="shops", value=one.value, class_name="cb"), one.name, class_name="row"
        ),
    )
    return popover(rx.el.summary(t("key_shops"), class_name="chip"), boxes, side="above")


def _key(key: rx.Var[KeyView]) -> rx.Component:
    revoke = rx.el.button(t("revoke"), type="button", class_name="btn ghost", on_click=Account.revoke(key.id))
    return rx.el.tr(
        rx.el.td(key.name, class_name="b"),
        cell("rights", key.rights, class_name="f12 m2"),
        cell("see_shops", seen(key.shops, "see_all_shops"), class_name="wrapcell"),
        cell("made_at", key.made, class_name="m2"),
        cell("last_used", rx.cond(key.used != "", key.used, t("review_never_used")), class_name="m2"),
        cell("ends_at", key.ends, class_name="m2"),
        rx.el.td(rx.cond(key.is_over, rx.el.span(t("is_over"), class_name="tag"), revoke), class_name="num"),
        key=key.id,
    )
