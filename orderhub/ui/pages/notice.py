"""通知: what buyers are told, by which ways, how it looks, and what became of each."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.notice import NoticeState
from orderhub.domain.notice_plan import NoticeMoment
from orderhub.domain.words import NotifierKind, UploadProblem
from orderhub.ui.components.controls import cell, if_may, link, notice_line, page_foot, table_head
from orderhub.ui.components.marks import age_mark, channel_mark, icon, none_mark, unread, void
from orderhub.ui.notice_view import PATH, MomentView, NoticeView, ShopNoticesView
from orderhub.ui.panels.frame import NOTICES, framed
from orderhub.ui.panels.notice_plan import notice_plan
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.notice import Notices
from orderhub.ui.text import label, t

_MOMENT_COLUMNS = (("shop", "w18"), ("notice_moment", "w15"), ("state", "w9"), ("notice_way", ""), ("", "w12"))
_COLUMNS = (
    ("order_no", "w15"),
    ("notice_moment", "w12"),
    ("notice_way", "w15"),
    ("state", "w9"),
    ("reason", ""),
    ("age", "num w9"),
    ("", "w9"),
)


def page() -> rx.Component:
    return framed(
        NOTICES,
        rx.el.main(
            rx.el.div(rx.el.h1(t("notices_title")), class_name="ph"),
            notice_line(Notices.said, Notices.is_refusal, Notices.dismiss),
            rx.cond(
                Notices.has_failed,
                unread(Notices.enter),
                rx.fragment(_figures(), _list(), _shops(), if_may(Permission.NOTICE_CHANGE, notice_plan())),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="买家通知 · OrderHub", on_load=[Frame.enter, Notices.enter])


def _figures() -> rx.Component:
    view = Notices.view
    failed = rx.el.span(view.failed, class_name=rx.cond(view.failed != "0", "red", ""))
    return rx.el.div(
        _figure("notices_sent", view.sent),
        _figure("notices_waiting", view.waiting),
        _figure("notices_failed", failed),
        class_name="figs",
    )


def _figure(name: str, value: rx.Var[str] | rx.Component) -> rx.Component:
    shown = rx.cond(Notices.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(rx.el.div(t(name), class_name="f12 m2"), shown, class_name="card fig low")


def _shops() -> rx.Component:
    shops = Notices.view.shops
    table = rx.el.table(
        table_head(*_MOMENT_COLUMNS), rx.el.tbody(rx.foreach(shops, _shop)), aria_label=t("notice_shops")
    )
    nothing = rx.cond(Notices.is_loaded, void("store", "no_shops", "no_shops_hint"))
    return rx.el.section(
        rx.el.header(rx.el.h2(t("notice_shops"))),
        rx.el.p(t("notice_shops_hint"), class_name="para m2 cardtext"),
        rx.cond(shops.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        class_name="card",
        aria_label=t("notice_shops"),
    )


def _shop(shop: rx.Var[ShopNoticesView]) -> rx.Component:
    name = rx.el.span(channel_mark(shop.channel), shop.name, class_name="row")
    platform = rx.el.tr(
        rx.el.td(name),
        rx.el.td(rx.el.span(icon("info", "s"), t("notice_platform"), class_name="row m2 wrapcell"), col_span=4),
        key=shop.code,
    )
    moments = rx.foreach(shop.moments, lambda moment: _moment(name, moment))
    return rx.cond(shop.may_tell, rx.fragment(moments), platform)


def _moment(name: rx.Component, one: rx.Var[MomentView]) -> rx.Component:
    is_on = rx.el.span(icon("circle-check", "s"), t("notice_on"), class_name="row tight green")
    is_off = rx.el.span(icon("pause", "s"), t("notice_off"), class_name="row tight m2")
    ways = rx.foreach(
        one.ways, lambda kind, place: rx.fragment(rx.cond(place > 0, " → ", ""), label(NotifierKind, kind))
    )
    quiet = rx.cond(one.quiet != "", rx.el.span(icon("moon", "xs"), one.quiet, class_name="row tight m3"))
    change = link(
        icon("sliders", "s"),
        t("notice_edit"),
        to=one.href,
        class_name="btn",
        custom_attrs={"aria-current": rx.cond(one.is_chosen, "true", "false")},
    )
    return rx.el.tr(
        rx.el.td(name),
        cell("notice_moment", label(NoticeMoment, one.moment)),
        cell("state", rx.cond(one.is_on, is_on, is_off)),
        cell(
            "notice_way",
            rx.cond(one.ways.length() > 0, rx.el.span(rx.el.span(ways), quiet, class_name="row wrap"), none_mark()),
            class_name="wrapcell",
        ),
        rx.el.td(if_may(Permission.NOTICE_CHANGE, change), class_name="num"),
        key=one.href,
    )


def _list() -> rx.Component:
    view = Notices.view
    table = rx.el.table(table_head(*_COLUMNS), rx.el.tbody(rx.foreach(view.rows, _notice)), aria_label=t("notice_list"))
    nothing = rx.cond(Notices.is_loaded, void("bell", "notice_list_none", "notice_list_hint"))
    return rx.el.section(
        rx.el.header(rx.el.h2(t("notice_list")), rx.el.span(class_name="sp"), _filters()),
        rx.cond(view.rows.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        page_foot(view.first, view.following),
        class_name="card",
        aria_label=t("notice_list"),
    )


def _filters() -> rx.Component:
    """The list's state is kept in the address; what happened stands beside each row."""
    view = Notices.view
    tabs = [("", t("notice_all")), *((str(one), label(NoticeState, rx.Var.create(str(one)))) for one in NoticeState)]
    links = [
        link(
            name,
            to=f"{PATH}?state={word}" if word else PATH,
            custom_attrs={"aria-current": rx.cond(view.state == word, "page", "false")},
        )
        for word, name in tabs
    ]
    return rx.el.nav(*links, class_name="seg", aria_label=t("notice_list"))


