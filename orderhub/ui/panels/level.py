"""What every screen says of the hub's level: a mark in the top bar, and from level 2 on a line below it."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.kernel.level import Level, Sign
from orderhub.ui.components.controls import if_may, link
from orderhub.ui.components.marks import icon
from orderhub.ui.pressure_view import PATH, LevelView
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t


def level_mark() -> rx.Component:
    kind = rx.cond(Frame.level == "normal", "level", "level warn")
    name = label(Level, Frame.level)
    return rx.el.span(rx.el.span(class_name="dot"), name, class_name=kind, title=t("level"))


def level_line() -> rx.Component:
    """Read aloud when it comes; it stays until the level is normal again."""
    is_locked = Frame.level == str(Level.READ_ONLY)
    does = rx.cond(is_locked, t("level_read_only_does"), t("level_throttled_does"))
    way = link(t("level_more"), to=PATH, class_name="btn ghost")
    line = rx.el.div(
        icon("info", "s"),
        rx.el.span(level_words(Frame.level_note)),
        rx.el.span(does, class_name="hide-phone"),
        rx.el.span(class_name="sp"),
        if_may(Permission.SYSTEM_READ, way),
        class_name=rx.cond(is_locked, "state-bar red", "state-bar"),
    )
    attributes = {"data-level": "", "aria-live": "polite"}
    return rx.el.div(rx.cond(Frame.level != str(Level.NORMAL), line), custom_attrs=attributes)


def level_words(one: rx.Var[LevelView]) -> rx.Component:
    """The level, why it stands and since when; of one set by hand by whom, until when and their reason."""
    name = label(Level, one.level)
    pinned = t("level_pinned", level=name, by=one.by, until=one.until, reason=one.reason)
    said = rx.cond(one.by != "", pinned, t("level_said", level=name, sign=label(Sign, one.sign)))
    since = rx.cond(one.since != "", rx.el.span(" · ", t("level_since", at=one.since)))
    return rx.fragment(said, since)
