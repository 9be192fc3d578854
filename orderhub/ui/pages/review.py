"""审单: what waits for the review, why it does, and what two people have to agree on."""

# ruff: noqa: SLF001  (what a Var needs in the browser has no public name)
import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.hold import HoldReason
from orderhub.domain.order import OrderStatus
from orderhub.ui.components.controls import cell, icon_button, if_may, link, may, notice_line
from orderhub.ui.components.marks import channel_mark, due_mark, hold_mark, icon, status_mark, unread, void
from orderhub.ui.components.veiled import of
from orderhub.ui.panels.frame import REVIEW, framed
from orderhub.ui.panels.review_holds import holds_of
from orderhub.ui.review_view import PATH, ReviewChip, ReviewHoldView, ReviewRowView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.review import Review
from orderhub.ui.text import label, t

_COLUMNS = (
    ("order_no", "r-order_no"),
    ("ship_by", "r-ship_by"),
    ("at_risk", "num r-at_risk"),
    ("waits_for", ""),
    ("goods", ""),
    ("buyer", "r-buyer"),
    ("handle", "r-acts"),
)
_SKELETON_ROWS = 8
_SPAN = len(_COLUMNS) + 1


def page() -> rx.Component:
    return framed(
        REVIEW,
        rx.el.main(
            rx.el.div(rx.el.h1(t("review")), rx.el.span(class_name="sp"), _tabs(), class_name="ph"),
            _figures(),
            _chips(),
            rx.el.section(
                notice_line(Review.said, Review.is_refusal, Review.dismiss),
                rx.match(
                    rx.cond(Review.has_failed, "failed", rx.cond(Review.is_loaded, "loaded", "loading")),
                    ("failed", unread(Review.enter)),
                    ("loading", _table(_skeleton())),
                    rx.cond(Review.view.rows.length() > 0, _table(_rows()), _nothing()),
                ),
                rx.cond(Review.view.rows.length() > 0, _foot()),
                rx.cond(Review.ids.length() > 0, _bulk()),
                class_name="card",
                aria_label=t("review"),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="审单 · OrderHub", on_load=[Frame.enter, Review.enter])


def _tabs() -> rx.Component:
    view = Review.view
    return rx.el.nav(
        _tab("review_queue", PATH, view.waiting, ~view.is_second),
        _tab("review_second", f"{PATH}?tab=second", view.second, view.is_second),
        class_name="seg",
        aria_label=t("review"),
    )


def _tab(name: str, to: str, count: rx.Var[str], is_here: rx.Var[bool]) -> rx.Component:
    figure = rx.cond(Review.is_loaded, rx.el.span(count, class_name="b"))
    attributes = {"aria-current": rx.cond(is_here, "page", "false")}
    return link(t(name), " ", figure, to=to, custom_attrs=attributes, style={"gap": "6px"})


def _figures() -> rx.Component:
    view = Review.view
    second = rx.el.span(view.second, class_name=rx.cond(view.second != "0", "amber", ""))
    return rx.el.div(
        _figure("review_waiting", view.waiting),
        _figure("at_risk", view.risk),
        _figure("review_clean", view.clean),
        _figure("review_second", second),
        class_name="figs",
    )


def _figure(name: str, value: rx.Var[str] | rx.Component) -> rx.Component:
    shown = rx.cond(Review.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(rx.el.div(t(name), class_name="f12 m2"), shown, class_name=of(name, "card fig low"))


def _chips() -> rx.Component:
    return rx.cond(
        Review.view.chips.length() > 0,
        rx.el.nav(rx.foreach(Review.view.chips, _chip), class_name="chips", aria_label=t("waits_for")),
    )


def _chip(one: rx.Var[ReviewChip]) -> rx.Component:
    name = rx.match(one.reason, ("", t("review_all")), ("none", t("review_clean")), label(HoldReason, one.reason))
    return link(
        name,
        rx.el.span(one.count, class_name="b"),
        to=one.href,
        class_name=rx.cond(one.is_on, "chip on", "chip"),
        custom_attrs={"aria-current": rx.cond(one.is_on, "page", "false")},
        key=one.reason,
    )


def _table(body: rx.Component) -> rx.Component:
    heads = [
        rx.el.th(
            rx.el.span(t(name), class_name="vh" if name == "handle" else ""),
            scope="col",
            class_name="num" if kind.startswith("num") else "",
        )
        for name, kind in _COLUMNS
    ]
    columns = [rx.el.col(class_name=kind.replace("num ", "")) for _, kind in _COLUMNS]
    return rx.el.div(
        rx.el.table(
            rx.el.colgroup(rx.el.col(class_name="r-pick"), *columns),
            rx.el.thead(rx.el.tr(_select_all(), *heads)),
            body,
            aria_label=t("review"),
        ),
        class_name="pbox stack",
        custom_attrs={"data-list": "review"},
    )


def _select_all() -> rx.Component:
    rows = Review.view.rows
    ids = rx.Var(f"({rows!s}).map((row) => row.id)", _var_data=rows._get_all_var_data()).to(list[str])
    box = rx.el.input(
        type="checkbox",
        class_name="cb",
        checked=Review.ids.length() > 0,
        on_change=Review.toggle_page(ids).stop_propagation,
        aria_label=t("select_page"),
    )
    return rx.el.th(rx.el.label(box, class_name="pick"), scope="col")


def _rows() -> rx.Component:
    return rx.el.tbody(rx.foreach(Review.view.rows, lambda row: rx.fragment(_row(row), _unfolded(row), key=row.id)))


def _row(row: rx.Var[ReviewRowView]) -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        class_name="cb",
        checked=Review.ids.contains(row.id),
        on_change=Review.toggle(row.id).stop_propagation,
        aria_label=t("select_order", no=row.no),
    )
    goods = rx.fragment(row.goods, rx.cond(row.kinds != "", rx.el.span(" ", t("kinds", n=row.kinds))))
    here = rx.cond(Review.opened == row.id, "order cur", rx.cond(Review.ids.contains(row.id), "order sel", "order"))
    return rx.el.tr(
        rx.el.td(rx.el.label(box, class_name="pick"), class_name="pickcell"),
        rx.el.td(
            rx.el.span(
                channel_mark(row.channel),
                link(row.no, to=row.href, class_name="no f12 el", title=row.no),
                class_name="row",
            )
        ),
        cell("ship_by", due_mark(row.due, row.due_exact)),
        cell("at_risk", rx.el.span(row.risk, class_name="risk"), class_name="num"),
        cell("waits_for", _why(row)),
        cell("goods", goods, title=row.goods),
        cell("buyer", row.buyer),
        rx.el.td(_acts(row)),
        class_name=here,
        custom_attrs={"data-id": row.id, "data-rev": row.changed},
    )


def _why(row: rx.Var[ReviewRowView]) -> rx.Component:
    passes = rx.cond(row.may_pass, rx.el.span(t("may_pass"), class_name="f12 m3"))
    moved = rx.cond(row.status != str(OrderStatus.TO_REVIEW), rx.el.span(status_mark(row.status), class_name="f12"))
    remarked = rx.cond(row.remark != "", rx.el.span(icon("message", "xs"), title=row.remark, class_name="m3"))
    return rx.el.span(rx.foreach(row.holds, _chip_of), passes, moved, remarked, class_name="tags")


def _chip_of(held: rx.Var[ReviewHoldView]) -> rx.Component:
    return hold_mark(label(HoldReason, held.reason))


def _acts(row: rx.Var[ReviewRowView]) -> rx.Component:
    is_open = Review.opened == row.id
    approve = rx.el.button(
        icon("check", "s"),
        t("approve"),
        type="button",
        class_name="btn",
        on_click=Review.approve(row.id),
        disabled=Frame.level == "read_only",
        custom_attrs={"data-row-key": "a"},
    )
    unfold = rx.el.button(
        rx.cond(is_open, t("fold_up"), t("handle")),
        type="button",
        class_name="btn ghost",
        on_click=Review.unfold(row.id),
        custom_attrs={"data-row-key": "r", "aria-expanded": rx.cond(is_open, "true", "false")},
    )
    may_approve = may(Permission.ORDER_APPROVE) & row.may_pass
    return rx.el.span(rx.cond(may_approve, approve), unfold, class_name="row end")


def _unfolded(row: rx.Var[ReviewRowView]) -> rx.Component:
    facts = rx.el.dl(
        *_fact("shop", row.shop),
        *_fact("placed_at", row.placed),
        *_fact("total", rx.fragment(rx.el.b(row.total), " ", _sums(row))),
        *_fact("goods", row.goods),
        *_fact("receiver", row.region),
        *_fact("buyer_remark", rx.cond(row.remark != "", row.remark, "—")),
        *_fact("seller_remark", rx.cond(row.memo != "", row.memo, "—")),
        class_name="kv",
    )
    return rx.cond(
        Review.opened == row.id,
        rx.el.tr(
            rx.el.td(rx.el.div(facts, holds_of(row), class_name="rdetail"), col_span=_SPAN),
            class_name="unfolded",
        ),
    )


def _sums(row: rx.Var[ReviewRowView]) -> rx.Component:
    return rx.el.span(t("money_sum", freight=row.freight, discount=row.discount), class_name="m3")


def _fact(name: str, value: rx.Component | rx.Var[str]) -> tuple[rx.Component, rx.Component]:
    return rx.el.dt(t(name), class_name=of(name)), rx.el.dd(value, class_name=of(name))


def _bulk() -> rx.Component:
    busy = Review.progress != ""
    send = rx.el.button(
        t("approve"),
        rx.el.kbd("E"),
        type="button",
        class_name="btn pri",
        on_click=Review.approve_selected,
        disabled=(Frame.level == "read_only") | busy,
        custom_attrs={"data-key": "e"},
    )
    return rx.el.div(
        rx.el.span(t("selected", n=Review.ids.length()), class_name="b", style={"marginRight": "8px"}),
        if_may(Permission.ORDER_APPROVE, send),
        rx.cond(busy, rx.el.span(t("approving_n", n=Review.progress), class_name="f12", role="status")),
        rx.el.span(class_name="sp"),
        icon_button("x", t("deselect"), on_click=Review.clear, custom_attrs={"data-key": "esc"}),
        class_name="bulk",
        role="toolbar",
        aria_label=t("bulk_actions"),
    )


def _foot() -> rx.Component:
    view = Review.view
    return rx.el.div(
        rx.el.span(t("rows_shown", n=view.rows.length(), total=view.total), class_name="f12"),
        rx.el.span(class_name="sp"),
        rx.cond(view.first != "", link(t("first_page"), to=view.first, class_name="btn")),
        rx.cond(view.next != "", link(t("next_page"), to=view.next, class_name="btn")),
        class_name="row wrap cardfoot m2",
    )


def _skeleton() -> rx.Component:
    cells = [rx.el.td(rx.el.i(class_name="sk w7")) for _ in range(_SPAN)]
    return rx.el.tbody(*[rx.el.tr(*cells) for _ in range(_SKELETON_ROWS)], aria_hidden="true")


def _nothing() -> rx.Component:
    return rx.cond(
        Review.view.is_second,
        void("user-plus", "review_second_none", "review_second_hint"),
        void("circle-check", "review_none", "review_none_hint"),
    )
