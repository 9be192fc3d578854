"""What customer service may do about a case: agree to the return, refuse, take it back. Paying is finance's."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.words import RefundDecision
from orderhub.ui.components.controls import if_may, popover
from orderhub.ui.components.marks import icon
from orderhub.ui.state.case import Case
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import t

_D = RefundDecision


def answer_bar() -> rx.Component:
    case = Case.case
    can_answer = case.decisions.length() > 0
    return rx.el.section(
        rx.el.header(rx.el.h2(t("case_do"))),
        rx.cond(
            case.is_late,
            rx.el.p(icon("triangle-alert", "s"), " ", t("case_past"), class_name="cardtext f12 red"),
        ),
        rx.el.div(
            if_may(
                Permission.AFTERSALE_ANSWER,
                rx.fragment(
                    _when(_D.AGREE_RETURN, _agree_form()),
                    _when(_D.REFUSE, _refuse_form(_D.REFUSE, "case_refuse")),
                    _when(_D.REFUSE_GOODS, _refuse_form(_D.REFUSE_GOODS, "case_refuse_goods")),
                ),
            ),
            if_may(
                Permission.AFTERSALE_OPEN,
                rx.fragment(rx.cond(case.may_come_back, _back_form()), rx.cond(case.may_withdraw, _withdraw_form())),
            ),
            class_name="row wrap cardtext",
        ),
        rx.cond(
            ~(can_answer | case.may_come_back | case.may_withdraw),
            rx.el.p(t("case_do_none"), class_name="cardtext f12 m3"),
        ),
        rx.cond(~case.is_over, rx.el.p(t("case_paying"), class_name="cardtext f12 m3")),
        class_name="card",
        aria_label=t("case_do"),
    )


def _when(decision: RefundDecision, form: rx.Component) -> rx.Component:
    return rx.cond(Case.case.decisions.contains(str(decision)), form)


def _agree_form() -> rx.Component:
    case = Case.case
    address = rx.cond(
        case.wants_address,
        _field("case_address_no", rx.el.input(name="address_no", class_name="in", max_length=19, required=True)),
    )
    summary = rx.el.summary(icon("check", "s"), t("case_agree_return"), class_name="btn pri")
    form = _form(_D.AGREE_RETURN, address, _despite(), button="case_agree_return")
    return popover(summary, form)


def _refuse_form(decision: RefundDecision, name: str) -> rx.Component:
    case = Case.case
    choices = rx.foreach(case.reason_choices, lambda one: rx.el.option(one.name, value=one.code))
    listed = _field("case_reason_code", rx.el.select(choices, name="reason_code", class_name="in"))
    typed = _field("case_reason_code_no", rx.el.input(name="reason_code", class_name="in", max_length=19))
    words = rx.el.textarea(name="words", class_name="in", max_length=200, rows="3", required=True)
    picture = rx.el.input(name="picture", class_name="in", max_length=500, auto_complete="off")
    summary = rx.el.summary(icon("x", "s"), t(name), class_name="btn")
    form = _form(
        decision,
        rx.cond(case.wants_reason, rx.cond(case.reason_choices.length() > 0, listed, typed)),
        _field("case_refusal_words", words),
        rx.cond(case.takes_picture, _field("case_picture", picture)),
        _despite(),
        button=name,
    )
    return popover(summary, form)


def _back_form() -> rx.Component:
    form = rx.el.form(
        _field("case_come_back_no", rx.el.input(name="waybill", class_name="in", max_length=40, auto_complete="off")),
        _id(),
        _submit("case_come_back"),
        on_submit=Case.bring_back,
        reset_on_submit=True,
    )
    return popover(rx.el.summary(icon("truck", "s"), t("case_come_back"), class_name="btn"), form)


def _withdraw_form() -> rx.Component:
    sure = rx.el.button(
        t("case_sure_withdraw"),
        type="button",
        class_name="btn pri",
        on_click=Case.withdraw(Case.case_id),
        disabled=_is_read_only(),
        custom_attrs={"data-close": ""},
    )
    return popover(rx.el.summary(icon("undo-2", "s"), t("case_withdraw"), class_name="btn"), sure)


def _form(decision: RefundDecision, *fields: rx.Component, button: str) -> rx.Component:
    return rx.el.form(
        *fields,
        rx.el.input(type="hidden", name="decision", value=str(decision), read_only=True),
        _id(),
        _submit(button),
        on_submit=Case.answer,
        reset_on_submit=True,
    )


def _field(name: str, control: rx.Component) -> rx.Component:
    return rx.el.label(t(name), control, class_name="lab")


def _despite() -> rx.Component:
    box = rx.el.input(type="checkbox", name="despite", class_name="cb")
    return rx.cond(Case.case.is_late, rx.el.label(box, " ", t("case_despite"), class_name="row f12"))


def _id() -> rx.Component:
    return rx.el.input(type="hidden", name="id", value=Case.case_id, read_only=True)


def _submit(name: str) -> rx.Component:
    return rx.el.button(
        t(name), type="submit", class_name="btn pri", disabled=_is_read_only(), custom_attrs={"data-close": ""}
    )


def _is_read_only() -> rx.Var[bool]:
    return Frame.level == "read_only"
