"""Which accounts tell of parcels' ways, and how is one added, changed or stopped? Keys go in, never out."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.tracker_account import TrackerKind
from orderhub.ui.components.controls import cell, if_may, native_form, table_head
from orderhub.ui.components.marks import icon, void
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.system import System
from orderhub.ui.system_view import TrackerView
from orderhub.ui.text import label, t

_COLUMNS = (
    ("tracker_name", "w18"),
    ("tracker_kind", "w9"),
    ("tracker_calls", "w9"),
    ("tracker_after", "w9"),
    ("tracker_push_url", ""),
    ("state", "w9"),
    ("", ""),
)


def tracker_accounts() -> rx.Component:
    rows = System.view.trackers
    table = rx.el.table(table_head(*_COLUMNS), rx.el.tbody(rx.foreach(rows, _row)), aria_label=t("trackers"))
    nothing = rx.cond(System.is_loaded, void("truck", "trackers_none", "trackers_hint"))
    return rx.el.section(
        rx.el.header(rx.el.h2(t("trackers"))),
        rx.cond(rows.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        if_may(Permission.CARRIER_CONNECT, _form()),
        class_name="card",
        aria_label=t("trackers"),
    )


def _row(account: rx.Var[TrackerView]) -> rx.Component:
    active = rx.el.span(icon("circle-check", "s"), t("carrier_active"), class_name="row tight green")
    stopped = rx.el.span(icon("pause", "s"), t("carrier_stopped"), class_name="row tight m2")
    return rx.el.tr(
        rx.el.td(rx.el.span(account.name, rx.el.span(account.code, class_name="m3 f12"), class_name="row")),
        cell("tracker_kind", label(TrackerKind, account.kind)),
        cell("tracker_calls", account.calls),
        cell("tracker_after", t("tracker_hours_short", n=account.hours)),
        cell("tracker_push_url", account.push_url, class_name="f12 m2"),
        cell("state", rx.cond(account.is_active, active, stopped)),
        rx.el.td(if_may(Permission.CARRIER_CONNECT, _turn(account)), class_name="num"),
        key=account.code,
    )


def _turn(account: rx.Var[TrackerView]) -> rx.Component:
    turned = rx.cond(account.is_active, "no", "yes")
    name = rx.cond(account.is_active, t("carrier_stop"), t("carrier_start"))
    return native_form(
        rx.el.input(type="hidden", name="code", value=account.code, read_only=True),
        rx.el.input(type="hidden", name="is_active", value=turned, read_only=True),
        rx.el.button(name, type="submit", class_name="btn ghost", disabled=Frame.level == "read_only"),
        method="post",
        action="/trackers/turn",
    )


def _form() -> rx.Component:
    """Adds an account; with the code of one that stands it gives that one what is filled in."""
    kinds = [rx.el.option(label(TrackerKind, rx.Var.create(str(one))), value=str(one)) for one in TrackerKind]
    form = native_form(
        _field("tracker_code", "code", required=True, max_length=32),
        rx.el.label(t("tracker_kind"), rx.el.select(*kinds, name="kind", class_name="in"), class_name="lab"),
        _field("tracker_name", "name", max_length=64),
        _field("tracker_customer", "customer", required=True, max_length=64),
        _key(),
        _field("tracker_phone_tail", "phone_tail", input_mode="numeric", max_length=4),
        _field("tracker_quota", "daily_quota", input_mode="numeric", default_value="0", max_length=8),
        _field("tracker_hours", "ask_after_hours", input_mode="numeric", default_value="6", max_length=2),
        rx.el.button(
            icon("check", "s"), t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"
        ),
        method="post",
        action="/trackers",
        class_name="fields many",
    )
    return rx.el.details(
        rx.el.summary(icon("plus", "s"), t("tracker_add"), class_name="btn"), form, class_name="cardtext"
    )


def _field(name: str, key: str, **options: str | int | bool) -> rx.Component:
    box = rx.el.input(name=key, class_name="in", auto_complete="off", **options)
    return rx.el.label(t(name), box, class_name="lab")


def _key() -> rx.Component:
    box = rx.el.input(
        name="key", type="password", class_name="in", auto_complete="new-password", placeholder=t("kept_secret")
    )
    return rx.el.label(t("tracker_key"), box, class_name="lab")
