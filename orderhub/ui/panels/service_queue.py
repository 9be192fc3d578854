"""The queue of tickets: whose, how pressing, due when; walked by keyboard like the board."""

import reflex as rx

from orderhub.domain.ticket import TicketKind, TicketPriority, TicketStatus
from orderhub.insights.ticket import Queue
from orderhub.ui.components.controls import link, page_foot, rows_shown
from orderhub.ui.components.marks import channel_mark, due_mark, icon, void
from orderhub.ui.panels.behind import behind_chip
from orderhub.ui.service_view import TicketRowView
from orderhub.ui.state.service import Service
from orderhub.ui.text import label, t

_SKELETON_ROWS = 6


def queue() -> rx.Component:
    rows = rx.el.tbody(rx.foreach(Service.queue.rows, _row))
    return rx.el.section(
        rx.el.header(_tabs(), style={"paddingLeft": "8px"}),
        behind_chip(Service.queue.behind),
        _priorities(),
        rx.cond(
            ~Service.is_loaded,
            _table(_skeleton()),
            rx.cond(
                Service.queue.rows.length() > 0, _table(rows), void("circle-check", "queue_none", "queue_none_hint")
            ),
        ),
        rx.cond(Service.is_loaded, rows_shown(Service.queue.rows.length(), Service.queue.total)),
        page_foot(Service.queue.first, Service.queue.next),
        class_name="card",
        aria_label=t("service_tickets"),
    )


def _tabs() -> rx.Component:
    return rx.el.nav(*[_tab(one) for one in Queue], class_name="seg svseg", aria_label=t("service_tickets"))


def _tab(one: Queue) -> rx.Component:
    count = Service.queue.counts[str(one)].to(str)
    hot = "b red" if one is Queue.LATE else "b"
    figure = rx.cond(count != "", rx.el.span(count, class_name=rx.cond(count != "0", hot, "m3")))
    return link(
        t(f"queue_{one}"),
        figure,
        to=rx.cond(Service.is_loaded, Service.queue.hrefs[str(one)].to(str), "/service"),
        custom_attrs={"aria-current": rx.cond(Service.queue.queue == str(one), "page", "false")},
        style={"gap": "4px", "padding": "0 8px"},
    )


def _priorities() -> rx.Component:
    chips = [
        link(
            label(TicketPriority, rx.Var.create(str(one))),
            rx.cond(Service.queue.priority == str(one), icon("x", "xs")),
            to=rx.cond(Service.is_loaded, Service.queue.priority_hrefs[str(one)].to(str), "/service"),
            class_name=rx.cond(Service.queue.priority == str(one), "chip on", "chip"),
        )
        for one in TicketPriority
    ]
    return rx.el.nav(*chips, class_name="chips svchips", aria_label=t("ticket_priority"))


def _table(body: rx.Component) -> rx.Component:
    columns = rx.el.colgroup(rx.el.col(class_name="sv-mark"), rx.el.col(), rx.el.col(class_name="sv-due"))
    heads = [rx.el.th(rx.el.span(t(name), class_name="vh"), scope="col", style={"height": "0"}) for name in _HEADS]
    return rx.el.div(
        rx.el.table(columns, rx.el.thead(rx.el.tr(*heads), class_name="vh"), body, aria_label=t("service_tickets")),
        class_name="pbox stack svq",
        custom_attrs={"data-list": Service.queue.queue},
    )


_HEADS = ("ticket_priority", "ticket_words", "ticket_due")


def _row(row: rx.Var[TicketRowView]) -> rx.Component:
    with_whom = rx.cond(row.owner != "", row.owner, t("ticket_nobody"))
    return rx.el.tr(
        rx.el.td(priority_mark(row.priority)),
        rx.el.td(
            rx.el.span(
                channel_mark(row.channel),
                link(row.no, to=row.href, class_name="no b f12"),
                rx.el.span(label(TicketKind, row.kind), class_name="f12 m2"),
                class_name="row tight",
            ),
            rx.el.span(row.words, class_name="svwords f12"),
            rx.el.span(label(TicketStatus, row.status), " · ", with_whom, class_name="f12 m3"),
        ),
        rx.el.td(rx.cond(row.due != "", due_mark(row.due, row.due_exact))),
        class_name=rx.cond(row.is_here, "order cur", "order"),
        key=row.id,
        custom_attrs={"data-id": row.id, "data-rev": row.status},
    )


def priority_mark(word: rx.Var[str]) -> rx.Component:
    kind = rx.match(word, (str(TicketPriority.URGENT), "tag red"), (str(TicketPriority.HIGH), "tag amber"), "tag")
    picture = rx.cond(word == str(TicketPriority.URGENT), icon("zap", "xs"))
    return rx.el.span(picture, label(TicketPriority, word), class_name=kind)


def _skeleton() -> rx.Component:
    cells = [rx.el.td(rx.el.i(class_name="sk w7")) for _ in _HEADS]
    return rx.el.tbody(*[rx.el.tr(*cells) for _ in range(_SKELETON_ROWS)], aria_hidden="true")
