"""Everything of one buyer: orders with parcels and holds, cases, tickets, anomalies, and who else they are."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.hold import HoldReason
from orderhub.domain.ticket import TicketKind, TicketPriority, TicketStatus
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.ui.components.controls import if_may, link, popover, reason_form
from orderhub.ui.components.marks import channel_mark, hold_mark, icon, status_mark
from orderhub.ui.panels.service_ticket import options
from orderhub.ui.service_view import AnomalyLineView, CaseView, LinkView, OrderView, SubjectView, TicketLineView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.service import Service
from orderhub.ui.text import label, t

_IS_STILL = Frame.level == "read_only"


def new_ticket() -> rx.Component:
    return if_may(Permission.TICKET_CHANGE, rx.cond(Service.wants_new, _new_form()))


def picture() -> rx.Component:
    view = Service.picture
    unfold = rx.el.button(
        icon("plus", "s"), t("ticket_new"), type="button", class_name="btn", on_click=Service.unfold_new
    )
    sums = rx.cond(
        view.is_known,
        rx.el.span(t("picture_orders_n", n=view.count, money=view.paid), class_name="sub"),
        rx.el.span(t("picture_unknown"), class_name="sub"),
    )
    return rx.el.section(
        rx.el.header(
            channel_mark(view.channel),
            rx.el.h2(rx.cond(view.masked != "", view.masked, t("picture_title"))),
            sums,
            rx.el.span(class_name="sp"),
            if_may(Permission.TICKET_CHANGE, unfold),
            class_name="row",
        ),
        _part("picture_orders", view.orders.length(), rx.foreach(view.orders, _order)),
        rx.cond(view.most != "", rx.el.p(t("picture_most", n=view.most), class_name="f12 m3 cardtext")),
        rx.el.div(
            rx.el.div(_part("picture_cases", view.cases.length(), rx.foreach(view.cases, _case))),
            rx.el.div(_part("picture_tickets", view.tickets.length(), rx.foreach(view.tickets, _ticket))),
            rx.el.div(_part("picture_anomalies", view.anomalies.length(), rx.foreach(view.anomalies, _anomaly))),
            class_name="svcols",
        ),
        rx.cond(
            view.is_known,
            rx.el.div(rx.foreach(view.links, _link), if_may(Permission.TICKET_CHANGE, _join()), class_name="svbar"),
        ),
        class_name="card",
        aria_label=t("picture_title"),
    )


def _new_form() -> rx.Component:
    about = rx.el.select(rx.foreach(Service.picture.subjects, _subject), name="about", class_name="in")
    words = rx.el.textarea(
        name="words", class_name="in", max_length=1000, required=True, rows="3", placeholder=t("ticket_words_hint")
    )
    return rx.el.section(
        rx.el.header(rx.el.h2(t("ticket_new"))),
        rx.el.form(
            rx.el.label(t("ticket_about"), about, class_name="lab"),
            rx.el.label(
                t("ticket_kind"), rx.el.select(*options(TicketKind), name="kind", class_name="in"), class_name="lab"
            ),
            rx.el.label(
                t("ticket_priority"),
                rx.el.select(
                    *options(TicketPriority), name="priority", class_name="in", default_value=str(TicketPriority.NORMAL)
                ),
                class_name="lab",
            ),
            rx.el.label(t("ticket_words"), words, class_name="lab whole"),
            rx.el.button(t("ticket_new"), type="submit", class_name="btn pri", disabled=_IS_STILL),
            on_submit=Service.open_ticket,
            class_name="svnew",
        ),
        class_name="card",
        aria_label=t("ticket_new"),
    )


def _subject(one: rx.Var[SubjectView]) -> rx.Component:
    return rx.el.option(rx.cond(one.name != "", one.name, t("ticket_about_buyer")), value=one.value, key=one.value)


def _part(name: str, count: rx.Var[int], rows: rx.Component) -> rx.Component:
    nothing = rx.el.p(t("picture_none"), class_name="f12 m3 cardtext")
    title = rx.el.h3(t(name), " ", rx.el.span(count, class_name="m3"), class_name="svcap")
    return rx.fragment(title, rx.cond(count > 0, rx.el.ul(rows, class_name="svlist"), nothing))


def _order(one: rx.Var[OrderView]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            channel_mark(one.channel),
            link(one.no, to=one.pick, class_name="b f12"),
            link(icon("list", "xs"), one.own_no, to=one.href, class_name="f12"),
            rx.el.span(one.shop, class_name="f12 m3"),
            rx.foreach(one.holds, lambda word: hold_mark(label(HoldReason, word))),
            rx.el.span(class_name="sp"),
            status_mark(one.status),
            rx.el.span(one.paid, class_name="b num"),
            class_name="row",
        ),
        rx.el.div(rx.el.span(one.goods), rx.el.span(" · ", one.placed, class_name="m3"), class_name="f12 m2"),
        rx.el.div(
            rx.cond(
                one.parcels.length() > 0,
                rx.foreach(one.parcels, lambda text: rx.el.span(icon("truck", "xs"), text, class_name="row tight")),
                rx.el.span(t("picture_no_parcel"), class_name="m3"),
            ),
            class_name="f12 row",
        ),
        class_name=rx.cond(one.is_here, "cur", ""),
        key=one.id,
    )


def _case(one: rx.Var[CaseView]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            link(one.no, to=one.href, class_name="b f12"),
            rx.el.span(label(AftersaleStatus, one.stage), class_name="tag"),
            rx.el.span(class_name="sp"),
            rx.el.span(one.amount, class_name="num"),
            class_name="row",
        ),
        rx.el.span(label(AftersaleKind, one.kind), " · ", one.requested, " ", one.return_no, class_name="f12 m2"),
        key=one.id,
    )


def _ticket(one: rx.Var[TicketLineView]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            link(one.no, to=one.href, class_name="b f12"),
            rx.el.span(label(TicketStatus, one.status), class_name="tag"),
            rx.el.span(label(TicketKind, one.kind), " · ", one.opened, class_name="f12 m3"),
            class_name="row",
        ),
        rx.el.span(one.words, class_name="f12 m2"),
        class_name=rx.cond(one.is_here, "cur", ""),
        key=one.id,
    )


def _anomaly(one: rx.Var[AnomalyLineView]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(label(AnomalyKind, one.kind), class_name="b f12"),
            rx.cond(one.is_open, rx.el.span(icon("triangle-alert", "xs"), t("picture_still"), class_name="tag red")),
            rx.el.span(one.since, class_name="f12 m3"),
            class_name="row",
        ),
        rx.cond(one.note != "", rx.el.span(one.note, class_name="f12 m2")),
    )


def _link(one: rx.Var[LinkView]) -> rx.Component:
    said = t(
        "buyer_joined_by", one=label(Channel, one.one), other=label(Channel, one.other), reason=one.reason, by=one.by
    )
    send = rx.el.button(t("buyer_part"), type="submit", class_name="btn pri", disabled=_IS_STILL)
    form = reason_form("buyer_part_reason", send, about=one.id, on_submit=Service.part)
    part = popover(rx.el.summary(icon("x", "s"), t("buyer_part"), class_name="btn ghost"), form)
    return rx.el.div(
        icon("branch", "s"),
        rx.el.span(said, class_name="f12"),
        if_may(Permission.TICKET_CHANGE, part),
        class_name="row",
        key=one.id,
    )


def _join() -> rx.Component:
    order = rx.el.input(name="order", class_name="in", max_length=64, required=True, auto_complete="off")
    reason = rx.el.input(name="reason", class_name="in", max_length=200, required=True, auto_complete="off")
    form = rx.el.form(
        rx.el.label(t("buyer_join_order"), order, class_name="lab"),
        rx.el.label(t("buyer_join_reason"), reason, class_name="lab"),
        rx.el.input(type="hidden", name="id", value=Service.picture.order_id, read_only=True),
        rx.el.button(
            t("buyer_join"), type="submit", class_name="btn pri", disabled=_IS_STILL, custom_attrs={"data-close": ""}
        ),
        on_submit=Service.join,
        reset_on_submit=True,
    )
    return popover(rx.el.summary(icon("branch", "s"), t("buyer_join"), class_name="btn"), form, side="above")
