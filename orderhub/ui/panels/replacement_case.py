"""换货 and 补发: what goes out for a case, from where, with which waybill; and the form that sends it."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.delivery import DeliveryStatus
from orderhub.domain.replacement import ReplacementState
from orderhub.domain.words import AftersaleKind, Carrier
from orderhub.ui.components.controls import icon_button, if_may, may, notice_line
from orderhub.ui.components.marks import icon, none_mark
from orderhub.ui.replacement_view import GoodsView, ParcelView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.replacement_case import ReplacementCase
from orderhub.ui.text import label, t

_LOCKED = Frame.level == "read_only"


def section() -> rx.Component:
    """Nothing where the case is no exchange and no resend."""
    view = ReplacementCase.view
    head = rx.el.header(
        rx.el.h2(label(AftersaleKind, view.kind)),
        rx.cond(view.state != "", rx.el.span(label(ReplacementState, view.state), class_name="tag")),
        class_name="row",
    )
    return rx.cond(
        view.case_id != "",
        rx.el.section(head, body(), class_name="card replacement", aria_label=label(AftersaleKind, view.kind)),
    )


def body() -> rx.Component:
    view = ReplacementCase.view
    return rx.el.div(
        notice_line(ReplacementCase.said, ReplacementCase.is_refusal, ReplacementCase.dismiss),
        rx.cond(view.may_promise, rx.fragment(), _promised()),
        rx.cond(view.may_promise, _offered()),
        rx.cond(view.tells_by_hand, rx.el.p(t("replacement_by_hand"), class_name="m2 f12 para")),
        class_name="replbody",
    )


def _promised() -> rx.Component:
    view = ReplacementCase.view
    back = rx.el.button(
        icon("undo-2", "s"),
        t("replacement_take_back"),
        type="button",
        class_name="btn",
        on_click=ReplacementCase.take_back(view.case_id),
        disabled=_LOCKED,
    )
    return rx.fragment(
        rx.el.ul(rx.foreach(view.goods, _goods), class_name="repllist"),
        rx.cond(
            view.waits_for != "",
            rx.el.p(icon("clock", "s"), t("replacement_waits", skus=view.waits_for), class_name="notice"),
        ),
        rx.el.ul(rx.foreach(view.parcels, _parcel), class_name="repllist"),
        rx.cond(view.because != "", rx.el.p(t("replacement_sent_first", why=view.because), class_name="m2 f12 para")),
        rx.cond(view.by != "", rx.el.p(t("replacement_by", by=view.by, at=view.at), class_name="m3 f12")),
        rx.cond(view.may_take_back, if_may(Permission.AFTERSALE_ANSWER, back)),
    )


def _offered() -> rx.Component:
    """What is to be sent: readers see what its lines stand for, who may answer can change it."""
    view = ReplacementCase.view
    form = rx.el.form(
        rx.cond(
            ReplacementCase.picked.length() > 0,
            rx.el.ul(rx.foreach(ReplacementCase.picked, _picked), class_name="repllist"),
            rx.el.p(t("replacement_nothing"), class_name="m3 f12"),
        ),
        rx.el.input(type="hidden", name="case_id", value=view.case_id, read_only=True),
        rx.el.input(
            type="hidden",
            name="keeps_stock",
            value=rx.cond(view.keeps_stock, "1", "0"),
            read_only=True,
        ),
        rx.cond(
            view.needs_reason,
            rx.el.label(
                t("replacement_because"),
                rx.el.input(name="because", class_name="in", max_length=200, auto_complete="off"),
                class_name="lab",
            ),
        ),
        rx.el.button(
            icon("truck", "s"), t("replacement_promise"), type="submit", class_name="btn pri", disabled=_LOCKED
        ),
        on_submit=ReplacementCase.promise,
        key=view.case_id,
        class_name="replform",
    )
    plain = rx.el.ul(rx.foreach(view.goods, _goods), class_name="repllist")
    return rx.fragment(
        if_may(Permission.AFTERSALE_ANSWER, rx.fragment(form, rx.cond(view.keeps_stock, _finder()))),
        rx.cond(~may(Permission.AFTERSALE_ANSWER), plain),
    )


def _finder() -> rx.Component:
    """Other goods than those that were sent: by code or name, with what is there of them."""
    look = rx.el.form(
        rx.el.input(
            name="text",
            class_name="in",
            max_length=64,
            required=True,
            auto_complete="off",
            placeholder=t("replacement_find"),
            aria_label=t("replacement_find"),
        ),
        rx.el.button(icon("search", "s"), t("replacement_look"), type="submit", class_name="btn"),
        on_submit=ReplacementCase.find,
        class_name="row",
    )
    nothing = rx.cond(ReplacementCase.has_looked, rx.el.p(t("replacement_none_found"), class_name="m3 f12"))
    found = rx.el.ul(
        rx.foreach(ReplacementCase.found, _choice), class_name="repllist", aria_label=t("replacement_found")
    )
    return rx.fragment(look, rx.cond(ReplacementCase.found.length() > 0, found, nothing))


def _name(one: rx.Var[GoodsView]) -> rx.Component:
    return rx.el.span(
        rx.el.b(one.code),
        " ",
        rx.el.span(one.title, class_name="m2"),
        rx.cond(
            one.available != "",
            rx.el.span(
                t("replacement_available", n=one.available),
                class_name=rx.cond(one.is_short, "tag amber", "tag"),
            ),
        ),
        class_name="replname sp",
    )


def _goods(one: rx.Var[GoodsView]) -> rx.Component:
    return rx.el.li(_name(one), rx.el.span("×", one.quantity, class_name="num"), class_name="row")


def _picked(one: rx.Var[GoodsView]) -> rx.Component:
    count = rx.el.input(
        name=one.name,
        type="number",
        min="1",
        max="999",
        default_value=one.quantity,
        class_name="in replcount",
        aria_label=t("replacement_count", code=one.code),
    )
    drop = icon_button("x", t("replacement_drop", code=one.code), on_click=ReplacementCase.drop(one.id))
    plain = rx.el.span("×", one.quantity, class_name="num")
    return rx.el.li(_name(one), rx.cond(one.id == "0", plain, rx.fragment(count, drop)), class_name="row", key=one.id)


def _choice(one: rx.Var[GoodsView]) -> rx.Component:
    add = rx.el.button(
        icon("plus", "s"), t("add"), type="button", class_name="btn", on_click=ReplacementCase.pick(one.id)
    )
    return rx.el.li(_name(one), add, class_name="row", key=one.id)


def _parcel(one: rx.Var[ParcelView]) -> rx.Component:
    carrier = rx.cond(one.carrier != "", label(Carrier, one.carrier), t("carrier_open"))
    return rx.el.li(
        rx.el.b(t("delivery_no", n=one.id)),
        rx.el.span(label(DeliveryStatus, one.status), class_name="tag"),
        rx.el.span(one.warehouse, " ", carrier, class_name="m2"),
        rx.cond(one.waybill != "", rx.el.span(one.waybill, class_name="b"), none_mark()),
        rx.cond(one.left != "", rx.el.span(one.left, class_name="m3")),
        class_name="row wrap f12",
        key=one.id,
    )
