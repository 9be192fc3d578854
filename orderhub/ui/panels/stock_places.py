"""Which stock is looked at: in the warehouses, or on the channels?"""

import reflex as rx

from orderhub.ui import channel_stock_view, stock_view
from orderhub.ui.components.controls import tab_links


def places(*, is_channel: bool = False) -> rx.Component:
    here, there = (rx.Var.create(value) for value in (not is_channel, is_channel))
    return tab_links("stock", ("stock_here", stock_view.PATH, here), ("channel_stock", channel_stock_view.PATH, there))
