"""区域仓备货建议表: what each warehouse should buy, the most urgent first; each number says how it comes."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.replenishment import LeftOut
from orderhub.ui.components.controls import cell, download_form, hidden, if_may, link, may, notice_line, table_head
from orderhub.ui.components.marks import icon, none_mark, unread, void
from orderhub.ui.panels.frame import REPLENISHMENT, framed
from orderhub.ui.replenishment_view import PATH, LineView, PlaceView, StepView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.replenishment import Replenishment
from orderhub.ui.text import actor_name, label, t

_COLUMNS = (
    ("", "w3"),
    ("replenish_sku", ""),
    ("supplier", "w15"),
    ("replenish_lasts", "num w9"),
    ("replenish_wanted", "num w9"),
    ("replenish_quantity", "num w9"),
    ("replenish_cost", "num w12"),
    ("replenish_left_out", "w12"),
    ("", "w12"),
)
_STEPS = (("replenish_step", "w12"), ("replenish_amount", "num w9"), ("replenish_why", ""))
_CHANGE = Permission.PURCHASE_CHANGE


def page() -> rx.Component:
    view = Replenishment.view
    return framed(
        REPLENISHMENT,
        rx.el.main(
            rx.el.div(
                rx.el.h1(t("replenish_title")),
                rx.el.span(class_name="sp"),
                rx.cond(
                    view.run != "",
                    download_form(
                        "/replenishment/download", "sheet", "replenish_download", hidden("warehouse", view.place)
                    ),
                ),
                class_name="ph",
            ),
            notice_line(Replenishment.said, Replenishment.is_refusal, Replenishment.dismiss),
            rx.match(
                rx.cond(Replenishment.has_failed, "failed", rx.cond(Replenishment.is_loaded, "loaded", "loading")),
                ("failed", unread(Replenishment.enter)),
                ("loading", rx.el.div(*[rx.el.i(class_name="sk w7") for _ in range(4)], aria_hidden="true")),
                rx.cond(
                    view.place != "",
                    rx.fragment(_sheet(), if_may(_CHANGE, _terms())),
                    void("boxes", "replenish_no_warehouse", "replenish_no_warehouse_hint"),
                ),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="备货 · OrderHub", on_load=[Frame.enter, Replenishment.enter])


def _sheet() -> rx.Component:
    view = Replenishment.view
    table = rx.el.table(
        table_head(*_COLUMNS), rx.el.tbody(rx.foreach(view.lines, _line)), aria_label=t("replenish_title")
    )
    places = rx.el.nav(rx.foreach(view.places, _place), class_name="chips", aria_label=t("warehouse"))
    made = t("replenish_made", day=view.day, by=actor_name(view.by))
    sums = t("replenish_sums", n=view.lines.length(), pieces=view.pieces)
    budget = rx.cond(
        view.budget != "", rx.el.span(t("replenish_budget_of", budget=view.budget), class_name="tag of-cost")
    )
    return rx.el.section(
        rx.el.header(places, rx.el.span(class_name="sp"), class_name="row wrap"),
        rx.cond(
            view.run != "",
            rx.el.p(
                made,
                " · ",
                sums,
                " ",
                rx.el.span(view.total, class_name="b of-cost"),
                " ",
                budget,
                class_name="m2 cardtext",
            ),
        ),
        rx.cond(
            view.lines.length() > 0,
            rx.el.div(table, class_name="pbox stack"),
            rx.cond(
                view.run != "",
                void("circle-check", "replenish_enough"),
                void("boxes", "replenish_none", "replenish_none_hint"),
            ),
        ),
        rx.cond(view.left != "0", if_may(_CHANGE, _foot())),
        class_name="card",
        aria_label=t("replenish_title"),
        id="sheet",
    )


def _foot() -> rx.Component:
    every = rx.el.button(t("replenish_pick_all"), type="button", class_name="btn", on_click=Replenishment.pick_all)
    approve = rx.el.button(
        icon("check", "s"),
        t("replenish_approve"),
        " ",
        rx.el.span(Replenishment.picked.length(), class_name="b"),
        type="button",
        class_name="btn pri",
        on_click=Replenishment.approve,
        disabled=(Frame.level == "read_only") | (Replenishment.picked.length() == 0),
    )
    return rx.el.div(every, approve, class_name="row end wrap cardfoot")


def _place(one: rx.Var[PlaceView]) -> rx.Component:
    return link(
        one.name,
        to=one.href,
        class_name=rx.cond(one.is_on, "chip on", "chip"),
        custom_attrs={"aria-current": rx.cond(one.is_on, "page", "false")},
        key=one.id,
    )


def _line(one: rx.Var[LineView]) -> rx.Component:
    """A row, and below it, once asked for, how its number comes."""
    lasts = t("replenish_lasts_n", n=one.lasts)
    urgent = rx.el.span(icon("triangle-alert", "xs"), lasts, class_name="row tight end red b")
    pick = rx.el.input(
        type="checkbox",
        checked=Replenishment.picked.contains(one.id),
        on_change=lambda _: Replenishment.pick(one.id),
        aria_label=t("replenish_pick") + " " + one.code,
    )
    why = rx.el.button(
        icon("info", "s"),
        t("replenish_why"),
        type="button",
        class_name="btn ghost",
        on_click=Replenishment.open(one.id),
        aria_expanded=Replenishment.opened == one.id,
    )
    ordered = link(one.order_no, to=one.order_href)
    left = rx.cond(one.left_out != "", rx.el.span(label(LeftOut, one.left_out), class_name="tag amber"), none_mark())
    row = rx.el.tr(
        rx.el.td(rx.cond(one.can & may(_CHANGE), rx.el.label(pick, class_name="tap"))),
        cell(
            "replenish_sku", rx.el.span(one.code, class_name="b"), " ", rx.el.span(one.title, class_name="m2"),
            class_name="wrapcell",
        ),
        cell("supplier", rx.cond(one.supplier != "", one.supplier, none_mark()), class_name="wrapcell"),
        cell(
            "replenish_lasts",
            rx.cond(one.lasts != "", rx.cond(one.is_urgent, urgent, lasts), none_mark()),
            class_name="num",
        ),
        cell("replenish_wanted", one.wanted, class_name="num m2"),
        cell("replenish_quantity", one.quantity, class_name="num b"),
        cell("replenish_cost", rx.cond(one.cost != "", one.cost, none_mark()), class_name="num"),
        cell("replenish_left_out", rx.cond(one.order_no != "", ordered, left)),
        rx.el.td(why, class_name="num"),
        key=one.id,
    )  # fmt: skip
    reasons = rx.el.tr(rx.el.td(_steps(one), col_span=9), key=one.id + "-why")
    return rx.fragment(row, rx.cond(Replenishment.opened == one.id, reasons), key=one.id)


def _steps(one: rx.Var[LineView]) -> rx.Component:
    return rx.el.table(table_head(*_STEPS), rx.el.tbody(rx.foreach(one.steps, _step)), aria_label=t("replenish_why"))


def _step(one: rx.Var[StepView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.name, class_name="b"),
        cell("replenish_amount", one.amount, class_name="num"),
        cell("replenish_why", one.why, class_name="wrapcell m2"),
        key=one.name,
    )


def _terms() -> rx.Component:
    terms = Replenishment.view.terms
    fields = [
        ("replenish_service", "service", terms.service, "decimal", True),
        ("replenish_review_days", "review_days", terms.review_days, "numeric", True),
        ("replenish_lead_days", "lead_days", terms.lead_days, "numeric", True),
        ("replenish_spread_days", "lead_spread_days", terms.spread_days, "numeric", True),
        ("replenish_budget", "budget", terms.budget, "decimal", False),
    ]
    form = rx.el.form(
        *[
            rx.el.label(
                t(name),
                rx.el.input(
                    name=key, class_name="in", default_value=value, input_mode=mode, max_length=14, required=is_needed
                ),
                class_name="lab",
            )
            for name, key, value, mode, is_needed in fields
        ],
        rx.el.button(t("replenish_work_out"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=Replenishment.work_out,
        class_name="fields many",
        key=Replenishment.view.place,
    )
    head = rx.el.header(rx.el.h2(t("replenish_terms")))
    return rx.el.section(head, form, class_name="card", aria_label=t("replenish_terms"), id="terms")
