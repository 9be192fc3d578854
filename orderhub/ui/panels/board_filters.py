"""Chips that narrow the list; dashed = anything, filled = chosen, × takes it back."""

from collections.abc import Callable

import reflex as rx

from orderhub.domain.hold import HoldReason
from orderhub.domain.words import Channel
from orderhub.ui.board_view import Choice, Filter
from orderhub.ui.components.controls import link, popover
from orderhub.ui.components.marks import channel_mark, icon
from orderhub.ui.components.veiled import of
from orderhub.ui.panels.behind import behind_chip
from orderhub.ui.state.board import Board
from orderhub.ui.text import label, t

Namer = Callable[[rx.Var[Choice]], rx.Var[str] | rx.Component]


def filters() -> rx.Component:
    view = Board.view
    return rx.el.div(
        behind_chip(view.behind),
        _choices("deadline", view.deadline, lambda one: t("within_hours", hours=one.word), _hours),
        _choices("channel", view.channel, _channel_choice, lambda word: label(Channel, word)),
        _choices("shop", view.shop, lambda one: one.name, lambda word: word, empty="no_shops_yet"),
        _choices("tag", view.tag, lambda one: one.word, lambda word: word, empty="no_tags_yet"),
        _choices("hold", view.hold, lambda one: label(HoldReason, one.word), lambda word: label(HoldReason, word)),
        _form("money", view.money, _money_form()),
        _form("words", view.text, _text_form()),
        rx.cond(
            (view.custom.choices.length() > 0) | (view.custom.shown.length() > 0),
            _form("custom_field", view.custom, _custom_form()),
        ),
        rx.cond(view.is_filtered, link(t("clear_all"), to=view.clear_all, class_name="f12 nw")),
        rx.el.span(class_name="sp"),
        rx.el.span(
            rx.el.span(class_name="dot"), t("live"), class_name="f12 green row hide-phone", style={"gap": "6px"}
        ),
        class_name="filters",
    )


def _hours(word: rx.Var[str]) -> rx.Var[str]:
    return t("within_hours", hours=word)


def _channel_choice(one: rx.Var[Choice]) -> rx.Component:
    return rx.fragment(channel_mark(one.word), label(Channel, one.word))


def _choices(
    name: str, chosen: rx.Var[Filter], namer: Namer, word_text: Callable[[rx.Var[str]], rx.Var[str]], empty: str = ""
) -> rx.Component:
    def choice(one: rx.Var[Choice]) -> rx.Component:
        tick = rx.cond(one.is_on, icon("check", "s"), rx.el.span(style={"width": "14px"}))
        return link(
            tick,
            namer(one),
            to=one.href,
            key=one.word,
            class_name=rx.cond(one.is_on, "on", ""),
            custom_attrs={"aria-current": rx.cond(one.is_on, "true", "false")},
        )

    nothing = rx.cond(chosen.choices.length() == 0, rx.el.div(t(empty), class_name="empty")) if empty else rx.fragment()
    return _chip(name, chosen, word_text, rx.foreach(chosen.choices, choice), nothing)


def _form(name: str, chosen: rx.Var[Filter], form: rx.Component) -> rx.Component:
    return _chip(name, chosen, lambda word: word, form)


def _chip(
    name: str, chosen: rx.Var[Filter], word_text: Callable[[rx.Var[str]], rx.Var[str]], *inside: rx.Component
) -> rx.Component:
    is_set = chosen.shown.length() > 0
    more = rx.cond(chosen.shown.length() > 1, " +" + (chosen.shown.length() - 1).to_string(), "")
    summary = rx.el.summary(
        rx.cond(is_set, rx.fragment(), icon("plus", "xs")),
        t(name),
        rx.cond(is_set, rx.el.span(word_text(chosen.shown[0]), more, class_name="b"), rx.fragment()),
        class_name=rx.cond(is_set, "chip on", "chip"),
    )
    clear = rx.cond(is_set, rx.fragment(rx.el.hr(), link(icon("x", "s"), t("clear"), to=chosen.clear)))
    return rx.el.div(popover(summary, *inside, clear), class_name=of(name))


def _money_form() -> rx.Component:
    return rx.el.form(
        _field("least_yuan", "least", Board.view.least),
        _field("most_yuan", "most", Board.view.most),
        rx.el.button(t("apply"), type="submit", class_name="btn pri"),
        on_submit=Board.search_money,
        key=Board.list_mark + "money",
    )


def _text_form() -> rx.Component:
    return rx.el.form(
        _field("text_to_find", "words", Board.view.text.shown[0]),
        rx.el.button(t("apply"), type="submit", class_name="btn pri"),
        on_submit=Board.search_text,
        key=Board.list_mark + "text",
    )


def _custom_form() -> rx.Component:
    fields = rx.foreach(Board.view.custom.choices, lambda one: rx.el.option(one.name, value=one.word))
    return rx.el.form(
        rx.el.label(t("custom_field"), rx.el.select(fields, name="field", class_name="in"), class_name="lab"),
        _field("custom_value", "wanted", rx.Var.create("")),
        rx.el.button(t("apply"), type="submit", class_name="btn pri"),
        on_submit=Board.search_custom,
        key=Board.list_mark + "custom",
    )


def _field(name: str, key: str, value: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.input(name=key, default_value=value, class_name="in", max_length=64), class_name="lab"
    )
