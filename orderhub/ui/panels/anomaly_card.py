"""The open anomaly beside the desk: since when, what to do, what lies behind it, what has been done."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.ui.anomaly_card_view import ParcelLine, StepView
from orderhub.ui.components.controls import if_may, link, notice_line
from orderhub.ui.components.marks import age_mark, channel_mark, due_mark, icon, void
from orderhub.ui.components.veiled import of
from orderhub.ui.panels.desk import action, history, is_mine, owner_mark, severity_mark, sheet
from orderhub.ui.state.anomaly import Anomalies
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.text import label, subject_label, t


def anomaly_card() -> rx.Component:
    card = Anomalies.card
    body = rx.fragment(_clock(), _behind(), _playbook(), history(card.history))
    return rx.el.aside(
        _head(),
        rx.el.div(
            rx.cond(Anomalies.is_gone, void("info", "desk_gone"), body),
            class_name="dbody deskbody",
            tab_index=0,
            role="region",
            aria_label=t("desk_card"),
        ),
        rx.el.div(
            notice_line(Anomalies.said, Anomalies.is_refusal, Anomalies.dismiss),
            sheet(Anomalies, card.id, end="resolve", end_hint="resolve_reason", is_bulk=False),
            _actions(),
        ),
        class_name="drawer",
        aria_label=t("desk_card"),
    )


def _head() -> rx.Component:
    card = Anomalies.card
    return rx.el.div(
        rx.el.div(
            link(
                icon("left", "s"),
                to=Anomalies.view.base,
                class_name="btn ghost icon only-phone",
                aria_label=t("close"),
            ),
            rx.el.h2(rx.cond(card.id != "", label(AnomalyKind, card.kind), t("desk_card")), class_name="el"),
            rx.cond(card.id != "", severity_mark(card.severity, label(Severity, card.severity))),
            rx.cond(card.reopened != "", rx.el.span(t("desk_reopened_n", n=card.reopened), class_name="tag amber")),
            rx.cond(card.level != "", rx.el.span(t("desk_level_n", n=card.level), class_name="tag red")),
            rx.el.span(class_name="sp"),
            link(
                icon("x"),
                to=Anomalies.view.base,
                class_name="btn ghost icon hide-phone",
                aria_label=t("close"),
                title=t("close"),
                custom_attrs={"data-key": "esc"},
            ),
            class_name="row",
        ),
        rx.el.p(card.note, class_name="para m2 desknote"),
        class_name="dh",
    )


def _clock() -> rx.Component:
    card = Anomalies.card
    bar = rx.el.svg(
        rx.el.svg.rect(width=card.spent, height="6", rx="3", class_name=rx.cond(card.is_late, "b-late", "b-soon")),
        view_box="0 0 100 6",
        preserve_aspect_ratio="none",
        class_name="meter",
        custom_attrs={"aria-hidden": "true"},
    )
    ended = rx.el.span(icon("circle-check", "s"), t("resolved"), class_name="row tight green b")
    left = rx.el.div(
        rx.el.div(t("desk_risk"), class_name="f12 m3"),
        rx.el.strong(rx.cond(card.risk != "", card.risk, "—")),
        class_name=of("desk_risk"),
    )
    right = rx.el.div(
        rx.el.div(t("desk_due"), class_name="f12 m3"),
        rx.cond(card.is_over, ended, due_mark(card.due, card.due_exact)),
        class_name="deskdue",
    )
    return rx.el.div(
        rx.el.div(left, rx.el.span(class_name="sp"), right, class_name="row"),
        bar,
        rx.el.div(
            rx.el.span(t("desk_found_at", at=card.found_at)),
            rx.el.span(class_name="sp"),
            rx.cond(
                card.is_over,
                rx.el.span(card.resolved_by, " · ", card.resolved_at),
                rx.el.span(t("desk_due_by", at=card.due_at)),
            ),
            class_name="row f12 m3",
        ),
        rx.el.div(t("desk_owner"), " ", owner_mark(card.owner_role, card.owner), class_name="f12"),
        class_name="sec deskclock",
    )


def _behind() -> rx.Component:
    card = Anomalies.card
    about = rx.el.span(subject_label(card.subject), " ", card.about)
    order = _line(channel_mark(card.channel), card.order_no, card.order_href)
    itself = rx.cond(
        card.about_href != "", link(about, icon("right", "s"), to=card.about_href, class_name="deskline"), about
    )
    task = link(icon("square-check", "s"), t("tasks"), icon("right", "s"), to=card.task_href, class_name="deskline")
    return rx.el.div(
        rx.el.h3(t("desk_behind")),
        rx.cond(card.order_no != "", order),
        rx.foreach(card.parcels, _parcel),
        rx.cond((card.subject != "order") & (card.subject != "track"), itself),
        rx.cond(card.task_href != "", task),
        rx.el.div(t("age"), " ", age_mark(card.since), class_name="f12 m3"),
        class_name="sec",
    )


def _parcel(one: rx.Var[ParcelLine]) -> rx.Component:
    return _line(icon("truck", "s"), one.carrier + " " + one.no, one.href)


def _line(mark: rx.Component, text: rx.Var[str], href: rx.Var[str]) -> rx.Component:
    return link(mark, rx.el.span(text, class_name="sp el"), icon("right", "s"), to=href, class_name="deskline")


def _playbook() -> rx.Component:
    steps = rx.el.ol(rx.foreach(Anomalies.card.steps, _step), class_name="playbook")
    return rx.el.div(rx.el.h3(t("desk_playbook")), steps, class_name="sec")


def _step(one: rx.Var[StepView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.no, class_name="avatar"),
        rx.el.span(rx.cond(Preferences.lang == "en", one.en, one.zh)),
        key=one.no,
    )


def _actions() -> rx.Component:
    card = Anomalies.card
    take = action("check", "desk_take", Anomalies.take(card.id), "pri sp")
    resolve = action("circle-check", "resolve", Anomalies.ask("end", False), "")
    solve = action("circle-check", "resolve", Anomalies.ask("end", False), "pri sp")
    give = if_may(Permission.ANOMALY_ASSIGN, action("user-plus", "desk_hand_over", Anomalies.ask("hand_over", False)))
    standing = rx.fragment(
        give,
        if_may(
            Permission.ANOMALY_RESOLVE,
            rx.cond(is_mine(card.owner), solve, rx.fragment(resolve, take)),
        ),
    )
    again = if_may(Permission.ANOMALY_RESOLVE, action("rotate", "desk_reopen", Anomalies.ask("reopen", False), "sp"))
    bar = rx.el.div(rx.cond(card.is_over, again, standing), class_name="dfoot")
    return rx.cond((card.id != "") & (Anomalies.is_bulk | (Anomalies.asking == "")), bar, rx.fragment())
