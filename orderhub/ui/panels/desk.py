"""What the desk of anomalies and the list of tasks share: the sheet that asks for words, the bulk bar, the history."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission, Role
from orderhub.ui.anomaly_card_view import HistoryView
from orderhub.ui.components.controls import hidden, icon_button, if_may
from orderhub.ui.components.marks import icon
from orderhub.ui.gate import Who
from orderhub.ui.receivers import Receiver
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import actor_name, event_label, label, t

_REASONS = ("desk_reason_not_ours", "desk_reason_check", "desk_reason_knows", "desk_reason_off")


def is_read_only() -> rx.Var[bool]:
    return Frame.level == "read_only"


def severity_mark(word: rx.Var[str], name: rx.Var[str]) -> rx.Component:
    picture = rx.match(word, ("high", icon("triangle-alert", "xs")), ("medium", icon("info", "xs")), rx.fragment())
    kind = rx.match(word, ("high", "tag red"), ("medium", "tag amber"), "tag")
    return rx.el.span(picture, name, class_name=kind)


def owner_mark(role: rx.Var[str], owner: rx.Var[str]) -> rx.Component:
    who = rx.cond(owner != "", rx.el.span(owner, class_name="b"), rx.el.span(t("desk_nobody"), class_name="m3"))
    return rx.el.span(label(Role, role), " · ", who)


def sheet(state: Any, about: rx.Var[str], *, end: str, end_hint: str, is_bulk: bool) -> rx.Component:
    """Open where this row, or the selection, is being asked about; on a phone it comes up from below."""
    here = state.is_bulk if is_bulk else ~state.is_bulk
    asked = rx.match(
        state.asking,
        ("hand_over", _hand_over(state, about, is_bulk=is_bulk)),
        ("end", _words(state, about, end, end_hint, state.end, is_bulk=is_bulk)),
        ("reopen", _reopening(state, about)),
        rx.fragment(),
    )
    return rx.cond(
        (state.asking != "") & here,
        rx.fragment(
            rx.el.div(class_name="sheetback only-phone", on_click=state.ask("", is_bulk)),
            rx.el.section(asked, class_name="sheet", role="dialog", aria_label=t("desk_reason")),
        ),
    )


def _reopening(state: Any, about: rx.Var[str]) -> rx.Component:
    if not hasattr(state, "reopen"):
        return rx.fragment()
    return _words(state, about, "desk_reopen", "desk_reopen_reason", state.reopen, is_bulk=False)


def _head(state: Any, name: str, is_bulk: bool) -> rx.Component:
    close = icon_button("x", t("desk_cancel"), on_click=state.ask("", is_bulk), custom_attrs={"data-key": "esc"})
    return rx.el.div(rx.el.h3(t(name)), rx.el.span(class_name="sp"), close, class_name="row")


def _hand_over(state: Any, about: rx.Var[str], *, is_bulk: bool) -> rx.Component:
    roles = [
        rx.el.button(
            label(Role, rx.Var.create(str(role))),
            type="button",
            class_name=rx.cond(state.to_role == str(role), "chip on", "chip"),
            on_click=state.choose_role(str(role)),
            custom_attrs={"aria-pressed": rx.cond(state.to_role == str(role), "true", "false")},
        )
        for role in Role
    ]
    people = rx.foreach(state.receivers, lambda one: rx.cond(one.role == state.to_role, _receiver(one)))
    quick = [
        rx.el.label(rx.el.input(type="radio", name="quick", value=t(key)), t(key), class_name="chip")
        for key in _REASONS
    ]
    note = rx.el.div(icon("clock", "s"), t("desk_clock_stays"), class_name="note acc")
    return rx.el.form(
        _head(state, "desk_hand_over", is_bulk),
        rx.el.div(*roles, class_name="row wrap", role="group", aria_label=t("desk_to")),
        rx.el.div(people, class_name="people", role="radiogroup", aria_label=t("desk_to")),
        _reason_name(),
        rx.el.div(*quick, class_name="row wrap quick"),
        _text("desk_reason_hint", is_needed=False),
        _warning(state) if is_bulk else note,
        hidden("id", about),
        _buttons(
            state, rx.cond(rx.Var.create(is_bulk), _many(state, "desk_hand_over_many"), t("desk_hand_over")), is_bulk
        ),
        on_submit=state.hand_over,
        reset_on_submit=False,
    )


def _receiver(one: rx.Var[Receiver]) -> rx.Component:
    name = rx.cond(one.name == "", t("desk_to_role", role=label(Role, one.role)), one.name)
    return rx.el.label(
        rx.el.span(label(Role, one.role)[0], class_name="avatar"),
        rx.el.span(
            rx.el.span(name, class_name="b el"),
            rx.cond(one.name != "", rx.el.span(t("desk_load", n=one.load), class_name="f12 m3")),
            class_name="two sp",
        ),
        rx.el.input(type="radio", name="to", value=one.value, required=True),
        class_name="person",
        key=one.value,
    )


def _words(
    state: Any, about: rx.Var[str], name: str, hint: str, on_submit: rx.EventHandler, *, is_bulk: bool
) -> rx.Component:
    many = {"resolve": "desk_resolve_many", "task_finish": "task_finish_many"}.get(name, name)
    return rx.el.form(
        _head(state, name, is_bulk),
        _reason_name(),
        _text(hint, is_needed=True),
        _warning(state) if is_bulk else rx.fragment(),
        hidden("id", about),
        _buttons(state, _many(state, many) if is_bulk else t(name), is_bulk),
        on_submit=on_submit,
    )


def _many(state: Any, name: str) -> rx.Var[str]:
    return t(name, n=state.selected.length())


def _reason_name() -> rx.Component:
    return rx.el.div(
        rx.el.span(t("desk_reason"), class_name="b"), " ", rx.el.span(t("desk_reason_hint"), class_name="m3 f12")
    )


def _text(hint: str, *, is_needed: bool) -> rx.Component:
    return rx.el.textarea(
        name="reason",
        class_name="in",
        rows="2",
        max_length=180,
        required=is_needed,
        placeholder=t(hint),
        aria_label=t("desk_reason"),
    )


def _warning(state: Any) -> rx.Component:
    return rx.el.div(icon("triangle-alert", "s"), _many(state, "desk_many_warning"), class_name="note amber")


def _buttons(state: Any, name: rx.Var[str], is_bulk: bool) -> rx.Component:
    return rx.el.div(
        rx.el.button(t("desk_cancel"), type="button", class_name="btn", on_click=state.ask("", is_bulk)),
        rx.el.button(name, type="submit", class_name="btn pri sp", disabled=is_read_only()),
        class_name="row",
    )


def bulk_bar(state: Any, *, end: str, may_end: Permission, may_give: Permission) -> rx.Component:
    """What can be done with the selected rows, each by itself, with one reason."""
    n = state.selected.length()
    take_all = (
        rx.el.button(t("desk_take_all"), type="button", class_name="btn ghost", on_click=state.take_all)
        if hasattr(state, "take_all")
        else rx.fragment()
    )
    bar = rx.el.div(
        rx.el.span(t("selected", n=n), class_name="b", style={"marginRight": "8px"}),
        if_may(may_end, _action("check", "desk_take_many", state.take(""))),
        if_may(may_give, _action("user-plus", "desk_hand_over", state.ask("hand_over", True))),
        if_may(may_end, _action("circle-check", end, state.ask("end", True))),
        rx.el.span(class_name="sp"),
        take_all,
        icon_button("x", t("deselect"), on_click=state.clear, custom_attrs={"data-key": "esc"}),
        class_name="bulk",
        role="toolbar",
        aria_label=t("bulk_actions"),
    )
    return rx.cond(
        n > 0,
        rx.el.div(
            sheet(state, rx.Var.create(""), end=end, end_hint="resolve_reason", is_bulk=True),
            bar,
            class_name="deskbulk",
        ),
    )


def _action(picture: str, name: str, handler: rx.event.EventSpec) -> rx.Component:
    return rx.el.button(
        icon(picture, "s"), t(name), type="button", class_name="btn ghost", on_click=handler, disabled=is_read_only()
    )


def pick(state: Any, row_id: rx.Var[str], name: rx.Var[str]) -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        class_name="cb",
        checked=state.selected.contains(row_id),
        on_change=state.toggle(row_id),
        aria_label=name,
    )
    return rx.el.td(rx.el.label(box, class_name="pick"), class_name="pickcell")


def problem_mark(state: Any, row_id: rx.Var[str]) -> rx.Component:
    """Why it was left out when many were changed."""
    problems = rx.Var.create(state.problems).to(dict[str, str])
    return rx.cond(
        problems.contains(row_id), rx.el.div(icon("info", "xs"), problems[row_id], class_name="row amber f12")
    )


def action(picture: str, name: str, handler: rx.event.EventSpec | rx.EventHandler, kind: str = "") -> rx.Component:
    return rx.el.button(
        icon(picture, "s"),
        t(name),
        type="button",
        class_name=f"btn {kind}".strip(),
        on_click=handler,
        disabled=is_read_only(),
    )


def history(entries: rx.Var[list[HistoryView]]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(t("desk_history")), rx.el.ol(rx.foreach(entries, _entry), class_name="tl"), class_name="sec"
    )


def _entry(one: rx.Var[HistoryView]) -> rx.Component:
    to = rx.cond(one.person != "", label(Role, one.role) + " " + one.person, label(Role, one.role))
    came = rx.cond(one.source != "", rx.el.span(" ", label(Role, one.source), " →"))
    return rx.el.li(
        rx.el.time(one.at, title=one.exact),
        rx.el.i(),
        rx.el.span(
            event_label(one.kind),
            rx.cond(one.level != "", rx.el.span(" ", t("desk_level_n", n=one.level))),
            came,
            rx.cond(one.role != "", rx.el.span(" ", to, class_name="b")),
            rx.cond((one.role == "") & (one.person != ""), rx.el.span(" ", one.person, class_name="b")),
            rx.cond(one.word != "", rx.el.span(" “", one.word, "”")),
            " ",
            rx.el.span(actor_name(one.actor), class_name="m3"),
        ),
        key=one.id,
    )


def is_mine(owner: rx.Var[str]) -> rx.Var[bool]:
    return (owner == Who.name) & (owner != "")
