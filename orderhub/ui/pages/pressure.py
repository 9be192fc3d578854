"""压力等级: where the hub stands and why, set by hand with a reason, and what waits at level 2."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.intake.hub_level import LONGEST_PIN, USUAL_PIN, LevelPinned, LevelUnpinned
from orderhub.kernel.eventlog import kind_of
from orderhub.kernel.level import Level, Pausable, Sign
from orderhub.ui.components.controls import cell, if_may, notice_line, table_head
from orderhub.ui.components.marks import icon, unread, void
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.level import level_words
from orderhub.ui.panels.studio import PRESSURE, studio_tabs
from orderhub.ui.pressure_text import WAITING_NAMES
from orderhub.ui.pressure_view import PATH, PLOT_HEIGHT, PLOT_WIDTH, PlotView, SwitchView, WaitingView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.pressure import Pressure
from orderhub.ui.text import actor_name, job_label, label, looked_up, t, workflow_label

_CHANGE = Permission.PRESSURE_CHANGE
_ENTRIES = (("kind", "w12"), ("pressure_entry", ""), ("state", "w18"), ("", "w12"))
_SWITCHES = (("audit_at", "w15"), ("audit_who", "w15"), ("pressure_what", ""))
_MINUTE_SECONDS = 60


def page() -> rx.Component:
    shown = rx.fragment(_now(), _hour(), _entries(), _switches())
    return framed(
        STUDIO,
        rx.el.main(
            studio_tabs(PRESSURE),
            rx.el.div(rx.el.h1(t("pressure_title")), class_name="ph"),
            rx.el.p(t("pressure_hint"), class_name="para m2 lead"),
            notice_line(Pressure.said, Pressure.is_refusal, Pressure.dismiss),
            if_may(
                Permission.SYSTEM_READ,
                rx.cond(Pressure.has_failed, unread(Pressure.enter), rx.cond(Pressure.is_loaded, shown)),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="压力等级 · OrderHub", on_load=[Frame.enter, Pressure.enter])


def _section(title: str, *body: rx.Component) -> rx.Component:
    return rx.el.section(rx.el.header(rx.el.h2(t(title))), *body, class_name="card", aria_label=t(title))


def _now() -> rx.Component:
    view = Pressure.view
    measured = t("pressure_measured", level=label(Level, view.measured_level), sign=label(Sign, view.measured_sign))
    kind = rx.match(view.now.level, ("normal", "b green"), ("throttled", "b amber"), "b red")
    lift = rx.el.button(icon("x", "s"), t("pressure_lift"), type="button", class_name="btn", on_click=Pressure.lift)
    said = rx.el.div(
        rx.el.p(level_words(view.now), class_name=kind),
        rx.cond(view.now.by != "", rx.el.p(measured, class_name="m2 f12")),
        rx.cond(view.now.by != "", if_may(_CHANGE, lift)),
        class_name="pr-now",
    )
    return _section("pressure_now", said, if_may(_CHANGE, _pin()))


def _pin() -> rx.Component:
    minutes = int(USUAL_PIN.total_seconds()) // _MINUTE_SECONDS
    longest = int(LONGEST_PIN.total_seconds()) // _MINUTE_SECONDS
    level = rx.el.select(
        *[rx.el.option(label(Level, one), value=str(one)) for one in Level],
        name="level",
        default_value=str(Level.THROTTLED),
        class_name="in",
    )
    lasts = rx.el.input(
        name="minutes",
        type="number",
        min="1",
        max=str(longest),
        default_value=str(minutes),
        required=True,
        class_name="in",
    )
    reason = rx.el.input(name="reason", max_length=200, required=True, auto_complete="off", class_name="in")
    return rx.el.form(
        rx.el.p(t("pressure_pin_hint"), class_name="m2 f12 whole"),
        rx.el.label(t("level"), level, class_name="lab"),
        rx.el.label(t("pressure_minutes"), lasts, class_name="lab"),
        rx.el.label(t("reason"), reason, class_name="lab"),
        rx.el.button(t("pressure_set"), type="submit", class_name="btn pri"),
        on_submit=Pressure.pin,
        class_name="fields many pr-pin",
        key="pin-" + Pressure.saved.to(str),
        aria_label=t("pressure_pin"),
    )


def _hour() -> rx.Component:
    view = Pressure.view
    plots = rx.el.div(
        _plot("pressure_cpu", view.cpu),
        _plot("pressure_waiting", view.waiting),
        _plot("pressure_database", view.database),
        class_name="pr-plots",
    )
    nothing = void("clock", "pressure_no_samples", "pressure_no_samples_hint")
    return _section("pressure_hour", rx.cond(view.has_samples, plots, nothing))


def _plot(name: str, plot: rx.Var[PlotView]) -> rx.Component:
    svg = rx.el.svg
    drawn = svg(
        svg.line(x1="0", x2=str(PLOT_WIDTH), y1=str(PLOT_HEIGHT), y2=str(PLOT_HEIGHT), class_name="gl"),
        svg.path(d=plot.area, class_name="ar"),
        svg.path(d=plot.line, class_name="ln"),
        view_box=f"0 0 {PLOT_WIDTH:.0f} {PLOT_HEIGHT:.0f}",
        class_name="plot",
        role="img",
        aria_label=t(name),
    )
    return rx.el.div(
        rx.el.div(
            rx.el.span(t(name), class_name="f12 m2"),
            rx.el.span(class_name="sp"),
            rx.el.strong(plot.last),
            rx.el.span(t("pressure_most", n=plot.most), class_name="f12 m3"),
            class_name="row",
        ),
        drawn,
    )


def _entries() -> rx.Component:
    rows = rx.el.tbody(rx.foreach(Pressure.view.may_wait, _entry))
    table = rx.el.table(table_head(*_ENTRIES), rows, aria_label=t("pressure_list"))
    hint = rx.el.p(t("pressure_list_hint"), class_name="para m2 cardtext")
    return _section("pressure_list", hint, rx.el.div(table, class_name="pbox stack"))


def _entry(one: rx.Var[WaitingView]) -> rx.Component:
    name = rx.match(
        one.kind,
        (str(Pausable.JOB), job_label(one.name)),
        (str(Pausable.WORKFLOW), workflow_label(one.name)),
        looked_up(WAITING_NAMES, one.name),
    )
    waits = rx.cond(
        one.waits_now,
        rx.el.span(icon("pause", "s"), t("pressure_waits_now"), class_name="row tight amber"),
        rx.el.span(t("pressure_waits"), class_name="m2"),
    )
    state = rx.cond(one.off_by != "", rx.el.span(t("pressure_goes_on", by=one.off_by), class_name="green"), waits)
    button = rx.cond(
        one.off_by != "",
        _press("pressure_put_on", Pressure.put_back(one.id)),
        _press("pressure_take_off", Pressure.take_off(one.id)),
    )
    return rx.el.tr(
        rx.el.td(label(Pausable, one.kind), class_name="m2"),
        cell("pressure_entry", rx.el.span(name, class_name="b"), class_name="wrapcell"),
        cell("state", state, class_name="wrapcell"),
        rx.el.td(if_may(_CHANGE, button), class_name="num"),
        key=one.id,
    )


def _press(name: str, event: Any) -> rx.Component:
    return rx.el.button(t(name), type="button", class_name="btn ghost", on_click=event)


def _switches() -> rx.Component:
    rows = Pressure.view.switches
    table = rx.el.table(
        table_head(*_SWITCHES), rx.el.tbody(rx.foreach(rows, _switch)), aria_label=t("pressure_switches")
    )
    nothing = void("circle-check", "pressure_no_switches")
    return _section("pressure_switches", rx.cond(rows.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing))


def _switch(one: rx.Var[SwitchView]) -> rx.Component:
    level = label(Level, one.level)
    said = rx.match(
        one.kind,
        (kind_of(LevelPinned), t("pressure_was_pinned", level=level, until=one.until, reason=one.reason)),
        (kind_of(LevelUnpinned), t("pressure_was_lifted", level=level)),
        t("pressure_to", level=level, sign=label(Sign, one.sign)),
    )
    return rx.el.tr(
        rx.el.td(one.at),
        cell("audit_who", actor_name(one.actor)),
        cell("pressure_what", said, class_name="wrapcell"),
        key=one.id,
    )
