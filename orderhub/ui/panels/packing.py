"""The packing table: one field that a scanner writes into, a large answer, and what is still to go in."""

import reflex as rx

from orderhub.domain.words import Carrier
from orderhub.ui.components.controls import link
from orderhub.ui.components.marks import channel_mark, icon
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.packing_table import BAD, DONE, PackingTable
from orderhub.ui.text import label, t
from orderhub.ui.warehouse_view import InsideView, ItemView

_table = PackingTable.table


def packing_table() -> rx.Component:
    return rx.el.section(
        rx.el.div(_field(), _answer(), class_name="packhead"),
        rx.cond(_table.id != "", _parcel(), rx.el.p(t("scan_label_hint"), class_name="cardtext m2")),
        class_name="card pack",
        aria_label=t("packing_table"),
    )


def _field() -> rx.Component:
    """assets/app.js keeps it in focus, so that a scanner's keys never go astray."""
    ask = rx.cond(_table.id != "", t("scan_item"), t("scan_label"))
    return rx.el.form(
        rx.el.label(
            rx.el.span(ask, class_name="m2"),
            rx.el.input(
                name="code",
                class_name="in scan",
                max_length=80,
                auto_complete="off",
                auto_focus=True,
                spell_check=False,
                disabled=Frame.level == "read_only",
                custom_attrs={"data-scan": "", "autocapitalize": "off", "enterkeyhint": "done"},
            ),
            class_name="lab",
        ),
        on_submit=PackingTable.scan,
        reset_on_submit=True,
    )


def _answer() -> rx.Component:
    picture = rx.match(
        PackingTable.answer,
        (BAD, icon("triangle-alert")),
        (DONE, icon("square-check")),
        icon("circle-check"),
    )
    over = rx.el.button(t("take_over"), type="button", class_name="btn", on_click=PackingTable.take_over)
    said = rx.el.div(
        picture,
        rx.el.span(PackingTable.said),
        rx.cond(PackingTable.taken != "", over),
        class_name="answer",
        custom_attrs={"data-answer": PackingTable.answer, "data-turn": PackingTable.turn},
    )
    sound = rx.el.button(
        icon("bell", "s"), t("scan_sound"), type="button", class_name="btn ghost", custom_attrs={"data-sound": ""}
    )
    return rx.el.div(
        rx.el.div(rx.cond(PackingTable.said != "", said), role="alert", aria_live="assertive"),
        sound,
        class_name="row wrap",
    )


def _parcel() -> rx.Component:
    return rx.fragment(
        rx.el.header(
            rx.el.h2(_table.number),
            rx.cond(_table.carrier != "", rx.el.span(label(Carrier, _table.carrier), class_name="tag")),
            rx.foreach(_table.orders, _order),
            rx.el.span(class_name="sp"),
            rx.el.strong(_table.packed, " / ", _table.pieces, class_name="packsum", aria_label=t("packed_pieces")),
        ),
        rx.el.ul(rx.foreach(_table.goods, _item), class_name="packitems", aria_label=t("parcel_items")),
        rx.el.div(
            rx.cond(_table.has_begun, _button("undo-2", "scan_undo", PackingTable.undo)),
            rx.cond(_table.has_begun, _button("boxes", "close_with_rest", PackingTable.close_with_rest)),
            _button("pause", "lay_aside", PackingTable.lay_aside),
            class_name="row wrap cardfoot",
        ),
    )


def _order(one: rx.Var[InsideView]) -> rx.Component:
    return rx.el.span(channel_mark(one.channel), link(one.no, to=one.href, class_name="f12"), class_name="row tight")


def _item(item: rx.Var[ItemView]) -> rx.Component:
    mark = rx.cond(item.is_full, icon("circle-check", "s"), icon("package", "s"))
    return rx.el.li(
        mark,
        rx.el.span(rx.el.strong(item.code), rx.el.span(item.title, class_name="m2 f12"), class_name="mtwo"),
        rx.el.span(item.packed, " / ", item.pieces, class_name="num"),
        class_name=rx.cond(item.is_full, "full", ""),
        key=item.code,
    )


def _button(picture: str, name: str, handler: rx.EventHandler) -> rx.Component:
    return rx.el.button(
        icon(picture, "s"),
        t(name),
        type="button",
        class_name="btn",
        on_click=handler,
        disabled=Frame.level == "read_only",
    )
