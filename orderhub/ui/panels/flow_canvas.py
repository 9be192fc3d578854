"""The stages of an order's life as a graph, and, on a phone, as a list."""

from itertools import pairwise
from typing import Any

import reflex as rx

from orderhub.domain.flow_stage import AFTERSALE, Automation
from orderhub.domain.hold import HoldReason
from orderhub.domain.order import OrderStatus
from orderhub.domain.words import AftersaleStatus
from orderhub.ui.components.flow_map import flow_map_canvas
from orderhub.ui.components.marks import icon, pie
from orderhub.ui.flow_text import OWNER_NAMES
from orderhub.ui.flow_view import StageView
from orderhub.ui.state.flow import Flow
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.text import label, looked_up, t
from orderhub.ui.words import LABELS

_WIDTH, _HEIGHT, _STEP = 124, 134, 148
_ROW_Y, _BELOW_Y = 148, 380
_WAY = (
    OrderStatus.PENDING_PAYMENT,
    OrderStatus.TO_REVIEW,
    OrderStatus.TO_ALLOCATE,
    OrderStatus.TO_SHIP,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
    OrderStatus.COMPLETED,
)
_HELD, _CANCEL_WORDS, _PARTLY_WORDS, _REST_WORDS = "held", "cancel-words", "partly-words", "rest-words"


def in_language(pair: rx.Var[list[str]]) -> rx.Var[str]:
    return rx.cond(Preferences.lang == "en", pair[1], pair[0]).to(str)


def owner_label(role: rx.Var[str]) -> rx.Var[str]:
    return looked_up(OWNER_NAMES, role)


def flow_graph() -> rx.Component:
    ports = {
        "controls.ariaLabel": t("flow_canvas"),
        "controls.zoomIn.ariaLabel": t("flow_zoom_in"),
        "controls.zoomOut.ariaLabel": t("flow_zoom_out"),
        "controls.fitView.ariaLabel": t("flow_fit"),
    }
    drawn = [_stage(status) for status in OrderStatus]
    drawn += [_held(), _aftersale()]
    drawn += [_words("flow_cancel_line"), _words("flow_partly_line"), _words("flow_rest_line")]
    return rx.el.div(
        flow_map_canvas(*drawn, places=_places(), lines=_lines(), controls=rx.Var.create(ports)),
        _legend(),
        class_name="fcanvas",
    )


def flow_list() -> rx.Component:
    """For a phone: the same stages, one below the other."""
    rows = [rx.el.li(_row(status)) for status in OrderStatus]
    return rx.el.div(
        _held(), rx.el.ol(*rows, class_name="flist"), _aftersale(), class_name="fphone", custom_attrs={"data-list": ""}
    )


def stage_var(status: OrderStatus) -> Any:
    return Flow.view.stages[str(status)].to(StageView)


def _stage(status: OrderStatus) -> rx.Component:
    stage = stage_var(status)
    return rx.el.button(
        rx.el.span(
            pie(status),
            rx.el.span(t_status(status), class_name="b el"),
            rx.cond(stage.is_changed, rx.el.span(t("flow_changed"), class_name="tag acc")),
            class_name="row fname",
        ),
        rx.el.span(rx.el.span(stage.count, class_name="fcount"), _late(stage), class_name="row base"),
        rx.el.span(owner_label(stage.owner), " · ", in_language(stage.time), class_name="f12 m2 el"),
        _runs(stage),
        type="button",
        class_name=_marked("fnode nodrag nopan", status),
        custom_attrs={
            "aria-pressed": rx.cond(Flow.panel.place == str(status), "true", "false"),
            "data-place": str(status),
        },
        on_click=Flow.choose(str(status)),
    )


