"""The three pages of customer service, side by side."""

import reflex as rx

from orderhub.ui.components.controls import link
from orderhub.ui.text import t

_TABS = (
    ("service_tickets", "/service"),
    ("service_replies", "/service/replies"),
    ("service_times", "/service/times"),
)


def service_tabs(here: str) -> rx.Component:
    links = [
        link(t(name), to=to, custom_attrs={"aria-current": "page" if name == here else "false"}) for name, to in _TABS
    ]
    return rx.el.nav(*links, class_name="seg svseg", aria_label=t("service"))
