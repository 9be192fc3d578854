"""Where a rule of assignment is written: what it fits, whose it makes it, and who takes it."""

from enum import StrEnum
from typing import Any

import reflex as rx

from orderhub.access.permissions import Role
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.assignment import PersonBy
from orderhub.domain.task import TaskKind
from orderhub.domain.words import Channel
from orderhub.ui.assignment_view import PATH
from orderhub.ui.components.controls import hidden, link
from orderhub.ui.components.marks import icon
from orderhub.ui.state.assignment import Assignment
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t


def assignment_editor() -> rx.Component:
    form = Assignment.view.form
    is_old = form.id != ""
    changed = rx.cond(
        is_old, rx.el.span(" ", t("assign_changed", by=form.changed_by, at=form.changed), class_name="m3")
    )
    title = rx.cond(is_old, t("assign_editor_of", name=form.name), t("assign_editor_new"))
    return rx.el.section(
        rx.el.header(rx.el.h2(title), rx.el.span(class_name="sp"), rx.cond(is_old, _leave())),
        rx.el.p(t("assign_editor_hint"), changed, class_name="para m2 cardtext"),
        rx.cond(Assignment.is_loaded, _form()),
        class_name="card",
        aria_label=t("assign_editor"),
        id="rule",
    )


def _leave() -> rx.Component:
    remove = rx.el.button(
        icon("x", "s"),
        t("assign_remove"),
        type="button",
        class_name="btn",
        on_click=[Assignment.remove(Assignment.view.form.id), rx.redirect(PATH)],
        disabled=Frame.level == "read_only",
    )
    return rx.el.span(remove, link(icon("plus", "s"), t("assign_new"), to=PATH, class_name="btn"), class_name="row")


def _form() -> rx.Component:
    form = Assignment.view.form
    people = rx.foreach(
        Assignment.view.people,
        lambda one: rx.el.option(one.shown, "（", label(Role, one.role), "）", value=one.name, key=one.name),
    )
    shops = rx.foreach(Assignment.view.shops, lambda one: rx.el.option(one[1], value=one[0], key=one[0]))
    kinds = (
        rx.el.optgroup(*_options(AnomalyKind), label=t("assign_kinds_anomaly")),
        rx.el.optgroup(*_options(TaskKind), label=t("assign_kinds_task")),
    )
    return rx.el.form(
        hidden("id", form.id),
        _field("assign_name", "name", form.name, max_length=64, required=True),
        _select("assign_kind", "kind", form.kind, _any(), *kinds),
        _select("channel", "channel", form.channel, _any(), *_options(Channel)),
        _select("shop", "shop", form.shop, _any(), shops),
        _field("assign_prefix", "sku_prefix", form.sku_prefix, max_length=64),
        _select("assign_severity", "severity", form.severity, _any(), *_options(Severity)),
        _field("assign_note_words", "words", form.words, max_length=200),
        _select(
            "assign_give_role",
            "role",
            form.role,
            rx.el.option(t("assign_keep_role"), value=""),
            *_options(Role),
        ),
        _select("assign_person_by", "person_by", form.person_by, *_options(PersonBy)),
        _select("assign_give_person", "person", form.person, rx.el.option("—", value=""), people),
        rx.el.label(
            rx.el.input(type="checkbox", name="is_active", default_checked=form.is_active),
            t("assign_is_active"),
            class_name="row tight",
        ),
        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=Assignment.put,
        class_name="fields many",
        key="rule-" + form.id + "-" + Assignment.saved.to(str),
    )


def _options(words: type[StrEnum]) -> list[rx.Component]:
    return [rx.el.option(label(words, rx.Var.create(str(word))), value=str(word)) for word in words]


def _any() -> rx.Component:
    return rx.el.option(t("assign_any_kind"), value="")


def _field(name: str, key: str, value: rx.Var[str], **options: Any) -> rx.Component:
    box = rx.el.input(name=key, class_name="in", auto_complete="off", default_value=value, **options)
    return rx.el.label(t(name), box, class_name="lab")


def _select(name: str, key: str, value: rx.Var[str], *options: rx.Component) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.select(*options, name=key, default_value=value, class_name="in"), class_name="lab"
    )
