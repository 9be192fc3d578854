"""Where it is said which shops and warehouses a user sees."""

import reflex as rx

from orderhub.ui.account_view import ChoiceView
from orderhub.ui.components.controls import hidden
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.user import Users
from orderhub.ui.text import t

_FORM = Users.form


def sight_card() -> rx.Component:
    form = rx.el.form(
        hidden("id", _FORM.id),
        _choose("shops", "shop-", _FORM.all_shops, _FORM.shops),
        _choose("warehouses", "warehouse-", _FORM.all_warehouses, _FORM.warehouses),
        rx.el.div(
            rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
            rx.el.button(t("cancel"), type="button", class_name="btn", on_click=Users.close_sight),
            class_name="row",
        ),
        on_submit=Users.save_sight,
        class_name="sightform",
        key="sight-" + _FORM.id,
    )
    card = rx.el.section(
        rx.el.header(rx.el.h2(t("see_change_of", name=_FORM.name))),
        rx.el.p(t("see_hint"), class_name="para m2 cardtext"),
        form,
        class_name="card sightcard",
        aria_label=t("see_change"),
    )
    return rx.cond(_FORM.id != "", card)


def seen(names: rx.Var[list[str]], all_of_them: str) -> rx.Component:
    """The names, or that it is all."""
    tags = rx.el.span(rx.foreach(names, lambda name: rx.el.span(name, class_name="tag")), class_name="see")
    return rx.cond(names.length() > 0, tags, rx.el.span(t(all_of_them), class_name="m2"))


def _choose(name: str, kind: str, is_all: rx.Var[bool], choices: rx.Var[list[ChoiceView]]) -> rx.Component:
    boxes = rx.foreach(
        choices,
        lambda one: rx.el.label(
            rx.el.input(
                type="checkbox",
                name=f"{kind}" + one.value,
                default_checked=one.is_chosen,
                class_name="cb",
            ),
            rx.el.span(one.name, class_name="el"),
            key=one.value,
        ),
    )
    nothing = rx.el.span(t(f"see_no_{name}"), class_name="m3 f12")
    return rx.el.fieldset(
        rx.el.legend(t(f"see_{name}")),
        rx.el.label(
            rx.el.input(type="radio", name=name, value="all", default_checked=is_all),
            rx.el.span(t(f"see_all_{name}"), " ", rx.el.span(t("see_all_hint"), class_name="m3 f12")),
        ),
        rx.el.label(rx.el.input(type="radio", name=name, value="some", default_checked=~is_all), t("see_some")),
        rx.el.div(rx.cond(choices.length() > 0, boxes, nothing), class_name="many"),
    )
