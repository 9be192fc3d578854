"""The dialog that asks for a fresh second factor; its form is sent by assets/app.js, past every event."""

import reflex as rx

from orderhub.ui.components.controls import native_form
from orderhub.ui.state.proof import Proof
from orderhub.ui.text import t


def proof_dialog() -> rx.Component:
    return rx.cond(
        Proof.asked_for != "",
        rx.el.dialog(
            rx.el.h2(t("proof_title"), style={"fontSize": "14px"}),
            rx.cond(Proof.asked_for == "code", _form("code"), _form("password")),
            # Pressed by the script once the server is convinced.
            rx.el.button(type="button", hidden=True, on_click=Proof.repeat, custom_attrs={"data-proved": ""}),
            id="proof",
            aria_label=t("proof_title"),
        ),
    )


def _form(factor: str) -> rx.Component:
    is_code = factor == "code"
    box = rx.el.input(
        name="proof",
        class_name="in",
        type="text" if is_code else "password",
        auto_complete="one-time-code" if is_code else "current-password",
        max_length=24 if is_code else 128,
        required=True,
        auto_focus=True,
    )
    return native_form(
        rx.el.p(t(f"proof_{factor}_hint"), class_name="para m2"),
        rx.el.label(t(f"proof_{factor}"), box, class_name="lab"),
        rx.el.p(class_name="red f12", role="alert", custom_attrs={"data-problem": ""}),
        rx.el.div(
            rx.el.button(t("proof_go_on"), type="submit", class_name="btn pri"),
            rx.el.button(
                t("proof_cancel"),
                type="button",
                class_name="btn",
                on_click=Proof.cancel,
                custom_attrs={"data-unproved": ""},
            ),
            class_name="row",
        ),
        method="post",
        action="/prove",
        class_name="fields",
        custom_attrs={"data-prove": ""},
    )
