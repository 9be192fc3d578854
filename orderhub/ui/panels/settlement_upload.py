"""A statement on its way in: chosen, looked at, taken; and the fee rates it is measured by."""

import reflex as rx

from orderhub.domain.settlement import DifferenceCause, StatementSource
from orderhub.ui.components.incoming import drop_card, figures_row, look_card, take_button
from orderhub.ui.components.marks import icon
from orderhub.ui.import_view import ShopChoice
from orderhub.ui.settlement_view import CountView, RateView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.settlement import Settlement
from orderhub.ui.text import label, t

_KINDS = ".csv,.tsv,.txt,.xlsx,.xls,.gz"


def upload() -> rx.Component:
    shops = rx.el.select(
        rx.el.option(t("settlement_by_bill"), value=""),
        rx.foreach(Settlement.shops, _shop_option),
        name="shop",
        class_name="in slim",
        aria_label=t("settlement_shop"),
    )
    choice = rx.el.div(rx.el.span(t("settlement_shop"), class_name="m2"), shops, class_name="row wrap")
    return drop_card(
        "settlement_upload",
        "settlement_kinds",
        choice,
        accept=_KINDS,
        action="/settlement/file",
        look="settlement_look",
    )


def preview() -> rx.Component:
    take = take_button("settlement_take", Settlement.take, icon("check", "s"))
    return look_card("settlement_preview", Settlement.preview, _weighed(), take, give_up=Settlement.give_up)


def _weighed() -> rx.Component:
    view = Settlement.preview
    figures = [
        ("settlement_source", label(StatementSource, view.source)),
        ("settlement_account", view.account),
        ("settlement_day", view.days),
        ("settlement_lines", view.lines),
        ("settlement_matched", view.matched),
        ("settlement_receipts", view.receipts),
        ("settlement_refunds", view.refunds),
        ("settlement_fees", view.fees),
        ("settlement_other", view.other),
    ]
    return rx.el.div(
        figures_row(figures),
        rx.cond(view.causes.length() > 0, rx.el.div(rx.foreach(view.causes, _count), class_name="row wrap")),
        rx.cond(view.closed_days != "", rx.el.p(t("settlement_has_closed", n=view.closed_days), class_name="amber")),
        rx.cond(view.is_known, rx.el.p(t("settlement_known"), class_name="m2")),
        class_name="cardtext",
    )


def _count(one: rx.Var[CountView]) -> rx.Component:
    return rx.el.span(label(DifferenceCause, one.cause), " ", one.count, class_name="tag amber", key=one.cause)


def rates() -> rx.Component:
    sources = rx.el.select(
        *[
            rx.el.option(label(StatementSource, rx.Var.create(str(source))), value=str(source))
            for source in (StatementSource.WECHAT_PAY, StatementSource.DOUYIN)
        ],
        name="source",
        class_name="in",
        aria_label=t("settlement_source"),
    )
    percent = rx.el.input(
        name="percent", class_name="in", input_mode="decimal", max_length=8, aria_label=t("settlement_rate")
    )
    form = rx.el.form(
        rx.el.label(t("settlement_source"), sources, class_name="lab"),
        rx.el.label(t("settlement_rate"), percent, class_name="lab"),
        rx.el.button(t("save"), type="submit", class_name="btn", disabled=Frame.level == "read_only"),
        on_submit=Settlement.set_rate,
        class_name="fields across",
    )
    return rx.el.section(
        rx.el.header(rx.el.h2(t("settlement_rates")), rx.foreach(Settlement.view.rates, _rate)),
        rx.el.p(t("settlement_rates_hint"), class_name="m2 cardtext"),
        form,
        class_name="card",
        aria_label=t("settlement_rates"),
    )


def _rate(one: rx.Var[RateView]) -> rx.Component:
    return rx.el.span(label(StatementSource, one.source), " ", one.percent, " %", class_name="tag", key=one.source)


def _shop_option(shop: rx.Var[ShopChoice]) -> rx.Component:
    return rx.el.option(shop.name, value=shop.code, key=shop.code)
