"""How far is what was asked for many at once: a bar, what it is at, what could not be done and why."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.automation.batch import BatchKind, BatchStep
from orderhub.ui.batch_view import BatchView, FailureView, StepView
from orderhub.ui.components.controls import if_may, link, notice_line
from orderhub.ui.components.marks import age_mark, icon
from orderhub.ui.refusals import refusal_label
from orderhub.ui.state.batches import Batches
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t


def batch_list() -> rx.Component:
    return rx.el.div(
        rx.foreach(Batches.shown, _batch),
        notice_line(Batches.said, Batches.is_refusal, Batches.dismiss),
        class_name="batches",
    )


def _batch(one: rx.Var[BatchView]) -> rx.Component:
    name = label(BatchKind, one.kind)
    bar = rx.el.progress(value=one.percent, max="100", class_name="bar", aria_label=name)
    is_open = Batches.opened == one.id
    head = rx.el.div(
        rx.cond(
            one.is_over,
            rx.cond(one.failed != "", icon("triangle-alert", "s"), icon("circle-check", "s")),
            icon("clock", "s"),
        ),
        rx.el.strong(name),
        rx.el.span(t("batch_count", ended=one.ended, total=one.total), class_name="num"),
        rx.cond(one.is_over, rx.fragment(), bar),
        rx.foreach(one.steps, _step),
        rx.cond(one.failed != "", rx.el.span(t("batch_failed", n=one.failed), class_name="red b")),
        rx.cond(one.stopped != "", rx.el.span(t("batch_left_undone", n=one.stopped), class_name="amber")),
        rx.el.span(one.by, " · ", age_mark(one.at), class_name="m3 f12", title=one.at_exact),
        rx.el.span(class_name="sp"),
        _buttons(one, is_open),
        class_name="row wrap batch",
        role="status",
        custom_attrs={"data-over": rx.cond(one.is_over, "yes", "no")},
    )
    why = rx.el.ul(rx.foreach(one.failures, _failure), class_name="batchwhy", aria_label=t("batch_failures"))
    return rx.el.section(head, rx.cond(is_open, why), key=one.id, aria_label=name)


def _step(step: rx.Var[StepView]) -> rx.Component:
    return rx.el.span(label(BatchStep, step.step), " ", step.count, class_name="tag", key=step.step)


def _buttons(one: rx.Var[BatchView], is_open: rx.Var[bool]) -> rx.Component:
    why = rx.el.button(
        t("batch_failures"),
        type="button",
        class_name="btn ghost",
        on_click=Batches.toggle(one.id),
        custom_attrs={"aria-expanded": rx.cond(is_open, "true", "false")},
    )
    return rx.el.span(
        rx.cond(one.failures.length() > 0, why),
        if_may(Permission.ORDER_SHIP, rx.cond(one.may_retry, _button("rotate", "batch_retry", Batches.retry(one.id)))),
        if_may(Permission.ORDER_SHIP, rx.cond(~one.is_over, _button("x", "batch_stop", Batches.stop(one.id)))),
        class_name="row",
    )


def _button(picture: str, name: str, handler: rx.event.EventSpec) -> rx.Component:
    return rx.el.button(
        icon(picture, "s"),
        t(name),
        type="button",
        class_name="btn",
        on_click=handler,
        disabled=Frame.level == "read_only",
    )


def _failure(one: rx.Var[FailureView]) -> rx.Component:
    name = rx.cond(one.href != "", link(one.name, to=one.href), one.name)
    said = rx.cond(one.code == "carrier_refused", one.reason, refusal_label(one.code))
    return rx.el.li(rx.el.span(name, class_name="f12"), rx.el.span(said, class_name="m2", title=one.reason))
