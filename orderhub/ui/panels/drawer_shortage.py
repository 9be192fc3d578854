"""The open order's lines that wait for goods, and what becomes of them."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.components.choices import choice_fields
from orderhub.ui.components.controls import if_may, may, notice_line
from orderhub.ui.panels.stock_shortage import line_text
from orderhub.ui.shortage_view import ShortLineView
from orderhub.ui.state.card import Card
from orderhub.ui.state.shortage import Shortage
from orderhub.ui.text import t


def shortage_section() -> rx.Component:
    lines = Card.card.shortages
    form = rx.el.form(
        rx.el.ul(rx.foreach(lines, _line)),
        rx.el.input(type="hidden", name="order_id", value=Card.order_id, read_only=True),
        if_may(Permission.SHORTAGE_DECIDE, choice_fields(is_narrow=True)),
        notice_line(Shortage.said, Shortage.is_refusal, Shortage.dismiss),
        on_submit=Shortage.decide_lines,
        key=Card.order_id,
    )
    return rx.cond(lines.length() > 0, rx.el.section(rx.el.h3(t("shortage")), form, class_name="sec"))


def _line(line: rx.Var[ShortLineView]) -> rx.Component:
    """Ticked until somebody has decided about it, so that the next choice is for the others; its key changes then."""
    tick = rx.el.input(
        type="checkbox",
        name=f"line-{line.id}",
        default_checked=~line.is_decided,
        aria_label=t("shortage_line", line=line.title),
        disabled=~may(Permission.SHORTAGE_DECIDE),
    )
    return rx.el.li(
        rx.el.label(tick, line_text(line), class_name="row tight"), key=f"{line.id}-{line.choice}-{line.by}"
    )
