"""What do the three pages about people share? Their tabs, and how a role is called."""

import reflex as rx

from orderhub.access.permissions import Permission, Role
from orderhub.ui.components.controls import link, may
from orderhub.ui.text import label, t

_PAGES = (
    ("users", "/users", Permission.USER_ADMIN),
    ("roles", "/users/roles", Permission.ROLE_CHANGE),
    ("access_review", "/users/review", Permission.USER_ADMIN),
)


def access_tabs(here: str) -> rx.Component:
    tabs = [
        rx.cond(may(permission), link(t(name), to=path, custom_attrs={"aria-current": _current(path, here)}))
        for name, path, permission in _PAGES
    ]
    return rx.el.nav(*tabs, class_name="seg access-tabs", aria_label=t("access_tabs"))


def role_name(code: rx.Var[str], name: rx.Var[str]) -> rx.Var[str]:
    """A shipped role has its word, an own one its name."""
    return rx.cond(name != "", name, label(Role, code)).to(str)


def _current(path: str, here: str) -> str:
    return "page" if path == here else "false"
