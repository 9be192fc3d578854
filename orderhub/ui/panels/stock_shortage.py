"""缺货: what is short, whom it keeps waiting, what comes when, and what becomes of the orders."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.order import OrderStatus
from orderhub.domain.shortage_choice import Choice
from orderhub.ui.components.choices import choice_fields
from orderhub.ui.components.controls import cell, if_may, link, may, notice_line, table_head
from orderhub.ui.components.marks import due_mark, icon, none_mark, unread, void
from orderhub.ui.shortage_view import PATH, RestockView, ShortLineView, ShortOrderView, ShortSkuView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.shortage import Shortage
from orderhub.ui.text import label, t

_QUEUE_COLUMNS = (
    ("sku", "w15"),
    ("goods_title", ""),
    ("shortage_orders", "num w9"),
    ("shortage_pieces", "num w9"),
    ("shortage_risk", "num w12"),
    ("shortage_ship_by", "w12"),
    ("shortage_expected", "w18"),
    ("", "w9"),
)
_ORDER_COLUMNS = (
    ("stock_order", "w30"),
    ("status", "w9"),
    ("shortage_pieces", "num w9"),
    ("shortage_risk", "num w12"),
    ("ship_by", "w12"),
    ("shortage_lines", ""),
)
_RESTOCK_COLUMNS = (
    ("shortage_expected", "w9"),
    ("warehouse", "w12"),
    ("restock_pieces", "num w9"),
    ("shortage_note", ""),
    ("stock_by", "w12"),
    ("", "w30"),
)


def shortage_panel() -> rx.Component:
    return rx.fragment(
        notice_line(Shortage.said, Shortage.is_refusal, Shortage.dismiss),
        rx.cond(
            Shortage.has_failed,
            unread(Shortage.enter),
            rx.fragment(rx.cond(Shortage.view.sku_id != "", rx.fragment(_orders(), _restocks())), _queue()),
        ),
    )


def line_text(line: rx.Var[ShortLineView]) -> rx.Component:
    """A line with what was decided about it."""
    decided = rx.el.span(
        label(Choice, line.choice),
        rx.cond(line.instead != "", rx.el.span(" → ", line.instead)),
        class_name="tag",
        title=rx.cond(line.by != "", t("shortage_by", by=line.by), ""),
    )
    return rx.el.span(
        rx.cond(line.skus != "", rx.el.b(line.skus), rx.el.span(line.title)),
        rx.el.span(" ×", line.quantity, class_name="m2"),
        decided,
        rx.cond(line.note != "", rx.el.span(line.note, class_name="m3 f12")),
        class_name="row tight",
    )


def _section(title: rx.Var[str], body: rx.Component, *extra: rx.Component) -> rx.Component:
    head = rx.el.header(rx.el.h2(title), rx.el.span(class_name="sp"), *extra)
    return rx.el.section(head, body, class_name="card", aria_label=title)


def _queue() -> rx.Component:
    rows = Shortage.view.queue
    table = rx.el.table(
        table_head(*_QUEUE_COLUMNS), rx.el.tbody(rx.foreach(rows, _sku)), aria_label=t("shortage_queue")
    )
    nothing = rx.cond(Shortage.is_loaded, void("circle-check", "shortage_none", "shortage_none_hint"))
    shown = rx.cond(rows.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing)
    return _section(t("shortage_queue"), shown)


def _sku(row: rx.Var[ShortSkuView]) -> rx.Component:
    coming = rx.el.span(
        rx.el.b(row.expected),
        rx.el.span(t("shortage_serves", pieces=row.coming, orders=row.served), class_name="m2 f12"),
        class_name="row tight",
    )
    return rx.el.tr(
        rx.el.td(link(row.code, to=row.href, class_name="b")),
        cell("goods_title", row.title, class_name="m2 wrapcell"),
        cell("shortage_orders", row.orders, class_name="num"),
        cell("shortage_pieces", row.pieces, class_name="num"),
        cell("shortage_risk", row.risk, class_name="num"),
        cell("shortage_ship_by", _due(row.ship_by, row.ship_by_exact)),
        cell("shortage_expected", rx.cond(row.expected != "", coming, none_mark()), class_name="wrapcell"),
        rx.el.td(link(t("shortage_open"), to=row.href, class_name="btn"), class_name="num"),
        key=row.id,
    )


def _due(moment: rx.Var[str], exact: rx.Var[str]) -> rx.Component:
    return rx.cond(moment != "", due_mark(moment, exact), none_mark())


def _orders() -> rx.Component:
    view = Shortage.view
    table = rx.el.table(
        table_head(*_ORDER_COLUMNS), rx.el.tbody(rx.foreach(view.orders, _order)), aria_label=t("shortage_orders")
    )
    form = rx.el.form(
        rx.el.input(type="hidden", name="sku", value=view.sku_id, read_only=True),
        rx.el.div(table, class_name="pbox stack"),
        if_may(Permission.SHORTAGE_DECIDE, choice_fields()),
        on_submit=Shortage.decide,
    )
    shown = rx.cond(view.orders.length() > 0, form, void("circle-check", "shortage_none"))
    close = link(icon("x", "s"), t("close"), to=PATH, class_name="btn ghost")
    return _section(t("shortage_of", sku=view.sku_code), shown, close)


def _order(row: rx.Var[ShortOrderView]) -> rx.Component:
    tick = rx.el.input(
        type="checkbox",
        name=f"order-{row.id}",
        aria_label=t("shortage_select", no=row.no),
        disabled=~may(Permission.SHORTAGE_DECIDE),
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(tick, link(row.no, to=row.href, class_name="f12"), class_name="row tight")),
        cell("status", label(OrderStatus, row.status)),
        cell("shortage_pieces", row.pieces, class_name="num"),
        cell("shortage_risk", row.risk, class_name="num"),
        cell("ship_by", _due(row.ship_by, row.ship_by_exact)),
        cell("shortage_lines", rx.foreach(row.lines, line_text), class_name="wrapcell"),
        key=row.id,
    )


def _restocks() -> rx.Component:
    rows = Shortage.view.restocks
    table = rx.el.table(table_head(*_RESTOCK_COLUMNS), rx.el.tbody(rx.foreach(rows, _restock)), aria_label=t("restock"))
    shown = rx.cond(rows.length() > 0, rx.el.div(table, class_name="pbox stack"), void("truck", "restock_none"))
    return _section(t("restock"), rx.fragment(shown, if_may(Permission.STOCK_ADJUST, _plan_form())))


def _restock(row: rx.Var[RestockView]) -> rx.Component:
    is_locked = Frame.level == "read_only"
    form = rx.el.form(
        rx.el.input(
            name="pieces",
            class_name="in slim",
            required=True,
            pattern="[0-9]{1,9}",
            input_mode="numeric",
            default_value=row.pieces,
            aria_label=t("restock_pieces"),
        ),
        rx.el.input(type="hidden", name="id", value=row.id, read_only=True),
        rx.el.button(t("restock_arrive"), type="submit", class_name="btn pri", disabled=is_locked),
        rx.el.button(
            t("restock_call_off"),
            type="button",
            class_name="btn ghost",
            on_click=Shortage.call_off(row.id),
            disabled=is_locked,
        ),
        on_submit=Shortage.arrive,
        class_name="row end",
    )
    return rx.el.tr(
        rx.el.td(row.expected),
        cell("warehouse", row.warehouse),
        cell("restock_pieces", row.pieces, class_name="num"),
        cell("shortage_note", rx.cond(row.note != "", row.note, none_mark()), class_name="m2 wrapcell"),
        cell("stock_by", row.by, class_name="m2"),
        rx.el.td(if_may(Permission.STOCK_ADJUST, form), class_name="num"),
        key=row.id,
    )


def _plan_form() -> rx.Component:
    view = Shortage.view
    warehouses = rx.el.select(
        rx.foreach(view.warehouses, lambda name: rx.el.option(name, value=name)), name="warehouse", class_name="in"
    )
    return rx.el.form(
        rx.el.input(type="hidden", name="sku", value=view.sku_id, read_only=True),
        rx.el.label(t("warehouse"), warehouses, class_name="lab"),
        _field("restock_pieces", "pieces", required=True, pattern="[0-9]{1,9}", input_mode="numeric"),
        _field("restock_date", "date", type="date", required=True),
        _field("shortage_note", "note", max_length=200),
        rx.el.button(t("restock_plan"), type="submit", class_name="btn", disabled=Frame.level == "read_only"),
        on_submit=Shortage.plan,
        reset_on_submit=True,
        class_name="fields across",
    )


def _field(name: str, key: str, **options: str | int | bool) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.input(name=key, class_name="in", auto_complete="off", **options), class_name="lab"
    )
