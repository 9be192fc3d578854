"""The open order beside the list: everything about it without leaving the place."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.hold import BY_HAND, HoldReason
from orderhub.domain.words import Carrier
from orderhub.ui.components.controls import if_may, link, notice_line, popover
from orderhub.ui.components.marks import channel_mark, due_mark, icon, status_mark, tag_mark, void
from orderhub.ui.hold_form import BEFORE_PROMISE, BY_PERSON, IN_HOURS
from orderhub.ui.panels.drawer_packing import packing
from orderhub.ui.panels.drawer_tabs import aftersales, overview, remarks, tasks, timeline
from orderhub.ui.state.board import Board
from orderhub.ui.state.card import Card
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t


def drawer() -> rx.Component:
    return rx.el.aside(
        _head(),
        rx.el.div(
            rx.cond(
                Card.is_missing,
                void("info", "order_missing", "order_missing_hint"),
                rx.match(
                    Card.tab,
                    ("parcels", packing()),
                    ("aftersales", aftersales()),
                    ("tasks", tasks()),
                    ("remarks", remarks()),
                    ("timeline", timeline()),
                    overview(),
                ),
            ),
            class_name="dbody",
            tab_index=0,
            role="region",
            aria_label=t("order_card"),
        ),
        rx.el.div(notice_line(Card.said, Card.is_refusal, Card.dismiss), _actions()),
        class_name="drawer",
        aria_label=t("order_card"),
    )


def _head() -> rx.Component:
    card = Card.card
    return rx.el.div(
        rx.el.div(
            channel_mark(card.channel),
            rx.el.h2(card.no, class_name="el", title=card.order_no),
            status_mark(card.status),
            rx.el.span(class_name="sp"),
            link(
                icon("x"),
                to=rx.cond(Board.is_loaded, Board.view.base, "/orders"),
                class_name="btn ghost icon",
                aria_label=t("close"),
                title=t("close"),
                prevent_scroll_reset=True,
                custom_attrs={"data-key": "esc"},
            ),
            class_name="row",
        ),
        rx.el.div(
            rx.foreach(card.tags, _tag),
            rx.cond(card.due != "", rx.el.span(due_mark(card.due, card.due_exact), class_name="f12 row")),
            rx.cond(card.risk != "", rx.el.span(t("at_risk"), " ", card.risk, class_name="f12 m2")),
            class_name="row",
            style={"margin": "8px 0 10px", "gap": "6px", "minHeight": "20px", "flexWrap": "wrap"},
        ),
        rx.el.div(
            _tab("overview"),
            _tab("parcels", card.packing.deliveries.length()),
            _tab("aftersales", card.aftersales.length()),
            _tab("tasks", card.tasks.length()),
            _tab("remarks"),
            _tab("timeline", card.timeline.length()),
            class_name="tabs",
            role="tablist",
            style={"padding": "0", "margin": "0 -8px", "height": "32px", "border": "0"},
        ),
        class_name="dh",
    )


def _tag(word: rx.Var[str]) -> rx.Component:
    remove = rx.el.button(
        icon("x", "xs"),
        type="button",
        class_name="plain",
        aria_label=t("remove_tag", tag=word),
        on_click=Card.remove_tag(Card.order_id, word),
    )
    return rx.el.span(tag_mark(word), if_may(Permission.ORDER_TAG, remove), class_name="row", style={"gap": "2px"})


def _tab(name: str, count: rx.Var[int] | None = None) -> rx.Component:
    here = Card.tab == name
    figure = rx.el.span(count, class_name="n") if count is not None else rx.fragment()
    return rx.el.button(
        t(name), figure, type="button", role="tab", on_click=Card.show_tab(name), custom_attrs={"aria-selected": here}
    )


def _actions() -> rx.Component:
    card = Card.card
    return rx.el.div(
        if_may(
            Permission.ORDER_APPROVE,
            rx.cond(card.may_be_approved, _action("check", "approve", Card.approve(Card.order_id), "pri", "e")),
        ),
        if_may(Permission.ORDER_SHIP, rx.cond(card.may_be_shipped, _ship_form())),
        rx.el.button(
            icon("copy", "s"),
            t("copy_order"),
            type="button",
            class_name="btn copy",
            custom_attrs={"data-copy": card.copy_text, "data-done": t("copied")},
        ),
        if_may(
            Permission.ORDER_HOLD,
            rx.cond(
                card.holds.length() > 0,
                _action("play", "release", Card.release(Card.order_id)),
                _hold_form(),
            ),
        ),
        if_may(Permission.TICKET_CHANGE, _ticket_link()),
        rx.el.span(class_name="sp"),
        if_may(Permission.ORDER_TAG, _tag_form()),
        class_name="dfoot",
    )


def _ticket_link() -> rx.Component:
    return link(icon("message", "s"), t("ticket_new"), to=f"/service?new=1&order={Card.order_id}", class_name="btn")


def _action(picture: str, name: str, handler: rx.event.EventSpec, kind: str = "", key: str = "") -> rx.Component:
    attributes = {"data-key": key} if key else {}
    return rx.el.button(
        icon(picture, "s"),
        t(name),
        type="button",
        class_name=f"btn {kind}".strip(),
        on_click=handler,
        disabled=Frame.level == "read_only",
        custom_attrs=attributes,
    )


def _ship_form() -> rx.Component:
    carriers = [rx.el.option(label(Carrier, rx.Var.create(str(word))), value=str(word)) for word in Carrier]
    form = rx.el.form(
        rx.el.label(
            t("carrier"), rx.el.select(*carriers, name="carrier", class_name="in", required=True), class_name="lab"
        ),
        rx.el.label(
            t("waybill"),
            rx.el.input(name="waybill", class_name="in", max_length=40, required=True, auto_complete="off"),
            class_name="lab",
        ),
        rx.el.input(type="hidden", name="order_id", value=Card.order_id, read_only=True),
        rx.el.button(
            t("ship_out"),
            type="submit",
            class_name="btn pri",
            disabled=Frame.level == "read_only",
            custom_attrs={"data-close": ""},
        ),
        on_submit=Card.ship,
        reset_on_submit=True,
    )
    summary = rx.el.summary(icon("truck", "s"), t("ship_out"), class_name="btn pri")
    return popover(summary, form, side="above")


def _hold_form() -> rx.Component:
    reasons = [rx.el.option(label(HoldReason, rx.Var.create(str(word))), value=str(word)) for word in BY_HAND]
    ends = [
        rx.el.option(t(name), value=value)
        for value, name in (
            (BY_PERSON, "hold_never"),
            (IN_HOURS, "hold_for_hours"),
            (BEFORE_PROMISE, "hold_before_promise"),
        )
    ]
    hours = rx.el.input(name="hours", type="number", min="0", max="2160", class_name="in", auto_complete="off")
    form = rx.el.form(
        rx.el.label(t("hold_reason"), rx.el.select(*reasons, name="reason", class_name="in"), class_name="lab"),
        rx.el.label(
            t("hold_note"),
            rx.el.input(name="note", class_name="in", max_length=200, auto_complete="off"),
            class_name="lab",
        ),
        rx.el.label(t("hold_ends"), rx.el.select(*ends, name="ends", class_name="in"), class_name="lab"),
        rx.el.label(t("hours"), hours, class_name="lab when-hours"),
        rx.el.input(type="hidden", name="order_id", value=Card.order_id, read_only=True),
        rx.el.button(
            t("hold_orders"),
            type="submit",
            class_name="btn pri",
            disabled=Frame.level == "read_only",
            custom_attrs={"data-close": ""},
        ),
        on_submit=Card.hold,
        reset_on_submit=True,
    )
    return popover(rx.el.summary(icon("pause", "s"), t("hold_orders"), class_name="btn"), form, side="above")


def _tag_form() -> rx.Component:
    summary = rx.el.summary(icon("tag", "s"), class_name="btn ghost icon", aria_label=t("add_tag"), title=t("add_tag"))
    form = rx.el.form(
        rx.el.label(
            t("tag"), rx.el.input(name="word", class_name="in", max_length=32, required=True), class_name="lab"
        ),
        rx.el.input(type="hidden", name="order_id", value=Card.order_id, read_only=True),
        rx.el.button(t("add"), type="submit", class_name="btn pri", custom_attrs={"data-close": ""}),
        on_submit=Card.add_tag,
        reset_on_submit=True,
    )
    return popover(summary, form, side="above right")
