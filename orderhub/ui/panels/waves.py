"""Waves: made of what waits, begun, finished or given up."""

import reflex as rx

from orderhub.domain.wave import MOST, WaveStatus, WaveWish
from orderhub.domain.words import Carrier
from orderhub.ui.components.controls import cell, link, native_form, table_head
from orderhub.ui.components.marks import icon, void
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.warehouse import Floor
from orderhub.ui.text import label, t
from orderhub.ui.warehouse_view import WarehouseView, WaveView

_COLUMNS = (
    ("wave", "w12"),
    ("warehouse", "w15"),
    ("state", "w12"),
    ("wave_packed", "num w12"),
    ("by_whom", "w12"),
    ("", ""),
)
_MOVES = {
    WaveStatus.PICKING: ("play", "wave_begin"),
    WaveStatus.DONE: ("check", "wave_finish"),
    WaveStatus.CANCELLED: ("x", "wave_cancel"),
}


def waves_part() -> rx.Component:
    rows = Floor.view.waves
    table = rx.el.table(table_head(*_COLUMNS), rx.el.tbody(rx.foreach(rows, _wave)), aria_label=t("waves"))
    body = rx.cond(
        rows.length() > 0, rx.el.div(table, class_name="pbox stack"), void("boxes", "waves_none", "waves_hint")
    )
    return rx.el.section(rx.el.header(rx.el.h2(t("waves"))), _form(), body, class_name="card", aria_label=t("waves"))


def carrier_options() -> list[rx.Component]:
    return [rx.el.option(label(Carrier, rx.Var.create(str(word))), value=str(word)) for word in Carrier]


def _form() -> rx.Component:
    every = rx.el.option(t("any_carrier"), value="")
    return rx.el.form(
        rx.el.label(
            t("warehouse"),
            rx.el.select(
                rx.foreach(Floor.view.warehouses, _option),
                rx.cond(Floor.view.warehouses.length() == 0, rx.el.option(t("no_warehouse"), value="0")),
                name="warehouse",
                class_name="in",
            ),
            class_name="lab",
        ),
        rx.el.label(
            t("carrier"), rx.el.select(every, *carrier_options(), name="carrier", class_name="in"), class_name="lab"
        ),
        rx.el.label(
            t("wave_most"),
            rx.el.input(
                name="most",
                type="number",
                min="1",
                max=str(MOST),
                default_value=str(WaveWish().most),
                class_name="in",
                required=True,
            ),
            class_name="lab",
        ),
        _box("labelled", "wave_labelled"),
        _box("single", "wave_single"),
        _box("urgent", "wave_urgent"),
        rx.el.button(
            icon("plus", "s"), t("wave_make"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"
        ),
        on_submit=Floor.make_wave,
        class_name="fields across waveform",
    )


def _option(place: rx.Var[WarehouseView]) -> rx.Component:
    return rx.el.option(place.name, value=place.id, key=place.id)


def _box(name: str, text: str) -> rx.Component:
    return rx.el.label(rx.el.input(type="checkbox", name=name, class_name="cb"), t(text), class_name="row tight")


def _wave(wave: rx.Var[WaveView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(link(wave.name, to=wave.href, class_name="b")),
        cell("warehouse", wave.warehouse),
        cell("state", label(WaveStatus, wave.status)),
        cell("wave_packed", wave.packed, " / ", wave.deliveries, class_name="num"),
        cell("by_whom", wave.by, class_name="m2"),
        rx.el.td(
            rx.el.span(
                _picks(wave), *[_move(wave, status, *words) for status, words in _MOVES.items()], class_name="row end"
            ),
            class_name="num",
        ),
        key=wave.id,
    )


def _picks(wave: rx.Var[WaveView]) -> rx.Component:
    """A form, since the router takes every link for a page."""
    button = rx.el.button(icon("printer", "s"), t("pick_list"), type="submit", class_name="btn")
    known = rx.el.input(type="hidden", name="wave", value=wave.id, read_only=True)
    return native_form(button, known, method="get", action="/warehouse/picks", target="_blank")


def _move(wave: rx.Var[WaveView], status: WaveStatus, picture: str, name: str) -> rx.Component:
    button = rx.el.button(
        icon(picture, "s"),
        t(name),
        type="button",
        class_name="btn ghost",
        on_click=Floor.move_wave(wave.id, str(status)),
        disabled=Frame.level == "read_only",
    )
    return rx.cond(wave.moves.contains(str(status)), button)
