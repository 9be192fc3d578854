"""程序推送: which programs are told what happens, with which answers, and how they are told again."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.automation.outbox import OutboxState, PauseCause
from orderhub.domain.webhook import WebhookKind
from orderhub.domain.words import UploadProblem
from orderhub.ui.components.cards import card, table_card
from orderhub.ui.components.controls import cell, hidden, if_may, link, native_form, notice_line, popover
from orderhub.ui.components.marks import age_mark, icon, none_mark, unread, void
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.studio import WEBHOOKS, studio_tabs
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.webhook import Webhooks
from orderhub.ui.text import label, t
from orderhub.ui.webhook_view import PATH, HookView, MessageView

_HOOK_COLUMNS = (
    ("webhook_name", "w18"),
    ("webhook_url", "w24"),
    ("webhook_kinds", ""),
    ("see_shops", "w12"),
    ("state", "w18"),
    ("", "w30"),
)
_MESSAGE_COLUMNS = (
    ("webhook_id", "w12"),
    ("webhook_which", "w12"),
    ("webhook_event", ""),
    ("state", "w18"),
    ("webhook_code", "w12"),
    ("tries", "num w9"),
    ("age", "num w12"),
    ("", "w12"),
)
_CHANGE = Permission.WEBHOOK_CHANGE
_IS_STILL = Frame.level == "read_only"


def page() -> rx.Component:
    body = rx.fragment(_hooks(), if_may(_CHANGE, _form()), if_may(_CHANGE, _span()), _messages())
    return framed(
        STUDIO,
        rx.el.main(
            studio_tabs(WEBHOOKS),
            rx.el.div(rx.el.h1(t("webhooks_title")), class_name="ph"),
            rx.el.p(t("webhooks_hint"), class_name="para m2 lead"),
            notice_line(Webhooks.said, Webhooks.is_refusal, Webhooks.dismiss),
            rx.cond(Webhooks.has_failed, unread(Webhooks.enter), if_may(Permission.SYSTEM_READ, body)),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="程序推送 · OrderHub", on_load=[Frame.enter, Webhooks.enter])


def _hooks() -> rx.Component:
    nothing = void("server", "webhooks_none", "webhooks_none_hint")
    return table_card(
        "webhooks", _HOOK_COLUMNS, Webhooks.view.hooks, _hook, is_loaded=Webhooks.is_loaded, nothing=nothing
    )


def _hook(one: rx.Var[HookView]) -> rx.Component:
    works = rx.el.span(icon("circle-check", "s"), t("webhook_active"), class_name="row tight green")
    paused = rx.el.span(icon("pause", "s"), label(PauseCause, one.cause), class_name="row tight amber b")
    fails = rx.el.span(icon("triangle-alert", "s"), t("webhook_failing", n=one.failing), class_name="row tight amber")
    off = rx.el.span(icon("pause", "s"), t("webhook_off"), class_name="row tight m2")
    state = rx.cond(one.cause != "", paused, rx.cond(one.failing != "", fails, works))
    overlap = rx.cond(one.overlap != "", rx.el.span(t("webhook_overlap", n=one.overlap), class_name="m2 f12"))
    kinds = rx.foreach(one.kinds, lambda kind: rx.el.span(label(WebhookKind, kind), class_name="tag", key=kind))
    return rx.el.tr(
        rx.el.td(one.name, class_name="b"),
        cell("webhook_url", one.address, class_name="wrapcell m2"),
        cell("webhook_kinds", kinds, class_name="wrapcell"),
        cell("see_shops", rx.cond(one.shops != "", one.shops, t("see_all_shops")), class_name="wrapcell"),
        cell("state", rx.cond(one.is_active, state, off), overlap, class_name="wrapcell"),
        rx.el.td(if_may(_CHANGE, _hook_actions(one)), class_name="num"),
        key=one.id,
    )


def _hook_actions(one: rx.Var[HookView]) -> rx.Component:
    turn = rx.el.button(
        rx.cond(one.is_active, t("webhook_stop"), t("webhook_start")),
        type="button",
        class_name="btn ghost",
        on_click=Webhooks.switch(one.id, ~one.is_active),
        disabled=_IS_STILL,
    )
    test, renew = (
        _button_form(one.id, "webhook_test", "/webhooks/test"),
        _button_form(one.id, "webhook_renew", "/webhooks/secret"),
    )
    return rx.el.span(test, link(t("webhook_edit"), to=one.href, class_name="btn"), renew, turn, class_name="row end")


def _button_form(webhook_id: rx.Var[str], name: str, action: str) -> rx.Component:
    button = rx.el.button(t(name), type="submit", class_name="btn", disabled=_IS_STILL)
    return native_form(hidden("id", webhook_id), button, method="post", action=action)


def _form() -> rx.Component:
    """Adds a receiver, or changes the one that the address names."""
    form, is_new = Webhooks.view.form, Webhooks.view.form.id == ""
    kinds = [
        _tick("kinds", str(kind), label(WebhookKind, rx.Var.create(str(kind))), form.kinds) for kind in WebhookKind
    ]
    shops = rx.foreach(Webhooks.view.shops, lambda one: _tick("shops", one[0], one[1], form.shops))
    fields = native_form(
        hidden("id", form.id),
        _box("webhook_name", "name", max_length=64, required=True, auto_complete="off", default_value=form.name),
        _box(
            "webhook_url",
            "url",
            type="url",
            max_length=250,
            auto_complete="off",
            required=is_new,
            placeholder=rx.cond(is_new, "https://", t("webhook_url_kept")),
        ),
        rx.el.fieldset(rx.el.legend(t("webhook_kinds")), *kinds, class_name="row wrap"),
        popover(rx.el.summary(t("webhook_shops"), class_name="chip"), shops, side="above"),
        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=_IS_STILL),
        method="post",
        action="/webhooks",
        class_name="fields",
        key="hook-" + form.id,
    )
    new = rx.cond(is_new, rx.fragment(), link(t("webhook_new"), to=f"{PATH}#hook", class_name="btn ghost"))
    title = rx.cond(is_new, t("webhook_add"), t("webhook_change"))
    return rx.el.section(
        rx.el.header(rx.el.h2(title), new),
        rx.cond(Webhooks.is_loaded, fields),
        class_name="card",
        aria_label=title,
        id="hook",
    )


def _tick(name: str, value: Any, text: Any, chosen: rx.Var[list[str]]) -> rx.Component:
    box = rx.el.input(type="checkbox", name=name, value=value, default_checked=chosen.contains(value), class_name="cb")
    return rx.el.label(box, text, class_name="row tight", key=value)


def _span() -> rx.Component:
    hooks = rx.foreach(Webhooks.view.hooks, lambda one: rx.el.option(one.name, value=one.id, key=one.id))
    form = rx.el.form(
        rx.el.label(t("webhook_which"), rx.el.select(hooks, name="hook", class_name="in"), class_name="lab"),
        _box("webhook_since", "since", type="datetime-local", required=True),
        _box("webhook_until", "until", type="datetime-local", required=True),
        rx.el.button(t("webhook_replay"), type="submit", class_name="btn", disabled=_IS_STILL),
        on_submit=Webhooks.replay,
        class_name="fields across",
    )
    hint = rx.el.p(t("webhook_span_hint"), class_name="para m2 cardtext")
    return rx.cond(Webhooks.view.hooks.length() > 0, card("webhook_span", hint, form))


def _messages() -> rx.Component:
    nothing = void("clock", "webhook_messages_none")
    rows = Webhooks.view.messages
    return table_card(
        "webhook_messages", _MESSAGE_COLUMNS, rows, _message, is_loaded=Webhooks.is_loaded, nothing=nothing
    )


def _message(one: rx.Var[MessageView]) -> rx.Component:
    is_bad = (one.state == str(OutboxState.REFUSED)) | (one.problem != str(UploadProblem.NONE))
    problem = rx.cond(
        one.problem != str(UploadProblem.NONE),
        rx.el.span(label(UploadProblem, one.problem), title=one.said, class_name="m2 f12"),
    )
    number = rx.cond(
        one.href != "", link(one.number, to=one.href, class_name="b"), rx.el.span(one.number, class_name="b")
    )
    again = rx.el.button(
        t("webhook_replay"), type="button", class_name="btn", on_click=Webhooks.again(one.id), disabled=_IS_STILL
    )
    return rx.el.tr(
        rx.el.td(number),
        cell("webhook_which", one.hook),
        cell("webhook_event", label(WebhookKind, one.kind)),
        cell("state", label(OutboxState, one.state), problem, class_name=rx.cond(is_bad, "amber wrapcell", "wrapcell")),
        cell("webhook_code", rx.cond(one.code != "", rx.el.span(one.code, title=one.said), none_mark())),
        cell("tries", one.tries, class_name="num"),
        cell("age", rx.el.span(age_mark(one.at), title=one.at_exact), class_name="num m2"),
        rx.el.td(if_may(_CHANGE, again), class_name="num"),
        key=one.id,
    )


def _box(name: str, key: str, **options: Any) -> rx.Component:
    return rx.el.label(t(name), rx.el.input(name=key, class_name="in", **options), class_name="lab")
