"""Which stock is looked at: in the warehouses, what is short, or on the channels?"""

import reflex as rx

from orderhub.ui import channel_stock_view, shortage_view, stock_view
from orderhub.ui.components.controls import tab_links
from orderhub.ui.state.shortage import Shortage


def places(*, is_channel: bool = False) -> rx.Component:
    there, is_short = rx.Var.create(is_channel), Shortage.is_open if not is_channel else rx.Var.create(False)
    return tab_links(
        "stock",
        ("stock_here", stock_view.PATH, ~there & ~is_short),
        ("shortage", shortage_view.PATH, is_short),
        ("channel_stock", channel_stock_view.PATH, there),
    )
