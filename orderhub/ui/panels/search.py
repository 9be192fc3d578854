"""One field that finds an order by any of its numbers."""

import reflex as rx

from orderhub.ui.components.controls import link
from orderhub.ui.components.marks import channel_mark, icon, status_mark
from orderhub.ui.state.search import Hit, Search
from orderhub.ui.text import t


def search_field() -> rx.Component:
    return rx.el.div(
        rx.el.label(
            icon("search"),
            rx.el.span(t("search_orders"), class_name="vh"),
            rx.debounce_input(
                rx.el.input(
                    value=Search.text,
                    on_change=Search.find,
                    placeholder=t("search_hint"),
                    type="search",
                    auto_complete="off",
                ),
                debounce_timeout=150,
            ),
            rx.el.kbd("/"),
            class_name="search",
        ),
        rx.cond(Search.is_open, rx.el.div(_hits(), class_name="menu", role="region", aria_label=t("search_orders"))),
        rx.el.button(
            type="button", hidden=True, custom_attrs={"data-clear": ""}, on_click=Search.clear, aria_label=t("clear")
        ),
        class_name="find",
        role="search",
    )


def _hits() -> rx.Component:
    return rx.cond(
        Search.hits.length() > 0,
        rx.foreach(Search.hits, _hit),
        rx.el.div(t("search_none"), class_name="empty"),
    )


def _hit(hit: rx.Var[Hit]) -> rx.Component:
    return link(
        channel_mark(hit.channel),
        rx.el.span(hit.no, class_name="f12"),
        rx.el.span(hit.goods, class_name="el sp m2"),
        status_mark(hit.status),
        to=hit.href,
        key=hit.href,
        on_click=Search.clear,
    )
