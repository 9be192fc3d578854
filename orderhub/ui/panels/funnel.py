"""订单转化漏斗: how far the orders paid in the period have come, and where those are that have not."""

import reflex as rx

from orderhub.ui.components.controls import cell, link, table_head
from orderhub.ui.components.marks import none_mark
from orderhub.ui.funnel_view import FunnelStepView, LossView
from orderhub.ui.panels.report import report_card
from orderhub.ui.report_address import Report
from orderhub.ui.state.report import Reports
from orderhub.ui.text import t

_STEPS = ("paid", "reviewed", "shipped", "delivered", "completed")
_LOSSES = ("cancelled", "refunded", "waiting")
_COLUMNS = (("rp_funnel_step", "w18"), ("rp_orders", "num"), ("rp_share", "num"), ("rp_lost", "num"), ("", ""))


def funnel_card(*, is_alone: bool = False) -> rx.Component:
    view = Reports.funnel
    bars = rx.el.ol(rx.foreach(view.steps, _step), class_name="rp-funnel", aria_label=t("rp_funnel"))
    return report_card(
        Report.FUNNEL,
        t("rp_funnel_sub") if is_alone else "",
        bars,
        _table() if is_alone else None,
        is_empty=view.steps.length() == 0,
    )


def _step(step: rx.Var[FunnelStepView]) -> rx.Component:
    said = rx.cond(step.is_short, "", step.share)
    beside = rx.cond(step.is_short, rx.el.span(step.share), rx.fragment())
    bar = rx.el.span(rx.el.i(said, style={"width": step.width}), beside, class_name="rp-way")
    parts = (
        rx.el.span(_step_name(step.word), class_name="m2"),
        bar,
        rx.el.span(step.count, class_name="num b"),
        rx.el.span(step.lost, class_name="num m3"),
    )
    return rx.el.li(link(*parts, to=step.href), key=step.word)


def _step_name(word: rx.Var[str]) -> rx.Var[str]:
    return rx.match(word, *[(step, t(f"rp_step_{step}")) for step in _STEPS], word).to(str)


def _loss_name(word: rx.Var[str]) -> rx.Var[str]:
    return rx.match(word, *[(loss, t(f"rp_lost_{loss}")) for loss in _LOSSES], word).to(str)


def _table() -> rx.Component:
    table = rx.el.table(
        table_head(*_COLUMNS), rx.el.tbody(rx.foreach(Reports.funnel.steps, _row)), aria_label=t("rp_funnel")
    )
    return rx.el.div(table, class_name="pbox stack rp-table")


def _row(step: rx.Var[FunnelStepView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(_step_name(step.word), class_name="b"),
        cell("rp_orders", link(step.count, to=step.href, class_name="b"), class_name="num"),
        cell("rp_share", step.share, class_name="num"),
        cell("rp_lost", rx.cond(step.lost != "", step.lost, none_mark()), class_name="num"),
        rx.el.td(rx.el.span(rx.foreach(step.losses, _loss), class_name="row tight wraps"), class_name="wrapcell"),
        key=step.word,
    )


def _loss(loss: rx.Var[LossView]) -> rx.Component:
    return link(_loss_name(loss.word), " ", loss.count, to=loss.href, class_name="tag", key=loss.word)
