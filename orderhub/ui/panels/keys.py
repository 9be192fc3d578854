"""Which keys work? Shown on ``?``."""

import reflex as rx

from orderhub.ui.text import t

KEYS = (
    ("J K", "key_move"),
    ("X", "key_select"),
    ("↵", "key_open"),
    ("E", "key_approve"),
    ("A", "key_row_approve"),
    ("R", "key_row_handle"),
    ("Esc", "key_close"),
    ("/", "key_search"),
    ("?", "key_help"),
)


def keys_dialog() -> rx.Component:
    return rx.el.dialog(
        rx.el.h2(t("help"), style={"fontSize": "14px"}),
        rx.el.div(*[_line(keys, text) for keys, text in KEYS], class_name="keys"),
        id="keys",
        aria_label=t("help"),
    )


def _line(keys: str, text: str) -> rx.Component:
    return rx.fragment(
        rx.el.span(*[rx.el.kbd(key) for key in keys.split()], class_name="row", style={"gap": "4px"}),
        rx.el.span(t(text)),
    )
