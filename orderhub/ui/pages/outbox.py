"""回传: what channels and carriers are still to be told, what they refused, and the workflows behind it."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.automation.addressee import AddresseeKind
from orderhub.automation.outbox import OutboxKind, OutboxState, PauseCause
from orderhub.automation.workflow_run import WorkflowState
from orderhub.domain.shop import Rollout
from orderhub.domain.words import UploadProblem
from orderhub.ui.components.controls import cell, if_may, link, notice_line, reason_form, table_head
from orderhub.ui.components.marks import age_mark, channel_mark, icon, none_mark, unread, void
from orderhub.ui.outbox_view import AddresseeView, UploadView, WorkflowRunView
from orderhub.ui.panels.frame import OUTBOX, framed
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.outbox import Outbox
from orderhub.ui.text import label, subject_label, t, workflow_label

_UPLOAD_COLUMNS = (
    ("order_no", "w15"),
    ("told_to", "w12"),
    ("content", "w15"),
    ("state", "w9"),
    ("reason", ""),
    ("age", "num w9"),
    ("", "w15"),
)
_ADDRESSEE_COLUMNS = (("told_to", "w30"), ("rollout", "w9"), ("state", "w18"), ("reason", ""), ("", "w18"))
_RUN_COLUMNS = (
    ("workflow", "w18"),
    ("about", "w12"),
    ("state", "w9"),
    ("note", ""),
    ("took", "num w9"),
    ("age", "num w9"),
    ("", "w12"),
)


def page() -> rx.Component:
    return framed(
        OUTBOX,
        rx.el.main(
            rx.el.div(rx.el.h1(t("outbox")), class_name="ph"),
            notice_line(Outbox.said, Outbox.is_refusal, Outbox.dismiss),
            rx.cond(
                Outbox.has_failed,
                unread(Outbox.enter),
                rx.fragment(_figures(), _open(), _addressees(), _runs(), _closed()),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route="/outbox", title="回传 · OrderHub", on_load=[Frame.enter, Outbox.enter])


def _figures() -> rx.Component:
    view = Outbox.view
    refused = rx.el.span(view.refused, class_name=rx.cond(view.refused != "0", "red", ""))
    return rx.el.div(_figure("outbox_waiting", view.waiting), _figure("outbox_refused", refused), class_name="figs")


def _figure(name: str, value: rx.Var[str] | rx.Component) -> rx.Component:
    shown = rx.cond(Outbox.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(rx.el.div(t(name), class_name="f12 m2"), shown, class_name="card fig low")


def _section(title: str, nothing: rx.Component, rows: rx.Var[list], table: rx.Component) -> rx.Component:
    body = rx.cond(rows.length() > 0, rx.el.div(table, class_name="pbox stack"), rx.cond(Outbox.is_loaded, nothing))
    return rx.el.section(rx.el.header(rx.el.h2(t(title))), body, class_name="card", aria_label=t(title))


def _open() -> rx.Component:
    nothing = void("circle-check", "outbox_open_none", "outbox_open_hint")
    return _section("outbox_open", nothing, Outbox.view.open, _uploads("outbox_open", Outbox.view.open))


def _closed() -> rx.Component:
    nothing = void("clock", "outbox_closed_none")
    return _section("outbox_closed", nothing, Outbox.view.closed, _uploads("outbox_closed", Outbox.view.closed))


def _uploads(title: str, rows: rx.Var[list[UploadView]]) -> rx.Component:
    return rx.el.table(table_head(*_UPLOAD_COLUMNS), rx.el.tbody(rx.foreach(rows, _upload)), aria_label=t(title))


def _upload(one: rx.Var[UploadView]) -> rx.Component:
    number = rx.cond(one.href != "", link(one.number, to=one.href), one.number)
    has_problem = one.problem != str(UploadProblem.NONE)
    next_try = rx.cond(one.next_try != "", rx.el.span(" · ", t("next_try"), " ", one.next_try, class_name="m3"))
    tried = rx.el.span(" · ", t("tried_n", n=one.tries), class_name="m3")
    answer = rx.cond(one.said != "", rx.el.span(" · ", one.said))
    reason = rx.el.span(label(UploadProblem, one.problem), answer, tried, next_try)
    said = rx.cond(has_problem, reason, rx.cond(one.said != "", one.said, none_mark()))
    return rx.el.tr(
        rx.el.td(number, class_name="f12"),
        cell("told_to", one.told_to),
        cell("content", label(OutboxKind, one.kind), " ", rx.el.span(one.what, class_name="f12 m2")),
        cell("state", _state(one.state)),
        cell("reason", said, class_name="m2 wrapcell"),
        cell("age", rx.el.span(age_mark(one.since), title=one.since_exact), class_name="num m2"),
        rx.el.td(if_may(Permission.OUTBOX_CHANGE, _upload_actions(one)), class_name="num"),
        key=one.id,
    )


def _state(word: rx.Var[str]) -> rx.Component:
    mark = rx.match(
        word,
        (str(OutboxState.SENT), icon("circle-check", "s")),
        (str(OutboxState.REFUSED), icon("triangle-alert", "s")),
        (str(OutboxState.SKIPPED), icon("x", "s")),
        icon("clock", "s"),
    )
    kind = rx.match(
        word, (str(OutboxState.SENT), "row tight green"), (str(OutboxState.REFUSED), "row tight red"), "row tight"
    )
    return rx.el.span(mark, label(OutboxState, word), class_name=kind)


def _upload_actions(one: rx.Var[UploadView]) -> rx.Component:
    """Send again at once; skip only with a reason."""
    is_locked = Frame.level == "read_only"
    send = rx.el.button(t("skip_upload"), type="submit", class_name="btn danger", disabled=is_locked)
    form = reason_form("skip_reason", send, about=one.id, on_submit=Outbox.skip)
    again = rx.el.button(
        icon("rotate", "s"),
        t("retry"),
        type="button",
        class_name="btn",
        on_click=Outbox.retry(one.id),
        disabled=is_locked,
    )
    aside = rx.el.button(t("skip_upload"), type="button", class_name="btn ghost", on_click=Outbox.ask_skip(one.id))
    buttons = rx.el.span(rx.cond(one.may_retry, again), rx.cond(one.may_skip, aside), class_name="row end")
    return rx.cond((Outbox.skipping == one.id) & one.may_skip, form, buttons)


def _addressees() -> rx.Component:
    rows, title = Outbox.view.addressees, "upload_addressees"
    body = rx.el.tbody(rx.foreach(rows, _addressee))
    table = rx.el.table(table_head(*_ADDRESSEE_COLUMNS), body, aria_label=t(title))
    return _section(title, void("store", "no_shops", "no_shops_hint"), rows, table)


def _addressee(one: rx.Var[AddresseeView]) -> rx.Component:
    until = rx.cond(one.until != "", rx.el.span(" · ", t("paused_until", at=one.until)))
    paused = rx.el.span(icon("pause", "s"), label(PauseCause, one.cause), until, class_name="row tight amber")
    goes = rx.el.span(icon("circle-check", "s"), t("goes_out_now"), class_name="row tight green")
    by = rx.cond(one.cause != "", rx.el.span(t("paused_since", by=one.by), " · ", one.reason), none_mark())
    is_shop = one.kind == str(AddresseeKind.SHOP)
    is_carrier = (one.kind == str(AddresseeKind.CARRIER_ACCOUNT)) | (one.kind == str(AddresseeKind.TRACKER_ACCOUNT))
    mark = rx.cond(is_shop, channel_mark(one.channel), rx.cond(is_carrier, icon("truck", "s"), icon("message", "s")))
    code = rx.el.span(one.code, class_name="m3 f12")
    return rx.el.tr(
        rx.el.td(rx.el.span(mark, one.name, code, class_name="row")),
        cell("rollout", rx.cond(is_shop, label(Rollout, one.rollout), label(AddresseeKind, one.kind))),
        cell("state", rx.cond(one.cause != "", paused, goes)),
        cell("reason", by, class_name="m2 wrapcell"),
        rx.el.td(if_may(Permission.OUTBOX_CHANGE, _addressee_actions(one)), class_name="num"),
        key=one.id,
    )


def _addressee_actions(one: rx.Var[AddresseeView]) -> rx.Component:
    is_locked = Frame.level == "read_only"
    send = rx.el.button(t("pause"), type="submit", class_name="btn pri", disabled=is_locked)
    form = reason_form("pause_reason", send, about=one.id, on_submit=Outbox.pause)
    resume = rx.el.button(
        icon("play", "s"),
        t("resume"),
        type="button",
        class_name="btn",
        on_click=Outbox.resume(one.id),
        disabled=is_locked,
    )
    ask = rx.el.button(
        icon("pause", "s"), t("pause"), type="button", class_name="btn ghost", on_click=Outbox.ask_pause(one.id)
    )
    return rx.cond(one.cause != "", resume, rx.cond(Outbox.pausing == one.id, form, ask))


def _runs() -> rx.Component:
    rows = Outbox.view.runs
    table = rx.el.table(table_head(*_RUN_COLUMNS), rx.el.tbody(rx.foreach(rows, _run)), aria_label=t("workflow_runs"))
    return _section("workflow_runs", void("flow", "workflow_runs_none"), rows, table)


def _run(run: rx.Var[WorkflowRunView]) -> rx.Component:
    about = rx.el.span(subject_label(run.subject), " ", run.about)
    is_bad = run.state == str(WorkflowState.FAILED)
    tried = rx.cond(run.tries.to(int) > 1, rx.el.span(" · ", t("tried_n", n=run.tries), class_name="m3"))
    mark = rx.match(
        run.state,
        (str(WorkflowState.DONE), icon("circle-check", "s")),
        (str(WorkflowState.FAILED), icon("triangle-alert", "s")),
        icon("clock", "s"),
    )
    again = rx.el.button(
        icon("rotate", "s"),
        t("retry"),
        type="button",
        class_name="btn",
        on_click=Outbox.retry_run(run.id),
        disabled=Frame.level == "read_only",
    )
    return rx.el.tr(
        rx.el.td(workflow_label(run.workflow), title=run.workflow),
        cell("about", rx.cond(run.href != "", link(about, to=run.href), about), class_name="f12"),
        cell(
            "state",
            rx.el.span(mark, label(WorkflowState, run.state), class_name=rx.cond(is_bad, "row tight red", "row tight")),
        ),
        cell("note", run.note, tried, class_name="m2 wrapcell"),
        cell("took", rx.cond(run.took != "", run.took, none_mark()), class_name="num"),
        cell("age", rx.el.span(age_mark(run.at), title=run.at_exact), class_name="num m2"),
        rx.el.td(if_may(Permission.OUTBOX_CHANGE, rx.cond(run.may_retry, again)), class_name="num"),
        key=run.id,
    )
