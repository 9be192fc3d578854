"""定时报表: which reports are sent by themselves, when and to whom."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.report_schedule import ReportFailure, ScheduleOff, SchedulePeriod
from orderhub.ui.components.cards import table_or
from orderhub.ui.components.controls import cell, hidden, if_may, link, notice_line
from orderhub.ui.components.marks import icon, none_mark, unread, void
from orderhub.ui.panels.frame import REPORTS, framed
from orderhub.ui.report_address import PATH as REPORTS_PATH
from orderhub.ui.report_address import Report
from orderhub.ui.rule_names import WEEKDAYS
from orderhub.ui.schedule_view import PATH, ScheduleView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.state.schedule import Schedules
from orderhub.ui.text import label, t

_COLUMNS = (
    ("schedule_name", "w18"),
    ("schedule_reports", ""),
    ("schedule_when", "w18"),
    ("schedule_to", "w24"),
    ("schedule_state", "w18"),
    ("", "w24"),
)
_CHANGE = Permission.REPORT_SCHEDULE
_IS_STILL = Frame.level == "read_only"


def page() -> rx.Component:
    body = if_may(_CHANGE, rx.fragment(_list(), _form(), _send()))
    return framed(
        REPORTS,
        rx.el.main(
            rx.el.div(
                link(icon("left", "s"), t("reports"), to=REPORTS_PATH, class_name="btn ghost"),
                rx.el.h1(t("schedules")),
                class_name="ph",
            ),
            notice_line(Schedules.said, Schedules.is_refusal, Schedules.dismiss),
            rx.cond(Schedules.has_failed, unread(Schedules.enter), body),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="定时报表 · OrderHub", on_load=[Frame.enter, Schedules.enter])


def _list() -> rx.Component:
    rows = Schedules.view.rows
    nothing = void("clock", "schedules_none", "schedules_none_hint")
    return rx.el.section(
        rx.el.p(t("schedules_hint"), class_name="para m2 cardtext"),
        table_or(nothing, "schedules", _COLUMNS, rows, _row, is_loaded=Schedules.is_loaded),
        class_name="card top-pad",
        aria_label=t("schedules"),
    )


def _row(one: rx.Var[ScheduleView]) -> rx.Component:
    reports = rx.foreach(one.reports, lambda report: rx.el.span(_report(report), class_name="tag", key=report))
    to = rx.fragment(
        rx.foreach(one.mails, lambda mail: rx.el.span(mail, class_name="tag", key=mail)),
        rx.cond(one.robot != "", rx.el.span(one.robot, class_name="tag")),
    )
    when = rx.fragment(
        rx.el.span(_weekday(one.weekday), " ", one.at), rx.el.span(label(SchedulePeriod, one.period), class_name="m2")
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(one.name, class_name="b"), rx.el.span(" ", one.owner, class_name="m2 f12")),
        cell("schedule_reports", reports, class_name="wrapcell"),
        cell("schedule_when", rx.el.span(when, class_name="row wrap tight"), class_name="wrapcell"),
        cell("schedule_to", to, class_name="wrapcell"),
        cell("schedule_state", _state(one), class_name="wrapcell"),
        rx.el.td(_actions(one), class_name="num"),
        key=one.id,
    )


def _state(one: rx.Var[ScheduleView]) -> rx.Component:
    works = rx.el.span(icon("circle-check", "s"), t("schedule_next"), " ", one.next_at, class_name="row tight green")
    off = rx.el.span(icon("pause", "s"), label(ScheduleOff, one.off), class_name="row tight m2")
    sent = rx.cond(one.sent_at != "", rx.el.span(one.sent_at), none_mark())
    return rx.fragment(
        rx.cond(one.is_on, works, off),
        rx.el.div(t("schedule_sent"), " ", sent, class_name="m2 f12"),
        rx.cond(one.failure != "", _failure(one)),
    )


def _failure(one: rx.Var[ScheduleView]) -> rx.Component:
    at = rx.cond(one.failure_at != "", one.failure_at + ": ", "")
    code = rx.cond(one.failure_code != "", " (" + one.failure_code + ")", "")
    said = rx.el.span(at, label(ReportFailure, one.failure), code)
    return rx.el.span(icon("triangle-alert", "s"), said, class_name="row tight amber")


def _actions(one: rx.Var[ScheduleView]) -> rx.Component:
    turn = _button(rx.cond(one.is_on, t("schedule_stop"), t("schedule_start")), Schedules.switch(one.id, ~one.is_on))
    remove = _button(t("schedule_remove"), Schedules.remove(one.id))
    return rx.el.span(link(t("schedule_edit"), to=one.href, class_name="btn"), turn, remove, class_name="row end")


def _button(text: Any, on_click: Any) -> rx.Component:
    return rx.el.button(text, type="button", class_name="btn ghost", on_click=on_click, disabled=_IS_STILL)


def _form() -> rx.Component:
    """Adds a schedule, or changes the one that the address names."""
    form, is_new = Schedules.view.form, Schedules.view.form.id == ""
    reports = [_tick(report, form.reports) for report in Report]
    periods = [_option(str(one), label(SchedulePeriod, rx.Var.create(str(one)))) for one in SchedulePeriod]
    days = [_option(str(day), _weekday_of(day)) for day in range(8)]
    chats = rx.foreach(Schedules.view.robots, lambda one: rx.el.option(one[1], value=one[0], key=one[0]))
    no_chat = _option("0", t("schedule_no_robot"))
    languages = (_option("zh", "中文"), _option("en", "English"))
    fields = rx.el.form(
        hidden("id", form.id),
        _box("schedule_name", "name", max_length=64, required=True, auto_complete="off", default_value=form.name),
        rx.el.fieldset(rx.el.legend(t("schedule_reports")), *reports, class_name="row wrap"),
        _select("schedule_period", "period", *periods, default_value=form.period),
        _select("schedule_day", "weekday", *days, default_value=form.weekday),
        _box("schedule_at", "at", type="time", required=True, default_value=form.at),
        _box("schedule_mails", "mails", max_length=2000, auto_complete="off", default_value=form.mails),
        _select("schedule_robot", "robot", no_chat, chats, default_value=form.robot),
        _select("schedule_lang", "lang", *languages, default_value=form.lang),
        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=_IS_STILL),
        on_submit=Schedules.keep,
        class_name="fields",
        key="schedule-" + form.id + "-" + Schedules.saved.to(str),
    )
    new = rx.cond(is_new, rx.fragment(), link(t("schedule_new"), to=f"{PATH}#schedule", class_name="btn ghost"))
    title = rx.cond(is_new, t("schedule_add"), t("schedule_change"))
    return rx.el.section(
        rx.el.header(rx.el.h2(title), new),
        rx.cond(Schedules.is_loaded, fields),
        class_name="card",
        aria_label=title,
        id="schedule",
    )


def _send() -> rx.Component:
    names = rx.foreach(Schedules.view.rows, lambda one: rx.el.option(one.name, value=one.id, key=one.id))
    form = rx.el.form(
        _select("schedule_which", "schedule", names),
        _box("schedule_send_to", "to", type="email", max_length=200, auto_complete="email"),
        rx.el.button(t("schedule_send"), type="submit", class_name="btn", disabled=_IS_STILL),
        on_submit=Schedules.send,
        class_name="fields across",
        key="send-" + Schedules.saved.to(str),
    )
    section = rx.el.section(
        rx.el.header(rx.el.h2(t("schedule_send_title"))),
        rx.el.p(t("schedule_send_hint"), class_name="para m2 cardtext"),
        form,
        class_name="card",
        aria_label=t("schedule_send_title"),
    )
    return rx.cond(Schedules.view.rows.length() > 0, section)


def _tick(report: Report, chosen: rx.Var[list[str]]) -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        name=f"report-{report}",
        value="1",
        default_checked=chosen.contains(str(report)),
        class_name="cb",
    )
    return rx.el.label(box, t(f"rp_{report}"), class_name="row tight")


def _report(report: rx.Var[str]) -> rx.Var:
    return rx.match(report, *[(str(one), t(f"rp_{one}")) for one in Report], report)


def _weekday(day: rx.Var[str]) -> rx.Var:
    return rx.match(day, *[(str(one), _weekday_of(one)) for one in range(8)], day)


def _weekday_of(day: int) -> Any:
    if day == 0:
        return t("schedule_daily")
    chinese, english = WEEKDAYS[str(day)]
    return rx.cond(Preferences.lang == "en", english, chinese)


def _option(value: str, text: Any) -> rx.Component:
    return rx.el.option(text, value=value)


def _select(name: str, key: str, *options: Any, **more: Any) -> rx.Component:
    return rx.el.label(t(name), rx.el.select(*options, name=key, class_name="in", **more), class_name="lab")


def _box(name: str, key: str, **options: Any) -> rx.Component:
    return rx.el.label(t(name), rx.el.input(name=key, class_name="in", **options), class_name="lab")
