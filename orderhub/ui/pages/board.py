"""订单: the live board with its drawer."""

import reflex as rx

from orderhub.ui.panels.board import board_list
from orderhub.ui.panels.drawer import drawer
from orderhub.ui.panels.frame import ORDERS, framed
from orderhub.ui.state.batches import Batches
from orderhub.ui.state.board import Board, Selection
from orderhub.ui.state.card import Card
from orderhub.ui.state.frame import Frame


def page() -> rx.Component:
    return framed(
        ORDERS,
        rx.el.main(
            rx.el.h1("OrderHub", class_name="vh"),
            board_list(),
            rx.cond(Card.order_id != "", drawer()),
            class_name=rx.cond(Card.order_id != "", "board open", "board"),
        ),
    )


def add(app: rx.App) -> None:
    loads = [Frame.enter, Card.enter, Board.enter, Selection.enter, Batches.enter_board]
    app.add_page(page, route="/orders", title="订单 · OrderHub", on_load=loads)
