"""角色: which rights a role holds; for whoever may change them."""

import reflex as rx

from orderhub.access.permissions import Role
from orderhub.ui.components.controls import link, notice_line
from orderhub.ui.components.marks import icon
from orderhub.ui.panels.access_tabs import access_tabs, role_name
from orderhub.ui.panels.frame import ROLES, framed
from orderhub.ui.panels.role_editor import rights_form
from orderhub.ui.role_view import PATH, RoleChoice
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.role import Roles
from orderhub.ui.text import label, t

_ROLE = Roles.page.role
_IS_STILL = Frame.level == "read_only"


def page() -> rx.Component:
    return framed(
        ROLES,
        rx.el.main(
            access_tabs(PATH),
            rx.el.div(rx.el.h1(t("roles")), class_name="ph"),
            notice_line(Roles.said, Roles.is_refusal, Roles.dismiss),
            rx.el.div(_list(), rx.cond(Roles.is_loaded, _editor()), class_name="grid"),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="角色 · OrderHub", on_load=[Frame.enter, Roles.enter])


def _list() -> rx.Component:
    return rx.el.nav(rx.foreach(Roles.page.choices, _choice), class_name="card c3 rolelist", aria_label=t("role_list"))


def _choice(one: rx.Var[RoleChoice]) -> rx.Component:
    edited = rx.cond(one.is_edited, rx.el.span(t("role_edited"), class_name="tag acc"))
    shipped = rx.cond(one.is_shipped & ~one.is_edited, rx.el.span(t("role_shipped"), class_name="m3 f12"))
    return link(
        rx.el.span(role_name(one.code, one.name), class_name="b el"),
        edited,
        shipped,
        rx.el.span(class_name="sp"),
        rx.el.span(t("role_holders_n", n=one.holders), class_name="m2 f12 nw"),
        to=one.href,
        key=one.code,
        custom_attrs={"aria-current": rx.cond(one.code == _ROLE.code, "page", "false")},
    )


def _editor() -> rx.Component:
    changed = rx.el.span(t("role_made_by", at=_ROLE.changed_at, by=_ROLE.changed_by), class_name="m3 f12")
    who = rx.cond(
        _ROLE.holders.length() > 0,
        rx.foreach(_ROLE.holders, lambda name: rx.el.span(name, class_name="tag")),
        rx.el.span(t("role_nobody"), class_name="m2"),
    )
    return rx.el.section(
        rx.el.header(
            rx.el.h2(role_name(_ROLE.code, _ROLE.name)),
            rx.cond(_ROLE.changed_at != "", changed),
            rx.el.span(class_name="sp"),
            _leave(),
            class_name="floorbar",
        ),
        rx.el.p(t("role_job", job=label(Role, _ROLE.job)), " · ", t("role_job_hint"), class_name="para m2 cardtext"),
        rx.cond(_ROLE.is_fixed, rx.el.p(t("role_fixed_hint"), class_name="para m2 cardtext")),
        rx.el.p(rx.el.span(t("role_holders"), class_name="m2"), who, class_name="row wraps tight cardtext"),
        rx.el.div(_copy(), rx.cond(_ROLE.is_shipped, rx.fragment(), _rename()), class_name="row wraps cardtext"),
        rights_form(),
        class_name="card c9",
        aria_label=t("roles"),
    )


def _leave() -> rx.Component:
    """Back to what shipped, or away: what an own role cannot, and what a shipped one cannot."""
    reset = rx.el.button(
        icon("undo-2", "s"),
        t("role_reset"),
        type="button",
        class_name="btn",
        on_click=Roles.reset_role,
        disabled=_IS_STILL,
    )
    remove = rx.el.button(
        icon("x", "s"),
        t("role_remove"),
        type="button",
        class_name="btn danger",
        on_click=Roles.remove,
        disabled=_IS_STILL | (_ROLE.holders.length() > 0),
    )
    return rx.cond(_ROLE.is_shipped, rx.cond(_ROLE.is_edited, reset), remove)


def _copy() -> rx.Component:
    return _name_form("role_new_name", "role_copy", "copy", "", Roles.copy_role)


def _rename() -> rx.Component:
    return _name_form("role_name", "role_rename", "tag", _ROLE.name, Roles.rename)


def _name_form(ask: str, does: str, picture: str, value: rx.Var[str] | str, on_submit: rx.EventHandler) -> rx.Component:
    box = rx.el.input(
        name="name",
        default_value=value,
        max_length=32,
        required=True,
        auto_complete="off",
        placeholder=t(ask),
        aria_label=t(ask),
        class_name="in",
    )
    button = rx.el.button(icon(picture, "s"), t(does), type="submit", class_name="btn", disabled=_IS_STILL)
    turn = f"{does}-" + _ROLE.code + "-" + Roles.turn.to(str)
    return rx.el.form(box, button, on_submit=on_submit, class_name="row", key=turn)
