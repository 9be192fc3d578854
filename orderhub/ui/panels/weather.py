"""Whose weather the regions have, until when, and what could not be fetched of it."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.weather import WeatherSource
from orderhub.ui.components.controls import cell, if_may, table_head
from orderhub.ui.components.marks import icon
from orderhub.ui.state.forecast import Forecast
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t
from orderhub.ui.weather_view import WeatherRow

_COLUMNS = (
    ("forecast_region", ""),
    ("weather_source", ""),
    ("weather_from", ""),
    ("weather_until", ""),
    ("weather_days", "num"),
    ("weather_at", ""),
)


def weather() -> rx.Component:
    view = Forecast.view.weather
    fetch = rx.el.button(
        rx.cond(view.is_coming, t("weather_coming"), t("weather_fetch")),
        type="button",
        class_name="btn",
        on_click=Forecast.fetch_weather,
        disabled=(Frame.level == "read_only") | view.is_coming,
    )
    failed = rx.el.p(
        icon("triangle-alert", "s"), t("weather_failed", at=view.failed_at, why=view.failed), class_name="amber para"
    )
    table = rx.el.table(
        table_head(*_COLUMNS), rx.el.tbody(rx.foreach(view.rows, _row)), aria_label=t("weather_section")
    )
    none = rx.el.p(t("weather_none"), class_name="m2")
    return rx.el.section(
        rx.el.header(
            rx.el.h2(t("weather_section")),
            rx.el.span(class_name="sp"),
            rx.cond(view.is_on, if_may(Permission.FORECAST_CHANGE, fetch)),
            class_name="floorbar",
        ),
        rx.el.div(
            rx.el.p(t("weather_hint"), class_name="para m2"),
            rx.el.p(rx.cond(view.is_on, t("weather_on"), t("weather_off")), class_name="para m2"),
            rx.cond(view.failed != "", failed),
            rx.cond(view.rows.length() == 0, none),
            class_name="cardtext",
        ),
        rx.cond(view.rows.length() > 0, rx.el.div(table, class_name="pbox stack")),
        class_name="card",
        aria_label=t("weather_section"),
    )


def _row(row: rx.Var[WeatherRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.warehouse),
        cell("weather_source", label(WeatherSource, row.source)),
        cell("weather_from", row.first_day),
        cell("weather_until", row.last_day),
        cell("weather_days", row.days, class_name="num"),
        cell("weather_at", row.at, class_name="m2"),
        key=row.key,
    )
