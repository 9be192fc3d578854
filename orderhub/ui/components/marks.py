"""The small signs: icon, channel square, status pie, tag, countdown, age. A colour never stands alone."""

from typing import Any

import reflex as rx

from orderhub.domain.order import OrderStatus
from orderhub.domain.words import Carrier, Channel
from orderhub.ui.text import channel_sign, label, t

CHANNEL_CLASSES = {"taobao": "tb", "jd": "jd", "pinduoduo": "pdd", "douyin": "dy", "miniprogram": "mp"}

# How much of the ring is filled; assets/app.css draws it.
_PIES = {
    OrderStatus.PENDING_PAYMENT: "pie none",
    OrderStatus.TO_REVIEW: "pie",
    OrderStatus.TO_ALLOCATE: "pie p25",
    OrderStatus.TO_SHIP: "pie p50",
    OrderStatus.PARTLY_SHIPPED: "pie p75",
    OrderStatus.SHIPPED: "pie p100",
    OrderStatus.DELIVERED: "pie done",
    OrderStatus.COMPLETED: "pie fin",
    OrderStatus.CANCELLED: "pie none",
}


def icon(name: str, size: str = "") -> rx.Component:
    """A symbol of assets/icons.svg; ``size`` is empty (16 px), ``s`` (14) or ``xs`` (12)."""
    return rx.el.svg(
        rx.el.svg.use(href=f"/icons.svg#{name}"), class_name=f"ic {size}".strip(), custom_attrs={"aria-hidden": "true"}
    )


def channel_mark(channel: rx.Var[str]) -> rx.Component:
    classes = rx.Var.create(CHANNEL_CLASSES)[channel].to(str)
    name = label(Channel, channel)
    return rx.el.span(
        channel_sign(channel), class_name=rx.Var.create("ch ") + classes, title=name, role="img", aria_label=name
    )


def status_mark(status: rx.Var[str]) -> rx.Component:
    pies = rx.Var.create({str(word): pie for word, pie in _PIES.items()})
    return rx.el.span(rx.el.i(class_name=pies[status].to(str)), label(OrderStatus, status), class_name="st")


def pie(status: OrderStatus) -> rx.Component:
    """The ring alone: its word stands beside it."""
    return rx.el.i(class_name=_PIES[status])


def tag_mark(word: rx.Var[str]) -> rx.Component:
    urgent = word == "加急"
    return rx.el.span(rx.cond(urgent, icon("zap", "xs")), word, class_name=rx.cond(urgent, "tag red", "tag"))


def hold_mark(name: rx.Var[str]) -> rx.Component:
    return rx.el.span(icon("pause", "xs"), name, class_name="tag amber")


def due_mark(due: rx.Var[str], exact: rx.Var[str]) -> rx.Component:
    """``due`` in unix seconds as text; assets/app.js counts it down."""
    clock = rx.el.span(class_name="due", custom_attrs={"data-due": due}, title=exact)
    return rx.cond(due != "", clock, none_mark())


def age_mark(moment: rx.Var[str], *, just_now: bool = False) -> rx.Component:
    """How long ago ``moment`` (unix seconds as text) is, kept up by assets/app.js."""
    attributes: dict[str, Any] = {"data-ago": moment}
    if just_now:
        attributes["data-now"] = ""
    return rx.el.span(custom_attrs=attributes)


def none_mark() -> rx.Component:
    return rx.el.span("—", class_name="m3 none")


def void(picture: str, title: str, hint: str = "", *actions: rx.Component) -> rx.Component:
    """What stands where nothing is: what it means and what to do."""
    return rx.el.div(
        icon(picture), rx.el.h2(t(title)), rx.el.p(t(hint)) if hint else rx.fragment(), *actions, class_name="void"
    )


def unread(again: Any) -> rx.Component:
    """What stands where something could not be read; ``again`` is the event that reads it anew."""
    button = rx.el.button(icon("refresh", "s"), t("retry"), type="button", class_name="btn", on_click=again)
    return void("triangle-alert", "something_failed", "", button)


def carrier_name(carrier: rx.Var[str]) -> rx.Var[str]:
    """What stands on its vans; empty for a word that is none."""
    return rx.match(carrier, *[(str(one), one.trade_name) for one in Carrier], "").to(str)
