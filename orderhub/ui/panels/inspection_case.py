"""What the warehouse found of a case's goods: counts and photos, for the page of the case."""

import reflex as rx

from orderhub.ui.components.controls import cell, table_head
from orderhub.ui.components.marks import age_mark, icon
from orderhub.ui.inspection_view import ResultPieceView, ResultView
from orderhub.ui.panels.bench import photo_grid
from orderhub.ui.state.inspection import InspectionCase
from orderhub.ui.text import t

_COLUMNS = (
    ("goods", ""),
    ("state_expected", "num w9"),
    ("state_good", "num w9"),
    ("state_defect", "num w9"),
    ("state_missing", "num w9"),
)


def section() -> rx.Component:
    """Needs ``InspectionCase.look`` among the page's loads; nothing where nobody has inspected anything."""
    view = InspectionCase.view
    return rx.cond(
        view.results.length() > 0,
        rx.el.section(
            rx.el.header(rx.el.h2(t("bench_result"))),
            rx.foreach(view.results, _result),
            rx.el.div(photo_grid(view.photos), class_name="cardtext"),
            class_name="card inspected",
            aria_label=t("bench_result"),
        ),
    )


def _result(one: rx.Var[ResultView], index: rx.Var[int]) -> rx.Component:
    table = rx.el.table(
        table_head(*_COLUMNS), rx.el.tbody(rx.foreach(one.pieces, _piece)), aria_label=t("bench_result")
    )
    head = rx.el.div(
        rx.cond(index > 0, rx.el.span(icon("undo-2", "xs"), t("result_corrected"), class_name="tag")),
        rx.el.span(icon("user", "xs"), one.by, class_name="tag"),
        rx.el.span(age_mark(one.at), title=one.at_exact, class_name="m2 f12"),
        rx.cond(one.place != "", rx.el.span(one.place, class_name="m2 f12")),
        rx.cond(one.note != "", rx.el.span(one.note)),
        class_name="row wrap cardtext",
    )
    return rx.el.div(head, rx.el.div(table, class_name="pbox stack"), key=one.turn)


def _piece(piece: rx.Var[ResultPieceView]) -> rx.Component:
    is_bad = (piece.defect != "0") | (piece.missing != "0")
    return rx.el.tr(
        cell(
            "goods",
            rx.el.span(rx.el.strong(piece.code), rx.el.span(piece.title, class_name="m2 f12"), class_name="mtwo"),
        ),
        cell("state_expected", piece.expected, class_name="num"),
        cell("state_good", piece.good, class_name="num"),
        cell("state_defect", piece.defect, class_name=rx.cond(piece.defect != "0", "num red b", "num")),
        cell("state_missing", piece.missing, class_name=rx.cond(piece.missing != "0", "num red b", "num")),
        key=piece.code,
        class_name=rx.cond(is_bad, "bad", ""),
    )
