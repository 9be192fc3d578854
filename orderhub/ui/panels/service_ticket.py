"""One ticket: what is wanted, what was said, and what customer service may do about it now."""

from enum import StrEnum
from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission, Role
from orderhub.domain.ticket import TicketKind, TicketPriority, TicketResult, TicketStatus, WaitsFor
from orderhub.domain.ticket_step import Voice
from orderhub.ui.components.controls import if_may, popover
from orderhub.ui.components.marks import channel_mark, due_mark, icon
from orderhub.ui.panels.service_queue import priority_mark
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.service import CannedChoice, Choice, Service
from orderhub.ui.text import label, t
from orderhub.ui.ticket_view import EntryView, HandOverView

_IS_STILL = Frame.level == "read_only"


def ticket() -> rx.Component:
    one = Service.ticket
    return rx.el.section(
        rx.el.header(
            channel_mark(one.channel),
            rx.el.h2(one.no),
            rx.el.span(label(TicketStatus, one.status), class_name="tag"),
            priority_mark(one.priority),
            rx.el.span(label(TicketKind, one.kind), class_name="m2"),
            rx.el.span(class_name="sp"),
            rx.cond(one.due != "", rx.el.span(due_mark(one.due, one.due_exact), class_name="f12")),
        ),
        rx.el.p(one.words, class_name="svbox"),
        _facts(),
        if_may(Permission.TICKET_CHANGE, rx.fragment(_actions(), rx.cond(one.is_over, _note(), _reply()))),
        _history(),
        class_name="card",
        aria_label=one.no,
    )


def options(words: type[StrEnum]) -> list[rx.Component]:
    return [rx.el.option(label(words, rx.Var.create(str(one))), value=str(one)) for one in words]


def _facts() -> rx.Component:
    one = Service.ticket
    waits = rx.cond(one.waits_for != "", rx.el.span(" · ", label(WaitsFor, one.waits_for), class_name="amber"))
    owner = rx.cond(one.owner != "", one.owner, t("ticket_nobody"))
    result = rx.el.span(
        label(TicketResult, one.result), " ", one.result_note, " · ", one.decided_by, " ", one.decided, class_name="m2"
    )
    return rx.el.dl(
        rx.el.dt(t("ticket_owner")),
        rx.el.dd(label(Role, one.owner_role), " · ", owner, waits),
        rx.el.dt(t("ticket_first_reply")),
        rx.el.dd(rx.cond(one.first_reply != "", one.first_reply, "—")),
        rx.el.dt(t("ticket_opened_at")),
        rx.el.dd(t("ticket_opened_by", by=one.opened_by, at=one.opened)),
        rx.el.dt(t("ticket_result")),
        rx.el.dd(rx.cond(one.result != "", result, rx.cond(one.result_note != "", one.result_note, "—"))),
        rx.cond(
            (one.again != "") | (one.reopenings != ""),
            rx.el.dd(
                rx.cond(
                    one.again != "", rx.el.span(icon("triangle-alert", "xs"), t("ticket_again"), class_name="tag red")
                ),
                rx.cond(
                    one.reopenings != "", rx.el.span(t("ticket_reopened_n", n=one.reopenings), class_name="tag amber")
                ),
                class_name="row",
                style={"gridColumn": "1/-1"},
            ),
        ),
        class_name="kv svkv",
    )


def _actions() -> rx.Component:
    one = Service.ticket
    claim = rx.el.button(
        icon("check", "s"),
        rx.cond(one.status == str(TicketStatus.WAITING), t("ticket_go_on"), t("ticket_claim")),
        type="button",
        class_name="btn pri",
        on_click=Service.claim(one.id),
        disabled=_IS_STILL,
    )
    working = rx.fragment(
        rx.cond(one.status != str(TicketStatus.CLAIMED), claim),
        _form(
            "user",
            "ticket_hand_over",
            Service.hand_over,
            _people(),
            _text("reason", "ticket_hand_reason", required=True),
        ),
        _form(
            "triangle-alert",
            "ticket_prioritise",
            Service.prioritise,
            _priority(),
        ),
        _form("clock", "ticket_wait", Service.wait, _select("waits_for", "ticket_wait", options(WaitsFor))),
        _form(
            "circle-check",
            "ticket_decide",
            Service.decide,
            _select("result", "ticket_result", options(TicketResult)),
            _text("reason", "ticket_result_note"),
        ),
    )
    reopen = _form("undo-2", "ticket_reopen", Service.reopen, _text("reason", "ticket_reopen_reason", required=True))
    close = _form("x", "ticket_close", Service.close, _text("reason", "ticket_close_reason"))
    return rx.el.div(
        rx.cond(one.is_over, reopen, working), rx.cond(one.is_closed, rx.fragment(), close), class_name="svbar"
    )


def _form(picture: str, name: str, on_submit: Any, *fields: rx.Component) -> rx.Component:
    send = rx.el.button(
        t(name), type="submit", class_name="btn pri", disabled=_IS_STILL, custom_attrs={"data-close": ""}
    )
    form = rx.el.form(*fields, _known(), send, on_submit=on_submit, reset_on_submit=True, key=f"{name}")
    return popover(rx.el.summary(icon(picture, "s"), t(name), class_name="btn"), form)


