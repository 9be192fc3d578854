"""库存: what is where, what moved it, and which codes of the shops nobody knows yet."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.stock import Cause
from orderhub.ui.components.controls import (
    cell,
    if_may,
    link,
    native_form,
    notice_line,
    page_foot,
    tab_links,
    table_head,
)
from orderhub.ui.components.marks import icon, none_mark, unread, void
from orderhub.ui.panels.frame import STOCK, framed
from orderhub.ui.panels.stock_places import places
from orderhub.ui.panels.stock_shortage import shortage_panel
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.shortage import Shortage
from orderhub.ui.state.stock import Stock
from orderhub.ui.stock_view import PATH, EntryView, LevelView, QueuedView
from orderhub.ui.text import actor_name, label, t

_LEVEL_COLUMNS = (
    ("sku", "w15"),
    ("goods_title", ""),
    ("warehouse", "w9"),
    ("on_hand", "num w9"),
    ("reserved", "num w9"),
    ("available", "num w9"),
    ("threshold", "num w9"),
    ("", "w18"),
)
_QUEUE_COLUMNS = (
    ("unmatched_code", "w18"),
    ("goods_title", ""),
    ("shop", "w15"),
    ("unmatched_orders", "num w9"),
    ("", "w30"),
)
_LEDGER_COLUMNS = (
    ("stock_at", "w15"),
    ("warehouse", "w9"),
    ("stock_cause", "w9"),
    ("stock_on_hand_change", "num w9"),
    ("stock_reserved_change", "num w9"),
    ("stock_order", "w18"),
    ("stock_reason", ""),
    ("stock_by", "w12"),
)


def page() -> rx.Component:
    return framed(
        STOCK,
        rx.el.main(
            rx.el.div(rx.el.h1(t("stock")), places(), rx.el.span(class_name="sp"), _export(), class_name="ph"),
            rx.cond(Shortage.is_open, shortage_panel(), _stock()),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="库存 · OrderHub", on_load=[Frame.enter, Stock.enter, Shortage.enter])


def _stock() -> rx.Component:
    return rx.fragment(
        notice_line(Stock.said, Stock.is_refusal, Stock.dismiss),
        rx.cond(
            Stock.has_failed, unread(Stock.enter), rx.fragment(_figures(), _ledger(), _queue(), _levels(), _forms())
        ),
    )


def _export() -> rx.Component:
    """A form, since the router takes every link for a page."""
    button = rx.el.button(icon("download", "s"), t("stock_export"), type="submit", class_name="btn")
    return native_form(button, method="get", action="/stock/export")


def _figures() -> rx.Component:
    view = Stock.view
    return rx.el.div(
        _figure("stock_skus", view.skus),
        _figure("stock_low", rx.el.span(view.low, class_name=rx.cond(view.low != "0", "amber", ""))),
        _figure("unmatched", rx.el.span(view.unmatched, class_name=rx.cond(view.unmatched != "0", "amber", ""))),
        _figure("stock_waiting", rx.el.span(view.waiting, class_name=rx.cond(view.waiting != "0", "red", ""))),
        class_name="figs",
    )


def _figure(name: str, value: rx.Var[str] | rx.Component) -> rx.Component:
    shown = rx.cond(Stock.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(rx.el.div(t(name), class_name="f12 m2"), shown, class_name="card fig low")


def _section(title: str | rx.Var[str], name: rx.Var[str], body: rx.Component, *extra: rx.Component) -> rx.Component:
    head = t(title) if isinstance(title, str) else title
    return rx.el.section(
        rx.el.header(rx.el.h2(head), rx.el.span(class_name="sp"), *extra), body, class_name="card", aria_label=name
    )


def _levels() -> rx.Component:
    view = Stock.view
    table = rx.el.table(
        table_head(*_LEVEL_COLUMNS), rx.el.tbody(rx.foreach(view.levels, _level)), aria_label=t("stock_levels")
    )
    nothing = rx.cond(Stock.is_loaded, void("boxes", "stock_none", "stock_none_hint"))
    body = rx.cond(view.levels.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing)
    return _section(
        "stock_levels",
        t("stock_levels"),
        rx.fragment(body, page_foot(Stock.view.first, Stock.view.next)),
        _find(),
        _which(),
    )


def _find() -> rx.Component:
    return native_form(
        rx.el.input(
            name="q",
            type="search",
            default_value=Stock.view.text,
            key=Stock.view.text,
            class_name="in",
            placeholder=t("stock_find"),
            aria_label=t("stock_find"),
        ),
        method="get",
        action=PATH,
        class_name="row",
    )


def _which() -> rx.Component:
    only_low = Stock.view.only_low
    return tab_links("stock_levels", ("stock_all", PATH, ~only_low), ("stock_only_low", f"{PATH}?low=1", only_low))


def _level(row: rx.Var[LevelView]) -> rx.Component:
    marks = rx.fragment(
        rx.cond(row.is_presale, rx.el.span(t("presale"), class_name="tag amber")),
        rx.cond(row.parts != "", rx.el.span(row.parts, class_name="tag", title=t("parts"))),
        rx.cond(row.floor != "", rx.el.span(t("floor_price"), " ", row.floor, class_name="tag")),
        rx.cond(row.gifts != "", rx.el.span("+ ", row.gifts, class_name="tag", title=t("gifts"))),
    )
    low = rx.el.span(icon("triangle-alert", "xs"), row.available, class_name="amber b", title=t("is_low"))
    available = rx.cond(row.is_low, low, rx.el.span(row.available, class_name="b"))
    return rx.el.tr(
        rx.el.td(link(row.code, to=row.href, class_name="b", title=t("stock_ledger"))),
        cell("goods_title", rx.el.span(row.title, " ", marks), class_name="m2 wrapcell"),
        cell("warehouse", _known(row.warehouse)),
        cell("on_hand", _known(row.on_hand), class_name="num"),
        cell("reserved", _known(row.reserved), class_name="num"),
        cell("available", rx.cond(row.available != "", available, none_mark()), class_name="num"),
        cell("threshold", _known(row.threshold), class_name="num"),
        rx.el.td(rx.cond(row.place != "", if_may(Permission.STOCK_ADJUST, _change(row))), class_name="num"),
        key=f"{row.code} {row.place}",
    )


def _known(text: rx.Var[str]) -> rx.Component:
    return rx.cond(text != "", text, none_mark())


def _change(row: rx.Var[LevelView]) -> rx.Component:
    """A button; pressed, what to change, how many and why."""
    is_locked = Frame.level == "read_only"
    form = rx.el.form(
        rx.el.select(
            *[rx.el.option(t(f"stock_{what}"), value=what) for what in ("adjust", "count", "threshold")],
            name="what",
            class_name="in slim",
            aria_label=t("stock_what"),
        ),
        rx.el.input(
            name="pieces",
            class_name="in",
            required=True,
            auto_focus=True,
            pattern="[+\\-]?[0-9]{1,10}",
            input_mode="text",
            placeholder=t("stock_number"),
            aria_label=t("stock_number"),
        ),
        rx.el.input(
            name="reason", class_name="in", max_length=200, placeholder=t("stock_reason"), aria_label=t("stock_reason")
        ),
        rx.el.input(type="hidden", name="id", value=row.place, read_only=True),
        rx.el.span(
            rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=is_locked),
            rx.el.button(t("close"), type="button", class_name="btn ghost", on_click=Stock.ask(row.place)),
            class_name="row end",
        ),
        on_submit=Stock.change,
        class_name="stockform",
    )
    button = rx.el.button(
        icon("sliders", "s"), t("stock_change"), type="button", class_name="btn ghost", on_click=Stock.ask(row.place)
    )
    return rx.cond(Stock.changing == row.place, form, button)


def _queue() -> rx.Component:
    table = rx.el.table(
        table_head(*_QUEUE_COLUMNS), rx.el.tbody(rx.foreach(Stock.view.queue, _queued)), aria_label=t("unmatched")
    )
    return rx.cond(
        Stock.view.queue.length() > 0,
        _section("unmatched", t("unmatched"), rx.el.div(table, class_name="pbox stack")),
    )


def _queued(one: rx.Var[QueuedView]) -> rx.Component:
    form = rx.el.form(
        rx.el.input(
            name="target",
            class_name="in",
            required=True,
            max_length=64,
            placeholder=t("unmatched_target"),
            aria_label=t("unmatched_target"),
        ),
        rx.el.input(type="hidden", name="id", value=one.id, read_only=True),
        rx.el.button(t("bind"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=Stock.bind,
        class_name="row",
    )
    return rx.el.tr(
        rx.el.td(one.code, class_name="b"),
        cell("goods_title", one.title, class_name="m2 wrapcell"),
        cell("shop", one.shop),
        cell("unmatched_orders", one.orders, class_name="num"),
        rx.el.td(if_may(Permission.SKU_CHANGE, form)),
        key=one.id,
    )


def _ledger() -> rx.Component:
    view = Stock.view
    table = rx.el.table(
        table_head(*_LEDGER_COLUMNS), rx.el.tbody(rx.foreach(view.changes, _entry)), aria_label=t("stock_ledger")
    )
    rows = rx.cond(
        view.changes.length() > 0, rx.el.div(table, class_name="pbox stack"), void("clock", "stock_ledger_none")
    )
    more = rx.cond(
        view.ledger_next != "",
        rx.el.div(
            link(t("next_page"), icon("right", "s"), to=view.ledger_next, class_name="btn"), class_name="cardfoot"
        ),
    )
    close = link(icon("x", "s"), t("close"), to=PATH, class_name="btn ghost")
    title = t("stock_ledger_of", sku=view.ledger_of)
    return rx.cond(view.ledger_of != "", _section(title, t("stock_ledger"), rx.fragment(rows, more), close))


def _entry(row: rx.Var[EntryView]) -> rx.Component:
    order = rx.cond(row.order_href != "", link(row.order_no, to=row.order_href, class_name="f12"), none_mark())
    return rx.el.tr(
        rx.el.td(row.at, class_name="f12"),
        cell("warehouse", row.warehouse),
        cell("stock_cause", label(Cause, row.cause)),
        cell("stock_on_hand_change", _known(row.on_hand), class_name="num"),
        cell("stock_reserved_change", _known(row.reserved), class_name="num"),
        cell("stock_order", order),
        cell("stock_reason", _known(row.reason), class_name="m2 wrapcell"),
        cell("stock_by", actor_name(row.by), class_name="m2"),
        key=row.id,
    )


def _forms() -> rx.Component:
    return rx.fragment(
        if_may(Permission.STOCK_ADJUST, _import()),
        if_may(Permission.SKU_CHANGE, rx.fragment(_sku_form(), _warehouse_form())),
    )


def _import() -> rx.Component:
    form = native_form(
        _field("stock_file", "file", type="file", accept=".csv,.xlsx", required=True),
        rx.el.button(t("stock_import"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        method="post",
        action="/stock/import",
        enc_type="multipart/form-data",
        class_name="fields across",
    )
    return _section("stock_import", t("stock_import"), form)


def _sku_form() -> rx.Component:
    form = rx.el.form(
        _field("sku", "code", required=True, max_length=64),
        _field("goods_title", "title", max_length=200),
        _field("sku_parts_hint", "parts", max_length=500),
        _field("sku_gifts_hint", "gifts", max_length=500),
        _field("sku_floor_hint", "floor", max_length=16, input_mode="decimal"),
        rx.el.label(rx.el.input(type="checkbox", name="presale"), t("presale"), class_name="row tight"),
        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=Stock.put_sku,
        reset_on_submit=True,
        class_name="fields across",
    )
    return _section("sku_put", t("sku_put"), form)


def _warehouse_form() -> rx.Component:
    form = rx.el.form(
        _field("warehouse_code", "code", required=True, max_length=32),
        _field("warehouse", "name", required=True, max_length=64),
        _field("provinces", "provinces", max_length=500),
        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=Stock.put_warehouse,
        reset_on_submit=True,
        class_name="fields across",
    )
    return _section("warehouse_put", t("warehouse_put"), form)


def _field(name: str, key: str, **options: str | int | bool) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.input(name=key, class_name="in", auto_complete="off", **options), class_name="lab"
    )
