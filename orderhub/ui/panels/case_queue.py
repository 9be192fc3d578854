"""The queue of after-sale cases: tabs by stage, what narrows them, rows by deadline."""

from collections.abc import Callable
from enum import StrEnum

import reflex as rx

from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.insights.aftersale import CaseTab
from orderhub.ui.board_view import Filter
from orderhub.ui.case_queue_view import PATH, TABS, CaseRowView
from orderhub.ui.components.controls import cell, link, page_foot, popover, rows_shown, table_head
from orderhub.ui.components.marks import age_mark, channel_mark, due_mark, icon, unread, void
from orderhub.ui.panels.behind import behind_chip
from orderhub.ui.state.case_queue import CaseQueue
from orderhub.ui.text import label, t

_COLUMNS = (
    ("case_no", "w15"),
    ("deadline", "w9"),
    ("case_stage", "w9"),
    ("case_kind", "w12"),
    ("case_amount", "num w9"),
    ("case_reason", ""),
    ("case_order", "w15"),
    ("case_opened_by", "w7"),
    ("case_requested", "num w7"),
)
_SKELETON_ROWS = 12


def queue() -> rx.Component:
    view = CaseQueue.view
    return rx.el.section(
        rx.el.nav(*[_tab(tab) for tab in TABS], class_name="tabs", aria_label=t("case_tabs")),
        _filters(),
        rx.match(
            rx.cond(CaseQueue.has_failed, "failed", rx.cond(CaseQueue.is_loaded, "loaded", "loading")),
            ("failed", unread(CaseQueue.enter)),
            ("loading", _table(_skeleton())),
            rx.cond(view.rows.length() > 0, _table(rx.el.tbody(rx.foreach(view.rows, _row))), _nothing()),
        ),
        rx.cond(CaseQueue.is_loaded, rows_shown(view.rows.length(), view.counts[view.tab])),
        page_foot(view.first, view.next),
        class_name="card",
        aria_label=t("case_queue"),
    )


def _tab(tab: str) -> rx.Component:
    name = t(f"case_tab_{tab}") if tab in list(CaseTab) else label(AftersaleStatus, rx.Var.create(str(tab)))
    colour = "n red b" if tab == CaseTab.LATE else "n"
    here = CaseQueue.view.tab == str(tab)
    count = CaseQueue.view.counts[str(tab)]
    # A stage where nothing can be and nothing is needs no tab.
    shown = link(
        name,
        rx.el.span(count, class_name=colour),
        to=rx.cond(CaseQueue.is_loaded, CaseQueue.view.tabs[str(tab)], PATH),
        custom_attrs={"aria-current": rx.cond(here, "page", "false")},
    )
    return rx.cond(here | (count != "0"), shown) if tab == AftersaleStatus.UNKNOWN else shown


def _filters() -> rx.Component:
    view = CaseQueue.view
    find = rx.el.form(
        rx.el.input(
            name="words",
            type="search",
            default_value=view.text,
            class_name="in",
            max_length=64,
            placeholder=t("case_find"),
            aria_label=t("case_find"),
        ),
        on_submit=CaseQueue.search,
        key=view.mark,
    )
    return rx.el.div(
        find,
        behind_chip(view.behind),
        _chip("case_kind", view.kind, AftersaleKind),
        _chip("case_reason", view.reason, ReasonKind),
        _chip("channel", view.channel, Channel),
        _chip("shop", view.shop, None),
        rx.cond(view.is_filtered, link(t("clear_all"), to=PATH, class_name="f12 nw")),
        class_name="filters",
    )


def _chip(name: str, chosen: rx.Var[Filter], words: type[StrEnum] | None) -> rx.Component:
    def named(word: rx.Var[str]) -> rx.Var[str]:
        return label(words, word) if words else word

    return _popover(
        name,
        chosen,
        named,
        rx.foreach(
            chosen.choices,
            lambda one: link(
                rx.cond(one.is_on, icon("check", "s"), rx.el.span(style={"width": "14px"})),
                named(one.word) if words else one.name,
                to=one.href,
                key=one.word,
                class_name=rx.cond(one.is_on, "on", ""),
                custom_attrs={"aria-current": rx.cond(one.is_on, "true", "false")},
            ),
        ),
    )


def _popover(
    name: str, chosen: rx.Var[Filter], named: Callable[[rx.Var[str]], rx.Var[str]], choices: rx.Component
) -> rx.Component:
    is_set = chosen.shown.length() > 0
    more = rx.cond(chosen.shown.length() > 1, " +" + (chosen.shown.length() - 1).to_string(), "")
    summary = rx.el.summary(
        rx.cond(is_set, rx.fragment(), icon("plus", "xs")),
        t(name),
        rx.cond(is_set, rx.el.span(named(chosen.shown[0]), more, class_name="b"), rx.fragment()),
        class_name=rx.cond(is_set, "chip on", "chip"),
    )
    clear = rx.cond(is_set, rx.fragment(rx.el.hr(), link(icon("x", "s"), t("clear"), to=chosen.clear)))
    return popover(summary, choices, clear)


def _table(body: rx.Component) -> rx.Component:
    table = rx.el.table(table_head(*_COLUMNS), body, aria_label=t("case_queue"))
    return rx.el.div(table, class_name="pbox stack", custom_attrs={"data-list": CaseQueue.view.mark})


def _row(row: rx.Var[CaseRowView]) -> rx.Component:
    number = link(row.no, to=row.href, class_name="no f12 el", title=row.no)
    kind = rx.cond(row.own_reason != "", row.own_reason, label(ReasonKind, row.reason_kind))
    late = rx.cond(row.is_late, icon("triangle-alert", "s"))
    return rx.el.tr(
        rx.el.td(rx.el.span(channel_mark(row.channel), number, class_name="row")),
        cell(
            "deadline",
            rx.el.span(late, due_mark(row.due, row.due_exact), class_name=rx.cond(row.is_late, "row tight red", "row")),
        ),
        cell("case_stage", rx.el.span(label(AftersaleStatus, row.stage), class_name="tag")),
        cell("case_kind", label(AftersaleKind, row.kind)),
        cell("case_amount", row.amount, class_name="num b"),
        cell(
            "case_reason",
            rx.el.span(kind, class_name="tag"),
            " ",
            rx.el.span(row.reason, class_name="f12 m2"),
            title=row.reason,
            class_name="wrapcell",
        ),
        cell(
            "case_order",
            link(row.order_no, to=row.order_href, class_name="f12"),
            " ",
            rx.el.span(row.shop, class_name="m3 f12"),
            class_name="wrapcell",
        ),
        cell("case_opened_by", rx.cond(row.opened_by != "", row.opened_by, t("case_by_buyer")), class_name="f12 m2"),
        cell("case_requested", age_mark(row.requested), title=row.requested_exact, class_name="num m3 f12"),
        key=row.id,
        class_name="order",
        custom_attrs={"data-id": row.id, "data-rev": row.changed},
    )


def _skeleton() -> rx.Component:
    cells = [rx.el.td(rx.el.i(class_name="sk w6"), class_name=kind) for _, kind in _COLUMNS]
    return rx.el.tbody(*[rx.el.tr(*cells) for _ in range(_SKELETON_ROWS)], custom_attrs={"aria-busy": "true"})


def _nothing() -> rx.Component:
    clear = rx.cond(CaseQueue.view.is_filtered, link(t("clear_all"), to=PATH, class_name="btn"))
    return void("undo-2", "case_none", "case_none_hint", clear)
