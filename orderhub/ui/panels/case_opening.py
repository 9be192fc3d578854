"""A case is opened by hand: kind, pieces, amount and reason; what each line comes to is shown before it counts."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind
from orderhub.ui.components.controls import cell, if_may, link, notice_line, table_head
from orderhub.ui.components.marks import channel_mark, icon, status_mark, void
from orderhub.ui.state.case_opening import CaseOpening, OpeningLine, ShareView
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t

_COLUMNS = (("goods", ""), ("count", "num w7"), ("case_line_total", "num w9"), ("case_pieces", "num w9"))


def opening() -> rx.Component:
    view = CaseOpening.view
    body = rx.cond(
        CaseOpening.is_missing | ((view.order_no != "") & (view.kinds.length() == 0)),
        void("undo-2", "case_not_openable"),
        rx.cond(view.order_no != "", if_may(Permission.AFTERSALE_OPEN, _form())),
    )
    return rx.fragment(
        notice_line(CaseOpening.said, CaseOpening.is_refusal, CaseOpening.dismiss),
        rx.el.section(
            rx.el.header(
                channel_mark(view.channel),
                rx.el.h2(link(view.order_no, to="/orders?tab=all&order=" + view.order_id)),
                status_mark(view.status),
                rx.el.span(class_name="sp"),
                rx.el.span(t("paid"), " ", view.paid, " · ", t("case_left", money=view.left), class_name="f12 m2"),
            ),
            body,
            class_name="card",
            aria_label=t("case_opening"),
        ),
        rx.cond(CaseOpening.preview.shares.length() > 0, _preview()),
    )


def _form() -> rx.Component:
    view = CaseOpening.view
    kinds = rx.foreach(view.kinds, lambda kind: rx.el.option(label(AftersaleKind, kind), value=kind))
    reasons = [rx.el.option(label(ReasonKind, rx.Var.create(str(kind))), value=str(kind)) for kind in ReasonKind]
    table = rx.el.table(table_head(*_COLUMNS), rx.el.tbody(rx.foreach(view.lines, _line)), aria_label=t("goods"))
    return rx.el.form(
        rx.el.p(t("case_opening_hint"), class_name="cardtext f12 m2"),
        rx.el.div(table, class_name="pbox stack"),
        rx.el.div(
            _field("case_kind", rx.el.select(kinds, name="kind", class_name="in")),
            _field("case_reason", rx.el.select(*reasons, name="reason", class_name="in")),
            _field(
                "case_amount_yuan", rx.el.input(name="amount", class_name="in", input_mode="decimal", max_length=12)
            ),
            _field("case_words", rx.el.input(name="words", class_name="in", max_length=200, auto_complete="off")),
            class_name="caseform cardtext",
        ),
        rx.el.label(
            rx.el.input(type="checkbox", name="at_door", class_name="cb"),
            " ",
            t("case_at_door"),
            class_name="row f12 cardtext",
        ),
        rx.el.input(type="hidden", name="order_id", value=view.order_id, read_only=True),
        rx.el.div(
            rx.el.button(icon("eye", "s"), t("case_preview"), type="submit", class_name="btn pri"),
            class_name="row cardfoot",
        ),
        on_submit=CaseOpening.look,
        key=view.order_id,
        id="opening",
    )


def _field(name: str, control: rx.Component) -> rx.Component:
    return rx.el.label(t(name), control, class_name="lab")


def _line(line: rx.Var[OpeningLine]) -> rx.Component:
    spec = rx.cond(line.spec != "", " · " + line.spec, "")
    pieces = rx.el.input(
        name=line.field,
        type="number",
        min="0",
        max=line.quantity,
        class_name="in",
        aria_label=t("case_pieces"),
        auto_complete="off",
    )
    return rx.el.tr(
        rx.el.td(line.title, " ", rx.el.span(line.sku, spec, class_name="m3 f12"), class_name="wrapcell"),
        cell("count", line.quantity, class_name="num"),
        cell("case_line_total", line.total, class_name="num"),
        cell("case_pieces", pieces, class_name="num"),
        key=line.field,
    )


def _preview() -> rx.Component:
    preview = CaseOpening.preview
    confirm = rx.el.button(
        icon("check", "s"),
        t("case_confirm"),
        type="button",
        class_name="btn pri",
        on_click=CaseOpening.open,
        disabled=Frame.level == "read_only",
    )
    return rx.el.section(
        rx.el.header(rx.el.h2(t("case_preview"))),
        rx.el.ul(rx.foreach(preview.shares, _share), class_name="cardtext"),
        rx.el.div(
            rx.el.span(t("case_preview_sum", money=preview.amount, left=preview.left), class_name="b"),
            rx.el.span(class_name="sp"),
            confirm,
            class_name="row cardfoot",
        ),
        class_name="card",
        id="preview",
        aria_label=t("case_preview"),
    )


def _share(one: rx.Var[ShareView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.title, class_name="el sp"),
        rx.el.span("×", one.quantity, class_name="num"),
        rx.el.span(one.amount, class_name="num b"),
        class_name="row",
    )
