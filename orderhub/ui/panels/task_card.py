"""The open task beside the list: what it is for, whose, by when, and what came of it."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.task import TaskKind, TaskPriority, TaskStatus
from orderhub.ui.components.controls import if_may, link, notice_line
from orderhub.ui.components.marks import due_mark, icon, void
from orderhub.ui.panels.desk import action, history, is_mine, owner_mark, severity_mark, sheet
from orderhub.ui.state.task import Tasks
from orderhub.ui.text import label, t


def task_card() -> rx.Component:
    card = Tasks.card
    return rx.el.aside(
        _head(),
        rx.el.div(
            rx.cond(Tasks.is_gone, void("info", "task_gone"), rx.fragment(_facts(), history(card.history))),
            class_name="dbody deskbody",
            tab_index=0,
            role="region",
            aria_label=t("task_card"),
        ),
        rx.el.div(
            notice_line(Tasks.said, Tasks.is_refusal, Tasks.dismiss),
            sheet(Tasks, card.id, end="task_finish", end_hint="task_result_hint", is_bulk=False),
            _actions(),
        ),
        class_name="drawer",
        aria_label=t("task_card"),
    )


def _head() -> rx.Component:
    card = Tasks.card
    back = link(icon("left", "s"), to=Tasks.view.base, class_name="btn ghost icon only-phone", aria_label=t("close"))
    close = link(
        icon("x"),
        to=Tasks.view.base,
        class_name="btn ghost icon hide-phone",
        aria_label=t("close"),
        title=t("close"),
        custom_attrs={"data-key": "esc"},
    )
    return rx.el.div(
        rx.el.div(
            back,
            rx.el.h2(rx.cond(card.id != "", label(TaskKind, card.kind), t("task_card")), class_name="el"),
            rx.cond(card.id != "", severity_mark(card.priority, label(TaskPriority, card.priority))),
            rx.cond(card.id != "", rx.el.span(label(TaskStatus, card.status), class_name="tag")),
            rx.el.span(class_name="sp"),
            close,
            class_name="row",
        ),
        rx.el.p(card.title, class_name="para m2 desknote"),
        class_name="dh",
    )


def _facts() -> rx.Component:
    card = Tasks.card
    ended = rx.el.span(card.closed_by, " · ", card.closed)
    subject = link(icon("aright", "s"), t("task_subject"), to=card.subject_href, class_name="deskline")
    anomaly = link(icon("triangle-alert", "s"), t("task_anomaly"), to=card.anomaly_href, class_name="deskline")
    note = rx.el.div(icon("info", "s"), t("task_elsewhere"), class_name="note acc")
    return rx.el.div(
        rx.el.div(
            owner_mark(card.owner_role, card.owner),
            rx.el.span(class_name="sp"),
            rx.cond(card.is_over, ended, due_mark(card.due, card.due_exact)),
            class_name="row",
        ),
        rx.cond(card.result != "", rx.el.div(t("task_result"), " ", rx.el.b(card.result), class_name="f12")),
        rx.cond(card.is_elsewhere & ~card.is_over, note),
        rx.cond(card.anomaly_href != "", anomaly),
        rx.cond(card.subject_href != "", subject),
        class_name="sec deskclock",
    )


def _actions() -> rx.Component:
    card = Tasks.card
    give = action("user-plus", "desk_hand_over", Tasks.ask("hand_over", False))
    take = action("check", "desk_take", Tasks.take(card.id), "pri sp")
    done = action("circle-check", "task_finish", Tasks.ask("end", False))
    finish = action("circle-check", "task_finish", Tasks.ask("end", False), "pri sp")
    bar = rx.el.div(give, rx.cond(is_mine(card.owner), finish, rx.fragment(done, take)), class_name="dfoot")
    is_here = (card.id != "") & ~card.is_over & ~card.is_elsewhere
    is_free = Tasks.is_bulk | (Tasks.asking == "")
    return if_may(Permission.TASK_CHANGE, rx.cond(is_here & is_free, bar, rx.fragment()))
