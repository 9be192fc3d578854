"""What lies over the flow map: what changes, who would be late, its versions, and why it is published."""

from typing import Any

import reflex as rx

from orderhub.domain.flow import FlowState
from orderhub.domain.order import OrderStatus
from orderhub.ui.components.controls import hidden, icon_button, reason_form, table_head
from orderhub.ui.components.marks import icon
from orderhub.ui.flow_view import ChangeView, DryView, VersionView
from orderhub.ui.panels.flow_canvas import in_language
from orderhub.ui.panels.flow_stage import may_change
from orderhub.ui.state.flow import Flow
from orderhub.ui.text import label, t


def flow_sheet() -> rx.Component:
    return rx.cond(
        Flow.sheet != "",
        rx.el.section(
            rx.match(
                Flow.sheet,
                ("comparing", _compared()),
                ("dry", _dry()),
                ("publishing", _publishing()),
                ("versions", _versions()),
                rx.fragment(),
            ),
            class_name="fsheet card",
            custom_attrs={"data-sheet": Flow.sheet},
        ),
    )


def _head(title: rx.Var[str]) -> rx.Component:
    return rx.el.div(
        rx.el.h2(title),
        rx.el.span(class_name="sp"),
        icon_button("x", t("flow_close"), on_click=Flow.close_sheet),
        class_name="row",
    )


def _compared() -> rx.Component:
    return rx.fragment(_head(t("flow_diff_from", n=Flow.compared)), _changes())


def _changes() -> rx.Component:
    return rx.cond(
        Flow.changes,
        rx.el.ul(rx.foreach(Flow.changes, _change), class_name="fdiff"),
        rx.el.p(t("flow_diff_none"), class_name="f12 m2"),
    )


def _change(change: rx.Var[ChangeView]) -> rx.Component:
    one: Any = change
    return rx.el.li(
        rx.el.span(in_language(one.place), class_name="b"),
        rx.el.span(in_language(one.what), class_name="m2"),
        rx.el.span(
            rx.el.s(in_language(one.before), class_name="m3"),
            icon("aright", "xs"),
            rx.el.ins(in_language(one.after)),
            class_name="row",
        ),
    )


def _dry() -> rx.Component:
    rows = rx.el.tbody(rx.foreach(Flow.dry, _dry_row))
    head = table_head(("flow_dry_stage", ""), ("flow_dry_live", "num"), ("flow_dry_draft", "num"))
    return rx.fragment(
        _head(t("flow_dry")),
        rx.el.p(t("flow_dry_hint"), class_name="f12 m2"),
        rx.el.table(head, rows, class_name="fdry"),
    )


def _dry_row(row: rx.Var[DryView]) -> rx.Component:
    one: Any = row
    mark = rx.cond(one.is_more, icon("aup", "xs"), rx.cond(one.is_less, icon("adown", "xs")))
    kind = rx.cond(one.is_more, "num red b", rx.cond(one.is_less, "num green b", "num"))
    return rx.el.tr(
        rx.el.td(label(OrderStatus, one.place)),
        rx.el.td(one.live, class_name="num"),
        rx.el.td(mark, " ", one.draft, class_name=kind),
    )


def _publishing() -> rx.Component:
    reason = rx.el.input(
        name="reason",
        class_name="in",
        max_length=200,
        required=True,
        auto_focus=True,
        placeholder=t("flow_why"),
        aria_label=t("flow_why"),
    )
    return rx.fragment(
        _head(t("flow_publish_n", n=Flow.view.draft)),
        _changes(),
        rx.el.form(
            reason,
            hidden("revision", Flow.view.revision.to_string()),
            rx.el.button(t("flow_publish"), type="submit", class_name="btn pri"),
            on_submit=Flow.publish,
            class_name="row",
        ),
    )


def _versions() -> rx.Component:
    return rx.fragment(
        _head(t("flow_versions")), rx.el.ul(rx.foreach(Flow.view.versions, _version), class_name="fversions")
    )


def _version(version: rx.Var[VersionView]) -> rx.Component:
    one: Any = version
    back = rx.el.details(
        rx.el.summary(t("flow_roll_back"), class_name="btn"),
        reason_form(
            "flow_why",
            rx.el.button(t("flow_roll_back"), type="submit", class_name="btn pri"),
            about=one.number,
            on_submit=Flow.roll_back,
        ),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.span("v", one.number, class_name=rx.cond(one.state == str(FlowState.LIVE), "ver live", "ver")),
            rx.cond(one.number == "0", rx.el.span(t("flow_shipped"), class_name="m2")),
            rx.cond(one.state == str(FlowState.LIVE), rx.el.span(t("flow_dry_live"), class_name="green")),
            rx.cond(one.state == str(FlowState.DRAFT), rx.el.span(t("flow_dry_draft"), class_name="acc")),
            rx.el.span(one.who, " ", one.at, class_name="f12 m3 num"),
            rx.el.span(class_name="sp"),
            rx.el.button(t("flow_compare"), type="button", class_name="btn", on_click=Flow.compare(one.number)),
            class_name="row",
        ),
        rx.cond(one.reason != "", rx.el.p(one.reason, class_name="f12 m2")),
        rx.cond(one.may_return & may_change(), back),
        key=one.number,
    )
