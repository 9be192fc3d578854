"""What each tab of the drawer says about the open order."""

import reflex as rx

from orderhub.access.permissions import Permission, Role
from orderhub.domain.hold import HoldReason
from orderhub.domain.order import OrderStatus
from orderhub.domain.task import TaskKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus, ScanNode
from orderhub.ui.card_view import AftersaleView, CustomView, EntryView, HoldView, LineView, TaskView
from orderhub.ui.components.controls import link, may
from orderhub.ui.components.marks import due_mark, hold_mark, icon
from orderhub.ui.components.veiled import of
from orderhub.ui.panels.drawer_receiver import receiver
from orderhub.ui.panels.drawer_shortage import shortage_section
from orderhub.ui.panels.drawer_track import tracks
from orderhub.ui.panels.drawer_why import why_section
from orderhub.ui.panels.replacement_case import body as replacement_body
from orderhub.ui.state.card import Card
from orderhub.ui.state.replacement_case import ReplacementCase
from orderhub.ui.text import actor_name, event_label, label, t


def overview() -> rx.Component:
    card = Card.card
    return rx.fragment(
        rx.el.section(
            rx.el.dl(
                *_fact("buyer", rx.fragment(card.buyer, " ", card.phone)),
                *_fact("paid", rx.fragment(rx.el.b(card.paid), " ", _extras())),
                *_fact("receiver", card.receiver),
                *_fact("paid_at", rx.cond(card.paid_at != "", card.paid_at, "—")),
                *_fact("shop", card.shop),
                *_fact("placed_at", card.placed_at),
                class_name="kv",
            ),
            class_name="sec",
        ),
        receiver(),
        rx.cond(
            card.customs.length() > 0,
            _section("custom_fields", rx.el.dl(rx.foreach(card.customs, _custom), class_name="kv")),
        ),
        rx.cond(card.holds.length() > 0, _section("holds", rx.el.ul(rx.foreach(card.holds, _hold)))),
        shortage_section(),
        why_section(),
        rx.el.section(
            rx.el.h3(
                t("goods"),
                rx.el.span(
                    t("kinds_pieces", kinds=card.kinds, pieces=card.pieces),
                    class_name="m3",
                    style={"fontWeight": "400"},
                ),
            ),
            rx.el.ul(rx.foreach(card.lines, _line), class_name="lines"),
            class_name="sec",
        ),
        _section("parcels", tracks()),
        _section("timeline", rx.el.ol(rx.foreach(card.timeline[:6], _entry), class_name="tl")),
    )


def aftersales() -> rx.Component:
    cases = rx.el.ul(rx.foreach(Card.card.aftersales, _aftersale))
    nothing = rx.el.p(t("no_aftersales"), class_name="m3 f12 sec")
    open_new = link(icon("plus", "s"), t("case_open_new"), to="/aftersale?open=" + Card.order_id, class_name="btn")
    return rx.fragment(
        rx.cond(Card.card.aftersales.length() > 0, cases, nothing),
        rx.cond(may(Permission.AFTERSALE_OPEN), rx.el.div(open_new, class_name="row sec")),
    )


def tasks() -> rx.Component:
    found = rx.el.ul(rx.foreach(Card.card.tasks, _task))
    return rx.cond(Card.card.tasks.length() > 0, found, rx.el.p(t("no_tasks"), class_name="m3 f12 sec"))


def remarks() -> rx.Component:
    card = Card.card
    return rx.fragment(
        _section("buyer_remark", rx.el.p(rx.cond(card.buyer_remark != "", card.buyer_remark, "—"), class_name="para")),
        _section(
            "seller_remark", rx.el.p(rx.cond(card.seller_remark != "", card.seller_remark, "—"), class_name="para")
        ),
        rx.cond(card.mapped_remark != "", _section("mapped_remark", rx.el.p(card.mapped_remark, class_name="para"))),
        _section(
            "staff_remark",
            rx.cond(
                may(Permission.ORDER_REMARK),
                _remark_form(),
                rx.el.p(rx.cond(card.staff_remark != "", card.staff_remark, "—"), class_name="para"),
            ),
        ),
    )


def timeline() -> rx.Component:
    return rx.el.section(rx.el.ol(rx.foreach(Card.card.timeline, _entry), class_name="tl"), class_name="sec")


def _section(name: str, *content: rx.Component) -> rx.Component:
    return rx.el.section(rx.el.h3(t(name)), *content, class_name=of(name, "sec"))


def _fact(name: str, value: rx.Component | rx.Var[str]) -> tuple[rx.Component, rx.Component]:
    return rx.el.dt(t(name), class_name=of(name)), rx.el.dd(value, class_name=of(name))


