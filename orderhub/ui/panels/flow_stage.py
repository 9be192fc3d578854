"""One place of the flow map beside it: its figures, and what the draft says of it."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.flow_stage import AFTERSALE, OWNERS, Automation, StageAction, StageClock
from orderhub.domain.order import OrderStatus
from orderhub.ui.components.controls import hidden, icon_button, may
from orderhub.ui.components.marks import icon
from orderhub.ui.components.veiled import of
from orderhub.ui.flow_text import EXITS, OWNER_NAMES
from orderhub.ui.flow_view import ActionView, AutomationView, BarView, StageView
from orderhub.ui.panels.flow_canvas import in_language, owner_label
from orderhub.ui.state.flow import Flow
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.text import label, t
from orderhub.ui.words import Pair

_UNITS = (("1", "flow_minutes"), ("60", "flow_hours"), ("1440", "flow_days"))


def stage_panel() -> rx.Component:
    return rx.el.aside(
        rx.el.form(
            _head(),
            rx.el.div(
                rx.cond(Flow.panel.is_stage, rx.fragment(_figures(), _stays(), _fields(), _actions())),
                _automations(),
                rx.cond(Flow.panel.is_stage, _exits()),
                class_name="fbody",
            ),
            _foot(),
            key=f"{Flow.panel.place}-{Flow.panel.revision}-{Flow.panel.changes}",
            on_submit=Flow.save,
            class_name="fform",
        ),
        class_name="fpanel",
        aria_label=t("flow_canvas"),
        custom_attrs={"data-panel": Flow.panel.place},
    )


def may_change() -> rx.Var[bool]:
    return may(Permission.FLOW_CHANGE)


def place_label(place: rx.Var[str]) -> rx.Var[str]:
    return rx.cond(place == AFTERSALE, t("flow_aftersale"), label(OrderStatus, place)).to(str)


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.h2(place_label(Flow.panel.place)),
        rx.cond(Flow.panel.changes > 0, rx.el.span(t("flow_changed_n", n=Flow.panel.changes), class_name="tag acc")),
        rx.el.span(class_name="sp"),
        icon_button("x", t("flow_close"), on_click=Flow.close),
        hidden("place", Flow.panel.place),
        hidden("revision", Flow.panel.revision.to_string()),
        class_name="row fhead",
    )


def _figures() -> rx.Component:
    stage: Any = Flow.view.stages[Flow.panel.place].to(StageView)
    return rx.el.dl(
        _figure("flow_here", stage.count),
        _figure("flow_late", rx.cond(stage.late != "", stage.late, "0"), rx.cond(stage.late != "", "red", "")),
        _figure("flow_risk", stage.risk),
        class_name="ffigs",
    )


def _figure(key: str, value: rx.Var[str], kind: Any = "") -> rx.Component:
    return rx.el.div(rx.el.dt(t(key)), rx.el.dd(value, class_name=kind), class_name=of(key))


def _stays() -> rx.Component:
    bars = rx.foreach(
        Flow.panel.bars,
        lambda bar: rx.el.i(class_name=rx.cond(bar.to(BarView).is_late, "late", ""), style={"height": bar.height}),
    )
    said = t("flow_middle", time=in_language(Flow.panel.middle))
    drawn = rx.fragment(
        rx.el.div(bars, class_name="fhist", role="img", aria_label=said),
        rx.el.div(
            rx.el.span("0"),
            rx.el.span(in_language(Flow.panel.half)),
            rx.el.span(in_language(Flow.panel.longest)),
            class_name="fscale f12 m3",
        ),
    )
    middle = rx.cond(Flow.panel.bars, rx.el.span(said))
    return rx.el.div(
        rx.el.div(rx.el.span(t("flow_stay")), rx.el.span(class_name="sp"), middle, class_name="row f12 m3"),
        rx.cond(Flow.panel.bars, drawn, rx.el.div(t("flow_stay_none"), class_name="f12 m2")),
        rx.cond(Flow.panel.is_sampled, rx.el.div(t("flow_stay_sampled"), class_name="f12 m3")),
    )


def _fields() -> rx.Component:
    panel = Flow.panel
    owners = [rx.el.option(_said(OWNER_NAMES[role]), value=role) for role in OWNERS]
    clocks = rx.foreach(panel.clocks, lambda clock: rx.el.option(label(StageClock, clock), value=clock))
    timed = (panel.clock == str(StageClock.STAY)) | (panel.clock == str(StageClock.SILENCE))
    has_choice = panel.clocks.length() > 1
    was_owner = rx.cond(panel.owner_was != "", owner_label(panel.owner_was), "").to(str)
    was_clock = rx.cond(panel.clock_was != "", label(StageClock, panel.clock_was), "").to(str)
    was_time = rx.cond(panel.time_was, in_language(panel.time_was), "").to(str)
    alone = rx.fragment(hidden("clock", panel.clock), rx.el.span(label(StageClock, panel.clock), class_name="ffix"))
    return rx.el.div(
        _field("flow_owner", _select("owner_role", panel.owner, *owners), was_owner),
        _field("flow_clock", rx.cond(has_choice, _select("clock", panel.clock, clocks), alone), was_clock),
        rx.cond(has_choice | timed, _field("flow_time", _time(), was_time, "ftimed")),
        rx.cond(
            panel.clocks.contains(str(StageClock.SHIP_BY)),
            _field("flow_lead", _number("lead", panel.lead, "flow_lead"), panel.lead_was, "flead"),
        ),
        class_name="ffields",
    )


def _field(key: str, control: rx.Component, was: rx.Var[str], kind: str = "") -> rx.Component:
    """``was`` is what is in force where the draft says something else, else empty."""
    return rx.el.div(
        rx.el.span(t(key), class_name="m2"),
        rx.el.span(control, rx.cond(was != "", rx.el.s(was, class_name="m3 f12")), class_name="row"),
        class_name=f"ffield {kind}".strip(),
    )


def _select(name: str, value: rx.Var[str], *options: Any) -> rx.Component:
    key = {"owner_role": "flow_owner", "clock": "flow_clock"}[name]
    return rx.el.select(
        *options, name=name, default_value=value, class_name="in", disabled=~may_change(), aria_label=t(key)
    )


def _time() -> rx.Component:
    units = [rx.el.option(t(key), value=value) for value, key in _UNITS]
    return rx.fragment(
        _number("amount", Flow.panel.amount, "flow_time"),
        rx.el.select(
            *units,
            name="unit",
            default_value=Flow.panel.unit,
            class_name="in funit",
            disabled=~may_change(),
            aria_label=t("flow_unit"),
        ),
    )


def _number(name: str, value: rx.Var[str], key: str) -> rx.Component:
    return rx.el.input(
        name=name,
        type="number",
        min="0",
        step="1",
        default_value=value,
        class_name="in num",
        disabled=~may_change(),
        aria_label=t(key),
    )


def _actions() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(t("flow_actions")),
        rx.cond(
            Flow.panel.actions,
            rx.el.ul(rx.foreach(Flow.panel.actions, _action), class_name="factions"),
            rx.el.p(t("flow_actions_none"), class_name="f12 m2"),
        ),
    )


def _action(action: rx.Var[ActionView]) -> rx.Component:
    one: Any = action
    box = rx.el.input(
        type="checkbox",
        name="action:" + one.key,
        default_checked=one.is_on,
        class_name="cb",
        disabled=~may_change(),
    )
    return rx.el.li(rx.el.label(box, rx.el.span(label(StageAction, one.key)), _changed(one.is_changed)))


def _automations() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(t("flow_automations")),
        rx.cond(
            Flow.panel.automations,
            rx.fragment(
                rx.el.ul(rx.foreach(Flow.panel.automations, _automation), class_name="fautos"),
                rx.el.p(t("flow_automations_off"), class_name="f12 m3"),
            ),
            rx.el.p(t("flow_automations_none"), class_name="f12 m2"),
        ),
    )


def _automation(automation: rx.Var[AutomationView]) -> rx.Component:
    one: Any = automation
    name = label(Automation, one.key)
    switch = rx.el.input(
        type="checkbox",
        role="switch",
        name="automation:" + one.key,
        default_checked=one.is_on,
        class_name="swi",
        disabled=~may_change(),
    )
    hours = rx.fragment(
        rx.cond(one.hours_was != "", rx.el.s(one.hours_was, class_name="m3 f12")),
        rx.el.input(
            name="hours:" + one.key,
            type="number",
            min="1",
            max="1440",
            step="1",
            default_value=one.hours,
            class_name="in num fhours",
            disabled=~may_change(),
            aria_label=t("flow_hours_of", name=name),
        ),
        rx.el.span(t("flow_hours"), class_name="f12 m2"),
    )
    return rx.el.li(
        rx.el.label(switch, rx.el.span(name), _changed(one.is_changed | (one.hours_was != ""))),
        rx.el.span(class_name="sp"),
        rx.cond(one.hours != "", hours),
        class_name="row",
    )


def _changed(is_changed: Any) -> rx.Component:
    return rx.cond(is_changed, rx.el.span(t("flow_changed"), class_name="tag acc"))


def _exits() -> rx.Component:
    ways = [
        (str(status), rx.el.ul(*[_exit(why, target) for why, target in ways])) for status, ways in EXITS.items() if ways
    ]
    return rx.cond(
        rx.Var.create([status for status, _ in ways]).contains(Flow.panel.place),
        rx.el.div(rx.el.h3(t("flow_exits")), rx.match(Flow.panel.place, *ways, rx.fragment()), class_name="fexits"),
    )


def _exit(why: Pair, target: OrderStatus) -> rx.Component:
    name = label(OrderStatus, rx.Var.create(str(target)))
    return rx.el.li(icon("aright", "xs"), _said(why), rx.el.span(t("flow_into"), class_name="m3"), name)


def _said(pair: Pair) -> rx.Var[str]:
    return rx.cond(Preferences.lang == "en", pair[1], pair[0]).to(str)


def _foot() -> rx.Component:
    return rx.el.div(
        rx.cond(
            may_change(),
            rx.fragment(
                rx.el.button(t("flow_save_n", n=Flow.view.next), type="submit", class_name="btn pri"),
                rx.el.button(
                    t("flow_revert"),
                    type="button",
                    class_name="btn",
                    disabled=Flow.panel.changes == 0,
                    on_click=Flow.revert(Flow.panel.place),
                ),
            ),
            rx.el.span(t("flow_read_only"), class_name="f12 m2"),
        ),
        class_name="dfoot",
    )
