"""A card with its title, and the table that most cards hold: its rows, or what stands where there are none."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from orderhub.ui.components.controls import table_head
from orderhub.ui.text import t

Columns = tuple[tuple[str, str], ...]


def card(title: str, *body: Any, beside: rx.Component | None = None, **props: Any) -> rx.Component:
    """``title`` is a key of the messages; ``beside`` stands at the other end of its line."""
    head = [rx.el.h2(t(title)), *([rx.el.span(class_name="sp"), beside] if beside else [])]
    return rx.el.section(rx.el.header(*head), *body, class_name="card", aria_label=t(title), **props)


def table(
    title: str,
    columns: Columns,
    rows: rx.Var[list],
    row: Callable[..., rx.Component],
    *,
    pick: rx.Component | None = None,
) -> rx.Component:
    """A phone shows each row as a card of its own. ``pick`` heads a column before the others: there rows are chosen."""
    body = rx.el.tbody(rx.foreach(rows, row))
    return rx.el.div(rx.el.table(table_head(*columns, pick=pick), body, aria_label=t(title)), class_name="pbox stack")


def table_or(
    nothing: rx.Component,
    title: str,
    columns: Columns,
    rows: rx.Var[list],
    row: Callable[..., rx.Component],
    *,
    is_loaded: rx.Var[bool],
    pick: rx.Component | None = None,
) -> rx.Component:
    """``nothing`` stands there once it is known that there are no rows."""
    return rx.cond(rows.length() > 0, table(title, columns, rows, row, pick=pick), rx.cond(is_loaded, nothing))


def table_card(
    title: str,
    columns: Columns,
    rows: rx.Var[list],
    row: Callable[..., rx.Component],
    *,
    is_loaded: rx.Var[bool],
    nothing: rx.Component,
    beside: rx.Component | None = None,
) -> rx.Component:
    """A card that holds such a table and nothing else."""
    return card(title, table_or(nothing, title, columns, rows, row, is_loaded=is_loaded), beside=beside)