def _row(status: OrderStatus) -> rx.Component:
    stage = stage_var(status)
    return rx.el.button(
        pie(status),
        rx.el.span(
            rx.el.span(
                t_status(status), rx.cond(stage.is_changed, rx.el.span(t("flow_changed"), class_name="tag acc"))
            ),
            rx.el.span(owner_label(stage.owner), " · ", in_language(stage.time), class_name="f12 m2"),
            class_name="fwho",
        ),
        _late(stage),
        rx.el.span(stage.count, class_name="b num"),
        icon("right", "s"),
        type="button",
        class_name="frow",
        on_click=Flow.choose(str(status)),
    )


def t_status(status: OrderStatus) -> rx.Var[str]:
    chinese, english = LABELS[OrderStatus][status]
    return rx.cond(Preferences.lang == "en", english, chinese).to(str)


def _late(stage: Any) -> rx.Component:
    return rx.cond(stage.late != "", rx.el.span(t("flow_late"), " ", stage.late, class_name="f12 red b"))


def _runs(stage: Any) -> rx.Component:
    return rx.el.span(
        rx.cond(
            stage.first != "",
            rx.fragment(
                icon("zap", "xs"),
                rx.el.span(label(Automation, stage.first), class_name="el"),
                rx.el.span(stage.more, class_name="m3"),
            ),
            rx.el.span("—", class_name="m3"),
        ),
        class_name="fruns",
    )


def _marked(kind: str, place: str) -> rx.Var[str]:
    return rx.cond(Flow.panel.place == str(place), f"{kind} cur", kind).to(str)


def _held() -> rx.Component:
    reason = rx.foreach(
        Flow.view.reasons, lambda one: rx.el.span(label(HoldReason, one.word), " ", one.count, class_name="fword")
    )
    other = rx.cond(
        Flow.view.other_reasons != "", rx.el.span(t("flow_other"), " ", Flow.view.other_reasons, class_name="fword")
    )
    return rx.el.div(
        rx.el.span(icon("pause", "s"), t("flow_held"), " ", Flow.view.held, class_name="amber b row"),
        rx.el.span(
            rx.cond(Flow.view.held == "0", t("flow_held_none"), rx.fragment(reason, other)), class_name="f12 m2 fwords"
        ),
        rx.el.span(t("flow_held_hint"), class_name="f12 m3"),
        class_name="fheld",
    )


def _aftersale() -> rx.Component:
    head = rx.el.button(
        icon("undo-2"),
        rx.el.span(t("flow_aftersale"), class_name="b"),
        rx.el.span(t("flow_aftersale_hint"), class_name="m3 f12 el fhint"),
        rx.cond(Flow.view.aftersale.is_changed, rx.el.span(t("flow_changed"), class_name="tag acc")),
        rx.el.span(class_name="sp"),
        rx.el.span(t("flow_open"), " ", Flow.view.cases_open, class_name="f12 m2"),
        rx.cond(
            Flow.view.cases_near != "", rx.el.span(t("flow_near"), " ", Flow.view.cases_near, class_name="f12 red b")
        ),
        type="button",
        class_name="fcasehead nodrag nopan",
        custom_attrs={
            "aria-pressed": rx.cond(Flow.panel.place == AFTERSALE, "true", "false"),
            "data-place": AFTERSALE,
        },
        on_click=Flow.choose(AFTERSALE),
    )
    steps = rx.el.ol(
        rx.foreach(
            Flow.view.cases,
            lambda one: rx.el.li(
                rx.el.span(label(AftersaleStatus, one.word), class_name="el"),
                rx.el.span(one.count, class_name="b num"),
                class_name=rx.cond(one.count == "0", "m3", ""),
            ),
        ),
        class_name="fcases",
    )
    return rx.el.div(head, steps, class_name=_marked("fcase", AFTERSALE))


def _words(key: str) -> rx.Component:
    return rx.el.span(t(key), class_name="fline f12 m2")


