"""The live list of orders: tabs, filters, rows, what to do with selected ones."""

# ruff: noqa: SLF001  (what a Var needs in the browser has no public name)
from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.hold import HoldReason
from orderhub.insights.board import BoardSort, Tab
from orderhub.ui.board_address import PATH
from orderhub.ui.board_rows import RowView
from orderhub.ui.board_view import TABS
from orderhub.ui.components.controls import download_form, hidden, icon_button, if_may, link, notice_line
from orderhub.ui.components.marks import (
    age_mark,
    channel_mark,
    due_mark,
    hold_mark,
    icon,
    none_mark,
    status_mark,
    tag_mark,
    unread,
    void,
)
from orderhub.ui.components.veiled import of
from orderhub.ui.panels.batches import batch_list
from orderhub.ui.panels.board_bulk import bulk_bar
from orderhub.ui.panels.board_filters import filters
from orderhub.ui.state.board import Board, BoardCounts, Selection
from orderhub.ui.state.card import Card
from orderhub.ui.text import label, t

_SKELETON_ROWS = 18

# Label, sort, class; in the order of importance. What is `wide` folds away when the drawer opens.
_COLUMNS: tuple[tuple[str, BoardSort | None, str], ...] = (
    ("order_no", None, ""),
    ("ship_by", BoardSort.DUE, ""),
    ("at_risk", BoardSort.AT_RISK, "num"),
    ("status", None, ""),
    ("tags_holds", None, ""),
    ("goods", None, ""),
    ("paid", BoardSort.PAID, "num wide"),
    ("buyer", None, "wide"),
    ("shop", None, "wide"),
    ("carrier_waybill", None, "wide"),
    ("updated", BoardSort.CHANGED, "num wide"),
)


def board_list() -> rx.Component:
    return rx.el.section(
        _tabs(),
        filters(),
        rx.el.div(
            rx.match(
                rx.cond(Board.has_failed, "failed", rx.cond(Board.is_loaded, "loaded", "loading")),
                ("failed", unread(Board.enter)),
                ("loading", _table(_skeleton())),
                rx.cond(Board.rows.length() > 0, _table(_rows()), _nothing()),
            ),
            class_name="tw",
            tab_index=-1,
            custom_attrs={"data-list": Board.list_mark},
        ),
        rx.el.div(
            batch_list(),
            notice_line(Selection.said, Selection.is_refusal, Selection.dismiss),
            rx.cond(Selection.ids.length() > 0, bulk_bar(), _foot()),
        ),
        class_name="list",
        id="content",
        aria_label=t("orders"),
    )


def _tabs() -> rx.Component:
    return rx.el.nav(*[_tab(tab) for tab in TABS], class_name="tabs", aria_label=t("order_tabs"))


def _tab(tab: Tab) -> rx.Component:
    picture = {Tab.HELD: icon("pause", "xs"), Tab.LATE: icon("triangle-alert", "xs")}.get(tab, rx.fragment())
    colour = {Tab.HELD: "n amber", Tab.LATE: "n red b"}.get(tab, "n")
    here = Board.view.tab == str(tab)
    return link(
        picture,
        t(f"tab_{tab}"),
        rx.el.span(BoardCounts.counts[str(tab)], class_name=colour),
        to=rx.cond(Board.is_loaded, Board.view.tabs[str(tab)], "/orders"),
        class_name="gap" if tab is Tab.HELD else "",
        custom_attrs={"aria-current": rx.cond(here, "page", "false")},
    )


def _table(body: rx.Component) -> rx.Component:
    return rx.el.table(
        rx.el.colgroup(
            rx.el.col(class_name="c-pick"),
            *[rx.el.col(class_name=of(name, f"c-{name} {kind}".strip())) for name, _, kind in _COLUMNS],
        ),
        rx.el.thead(rx.el.tr(_select_all(), *[_head(*column) for column in _COLUMNS])),
        body,
        aria_label=t("orders"),
    )


def _select_all() -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        class_name="cb",
        checked=Selection.ids.length() > 0,
        on_change=Selection.toggle_page(_ids_on_page()).stop_propagation,
        aria_label=t("select_page"),
    )
    return rx.el.th(rx.el.label(box, class_name="pick"), scope="col")


def _ids_on_page() -> rx.Var[list[str]]:
    rows = Board.rows
    return rx.Var(f"({rows!s}).map((row) => row.id)", _var_data=rows._get_all_var_data()).to(list[str])


def _head(name: str, sort: BoardSort | None, kind: str) -> rx.Component:
    if sort is None:
        return rx.el.th(t(name), scope="col", class_name=of(name, kind))
    here = Board.view.sort == str(sort)
    way = rx.cond(Board.view.is_descending, "descending", "ascending")
    arrow = rx.cond(Board.view.is_descending, icon("adown", "xs"), icon("aup", "xs"))
    return rx.el.th(
        link(t(name), rx.cond(here, arrow), to=rx.cond(Board.is_loaded, Board.view.sorts[str(sort)], "/orders")),
        scope="col",
        class_name=of(name, kind),
        custom_attrs={"aria-sort": rx.cond(here, way, "none")},
    )


def _rows() -> rx.Component:
    return rx.el.tbody(rx.foreach(_settled_rows(), _row))


