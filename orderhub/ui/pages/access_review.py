"""权限复核: who may do and see what, since when it was not used, and who last looked through it."""

import reflex as rx

from orderhub.ui.access_review_view import PATH, QUIET_DAYS, HolderView, KeyHolderView, UseView
from orderhub.ui.components.controls import cell, download_form, hidden, native_form, notice_line, table_head
from orderhub.ui.components.marks import icon, void
from orderhub.ui.panels.access_tabs import access_tabs, role_name
from orderhub.ui.panels.frame import ACCESS_REVIEW, framed
from orderhub.ui.panels.sight_form import seen
from orderhub.ui.permission_text import NAMES
from orderhub.ui.state.access_review import AccessReview
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import looked_up, t

_VIEW = AccessReview.view
_COLUMNS = (
    ("account_name", "w15"),
    ("role", ""),
    ("see_change", "w18"),
    ("second_factor", "w9"),
    ("review_signed_in", "w12"),
    ("review_used", "w12"),
    ("review_rights", "w18"),
)
_KEY_COLUMNS = (
    ("key_name", ""),
    ("review_key_owner", "w15"),
    ("rights", ""),
    ("see_shops", "w18"),
    ("review_used", "w12"),
    ("ends_at", "w12"),
)


def page() -> rx.Component:
    return framed(
        ACCESS_REVIEW,
        rx.el.main(
            access_tabs(PATH),
            rx.el.div(rx.el.h1(t("access_review")), rx.el.span(class_name="sp"), _mark(), class_name="ph"),
            notice_line(AccessReview.said, AccessReview.is_refusal, AccessReview.dismiss),
            _users(),
            _keys(),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="权限复核 · OrderHub", on_load=[Frame.enter, AccessReview.enter])


def _mark() -> rx.Component:
    last = t("review_last", at=_VIEW.reviewed_at, by=_VIEW.reviewed_by)
    button = rx.el.button(
        icon("circle-check", "s"),
        t("review_mark"),
        type="button",
        class_name="btn pri",
        on_click=AccessReview.mark,
        disabled=Frame.level == "read_only",
    )
    said = rx.cond(_VIEW.reviewed_at != "", last, t("review_never"))
    return rx.el.span(
        rx.el.span(rx.cond(AccessReview.is_loaded, said, ""), class_name="m2 f12"), button, class_name="row"
    )


def _users() -> rx.Component:
    table = rx.el.table(
        table_head(*_COLUMNS), rx.el.tbody(rx.foreach(_VIEW.holders, _holder)), aria_label=t("access_review")
    )
    nothing = rx.cond(AccessReview.is_loaded, void("search", "access_none"))
    return rx.el.section(
        rx.el.p(t("review_hint"), class_name="para m2 cardtext", style={"paddingTop": "12px"}),
        rx.el.div(_filter(), rx.el.span(class_name="sp"), _download(), class_name="row wraps cardtext"),
        rx.cond(_VIEW.holders.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        rx.el.p(t("review_known"), class_name="para m3 cardtext"),
        class_name="card",
        aria_label=t("access_review"),
    )


def _filter() -> rx.Component:
    roles = rx.foreach(_VIEW.roles, lambda one: rx.el.option(role_name(one.code, one.name), value=one.code))
    days = [rx.el.option(t("review_quiet_days", n=days), value=str(days)) for days in QUIET_DAYS]
    return native_form(
        rx.el.input(
            name="q",
            default_value=_VIEW.words,
            max_length=64,
            placeholder=t("review_find"),
            aria_label=t("review_find"),
            class_name="in slim",
        ),
        _select("role", "role", _VIEW.role, rx.el.option(t("review_role_all"), value=""), roles),
        _select("review_quiet", "quiet", _VIEW.quiet_days, rx.el.option(t("review_quiet_any"), value=""), *days),
        rx.el.button(icon("filter", "s"), t("apply"), type="submit", class_name="btn"),
        method="get",
        action=PATH,
        class_name="row wraps",
        key=AccessReview.is_loaded.to(str),
    )


def _select(name: str, key: str, value: rx.Var[str], *options: rx.Component) -> rx.Component:
    return rx.el.select(*options, name=key, default_value=value, class_name="in slim", aria_label=t(name))


def _download() -> rx.Component:
    asked = (hidden("q", _VIEW.words), hidden("role", _VIEW.role), hidden("quiet", _VIEW.quiet_days))
    return download_form(f"{PATH}/download", "access", "review_download", *asked)


def _holder(one: rx.Var[HolderView]) -> rx.Component:
    inactive = rx.cond(one.is_active, rx.fragment(), rx.el.span(t("inactive"), class_name="tag amber"))
    totp = rx.cond(
        one.has_totp,
        rx.el.span(icon("circle-check", "s"), t("enrolled"), class_name="row tight green"),
        rx.el.span(icon("triangle-alert", "s"), t("not_enrolled"), class_name="row tight amber"),
    )
    name = rx.el.span(
        rx.el.span(one.name, class_name="b"),
        rx.el.span(one.display_name, class_name="m2 f12"),
        inactive,
        class_name="see",
    )
    places = rx.el.span(seen(one.shops, "see_all_shops"), seen(one.warehouses, "see_all_warehouses"), class_name="see")
    return rx.el.tr(
        cell("account_name", name, class_name="wrapcell"),
        cell("role", role_name(one.role, one.role_name)),
        cell("see_change", places, class_name="wrapcell"),
        cell("second_factor", totp),
        cell("review_signed_in", _when(one.signed_in_at), class_name="m2"),
        cell("review_used", _when(one.used_at), class_name="m2"),
        cell("review_rights", _rights(one), class_name="wrapcell"),
        key=one.id,
    )


def _rights(one: rx.Var[HolderView]) -> rx.Component:
    idle = rx.cond(one.idle != "", rx.el.span(" · ", t("review_idle_n", n=one.idle), class_name="m3 f12"))
    return rx.el.details(
        rx.el.summary(t("review_rights_n", n=one.rights), idle),
        rx.el.ul(rx.foreach(one.uses, _use)),
        class_name="idle",
    )


def _use(one: rx.Var[UseView]) -> rx.Component:
    used = rx.cond(one.used_at != "", rx.el.span(" ", one.used_at, class_name="m3"))
    return rx.el.li(looked_up(NAMES, one.permission), used, class_name="f12", title=one.permission, key=one.permission)


def _when(moment: rx.Var[str]) -> rx.Component:
    return rx.cond(moment != "", moment, t("review_never_used"))


def _keys() -> rx.Component:
    table = rx.el.table(
        table_head(*_KEY_COLUMNS), rx.el.tbody(rx.foreach(_VIEW.api_keys, _key)), aria_label=t("review_keys")
    )
    nothing = rx.cond(AccessReview.is_loaded, void("server", "api_keys_none"))
    return rx.el.section(
        rx.el.header(rx.el.h2(t("review_keys"))),
        rx.cond(_VIEW.api_keys.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        class_name="card",
        aria_label=t("review_keys"),
    )


def _key(one: rx.Var[KeyHolderView]) -> rx.Component:
    return rx.el.tr(
        cell("key_name", one.name, class_name="b"),
        cell("review_key_owner", one.owner),
        cell("rights", one.rights, class_name="f12 m2"),
        cell("see_shops", seen(one.shops, "see_all_shops"), class_name="wrapcell"),
        cell("review_used", _when(one.used_at), class_name="m2"),
        cell("ends_at", one.ends_at, class_name="m2"),
        key=one.id,
    )
