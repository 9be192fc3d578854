"""客服: tickets that wait, a buyer found by anything, and everything of theirs beside it."""

import reflex as rx

from orderhub.ui.components.controls import link, notice_line
from orderhub.ui.components.marks import channel_mark, icon, status_mark, unread, void
from orderhub.ui.panels.frame import SERVICE, framed
from orderhub.ui.panels.service_picture import new_ticket, picture
from orderhub.ui.panels.service_queue import queue
from orderhub.ui.panels.service_tabs import service_tabs
from orderhub.ui.panels.service_ticket import ticket
from orderhub.ui.service_find import Found
from orderhub.ui.service_view import PATH
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.service import Service
from orderhub.ui.text import t


def page() -> rx.Component:
    return framed(
        SERVICE,
        rx.el.main(
            rx.el.div(
                rx.el.h1(t("service")), rx.el.span(class_name="sp"), service_tabs("service_tickets"), class_name="ph"
            ),
            rx.cond(
                Service.has_failed,
                unread(Service.enter),
                rx.el.div(
                    rx.el.div(_find(), queue(), class_name="svleft"),
                    rx.el.div(
                        notice_line(Service.said, Service.is_refusal, Service.dismiss), _right(), class_name="svright"
                    ),
                    class_name=rx.cond(Service.picture.order_id != "", "service has", "service"),
                ),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="客服 · OrderHub", on_load=[Frame.enter, Service.enter])


def _right() -> rx.Component:
    nothing = rx.el.section(void("user", "service_pick", "service_pick_hint"), class_name="card")
    gone = rx.el.section(void("info", "service_gone"), class_name="card")
    shown = rx.fragment(rx.cond(Service.ticket.id != "", ticket()), new_ticket(), picture())
    return rx.cond(Service.is_gone, gone, rx.cond(Service.picture.order_id != "", shown, nothing))


def _find() -> rx.Component:
    field = rx.debounce_input(
        rx.el.input(
            value=Service.text,
            on_change=Service.find,
            placeholder=t("service_search_hint"),
            type="search",
            auto_complete="off",
            max_length=64,
        ),
        debounce_timeout=200,
    )
    none = rx.cond(Service.text.length() > 1, rx.el.p(t("search_none"), class_name="m2 f12 cardtext", role="status"))
    return rx.el.section(
        rx.el.div(
            rx.el.label(icon("search"), rx.el.span(t("service_search"), class_name="vh"), field, class_name="search"),
            class_name="svfind",
            role="search",
        ),
        rx.cond(Service.found.length() > 0, rx.el.div(rx.foreach(Service.found, _hit), class_name="card svhits"), none),
        aria_label=t("service_search"),
    )


def _hit(hit: rx.Var[Found]) -> rx.Component:
    return link(
        channel_mark(hit.channel),
        rx.el.span(hit.no, class_name="f12 b"),
        rx.cond(hit.text != "", rx.el.span(hit.text, class_name="f12 m3 el")),
        rx.el.span(hit.goods, class_name="el sp m2 f12"),
        rx.cond(hit.status != "", rx.el.span(status_mark(hit.status), class_name="f12")),
        to=hit.href,
        key=hit.id,
        on_click=Service.forget,
    )
