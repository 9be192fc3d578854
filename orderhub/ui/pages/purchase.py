"""采购: every purchase order by how far it is, and a new one."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.purchase_order import PurchaseStatus
from orderhub.ui.components.controls import (
    cell,
    download_form,
    hidden,
    if_may,
    link,
    native_form,
    notice_line,
    page_foot,
    table_head,
)
from orderhub.ui.components.marks import icon, none_mark, unread, void
from orderhub.ui.panels.frame import PURCHASES, framed
from orderhub.ui.purchase_view import PATH, NamedView, PurchaseView, StatusView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.purchase import Purchases
from orderhub.ui.text import label, t

_COLUMNS = (
    ("purchase_no", "w15"),
    ("supplier", ""),
    ("warehouse", "w9"),
    ("purchase_status", "w9"),
    ("purchase_pieces", "num w12"),
    ("purchase_promised", "w12"),
    ("purchase_sum", "num w12"),
    ("purchase_made", "w15"),
)


def page() -> rx.Component:
    asked = (hidden("status", Purchases.view.status), hidden("q", Purchases.view.text))
    return framed(
        PURCHASES,
        rx.el.main(
            rx.el.div(
                rx.el.h1(t("purchases")),
                rx.el.span(class_name="sp"),
                download_form("/purchases/download", "lines", "purchase_download", *asked),
                class_name="ph",
            ),
            notice_line(Purchases.said, Purchases.is_refusal, Purchases.dismiss),
            rx.cond(
                Purchases.has_failed,
                unread(Purchases.enter),
                rx.fragment(_list(), rx.cond(Purchases.is_loaded, if_may(Permission.PURCHASE_CHANGE, _draft()))),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="采购 · OrderHub", on_load=[Frame.enter, Purchases.enter])


def _list() -> rx.Component:
    view = Purchases.view
    find = native_form(
        rx.el.input(
            name="q",
            type="search",
            default_value=view.text,
            key=view.text,
            class_name="in",
            placeholder=t("purchase_find"),
            aria_label=t("purchase_find"),
        ),
        hidden("status", view.status),
        method="get",
        action=PATH,
        class_name="row",
    )
    table = rx.el.table(
        table_head(*_COLUMNS), rx.el.tbody(rx.foreach(view.purchases, _purchase)), aria_label=t("purchases")
    )
    every = link(t("purchase_all"), to=PATH, class_name=rx.cond(view.status == "", "chip on", "chip"))
    return rx.el.section(
        rx.el.header(rx.el.h2(t("purchases")), rx.el.span(class_name="sp"), find, class_name="row wrap"),
        rx.el.nav(
            every, rx.foreach(view.statuses, _status), class_name="chips cardtext", aria_label=t("purchase_status")
        ),
        rx.cond(
            view.purchases.length() > 0,
            rx.el.div(table, class_name="pbox stack"),
            rx.cond(Purchases.is_loaded, void("truck", "purchases_none", "purchases_none_hint"), _skeleton()),
        ),
        page_foot(view.first, view.next),
        class_name="card",
        aria_label=t("purchases"),
        id="purchases",
    )


def _skeleton() -> rx.Component:
    return rx.el.div(*[rx.el.i(class_name="sk w7") for _ in range(4)], class_name="cardtext", aria_hidden="true")


def _status(one: rx.Var[StatusView]) -> rx.Component:
    return link(
        label(PurchaseStatus, one.status),
        rx.el.span(one.count, class_name="b"),
        to=one.href,
        class_name=rx.cond(one.is_on, "chip on", "chip"),
        custom_attrs={"aria-current": rx.cond(one.is_on, "page", "false")},
        key=one.status,
    )


def _purchase(row: rx.Var[PurchaseView]) -> rx.Component:
    late = rx.el.span(
        icon("triangle-alert", "xs"), row.promised, class_name="row tight red b", title=t("supplier_late")
    )
    promised = rx.cond(row.promised != "", rx.cond(row.is_late, late, row.promised), none_mark())
    return rx.el.tr(
        rx.el.td(
            link(row.order_no, to=row.href, class_name="b"),
            rx.cond(row.is_history, rx.el.span(" ", t("purchase_history"), class_name="m3 f12")),
            class_name="wrapcell",
        ),
        cell("supplier", link(row.supplier, to=row.supplier_href), class_name="wrapcell"),
        cell("warehouse", rx.cond(row.warehouse != "", row.warehouse, none_mark())),
        cell("purchase_status", status_mark(row.status)),
        cell("purchase_pieces", row.pieces, class_name="num"),
        cell("purchase_promised", promised),
        cell("purchase_sum", row.total, class_name="num"),
        cell("purchase_made", row.made, " ", rx.el.span(row.by, class_name="m3 f12")),
        key=row.id,
    )


def status_mark(status: rx.Var[str]) -> rx.Component:
    kind = rx.match(
        status,
        (str(PurchaseStatus.DRAFT), "tag amber"),
        (str(PurchaseStatus.RECEIVED), "tag green"),
        "tag",
    )
    return rx.el.span(label(PurchaseStatus, status), class_name=kind.to(str))


def _draft() -> rx.Component:
    view = Purchases.view
    lines = rx.el.textarea(
        name="lines", class_name="in", rows="4", required=True, max_length=9000, placeholder="BOX-40L 240 12.50"
    )
    form = rx.el.form(
        _choice("supplier", "supplier", rx.foreach(view.suppliers, _option)),
        _choice(
            "warehouse",
            "warehouse",
            rx.foreach(view.warehouses, _option),
            rx.el.option(t("purchase_no_warehouse"), value=""),
        ),
        rx.el.label(
            t("purchase_promised"), rx.el.input(type="date", name="promised_on", class_name="in"), class_name="lab"
        ),
        rx.el.label(t("purchase_no"), rx.el.input(name="order_no", class_name="in", max_length=64), class_name="lab"),
        rx.el.label(t("supplier_note"), rx.el.input(name="note", class_name="in", max_length=200), class_name="lab"),
        rx.el.label(t("purchase_lines_hint"), lines, class_name="lab whole"),
        rx.el.button(t("purchase_draft"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=Purchases.draft,
        class_name="fields many",
    )
    head = rx.el.header(rx.el.h2(t("purchase_new")))
    return rx.el.section(head, form, class_name="card", aria_label=t("purchase_new"), id="new")


def _choice(name: str, key: str, *options: rx.Component) -> rx.Component:
    return rx.el.label(t(name), rx.el.select(*options, name=key, class_name="in"), class_name="lab")


def _option(one: rx.Var[NamedView]) -> rx.Component:
    return rx.el.option(one.name, value=one.word, key=one.word)