def _known() -> rx.Component:
    return rx.el.input(type="hidden", name="id", value=Service.ticket.id, read_only=True)


def _select(name: str, title: str, choices: list[rx.Component]) -> rx.Component:
    return rx.el.label(t(title), rx.el.select(*choices, name=name, class_name="in"), class_name="lab")


def _priority() -> rx.Component:
    """The one it has is chosen."""
    one = Service.ticket
    choices = rx.el.select(
        *options(TicketPriority),
        name="priority",
        class_name="in",
        default_value=one.priority,
        key=f"{one.id}-{one.priority}",
    )
    return rx.el.label(t("ticket_priority"), choices, class_name="lab")


def _people() -> rx.Component:
    choices = rx.foreach(Service.people, _person)
    return rx.el.label(t("ticket_hand_to"), rx.el.select(choices, name="to", class_name="in"), class_name="lab")


def _person(one: rx.Var[Choice]) -> rx.Component:
    name = rx.cond(one.role != "", t("ticket_queue_of", role=label(Role, one.role)), one.name)
    return rx.el.option(name, value=one.value, key=one.value)


def _text(name: str, title: str, *, required: bool = False) -> rx.Component:
    field = rx.el.input(name=name, class_name="in", max_length=200, auto_complete="off", required=required)
    return rx.el.label(t(title), field, class_name="lab")


def _reply() -> rx.Component:
    """One button copies the text and writes it down: sending it is done in the platform's own chat."""
    canned = rx.el.select(
        rx.el.option(t("reply_canned"), value=""),
        rx.foreach(Service.canned, _canned),
        value="",
        on_change=Service.fill,
        class_name="in slim",
        aria_label=t("reply_canned"),
    )
    words = rx.debounce_input(
        rx.el.textarea(
            name="text",
            value=Service.draft,
            on_change=Service.write,
            class_name="in",
            max_length=1000,
            placeholder=t("reply_free"),
            aria_label=t("reply_to_buyer"),
        ),
        debounce_timeout=150,
    )
    send = rx.el.button(
        icon("copy", "s"),
        t("reply_copy"),
        type="submit",
        class_name="btn pri copy",
        disabled=_IS_STILL | (Service.draft == ""),
        custom_attrs={"data-copy": Service.draft, "data-done": t("copied")},
    )
    form = rx.el.form(
        rx.el.div(rx.el.h3(t("reply_to_buyer"), class_name="b"), canned, class_name="row"),
        words,
        _known(),
        rx.el.div(send, rx.el.span(t("reply_copied_hint"), class_name="f12 m3"), class_name="row"),
        on_submit=Service.reply,
        class_name="svsay",
    )
    return rx.fragment(form, _note())


def _canned(one: rx.Var[CannedChoice]) -> rx.Component:
    return rx.el.option(one.title, value=one.id, key=one.id)


def _note() -> rx.Component:
    field = rx.el.input(
        name="text",
        class_name="in",
        max_length=1000,
        auto_complete="off",
        placeholder=t("note_hint"),
        aria_label=t("note_add"),
        required=True,
        style={"flex": "1", "minWidth": "160px"},
    )
    send = rx.el.button(t("note_add"), type="submit", class_name="btn", disabled=_IS_STILL)
    return rx.el.form(
        rx.el.div(field, send, class_name="row"),
        _known(),
        on_submit=Service.note,
        reset_on_submit=True,
        class_name="svsay",
    )


def _history() -> rx.Component:
    one = Service.ticket
    return rx.cond(
        (one.history.length() > 0) | (one.hand_overs.length() > 0),
        rx.el.ul(
            rx.foreach(one.history, _entry),
            rx.foreach(one.hand_overs, _hand_over),
            class_name="svlist",
            aria_label=t("ticket_history"),
        ),
    )


def _entry(one: rx.Var[EntryView]) -> rx.Component:
    is_reply = one.voice == str(Voice.REPLY)
    again = rx.el.button(
        icon("copy", "xs"),
        t("reply_again"),
        type="button",
        class_name="btn ghost copy",
        custom_attrs={"data-copy": one.text, "data-done": t("copied")},
    )
    return rx.el.li(
        rx.el.div(
            rx.el.span(label(Voice, one.voice), class_name=rx.cond(is_reply, "tag acc", "tag")),
            rx.el.span(one.by, " · ", one.at, class_name="f12 m3"),
            rx.el.span(class_name="sp"),
            rx.cond(is_reply, again),
            class_name="row",
        ),
        rx.el.p(one.text, class_name="para"),
        key=one.id,
    )


def _hand_over(one: rx.Var[HandOverView]) -> rx.Component:
    source = rx.cond(one.from_person != "", one.from_person, label(Role, one.from_role)).to(str)
    target = rx.cond(one.to_person != "", one.to_person, label(Role, one.to_role)).to(str)
    said = t("ticket_handover_n", source=source, target=target, reason=one.reason, by=one.by, at=one.at)
    return rx.el.li(rx.el.span(said, class_name="f12 m2"), key=one.id)
