"""Which carrier accounts are there, and how is one added, tested, changed or stopped? Keys go in, never out."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.words import Carrier
from orderhub.ui.components.controls import cell, if_may, native_form, table_head
from orderhub.ui.components.marks import icon, void
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.push_address import PushAddress
from orderhub.ui.state.system import System
from orderhub.ui.system_view import CarrierView
from orderhub.ui.text import label, t

_COLUMNS = (
    ("carrier_account_name", "w18"),
    ("carrier", "w12"),
    ("customer_code", "w12"),
    ("warehouse", "w15"),
    ("state", "w12"),
    ("", ""),
)
# The carriers that have a connector (docs/carriers.md).
_OFFERED = (Carrier.SF,)
_SENDER = ("name", "mobile", "province", "city", "county", "address")


def carrier_accounts() -> rx.Component:
    rows = System.view.carriers
    table = rx.el.table(table_head(*_COLUMNS), rx.el.tbody(rx.foreach(rows, _row)), aria_label=t("carriers"))
    nothing = rx.cond(System.is_loaded, void("truck", "carriers_none", "carriers_hint"))
    return rx.el.section(
        rx.el.header(rx.el.h2(t("carriers"))),
        rx.cond(rows.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        rx.cond(PushAddress.address != "", _address()),
        if_may(Permission.CARRIER_CONNECT, _form("carrier_add")),
        class_name="card",
        aria_label=t("carriers"),
    )


def _row(account: rx.Var[CarrierView]) -> rx.Component:
    active = rx.el.span(icon("circle-check", "s"), t("carrier_active"), class_name="row tight green")
    stopped = rx.el.span(icon("pause", "s"), t("carrier_stopped"), class_name="row tight m2")
    where = rx.cond(account.warehouse != "", account.warehouse, t("every_warehouse"))
    return rx.el.tr(
        rx.el.td(rx.el.span(account.name, rx.el.span(account.code, class_name="m3 f12"), class_name="row")),
        cell("carrier", label(Carrier, account.carrier)),
        cell("customer_code", account.customer_code, class_name="f12"),
        cell("warehouse", where),
        cell("state", rx.cond(account.is_active, active, stopped)),
        rx.el.td(if_may(Permission.CARRIER_CONNECT, _actions(account)), class_name="num"),
        key=account.code,
    )


def _actions(account: rx.Var[CarrierView]) -> rx.Component:
    turned = rx.cond(account.is_active, "no", "yes")
    shows = rx.el.button(
        t("route_push_show"), type="button", class_name="btn ghost", on_click=PushAddress.show(account.code)
    )
    return rx.el.span(
        rx.cond(account.carrier == Carrier.SF, shows),
        _post("/carriers/test", account.code, t("carrier_test")),
        _post(
            "/carriers/turn",
            account.code,
            rx.cond(account.is_active, t("carrier_stop"), t("carrier_start")),
            rx.el.input(type="hidden", name="is_active", value=turned, read_only=True),
        ),
        class_name="row end",
    )


def _address() -> rx.Component:
    """To be typed into the carrier's console; whoever knows it is believed."""
    return rx.el.div(
        rx.el.b(t("route_push_of", code=PushAddress.code)),
        rx.el.code(PushAddress.address, class_name="f12"),
        rx.el.p(t("route_push_hint"), class_name="m2 f12"),
        class_name="cardtext",
        role="status",
    )


def _post(action: str, code: rx.Var[str], name: rx.Var[str], *more: rx.Component) -> rx.Component:
    return native_form(
        rx.el.input(type="hidden", name="code", value=code, read_only=True),
        *more,
        rx.el.button(name, type="submit", class_name="btn ghost", disabled=Frame.level == "read_only"),
        method="post",
        action=action,
    )


def _form(name: str) -> rx.Component:
    """Adds an account; with the code of one that stands it gives that one what is filled in."""
    carriers = [rx.el.option(label(Carrier, rx.Var.create(str(one))), value=str(one)) for one in _OFFERED]
    warehouses = rx.foreach(System.view.warehouses, lambda place: rx.el.option(place[1], value=place[0]))
    form = native_form(
        _field("carrier_account_code", "code", required=True, max_length=32),
        _select("carrier", "carrier", *carriers),
        _field("carrier_account_name", "name", max_length=64),
        _field("customer_code", "customer_code", required=True, max_length=64),
        _secret("check_word"),
        _secret("month_card"),
        _field("express_type", "express_type", input_mode="numeric", default_value="1", max_length=6),
        _select("warehouse", "warehouse_id", rx.el.option(t("every_warehouse"), value="0"), warehouses),
        *(_field(f"sender_{part}", f"sender_{part}", max_length=200) for part in _SENDER),
        rx.el.button(
            icon("check", "s"), t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"
        ),
        method="post",
        action="/carriers",
        class_name="fields many",
    )
    return rx.el.details(rx.el.summary(icon("plus", "s"), t(name), class_name="btn"), form, class_name="cardtext")


def _field(name: str, key: str, **options: str | int | bool) -> rx.Component:
    box = rx.el.input(name=key, class_name="in", auto_complete="off", **options)
    return rx.el.label(t(name), box, class_name="lab")


def _secret(name: str) -> rx.Component:
    box = rx.el.input(
        name=name, type="password", class_name="in", auto_complete="new-password", placeholder=t("kept_secret")
    )
    return rx.el.label(t(name), box, class_name="lab")


def _select(name: str, key: str, *options: rx.Component) -> rx.Component:
    return rx.el.label(t(name), rx.el.select(*options, name=key, class_name="in"), class_name="lab")
