"""运行监控: what the workflows, the clock and both queues are at, and what is done where one is in trouble."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.automation.outbox import PauseCause
from orderhub.intake.inbox import MessageKind
from orderhub.kernel.job_runs import RunState
from orderhub.ui.components.cards import card, table_card, table_or
from orderhub.ui.components.controls import cell, if_may, link, notice_line, reason_form, tab_links
from orderhub.ui.components.marks import age_mark, icon, none_mark, unread, void
from orderhub.ui.monitor_view import (
    PATH,
    AddresseeStandView,
    DeadRowView,
    FailedRunView,
    JobView,
    Part,
    StandstillView,
    WorkflowView,
)
from orderhub.ui.panels.frame import MONITOR, framed
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.monitor import Monitor
from orderhub.ui.text import event_label, job_label, label, subject_label, t, workflow_label

_WORKFLOW_COLUMNS = (
    ("workflow", ""),
    ("waiting", "num w7"),
    ("monitor_since", "num w7"),
    ("monitor_today", "num w7"),
    ("monitor_median", "num w7"),
    ("monitor_failed", "num w7"),
    ("state", "w18"),
    ("", "w18"),
)
_RUN_COLUMNS = (
    ("workflow", "w15"),
    ("monitor_event", "w15"),
    ("about", "w12"),
    ("monitor_error", ""),
    ("tries", "num w7"),
    ("age", "num w9"),
    ("", "w18"),
)
_JOB_COLUMNS = (
    ("monitor_job", "w15"),
    ("monitor_last", "w15"),
    ("took", "num w7"),
    ("note", ""),
    ("monitor_next", "w12"),
    ("monitor_failed_day", "num w7"),
    ("state", "w12"),
    ("", "w18"),
)
_ADDRESSEE_COLUMNS = (
    ("told_to", ""),
    ("waiting", "num w12"),
    ("monitor_refused", "num w12"),
    ("monitor_since", "num w12"),
    ("state", "w18"),
)
_DEAD_COLUMNS = (("number", "w18"), ("shop", "w15"), ("kind", "w9"), ("reason", ""), ("tries", "num w9"), ("age", "w9"))
_IS_LOCKED = Frame.level == "read_only"


def page() -> rx.Component:
    return framed(
        MONITOR,
        rx.el.main(
            rx.el.div(rx.el.h1(t("monitor")), class_name="ph"),
            notice_line(Monitor.said, Monitor.is_refusal, Monitor.dismiss),
            rx.cond(Monitor.has_failed, unread(Monitor.enter), rx.fragment(_figures(), _tabs(), _part())),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="运行监控 · OrderHub", on_load=[Frame.enter, Monitor.enter])


def _figures() -> rx.Component:
    view = Monitor.view
    return rx.el.div(
        _figure("monitor_waiting", view.waiting),
        _figure("monitor_failed", _bad(view.failed)),
        _figure("monitor_late", _bad(view.late)),
        _figure("monitor_still", _bad(view.still, "amber")),
        _figure("monitor_leaving", view.leaving),
        _figure("monitor_incoming", view.incoming),
        _figure("dead_letters", _bad(view.dead_count)),
        class_name="figs seven",
    )


def _figure(name: str, value: rx.Var[str] | rx.Component) -> rx.Component:
    shown = rx.cond(Monitor.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(rx.el.div(t(name), class_name="f12 m2"), shown, class_name="card fig low")


def _bad(count: rx.Var[str], colour: str = "red") -> rx.Component:
    return rx.el.span(count, class_name=rx.cond(count != "0", colour, ""))


def _tabs() -> rx.Component:
    parts = [
        (f"monitor_{part}", PATH if part is Part.WORKFLOWS else f"{PATH}?part={part}", Monitor.view.part == str(part))
        for part in Part
    ]
    return rx.el.div(tab_links("monitor", *parts), class_name="ph scrollx")


def _part() -> rx.Component:
    return rx.match(
        Monitor.view.part,
        (str(Part.JOBS), _jobs()),
        (str(Part.OUTBOX), _outbox()),
        (str(Part.INBOX), _inbox()),
        (str(Part.DEAD), _dead()),
        rx.fragment(_runs(), _workflows()),
    )


def _workflows() -> rx.Component:
    rows, nothing = Monitor.view.workflows, void("flow", "workflow_runs_none")
    return table_card(
        "monitor_workflows", _WORKFLOW_COLUMNS, rows, _workflow, is_loaded=Monitor.is_loaded, nothing=nothing
    )


def _workflow(one: rx.Var[WorkflowView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.span(workflow_label(one.name), class_name="b"), title=one.name),
        cell("waiting", one.waiting, class_name="num"),
        cell("monitor_since", rx.cond(one.oldest != "", age_mark(one.oldest), none_mark()), class_name="num"),
        cell("monitor_today", one.today, class_name="num"),
        cell("monitor_median", rx.cond(one.median != "", one.median, none_mark()), class_name="num m2"),
        cell("monitor_failed", _bad(one.failed), class_name="num"),
        cell("state", _state(one.stands), class_name="wrapcell"),
        rx.el.td(if_may(Permission.RUN_CHANGE, _pausing(one.id, one.stands)), class_name="num"),
        key=one.id,
    )


def _state(stands: rx.Var[StandstillView]) -> rx.Component:
    since = rx.el.span(t("monitor_stands", by=stands.by, since=stands.since), "：", stands.reason, class_name="m2")
    return rx.cond(
        stands.by != "",
        rx.el.span(icon("pause", "s"), since, class_name="row tight amber wrap"),
        rx.el.span(icon("circle-check", "s"), t("monitor_goes"), class_name="row tight green"),
    )


def _pausing(runs_id: rx.Var[str], stands: rx.Var[StandstillView]) -> rx.Component:
    send = rx.el.button(t("pause"), type="submit", class_name="btn pri", disabled=_IS_LOCKED)
    form = reason_form("pause_reason", send, about=runs_id, on_submit=Monitor.pause)
    resume = _press("play", "resume", Monitor.resume(runs_id))
    ask = _press("pause", "pause", Monitor.ask(runs_id), kind="btn ghost")
    return rx.cond(stands.by != "", resume, rx.cond(Monitor.asking == runs_id, form, ask))


def _press(picture: str, name: str, event: Any, *, kind: str = "btn") -> rx.Component:
    return rx.el.button(
        icon(picture, "s"), t(name), type="button", class_name=kind, on_click=event, disabled=_IS_LOCKED
    )


def _runs() -> rx.Component:
    rows = Monitor.view.runs
    again = rx.cond(
        rows.length() > 0, if_may(Permission.RUN_CHANGE, _press("rotate", "monitor_retry_all", Monitor.retry_all))
    )
    return table_card(
        "monitor_failed_runs",
        _RUN_COLUMNS,
        rows,
        _run,
        is_loaded=Monitor.is_loaded,
        nothing=void("circle-check", "monitor_failed_none", "monitor_failed_hint"),
        beside=again,
    )


def _run(run: rx.Var[FailedRunView]) -> rx.Component:
    about = rx.el.span(subject_label(run.subject), " ", run.about)
    send = rx.el.button(t("monitor_skip"), type="submit", class_name="btn danger", disabled=_IS_LOCKED)
    form = reason_form("monitor_skip_reason", send, about=run.id, on_submit=Monitor.skip)
    buttons = rx.el.span(
        _press("rotate", "retry", Monitor.retry(run.id)),
        _press("x", "monitor_skip", Monitor.ask("run:" + run.id), kind="btn ghost"),
        class_name="row end",
    )
    actions = rx.cond(Monitor.asking == "run:" + run.id, form, buttons)
    event = event_label(run.event)
    return rx.el.tr(
        rx.el.td(rx.el.span(workflow_label(run.workflow), class_name="b"), title=run.workflow),
        cell("monitor_event", rx.cond(event, event, run.event), class_name="wrapcell", title=run.event),
        cell("about", rx.cond(run.href != "", link(about, to=run.href), about), class_name="f12"),
        cell("monitor_error", run.error, class_name="red wrapcell"),
        cell("tries", run.tries, class_name="num"),
        cell("age", rx.el.span(age_mark(run.ended), title=run.ended_exact), class_name="num m2"),
        rx.el.td(if_may(Permission.RUN_CHANGE, actions), class_name="num"),
        key=run.id,
    )


def _jobs() -> rx.Component:
    rows, nothing = Monitor.view.jobs, void("clock", "monitor_jobs_none", "monitor_jobs_hint")
    return table_card("monitor_jobs", _JOB_COLUMNS, rows, _job, is_loaded=Monitor.is_loaded, nothing=nothing)


def _job(one: rx.Var[JobView]) -> rx.Component:
    is_bad = (one.state == str(RunState.FAILED)) | (one.state == str(RunState.LOST))
    mark = rx.match(
        one.state,
        (str(RunState.DONE), icon("circle-check", "s")),
        (str(RunState.RUNNING), icon("refresh", "s")),
        icon("triangle-alert", "s"),
    )
    ago = rx.el.span(age_mark(one.started), title=one.started_exact, class_name="m2")
    last = rx.el.span(mark, label(RunState, one.state), ago, class_name=rx.cond(is_bad, "row tight red", "row tight"))
    late = rx.el.span(icon("triangle-alert", "s"), t("monitor_is_late"), class_name="row tight red")
    run_now = rx.cond(
        one.is_asked,
        rx.el.span(t("monitor_asked"), class_name="m2"),
        _press("play", "monitor_run_now", Monitor.run_now(one.job), kind="btn ghost"),
    )
    buttons = rx.el.span(
        rx.cond(Monitor.asking == one.id, rx.fragment(), run_now), _pausing(one.id, one.stands), class_name="row end"
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(job_label(one.job), class_name="b"), title=one.job, class_name="wrapcell"),
        cell("monitor_last", rx.cond(one.state != "", last, rx.el.span(t("monitor_never"), class_name="m3"))),
        cell("took", rx.cond(one.took != "", one.took, none_mark()), class_name="num m2"),
        cell("note", rx.cond(one.note != "", one.note, none_mark()), class_name="m2 wrapcell"),
        cell("monitor_next", rx.cond(one.is_late, late), rx.el.span(one.following, class_name="m2"), class_name="f12"),
        cell("monitor_failed_day", _bad(one.failed), class_name="num"),
        cell("state", _state(one.stands), class_name="wrapcell"),
        rx.el.td(if_may(Permission.RUN_CHANGE, buttons), class_name="num"),
        key=one.id,
    )


def _outbox() -> rx.Component:
    way = if_may(
        Permission.OUTBOX_READ, link(t("monitor_to_outbox"), icon("right", "s"), to="/outbox", class_name="btn")
    )
    return table_card(
        "monitor_outbox",
        _ADDRESSEE_COLUMNS,
        Monitor.view.addressees,
        _addressee,
        is_loaded=Monitor.is_loaded,
        nothing=void("circle-check", "monitor_outbox_none"),
        beside=way,
    )


def _addressee(one: rx.Var[AddresseeStandView]) -> rx.Component:
    paused = rx.el.span(icon("pause", "s"), label(PauseCause, one.paused), class_name="row tight amber")
    goes = rx.el.span(icon("circle-check", "s"), t("goes_out_now"), class_name="row tight green")
    return rx.el.tr(
        rx.el.td(rx.el.span(one.name, class_name="b")),
        cell("waiting", one.waiting, class_name="num"),
        cell("monitor_refused", _bad(one.refused), class_name="num"),
        cell("monitor_since", rx.cond(one.oldest != "", age_mark(one.oldest), none_mark()), class_name="num"),
        cell("state", rx.cond(one.paused != "", paused, goes)),
        key=one.id,
    )


def _inbox() -> rx.Component:
    box = Monitor.view.inbox
    return rx.el.div(
        _figure("monitor_ready", box.ready),
        _figure("monitor_leased", box.leased),
        _figure("monitor_since", rx.cond(box.oldest != "", age_mark(box.oldest), none_mark())),
        _figure("monitor_rate", box.per_minute),
        _figure("dead_letters", _bad(box.dead)),
        class_name="figs",
    )


def _dead() -> rx.Component:
    rows = Monitor.view.dead
    box = rx.el.input(
        type="checkbox",
        class_name="cb",
        checked=Monitor.chosen.length() > 0,
        on_change=Monitor.toggle_all,
        aria_label=t("monitor_choose_all"),
    )
    pick = rx.el.th(
        if_may(Permission.DEAD_LETTER_CHANGE, rx.el.label(box, class_name="pick")), scope="col", class_name="w7"
    )
    every = _press("square-check", "monitor_choose_all", Monitor.toggle_all)
    offered = rx.cond(rows.length() > 0, if_may(Permission.DEAD_LETTER_CHANGE, every))
    nothing = void("circle-check", "monitor_dead_none", "monitor_dead_hint")
    shown = table_or(nothing, "monitor_dead", _DEAD_COLUMNS, rows, _dead_row, is_loaded=Monitor.is_loaded, pick=pick)
    return rx.fragment(card("monitor_dead", shown, beside=offered), _chosen())


def _dead_row(message: rx.Var[DeadRowView]) -> rx.Component:
    is_chosen = Monitor.chosen.contains(message.id)
    box = rx.el.input(
        type="checkbox",
        class_name="cb",
        checked=is_chosen,
        on_change=Monitor.toggle(message.id),
        aria_label=t("monitor_choose", no=message.number),
    )
    return rx.el.tr(
        rx.el.td(if_may(Permission.DEAD_LETTER_CHANGE, rx.el.label(box, class_name="pick")), class_name="pickcell"),
        cell("number", message.number, class_name="f12"),
        cell("shop", message.shop),
        cell("kind", label(MessageKind, message.kind)),
        cell("reason", message.reason, class_name="m2 wrapcell"),
        cell("tries", message.tries, class_name="num"),
        cell("age", rx.el.span(age_mark(message.received), title=message.received_exact), class_name="m2"),
        class_name=rx.cond(is_chosen, "order sel", "order"),
        key=message.id,
    )


def _chosen() -> rx.Component:
    """What is done with all of them at once; dropped only with a reason."""
    count = Monitor.chosen.length()
    send = rx.el.button(t("discard"), type="submit", class_name="btn danger", disabled=_IS_LOCKED)
    bar = rx.el.div(
        rx.el.span(t("monitor_chosen", n=count), class_name="b"),
        rx.el.span(class_name="sp"),
        _press("rotate", "replay", Monitor.replay),
        reason_form("discard_reason", send, about=rx.Var.create("dead"), on_submit=Monitor.discard),
        class_name="bulk",
        role="toolbar",
    )
    return rx.cond(count > 0, if_may(Permission.DEAD_LETTER_CHANGE, bar))
