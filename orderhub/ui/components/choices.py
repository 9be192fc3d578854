"""The fields by which a person says what becomes of goods that are short."""

import reflex as rx

from orderhub.domain.shortage_choice import Choice
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t


def choice_fields(*, is_narrow: bool = False) -> rx.Component:
    """What to do, what goes instead, how many of it, a note, and the button; two to a row where there is no room."""
    style = {"gridTemplateColumns": "1fr 1fr", "padding": "8px 0"} if is_narrow else {}
    words = [rx.el.option(label(Choice, rx.Var.create(str(word))), value=str(word)) for word in Choice]
    return rx.el.div(
        rx.el.label(
            t("shortage_choice"),
            rx.el.select(*words, name="choice", class_name="in", default_value=str(Choice.LATER)),
            class_name="lab",
        ),
        _field("shortage_instead", "instead", max_length=64),
        _field("shortage_instead_pieces", "pieces", pattern="[0-9]{1,6}", input_mode="numeric"),
        _field("shortage_note", "note", max_length=200),
        rx.el.button(t("shortage_decide"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        class_name="fields" if is_narrow else "fields across",
        style=style,
    )


def _field(name: str, key: str, **options: str | int) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.input(name=key, class_name="in", auto_complete="off", **options), class_name="lab"
    )
