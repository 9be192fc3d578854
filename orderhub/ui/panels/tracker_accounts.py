"""Which accounts tell of parcels' ways, and how is one added, changed or stopped?"""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.tracker_account import TrackerKind
from orderhub.ui.components.controls import cell
from orderhub.ui.components.marks import void
from orderhub.ui.panels.accounts import (
    account_choice,
    account_field,
    account_form,
    account_row,
    account_secret,
    account_switch,
    accounts_card,
)
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
    nothing = void("truck", "trackers_none", "trackers_hint")
    rows, needs = System.view.trackers, Permission.CARRIER_CONNECT
    return accounts_card("trackers", _COLUMNS, rows, _row, nothing=nothing, form=_form(), needs=needs)


def _row(account: rx.Var[TrackerView]) -> rx.Component:
    return account_row(
        account,
        cell("tracker_kind", label(TrackerKind, account.kind)),
        cell("tracker_calls", account.calls),
        cell("tracker_after", t("tracker_hours_short", n=account.hours)),
        cell("tracker_push_url", account.push_url, class_name="f12 m2"),
        actions=account_switch("/trackers/turn", account),
        needs=Permission.CARRIER_CONNECT,
    )


def _form() -> rx.Component:
    kinds = [rx.el.option(label(TrackerKind, rx.Var.create(str(one))), value=str(one)) for one in TrackerKind]
    return account_form(
        "tracker_add",
        "/trackers",
        account_field("tracker_code", "code", required=True, max_length=32),
        account_choice("tracker_kind", "kind", *kinds),
        account_field("tracker_name", "name", max_length=64),
        account_field("tracker_customer", "customer", required=True, max_length=64),
        account_secret("tracker_key", "key"),
        account_field("tracker_phone_tail", "phone_tail", input_mode="numeric", max_length=4),
        account_field("tracker_quota", "daily_quota", input_mode="numeric", default_value="0", max_length=8),
        account_field("tracker_hours", "ask_after_hours", input_mode="numeric", default_value="6", max_length=2),
    )
