"""流程: the stages of an order's life, which is what runs: looked at live, changed in a draft, published."""

import reflex as rx

from orderhub.ui.components.controls import notice_line
from orderhub.ui.components.marks import icon, unread
from orderhub.ui.panels.flow_canvas import flow_graph, flow_list
from orderhub.ui.panels.flow_sheet import flow_sheet
from orderhub.ui.panels.flow_stage import may_change, stage_panel
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.studio import FLOW, studio_tabs
from orderhub.ui.state.flow import Flow
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import t


def page() -> rx.Component:
    return framed(
        STUDIO,
        rx.el.main(
            rx.cond(
                Flow.has_failed, unread(Flow.enter), rx.fragment(_map(), rx.cond(Flow.panel.place != "", stage_panel()))
            ),
            id="content",
            class_name=rx.cond(Flow.panel.place != "", "flow has", "flow"),
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=FLOW.path, title="流程 · OrderHub", on_load=[Frame.enter, Flow.enter])


def _map() -> rx.Component:
    return rx.el.section(
        _bar(),
        notice_line(Flow.said, Flow.is_refusal, Flow.dismiss),
        rx.cond(
            Flow.is_loaded,
            rx.el.div(flow_graph(), flow_list(), flow_sheet(), class_name="fstage"),
            rx.el.div(*[rx.el.i(class_name="sk w7") for _ in range(5)], class_name="pad skl"),
        ),
        class_name="fmain",
        aria_label=t("flow_title"),
    )


def _bar() -> rx.Component:
    draft = rx.el.span(t("flow_draft_n", n=Flow.view.draft, changes=Flow.view.changes), class_name="ver cur")
    live = rx.el.button(
        rx.el.span(class_name="dot"),
        t("flow_live_n", n=Flow.view.live),
        icon("down", "xs"),
        type="button",
        class_name="ver live",
        title=t("flow_versions"),
        aria_expanded=rx.cond(Flow.sheet == "versions", "true", "false"),
        on_click=Flow.show_versions,
    )
    return rx.el.div(
        studio_tabs(FLOW),
        rx.el.h1(t("flow_title")),
        rx.cond(Flow.is_loaded, live),
        rx.cond(Flow.view.draft != "", draft),
        rx.el.span(class_name="sp"),
        rx.el.span(t("flow_counts_now"), class_name="f12 m3 fnow"),
        rx.cond(Flow.view.draft != "", _acts()),
        class_name="fbar",
    )


def _acts() -> rx.Component:
    compare = rx.el.button(
        icon("branch", "s"), t("flow_compare"), type="button", class_name="btn", on_click=Flow.compare(Flow.view.live)
    )
    dry = rx.el.button(icon("play", "s"), t("flow_try"), type="button", class_name="btn", on_click=Flow.try_out)
    drop = rx.el.button(t("flow_discard"), type="button", class_name="btn", on_click=Flow.discard(Flow.view.revision))
    publish = rx.el.button(
        t("flow_publish_n", n=Flow.view.draft),
        type="button",
        class_name="btn pri",
        disabled=Flow.view.changes == 0,
        on_click=Flow.ask_publish,
    )
    return rx.fragment(compare, dry, rx.cond(may_change(), rx.fragment(drop, publish)))