def _settled_rows() -> rx.Var[list[RowView]]:
    """The rows, kept in their places by assets/app.js while the pointer is over them."""
    rows = Board.rows
    keep = f"(typeof window !== 'undefined' && window.orderhub ? window.orderhub.settled({rows!s}) : {rows!s})"
    return rx.Var(keep, _var_data=rows._get_all_var_data()).to(list[RowView])


def _row(row: rx.Var[RowView]) -> rx.Component:
    selected = Selection.ids.contains(row.id)
    return rx.el.tr(
        rx.el.td(
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    class_name="cb",
                    checked=selected,
                    on_change=Selection.toggle(row.id).stop_propagation,
                    aria_label=t("select_order", no=row.no),
                ),
                class_name="pick",
            )
        ),
        rx.el.td(
            rx.el.span(
                channel_mark(row.channel),
                link(row.no, to=order_link(row.id), class_name="no f12 el", title=row.no, prevent_scroll_reset=True),
                class_name="row",
            )
        ),
        rx.el.td(due_mark(row.due, row.due_exact)),
        rx.el.td(
            rx.cond(row.risk != "", rx.el.span(row.risk, class_name="risk"), none_mark()),
            class_name=of("at_risk", "num"),
        ),
        rx.el.td(status_mark(row.status)),
        rx.el.td(_tags(row)),
        rx.el.td(row.goods, rx.cond(row.kinds != "", rx.el.span(" ", t("kinds", n=row.kinds))), title=row.goods),
        rx.el.td(row.paid, class_name=of("paid", "num wide")),
        rx.el.td(
            row.buyer,
            rx.cond(row.tail != "", rx.el.span(" · ", row.tail, class_name="m3 f12")),
            class_name=of("buyer", "wide"),
        ),
        rx.el.td(row.shop, class_name="wide m2", title=row.shop),
        rx.el.td(_waybill(row), class_name="wide"),
        rx.el.td(age_mark(row.changed, just_now=True), title=row.changed_exact, class_name="num wide m3 f12"),
        key=row.id,
        class_name=rx.cond(Card.order_id == row.id, "order cur", rx.cond(selected, "order sel", "order")),
        custom_attrs={"data-id": row.id, "data-rev": row.changed},
    )


def order_link(order_id: Any) -> rx.Var[str]:
    """The address of this list with the order's drawer open."""
    joint = rx.cond(Board.view.base.contains("?"), "&order=", "?order=")
    return (Board.view.base + joint + order_id).to(str)


def _tags(row: rx.Var[RowView]) -> rx.Component:
    return rx.cond(
        (row.tags.length() > 0) | (row.holds.length() > 0),
        rx.el.span(
            rx.foreach(row.holds, lambda reason: hold_mark(label(HoldReason, reason))),
            rx.foreach(row.tags, tag_mark),
            class_name="tags",
        ),
        none_mark(),
    )


def _waybill(row: rx.Var[RowView]) -> rx.Component:
    return rx.cond(
        row.waybill != "",
        rx.fragment(rx.el.span(row.carrier, class_name="m2"), " ", rx.el.span(row.waybill, class_name="m3 f12")),
        none_mark(),
    )


def _skeleton() -> rx.Component:
    widths = (7, 6, 6, 7, 5, 8, 6, 7, 7, 6, 6)
    cells = [
        rx.el.td(rx.el.i(class_name=f"sk w{width}"), class_name=of(name, kind))
        for width, (name, _, kind) in zip(widths, _COLUMNS, strict=True)
    ]
    return rx.el.tbody(
        *[rx.el.tr(rx.el.td(), *cells) for _ in range(_SKELETON_ROWS)], custom_attrs={"aria-busy": "true"}
    )


def _nothing() -> rx.Component:
    clear = rx.cond(Board.view.is_filtered, link(t("clear_all"), to=Board.view.clear_all, class_name="btn"))
    return void("list", "board_empty", "board_empty_hint", clear)


def _foot() -> rx.Component:
    return rx.el.div(
        rx.el.span(t("rows_shown", n=Board.rows.length(), total=BoardCounts.counts[Board.view.tab])),
        rx.el.span(class_name="sp"),
        rx.el.span(
            rx.el.kbd("J"),
            rx.el.kbd("K"),
            rx.el.kbd("X"),
            rx.el.kbd("↵"),
            icon_button("help", t("help"), custom_attrs={"data-help": ""}),
            class_name="row hide-phone",
        ),
        if_may(Permission.ORDER_EXPORT, _download()),
        rx.cond(Board.view.first != "", link(t("first_page"), to=Board.view.first, class_name="btn ghost")),
        _page_link("left", "previous_page", Board.previous_page),
        _page_link("right", "next_page", Board.next_page),
        class_name="foot",
    )


def _download() -> rx.Component:
    """Of the whole list, not of the page."""
    return download_form(f"{PATH}/download", Board.view.tab, "orders_download", hidden("list", Board.view.base))


def _page_link(picture: str, name: str, to: rx.Var[str]) -> rx.Component:
    return rx.cond(
        to != "",
        link(icon(picture), to=to, class_name="btn icon", aria_label=t(name), title=t(name)),
        rx.el.button(icon(picture), class_name="btn icon", disabled=True, aria_label=t(name), title=t(name)),
    )
