"""Which carrier accounts are there, and how is one added, tested, changed or stopped?"""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.words import Carrier
from orderhub.ui.components.controls import cell
from orderhub.ui.components.marks import void
from orderhub.ui.panels.accounts import (
    account_button,
    account_choice,
    account_field,
    account_form,
    account_row,
    account_secret,
    account_switch,
    accounts_card,
)
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
    return accounts_card(
        "carriers",
        _COLUMNS,
        System.view.carriers,
        _row,
        nothing=void("truck", "carriers_none", "carriers_hint"),
        told=rx.cond(PushAddress.address != "", _address()),
        form=_form(),
        needs=Permission.CARRIER_CONNECT,
    )


def _row(account: rx.Var[CarrierView]) -> rx.Component:
    return account_row(
        account,
        cell("carrier", label(Carrier, account.carrier)),
        cell("customer_code", account.customer_code, class_name="f12"),
        cell("warehouse", rx.cond(account.warehouse != "", account.warehouse, t("every_warehouse"))),
        actions=_actions(account),
        needs=Permission.CARRIER_CONNECT,
    )


def _actions(account: rx.Var[CarrierView]) -> rx.Component:
    shows = rx.el.button(
        t("route_push_show"), type="button", class_name="btn ghost", on_click=PushAddress.show(account.code)
    )
    return rx.fragment(
        rx.cond(account.carrier == Carrier.SF, shows),
        account_button("/carriers/test", account.code, t("carrier_test")),
        account_switch("/carriers/turn", account),
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


def _form() -> rx.Component:
    carriers = [rx.el.option(label(Carrier, rx.Var.create(str(one))), value=str(one)) for one in _OFFERED]
    warehouses = rx.foreach(System.view.warehouses, lambda place: rx.el.option(place[1], value=place[0]))
    return account_form(
        "carrier_add",
        "/carriers",
        account_field("carrier_account_code", "code", required=True, max_length=32),
        account_choice("carrier", "carrier", *carriers),
        account_field("carrier_account_name", "name", max_length=64),
        account_field("customer_code", "customer_code", required=True, max_length=64),
        account_secret("check_word", "check_word"),
        account_secret("month_card", "month_card"),
        account_field("express_type", "express_type", input_mode="numeric", default_value="1", max_length=6),
        account_choice("warehouse", "warehouse_id", rx.el.option(t("every_warehouse"), value="0"), warehouses),
        *(account_field(f"sender_{part}", f"sender_{part}", max_length=200) for part in _SENDER),
    )
