"""Which accounts tell buyers, and how is one added, tested, changed or stopped?"""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.words import NotifierKind
from orderhub.ui.components.controls import cell
from orderhub.ui.components.marks import none_mark, void
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
from orderhub.ui.state.system import System
from orderhub.ui.system_view import NotifierView
from orderhub.ui.text import label, t

_COLUMNS = (
    ("carrier_account_name", "w18"),
    ("notifier_kind", "w15"),
    ("notifier_app_no", ""),
    ("notifier_sign_name", "w12"),
    ("state", "w12"),
    ("", "w15"),
)


def notifier_accounts() -> rx.Component:
    nothing = void("bell", "notifiers_none", "notifiers_hint")
    rows, needs = System.view.notifiers, Permission.NOTIFIER_CONNECT
    return accounts_card("notifiers", _COLUMNS, rows, _row, nothing=nothing, form=_form(), needs=needs)


def _row(account: rx.Var[NotifierView]) -> rx.Component:
    return account_row(
        account,
        cell("notifier_kind", label(NotifierKind, account.kind)),
        cell("notifier_app_no", account.app_no, class_name="f12 wrapcell"),
        cell("notifier_sign_name", rx.cond(account.sign_name != "", account.sign_name, none_mark())),
        actions=rx.fragment(
            account_button("/notifiers/test", account.code, t("carrier_test")),
            account_switch("/notifiers/turn", account),
        ),
        needs=Permission.NOTIFIER_CONNECT,
    )


def _form() -> rx.Component:
    kinds = [rx.el.option(label(NotifierKind, rx.Var.create(str(one))), value=str(one)) for one in NotifierKind]
    return account_form(
        "notifier_add",
        "/notifiers",
        account_field("carrier_account_code", "code", required=True, max_length=32),
        account_choice("notifier_kind", "kind", *kinds),
        account_field("carrier_account_name", "name", max_length=64),
        account_field("notifier_app_no", "app_no", required=True, max_length=64),
        account_secret("notifier_secret", "secret"),
        account_field("notifier_sign_name", "sign_name", max_length=32),
        account_field("notifier_sdk_app_no", "sdk_app_no", max_length=32),
    )
