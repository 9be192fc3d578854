"""采购单: one purchase order from draft to the last piece; what comes of it is counted here."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.purchase_order import PurchaseStatus
from orderhub.ui.components.controls import cell, hidden, if_may, link, notice_line, table_head
from orderhub.ui.components.marks import icon, none_mark, unread, void
from orderhub.ui.pages.purchase import status_mark
from orderhub.ui.panels.frame import PURCHASES, framed
from orderhub.ui.purchase_view import CARD_PATH, PATH, PurchaseLineView, ReceiptView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.purchase_card import PurchaseCard
from orderhub.ui.text import t

_LINES = (
    ("sku", "w12"),
    ("goods_title", ""),
    ("purchase_quantity", "num w9"),
    ("purchase_counted", "num w15"),
    ("purchase_open", "num w9"),
    ("purchase_promised", "w12"),
    ("purchase_price", "num w9"),
    ("purchase_sum", "num w9"),
    ("", "w12"),
)
_COUNTED = ("good", "wrong", "missing", "defective")
_RECEIPTS = (
    ("purchase_receipt_no", ""),
    ("purchase_received_on", "w12"),
    *((f"purchase_{state}", "num w9") for state in _COUNTED),
    ("stock_by", "w15"),
)


def page() -> rx.Component:
    view = PurchaseCard.view
    body = rx.fragment(
        _facts(), _lines(), rx.cond(view.is_receivable, if_may(Permission.STOCK_ADJUST, _receive())), _receipts()
    )
    return framed(
        PURCHASES,
        rx.el.main(
            rx.el.div(
                link(icon("left", "s"), t("purchases"), to=PATH, class_name="btn ghost"),
                rx.el.h1(rx.cond(view.order_no != "", view.order_no, t("purchase"))),
                rx.cond(view.id != "", status_mark(view.status)),
                rx.el.span(class_name="sp"),
                _steps(),
                class_name="ph",
            ),
            notice_line(PurchaseCard.said, PurchaseCard.is_refusal, PurchaseCard.dismiss),
            rx.cond(PurchaseCard.asking == "cancel", _sure()),
            rx.match(
                rx.cond(PurchaseCard.has_failed, "failed", rx.cond(PurchaseCard.is_loaded, "loaded", "loading")),
                ("failed", unread(PurchaseCard.enter)),
                ("loading", rx.el.div(*[rx.el.i(class_name="sk w7") for _ in range(4)], aria_hidden="true")),
                rx.cond(view.id != "", body, void("truck", "purchase_gone")),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=CARD_PATH, title="采购单 · OrderHub", on_load=[Frame.enter, PurchaseCard.enter])


def _press(name: str, on_click, kind: str = "btn") -> rx.Component:
    return rx.el.button(t(name), type="button", class_name=kind, on_click=on_click, disabled=Frame.level == "read_only")


def _steps() -> rx.Component:
    """What may come next."""
    change, approve = Permission.PURCHASE_CHANGE, Permission.PURCHASE_APPROVE
    cancel = if_may(change, _press("purchase_cancel", PurchaseCard.ask("cancel"), "btn ghost"))
    return rx.match(
        PurchaseCard.view.status,
        (
            str(PurchaseStatus.DRAFT),
            rx.el.div(
                cancel,
                if_may(approve, _press("purchase_approve", PurchaseCard.approve, "btn pri")),
                class_name="row wrap",
            ),
        ),
        (
            str(PurchaseStatus.APPROVED),
            rx.el.div(
                cancel,
                if_may(approve, _press("purchase_send_back", PurchaseCard.send_back)),
                if_may(change, _press("purchase_place", PurchaseCard.place, "btn pri")),
                class_name="row wrap",
            ),
        ),
        (str(PurchaseStatus.ORDERED), rx.el.div(cancel, class_name="row wrap")),
        rx.fragment(),
    )


def _sure() -> rx.Component:
    return rx.el.div(
        icon("triangle-alert", "s"),
        rx.el.span(t("purchase_cancel_sure")),
        rx.el.span(class_name="sp"),
        _press("close", PurchaseCard.ask("cancel")),
        _press("purchase_cancel", PurchaseCard.cancel, "btn pri"),
        class_name="notice bad",
    )


def _facts() -> rx.Component:
    view = PurchaseCard.view
    warehouse = rx.cond(view.warehouse != "", view.warehouse, t("purchase_no_warehouse"))
    facts = [
        ("supplier", link(view.supplier, to=view.supplier_href), ""),
        ("warehouse", warehouse, rx.cond(view.is_history, t("purchase_history"), "")),
        ("purchase_sum", view.total, ""),
        ("purchase_made", view.made, view.made_by),
        ("purchase_approved", _known(view.approved), view.approved_by),
        ("purchase_ordered_on", _known(view.ordered_on), ""),
    ]
    return rx.el.div(
        *[
            rx.el.div(
                rx.el.div(t(name), class_name="f12 m2"),
                rx.el.span(value, class_name="b"),
                rx.el.div(below, class_name="f12 m2"),
                class_name="card fig low of-cost" if name == "purchase_sum" else "card fig low",
            )
            for name, value, below in facts
        ],
        class_name="figs",
    )


def _known(text: rx.Var[str]) -> rx.Component:
    return rx.cond(text != "", text, none_mark())


def _section(title: str, name: str, *body: rx.Component) -> rx.Component:
    head = rx.el.header(rx.el.h2(t(title)))
    return rx.el.section(head, *body, class_name="card", aria_label=t(title), id=name)


def _lines() -> rx.Component:
    rows = rx.el.tbody(rx.foreach(PurchaseCard.view.lines, _line))
    table = rx.el.table(table_head(*_LINES), rows, aria_label=t("purchase_lines"))
    return _section("purchase_lines", "lines", rx.el.div(table, class_name="pbox stack"))


def _line(one: rx.Var[PurchaseLineView]) -> rx.Component:
    late = rx.el.span(t("supplier_late"), class_name="tag red")
    settled = rx.cond(one.settled != "", rx.el.span("→ ", one.settled, class_name="m2 f12"))
    foreign = rx.el.span(t("purchase_no_sku"), class_name="tag")
    is_draft = PurchaseCard.view.status == str(PurchaseStatus.DRAFT)
    edit = rx.cond(is_draft, if_may(Permission.PURCHASE_CHANGE, _edit(one)))
    return rx.el.tr(
        rx.el.td(one.code, class_name="b wrapcell"),
        cell("goods_title", one.title, " ", rx.cond(one.has_sku, rx.fragment(), foreign), class_name="m2 wrapcell"),
        cell("purchase_quantity", one.quantity, class_name="num b"),
        cell("purchase_counted", _known(one.counted), class_name="num"),
        cell("purchase_open", one.open, class_name="num"),
        cell("purchase_promised", _known(one.promised), " ", settled, " ", rx.cond(one.is_late, late)),
        cell("purchase_price", _known(one.price), class_name="num"),
        cell("purchase_sum", _known(one.total), class_name="num"),
        rx.el.td(edit),
        key=one.id,
    )


def _edit(one: rx.Var[PurchaseLineView]) -> rx.Component:
    form = rx.el.form(
        rx.el.input(
            name="quantity",
            class_name="in slim",
            default_value=one.pieces,
            input_mode="numeric",
            required=True,
            auto_focus=True,
            aria_label=t("purchase_quantity"),
        ),
        rx.el.input(
            name="price",
            class_name="in slim of-cost",
            default_value=one.amount,
            input_mode="decimal",
            aria_label=t("purchase_price"),
        ),
        rx.el.input(
            type="date",
            name="promised_on",
            class_name="in",
            default_value=one.promised,
            aria_label=t("purchase_promised"),
        ),
        hidden("id", one.id),
        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=PurchaseCard.change_line,
        class_name="stockform",
    )
    button = _press("supplier_edit", PurchaseCard.ask("line " + one.id), "btn ghost")
    return rx.cond(PurchaseCard.asking == "line " + one.id, form, button)


def _receive() -> rx.Component:
    view = PurchaseCard.view
    form = rx.el.form(
        rx.foreach(view.lines, _counted),
        rx.el.label(
            t("purchase_received_on"),
            rx.el.input(type="date", name="received_on", class_name="in", default_value=view.today, max=view.today),
            class_name="lab",
        ),
        rx.el.label(
            t("purchase_receipt_no"),
            rx.el.input(
                name="receipt_no", class_name="in", default_value=view.receipt_no, max_length=64, required=True
            ),
            class_name="lab",
        ),
        rx.el.label(t("supplier_note"), rx.el.input(name="note", class_name="in", max_length=200), class_name="lab"),
        hidden("id", view.id),
        rx.el.button(t("purchase_receive"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=PurchaseCard.receive,
        class_name="fields many",
        key=view.receipt_no,
    )
    return _section("purchase_receive", "receive", rx.el.p(t("purchase_receive_hint"), class_name="m2 cardtext"), form)


def _counted(one: rx.Var[PurchaseLineView]) -> rx.Component:
    fields = [
        rx.el.label(
            t(f"purchase_{state}"),
            rx.el.input(
                name=f"{state}-" + one.id, class_name="in", max_length=9, input_mode="numeric", auto_complete="off"
            ),
            class_name="lab",
        )
        for state in _COUNTED
    ]
    name = rx.el.div(
        rx.el.span(one.code, class_name="b"), " ", rx.el.span(t("purchase_open"), " ", one.open, class_name="m2 f12")
    )
    group = rx.el.div(name, rx.el.div(*fields, class_name="row wrap"), class_name="whole", role="group", key=one.id)
    return rx.cond(one.open != "0", group)


def _receipts() -> rx.Component:
    rows = rx.el.tbody(rx.foreach(PurchaseCard.view.receipts, _receipt))
    table = rx.el.table(table_head(*_RECEIPTS), rows, aria_label=t("purchase_receipts"))
    return _section(
        "purchase_receipts",
        "receipts",
        rx.cond(
            PurchaseCard.view.receipts.length() > 0,
            rx.el.div(table, class_name="pbox stack"),
            void("package", "purchase_receipts_none"),
        ),
    )


def _receipt(one: rx.Var[ReceiptView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.number, " ", rx.el.span(one.note, class_name="m3 f12"), class_name="wrapcell"),
        cell("purchase_received_on", one.day),
        cell("purchase_good", _known(one.good), class_name="num"),
        cell("purchase_wrong", _known(one.wrong), class_name="num"),
        cell("purchase_missing", _known(one.missing), class_name="num"),
        cell("purchase_defective", _known(one.defective), class_name="num"),
        cell("stock_by", one.by, class_name="m2"),
        key=one.id,
    )
