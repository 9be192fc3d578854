"""索赔: what is asked back from carriers, how old it is, what they said, and what came back."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.freight import FreightCause
from orderhub.domain.freight_claim import ClaimStatus
from orderhub.ui.components.cards import table_or
from orderhub.ui.components.controls import cell, download_form, hidden, if_may, page_foot, tab_links
from orderhub.ui.components.marks import age_mark, carrier_name, none_mark, void
from orderhub.ui.freight_view import PATH, ClaimView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.freight import Freight
from orderhub.ui.text import label, t

_COLUMNS = (
    ("freight_status", "w9"),
    ("freight_waybill", "w18"),
    ("freight_cause", "w12"),
    ("freight_claimed_fen", "num w9"),
    ("freight_accepted_fen", "num w9"),
    ("freight_note", ""),
    ("age", "num w9"),
    ("", "w18"),
)


def claims() -> rx.Component:
    view = Freight.view
    nothing = rx.cond(
        view.is_over, void("circle-check", "freight_over_none"), void("circle-check", "freight_claims_none")
    )
    asked = rx.foreach(view.asked, lambda one: hidden(one.name, one.value))
    return rx.el.section(
        rx.el.header(
            rx.el.h2(t("freight_claims")),
            rx.el.span(class_name="sp"),
            tab_links(
                "freight_claims",
                ("freight_waits", PATH, ~view.is_over),
                ("freight_over", f"{PATH}?claims=over", view.is_over),
            ),
            download_form("/freight/download", "claims", "freight_download_claims", asked),
            class_name="row wrap",
        ),
        table_or(nothing, "freight_claims", _COLUMNS, view.claims, _claim, is_loaded=Freight.is_loaded),
        page_foot(view.claims_first, view.claims_next),
        class_name="card",
        aria_label=t("freight_claims"),
        id="claims",
    )


def pressed(what: str, name: str, about: rx.Var[str], *, kind: str = "btn") -> rx.Component:
    return rx.el.button(
        t(name),
        type="button",
        class_name=kind,
        on_click=Freight.ask(what, about),
        disabled=Frame.level == "read_only",
    )


def opened(
    name: str,
    on_submit: Any,
    *,
    about: rx.Var[str],
    amount: rx.Var[str] | None = None,
    ask: str = "freight_note",
    is_needed: bool = False,
) -> rx.Component:
    """What a step needs: an amount where there is one, and a word about it."""
    fields = [
        rx.el.input(
            name="note", class_name="in", max_length=200, required=is_needed, placeholder=t(ask), aria_label=t(ask)
        ),
        hidden("id", about),
        rx.el.button(t(name), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
    ]
    if amount is not None:
        money = rx.el.input(
            name="amount",
            class_name="in slim",
            default_value=amount,
            input_mode="decimal",
            max_length=14,
            required=True,
            auto_focus=True,
            aria_label=t("freight_amount"),
        )
        fields.insert(0, money)
    return rx.el.form(*fields, on_submit=on_submit, class_name="row wrap")


def _claim(one: rx.Var[ClaimView]) -> rx.Component:
    age = rx.el.span(age_mark(one.since), title=one.since_exact, class_name=rx.cond(one.is_late, "red b", "m2"))
    said = rx.el.span(
        rx.cond(one.note != "", rx.el.span(one.note, " ")),
        rx.cond(one.answer != "", rx.el.span("→ ", one.answer, class_name="m2")),
    )
    came = rx.cond(one.credited != "", one.credited, rx.cond(one.accepted != "", one.accepted, none_mark()))
    return rx.el.tr(
        rx.el.td(rx.el.span(label(ClaimStatus, one.status), class_name="tag")),
        cell(
            "freight_waybill",
            one.number,
            " ",
            rx.el.span(carrier_name(one.carrier), " ", one.day, class_name="m3 f12"),
            class_name="wrapcell",
        ),
        cell("freight_cause", label(FreightCause, one.cause)),
        cell("freight_claimed_fen", one.claimed, class_name="num b"),
        cell("freight_accepted_fen", came, class_name="num"),
        cell("freight_note", rx.cond((one.note != "") | (one.answer != ""), said, none_mark()), class_name="wrapcell"),
        cell("age", age, class_name="num"),
        rx.el.td(rx.cond(Freight.view.is_over, rx.fragment(), if_may(Permission.SETTLEMENT_CHANGE, _steps(one)))),
        key=one.id,
    )


def _steps(one: rx.Var[ClaimView]) -> rx.Component:
    accept = opened("freight_accept", Freight.accept, about=one.id, amount=one.amount)
    refuse = opened("freight_refuse", Freight.refuse, about=one.id, ask="freight_reason", is_needed=True)
    credit = opened("freight_credit", Freight.credit, about=one.id, ask="freight_credit_note")
    is_accepted = one.status == str(ClaimStatus.ACCEPTED)
    first = rx.cond(
        is_accepted,
        pressed("credit", "freight_credit", one.id),
        pressed("accept", "freight_accept", one.id),
    )
    return rx.match(
        Freight.asking,
        ("accept " + one.id, accept),
        ("refuse " + one.id, refuse),
        ("credit " + one.id, credit),
        rx.el.div(first, pressed("refuse", "freight_refuse", one.id, kind="btn ghost"), class_name="row wrap"),
    )
