"""通知: which group chats there are, who gets what, what a card looks like, and what was sent last."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission, Role
from orderhub.automation.outbox import OutboxState, PauseCause
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.notice_route import TASKS
from orderhub.domain.staff_notice import NoticeStage
from orderhub.domain.task import TaskKind
from orderhub.domain.words import RobotKind, UploadProblem
from orderhub.ui.components.cards import card, table_card
from orderhub.ui.components.controls import (
    cell,
    hidden,
    icon_button,
    if_may,
    link,
    native_form,
    notice_line,
)
from orderhub.ui.components.marks import age_mark, icon, none_mark, unread, void
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.studio import ROBOTS, studio_tabs
from orderhub.ui.robot_view import PATH, RobotView, RouteView, SendingView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.robots import Robots
from orderhub.ui.text import label, t

_ROBOT_COLUMNS = (("robot_name", "w30"), ("robot_kind", "w12"), ("robot_signed", "w12"), ("state", ""), ("", "w24"))
_ROUTE_COLUMNS = (
    ("route_to", "w18"),
    ("route_what", "w18"),
    ("route_least", "w9"),
    ("route_role", "w12"),
    ("route_shop", "w12"),
    ("route_quiet", ""),
    ("", "w15"),
)
_SENDING_COLUMNS = (
    ("sending_card", "w9"),
    ("robot_which", "w18"),
    ("kind", "w24"),
    ("state", "w12"),
    ("note", ""),
    ("age", "num w12"),
)
_CHANGE = Permission.ROBOT_CHANGE


def page() -> rx.Component:
    body = rx.fragment(
        _robots(), if_may(_CHANGE, _connect()), _routes(), if_may(_CHANGE, _route_form()), _card(), _sendings()
    )
    return framed(
        STUDIO,
        rx.el.main(
            studio_tabs(ROBOTS),
            rx.el.div(rx.el.h1(t("robots_title")), class_name="ph"),
            rx.el.p(t("robots_hint"), class_name="para m2 lead"),
            notice_line(Robots.said, Robots.is_refusal, Robots.dismiss),
            rx.cond(Robots.has_failed, unread(Robots.enter), if_may(Permission.SYSTEM_READ, body)),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="通知 · OrderHub", on_load=[Frame.enter, Robots.enter])


def _robots() -> rx.Component:
    nothing = void("message", "robots_none", "robots_none_hint")
    return table_card("robots", _ROBOT_COLUMNS, Robots.view.robots, _robot, is_loaded=Robots.is_loaded, nothing=nothing)


def _robot(one: rx.Var[RobotView]) -> rx.Component:
    works = rx.el.span(icon("circle-check", "s"), t("robot_active"), class_name="row tight green")
    paused = rx.el.span(
        rx.el.span(icon("triangle-alert", "s"), label(PauseCause, one.cause), class_name="row tight amber b"),
        rx.el.span(one.reason, class_name="m2 f12"),
    )
    stopped = rx.el.span(icon("pause", "s"), t("robot_stopped"), class_name="row tight m2")
    state = rx.cond(one.is_active, rx.cond(one.cause != "", paused, works), stopped)
    signed = rx.cond(one.is_signed, t("robot_signed"), t("robot_unsigned"))
    return rx.el.tr(
        rx.el.td(rx.el.span(icon("message", "s"), one.name, class_name="row b")),
        cell("robot_kind", label(RobotKind, one.kind)),
        cell("robot_signed", signed, class_name="m2"),
        cell("state", state, class_name="wrapcell"),
        rx.el.td(if_may(_CHANGE, _robot_actions(one)), class_name="num"),
        key=one.id,
    )


def _robot_actions(one: rx.Var[RobotView]) -> rx.Component:
    test = native_form(
        hidden("id", one.id),
        rx.el.button(t("robot_test"), type="submit", class_name="btn", disabled=Frame.level == "read_only"),
        method="post",
        action="/robots/test",
    )
    turn = rx.el.button(
        rx.cond(one.is_active, t("robot_stop"), t("robot_start")),
        type="button",
        class_name="btn ghost",
        on_click=Robots.switch(one.id, ~one.is_active),
        disabled=Frame.level == "read_only",
    )
    return rx.el.span(test, turn, class_name="row end")


def _connect() -> rx.Component:
    """Adds a robot; with one chosen it gives that one what is filled in."""
    kinds = [rx.el.option(label(RobotKind, rx.Var.create(str(one))), value=str(one)) for one in RobotKind]
    standing = rx.foreach(Robots.view.robots, lambda one: rx.el.option(one.name, value=one.id, key=one.id))
    secret = {"type": "password", "auto_complete": "new-password", "placeholder": t("kept_secret")}
    form = native_form(
        _select("robot_which", "id", rx.el.option(t("robot_new"), value=""), standing),
        _select("robot_kind", "kind", *kinds),
        _box("robot_name", "name", max_length=64, auto_complete="off"),
        _box("robot_key", "key", max_length=300, **secret),
        _box("robot_secret", "secret", max_length=128, **secret),
        _save(),
        method="post",
        action="/robots",
        class_name="fields many",
    )
    summary = rx.el.summary(icon("plus", "s"), t("robot_connect"), class_name="btn")
    return rx.el.details(summary, rx.el.section(form, class_name="card"), class_name="unfold")


def _routes() -> rx.Component:
    nothing = void("branch", "routes_none", "routes_none_hint")
    return table_card("routes", _ROUTE_COLUMNS, Robots.view.routes, _route, is_loaded=Robots.is_loaded, nothing=nothing)


def _route(one: rx.Var[RouteView]) -> rx.Component:
    target = rx.cond(
        one.to_role != "",
        rx.el.span(icon("bell", "s"), label(Role, one.to_role), class_name="row"),
        rx.el.span(icon("message", "s"), one.target, class_name="row"),
    )
    stopped = rx.cond(one.is_active, rx.fragment(), rx.el.span(t("robot_stopped"), class_name="tag"))
    anybody, anywhere = t("route_anybody"), t("route_any_shop")
    return rx.el.tr(
        rx.el.td(target, stopped),
        cell("route_what", _what(one.kind), class_name="b"),
        cell("route_least", rx.cond(one.kind == TASKS, none_mark(), label(Severity, one.least))),
        cell("route_role", rx.cond(one.role != "", label(Role, one.role), rx.el.span(anybody, class_name="m3"))),
        cell("route_shop", rx.cond(one.shop != "", one.shop, rx.el.span(anywhere, class_name="m3"))),
        cell("route_quiet", rx.cond(one.quiet != "", one.quiet, none_mark())),
        rx.el.td(if_may(_CHANGE, _route_actions(one)), class_name="num"),
        key=one.id,
    )


def _what(kind: rx.Var[str]) -> rx.Var[str]:
    return rx.match(kind, ("", t("route_every")), (TASKS, t("route_tasks")), label(AnomalyKind, kind)).to(str)


def _route_actions(one: rx.Var[RouteView]) -> rx.Component:
    remove = icon_button("x", t("route_remove"), on_click=Robots.remove(one.id), disabled=Frame.level == "read_only")
    return rx.el.span(link(t("route_edit"), to=one.href, class_name="btn"), remove, class_name="row end")


def _route_form() -> rx.Component:
    form = Robots.view.form
    chats = rx.foreach(Robots.view.robots, lambda one: rx.el.option(one.name, value="robot:" + one.id, key=one.id))
    roles = [_role_option(role, f"role:{role}") for role in Role]
    kinds = [rx.el.option(label(AnomalyKind, rx.Var.create(str(one))), value=str(one)) for one in AnomalyKind]
    severities = [rx.el.option(label(Severity, rx.Var.create(str(one))), value=str(one)) for one in Severity]
    shops = rx.foreach(Robots.view.shops, lambda one: rx.el.option(one[1], value=one[0], key=one[0]))
    fields = rx.el.form(
        hidden("id", form.id),
        _select(
            "route_to",
            "target",
            rx.el.optgroup(chats, label=t("route_to_robots")),
            rx.el.optgroup(*roles, label=t("route_to_roles")),
            value=form.target,
        ),
        _select(
            "route_what",
            "kind",
            rx.el.option(t("route_every"), value=""),
            rx.el.option(t("route_tasks"), value=TASKS),
            *kinds,
            value=form.kind,
        ),
        _select("route_least", "least_severity", *severities, value=form.least),
        _select(
            "route_role",
            "role",
            rx.el.option(t("route_anybody"), value=""),
            *[_role_option(role, str(role)) for role in Role],
            value=form.role,
        ),
        _select("route_shop", "shop", rx.el.option(t("route_any_shop"), value="0"), shops, value=form.shop),
        _box("route_quiet_from", "quiet_from", type="time", default_value=form.quiet_from),
        _box("route_quiet_until", "quiet_until", type="time", default_value=form.quiet_until),
        rx.el.label(
            rx.el.input(type="checkbox", name="is_active", default_checked=form.is_active),
            t("route_is_active"),
            class_name="row tight",
        ),
        _save(),
        on_submit=Robots.put,
        class_name="fields many",
        key="route-" + form.id + "-" + Robots.saved.to(str),
    )
    new = rx.cond(form.id != "", link(t("route_new"), to=f"{PATH}#route", class_name="btn ghost"))
    return rx.el.section(
        rx.el.header(rx.el.h2(t("route_put")), new),
        rx.el.p(t("route_quiet_hint"), class_name="para m2 cardtext"),
        rx.cond(Robots.is_loaded, fields),
        class_name="card",
        aria_label=t("route_put"),
        id="route",
    )


def _role_option(role: Role, value: str) -> rx.Component:
    return rx.el.option(label(Role, rx.Var.create(str(role))), value=value)


def _card() -> rx.Component:
    shown = Robots.view.card
    facts = rx.foreach(shown.facts, lambda fact: rx.fragment(rx.el.dt(fact[0]), rx.el.dd(fact[1])))
    box = rx.el.div(
        rx.el.span(shown.title, class_name="b"),
        rx.el.dl(facts),
        rx.el.a(t("card_open"), href=shown.link),
        rx.el.span(shown.foot, class_name="m3 f12"),
        class_name="chatcard " + shown.tone,
    )
    hint = rx.el.p(t("card_preview_hint"), class_name="para m2 cardtext")
    return card("card_preview", hint, rx.cond(shown.title != "", box))


def _sendings() -> rx.Component:
    nothing = void("clock", "sendings_none")
    return table_card(
        "sendings", _SENDING_COLUMNS, Robots.view.sendings, _sending, is_loaded=Robots.is_loaded, nothing=nothing
    )


def _sending(one: rx.Var[SendingView]) -> rx.Component:
    is_bad = (one.state == str(OutboxState.REFUSED)) | (one.problem != str(UploadProblem.NONE))
    kind = rx.cond(one.is_task, label(TaskKind, one.kind), label(AnomalyKind, one.kind))
    what = rx.cond(
        one.kind != "",
        rx.el.span(
            rx.el.span(kind, class_name="b"),
            rx.el.span(label(NoticeStage, one.stage), class_name="m2 f12"),
            rx.cond(one.count != "", rx.el.span(t("sending_count", n=one.count), class_name="tag")),
            class_name="row tight",
        ),
        none_mark(),
    )
    problem = rx.cond(one.problem != str(UploadProblem.NONE), label(UploadProblem, one.problem), one.said)
    return rx.el.tr(
        rx.el.td(one.number, class_name="b"),
        cell("robot_which", one.robot),
        cell("kind", what),
        cell("state", label(OutboxState, one.state), class_name=rx.cond(is_bad, "amber", "")),
        cell(
            "note", rx.cond(one.said != "", rx.el.span(problem, title=one.said), none_mark()), class_name="wrapcell m2"
        ),
        cell("age", rx.el.span(age_mark(one.at), title=one.at_exact), class_name="num m2"),
        key=one.id,
    )


def _box(name: str, key: str, **options: Any) -> rx.Component:
    return rx.el.label(t(name), rx.el.input(name=key, class_name="in", **options), class_name="lab")


def _select(name: str, key: str, *options: rx.Component, value: rx.Var[str] | str = "") -> rx.Component:
    chosen = {"default_value": value} if isinstance(value, rx.Var) else {}
    return rx.el.label(t(name), rx.el.select(*options, name=key, class_name="in", **chosen), class_name="lab")


def _save() -> rx.Component:
    return rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only")
