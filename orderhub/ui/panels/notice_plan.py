"""One moment of one shop: whether, by which ways, when not, and how it will look."""

from typing import Any

import reflex as rx

from orderhub.domain.notice_plan import NoticeField, NoticeMoment
from orderhub.domain.words import NotifierKind
from orderhub.ui.components.controls import hidden
from orderhub.ui.components.marks import icon
from orderhub.ui.notice_view import ValueView, WayView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.notice import Notices
from orderhub.ui.text import label, t

_EXAMPLE = "thing1=goods\nphrase2=status"


def notice_plan() -> rx.Component:
    plan = Notices.view.plan
    return rx.cond(plan.shop != "", rx.fragment(_form(), _previews()))


def _form() -> rx.Component:
    plan = Notices.view.plan
    changed = rx.cond(plan.changed != "", rx.el.span(" ", t("notice_changed", at=plan.changed), class_name="m3"))
    form = rx.el.form(
        hidden("shop", plan.shop),
        hidden("moment", plan.moment),
        _select(
            "notice_is_on",
            "is_on",
            rx.cond(plan.is_on, "yes", "no"),
            rx.el.option(t("notice_off"), value="no"),
            rx.el.option(t("notice_on"), value="yes"),
        ),
        _field("notice_quiet_from", "quiet_from", default_value=plan.quiet_from, max_length=5),
        _field("notice_quiet_until", "quiet_until", default_value=plan.quiet_until, max_length=5),
        rx.foreach(plan.ways, _way),
        rx.el.p(t("notice_fields"), _fields(), class_name="para m2 whole"),
        rx.el.button(
            icon("check", "s"), t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"
        ),
        on_submit=Notices.save,
        class_name="fields many",
        key=plan.mark,
    )
    title = rx.el.h2(t("notice_plan"), "：", plan.name, " · ", label(NoticeMoment, plan.moment))
    return rx.el.section(
        rx.el.header(title),
        rx.el.p(t("notice_plan_hint"), changed, class_name="para m2 cardtext"),
        form,
        class_name="card",
        aria_label=t("notice_plan"),
        id="plan",
    )


def _fields() -> rx.Component:
    shown = [
        rx.fragment(rx.el.code(str(one)), " ", label(NoticeField, rx.Var.create(str(one))), "　") for one in NoticeField
    ]
    return rx.el.span(*shown)


def _way(way: rx.Var[WayView]) -> rx.Component:
    accounts = rx.foreach(
        Notices.view.accounts,
        lambda one: rx.el.option(one[2], "（", label(NotifierKind, one[1]), "）", value=one[0]),
    )
    place = way.place
    account = rx.el.select(
        rx.el.option(t("notice_no_account"), value=""),
        accounts,
        name=f"account{place}",
        default_value=way.account_id,
        class_name="in",
    )
    values = rx.el.textarea(
        name=f"values{place}",
        default_value=way.typed,
        placeholder=_EXAMPLE,
        rows="4",
        max_length=500,
        class_name="in",
    )
    return rx.el.div(
        rx.el.label(t("notice_account", n=place), account, class_name="lab"),
        _field("notice_template", f"template{place}", default_value=way.template, max_length=64),
        rx.el.label(t("notice_values"), values, class_name="lab"),
        _field("notice_page", f"page{place}", default_value=way.page, max_length=120),
        class_name="fields many whole",
        style={"padding": "0", "alignItems": "start"},
    )


def _field(name: str, key: str | rx.Var[str], **options: Any) -> rx.Component:
    box = rx.el.input(name=key, class_name="in", auto_complete="off", **options)
    return rx.el.label(t(name), box, class_name="lab")


def _select(name: str, key: str, value: rx.Var[str], *options: rx.Component) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.select(*options, name=key, default_value=value, class_name="in"), class_name="lab"
    )


def _previews() -> rx.Component:
    plan = Notices.view.plan
    nothing = rx.el.p(t("notice_preview_none"), class_name="para m2 cardtext")
    has_any = plan.ways[0].account_id != ""
    return rx.el.section(
        rx.el.header(rx.el.h2(t("notice_preview"))),
        rx.cond(has_any, rx.fragment(rx.foreach(plan.ways, _preview)), nothing),
        class_name="card",
        aria_label=t("notice_preview"),
    )


def _preview(way: rx.Var[WayView]) -> rx.Component:
    wrong = rx.el.p(icon("triangle-alert", "s"), t("notice_wrong"), class_name="row amber", role="alert")
    head = rx.el.p(way.place, ". ", label(NotifierKind, way.kind), " · ", way.account, class_name="b")
    shown = rx.el.dl(rx.foreach(way.shown, _value), class_name="f12")
    body = rx.el.div(head, rx.cond(way.is_wrong, wrong, shown), _try(way), class_name="cardtext")
    return rx.cond(way.account_id != "", body)


def _value(one: rx.Var[ValueView]) -> rx.Component:
    cut = rx.cond(one.is_cut, rx.el.span(" · ", t("notice_cut"), class_name="amber"))
    return rx.el.div(
        rx.el.dt(one.name, class_name="m3 w12"), rx.el.dd(one.text, cut, class_name="wrapcell"), class_name="row wrap"
    )


def _try(way: rx.Var[WayView]) -> rx.Component:
    plan = Notices.view.plan
    return rx.el.form(
        hidden("shop", plan.shop),
        hidden("moment", plan.moment),
        hidden("place", way.place),
        _field("notice_test_to", "to", max_length=64, required=True),
        rx.el.button(
            icon("msg", "s"),
            t("notice_test"),
            type="submit",
            class_name="btn",
            disabled=(Frame.level == "read_only") | Notices.is_trying,
        ),
        on_submit=Notices.send_test,
        reset_on_submit=True,
        class_name="fields across",
        style={"paddingLeft": "0"},
    )
