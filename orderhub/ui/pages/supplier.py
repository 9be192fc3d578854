"""供应商: who sells to us and how well, the best first; their files come in here, and the weights are set."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.supply_drafts import Noted
from orderhub.insights.scorecard import Part
from orderhub.ui.components.controls import (
    cell,
    download_form,
    hidden,
    if_may,
    link,
    native_form,
    notice_line,
    table_head,
)
from orderhub.ui.components.incoming import drop_card, look_card, refused_rows, take_button
from orderhub.ui.components.marks import icon, none_mark, unread, void
from orderhub.ui.messages import MESSAGES
from orderhub.ui.panels.frame import SUPPLIERS, framed
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.supplier import Suppliers
from orderhub.ui.supplier_view import PATH, ChoiceView, NoteView, SupplierView, TermView
from orderhub.ui.text import label, looked_up, t

_COLUMNS = (
    ("supplier_name", ""),
    ("supplier_score", "num w9"),
    ("supplier_before", "num w9"),
    ("supplier_lines", "num w9"),
    ("supplier_on_time", "num w9"),
    ("supplier_complete", "num w9"),
    ("supplier_sound", "num w9"),
    ("supplier_price_part", "num w9"),
    ("supplier_open", "num w9"),
)
_KINDS = ".csv,.tsv,.txt,.xlsx,.xls,.gz"
_COUNTS = ("suppliers", "supplier_supply", "purchases", "supplier_fresh", "supplier_lines", "supplier_arrivals")


def page() -> rx.Component:
    asked = hidden("quarter", Suppliers.view.quarter)
    return framed(
        SUPPLIERS,
        rx.el.main(
            rx.el.div(
                rx.el.h1(t("suppliers")),
                rx.el.span(class_name="sp"),
                download_form("/suppliers/download", "cards", "supplier_download", asked),
                class_name="ph",
            ),
            notice_line(Suppliers.said, Suppliers.is_refusal, Suppliers.dismiss),
            if_may(Permission.PURCHASE_CHANGE, rx.cond(Suppliers.preview.mark != "", _preview())),
            rx.cond(
                Suppliers.has_failed,
                unread(Suppliers.enter),
                rx.fragment(
                    _list(),
                    if_may(Permission.PURCHASE_CHANGE, _upload()),
                    if_may(Permission.SUPPLIER_CHANGE, rx.fragment(_put(), _weights())),
                ),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="供应商 · OrderHub", on_load=[Frame.enter, Suppliers.enter])


def _list() -> rx.Component:
    view = Suppliers.view
    find = native_form(
        rx.el.input(
            name="q",
            type="search",
            default_value=view.text,
            key=view.text,
            class_name="in",
            placeholder=t("supplier_find"),
            aria_label=t("supplier_find"),
        ),
        hidden("quarter", view.quarter),
        method="get",
        action=PATH,
        class_name="row",
    )
    table = rx.el.table(
        table_head(*_COLUMNS), rx.el.tbody(rx.foreach(view.suppliers, _supplier)), aria_label=t("suppliers")
    )
    nothing = rx.cond(
        view.text != "",
        void("search", "suppliers_not_found"),
        void("store", "suppliers_none", "suppliers_none_hint"),
    )
    return rx.el.section(
        rx.el.header(rx.el.h2(t("supplier_card")), rx.el.span(class_name="sp"), find, class_name="row wrap"),
        rx.el.nav(rx.foreach(view.quarters, _quarter), class_name="chips cardtext", aria_label=t("supplier_quarter")),
        rx.cond(
            view.suppliers.length() > 0,
            rx.el.div(table, class_name="pbox stack"),
            rx.cond(Suppliers.is_loaded, nothing, _skeleton()),
        ),
        class_name="card",
        aria_label=t("supplier_card"),
        id="suppliers",
    )


def _skeleton() -> rx.Component:
    return rx.el.div(*[rx.el.i(class_name="sk w7") for _ in range(4)], class_name="cardtext", aria_hidden="true")


def _quarter(one: rx.Var[ChoiceView]) -> rx.Component:
    return link(
        one.word,
        to=one.href,
        class_name=rx.cond(one.is_on, "chip on", "chip"),
        custom_attrs={"aria-current": rx.cond(one.is_on, "page", "false")},
        key=one.word,
    )


def _supplier(row: rx.Var[SupplierView]) -> rx.Component:
    trend = rx.match(
        row.trend,
        ("up", rx.el.span(icon("aup", "xs"), class_name="row tight green")),
        ("down", rx.el.span(icon("adown", "xs"), class_name="row tight red")),
        rx.fragment(),
    )
    few = rx.el.span(t("supplier_few"), class_name="tag amber", title=t("supplier_few_hint"))
    off = rx.el.span(t("supplier_inactive"), class_name="tag")
    return rx.el.tr(
        rx.el.td(
            link(row.name, to=row.href, class_name="b"),
            " ",
            rx.el.span(row.code, class_name="m3 f12"),
            " ",
            rx.cond(row.is_few, few),
            rx.cond(row.is_active, rx.fragment(), off),
            class_name="wrapcell",
        ),
        cell(
            "supplier_score",
            rx.el.span(trend, rx.cond(row.score != "", row.score, none_mark()), class_name="row tight end"),
            class_name="num b",
        ),
        cell("supplier_before", _known(row.before), class_name="num m2"),
        cell("supplier_lines", row.lines, class_name="num"),
        cell("supplier_on_time", _known(row.on_time), class_name="num"),
        cell("supplier_complete", _known(row.complete), class_name="num"),
        cell("supplier_sound", _known(row.sound), class_name="num"),
        cell("supplier_price_part", _known(row.price), class_name="num"),
        cell("supplier_open", row.open, class_name="num"),
        key=row.id,
    )


def _known(text: rx.Var[str]) -> rx.Component:
    return rx.cond(text != "", text, none_mark())


def _upload() -> rx.Component:
    action, look = "/suppliers/file", "supplier_look"
    return drop_card("supplier_upload", "supplier_kinds", accept=_KINDS, action=action, look=look)


def _preview() -> rx.Component:
    view = Suppliers.preview
    past = take_button("supplier_take_past", Suppliers.take_past)
    now = if_may(Permission.PURCHASE_APPROVE, take_button("supplier_take", Suppliers.take, kind="btn"))
    return look_card(
        "supplier_preview",
        view,
        _weighed(),
        rx.cond(view.is_past, rx.fragment(), now),
        past,
        refused=[refused_rows(view.rows)],
        give_up=Suppliers.give_up,
    )


def _weighed() -> rx.Component:
    view = Suppliers.preview
    return rx.el.div(
        rx.el.div(rx.foreach(view.counts, _count), class_name="figs"),
        rx.cond(view.unmatched != "", rx.el.p(t("supplier_unmatched", n=view.unmatched), class_name="m2")),
        rx.el.ul(rx.foreach(view.notes, _note), class_name="f12"),
        class_name="cardtext",
    )


def _count(one: rx.Var[TermView]) -> rx.Component:
    names = {name: MESSAGES[name] for name in (*_COUNTS, "supplier_shelved")}
    return rx.el.div(
        rx.el.div(looked_up(names, one.name), class_name="f12 m2"),
        rx.el.span(one.value, class_name="b"),
        class_name="low",
        key=one.name,
    )


def _note(one: rx.Var[NoteView]) -> rx.Component:
    said = t("supplier_note_n", rows=one.rows, field=one.field, word=one.word, done=label(Noted, one.done))
    return rx.el.li(said)


def _put() -> rx.Component:
    form = rx.el.form(
        _field("supplier_code", "code", required=True, max_length=64),
        *supplier_fields(),
        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=Suppliers.put,
        reset_on_submit=True,
        class_name="fields many",
    )
    head = rx.el.header(rx.el.h2(t("supplier_put")))
    return rx.el.section(head, form, class_name="card", aria_label=t("supplier_put"), id="put")


def supplier_fields() -> list[rx.Component]:
    """What of a supplier is typed, besides its code."""
    return [
        _field("supplier_name", "name", max_length=200),
        _field("supplier_contact_keep", "contact", max_length=200, auto_complete="off"),
        _field("supplier_lead_days", "lead_days", max_length=3, input_mode="numeric"),
        _field("supplier_currency", "currency", max_length=3, placeholder="CNY"),
        _field("supplier_note", "note", max_length=200),
    ]


def _weights() -> rx.Component:
    form = rx.el.form(
        rx.foreach(Suppliers.view.terms, _term),
        rx.el.button(t("save"), type="submit", class_name="btn", disabled=Frame.level == "read_only"),
        on_submit=Suppliers.set_terms,
        class_name="fields many",
    )
    return rx.el.section(
        rx.el.header(rx.el.h2(t("supplier_weights"))),
        rx.el.p(t("supplier_weights_hint"), class_name="m2 cardtext"),
        form,
        class_name="card",
        aria_label=t("supplier_weights"),
        id="weights",
    )


def _term(one: rx.Var[TermView]) -> rx.Component:
    names = {f"weight_{part}": MESSAGES[f"supplier_weight_{part}"] for part in Part}
    names |= {f"limit_{part}": MESSAGES[f"supplier_limit_{part}"] for part in Part if part is not Part.ON_TIME}
    return rx.el.label(
        looked_up(names, one.name),
        rx.el.input(
            name=one.name, class_name="in", default_value=one.value, max_length=5, input_mode="decimal", required=True
        ),
        class_name="lab",
        key=one.name + one.value,
    )


def _field(name: str, key: str, **options) -> rx.Component:
    return rx.el.label(t(name), rx.el.input(name=key, class_name="in", **options), class_name="lab")
