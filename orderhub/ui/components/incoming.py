"""A file on its way in: a card it is dropped on, and a card that shows what is in it before any of it is taken."""

from collections.abc import Iterable
from typing import Any

import reflex as rx

from orderhub.intake.files.bounds import MOST_BYTES
from orderhub.ui.components.controls import dropzone, native_form
from orderhub.ui.components.marks import icon
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import t


def drop_card(title: str, kinds: str, *choices: rx.Component, accept: str, action: str, look: str) -> rx.Component:
    """A native form; assets/app.js lets files be dropped on it.

    ``choices`` stand first: a file is sent as soon as it is chosen. ``kinds`` says which files, ``look`` is the button.
    """
    form = native_form(
        *choices,
        dropzone(kinds, accept=accept, most=MOST_BYTES),
        rx.el.div(
            rx.el.button(icon("upload", "s"), t(look), type="submit", class_name="btn pri"), class_name="row end"
        ),
        method="post",
        action=action,
        enc_type="multipart/form-data",
        class_name="drop",
        custom_attrs={"data-drop": ""},
    )
    head = rx.el.header(rx.el.h2(t(title)))
    return rx.el.section(head, form, class_name="card", aria_label=t(title), id="upload")


def look_card(
    title: str,
    view: Any,
    inside: rx.Component,
    *takes: rx.Component,
    refused: Iterable[rx.Component] = (),
    give_up: Any,
) -> rx.Component:
    """``inside`` shows what ``takes`` would take; a ``view.problem`` stands in its stead, with what is ``refused``."""
    problem = rx.el.p(icon("triangle-alert", "s"), rx.el.span(view.problem), class_name="row amber", role="alert")
    leave = rx.el.button(icon("x", "s"), t("settlement_give_up"), type="button", class_name="btn", on_click=give_up)
    return rx.el.section(
        rx.el.header(rx.el.h2(t(title)), rx.el.span(view.name, class_name="sub el")),
        rx.cond(view.problem != "", rx.el.div(problem, *refused, class_name="cardtext"), inside),
        rx.el.div(leave, rx.cond(view.problem == "", rx.fragment(*takes)), class_name="row end wrap cardfoot"),
        class_name="card",
        aria_label=t(title),
        id="preview",
    )


def take_button(name: str, take: Any, *marks: rx.Component, kind: str = "btn pri") -> rx.Component:
    return rx.el.button(
        *marks, t(name), type="button", class_name=kind, on_click=take, disabled=Frame.level == "read_only"
    )


def figures_row(figures: Iterable[tuple[str, Any]]) -> rx.Component:
    """Each figure below the name it has among the messages."""
    return rx.el.div(
        *[
            rx.el.div(rx.el.div(t(name), class_name="f12 m2"), rx.el.span(value, class_name="b"), class_name="low")
            for name, value in figures
        ],
        class_name="figs",
    )


def refused_rows(rows: rx.Var[list[str]]) -> rx.Component:
    return rx.el.ul(rx.foreach(rows, rx.el.li), class_name="f12")
