"""分派: whose an anomaly is first, who of them takes it, and who is here to take it."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission, Role
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.assignment import PersonBy
from orderhub.domain.task import TaskKind
from orderhub.domain.words import Channel
from orderhub.ui.assignment_view import PATH, AssignRuleView, PersonView
from orderhub.ui.components.controls import cell, icon_button, if_may, link, may, notice_line, table_head
from orderhub.ui.components.marks import age_mark, icon, none_mark, unread, void
from orderhub.ui.panels.assignment_editor import assignment_editor
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.studio import ASSIGNMENT, studio_tabs
from orderhub.ui.state.assignment import Assignment
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t

_COLUMNS = (
    ("assign_name", ""),
    ("assign_when", ""),
    ("assign_role", "w12"),
    ("assign_person_by", "w15"),
    ("assign_hits", "num w9"),
    ("assign_state", "w9"),
    ("", "w18"),
)
_SHIPPED_COLUMNS = (("assign_name", ""), ("assign_when", ""), ("assign_role", "w12"))
_PEOPLE_COLUMNS = (
    ("assign_person", ""),
    ("assign_their_role", "w15"),
    ("assign_state", "w12"),
    ("assign_seen", "w12"),
    ("assign_load", "num w9"),
    ("", "w15"),
)
_IS_STILL = Frame.level == "read_only"


def page() -> rx.Component:
    editor = if_may(Permission.RULE_CHANGE, assignment_editor())
    return framed(
        STUDIO,
        rx.el.main(
            studio_tabs(ASSIGNMENT),
            rx.el.div(rx.el.h1(t("studio_assignment")), class_name="ph"),
            notice_line(Assignment.said, Assignment.is_refusal, Assignment.dismiss),
            rx.cond(
                Assignment.has_failed,
                unread(Assignment.enter),
                rx.fragment(_rules(), editor, _dry(), _people(), _shipped()),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="分派 · OrderHub", on_load=[Frame.enter, Assignment.enter])


def _section(title: str, hint: str, *body: rx.Component, **props: Any) -> rx.Component:
    return rx.el.section(
        rx.el.header(rx.el.h2(t(title))),
        rx.el.p(t(hint), class_name="para m2 cardtext"),
        *body,
        class_name="card",
        aria_label=t(title),
        **props,
    )


def _rules() -> rx.Component:
    rules = Assignment.view.rules
    table = rx.el.table(table_head(*_COLUMNS), rx.el.tbody(rx.foreach(rules, _rule)), aria_label=t("assign_rules"))
    nothing = rx.cond(Assignment.is_loaded, void("branch", "assign_none", "assign_none_hint"))
    return _section(
        "assign_rules", "assign_hint", rx.cond(rules.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing)
    )


def _rule(one: rx.Var[AssignRuleView]) -> rx.Component:
    is_on = rx.el.span(icon("circle-check", "s"), t("assign_on"), class_name="row tight green")
    is_off = rx.el.span(icon("pause", "s"), t("assign_off"), class_name="row tight m2")
    hits = Assignment.dry.hits
    counted = rx.cond(hits.contains(one.id), hits[one.id], rx.cond(Assignment.dry.seen != "", "0", none_mark()))
    return rx.el.tr(
        cell("assign_name", rx.el.span(one.place, "　", one.name, class_name="b"), class_name="wrapcell"),
        cell("assign_when", _when(one), class_name="wrapcell"),
        cell("assign_role", _role(one.role)),
        cell("assign_person_by", _person_by(one), class_name="wrapcell"),
        cell("assign_hits", counted, class_name="num"),
        cell("assign_state", rx.cond(one.is_active, is_on, is_off)),
        rx.el.td(if_may(Permission.RULE_CHANGE, _actions(one)), class_name="num"),
        key=one.id,
    )


def _actions(one: rx.Var[AssignRuleView]) -> rx.Component:
    switch = rx.el.button(
        rx.cond(one.is_active, t("assign_turn_off"), t("assign_turn_on")),
        type="button",
        class_name="btn",
        on_click=Assignment.switch(one.id, ~one.is_active),
        disabled=_IS_STILL,
    )
    return rx.el.span(
        icon_button("aup", t("assign_up"), on_click=Assignment.move(one.id, True), disabled=_IS_STILL),
        icon_button("adown", t("assign_down"), on_click=Assignment.move(one.id, False), disabled=_IS_STILL),
        switch,
        link(t("assign_edit"), to=one.href, class_name="btn"),
        class_name="row tight end",
    )


def _when(one: rx.Var[AssignRuleView]) -> rx.Component:
    """Every condition as a tag; none is every anomaly."""
    kinds = rx.foreach(one.kinds, lambda kind: rx.el.span(label(AnomalyKind, kind), class_name="tag"))
    is_any = (
        (one.kinds.length() == 0)
        & (one.task_kind == "")
        & (one.channel == "")
        & (one.shop == "")
        & (one.sku_prefix == "")
        & (one.severity == "")
        & (one.words == "")
    )
    return rx.el.span(
        kinds,
        rx.cond(one.task_kind != "", rx.el.span(t("tasks"), " · ", label(TaskKind, one.task_kind), class_name="tag")),
        rx.cond(one.channel != "", rx.el.span(label(Channel, one.channel), class_name="tag")),
        rx.cond(one.shop != "", rx.el.span(one.shop, class_name="tag")),
        rx.cond(one.sku_prefix != "", rx.el.span(t("assign_sku", prefix=one.sku_prefix), class_name="tag")),
        rx.cond(one.severity != "", rx.el.span(label(Severity, one.severity), class_name="tag")),
        rx.cond(one.words != "", rx.el.span(t("assign_words", words=one.words), class_name="m2 f12")),
        rx.cond(is_any, rx.el.span(t("assign_any"), class_name="m2")),
        class_name="row wrap tight",
    )


def _role(role: rx.Var[str]) -> rx.Component:
    return rx.cond(role != "", rx.el.span(label(Role, role)), rx.el.span(t("assign_keep_role"), class_name="m3"))


def _person_by(one: rx.Var[AssignRuleView]) -> rx.Component:
    return rx.el.span(label(PersonBy, one.person_by), rx.cond(one.person != "", rx.el.span("：", one.person)))


def _dry() -> rx.Component:
    dry = Assignment.dry
    moves = rx.el.table(
        table_head(("assign_dry_from", ""), ("assign_dry_to", ""), ("assign_dry_count", "num w12")),
        rx.el.tbody(
            rx.foreach(
                dry.moves,
                lambda move: rx.el.tr(
                    cell("assign_dry_from", label(Role, move[0])),
                    cell(
                        "assign_dry_to", rx.el.span(icon("aright", "xs"), label(Role, move[1]), class_name="row tight")
                    ),
                    cell("assign_dry_count", move[2], class_name="num"),
                ),
            )
        ),
        aria_label=t("assign_dry"),
    )
    nothing = rx.el.p(t("assign_dry_none"), class_name="para m2 cardtext")
    figures = rx.el.div(
        _figure(t("assign_dry_seen"), dry.seen),
        _figure(t("assign_dry_elsewhere"), dry.elsewhere),
        _figure(t("assign_dry_right", n=dry.by_people), dry.share),
        _figure(t("assign_dry_was"), dry.was_share),
        class_name="figs cardtext",
    )
    shown = rx.fragment(figures, rx.cond(dry.moves.length() > 0, rx.el.div(moves, class_name="pbox stack"), nothing))
    return _section(
        "assign_dry",
        "assign_dry_hint",
        rx.el.div(
            _try("assign_dry_now", with_off=False),
            _try("assign_dry_all", with_off=True),
            class_name="row wrap cardtext",
        ),
        rx.cond(dry.seen != "", shown),
    )


def _try(name: str, *, with_off: bool) -> rx.Component:
    return rx.el.button(
        icon("play", "s"), t(name), type="button", class_name="btn", on_click=Assignment.try_rules(with_off)
    )


def _figure(name: rx.Var[str], value: rx.Var[str]) -> rx.Component:
    return rx.el.div(rx.el.div(name, class_name="f12 m2"), rx.el.strong(value), class_name="card fig low")


def _people() -> rx.Component:
    people = Assignment.view.people
    table = rx.el.table(
        table_head(*_PEOPLE_COLUMNS), rx.el.tbody(rx.foreach(people, _person)), aria_label=t("assign_people")
    )
    return _section("assign_people", "assign_people_hint", rx.el.div(table, class_name="pbox stack"))


def _person(one: rx.Var[PersonView]) -> rx.Component:
    state = rx.match(
        one.state,
        ("here", rx.el.span(icon("circle-check", "s"), t("assign_here"), class_name="row tight green")),
        ("leave", rx.el.span(icon("moon", "s"), t("assign_leave"), class_name="row tight m2")),
        rx.el.span(icon("clock", "s"), t("assign_away"), class_name="row tight m2"),
    )
    is_gone = one.state == "leave"
    switch = rx.el.button(
        rx.cond(is_gone, t("assign_back"), t("assign_to_leave")),
        type="button",
        class_name="btn",
        on_click=Assignment.leave(one.id, ~is_gone),
        disabled=_IS_STILL,
    )
    seen = rx.cond(one.seen != "", rx.el.span(age_mark(one.seen), title=one.seen_exact), none_mark())
    return rx.el.tr(
        cell("assign_person", rx.el.span(one.shown, class_name="b"), " ", rx.el.span(one.name, class_name="m3 f12")),
        cell("assign_their_role", label(Role, one.role)),
        cell("assign_state", state),
        cell("assign_seen", seen),
        cell("assign_load", one.load, class_name="num"),
        rx.el.td(rx.cond(may(Permission.LEAVE_CHANGE), switch), class_name="num"),
        key=one.id,
    )


def _shipped() -> rx.Component:
    rows = rx.foreach(
        Assignment.view.shipped,
        lambda one: rx.el.tr(
            cell("assign_name", one.name, class_name="wrapcell"),
            cell("assign_when", _when(one), class_name="wrapcell"),
            cell("assign_role", _role(one.role)),
            key=one.name,
        ),
    )
    table = rx.el.table(table_head(*_SHIPPED_COLUMNS), rx.el.tbody(rows), aria_label=t("assign_shipped"))
    return _section("assign_shipped", "assign_shipped_hint", rx.el.div(table, class_name="pbox stack"))
