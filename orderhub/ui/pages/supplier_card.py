"""供应商健康度评分卡: one supplier's score and what it is made of, down to the orders behind each figure."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.refund_reason import ReasonKind
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
from orderhub.ui.components.marks import icon, none_mark, unread, void
from orderhub.ui.pages.supplier import supplier_fields
from orderhub.ui.panels.frame import SUPPLIERS, framed
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.supplier_card import SupplierCard
from orderhub.ui.supplier_card_view import LineView, PartView, ReasonView, ReturnedView, SupplyView, TrendView
from orderhub.ui.supplier_view import CARD_PATH, PATH
from orderhub.ui.text import label, t

_PARTS = (
    ("supplier_part", ""),
    ("supplier_share", "num w9"),
    ("supplier_between", "num w12"),
    ("supplier_counts", "num w12"),
    ("supplier_points", "num w9"),
    ("supplier_weight", "num w9"),
)
_LINES = (
    ("purchase_no", "w15"),
    ("sku", ""),
    ("purchase_quantity", "num w9"),
    ("purchase_promised", "w9"),
    ("purchase_settled", "w12"),
    ("purchase_wrong", "num w9"),
    ("purchase_missing", "num w9"),
    ("purchase_defective", "num w9"),
    ("purchase_price", "num w9"),
)
_TREND = (
    ("supplier_quarter", "w9"),
    ("supplier_score", ""),
    ("supplier_on_time", "num w9"),
    ("supplier_lines", "num w9"),
)
_SUPPLY = (("sku", "w15"), ("goods_title", ""), ("supplier_pack", "num w9"), ("supplier_price", "num w9"), ("", "w30"))
_RETURNED = (
    ("sku", "w15"),
    ("goods_title", ""),
    ("supplier_bad_share", "num w12"),
    ("supplier_return_share", "num w12"),
)
_CHANGE = Permission.SUPPLIER_CHANGE


def page() -> rx.Component:
    view = SupplierCard.view
    body = rx.fragment(
        _score(), _behind(), _trend(), _returns(), _supply(), if_may(_CHANGE, rx.fragment(_put_supply(), _put()))
    )
    return framed(
        SUPPLIERS,
        rx.el.main(
            rx.el.div(
                link(icon("left", "s"), t("suppliers"), to=PATH, class_name="btn ghost"),
                rx.el.h1(rx.cond(view.name != "", view.name, t("supplier"))),
                rx.el.span(view.code, class_name="m3"),
                rx.el.span(class_name="sp"),
                rx.cond(view.id != "", rx.fragment(_paper(), _download())),
                class_name="ph",
            ),
            notice_line(SupplierCard.said, SupplierCard.is_refusal, SupplierCard.dismiss),
            rx.match(
                rx.cond(SupplierCard.has_failed, "failed", rx.cond(SupplierCard.is_loaded, "loaded", "loading")),
                ("failed", unread(SupplierCard.enter)),
                ("loading", rx.el.div(*[rx.el.i(class_name="sk w7") for _ in range(4)], aria_hidden="true")),
                rx.cond(view.id != "", body, void("store", "supplier_gone")),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=CARD_PATH, title="供应商评分卡 · OrderHub", on_load=[Frame.enter, SupplierCard.enter])


def _asked() -> list[rx.Component]:
    view = SupplierCard.view
    return [hidden("supplier", view.id), hidden("quarter", view.quarter), hidden("part", view.part)]


def _paper() -> rx.Component:
    button = rx.el.button(icon("printer", "s"), t("supplier_pdf"), type="submit", class_name="btn")
    return native_form(*_asked(), button, method="get", action="/suppliers/card.pdf", class_name="of-cost")


def _download() -> rx.Component:
    return download_form("/suppliers/download", "lines", "supplier_download_lines", *_asked())


def _section(title: str, name: str, *body: rx.Component, extra: rx.Component | None = None) -> rx.Component:
    head = rx.el.header(rx.el.h2(t(title)), rx.el.span(class_name="sp"), extra or rx.fragment(), class_name="row wrap")
    return rx.el.section(head, *body, class_name="card", aria_label=t(title), id=name)


def _score() -> rx.Component:
    view = SupplierCard.view
    few = rx.el.p(icon("triangle-alert", "s"), t("supplier_few_hint"), class_name="row amber")
    table = rx.el.table(table_head(*_PARTS), rx.el.tbody(rx.foreach(view.parts, _part)), aria_label=t("supplier_card"))
    score = rx.el.strong(rx.cond(view.score != "", view.score, "—"), class_name="b of-cost")
    return _section(
        "supplier_card",
        "card",
        rx.el.div(
            rx.el.p(t("supplier_card_hint"), class_name="m2"),
            rx.cond(view.is_few, few),
            rx.el.div(_lead(), _contact(), class_name="row wrap"),
            class_name="cardtext",
        ),
        rx.el.div(table, class_name="pbox stack"),
        extra=rx.el.span(view.quarter, " · ", t("supplier_score"), " ", score),
    )


def _lead() -> rx.Component:
    view = SupplierCard.view
    real = t("supplier_lead_n", days=view.lead_mean, spread=view.lead_spread, n=view.lead_arrivals)
    agreed = rx.cond(view.lead_days != "0", t("supplier_lead_agreed", n=view.lead_days), "")
    return rx.el.span(
        t("supplier_lead"),
        " ",
        rx.cond(view.lead_arrivals != "", real, t("supplier_lead_few")),
        " ",
        rx.el.span(agreed, class_name="m2"),
    )


def _contact() -> rx.Component:
    view = SupplierCard.view
    show = rx.el.button(
        icon("eye", "s"),
        t("supplier_contact_show"),
        type="button",
        class_name="btn ghost",
        on_click=SupplierCard.show_contact,
        disabled=Frame.level == "read_only",
    )
    shown = rx.cond(SupplierCard.contact != "", SupplierCard.contact, view.contact)
    return rx.cond(
        view.contact != "",
        rx.el.span(t("supplier_contact"), " ", shown, " ", if_may(_CHANGE, show), class_name="row tight"),
    )


def _part(one: rx.Var[PartView]) -> rx.Component:
    few = rx.el.span(t("supplier_few"), class_name="tag amber", title=t("supplier_few_hint"))
    silent = rx.el.span(t("supplier_silent"), class_name="m3 f12")
    name = "supplier_share"
    return rx.el.tr(
        rx.el.td(
            link(label(Part, one.part), to=one.href, class_name="b"),
            " ",
            rx.cond(one.is_few, few),
            rx.cond(one.is_silent, silent),
            class_name="wrapcell",
        ),
        cell(name, rx.cond(one.share != "", one.share, none_mark()), class_name="num"),
        cell("supplier_between", rx.cond(one.between != "", one.between, none_mark()), class_name="num m2"),
        cell("supplier_counts", link(one.counts, to=one.href), class_name="num"),
        cell("supplier_points", rx.cond(one.points != "", one.points, none_mark()), class_name="num b"),
        cell("supplier_weight", one.weight, class_name="num m2"),
        class_name=rx.cond(one.is_on, "cur", ""),
        key=one.part,
    )


def _behind() -> rx.Component:
    view = SupplierCard.view
    table = rx.el.table(
        table_head(*_LINES), rx.el.tbody(rx.foreach(view.lines, _line)), aria_label=t("supplier_behind")
    )
    only = rx.cond(
        view.part != "",
        link(label(Part, view.part), icon("x", "xs"), to=view.all_href, class_name="chip on"),
        rx.el.span(t("supplier_behind_all"), class_name="m2"),
    )
    return _section(
        "supplier_behind",
        "behind",
        rx.cond(
            view.lines.length() > 0,
            rx.el.div(table, class_name="pbox stack"),
            void("circle-check", "supplier_behind_none"),
        ),
        extra=only,
    )


def _line(one: rx.Var[LineView]) -> rx.Component:
    late = rx.el.span(t("supplier_late"), class_name="tag red")
    return rx.el.tr(
        rx.el.td(link(one.order_no, to=one.href, class_name="b"), class_name="wrapcell"),
        cell("sku", one.code, class_name="wrapcell"),
        cell("purchase_quantity", one.quantity, class_name="num"),
        cell("purchase_promised", _known(one.promised)),
        cell("purchase_settled", _known(one.settled), " ", rx.cond(one.is_late, late)),
        cell("purchase_wrong", _known(one.wrong), class_name="num"),
        cell("purchase_missing", _known(one.missing), class_name="num"),
        cell("purchase_defective", _known(one.defective), class_name="num"),
        cell("purchase_price", _known(one.price), class_name="num"),
        key=one.id,
    )


def _known(text: rx.Var[str]) -> rx.Component:
    return rx.cond(text != "", text, none_mark())


def _trend() -> rx.Component:
    rows = rx.el.tbody(rx.foreach(SupplierCard.view.trend, _quarter))
    table = rx.el.table(table_head(*_TREND), rows, aria_label=t("supplier_trend"))
    return _section("supplier_trend", "trend", rx.el.div(table, class_name="pbox stack"))


def _quarter(one: rx.Var[TrendView]) -> rx.Component:
    """A bar beside its number: the number says all of it."""
    bar = rx.el.i(
        style={
            "display": "inline-block",
            "height": "8px",
            "maxWidth": "60%",
            "width": one.width,
            "background": "var(--accent)",
        }
    )
    few = rx.el.span(t("supplier_few"), class_name="tag amber")
    return rx.el.tr(
        rx.el.td(link(one.quarter, to=one.href, class_name="b")),
        cell("supplier_score", _known(one.score), " ", bar, " ", rx.cond(one.is_few, few)),
        cell("supplier_on_time", _known(one.on_time), class_name="num"),
        cell("supplier_lines", one.lines, class_name="num"),
        key=one.quarter,
    )


def _returns() -> rx.Component:
    view = SupplierCard.view
    related = rx.cond(
        view.correlation != "",
        t("supplier_correlation", r=view.correlation, n=view.pairs),
        t("supplier_correlation_none", n=view.pairs),
    )
    table = rx.el.table(
        table_head(*_RETURNED), rx.el.tbody(rx.foreach(view.returned, _returned)), aria_label=t("supplier_returns")
    )
    return _section(
        "supplier_returns",
        "returns",
        rx.el.div(
            rx.el.p(t("supplier_returns_hint"), " ", related, class_name="m2"),
            rx.cond(
                view.reasons.length() > 0,
                rx.el.div(rx.foreach(view.reasons, _reason), class_name="row wrap"),
                rx.el.p(t("supplier_returns_none")),
            ),
            class_name="cardtext",
        ),
        rx.cond(view.returned.length() > 0, rx.el.div(table, class_name="pbox stack")),
    )


def _reason(one: rx.Var[ReasonView]) -> rx.Component:
    return rx.el.span(label(ReasonKind, one.reason), " ", one.pieces, class_name="tag", key=one.reason)


def _returned(one: rx.Var[ReturnedView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.code, class_name="b"),
        cell("goods_title", one.title, class_name="m2 wrapcell"),
        cell("supplier_bad_share", one.bad, class_name="num"),
        cell("supplier_return_share", one.returned, class_name="num"),
        key=one.code,
    )


def _supply() -> rx.Component:
    view = SupplierCard.view
    table = rx.el.table(
        table_head(*_SUPPLY), rx.el.tbody(rx.foreach(view.supply, _sold)), aria_label=t("supplier_supply")
    )
    return _section(
        "supplier_supply",
        "supply",
        rx.cond(
            view.supply.length() > 0,
            rx.el.div(table, class_name="pbox stack"),
            void("boxes", "supplier_supply_none", "supplier_supply_hint"),
        ),
    )


def _sold(one: rx.Var[SupplyView]) -> rx.Component:
    locked = Frame.level == "read_only"
    prefer = rx.el.button(
        t("supplier_prefer"),
        type="button",
        class_name="btn ghost",
        on_click=SupplierCard.prefer(one.code),
        disabled=locked,
    )
    end = rx.el.button(
        t("supplier_supply_end"),
        type="button",
        class_name="btn ghost",
        on_click=SupplierCard.end_supply(one.sku_id),
        disabled=locked,
    )
    preferred = rx.el.span(t("supplier_preferred"), class_name="tag")
    return rx.el.tr(
        rx.el.td(one.code, class_name="b"),
        cell("goods_title", one.title, " ", rx.cond(one.is_preferred, preferred), class_name="m2 wrapcell"),
        cell("supplier_pack", one.pack, class_name="num"),
        cell("supplier_price", _known(one.price), class_name="num"),
        rx.el.td(
            if_may(_CHANGE, rx.el.div(rx.cond(one.is_preferred, rx.fragment(), prefer), end, class_name="row wrap"))
        ),
        key=one.sku_id,
    )


def _put_supply() -> rx.Component:
    form = rx.el.form(
        _field("sku", "code", required=True, max_length=64),
        _field("supplier_pack", "pack", max_length=7, input_mode="numeric"),
        _field("supplier_price", "price", max_length=14, input_mode="decimal"),
        rx.el.label(rx.el.input(type="checkbox", name="preferred"), t("supplier_preferred"), class_name="row tight"),
        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=SupplierCard.put_supply,
        reset_on_submit=True,
        class_name="fields many",
    )
    return _section("supplier_supply_put", "put-supply", form)


def _put() -> rx.Component:
    form = rx.el.form(
        *supplier_fields(),
        rx.el.label(
            t("supplier_active"),
            rx.el.select(
                rx.el.option(t("supplier_active"), value="yes"),
                rx.el.option(t("supplier_inactive"), value="no"),
                name="active",
                class_name="in",
                default_value=rx.cond(SupplierCard.view.is_active, "yes", "no"),
                key=SupplierCard.view.is_active.to_string(),
            ),
            class_name="lab",
        ),
        rx.el.button(t("save"), type="submit", class_name="btn", disabled=Frame.level == "read_only"),
        on_submit=SupplierCard.put,
        class_name="fields many",
    )
    return _section("supplier_edit", "edit", form)


def _field(name: str, key: str, **options) -> rx.Component:
    return rx.el.label(t(name), rx.el.input(name=key, class_name="in", **options), class_name="lab")
