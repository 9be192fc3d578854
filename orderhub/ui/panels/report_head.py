"""What stands above the reports: the period, which orders, files, and the four figures a telephone shows first."""

from collections.abc import Callable

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.words import Channel
from orderhub.ui.board_view import Choice, Filter
from orderhub.ui.components.controls import hidden, if_may, link, native_form, popover
from orderhub.ui.components.marks import channel_mark, icon
from orderhub.ui.panels.report import asking_form
from orderhub.ui.report_address import PATH, PROMOTIONS_PATH, Period, Report
from orderhub.ui.schedule_view import PATH as SCHEDULES_PATH
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.report import Reports
from orderhub.ui.text import label, t
from orderhub.ui.tiles_view import TILES, TileView

Namer = Callable[[rx.Var[Choice]], rx.Var[str] | rx.Component]


def report_head(alone: Report | None = None) -> rx.Component:
    head = Reports.head
    is_trend = alone is Report.TREND
    title = t(f"rp_{alone}") if alone else t("reports")
    back = link(icon("left", "s"), t("rp_back"), to=head.every, class_name="btn ghost") if alone else rx.fragment()
    said = rx.cond(Reports.at != "", t("rp_at", at=Reports.at), "")
    return rx.el.div(
        back,
        rx.el.h1(title),
        rx.el.span(said, class_name="m3 rp-at"),
        rx.el.span(class_name="sp"),
        link(icon("tag", "s"), t("rp_promotions"), to=PROMOTIONS_PATH, class_name="btn") if is_trend else rx.fragment(),
        if_may(Permission.REPORT_SCHEDULE, _to_schedules()) if alone is None else rx.fragment(),
        _periods(),
        _pickers(),
        _files(alone),
        class_name="ph rp-head",
    )


def _to_schedules() -> rx.Component:
    return link(icon("clock", "s"), t("schedules"), to=SCHEDULES_PATH, class_name="btn")


def waits_line() -> rx.Component:
    """At level 2 the figures stand still, and say so."""
    line = rx.el.p(icon("pause", "s"), t("rp_waits"), class_name="note amber rp-waits")
    return rx.cond(Frame.level != "normal", line)


def report_tiles() -> rx.Component:
    return rx.el.section(
        rx.foreach(Reports.tiles, _tile), class_name="card rp-tiles", aria_label=t("rp_tiles"), id="tiles"
    )


def _tile(tile: rx.Var[TileView]) -> rx.Component:
    name = rx.match(tile.name, *[(one, t(f"rp_tile_{one}")) for one in TILES], tile.name).to(str)
    points = rx.cond(tile.is_points, t("rp_points", n=tile.change), tile.change)
    change = rx.el.span(
        rx.cond(tile.is_up, icon("aup", "xs"), icon("adown", "xs")),
        points,
        class_name=rx.cond(tile.is_better, "delta green", "delta red"),
    )
    parts = (
        rx.el.span(name, class_name="f12 m2"),
        rx.el.strong(tile.value, class_name=rx.cond(tile.is_bad, "red", "")),
        rx.cond(tile.change != "", change, rx.el.span("\u00a0", class_name="delta")),
    )
    return link(*parts, to=tile.href, key=tile.name)


def _periods() -> rx.Component:
    head = Reports.head
    links = [
        link(
            t(f"rp_{period}"),
            to=head.periods[str(period)],
            custom_attrs={"aria-current": rx.cond(head.period == str(period), "page", "false")},
        )
        for period in Period
    ]
    return rx.fragment(
        rx.el.nav(*links, class_name="seg rp-periods", aria_label=t("rp_period")),
        rx.cond(head.period == str(Period.CUSTOM), _own_period()),
    )


def _own_period() -> rx.Component:
    head = Reports.head
    days = [
        rx.el.input(
            type="date",
            name=name,
            default_value=value,
            key=f"{name}-{value}",
            required=True,
            class_name="in slim",
            aria_label=t(f"rp_{name}"),
        )
        for name, value in (("since", head.since), ("until", head.until))
    ]
    kept = rx.foreach(head.narrowed, lambda fact: hidden(fact.name, fact.value))
    send = rx.el.button(t("rp_show"), type="submit", class_name="btn")
    return native_form(hidden("period", str(Period.CUSTOM)), kept, *days, send, method="get", class_name="row tight")


def _pickers() -> rx.Component:
    head = Reports.head
    channel = _picker("rp_all_channels", head.channel, _channel_choice, lambda word: label(Channel, word))
    shop = _picker("rp_all_shops", head.shop, lambda one: one.name, lambda word: word)
    warehouse = _picker("rp_all_warehouses", head.warehouse, lambda one: one.name, lambda word: word)
    clear = rx.cond(head.is_narrowed, link(t("rp_clear"), to=head.clear, class_name="f12 nw"))
    return rx.el.span(
        channel, shop, warehouse, clear, class_name="row rp-pickers", role="group", aria_label=t("rp_filter")
    )


def _channel_choice(one: rx.Var[Choice]) -> rx.Component:
    return rx.fragment(channel_mark(one.word), label(Channel, one.word))


def _picker(
    every: str, chosen: rx.Var[Filter], namer: Namer, word_text: Callable[[rx.Var[str]], rx.Var[str]]
) -> rx.Component:
    def choice(one: rx.Var[Choice]) -> rx.Component:
        tick = rx.cond(one.is_on, icon("check", "s"), rx.el.span(style={"width": "14px"}))
        current = {"aria-current": rx.cond(one.is_on, "true", "false")}
        return link(tick, namer(one), to=one.href, key=one.word, custom_attrs=current)

    is_set = chosen.shown.length() > 0
    summary = rx.el.summary(
        rx.cond(is_set, word_text(chosen.shown[0]), t(every)),
        icon("down", "xs"),
        class_name=rx.cond(is_set, "field on", "field"),
    )
    none = rx.cond(is_set, rx.fragment(), icon("check", "s"))
    all_of_them = link(rx.el.span(none, style={"width": "14px"}), t(every), to=chosen.clear)
    return popover(summary, all_of_them, rx.foreach(chosen.choices, choice), side="right")


def _files(alone: Report | None) -> rx.Component:
    summary = rx.el.summary(
        icon("download", "s"),
        rx.el.span(t("rp_download") if alone else t("rp_all"), class_name="hide-phone"),
        class_name="btn",
        aria_label=t("rp_download"),
    )
    to = f"{PATH}/download"
    one = str(alone or "all")
    forms = (
        asking_form(to, hidden("what", "all"), _item("rp_all_xlsx", "format", "xlsx"), class_name="bare"),
        asking_form(f"{PATH}/paper", _item("rp_paper", "what", one), class_name="bare", target="_blank"),
        *(
            asking_form(to, hidden("what", "orders"), _item(f"rp_orders_{form}", "format", form), class_name="bare")
            for form in ("csv", "xlsx")
        ),
    )
    return if_may(Permission.REPORT_EXPORT, popover(summary, *forms, side="right"))


def _item(name: str, key: str, value: str) -> rx.Component:
    return rx.el.button(t(name), type="submit", name=key, value=value, class_name="item")
