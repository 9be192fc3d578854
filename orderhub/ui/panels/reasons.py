"""What buyers wrote that nobody has sorted yet, and the merchant's own reasons beside the fourteen kinds."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.refund_reason import ReasonKind
from orderhub.ui.components.cards import table_card
from orderhub.ui.components.controls import cell, if_may, notice_line
from orderhub.ui.components.marks import channel_mark, void
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.reasons import OwnReasonView, Reasons, UnsaidView
from orderhub.ui.text import label, t

_COLUMNS = (("reason_words", ""), ("reason_cases", "num w9"), ("reason_means", "w30"))


def reasons() -> rx.Component:
    return rx.fragment(notice_line(Reasons.said, Reasons.is_refusal, Reasons.dismiss), _unsaid(), _own())


def _unsaid() -> rx.Component:
    rows = Reasons.view.unsaid
    nothing = void("circle-check", "reason_unsaid_none")
    return table_card("reason_unsaid", _COLUMNS, rows, _word, is_loaded=Reasons.is_loaded, nothing=nothing)


def _word(one: rx.Var[UnsaidView]) -> rx.Component:
    own = rx.foreach(Reasons.view.own, lambda reason: rx.el.option(reason.name, value=reason.value))
    form = rx.el.form(
        rx.el.select(*_kinds(), own, name="means", class_name="in", aria_label=t("reason_means")),
        rx.el.input(type="hidden", name="channel", value=one.channel, read_only=True),
        rx.el.input(type="hidden", name="words", value=one.words, read_only=True),
        rx.el.button(t("save"), type="submit", class_name="btn", disabled=_is_read_only()),
        on_submit=Reasons.say,
        class_name="row",
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(channel_mark(one.channel), one.words, class_name="row"), class_name="wrapcell"),
        cell("reason_cases", one.cases, class_name="num"),
        cell("reason_means", if_may(Permission.REASON_CHANGE, form)),
        key=one.id,
    )


def _own() -> rx.Component:
    rows = Reasons.view.own
    form = rx.el.form(
        rx.el.label(t("reason_name"), rx.el.input(name="name", class_name="in", max_length=32), class_name="lab"),
        rx.el.label(t("reason_counts_as"), rx.el.select(*_kinds(), name="kind", class_name="in"), class_name="lab"),
        rx.el.button(t("add"), type="submit", class_name="btn pri", disabled=_is_read_only()),
        on_submit=Reasons.name,
        reset_on_submit=True,
        class_name="caseform cardtext",
        id="own-reason",
    )
    none = rx.el.p(t("reason_own_none"), class_name="cardtext f12 m3")
    return rx.el.section(
        rx.el.header(rx.el.h2(t("reason_own"))),
        rx.el.p(t("reason_own_hint"), class_name="cardtext f12 m2"),
        rx.cond(rows.length() > 0, rx.el.ul(rx.foreach(rows, _own_reason), class_name="cardtext"), none),
        if_may(Permission.REASON_CHANGE, form),
        class_name="card",
        aria_label=t("reason_own"),
    )


def _own_reason(one: rx.Var[OwnReasonView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.name, class_name="b"),
        rx.el.span(t("reason_counts_as"), " ", label(ReasonKind, one.kind), class_name="f12 m2"),
        rx.el.span(class_name="sp"),
        rx.el.span(one.made_by, class_name="f12 m3"),
        class_name="row",
        key=one.value,
    )


def _kinds() -> list[rx.Component]:
    return [rx.el.option(label(ReasonKind, rx.Var.create(str(kind))), value=str(kind)) for kind in ReasonKind]


def _is_read_only() -> rx.Var[bool]:
    return Frame.level == "read_only"
