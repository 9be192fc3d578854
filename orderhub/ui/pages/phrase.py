"""物流: what carriers write that the hub has to be taught, and how long which parcels may be silent."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.words import Carrier, ScanNode
from orderhub.ui.components.controls import cell, hidden, if_may, link, notice_line, table_head
from orderhub.ui.components.marks import age_mark, icon, none_mark, unread, void
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.studio import TRACKS, studio_tabs
from orderhub.ui.phrase_view import PATH, PatienceView, PhraseView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.phrase import NOTHING, Phrases
from orderhub.ui.text import label, t

_UNKNOWN_COLUMNS = (
    ("phrase_example", ""),
    ("carrier", "w12"),
    ("phrase_count", "num w7"),
    ("phrase_seen", "num w9"),
    ("waybill", "w18"),
    ("", "w9"),
)
_TAUGHT_COLUMNS = (
    ("phrase_words", ""),
    ("phrase_node", "w15"),
    ("phrase_count", "num w7"),
    ("phrase_seen", "num w9"),
    ("phrase_by", "w12"),
    ("", "w9"),
)
_RULE_COLUMNS = (
    ("carrier", "w15"),
    ("patience_province", ""),
    ("patience_unscanned", "num w12"),
    ("patience_stalled", "num w12"),
    ("patience_lost", "num w12"),
    ("patience_by", "w15"),
    ("", "w15"),
)
_IS_LOCKED = Frame.level == "read_only"


def page() -> rx.Component:
    return framed(
        STUDIO,
        rx.el.main(
            studio_tabs(TRACKS),
            rx.el.div(rx.el.h1(t("studio_tracks")), class_name="ph"),
            notice_line(Phrases.said, Phrases.is_refusal, Phrases.dismiss),
            rx.cond(Phrases.has_failed, unread(Phrases.enter), rx.fragment(_unknown(), _taught(), _patience())),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="物流 · OrderHub", on_load=[Frame.enter, Phrases.enter])


def _section(title: str, *body: Any, **props: Any) -> rx.Component:
    return rx.el.section(rx.el.header(rx.el.h2(t(title))), *body, class_name="card", aria_label=t(title), **props)


def _listed(rows: rx.Var[list], table: rx.Component, nothing: rx.Component) -> rx.Component:
    return rx.cond(rows.length() > 0, rx.el.div(table, class_name="pbox stack"), rx.cond(Phrases.is_loaded, nothing))


def _unknown() -> rx.Component:
    rows, title = Phrases.view.unknown, "phrases_unknown"
    body = rx.el.tbody(rx.foreach(rows, lambda one: rx.fragment(_unknown_row(one), _teaching(one), key=one.id)))
    table = rx.el.table(table_head(*_UNKNOWN_COLUMNS), body, aria_label=t(title))
    nothing = void("circle-check", "phrases_unknown_none", "phrases_unknown_hint")
    return _section(title, rx.el.p(t("phrases_hint"), class_name="para m2 cardtext"), _listed(rows, table, nothing))


def _unknown_row(one: rx.Var[PhraseView]) -> rx.Component:
    ask = rx.el.button(
        t("phrase_teach"), type="button", class_name="btn", on_click=Phrases.ask(one.id), disabled=_IS_LOCKED
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(one.text, class_name="b"), class_name="wrapcell"),
        cell("carrier", _carrier(one.carrier)),
        cell("phrase_count", one.count, class_name="num"),
        cell("phrase_seen", rx.el.span(age_mark(one.seen), title=one.seen_exact), class_name="num m2"),
        cell("waybill", _waybill(one), class_name="f12"),
        rx.el.td(if_may(Permission.RULE_CHANGE, ask), class_name="num"),
    )


def _teaching(one: rx.Var[PhraseView]) -> rx.Component:
    nodes = [rx.el.option(label(ScanNode, rx.Var.create(str(node))), value=str(node)) for node in ScanNode]
    means = rx.el.select(
        rx.el.option(t("phrase_choose"), value=""),
        *nodes,
        rx.el.option(t("phrase_nothing"), value=NOTHING),
        name="node",
        class_name="in",
        required=True,
    )
    words = rx.el.input(name="words", default_value=one.words, class_name="in", max_length=200, required=True)
    form = rx.el.form(
        rx.el.label(t("phrase_teach_words"), words, class_name="lab whole"),
        rx.el.label(t("phrase_node"), means, class_name="lab"),
        hidden("id", one.id),
        rx.el.button(t("phrase_teach"), type="submit", class_name="btn pri", disabled=_IS_LOCKED),
        on_submit=Phrases.teach,
        class_name="fields many",
    )
    row = rx.el.tr(rx.el.td(form, col_span=len(_UNKNOWN_COLUMNS)))
    return rx.cond(Phrases.teaching == one.id, if_may(Permission.RULE_CHANGE, row))


def _taught() -> rx.Component:
    rows, title = Phrases.view.taught, "phrases_taught"
    table = rx.el.table(table_head(*_TAUGHT_COLUMNS), rx.el.tbody(rx.foreach(rows, _taught_row)), aria_label=t(title))
    return _section(title, _listed(rows, table, void("message", "phrases_taught_none")))


def _taught_row(one: rx.Var[PhraseView]) -> rx.Component:
    undo = rx.el.button(
        icon("undo-2", "s"),
        t("phrase_forget"),
        type="button",
        class_name="btn ghost",
        on_click=Phrases.forget(one.id),
        disabled=_IS_LOCKED,
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(one.words, class_name="b"), class_name="wrapcell"),
        cell("phrase_node", rx.cond(one.node != "", label(ScanNode, one.node), t("phrase_nothing"))),
        cell("phrase_count", one.count, class_name="num"),
        cell("phrase_seen", rx.el.span(age_mark(one.seen), title=one.seen_exact), class_name="num m2"),
        cell("phrase_by", one.by, class_name="m2"),
        rx.el.td(if_may(Permission.RULE_CHANGE, undo), class_name="num"),
        key=one.id,
    )


def _carrier(carrier: rx.Var[str]) -> rx.Component:
    return rx.cond(carrier != "", label(Carrier, carrier), none_mark())


def _waybill(one: rx.Var[PhraseView]) -> rx.Component:
    number = rx.cond(one.href != "", link(one.tracking_no, to=one.href), one.tracking_no)
    return rx.cond(one.tracking_no != "", number, none_mark())


def _patience() -> rx.Component:
    view = Phrases.view
    general = t("patience_general", unscanned=view.general[0], stalled=view.general[1], lost=view.general[2])
    way = link(t("patience_to_flow"), to="/studio/flow", class_name="btn")
    table = rx.el.table(
        table_head(*_RULE_COLUMNS), rx.el.tbody(rx.foreach(view.rules, _rule)), aria_label=t("patience")
    )
    return _section(
        "patience",
        rx.el.p(
            rx.cond(Phrases.is_loaded, rx.el.span(general)),
            " ",
            if_may(Permission.FLOW_READ, way),
            class_name="para m2 cardtext",
        ),
        _listed(view.rules, table, void("clock", "patience_none", "patience_none_hint")),
        if_may(Permission.RULE_CHANGE, rx.cond(Phrases.is_loaded, _patience_form())),
        id="patience",
    )


def _rule(rule: rx.Var[PatienceView]) -> rx.Component:
    remove = rx.el.button(
        t("patience_remove"),
        type="button",
        class_name="btn ghost",
        on_click=Phrases.remove_patience(rule.id),
        disabled=_IS_LOCKED,
    )
    buttons = rx.el.span(link(t("patience_edit"), to=rule.href, class_name="btn"), remove, class_name="row end")
    return rx.el.tr(
        rx.el.td(
            rx.el.span(
                rx.cond(rule.carrier != "", label(Carrier, rule.carrier), t("patience_any_carrier")), class_name="b"
            )
        ),
        cell("patience_province", rx.cond(rule.province != "", rule.province, t("patience_any_province"))),
        cell("patience_unscanned", rule.unscanned, class_name="num"),
        cell("patience_stalled", rule.stalled, class_name="num"),
        cell("patience_lost", rule.lost, class_name="num"),
        cell("patience_by", rule.by, " ", rx.el.span(rule.at, class_name="m3"), class_name="f12 m2"),
        rx.el.td(if_may(Permission.RULE_CHANGE, buttons), class_name="num"),
        key=rule.id,
    )


def _patience_form() -> rx.Component:
    form = Phrases.view.form
    carriers = [rx.el.option(label(Carrier, rx.Var.create(str(word))), value=str(word)) for word in Carrier]
    carrier = rx.el.select(
        rx.el.option(t("patience_any_carrier"), value=""),
        *carriers,
        name="carrier",
        default_value=form.carrier,
        class_name="in",
    )
    hours = {"type": "number", "min": 1, "max": 1440, "required": True}
    save = rx.cond(form.id != "", t("save"), t("patience_add"))
    return rx.el.form(
        rx.el.label(t("carrier"), carrier, class_name="lab"),
        _field("patience_province", "province", form.province, max_length=32, placeholder="西藏"),
        _field("patience_unscanned", "unscanned", form.unscanned, **hours),
        _field("patience_stalled", "stalled", form.stalled, **hours),
        _field("patience_lost", "lost", form.lost, **hours),
        rx.el.button(save, type="submit", class_name="btn pri", disabled=_IS_LOCKED),
        on_submit=Phrases.set_patience,
        class_name="fields many",
        key="patience-" + form.id + "-" + Phrases.saved.to(str),
    )


def _field(name: str, key: str, value: rx.Var[str], **options: Any) -> rx.Component:
    box = rx.el.input(name=key, class_name="in", auto_complete="off", default_value=value, **options)
    return rx.el.label(t(name), box, class_name="lab")