def _legend() -> rx.Component:
    return rx.el.div(
        rx.el.span(rx.el.i(class_name="way"), t("flow_legend_normal")),
        rx.el.span(rx.el.i(class_name="way dashed"), t("flow_legend_cancel")),
        rx.el.span(icon("zap", "xs"), t("flow_legend_auto"), class_name="acc"),
        rx.el.span(t("flow_legend_late"), class_name="red"),
        class_name="flegend f12 m2",
    )


def _port(name: str, side: str, kind: str, at: int | None = None) -> dict[str, Any]:
    port: dict[str, Any] = {"id": name, "side": side, "type": kind}
    return port if at is None else port | {"at": at}


def _places() -> list[dict[str, Any]]:
    """In the order in which they are drawn: ``flow_graph``."""
    at = {status: {"x": 30 + _STEP * place, "y": _ROW_Y} for place, status in enumerate(_WAY)}
    at[OrderStatus.CANCELLED] = {"x": 30 + _STEP * 3 // 2, "y": _BELOW_Y}
    at[OrderStatus.PARTLY_SHIPPED] = {"x": 30 + _STEP * 7 // 2, "y": _BELOW_Y}
    size = {"width": _WIDTH, "height": _HEIGHT}
    found = [{"id": str(status), **at[status], **size, "ports": _ports(status)} for status in OrderStatus]
    held_width = _STEP * 2 + _WIDTH
    wide = _STEP * 6 + _WIDTH
    return [
        *found,
        {"id": _HELD, "x": 30 + _STEP, "y": 52, "width": held_width, "height": 82},
        {"id": AFTERSALE, "x": 30, "y": 560, "width": wide, "height": 96},
        {"id": _CANCEL_WORDS, "x": 30 + _STEP * 3 // 2 + _WIDTH // 2 + 8, "y": 350, "width": 190, "height": 20},
        {"id": _PARTLY_WORDS, "x": 30 + _STEP * 3 + 98, "y": 300, "width": 84, "height": 20},
        {"id": _REST_WORDS, "x": 30 + _STEP * 4 + 44, "y": 340, "width": 84, "height": 20},
    ]


def _ports(status: OrderStatus) -> list[dict[str, Any]]:
    ports = [_port("in", "l", "target"), _port("out", "r", "source")] if status in _WAY else []
    if status in _WAY[:4]:
        ports.append(_port("drop", "b", "source", 62))
    if status is OrderStatus.CANCELLED:
        ports.append(_port("in", "t", "target"))
    if status is OrderStatus.TO_SHIP:
        ports.append(_port("part", "b", "source", 92))
    if status is OrderStatus.PARTLY_SHIPPED:
        ports += [_port("in", "t", "target", 18), _port("out", "t", "source", 106)]
    if status is OrderStatus.SHIPPED:
        ports.append(_port("rest", "b", "target", 32))
    return ports


def _lines() -> list[dict[str, Any]]:
    way = [
        {
            "id": f"{here}-{there}",
            "source": str(here),
            "target": str(there),
            "sourceHandle": "out",
            "targetHandle": "in",
            "type": "straight",
        }
        for here, there in pairwise(_WAY)
    ]
    drop = [
        {
            "id": f"{here}-cancelled",
            "source": str(here),
            "target": str(OrderStatus.CANCELLED),
            "sourceHandle": "drop",
            "targetHandle": "in",
            "type": "smoothstep",
            "dashed": True,
            "pathOptions": {"stepPosition": 0.45, "borderRadius": 8},
        }
        for here in _WAY[:4]
    ]
    parts = [
        {
            "id": "to_ship-partly",
            "source": str(OrderStatus.TO_SHIP),
            "target": str(OrderStatus.PARTLY_SHIPPED),
            "sourceHandle": "part",
            "targetHandle": "in",
            "type": "straight",
        },
        {
            "id": "partly-shipped",
            "source": str(OrderStatus.PARTLY_SHIPPED),
            "target": str(OrderStatus.SHIPPED),
            "sourceHandle": "out",
            "targetHandle": "rest",
            "type": "straight",
        },
    ]
    return [*way, *drop, *parts]
