"""映射: a channel's own fields on the right, ours on the left, and what becomes of them in the middle."""

import reflex as rx

from orderhub.ui.components.marks import unread
from orderhub.ui.mapping_view import PATH
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.mapping_editor import editor
from orderhub.ui.panels.mapping_list import mapping_list
from orderhub.ui.panels.mapping_side import side
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.mapping import Mapping


def page() -> rx.Component:
    return framed(
        STUDIO,
        rx.el.main(
            rx.cond(Mapping.has_failed, unread(Mapping.enter), rx.fragment(mapping_list(), editor(), side())),
            id="content",
            class_name="mstudio",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="字段映射 · OrderHub", on_load=[Frame.enter, Mapping.enter])
