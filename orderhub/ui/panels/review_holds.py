"""The holds of one order on the review's page: who said what, and the next step of each."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.hold import HoldReason
from orderhub.ui.components.controls import may
from orderhub.ui.components.marks import hold_mark, icon
from orderhub.ui.review_view import ReviewHoldView, ReviewRowView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.review import Review
from orderhub.ui.text import actor_name, label, t


def holds_of(row: rx.Var[ReviewRowView]) -> rx.Component:
    nothing = rx.el.p(icon("circle-check", "s"), t("may_pass"), class_name="row f12 green")
    found = rx.el.ul(rx.foreach(row.holds, _hold), class_name="rholds")
    return rx.cond(row.holds.length() > 0, found, nothing)


def _hold(held: rx.Var[ReviewHoldView]) -> rx.Component:
    ends = rx.cond(
        held.hours_before != "",
        t("ends_before_promise", n=held.hours_before),
        rx.cond(held.ends != "", t("hold_ends_at", at=held.ends), ""),
    )
    return rx.el.li(
        rx.el.div(
            hold_mark(label(HoldReason, held.reason)),
            rx.el.span(held.note, class_name="sp"),
            rx.el.span(actor_name(held.by), " · ", held.at, class_name="m3 nw"),
            class_name="row",
        ),
        rx.cond(
            (held.ends != "") | (held.hours_before != ""),
            rx.el.div(icon("clock", "xs"), ends, class_name="row tight m2"),
        ),
        rx.cond(held.sent_back_by != "", _sent_back(held)),
        rx.cond(held.vouched_by != "", _vouched(held)),
        rx.cond(
            held.is_for_two,
            rx.cond(held.vouched_by != "", _second(held), _first(held)),
            _alone(held),
        ),
        class_name="rhold",
        key=held.reason,
    )


def _sent_back(held: rx.Var[ReviewHoldView]) -> rx.Component:
    said = rx.cond(
        held.sent_back_by_facts,
        t("sent_back_by_facts"),
        t("sent_back", who=held.sent_back_by, note=held.sent_back_note),
    )
    return rx.el.div(icon("rotate", "xs"), rx.el.span(said), class_name="row tight amber")


def _vouched(held: rx.Var[ReviewHoldView]) -> rx.Component:
    note = rx.cond(held.vouch_note != "", rx.el.span(held.vouch_note, class_name="b"))
    who = rx.el.span(t("vouched_by", who=held.vouched_by, at=held.vouched_at), class_name="m2")
    return rx.el.div(icon("user", "xs"), who, note, class_name="row tight")


def _alone(held: rx.Var[ReviewHoldView]) -> rx.Component:
    note = _note("release_note", is_required=False)
    form = _form(held, note, _send("play", "release", "btn"), on_submit=Review.release)
    return rx.cond(may(Permission.ORDER_HOLD), form)


def _first(held: rx.Var[ReviewHoldView]) -> rx.Component:
    form = _form(held, _note("vouch_note"), _send("check", "vouch", "btn pri"), on_submit=Review.vouch)
    return rx.cond(may(Permission.ORDER_APPROVE), form)


def _second(held: rx.Var[ReviewHoldView]) -> rx.Component:
    confirm = _form(held, _send("check", "confirm_release", "btn pri"), on_submit=Review.confirm)
    back = _form(held, _note("send_back_note"), _send("rotate", "send_back", "btn"), on_submit=Review.send_back)
    waits = rx.el.span(t("needs_confirm"), class_name="m3")
    return rx.cond(may(Permission.ORDER_CONFIRM), rx.el.div(confirm, back, class_name="row"), waits)


def _form(held: rx.Var[ReviewHoldView], *fields: rx.Component, on_submit: Any) -> rx.Component:
    return rx.el.form(
        *fields,
        rx.el.input(type="hidden", name="id", value=held.order_id, read_only=True),
        rx.el.input(type="hidden", name="reason", value=held.reason, read_only=True),
        on_submit=on_submit,
        class_name="row",
    )


def _note(name: str, *, is_required: bool = True) -> rx.Component:
    return rx.el.input(
        name="note",
        class_name="in",
        max_length=200,
        required=is_required,
        placeholder=t(name),
        aria_label=t(name),
        auto_complete="off",
    )


def _send(picture: str, name: str, kind: str) -> rx.Component:
    return rx.el.button(
        icon(picture, "s"), t(name), type="submit", class_name=kind, disabled=Frame.level == "read_only"
    )
