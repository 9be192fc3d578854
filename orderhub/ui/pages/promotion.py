"""大促日: the days that the trend marks and the forecast knows."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.promotion_day import LONGEST_NAME
from orderhub.ui.components.cards import table_or
from orderhub.ui.components.controls import cell, if_may, link, notice_line
from orderhub.ui.components.marks import icon, unread, void
from orderhub.ui.panels.frame import REPORTS, framed
from orderhub.ui.report_address import PROMOTIONS_PATH, Report, ReportQuery, report_address
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.promotion import Promotions, PromotionView
from orderhub.ui.text import t

_COLUMNS = (("promotion_day", "w18"), ("promotion_name", ""), ("promotion_by", "w18"), ("", "w18"))
_IS_LOCKED = Frame.level == "read_only"


def page() -> rx.Component:
    to_trend = report_address(ReportQuery(view="day"), Report.TREND)
    return framed(
        REPORTS,
        rx.el.main(
            rx.el.div(
                link(icon("left", "s"), t("rp_trend"), to=to_trend, class_name="btn ghost"),
                rx.el.h1(t("rp_promotions")),
                class_name="ph",
            ),
            notice_line(Promotions.said, Promotions.is_refusal, Promotions.dismiss),
            rx.cond(Promotions.has_failed, unread(Promotions.enter), _card()),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PROMOTIONS_PATH, title="大促日 · OrderHub", on_load=[Frame.enter, Promotions.enter])


def _card() -> rx.Component:
    nothing = void("tag", "promotion_none", "promotion_none_hint")
    return rx.el.section(
        if_may(Permission.PROMOTION_CHANGE, _form()),
        table_or(nothing, "rp_promotions", _COLUMNS, Promotions.days, _row, is_loaded=Promotions.is_loaded),
        class_name="card top-pad",
        aria_label=t("rp_promotions"),
    )


def _form() -> rx.Component:
    name = rx.el.input(name="name", class_name="in", max_length=LONGEST_NAME, required=True, auto_complete="off")
    return rx.el.form(
        rx.el.label(
            t("promotion_day"), rx.el.input(type="date", name="day", class_name="in", required=True), class_name="lab"
        ),
        rx.el.label(t("promotion_name"), name, class_name="lab"),
        rx.el.button(t("promotion_keep"), type="submit", class_name="btn pri", disabled=_IS_LOCKED),
        on_submit=Promotions.keep,
        class_name="fields across",
        key="promotion-" + Promotions.saved.to(str),
    )


def _row(one: rx.Var[PromotionView]) -> rx.Component:
    remove = rx.el.button(
        t("promotion_remove"),
        type="button",
        class_name="btn ghost",
        on_click=Promotions.remove(one.id),
        disabled=_IS_LOCKED,
    )
    return rx.el.tr(
        rx.el.td(one.day, class_name="b"),
        cell("promotion_name", one.name),
        cell("promotion_by", one.by, class_name="m2"),
        rx.el.td(if_may(Permission.PROMOTION_CHANGE, remove), class_name="num"),
        key=one.id,
    )
