"""Everything that is needed to answer one case, on one page."""

import reflex as rx

from orderhub.access.permissions import Permission, Role
from orderhub.domain.aftersale import CaseOrigin
from orderhub.domain.hold import HoldReason
from orderhub.domain.refund_answer import AnswerState
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.task import TaskKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus, RefundDecision, UploadProblem
from orderhub.ui.card_view import HoldView, ParcelView, TaskView
from orderhub.ui.case_queue_view import PATH
from orderhub.ui.case_view import AnswerView, CaseEntryView, CaseLineView, OtherCaseView
from orderhub.ui.components.controls import cell, if_may, link, notice_line, table_head
from orderhub.ui.components.marks import (
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
from orderhub.ui.panels.case_answer import answer_bar
from orderhub.ui.panels.case_sections import sections
from orderhub.ui.state.case import Case
from orderhub.ui.text import actor_name, event_label, label, t

_LINE_COLUMNS = (
    ("goods", ""),
    ("case_pieces", "num w7"),
    ("case_line_total", "num w9"),
    ("case_meant_head", "num w9"),
    ("case_amount", "num w9"),
)


def case_page() -> rx.Component:
    return rx.fragment(
        notice_line(Case.said, Case.is_refusal, Case.dismiss),
        rx.match(
            rx.cond(
                Case.has_failed,
                "failed",
                rx.cond(Case.is_missing, "missing", rx.cond(Case.is_loaded, "loaded", "loading")),
            ),
            ("failed", unread(Case.enter)),
            ("missing", void("undo-2", "case_missing", "case_missing_hint", link(t("case_back"), to=PATH))),
            ("loading", _skeleton()),
            _loaded(),
        ),
    )


def _loaded() -> rx.Component:
    left = rx.el.div(_head(), _lines(), _parcels(), _remarks(), sections(), _history(), class_name="casecol")
    right = rx.el.div(answer_bar(), _answers(), _others(), _holds(), _tasks(), class_name="casecol")
    return rx.el.div(left, right, class_name="casegrid")


def _card(name: str, *content: rx.Component, aside: rx.Component | None = None) -> rx.Component:
    head = rx.el.header(rx.el.h2(t(name)), *([rx.el.span(class_name="sp"), aside] if aside is not None else []))
    return rx.el.section(head, *content, class_name="card", aria_label=t(name))


def _head() -> rx.Component:
    case = Case.case
    kind = rx.cond(case.own_reason != "", case.own_reason, label(ReasonKind, case.reason_kind))
    opener = rx.cond(case.opened_by != "", case.opened_by, t("case_by_buyer"))
    facts = (
        ("case_reason", rx.fragment(rx.el.span(kind, class_name="tag"), " ", case.reason)),
        ("deadline", due_mark(case.due, case.due_exact)),
        ("case_opened_by", rx.fragment(opener, " · ", label(CaseOrigin, case.origin), " · ", case.requested)),
        ("case_return_no", rx.cond(case.return_no != "", case.return_no, none_mark())),
        ("case_order", _order()),
        ("buyer", rx.cond(case.buyer != "", case.buyer, none_mark())),
        ("paid", rx.fragment(rx.el.b(case.paid), " · ", t("case_left", money=case.left))),
        ("placed_at", case.placed_at),
    )
    pairs = [
        part
        for name, value in facts
        for part in (rx.el.dt(t(name), class_name=of(name)), rx.el.dd(value, class_name=of(name)))
    ]
    return rx.el.section(
        rx.el.header(
            channel_mark(case.channel),
            rx.el.h2(label(AftersaleKind, case.kind)),
            rx.el.span(label(AftersaleStatus, case.stage), class_name="tag"),
            rx.el.span(class_name="sp"),
            rx.el.strong(case.amount, class_name="f20"),
        ),
        rx.el.dl(*pairs, class_name="kv cardtext casefacts"),
        rx.cond(case.tags.length() > 0, rx.el.div(rx.foreach(case.tags, tag_mark), class_name="row wrap cardtext")),
        class_name="card",
        id="case",
    )


def _order() -> rx.Component:
    case = Case.case
    number = link(case.order_no, to=case.order_href)
    return rx.el.span(number, status_mark(case.order_status), case.shop, class_name="row wrap")


def _lines() -> rx.Component:
    table = rx.el.table(
        table_head(*_LINE_COLUMNS), rx.el.tbody(rx.foreach(Case.case.lines, _line)), aria_label=t("case_lines")
    )
    return _card("case_lines", rx.el.div(table, class_name="pbox stack"))


def _line(line: rx.Var[CaseLineView]) -> rx.Component:
    spec = rx.cond(line.spec != "", " · " + line.spec, "")
    return rx.el.tr(
        rx.el.td(line.title, " ", rx.el.span(line.sku, spec, class_name="m3 f12"), class_name="wrapcell"),
        cell("case_pieces", line.quantity, class_name="num"),
        cell("case_line_total", line.total, class_name="num"),
        cell("case_meant_head", rx.cond(line.meant != "", rx.el.b(line.meant), none_mark()), class_name="num"),
        cell("case_amount", rx.cond(line.amount != "", rx.el.b(line.amount), none_mark()), class_name="num"),
        class_name=rx.cond(line.meant != "", "", "m3"),
    )


def _parcels() -> rx.Component:
    parcels = Case.case.parcels
    none = rx.el.p(t("no_parcels"), class_name="cardtext f12 m3")
    shown = rx.el.ul(rx.foreach(parcels, _parcel), class_name="cardtext")
    return _card("parcels", rx.cond(parcels.length() > 0, shown, none))


def _parcel(parcel: rx.Var[ParcelView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(parcel.carrier, class_name="m2"),
        rx.el.span(parcel.no, class_name="b"),
        rx.el.span(class_name="sp"),
        rx.el.span(parcel.shipped, class_name="m3"),
        class_name="row f12",
        key=parcel.no,
    )


def _remarks() -> rx.Component:
    case = Case.case
    names = ("buyer_remark", "seller_remark", "staff_remark")
    said = [
        rx.cond(
            getattr(case, name) != "",
            rx.fragment(
                rx.el.dt(t(name)),
                rx.el.dd(getattr(case, name), class_name="para"),
            ),
        )
        for name in names
    ]
    has_any = (case.buyer_remark != "") | (case.seller_remark != "") | (case.staff_remark != "")
    none = rx.el.p(t("case_remarks_none"), class_name="cardtext f12 m3")
    return _card("case_remarks", rx.cond(has_any, rx.el.dl(*said, class_name="kv one cardtext"), none))


def _answers() -> rx.Component:
    answers = Case.case.answers
    none = rx.el.p(t("case_answers_none"), class_name="cardtext f12 m3")
    shown = rx.el.ul(rx.foreach(answers, _answer), class_name="cardtext")
    return _card("case_answers", rx.cond(answers.length() > 0, shown, none))


def _answer(one: rx.Var[AnswerView]) -> rx.Component:
    problem = rx.cond(one.problem != "none", rx.el.p(label(UploadProblem, one.problem), class_name="f12 red"))
    told = rx.cond(one.told != "", rx.el.span(t("case_told_at", at=one.told), class_name="m3"))
    return rx.el.li(
        rx.el.div(
            rx.el.span(label(RefundDecision, one.decision), class_name="b"),
            rx.el.span(label(AnswerState, one.state), class_name="tag"),
            rx.el.span(class_name="sp"),
            rx.el.span(one.amount, class_name="num"),
            class_name="row",
        ),
        rx.cond(one.words != "", rx.el.p(one.words, class_name="para")),
        problem,
        rx.el.div(one.by, " · ", rx.el.time(one.at, title=one.exact), " ", told, class_name="f12 m3"),
        class_name="sec",
        key=one.id,
    )


def _others() -> rx.Component:
    others = Case.case.others
    none = rx.el.p(t("case_others_none"), class_name="cardtext f12 m3")
    shown = rx.el.ul(rx.foreach(others, _other), class_name="cardtext")
    return _card("case_others", rx.cond(others.length() > 0, shown, none))


def _other(one: rx.Var[OtherCaseView]) -> rx.Component:
    same = rx.cond(one.is_same_order, t("case_same_order"), one.order_no)
    return rx.el.li(
        link(one.no, to=one.href, class_name="el f12"),
        rx.el.span(label(AftersaleKind, one.kind), class_name="f12"),
        rx.el.span(label(AftersaleStatus, one.stage), class_name="tag"),
        rx.el.span(class_name="sp"),
        rx.el.span(one.amount, class_name="num f12"),
        rx.el.span(same, " · ", one.at, class_name="f12 m3"),
        class_name="row wrap sec",
        key=one.id,
    )


def _holds() -> rx.Component:
    holds = Case.case.holds
    return rx.cond(holds.length() > 0, _card("holds", rx.el.ul(rx.foreach(holds, _hold), class_name="cardtext")))


def _hold(held: rx.Var[HoldView]) -> rx.Component:
    return rx.el.li(
        hold_mark(label(HoldReason, held.reason)),
        rx.el.span(held.note, class_name="f12 el sp", title=held.note),
        rx.el.span(actor_name(held.by), " · ", held.at, class_name="f12 m3"),
        class_name="row",
        key=held.reason,
    )


def _tasks() -> rx.Component:
    tasks = Case.case.tasks
    return rx.cond(tasks.length() > 0, _card("tasks", rx.el.ul(rx.foreach(tasks, _task), class_name="cardtext")))


def _task(task: rx.Var[TaskView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(task.title, class_name="el sp"),
        rx.el.span(label(TaskKind, task.kind), class_name="tag"),
        rx.el.span(rx.cond(task.owner != "", task.owner, label(Role, task.owner_role)), class_name="m3 f12"),
        due_mark(task.due, task.due_exact),
        class_name="row",
    )


def _history() -> rx.Component:
    return _card("case_history", rx.el.ol(rx.foreach(Case.case.history, _entry), class_name="tl cardtext"))


def _entry(entry: rx.Var[CaseEntryView]) -> rx.Component:
    moved = rx.el.span(" ", label(AftersaleStatus, entry.source), " → ", label(AftersaleStatus, entry.target))
    decided = rx.el.span(" ", label(RefundDecision, entry.decision), class_name="b")
    return rx.el.li(
        rx.el.time(entry.at, title=entry.exact),
        rx.el.i(),
        rx.el.span(
            event_label(entry.kind),
            rx.cond(entry.target != "", moved),
            rx.cond(entry.decision != "", decided),
            rx.cond(entry.word != "", rx.el.span(" ", entry.word, class_name="b")),
            " ",
            rx.el.span(actor_name(entry.actor), class_name="m3"),
        ),
    )


def _skeleton() -> rx.Component:
    lines = [rx.el.i(class_name="sk w12") for _ in range(6)]
    return rx.el.section(rx.el.div(*lines, class_name="cardtext"), class_name="card", aria_hidden="true")


def case_tools() -> rx.Component:
    """Beside the heading: back to the list, another case for the same order."""
    open_new = link(icon("plus", "s"), t("case_open_new"), to=f"{PATH}?open=" + Case.case.order_id, class_name="btn")
    return rx.fragment(
        link(icon("left", "s"), t("case_back"), to=PATH, class_name="btn"),
        rx.cond(Case.case.order_id != "", if_may(Permission.AFTERSALE_OPEN, open_new)),
    )
