"""待办: what is mine to do, what my role could take, and everything, by the clock."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.task import TaskKind, TaskPriority
from orderhub.insights.task import TaskScope
from orderhub.ui.components.controls import cell, link, notice_line, page_foot, popover
from orderhub.ui.components.marks import age_mark, due_mark, icon, unread, void
from orderhub.ui.panels.desk import bulk_bar, owner_mark, pick, problem_mark, severity_mark
from orderhub.ui.panels.frame import TASKS, framed
from orderhub.ui.panels.task_card import task_card
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.task import Tasks
from orderhub.ui.task_view import PATH, TaskRowView
from orderhub.ui.text import label, t

_COLUMNS = (
    ("", "k-pick"),
    ("task_priority", "k-severity"),
    ("task_title", ""),
    ("kind", "k-kindtag"),
    ("owner", "k-owner"),
    ("desk_due", "k-due"),
)
_SKELETON_ROWS = 8


def page() -> rx.Component:
    is_open = (Tasks.card.id != "") | Tasks.is_gone
    return framed(
        TASKS,
        rx.el.main(
            rx.el.div(rx.el.div(rx.el.h1(t("tasks")), class_name="ph"), _list(), class_name="page"),
            rx.cond(is_open, task_card()),
            id="content",
            class_name=rx.cond(is_open, "board open", "board"),
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="待办 · OrderHub", on_load=[Frame.enter, Tasks.enter])


def _list() -> rx.Component:
    return rx.el.section(
        rx.el.nav(*[_tab(scope) for scope in TaskScope], class_name="tabs scrollx", aria_label=t("tasks")),
        rx.el.div(_chip(), class_name="filters deskfilters"),
        rx.cond(Tasks.card.id == "", notice_line(Tasks.said, Tasks.is_refusal, Tasks.dismiss)),
        rx.match(
            rx.cond(Tasks.has_failed, "failed", rx.cond(Tasks.is_loaded, "loaded", "loading")),
            ("failed", unread(Tasks.enter)),
            ("loading", _table(_skeleton())),
            rx.cond(
                Tasks.view.rows.length() > 0,
                _table(rx.el.tbody(rx.foreach(Tasks.view.rows, _row))),
                void("circle-check", "task_none", "task_none_hint"),
            ),
        ),
        page_foot(Tasks.view.first, Tasks.view.next),
        bulk_bar(Tasks, end="task_finish", may_end=Permission.TASK_CHANGE, may_give=Permission.TASK_CHANGE),
        class_name="card desk",
        aria_label=t("tasks"),
    )


def _tab(scope: TaskScope) -> rx.Component:
    count = Tasks.view.counts[str(scope)].to(str)
    return link(
        t(f"task_{scope}"),
        rx.cond(count != "", rx.el.span(count, class_name="n")),
        to=rx.cond(Tasks.is_loaded, Tasks.view.scopes[str(scope)].to(str), PATH),
        custom_attrs={"aria-current": rx.cond(Tasks.view.scope == str(scope), "page", "false")},
    )


def _chip() -> rx.Component:
    chosen = Tasks.view.kind
    is_set = chosen.shown.length() > 0
    summary = rx.el.summary(
        rx.cond(is_set, rx.fragment(), icon("plus", "xs")),
        t("kind"),
        rx.cond(is_set, rx.el.span(label(TaskKind, chosen.shown[0]), class_name="b"), rx.fragment()),
        class_name=rx.cond(is_set, "chip on", "chip"),
    )
    choices = rx.foreach(
        chosen.choices,
        lambda one: link(
            rx.cond(one.is_on, icon("check", "s"), rx.el.span(style={"width": "14px"})),
            label(TaskKind, one.word),
            to=one.href,
            key=one.word,
            class_name=rx.cond(one.is_on, "on", ""),
            custom_attrs={"aria-current": rx.cond(one.is_on, "true", "false")},
        ),
    )
    return popover(summary, choices)


def _table(body: rx.Component) -> rx.Component:
    heads = [
        rx.el.th(t(name) if name else rx.el.span(t("bulk_actions"), class_name="vh"), scope="col")
        for name, _ in _COLUMNS
    ]
    return rx.el.div(
        rx.el.table(
            rx.el.colgroup(*[rx.el.col(class_name=kind) for _, kind in _COLUMNS]),
            rx.el.thead(rx.el.tr(*heads)),
            body,
            aria_label=t("tasks"),
        ),
        class_name="pbox stack",
        custom_attrs={"data-list": Tasks.view.mark},
    )


def _row(row: rx.Var[TaskRowView]) -> rx.Component:
    ended = rx.el.span(row.closed_by, " ", age_mark(row.ended), title=row.ended_exact, class_name="m2 f12")
    return rx.el.tr(
        pick(Tasks, row.id, row.title),
        rx.el.td(severity_mark(row.priority, label(TaskPriority, row.priority))),
        rx.el.td(
            link(row.title, to=row.href, class_name="no el", title=row.title),
            problem_mark(Tasks, row.id),
            class_name="el",
        ),
        cell("kind", rx.el.span(label(TaskKind, row.kind), class_name="tag")),
        cell("owner", owner_mark(row.owner_role, row.owner), class_name="f12"),
        cell("desk_due", rx.cond(row.due != "", due_mark(row.due, row.due_exact), ended)),
        class_name=rx.cond(row.is_here, "order cur", rx.cond(Tasks.selected.contains(row.id), "order sel", "order")),
        key=row.id,
        custom_attrs={"data-id": row.id, "data-rev": row.rev},
    )


def _skeleton() -> rx.Component:
    cells = [rx.el.td(rx.el.i(class_name="sk w7")) for _ in _COLUMNS]
    return rx.el.tbody(*[rx.el.tr(*cells) for _ in range(_SKELETON_ROWS)], aria_hidden="true")
