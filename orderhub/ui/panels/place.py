"""What a person is told when their account was used from somewhere new, on every page until they have answered."""

import reflex as rx

from orderhub.ui.components.controls import notice_line
from orderhub.ui.components.marks import icon
from orderhub.ui.state.place import Places, PlaceView
from orderhub.ui.text import t


def place_notes() -> rx.Component:
    said = rx.cond(Places.said != "", notice_line(Places.said, Places.is_refusal, Places.dismiss))
    return rx.fragment(said, rx.foreach(Places.rows, _note))


def _note(place: rx.Var[PlaceView]) -> rx.Component:
    return rx.el.div(
        icon("triangle-alert", "s"),
        rx.el.span(t("place_new", at=place.at, address=place.address, device=place.device)),
        rx.el.span(class_name="sp"),
        rx.el.button(t("place_mine"), type="button", class_name="btn ghost", on_click=Places.know(place.id)),
        rx.el.button(t("place_not_mine"), type="button", class_name="btn", on_click=Places.end(place.id)),
        key=place.id,
        class_name="state-bar",
        role="alert",
    )
