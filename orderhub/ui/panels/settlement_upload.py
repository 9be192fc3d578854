"""A statement on its way in: chosen, looked at, taken; and the fee rates it is measured by."""

import reflex as rx

from orderhub.domain.settlement import DifferenceCause, StatementSource
from orderhub.intake.files.bounds import MOST_BYTES
from orderhub.ui.components.controls import dropzone, native_form
from orderhub.ui.components.marks import icon
from orderhub.ui.import_view import ShopChoice
from orderhub.ui.settlement_view import CountView, RateView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.settlement import Settlement
from orderhub.ui.text import label, t

_KINDS = ".csv,.tsv,.txt,.xlsx,.xls,.gz"


def upload() -> rx.Component:
    """A native form; assets/app.js lets files be dropped on it."""
    choose = dropzone("settlement_kinds", accept=_KINDS, most=MOST_BYTES)
    shops = rx.el.select(
        rx.el.option(t("settlement_by_bill"), value=""),
        rx.foreach(Settlement.shops, _shop_option),
        name="shop",
        class_name="in slim",
        aria_label=t("settlement_shop"),
    )
    # The shop stands first: a file is sent as soon as it is chosen.
    form = native_form(
        rx.el.div(rx.el.span(t("settlement_shop"), class_name="m2"), shops, class_name="row wrap"),
        choose,
        rx.el.div(
            rx.el.button(icon("upload", "s"), t("settlement_look"), type="submit", class_name="btn pri"),
            class_name="row end",
        ),
        method="post",
        action="/settlement/file",
        enc_type="multipart/form-data",
        class_name="drop",
        custom_attrs={"data-drop": ""},
    )
    head = rx.el.header(rx.el.h2(t("settlement_upload")))
    return rx.el.section(head, form, class_name="card", aria_label=t("settlement_upload"), id="upload")


def preview() -> rx.Component:
    view = Settlement.preview
    problem = rx.el.p(icon("triangle-alert", "s"), rx.el.span(view.problem), class_name="row amber", role="alert")
    give_up = rx.el.button(
        icon("x", "s"), t("settlement_give_up"), type="button", class_name="btn", on_click=Settlement.give_up
    )
    take = rx.el.button(
        icon("check", "s"),
        t("settlement_take"),
        type="button",
        class_name="btn pri",
        on_click=Settlement.take,
        disabled=Frame.level == "read_only",
    )
    return rx.el.section(
        rx.el.header(rx.el.h2(t("settlement_preview")), rx.el.span(view.name, class_name="sub el")),
        rx.cond(view.problem != "", rx.el.div(problem, class_name="cardtext"), _weighed()),
        rx.el.div(give_up, rx.cond(view.problem == "", take), class_name="row end wrap cardfoot"),
        class_name="card",
        aria_label=t("settlement_preview"),
        id="preview",
    )


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
        rx.el.div(
            *[
                rx.el.div(rx.el.div(t(name), class_name="f12 m2"), rx.el.span(value, class_name="b"), class_name="low")
                for name, value in figures
            ],
            class_name="figs",
        ),
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