def _notice(one: rx.Var[NoticeView]) -> rx.Component:
    code = rx.cond(one.code != "", rx.el.span(" （", one.code, "）", class_name="m3"))
    waits = rx.cond(one.due != "", rx.el.span(t("notice_due", at=one.due), class_name="m3"), none_mark())
    reason = rx.cond(one.problem != "", rx.el.span(label(UploadProblem, one.problem), code), waits)
    way = rx.cond(one.way != "", rx.el.span(label(NotifierKind, one.way), title=one.account), none_mark())
    again = rx.el.button(
        icon("rotate", "s"),
        t("notice_retry"),
        type="button",
        class_name="btn",
        on_click=Notices.retry(one.id),
        disabled=Frame.level == "read_only",
    )
    return rx.el.tr(
        rx.el.td(link(one.number, to=one.href), rx.el.div(one.tracking_no, class_name="m3 f12"), class_name="f12"),
        cell("notice_moment", label(NoticeMoment, one.moment)),
        cell("notice_way", way),
        cell("state", _state(one.state)),
        cell("reason", reason, class_name="m2 wrapcell"),
        cell("age", rx.el.span(age_mark(one.at), title=one.at_exact), class_name="num m2"),
        rx.el.td(if_may(Permission.NOTICE_RETRY, rx.cond(one.may_retry, again)), class_name="num"),
        key=one.id,
    )


def _state(word: rx.Var[str]) -> rx.Component:
    mark = rx.match(
        word,
        (str(NoticeState.SENT), icon("circle-check", "s")),
        (str(NoticeState.FAILED), icon("triangle-alert", "s")),
        (str(NoticeState.SKIPPED), icon("x", "s")),
        icon("clock", "s"),
    )
    kind = rx.match(
        word,
        (str(NoticeState.SENT), "row tight green"),
        (str(NoticeState.FAILED), "row tight red"),
        "row tight",
    )
    return rx.el.span(mark, label(NoticeState, word), class_name=kind)
