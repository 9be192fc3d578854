"""工作台: what is late, what is due, what is mine to do, and how today goes."""

import reflex as rx

from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.hold import HoldReason
from orderhub.domain.order import OrderStatus
from orderhub.domain.task import TaskKind
from orderhub.domain.words import Channel
from orderhub.ui.card_view import TaskView
from orderhub.ui.components.controls import link, table_head
from orderhub.ui.components.marks import age_mark, channel_mark, due_mark, icon, none_mark, unread, void
from orderhub.ui.components.veiled import of
from orderhub.ui.panels.frame import WORKBENCH, framed
from orderhub.ui.panels.volume_plot import volume_plot
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.workbench import Day
from orderhub.ui.text import label, t
from orderhub.ui.workbench_view import ChannelView, FigureView, GroupView, UrgentView

_FIGURES = ("fig_paid", "fig_to_ship", "fig_on_time", "fig_handling", "fig_at_risk")


def page() -> rx.Component:
    return framed(
        WORKBENCH,
        rx.el.main(
            _head(),
            rx.cond(Day.has_failed, unread(Day.enter), rx.fragment(_figures(), _cards())),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route="/", title="工作台 · OrderHub", on_load=[Frame.enter, Day.enter])


def _head() -> rx.Component:
    start = link(icon("zap", "s"), t("start_urgent"), to="/orders?due=24", class_name="btn pri")
    compared = rx.cond(Day.is_loaded, t("same_hour", at=Day.view.at), "")
    return rx.el.div(
        rx.el.h1(t("workbench")),
        rx.el.span(compared, class_name="m3"),
        rx.el.span(class_name="sp"),
        start,
        class_name="ph",
    )


def _figures() -> rx.Component:
    waiting = [
        rx.el.div(rx.el.div(t(name), class_name="f12 m2"), rx.el.i(class_name="sk w6"), class_name="card fig")
        for name in _FIGURES
    ]
    return rx.el.div(
        rx.cond(Day.is_loaded, rx.foreach(Day.view.figures, _figure), rx.fragment(*waiting)), class_name="figs"
    )


def _figure(figure: rx.Var[FigureView]) -> rx.Component:
    name = rx.match(figure.name, *[(key, t(key)) for key in _FIGURES], "")
    arrow = rx.cond(figure.is_up, icon("aup", "xs"), icon("adown", "xs"))
    change = rx.el.span(arrow, figure.change, class_name=rx.cond(figure.is_better, "delta green", "delta red"))
    return rx.el.div(
        rx.el.div(name, class_name="f12 m2"),
        rx.el.strong(figure.value),
        rx.el.div(rx.cond(figure.change != "", change, rx.el.span("—", class_name="m3 f12"))),
        class_name="card fig",
        key=figure.name,
    )


def _cards() -> rx.Component:
    return rx.el.div(_urgent(), _tasks(), _volume(), _sync(), _anomalies(), class_name="grid")


def _card(title: str, size: str, sub: rx.Component, body: rx.Component, more: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.header(rx.el.h2(t(title)), sub, rx.el.span(class_name="sp"), more),
        body,
        class_name=f"card {size}",
        aria_label=t(title),
    )


def _more(to: str) -> rx.Component:
    return link(t("all_of_them"), to=to, class_name="f12 more")


def _urgent() -> rx.Component:
    view = Day.view
    sub = rx.el.span(
        rx.cond(view.late_money != "", rx.el.span(t("late_due_order"), " · ")),
        t("late_due_counts", late=view.late_count, soon=view.soon_count),
        rx.cond(view.late_money != "", rx.el.span(" · ", t("at_risk"), " ", view.late_money)),
        class_name="sub el",
    )
    table = rx.el.table(
        rx.el.colgroup(*[rx.el.col(class_name=f"u-{column}") for column in ("no", "due", "at", "bar", "risk")]),
        rx.el.thead(
            rx.el.tr(
                rx.el.th(t("order_no"), scope="col"),
                rx.el.th(t("ship_by"), scope="col"),
                rx.el.th(t("stuck_at"), scope="col"),
                rx.el.th(t("at_risk"), scope="col", class_name=of("at_risk", "num"), col_span=2),
            )
        ),
        rx.el.tbody(rx.foreach(view.urgent, _urgent_row)),
        aria_label=t("late_due"),
    )
    nothing = rx.cond(Day.is_loaded, void("circle-check", "late_due_none"))
    body = rx.el.div(rx.cond(view.urgent.length() > 0, table, nothing), class_name="pbox")
    return _card("late_due", "c8", sub, body, _more("/orders?tab=late"))


def _urgent_row(row: rx.Var[UrgentView]) -> rx.Component:
    bar = rx.el.svg(
        rx.el.svg.rect(width=row.width, height="6", rx="3", class_name=rx.cond(row.is_late, "b-late", "b-soon")),
        view_box="0 0 100 6",
        preserve_aspect_ratio="none",
        class_name="meter",
        custom_attrs={"aria-hidden": "true"},
    )
    stuck = rx.cond(row.hold != "", label(HoldReason, row.hold), label(OrderStatus, row.status))
    return rx.el.tr(
        rx.el.td(
            rx.el.span(
                channel_mark(row.channel),
                link(row.no, to="/orders?tab=all&order=" + row.id, class_name="no f12 el"),
                class_name="row",
            )
        ),
        rx.el.td(due_mark(row.due, row.due_exact)),
        rx.el.td(stuck, class_name="m2"),
        rx.el.td(bar, class_name=of("at_risk")),
        rx.el.td(rx.el.span(row.risk, class_name="risk"), class_name=of("at_risk", "num")),
        key=row.id,
    )


def _tasks() -> rx.Component:
    view = Day.view
    sub = rx.el.span(t("tasks_sums", n=view.task_count, soon=view.tasks_soon), class_name="sub el")
    body = rx.cond(
        view.tasks.length() > 0,
        rx.el.ul(rx.foreach(view.tasks, _task), class_name="todo"),
        rx.cond(Day.is_loaded, void("circle-check", "my_tasks_none")),
    )
    foot = rx.el.div(t("tasks_closed_today", n=view.tasks_closed), class_name="f12 m3 cardfoot")
    return _card("my_tasks", "c4", sub, rx.fragment(body, foot), _more("/tasks"))


def _task(task: rx.Var[TaskView]) -> rx.Component:
    return rx.el.li(
        icon("square-check", "s"),
        link(task.title, to=task.href, class_name="el sp", title=task.title),
        rx.el.span(label(TaskKind, task.kind), class_name="tag"),
        rx.el.span(due_mark(task.due, task.due_exact), class_name="f12 nw"),
    )


def _volume() -> rx.Component:
    legend = rx.el.span(
        rx.el.span(rx.el.i(), t("today")), rx.el.span(rx.el.i(class_name="y"), t("yesterday")), class_name="lg more"
    )
    return _card("volume", "c5", rx.fragment(), rx.el.div(volume_plot(), class_name="plotbox"), legend)


def _sync() -> rx.Component:
    table = rx.el.table(
        table_head(("channel", ""), ("last_sync", ""), ("today_orders", "num")),
        rx.el.tbody(rx.foreach(Day.view.channels, _channel)),
        aria_label=t("sync_health"),
    )
    nothing = rx.cond(Day.is_loaded, void("store", "no_shops"))
    body = rx.el.div(rx.cond(Day.view.channels.length() > 0, table, nothing), class_name="pbox")
    return _card("sync_health", "c4", rx.fragment(), body, rx.fragment())


def _channel(day: rx.Var[ChannelView]) -> rx.Component:
    sync = day.sync
    age = rx.cond(sync.oldest != "", age_mark(sync.oldest), rx.el.span(t("sync_never")))
    mark = rx.cond(sync.is_troubled, icon("triangle-alert", "s"), icon("circle-check", "s"))
    return rx.el.tr(
        rx.el.td(
            rx.el.span(
                channel_mark(sync.channel),
                label(Channel, sync.channel),
                rx.el.span(t("shops_n", n=sync.shops), class_name="m3 f12"),
                class_name="row",
            )
        ),
        rx.el.td(rx.el.span(mark, age, class_name=rx.cond(sync.is_troubled, "row tight amber", "row tight green"))),
        rx.el.td(day.orders, class_name="num"),
        key=sync.channel,
    )


def _anomalies() -> rx.Component:
    table = rx.el.table(
        table_head(("kind", ""), ("count", "num"), ("tab_late", "num"), ("risk", "num")),
        rx.el.tbody(rx.foreach(Day.view.anomalies, _group)),
        aria_label=t("open_anomalies"),
        class_name="narrowtable",
    )
    nothing = rx.cond(Day.is_loaded, void("circle-check", "anomalies_none"))
    body = rx.el.div(rx.cond(Day.view.anomalies.length() > 0, table, nothing), class_name="pbox")
    sub = rx.el.span(Day.view.anomaly_count, class_name="sub")
    return _card("open_anomalies", "c3", sub, body, _more("/anomalies"))


def _group(group: rx.Var[GroupView]) -> rx.Component:
    late = rx.cond(group.late != "", rx.el.span(group.late, class_name="red b"), none_mark())
    name = label(AnomalyKind, group.kind)
    return rx.el.tr(
        rx.el.td(name, title=name),
        rx.el.td(group.count, class_name="num"),
        rx.el.td(late, class_name="num"),
        rx.el.td(group.risk, class_name=of("risk", "num m2")),
        key=group.kind,
    )
