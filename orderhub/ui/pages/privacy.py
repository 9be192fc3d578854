"""隐私: how long buyers are kept, who has looked at whom, and erasure at a buyer's wish."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.access.reveal import MOST_DAILY, RevealReason
from orderhub.domain.retention import LEAST_DAYS, MOST_DAYS
from orderhub.domain.words import Channel
from orderhub.ui.components.cards import card, table
from orderhub.ui.components.controls import cell, hidden, if_may, link, notice_line
from orderhub.ui.components.marks import void
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.studio import PRIVACY, studio_tabs
from orderhub.ui.privacy_view import PATH, KeptView, LookView, RunView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.privacy import Privacy
from orderhub.ui.text import label, t

_CHANGE = Permission.PRIVACY_CHANGE
_KEPT = (("channel", "w18"), ("retention_days", ""))
_RUNS = (
    ("reveal_at", "w18"),
    ("forgotten_orders", "num"),
    ("forgotten_bodies", "num"),
    ("forgotten_tickets", "num"),
    ("forgotten_photos", "num"),
)
_LOOKS = (("reveal_at", "w18"), ("reveal_who", "w12"), ("orders", "w12"), ("reveal_reason", "w18"), ("note", ""))


def page() -> rx.Component:
    return framed(
        STUDIO,
        rx.el.main(
            studio_tabs(PRIVACY),
            rx.el.div(rx.el.h1(t("privacy_title")), class_name="ph"),
            rx.el.p(t("privacy_hint"), class_name="para m2 lead"),
            notice_line(Privacy.said, Privacy.is_refusal, Privacy.dismiss),
            if_may(Permission.PRIVACY_READ, rx.fragment(_kept(), if_may(_CHANGE, _erasure()), _runs(), _looks())),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="隐私 · OrderHub", on_load=[Frame.enter, Privacy.enter])


def _kept() -> rx.Component:
    return card(
        "retention",
        table("retention", _KEPT, Privacy.view.kept, _kept_row),
        rx.cond(Privacy.is_loaded, if_may(_CHANGE, _quota())),
    )


def _kept_row(one: rx.Var[KeptView]) -> rx.Component:
    form = rx.el.form(
        hidden("channel", one.channel),
        _number("days", one.days, LEAST_DAYS, MOST_DAYS, aria_label=t("retention_days")),
        _save(),
        on_submit=Privacy.keep,
        class_name="row tight",
        key="kept-" + one.channel + "-" + Privacy.saved.to(str),
    )
    return rx.el.tr(
        rx.el.td(label(Channel, one.channel), class_name="b"),
        cell("retention_days", rx.el.span(if_may(_CHANGE, form), class_name="row")),
        key=one.channel,
    )


def _quota() -> rx.Component:
    return rx.el.form(
        rx.el.label(t("reveal_daily"), _number("daily", Privacy.view.daily, 0, MOST_DAILY), class_name="lab"),
        _save(),
        on_submit=Privacy.allow,
        class_name="fields",
        key="quota-" + Privacy.saved.to(str),
    )


def _erasure() -> rx.Component:
    form = rx.el.form(
        rx.el.label(
            t("erasure_order"),
            rx.el.input(name="order", class_name="in", max_length=20, required=True, auto_complete="off"),
            class_name="lab",
        ),
        rx.el.label(
            t("erasure_reason"),
            rx.el.input(name="reason", class_name="in", max_length=200, required=True, auto_complete="off"),
            class_name="lab",
        ),
        rx.el.button(t("erase"), type="submit", class_name="btn", disabled=Frame.level == "read_only"),
        on_submit=Privacy.erase,
        class_name="fields",
        key="erase-" + Privacy.saved.to(str),
    )
    return card("erasure", rx.el.p(t("erasure_hint"), class_name="para m2 cardtext"), form)


def _runs() -> rx.Component:
    rows = Privacy.view.runs
    runs = table("forgetting_runs", _RUNS, rows, _run)
    return card("forgetting_runs", rx.cond(rows.length() > 0, runs, void("clock", "forgetting_none")))


def _run(one: rx.Var[RunView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.at),
        cell("forgotten_orders", one.orders, class_name="num"),
        cell("forgotten_bodies", one.bodies, class_name="num"),
        cell("forgotten_tickets", one.tickets, class_name="num"),
        cell("forgotten_photos", one.photos, class_name="num"),
        key=one.at,
    )


def _looks() -> rx.Component:
    rows = Privacy.view.looks
    who = rx.el.form(
        rx.el.label(t("reveal_who_filter"), rx.el.input(name="who", class_name="in", max_length=32), class_name="lab"),
        rx.el.button(t("filter"), type="submit", class_name="btn"),
        on_submit=Privacy.filter,
        class_name="fields",
    )
    looks = table("reveal_log", _LOOKS, rows, _look)
    return card("reveal_log", who, rx.cond(rows.length() > 0, looks, void("eye", "reveal_none")))


def _look(one: rx.Var[LookView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.at),
        cell("reveal_who", one.who, class_name="b"),
        cell("orders", link(one.no, to=one.href)),
        cell("reveal_reason", label(RevealReason, one.reason)),
        cell("note", one.words, class_name="wrapcell m2"),
        key=one.at + one.no,
    )


def _number(name: str, value: rx.Var[str], least: int, most: int, **props: Any) -> rx.Component:
    facts = {"type": "number", "min": str(least), "max": str(most), "required": True, "class_name": "in w12"}
    return rx.el.input(name=name, default_value=value, **facts, **props)


def _save() -> rx.Component:
    return rx.el.button(t("save"), type="submit", class_name="btn", disabled=Frame.level == "read_only")
