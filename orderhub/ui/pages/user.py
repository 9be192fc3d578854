"""用户: who works here, in which role, with which shops and warehouses; for administrators."""

import reflex as rx

from orderhub.access.permissions import Role
from orderhub.ui.account_view import RoleOption, UserView
from orderhub.ui.components.controls import cell, native_form, notice_line, table_head
from orderhub.ui.components.marks import icon
from orderhub.ui.panels.access_tabs import access_tabs, role_name
from orderhub.ui.panels.frame import USERS, framed
from orderhub.ui.panels.sight_form import seen, sight_card
from orderhub.ui.panels.totp_rules import totp_rules
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.totp_rule import TotpRules
from orderhub.ui.state.user import Users
from orderhub.ui.text import t

_COLUMNS = (
    ("account_name", ""),
    ("display_name", ""),
    ("role", "u-role"),
    ("see_change", "u-see"),
    ("second_factor", "u-totp"),
    ("made_at", "u-made"),
    ("", "u-acts"),
)


def page() -> rx.Component:
    return framed(
        USERS,
        rx.el.main(
            access_tabs(USERS.path),
            rx.el.div(rx.el.h1(t("users")), class_name="ph"),
            notice_line(Users.said, Users.is_refusal, Users.dismiss),
            sight_card(),
            _list(),
            totp_rules(),
            _new(),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route="/users", title="用户 · OrderHub", on_load=[Frame.enter, Users.enter, TotpRules.enter])


def _list() -> rx.Component:
    waiting = rx.el.tr(*[rx.el.td(rx.el.i(class_name="sk w7")) for _ in _COLUMNS])
    table = rx.el.table(
        table_head(*_COLUMNS),
        rx.el.tbody(rx.cond(Users.is_loaded, rx.foreach(Users.view.rows, _row), waiting)),
        aria_label=t("users"),
    )
    return rx.el.section(rx.el.div(table, class_name="pbox stack"), class_name="card top-pad", aria_label=t("users"))


def _row(user: rx.Var[UserView]) -> rx.Component:
    totp = rx.cond(
        user.has_totp,
        rx.el.span(icon("circle-check", "s"), t("enrolled"), class_name="row tight green"),
        rx.el.span(t("not_enrolled"), class_name="m2"),
    )
    me = rx.cond(user.is_me, rx.el.span(t("you"), class_name="tag"))
    inactive = rx.cond(user.is_active, rx.fragment(), rx.el.span(t("inactive"), class_name="tag amber"))
    return rx.el.tr(
        rx.el.td(rx.el.span(rx.el.span(user.name, class_name="b"), me, inactive, class_name="row")),
        cell("display_name", user.display_name),
        cell("role", rx.cond(user.is_active, _roles(user), role_name(user.role, user.role_name))),
        cell("see_change", _sight(user), class_name="wrapcell"),
        cell("second_factor", totp),
        cell("made_at", user.made, class_name="m2"),
        rx.el.td(rx.cond(user.is_active, _actions(user), _again(user)), class_name="num"),
        key=user.id,
    )


def _roles(user: rx.Var[UserView]) -> rx.Component:
    return rx.el.select(
        rx.foreach(Users.view.roles, _role),
        value=user.role,
        on_change=lambda role: Users.change_role(user.id, role),
        class_name="in slim",
        aria_label=t("role"),
    )


def _role(one: rx.Var[RoleOption]) -> rx.Component:
    return rx.el.option(role_name(one.code, one.name), value=one.code, key=one.code)


def _sight(user: rx.Var[UserView]) -> rx.Component:
    return rx.el.span(
        seen(user.shops, "see_all_shops"),
        seen(user.warehouses, "see_all_warehouses"),
        rx.cond(user.is_active, _button("see_change", Users.open_sight(user.id))),
        class_name="see",
    )


def _actions(user: rx.Var[UserView]) -> rx.Component:
    reset = native_form(
        rx.el.input(type="hidden", name="user_id", value=user.id, read_only=True),
        rx.el.button(t("reset_password"), type="submit", class_name="btn ghost"),
        method="post",
        action="/users/password",
    )
    return rx.el.span(
        reset,
        _button("end_logins", Users.end_logins(user.id)),
        rx.cond(user.has_totp & ~user.is_me, _button("reset_totp", Users.reset_totp(user.id))),
        rx.cond(user.is_me, rx.fragment(), _button("deactivate", Users.deactivate(user.id))),
        class_name="row end",
    )


def _again(user: rx.Var[UserView]) -> rx.Component:
    return _button("reactivate", Users.reactivate(user.id))


def _button(name: str, handler: rx.event.EventSpec) -> rx.Component:
    return rx.el.button(t(name), type="button", class_name="btn ghost", on_click=handler)


def _new() -> rx.Component:
    form = native_form(
        _field("account_name", "account", max_length=32, required=True, pattern="[A-Za-z0-9][A-Za-z0-9._\\-]{1,31}"),
        _field("display_name", "display_name", max_length=64),
        rx.el.label(
            t("role"),
            rx.el.select(
                rx.foreach(Users.view.roles, _role),
                name="role",
                default_value=str(Role.OPERATIONS),
                class_name="in",
                key=Users.is_loaded.to(str),
            ),
            class_name="lab",
        ),
        rx.el.button(icon("plus", "s"), t("add_user"), type="submit", class_name="btn pri"),
        method="post",
        action="/users/new",
        class_name="fields across",
    )
    return rx.el.section(
        rx.el.header(rx.el.h2(t("add_user"))),
        rx.el.p(t("users_hint"), class_name="para m2 cardtext"),
        form,
        class_name="card",
        aria_label=t("add_user"),
    )


def _field(name: str, key: str, **options: str | int | bool) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.input(name=key, class_name="in", auto_complete="off", **options), class_name="lab"
    )
