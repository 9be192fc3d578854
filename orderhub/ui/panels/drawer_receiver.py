"""The receiver of the open order in the clear: asked for with a reason, shown for a minute."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.access.reveal import WORDS_MOST, RevealReason
from orderhub.ui.components.controls import hidden, if_may, notice_line, popover
from orderhub.ui.components.marks import icon
from orderhub.ui.state.card import Card
from orderhub.ui.state.reveal import Receiver
from orderhub.ui.text import label, t


def receiver() -> rx.Component:
    is_shown = (Receiver.order_id != "") & (Receiver.order_id == Card.order_id)
    return if_may(
        Permission.ORDER_REVEAL,
        rx.el.section(
            notice_line(Receiver.said, Receiver.is_refusal, Receiver.dismiss),
            rx.cond(is_shown, _shown(), _form()),
            class_name="sec",
        ),
    )


def _shown() -> rx.Component:
    facts = (("reveal_name", Receiver.name), ("reveal_phone", Receiver.phone), ("reveal_address", Receiver.address))
    rows = [part for name, value in facts for part in (rx.el.dt(t(name)), rx.el.dd(value))]
    return rx.fragment(
        rx.el.dl(*rows, class_name="kv"),
        rx.el.button(icon("x", "s"), t("reveal_hide"), type="button", class_name="btn ghost", on_click=Receiver.hide),
        # The drawer is left or shows another order: what it showed is gone.
        on_unmount=Receiver.hide,
    )


def _form() -> rx.Component:
    reasons = [rx.el.option(label(RevealReason, rx.Var.create(str(word))), value=str(word)) for word in RevealReason]
    form = rx.el.form(
        rx.el.label(t("reveal_why"), rx.el.select(*reasons, name="reason", class_name="in"), class_name="lab"),
        rx.el.label(
            t("reveal_words"),
            rx.el.input(name="words", class_name="in", max_length=WORDS_MOST, auto_complete="off"),
            class_name="lab",
        ),
        hidden("order_id", Card.order_id),
        rx.el.button(t("reveal_now"), type="submit", class_name="btn pri", custom_attrs={"data-close": ""}),
        on_submit=Receiver.show,
        reset_on_submit=True,
    )
    return popover(rx.el.summary(icon("eye", "s"), t("reveal"), class_name="btn"), form)
