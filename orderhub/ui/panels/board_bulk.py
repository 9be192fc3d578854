"""What can be done with the selected orders?"""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.components.controls import icon_button, if_may, popover
from orderhub.ui.components.marks import icon
from orderhub.ui.state.board import Board, BoardCounts, Selection
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import t


def bulk_bar() -> rx.Component:
    every = t("take_all_orders", n=BoardCounts.counts[Board.view.tab])
    return rx.el.div(
        rx.el.span(t("selected", n=Selection.ids.length()), class_name="b", style={"marginRight": "8px"}),
        if_may(
            Permission.ORDER_APPROVE,
            rx.el.button(
                t("approve"),
                rx.el.kbd("E"),
                type="button",
                class_name="btn pri",
                on_click=Selection.approve,
                disabled=Frame.level == "read_only",
                custom_attrs={"data-key": "e"},
            ),
        ),
        if_may(Permission.ORDER_APPROVE, _action("truck", "review_and_ship", Selection.ship_out)),
        if_may(Permission.ORDER_HOLD, _action("pause", "hold_orders", Selection.hold)),
        if_may(Permission.ORDER_HOLD, _action("play", "release", Selection.release)),
        if_may(Permission.ORDER_TAG, _tag_form()),
        rx.el.span(class_name="sp"),
        rx.el.button(every, type="button", class_name="btn ghost", on_click=Selection.take_all),
        icon_button("x", t("deselect"), on_click=Selection.clear, custom_attrs={"data-key": "esc"}),
        class_name="bulk",
        role="toolbar",
        aria_label=t("bulk_actions"),
    )


def _action(picture: str, name: str, handler: rx.EventHandler) -> rx.Component:
    return rx.el.button(
        icon(picture, "s"),
        t(name),
        type="button",
        class_name="btn ghost",
        on_click=handler,
        disabled=Frame.level == "read_only",
    )


def _tag_form() -> rx.Component:
    summary = rx.el.summary(icon("tag", "s"), t("add_tag"), class_name="btn ghost")
    form = rx.el.form(
        rx.el.label(
            t("tag"), rx.el.input(name="word", class_name="in", max_length=32, required=True), class_name="lab"
        ),
        rx.el.button(t("add"), type="submit", class_name="btn pri", custom_attrs={"data-close": ""}),
        on_submit=Selection.tag,
        reset_on_submit=True,
    )
    return popover(summary, form, side="above")
