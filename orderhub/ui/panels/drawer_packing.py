"""包裹: the parcels of the open order, from where and with whom each leaves, and how that is changed."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.delivery import DeliveryStatus
from orderhub.domain.merge_partners import Apart
from orderhub.domain.words import AftersaleKind, Carrier
from orderhub.ui.card_packing import ChoiceView, CompanionView, DeliveryView, PieceView
from orderhub.ui.components.controls import if_may, link, notice_line, popover
from orderhub.ui.components.marks import due_mark, icon, none_mark
from orderhub.ui.components.veiled import of
from orderhub.ui.panels.drawer_track import tracks
from orderhub.ui.state.card import Card
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.packing import Packing
from orderhub.ui.text import label, t

_LOCKED = Frame.level == "read_only"


def packing() -> rx.Component:
    view = Card.card.packing
    return rx.fragment(
        notice_line(Packing.said, Packing.is_refusal, Packing.dismiss),
        rx.cond(Card.card.tracks.length() > 0, rx.el.section(rx.el.h3(t("tracks")), tracks(), class_name="sec")),
        rx.cond(
            view.deliveries.length() > 0,
            rx.el.ul(rx.foreach(view.deliveries, _delivery), class_name="packs"),
            rx.el.p(t("no_deliveries"), class_name="m3 f12 sec"),
        ),
        if_may(Permission.ORDER_APPROVE, rx.cond(view.may_be_sent_anew, _send_from())),
    )


def _delivery(one: rx.Var[DeliveryView]) -> rx.Component:
    carrier = rx.cond(one.carrier != "", label(Carrier, one.carrier), t("carrier_open"))
    return rx.el.li(
        rx.el.div(
            rx.el.span(t("delivery_no", n=one.id), class_name="b"),
            rx.el.span(label(DeliveryStatus, one.status), class_name="tag"),
            rx.cond(one.mark != "", rx.el.span(label(AftersaleKind, one.mark), class_name="tag")),
            rx.el.span(class_name="sp"),
            rx.cond(one.due != "", due_mark(one.due, "")),
            class_name="row",
        ),
        rx.el.dl(
            *_fact("warehouse", rx.cond(one.warehouse != "", one.warehouse, none_mark())),
            *_fact("carrier", rx.fragment(carrier, " ", one.product)),
            *_fact("waybill", rx.cond(one.waybill != "", one.waybill, none_mark())),
            *_fact("delivery_share", rx.cond(one.mark == "", one.share, none_mark())),
            class_name="kv",
        ),
        rx.el.ul(rx.foreach(one.pieces, _piece), class_name="f12"),
        rx.cond(
            one.companions.length() > 0,
            rx.el.p(t("packed_with"), " ", rx.foreach(one.companions, _order), class_name="f12 m2 row wrap"),
        ),
        rx.foreach(one.suggested, lambda other: _suggested(one, other)),
        if_may(
            Permission.ORDER_APPROVE,
            rx.el.div(
                rx.cond(one.may_split, _split(one)),
                rx.cond(
                    one.may_unmerge,
                    _button("branch", "unmerge", Packing.unmerge(Card.order_id, one.id)),
                ),
                class_name="row",
            ),
        ),
        class_name="sec",
        key=one.id,
    )


def _fact(name: str, value: rx.Component | rx.Var[str]) -> tuple[rx.Component, rx.Component]:
    return rx.el.dt(t(name), class_name=of(name)), rx.el.dd(value, class_name=of(name))


def _piece(piece: rx.Var[PieceView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(piece.code, class_name="el sp"),
        rx.el.span("×", piece.quantity, class_name="num"),
        class_name="row",
        key=piece.name,
    )


def _order(other: rx.Var[CompanionView]) -> rx.Component:
    return link(other.no, to=other.href, key=other.no)


def _suggested(one: rx.Var[DeliveryView], other: rx.Var[CompanionView]) -> rx.Component:
    """Another parcel to the same receiver: merged by one click, or why it cannot be."""
    merge = _button("package", "merge", Packing.merge(Card.order_id, one.id, other.delivery))
    why = rx.el.span(label(Apart, other.apart), class_name="tag amber")
    return rx.el.div(
        rx.el.span(t("same_receiver"), " ", _order(other), class_name="f12"),
        rx.el.span(class_name="sp"),
        rx.cond(other.apart != "", why, if_may(Permission.ORDER_APPROVE, merge)),
        class_name="row",
        key=other.delivery,
    )


def _split(one: rx.Var[DeliveryView]) -> rx.Component:
    form = rx.el.form(
        rx.el.p(t("split_hint"), class_name="f12 m3"),
        rx.foreach(one.pieces, _some_of),
        rx.el.input(type="hidden", name="delivery_id", value=one.id, read_only=True),
        rx.el.input(type="hidden", name="order_id", value=Card.order_id, read_only=True),
        rx.el.button(
            t("split"), type="submit", class_name="btn pri", disabled=_LOCKED, custom_attrs={"data-close": ""}
        ),
        on_submit=Packing.split,
        reset_on_submit=True,
    )
    return popover(rx.el.summary(icon("branch", "s"), t("split"), class_name="btn"), form)


def _some_of(piece: rx.Var[PieceView]) -> rx.Component:
    return rx.el.label(
        rx.el.span(piece.code, " ≤ ", piece.quantity),
        rx.el.input(name=piece.name, type="number", min=0, max=piece.quantity, default_value="0", class_name="in"),
        class_name="lab",
        key=piece.name,
    )


def _send_from() -> rx.Component:
    view = Card.card.packing
    form = rx.el.form(
        _choice("warehouse", "warehouse", view.warehouses),
        _choice("carrier", "service", view.services),
        rx.el.input(type="hidden", name="order_id", value=Card.order_id, read_only=True),
        rx.el.button(t("send_from"), type="submit", class_name="btn", disabled=_LOCKED),
        on_submit=Packing.send_from,
        class_name="fields across",
        key=Card.order_id,
    )
    return rx.el.section(
        rx.el.h3(t("send_from_title")),
        rx.el.p(t("send_from_hint"), class_name="f12 m3"),
        form,
        class_name="sec",
        aria_label=t("send_from_title"),
    )


def _choice(name: str, key: str, choices: rx.Var[list[ChoiceView]]) -> rx.Component:
    offered = rx.foreach(choices, lambda one: rx.el.option(one.name, value=one.id, key=one.id))
    select = rx.el.select(rx.el.option(t("whichever_is_best"), value=""), offered, name=key, class_name="in")
    return rx.el.label(t(name), select, class_name="lab")


def _button(picture: str, name: str, handler: rx.event.EventSpec) -> rx.Component:
    return rx.el.button(
        icon(picture, "s"), t(name), type="button", class_name="btn", on_click=handler, disabled=_LOCKED
    )
