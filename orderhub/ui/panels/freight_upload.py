"""A freight bill on its way in: chosen, looked at, taken; and how much heavier than ours a carrier may weigh."""

import reflex as rx

from orderhub.domain.freight import FreightCause
from orderhub.domain.words import Carrier
from orderhub.ui.components.incoming import drop_card, figures_row, look_card, refused_rows, take_button
from orderhub.ui.components.marks import carrier_name, icon
from orderhub.ui.freight_view import CountView, TermsView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.freight import Freight
from orderhub.ui.text import label, t

_KINDS = ".csv,.tsv,.txt,.xlsx,.xls"


def upload() -> rx.Component:
    carrier = rx.el.div(
        rx.el.span(t("freight_carrier"), class_name="m2"),
        _carriers(rx.el.option(t("freight_by_bill"), value="")),
        class_name="row wrap",
    )
    action, look = "/freight/file", "settlement_look"
    return drop_card("freight_upload", "freight_kinds", carrier, accept=_KINDS, action=action, look=look)


def preview() -> rx.Component:
    take = take_button("freight_take", Freight.take, icon("check", "s"))
    refused = [refused_rows(Freight.preview.rows)]
    return look_card("freight_preview", Freight.preview, _weighed(), take, refused=refused, give_up=Freight.give_up)


def _weighed() -> rx.Component:
    view = Freight.preview
    figures = [
        ("freight_carrier", carrier_name(view.carrier)),
        ("freight_day", view.days),
        ("freight_count", view.lines),
        ("freight_fresh", view.fresh),
        ("freight_charged", view.charged),
        ("freight_gap", view.gap),
    ]
    return rx.el.div(
        figures_row(figures),
        rx.cond(view.causes.length() > 0, rx.el.div(rx.foreach(view.causes, _count), class_name="row wrap")),
        rx.cond(view.is_known, rx.el.p(t("freight_known"), class_name="m2")),
        class_name="cardtext",
    )


def _count(one: rx.Var[CountView]) -> rx.Component:
    kind = rx.cond(one.cause == str(FreightCause.AGREED), "tag", "tag amber")
    return rx.el.span(label(FreightCause, one.cause), " ", one.count, class_name=kind, key=one.cause)


def terms() -> rx.Component:
    form = rx.el.form(
        rx.el.label(t("freight_carrier"), _carriers(), class_name="lab"),
        rx.el.label(t("freight_grams"), _whole("grams", "100"), class_name="lab"),
        rx.el.label(t("freight_percent"), _whole("percent", "10"), class_name="lab"),
        rx.el.button(t("save"), type="submit", class_name="btn", disabled=Frame.level == "read_only"),
        on_submit=Freight.set_terms,
        class_name="fields across",
    )
    return rx.el.section(
        rx.el.header(rx.el.h2(t("freight_terms")), rx.foreach(Freight.view.terms, _terms)),
        rx.el.p(t("freight_terms_hint"), class_name="m2 cardtext"),
        form,
        class_name="card",
        aria_label=t("freight_terms"),
        id="terms",
    )


def _carriers(*first: rx.Component) -> rx.Component:
    return rx.el.select(
        *first,
        *[rx.el.option(one.trade_name, value=str(one)) for one in Carrier],
        name="carrier",
        class_name="in slim",
        aria_label=t("freight_carrier"),
    )


def _whole(name: str, usual: str) -> rx.Component:
    return rx.el.input(
        name=name,
        class_name="in",
        input_mode="numeric",
        default_value=usual,
        max_length=6,
        required=True,
        aria_label=t(f"freight_{name}"),
    )


def _terms(one: rx.Var[TermsView]) -> rx.Component:
    return rx.el.span(
        carrier_name(one.carrier), " ", one.grams, " g / ", one.percent, " %", class_name="tag", key=one.carrier
    )
