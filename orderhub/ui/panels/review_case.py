"""The review of one case: what finance has to see before money goes back, and its yes or no beside it."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.finance_review import ReviewState
from orderhub.domain.hold import HoldReason
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.ui.components.controls import if_may, link, notice_line
from orderhub.ui.components.marks import channel_mark, due_mark, hold_mark, icon, none_mark
from orderhub.ui.components.veiled import of
from orderhub.ui.review_case_view import (
    CaseHoldView,
    CaseLineView,
    CaseParcelView,
    EventView,
    OtherCaseView,
    TurnView,
)
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.review_case import ReviewCase
from orderhub.ui.text import actor_name, event_label, label, t

_V = ReviewCase.view
_IS_READ_ONLY = Frame.level == "read_only"


def section() -> rx.Component:
    """Of the case the address names; nothing where it names none."""
    missing = rx.cond(ReviewCase.is_missing, rx.el.p(t("fin_review_missing"), class_name="cardtext m2"))
    return rx.cond(
        ReviewCase.case_id != "",
        rx.el.div(
            notice_line(ReviewCase.said, ReviewCase.is_refusal, ReviewCase.dismiss),
            _facts(),
            _decision(),
            _lines(),
            _state_of_goods(),
            _remarks(),
            _turns(),
            _others(),
            _history(),
            class_name="casereview",
        ),
        missing,
    )


def decision() -> rx.Component:
    """Of the case the page is about: what finance says or has said; everything else stands on that page."""
    return rx.cond(
        ReviewCase.case_id != "",
        rx.el.section(
            rx.el.header(rx.el.h2(t("finance"))),
            notice_line(ReviewCase.said, ReviewCase.is_refusal, ReviewCase.dismiss),
            _decision(),
            _turns(),
            class_name="card casereview",
            aria_label=t("finance"),
        ),
    )


def _facts() -> rx.Component:
    said = rx.cond(_V.reason_said != "", rx.el.span(" ", _V.reason_said, class_name="m2"))
    opened = rx.cond(_V.opened_by != "", _V.opened_by, actor_name(_V.channel))
    return rx.el.div(
        rx.el.div(
            rx.el.strong(_V.amount),
            rx.el.span(label(AftersaleKind, _V.kind), class_name="tag"),
            rx.el.span(label(AftersaleStatus, _V.stage), class_name="tag"),
            rx.el.span(class_name="sp"),
            rx.cond(_V.due != "", due_mark(_V.due, _V.due_exact)),
            class_name="row wrap head",
        ),
        rx.el.dl(
            *_fact("order_no", link(_V.order_no, to="/orders?tab=all&order=" + _V.order_id)),
            *_fact("shop", rx.el.span(channel_mark(_V.channel), _V.shop, class_name="row tight")),
            *_fact("reason", rx.fragment(label(ReasonKind, _V.reason), said)),
            *_fact("fin_asked", rx.fragment(_V.asked, " ", rx.el.span(opened, class_name="m3"))),
            *_fact("fin_paid", _V.paid),
            *_fact("fin_left", _V.left),
            class_name="kv",
        ),
        class_name="sec",
    )


def _fact(name: str, value: rx.Component | rx.Var[str]) -> tuple[rx.Component, rx.Component]:
    return rx.el.dt(t(name), class_name=of(name)), rx.el.dd(value, class_name=of(name))


def _decision() -> rx.Component:
    """What may be said now, else why nothing may."""
    open_one = rx.cond(
        _V.waits_goods,
        _note("package", t("fin_waits_goods")),
        rx.cond(
            ReviewCase.is_own,
            _note("user", t("fin_own")),
            rx.cond(
                _V.is_by_hand,
                _note("info", t("fin_by_hand")),
                rx.cond(_V.pays != "", if_may(Permission.REFUND_REVIEW, _answers())),
            ),
        ),
    )
    paid = rx.cond(
        _V.paid_by != "",
        _note("circle-check", t("fin_paid_by", who=_V.paid_by, money=_V.amount, no=_V.reference)),
    )
    to_pay = rx.cond(_V.is_to_pay, if_may(Permission.REFUND_REVIEW, _pay()))
    none = rx.cond(_V.turns.length() == 0, _note("info", t("fin_review_none")))
    return rx.el.div(rx.cond(_V.review_id != "", open_one), to_pay, paid, none, class_name="sec decide")


def _note(picture: str, text: rx.Var[str]) -> rx.Component:
    return rx.el.p(icon(picture, "s"), rx.el.span(text), class_name="row f12 m2")


def _answers() -> rx.Component:
    taken = rx.cond(
        _V.owner != "",
        rx.el.span(t("fin_taken", who=_V.owner), class_name="f12 m2"),
        rx.el.button(
            icon("user", "s"),
            t("fin_take_on"),
            type="button",
            class_name="btn ghost",
            on_click=ReviewCase.take_on(_V.review_id),
            disabled=_IS_READ_ONLY,
        ),
    )
    refuse = rx.cond(
        _V.refuses != "",
        rx.el.button(
            t("fin_reject"),
            rx.el.kbd("R"),
            type="button",
            class_name="btn",
            on_click=ReviewCase.refuse,
            disabled=_IS_READ_ONLY,
            custom_attrs={"data-key": "r", "aria-expanded": rx.cond(ReviewCase.is_refusing, "true", "false")},
        ),
        rx.el.span(t("fin_no_refusing"), class_name="f12 m3"),
    )
    amount = rx.cond(
        _V.takes_amount,
        _field("fin_amount", "yuan", default_value=_V.amount_yuan, input_mode="decimal", max_length=16),
    )
    yes = rx.el.form(
        _known("id", _V.review_id),
        _known("seen", _V.seen_fen),
        amount,
        _field("fin_note", "note", max_length=200),
        _despite(),
        rx.el.div(
            rx.el.button(
                icon("check", "s"),
                rx.cond(_V.takes_amount, _pay_label(), t("fin_approve", money=_V.amount)),
                rx.el.kbd("E"),
                type="submit",
                class_name="btn pri",
                disabled=_IS_READ_ONLY,
                custom_attrs={"data-key": "e"},
            ),
            refuse,
            rx.el.span(class_name="sp"),
            taken,
            class_name="row wrap",
        ),
        on_submit=ReviewCase.approve,
        key=_V.review_id + _V.seen_fen,
        class_name="fields whole",
    )
    return rx.fragment(yes, rx.cond(ReviewCase.is_refusing & (_V.refuses != ""), _refusal()))


def _pay_label() -> rx.Var[str]:
    """The amount stands in its own field."""
    return t("fin_approve", money="")


def _refusal() -> rx.Component:
    listed = rx.el.label(
        t("fin_reason_code"),
        rx.el.select(
            rx.el.option(t("fin_choose"), value=""),
            rx.foreach(_V.reason_codes, lambda one: rx.el.option(one.said, value=one.code, key=one.code)),
            name="reason_code",
            class_name="in",
            required=True,
        ),
        class_name="lab",
    )
    code = rx.cond(
        _V.reason_codes.length() > 0,
        listed,
        rx.cond(
            _V.needs_code,
            _field("fin_reason_no", "reason_code", input_mode="numeric", max_length=19, required=True),
        ),
    )
    return rx.el.form(
        _known("id", _V.review_id),
        code,
        _field("fin_words", "words", required=True, min_length=2, max_length=200, auto_focus=True),
        rx.cond(_V.takes_picture, _field("fin_picture", "picture", max_length=500)),
        _despite(),
        rx.el.button(t("fin_reject"), type="submit", class_name="btn danger", disabled=_IS_READ_ONLY),
        on_submit=ReviewCase.reject,
        class_name="fields whole",
    )


def _pay() -> rx.Component:
    return rx.el.form(
        _known("id", _V.case_id),
        _field("fin_reference", "reference", required=True, max_length=64),
        rx.el.button(
            t("fin_paid_now", money=_V.amount),
            type="submit",
            class_name="btn pri",
            disabled=_IS_READ_ONLY,
        ),
        on_submit=ReviewCase.confirm_paid,
        class_name="fields whole",
    )


def _despite() -> rx.Component:
    box = rx.el.input(type="checkbox", name="despite", value="1", class_name="cb")
    return rx.cond(_V.is_late, rx.el.label(box, t("fin_late"), class_name="row f12 amber"))


def _known(name: str, value: rx.Var[str]) -> rx.Component:
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def _field(name: str, key: str, **options: rx.Var[str] | str | int | bool) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.input(name=key, class_name="in", auto_complete="off", **options), class_name="lab"
    )


def _section(name: str, *content: rx.Component) -> rx.Component:
    return rx.el.section(rx.el.h3(t(name)), *content, class_name="sec")


def _lines() -> rx.Component:
    nothing = rx.el.p(t("fin_no_lines"), class_name="m3 f12")
    found = rx.el.ul(rx.foreach(_V.lines, _line), class_name="caselist")
    return _section("fin_lines", rx.cond(_V.lines.length() > 0, found, nothing))


def _line(one: rx.Var[CaseLineView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.title, class_name="sp el", title=one.title),
        rx.el.span(t("fin_line_of", n=one.pieces, all=one.of_pieces), class_name="m2 nw"),
        rx.el.span(one.amount, class_name="b nw"),
    )


def _state_of_goods() -> rx.Component:
    parcels = rx.cond(
        _V.parcels.length() > 0,
        rx.el.ul(rx.foreach(_V.parcels, _parcel), class_name="caselist"),
        rx.el.p(t("fin_parcels_none"), class_name="m3 f12"),
    )
    holds = rx.cond(
        _V.holds.length() > 0,
        _section("fin_holds", rx.el.ul(rx.foreach(_V.holds, _hold), class_name="caselist")),
    )
    return rx.fragment(_section("parcels", parcels), holds)


def _parcel(one: rx.Var[CaseParcelView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.carrier, class_name="m2 nw"),
        rx.el.span(one.no, class_name="sp el"),
        rx.el.span(one.shipped, class_name="m3 nw"),
    )


def _hold(one: rx.Var[CaseHoldView]) -> rx.Component:
    return rx.el.li(
        hold_mark(label(HoldReason, one.reason)),
        rx.el.span(one.note, class_name="sp el"),
        rx.el.span(actor_name(one.by), class_name="m3 nw"),
    )


def _remarks() -> rx.Component:
    said = [
        rx.cond(text != "", rx.el.li(rx.el.span(t(name), class_name="m3 nw"), rx.el.span(text, class_name="sp")))
        for name, text in (
            ("fin_buyer_remark", _V.buyer_remark),
            ("fin_seller_remark", _V.seller_remark),
            ("fin_staff_remark", _V.staff_remark),
        )
    ]
    is_said = (_V.buyer_remark != "") | (_V.seller_remark != "") | (_V.staff_remark != "")
    return rx.cond(is_said, _section("fin_remarks", rx.el.ul(*said, class_name="caselist")))


def _turns() -> rx.Component:
    decided = rx.el.ul(rx.foreach(_V.turns, _turn), class_name="caselist")
    return rx.cond(_V.turns.length() > 0, _section("fin_review", decided))


def _turn(one: rx.Var[TurnView]) -> rx.Component:
    who = rx.cond(
        one.decided_at != "",
        rx.fragment(actor_name(one.decided_by), " ", one.decided_at),
        rx.fragment(t("fin_asked_by"), " ", actor_name(one.asked_by)),
    )
    return rx.el.li(
        rx.el.span(label(ReviewState, one.state), class_name="tag"),
        rx.cond(one.is_by_rule, rx.el.span(t("finance_by_rule"), class_name="tag")),
        rx.el.span(one.amount, class_name="b nw"),
        rx.el.span(one.note, class_name="sp"),
        rx.el.span(who, class_name="m3"),
        key=one.id,
    )


def _others() -> rx.Component:
    found = rx.el.ul(rx.foreach(_V.others, _other), class_name="caselist")
    return _section("fin_others", rx.cond(_V.others.length() > 0, found, none_mark()))


def _other(one: rx.Var[OtherCaseView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.at, class_name="m3 nw"),
        rx.el.span(one.order_no, class_name="sp el", title=one.no),
        rx.el.span(label(AftersaleKind, one.kind), class_name="m2"),
        rx.el.span(label(AftersaleStatus, one.stage), class_name="tag"),
        rx.el.span(one.amount, class_name="b nw"),
        key=one.id,
    )


def _history() -> rx.Component:
    return _section("fin_history", rx.el.ol(rx.foreach(_V.events, _event), class_name="tl"))


def _event(one: rx.Var[EventView]) -> rx.Component:
    return rx.el.li(
        rx.el.time(one.at, title=one.exact),
        rx.el.i(),
        rx.el.span(
            event_label(one.kind),
            rx.cond(one.target != "", rx.el.span(" → ", label(AftersaleStatus, one.target), class_name="b")),
            rx.cond(one.money != "", rx.el.span(" ", one.money, class_name="b")),
            " ",
            rx.el.span(actor_name(one.actor), class_name="m3"),
        ),
        key=one.id,
    )
