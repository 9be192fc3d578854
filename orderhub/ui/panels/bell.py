"""The bell in the top bar: how much is new for this person, and what it is."""

import reflex as rx

from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.staff_notice import NoticeStage
from orderhub.domain.task import TaskKind
from orderhub.ui.bell_view import BellRow
from orderhub.ui.components.controls import icon_button, link, popover
from orderhub.ui.components.marks import age_mark, icon
from orderhub.ui.state.bell import Bell
from orderhub.ui.text import label, t


def bell() -> rx.Component:
    view = Bell.view
    name = rx.cond(view.unread != "", t("bell_unread_n", n=view.unread), t("bell"))
    summary = rx.el.summary(
        icon("bell"),
        rx.cond(view.unread != "", rx.el.span(view.unread, class_name="count", custom_attrs={"aria-hidden": "true"})),
        class_name="btn ghost icon bell",
        aria_label=name,
        title=name,
    )
    read_all = rx.el.button(
        t("bell_read_all"),
        type="button",
        class_name="btn ghost",
        on_click=Bell.read_all,
        disabled=view.unread == "",
    )
    return popover(
        summary,
        rx.el.div(rx.el.span(t("bell"), class_name="b"), rx.el.span(class_name="sp"), read_all, class_name="row head"),
        rx.cond(
            view.rows.length() > 0,
            rx.el.ul(rx.foreach(view.rows, _row), class_name="notices"),
            rx.el.div(
                rx.el.p(t("bell_none")), rx.el.p(t("bell_none_hint"), class_name="m2 f12"), class_name="bellnone"
            ),
        ),
        side="right bells",
    )


def _row(row: rx.Var[BellRow]) -> rx.Component:
    kind = rx.cond(row.is_task, label(TaskKind, row.kind), label(AnomalyKind, row.kind))
    dot = rx.cond(row.is_unread, rx.el.span(class_name="new", role="img", aria_label=t("bell_is_unread")))
    head = rx.el.span(
        dot,
        rx.cond(row.is_task, rx.el.span(t("bell_task"), class_name="tag"), _severity(row.severity)),
        rx.el.span(kind, class_name="b"),
        rx.el.span(label(NoticeStage, row.stage), class_name=rx.cond(row.stage == "closed", "green f12", "m2 f12")),
        rx.el.span(class_name="sp"),
        rx.el.span(age_mark(row.at), title=row.at_exact, class_name="m3 f12"),
        class_name="row tight",
    )
    text = rx.el.span(row.text, rx.cond(row.risk != "", rx.el.span(" · ", row.risk)), class_name="m2 f12 two")
    mark = icon_button("check", t("bell_read"), on_click=Bell.read(row.id))
    return rx.el.li(
        link(head, text, to=row.href, on_click=Bell.read(row.id)),
        rx.cond(row.is_unread, mark),
        key=row.id,
        class_name=rx.cond(row.is_unread, "unread", ""),
    )


def _severity(word: rx.Var[str]) -> rx.Component:
    kind = rx.match(word, (str(Severity.HIGH), "tag red"), (str(Severity.MEDIUM), "tag amber"), "tag")
    return rx.el.span(label(Severity, word), class_name=kind)