def _extras() -> rx.Component:
    card = Card.card
    return rx.el.span(
        t("freight_included", fen=card.freight),
        rx.cond(card.discount != "", rx.el.span(" · ", t("discount", fen=card.discount))),
        class_name="m3",
    )


def _custom(custom: rx.Var[CustomView]) -> rx.Component:
    return rx.fragment(rx.el.dt(custom.name), rx.el.dd(link(custom.text, to=custom.href)))


def _hold(held: rx.Var[HoldView]) -> rx.Component:
    return rx.el.li(
        hold_mark(label(HoldReason, held.reason)),
        rx.el.span(held.note, class_name="f12 el sp", title=held.note),
        rx.cond(
            held.ends != "", rx.el.span(icon("clock", "xs"), title=t("hold_ends_at", at=held.ends), class_name="m3")
        ),
        rx.el.span(
            actor_name(held.by),
            rx.cond(held.vouched_by != "", rx.el.span(" → ", held.vouched_by)),
            " · ",
            held.at,
            class_name="f12 m3 nw",
        ),
        class_name="row",
        style={"minHeight": "26px"},
        key=held.reason,
    )


def _line(line: rx.Var[LineView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(icon("package"), class_name="thumb"),
        rx.el.span(
            line.title,
            rx.el.br(),
            rx.el.span(line.sku, rx.cond(line.spec != "", " · " + line.spec, ""), class_name="m3"),
            class_name="el",
            title=line.title,
        ),
        rx.el.span("×", line.quantity, class_name="num"),
        rx.el.span(line.total, class_name="num"),
    )


def _aftersale(case: rx.Var[AftersaleView]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(label(AftersaleKind, case.kind), class_name="b"),
            rx.el.span(label(AftersaleStatus, case.status), class_name="tag"),
            rx.el.span(class_name="sp"),
            rx.el.span(case.amount, class_name="b num"),
            class_name="row",
        ),
        rx.el.div(
            link(case.no, to=case.href, class_name="f12"),
            rx.el.span(class_name="sp"),
            due_mark(case.deadline, case.deadline_exact),
            class_name="row f12",
        ),
        rx.el.p(case.reason, class_name="para m2"),
        rx.cond(case.sends, _replacement(case)),
        class_name="sec",
        key=case.no,
    )


def _replacement(case: rx.Var[AftersaleView]) -> rx.Component:
    """What goes out for it, unfolded by a click."""
    is_open = ReplacementCase.view.case_id == case.id
    button = rx.el.button(
        icon("truck", "s"),
        t("replacement_open"),
        type="button",
        class_name="btn",
        on_click=ReplacementCase.open_case(case.id),
        custom_attrs={"aria-expanded": is_open},
    )
    return rx.fragment(button, rx.cond(is_open, replacement_body()))


def _task(task: rx.Var[TaskView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(task.title, class_name="el sp"),
        rx.el.span(label(TaskKind, task.kind), class_name="tag"),
        rx.el.span(rx.cond(task.owner != "", task.owner, label(Role, task.owner_role)), class_name="m3 f12"),
        due_mark(task.due, task.due_exact),
        class_name="row sec",
    )


def _remark_form() -> rx.Component:
    return rx.el.form(
        rx.el.textarea(
            name="remark",
            default_value=Card.card.staff_remark,
            max_length=500,
            rows="3",
            class_name="in",
            aria_label=t("staff_remark"),
        ),
        rx.el.input(type="hidden", name="order_id", value=Card.order_id, read_only=True),
        rx.el.div(
            rx.el.span(t("remark_hint"), class_name="m3 f12"),
            rx.el.span(class_name="sp"),
            rx.el.button(t("save"), type="submit", class_name="btn pri"),
            class_name="row",
            style={"marginTop": "8px"},
        ),
        on_submit=Card.save_remark,
        key=Card.order_id,
    )


def _entry(entry: rx.Var[EntryView]) -> rx.Component:
    return rx.el.li(
        rx.el.time(entry.at, title=entry.exact),
        rx.el.i(),
        rx.el.span(
            event_label(entry.kind),
            rx.cond(
                entry.target != "",
                rx.el.span(" ", label(OrderStatus, entry.source), " → ", label(OrderStatus, entry.target)),
            ),
            rx.cond(entry.node != "", rx.el.span(" ", label(ScanNode, entry.node), class_name="b")),
            rx.cond(entry.reason != "", rx.el.span(" ", label(HoldReason, entry.reason), class_name="b")),
            rx.cond(entry.word != "", rx.el.span(" ", entry.word, class_name="b")),
            " ",
            rx.el.span(actor_name(entry.actor), class_name="m3"),
        ),
    )
