"""Buttons, links, menus and native forms that work by keyboard."""

from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from orderhub.access.permissions import Permission
from orderhub.ui.components.marks import icon
from orderhub.ui.components.veiled import of
from orderhub.ui.gate import Who
from orderhub.ui.text import t


class NativeForm(rx.el.Form):
    """A form the browser sends itself: Reflex's own always stops that."""

    @classmethod
    def create(cls, *children: Any, **props: Any) -> rx.Component:
        return super(rx.el.Form, cls).create(*children, **props)


native_form = NativeForm.create


def link(*children: Any, to: str | rx.Var[str], **props: Any) -> rx.Component:
    """A link within the app, without loading the page again."""
    return ReactRouterLink.create(*children, to=to, **props)


def tab_links(about: str, *tabs: tuple[str, str, rx.Var[bool]]) -> rx.Component:
    """Views of one list side by side, each as (message, address, whether it is the one shown)."""
    links = [
        link(t(name), to=to, custom_attrs={"aria-current": rx.cond(is_here, "page", "false")})
        for name, to, is_here in tabs
    ]
    return rx.el.nav(*links, class_name="seg", aria_label=t(about))


def may(permission: Permission) -> rx.Var[bool]:
    """For showing only: the gate decides."""
    return Who.permissions.contains(str(permission))


def if_may(permission: Permission, control: rx.Component) -> rx.Component:
    return rx.cond(may(permission), control)


def icon_button(picture: str, name: rx.Var[str], *, kind: str = "ghost", **props: Any) -> rx.Component:
    return rx.el.button(
        icon(picture), type="button", class_name=f"btn {kind} icon", aria_label=name, title=name, **props
    )


def popover(summary: rx.Component, *children: rx.Component, side: str = "") -> rx.Component:
    """``side`` is empty, ``right`` or ``above``; assets/app.js closes it on Escape and on a click elsewhere."""
    return rx.el.details(summary, rx.el.div(*children, class_name="menu"), class_name=f"pop {side}".strip())


def cell(name: str, *children: Any, **props: Any) -> rx.Component:
    """A table cell that says what it holds where there is no table head: on a phone (``.stack``)."""
    kind = of(name, props.pop("class_name", ""))
    return rx.el.td(*children, custom_attrs={"data-label": t(name)}, class_name=kind, **props)


def table_head(*columns: tuple[str, str], pick: rx.Component | None = None) -> rx.Component:
    """``columns`` as (message, class); an empty message heads what needs none, ``pick`` what chooses a row."""
    heads = [rx.el.th(t(name) if name else "", scope="col", class_name=of(name, kind)) for name, kind in columns]
    return rx.el.thead(rx.el.tr(*([pick] if pick else []), *heads))


def reason_form(ask: str, button: rx.Component, *, about: rx.Var[str], on_submit: Any) -> rx.Component:
    """Asks for a reason before ``button`` sends it with ``about`` as ``id``: nothing is closed without one."""
    reason = rx.el.input(
        name="reason",
        class_name="in",
        max_length=200,
        required=True,
        auto_focus=True,
        placeholder=t(ask),
        aria_label=t(ask),
    )
    known = rx.el.input(type="hidden", name="id", value=about, read_only=True)
    return rx.el.form(reason, known, button, on_submit=on_submit, class_name="row")


def notice_line(text: rx.Var[str], is_bad: rx.Var[bool], on_close: Any) -> rx.Component:
    """What came of an action, said where it was asked for and read aloud."""
    return rx.el.div(
        rx.cond(
            text != "",
            rx.el.div(
                rx.cond(is_bad, icon("triangle-alert", "s"), icon("circle-check", "s")),
                rx.el.span(text),
                rx.el.span(class_name="sp"),
                icon_button("x", t("dismiss"), on_click=on_close),
                class_name=rx.cond(is_bad, "notice bad", "notice"),
            ),
        ),
        role="status",
        aria_live="polite",
    )


def page_foot(first: rx.Var[str], following: rx.Var[str]) -> rx.Component:
    """Back to the first page, on to the next; each is an address, empty where there is none."""
    return rx.cond(
        (first != "") | (following != ""),
        rx.el.div(
            rx.cond(first != "", link(t("first_page"), to=first, class_name="btn")),
            rx.el.span(class_name="sp"),
            rx.cond(following != "", link(t("next_page"), icon("right", "s"), to=following, class_name="btn")),
            class_name="row cardfoot",
        ),
    )


def rows_shown(n: rx.Var[int], total: rx.Var[str]) -> rx.Component:
    """How many rows a page has, and how many its list has."""
    return rx.el.p(t("rows_shown", n=n, total=total), class_name="cardtext f12 m2")


def dropzone(kinds: str, *, accept: str, most: int) -> rx.Component:
    """Where a file is dropped or chosen, within a native form; ``kinds`` says which, ``most`` counts bytes."""
    return rx.el.label(
        icon("upload"),
        rx.el.span(t("import_drop"), class_name="b"),
        rx.el.span(t(kinds), class_name="m2 f12"),
        rx.el.input(type="file", name="file", accept=accept, required=True, custom_attrs={"data-most": str(most)}),
        class_name="dropzone",
    )


def hidden(name: str | rx.Var[str], value: str | rx.Var[str]) -> rx.Component:
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def download_form(action: str, what: str, name: str, *asked: rx.Component) -> rx.Component:
    """``what`` as CSV or as a workbook; a form, since the router takes every link for a page."""
    book = t("download_xlsx", what=t(name))
    return native_form(
        hidden("what", what),
        *asked,
        rx.el.button(icon("download", "s"), t(name), type="submit", name="format", value="csv", class_name="btn"),
        rx.el.button("XLSX", type="submit", name="format", value="xlsx", class_name="btn", title=book, aria_label=book),
        method="get",
        action=action,
        class_name="row tight",
    )
