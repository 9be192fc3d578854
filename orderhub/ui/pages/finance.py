"""财务: which refunds wait for a yes or no, who is due first, what is paid by hand, and what needs no person."""

# ruff: noqa: SLF001  (what a Var needs in the browser has no public name)
import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.finance_review import ReviewState
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind, Channel
from orderhub.ui.components.controls import cell, icon_button, link, may, notice_line, page_foot, tab_links, table_head
from orderhub.ui.components.marks import channel_mark, due_mark, icon, none_mark, unread, void
from orderhub.ui.components.veiled import of
from orderhub.ui.finance_view import PATH, AutoView, FinanceChip, FinanceRow, ReasonChoice
from orderhub.ui.panels import review_case
from orderhub.ui.panels.frame import FINANCE, framed
from orderhub.ui.state.finance import Finance
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.review_case import ReviewCase
from orderhub.ui.text import actor_name, label, t

_SKELETON_ROWS = 6
_IS_READ_ONLY = Frame.level == "read_only"
_V = Finance.view


def page() -> rx.Component:
    shown = rx.match(
        _V.tab,
        ("rules", _rules()),
        ("pay", _list("finance_pay", _pay_table(), void("circle-check", "finance_pay_none", "finance_pay_hint"))),
        ("done", rx.fragment(_chips(), _list("finance_done", _done_table(), void("info", "finance_done_none")))),
        rx.fragment(
            _figures(),
            _chips(),
            _list("finance_queue", _queue_table(), void("circle-check", "finance_none", "finance_none_hint")),
        ),
    )
    return framed(
        FINANCE,
        rx.el.main(
            rx.el.div(rx.el.h1(t("finance")), rx.el.span(class_name="sp"), _tabs(), class_name="ph"),
            notice_line(Finance.said, Finance.is_refusal, Finance.dismiss),
            rx.el.div(
                rx.el.div(rx.cond(Finance.has_failed, unread(Finance.enter), shown), class_name="finmain"),
                _side(),
                class_name="finance",
            ),
            _dialog(),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="财务 · OrderHub", on_load=[Frame.enter, Finance.enter, ReviewCase.look])


def _tabs() -> rx.Component:
    return tab_links(
        "finance",
        ("finance_queue", PATH, _V.tab == "queue"),
        ("finance_pay", f"{PATH}?tab=pay", _V.tab == "pay"),
        ("finance_rules", f"{PATH}?tab=rules", _V.tab == "rules"),
        ("finance_done", f"{PATH}?tab=done", _V.tab == "done"),
    )


def _figures() -> rx.Component:
    late = rx.el.span(_V.late, class_name=rx.cond(_V.late != "0", "red", ""))
    soon = rx.el.span(_V.soon, class_name=rx.cond(_V.soon != "0", "amber", ""))
    return rx.el.div(
        _figure("finance_due", _V.due),
        _figure("finance_sum", _V.money),
        _figure("finance_late", late),
        _figure("finance_soon", soon),
        _figure("finance_goods", _V.goods),
        _figure("finance_pay", _V.to_pay),
        class_name="figs",
    )


def _figure(name: str, value: rx.Var[str] | rx.Component) -> rx.Component:
    shown = rx.cond(Finance.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(rx.el.div(t(name), class_name="f12 m2"), shown, class_name=of(name, "card fig low"))


def _chips() -> rx.Component:
    return rx.el.nav(rx.foreach(_V.chips, _chip), class_name="chips", aria_label=t("kind"))


def _chip(one: rx.Var[FinanceChip]) -> rx.Component:
    plain = rx.match(
        one.name, ("finance_late", t("finance_late")), ("finance_mine", t("finance_mine")), t("finance_all")
    )
    about = rx.cond(one.kind != "", label(AftersaleKind, one.kind), label(Channel, one.channel))
    return link(
        rx.cond(one.name != "", plain, about),
        rx.cond(one.count != "", rx.el.span(one.count, class_name="b")),
        to=one.href,
        class_name=rx.cond(one.is_on, "chip on", "chip"),
        custom_attrs={"aria-current": rx.cond(one.is_on, "page", "false")},
        key=one.key,
    )


def _list(name: str, table: rx.Component, nothing: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.cond(Finance.is_loaded, rx.cond(_V.rows.length() > 0, table, nothing), _skeleton()),
        page_foot(_V.first, _V.next),
        rx.cond((_V.tab == "queue") & (Finance.ids.length() > 0), _bulk()),
        class_name="card",
        aria_label=t(name),
    )


def _skeleton() -> rx.Component:
    return rx.el.div(
        *[rx.el.i(class_name="sk w7") for _ in range(_SKELETON_ROWS)], class_name="cardtext", aria_hidden="true"
    )


def _queue_table() -> rx.Component:
    columns = (
        ("finance_decide_by", "c-due"),
        ("finance_amount", "num c-money"),
        ("kind", "c-kind"),
        ("reason", "c-reason"),
        ("order_no", ""),
        ("finance_earlier", "c-few"),
        ("finance_owner", "c-few"),
    )
    heads = [rx.el.th(t(name), scope="col", class_name=kind) for name, kind in columns]
    return _table("finance_queue", rx.el.thead(rx.el.tr(_select_all(), *heads)), _queued)


def _done_table() -> rx.Component:
    head = table_head(
        ("finance_result", "c-kind"),
        ("finance_amount", "num c-money"),
        ("kind", "c-kind"),
        ("order_no", ""),
        ("finance_decided", "c-reason"),
        ("finance_decided_at", "c-due"),
        ("note", "c-note"),
    )
    return _table("finance_done", head, _decided)


def _pay_table() -> rx.Component:
    head = table_head(
        ("finance_amount", "num c-money"),
        ("kind", "c-kind"),
        ("reason", "c-reason"),
        ("order_no", ""),
        ("finance_decided_at", "c-due"),
    )
    return _table("finance_pay", head, _unpaid)


def _table(name: str, head: rx.Component, row) -> rx.Component:
    return rx.el.div(
        rx.el.table(head, rx.el.tbody(rx.foreach(_V.rows, row)), aria_label=t(name)),
        class_name="pbox stack",
        custom_attrs={"data-list": name},
    )


def _select_all() -> rx.Component:
    rows = _V.rows
    ids = rx.Var(f"({rows!s}).map((row) => row.id)", _var_data=rows._get_all_var_data()).to(list[str])
    box = rx.el.input(
        type="checkbox",
        class_name="cb",
        checked=Finance.ids.length() > 0,
        on_change=Finance.toggle_page(ids).stop_propagation,
        aria_label=t("select_page"),
    )
    return rx.el.th(rx.el.label(box, class_name="pick"), scope="col", class_name="c-pick")


def _here(row: rx.Var[FinanceRow]) -> rx.Var[str]:
    is_open = ReviewCase.case_id == row.case_id
    return rx.cond(is_open, "order cur", rx.cond(Finance.ids.contains(row.id), "order sel", "order")).to(str)


def _marks(row: rx.Var[FinanceRow]) -> dict[str, rx.Var[str]]:
    return {"data-id": row.case_id, "data-rev": row.changed}


def _queued(row: rx.Var[FinanceRow]) -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        class_name="cb",
        checked=Finance.ids.contains(row.id),
        on_change=Finance.toggle(row.id).stop_propagation,
        aria_label=t("finance_select", no=row.no),
    )
    waits = rx.el.span(icon("package", "xs"), t("finance_goods"), class_name="tag")
    earlier = rx.cond(
        row.earlier == "",
        none_mark(),
        rx.cond(
            row.earlier == "0",
            rx.el.span("0", class_name="m3"),
            rx.el.span(t("finance_earlier_n", n=row.earlier), class_name="amber b"),
        ),
    )
    return rx.el.tr(
        rx.el.td(rx.el.label(box, class_name="pick"), class_name="pickcell"),
        cell("finance_decide_by", rx.cond(row.waits, waits, due_mark(row.due, row.due_exact))),
        cell("finance_amount", rx.el.span(row.amount, class_name="b"), class_name="num"),
        cell("kind", label(AftersaleKind, row.kind)),
        cell("reason", label(ReasonKind, row.reason), title=row.reason_said),
        cell("order_no", _order(row)),
        cell("finance_earlier", earlier),
        cell("finance_owner", rx.cond(row.owner != "", row.owner, none_mark())),
        class_name=_here(row),
        custom_attrs=_marks(row),
        key=row.id,
    )


def _order(row: rx.Var[FinanceRow]) -> rx.Component:
    return rx.el.span(
        channel_mark(row.channel),
        link(
            row.order_no,
            to=row.href,
            class_name="no f12 el",
            title=row.no,
            aria_label=t("finance_open_case", no=row.order_no),
        ),
        rx.el.span(row.shop, class_name="m3 f12 el hide-phone shopname"),
        class_name="row",
    )


def _decided(row: rx.Var[FinanceRow]) -> rx.Component:
    by_rule = rx.cond(row.is_by_rule, rx.el.span(t("finance_by_rule"), class_name="tag"))
    return rx.el.tr(
        cell("finance_result", rx.el.span(label(ReviewState, row.state), class_name="tag"), " ", by_rule),
        cell("finance_amount", rx.el.span(row.amount, class_name="b"), class_name="num"),
        cell("kind", label(AftersaleKind, row.kind)),
        cell("order_no", _order(row)),
        cell("finance_decided", actor_name(row.decided_by)),
        cell("finance_decided_at", row.decided_at),
        cell("note", rx.cond(row.note != "", row.note, none_mark()), title=row.note),
        class_name=_here(row),
        custom_attrs=_marks(row),
        key=row.id,
    )


def _unpaid(row: rx.Var[FinanceRow]) -> rx.Component:
    return rx.el.tr(
        cell("finance_amount", rx.el.span(row.amount, class_name="b"), class_name="num"),
        cell("kind", label(AftersaleKind, row.kind)),
        cell("reason", label(ReasonKind, row.reason), title=row.reason_said),
        cell("order_no", _order(row)),
        cell("finance_decided_at", row.decided_at),
        class_name=_here(row),
        custom_attrs=_marks(row),
        key=row.case_id,
    )


def _bulk() -> rx.Component:
    busy = Finance.progress != ""
    return rx.el.div(
        rx.el.span(t("selected", n=Finance.ids.length()), class_name="b"),
        rx.el.button(
            t("finance_approve_n"),
            rx.el.kbd("E"),
            type="button",
            class_name="btn pri",
            on_click=Finance.ask,
            disabled=_IS_READ_ONLY | busy,
            custom_attrs={"data-key": "e"},
        ),
        rx.cond(busy, rx.el.span(t("finance_progress", n=Finance.progress), class_name="f12", role="status")),
        rx.el.span(class_name="sp"),
        icon_button("x", t("deselect"), on_click=Finance.clear, custom_attrs={"data-key": "esc"}),
        class_name="bulk",
        role="toolbar",
        aria_label=t("bulk_actions"),
    )


def _dialog() -> rx.Component:
    return rx.cond(
        Finance.asked != "",
        rx.el.div(
            rx.el.div(
                rx.el.h2(t("finance_bulk_title", n=Finance.asked, money=Finance.asked_money)),
                rx.el.p(t("finance_bulk_hint"), class_name="m2 f12"),
                rx.el.div(
                    rx.el.button(
                        t("finance_bulk_yes"),
                        type="button",
                        class_name="btn pri",
                        on_click=Finance.approve_selected,
                        disabled=_IS_READ_ONLY,
                        auto_focus=True,
                    ),
                    rx.el.button(t("finance_back"), type="button", class_name="btn", on_click=Finance.not_now),
                    class_name="row",
                ),
                class_name="askbox",
                role="dialog",
                aria_modal="true",
                aria_label=t("finance_bulk_title", n=Finance.asked, money=Finance.asked_money),
            ),
            class_name="askover",
        ),
    )


def _side() -> rx.Component:
    shut = link(
        icon("x"),
        to=_V.shut,
        class_name="btn ghost icon",
        aria_label=t("finance_close"),
        custom_attrs={"data-key": "esc"},
    )
    return rx.cond(
        (ReviewCase.case_id != "") | ReviewCase.is_missing,
        rx.el.aside(
            rx.el.header(rx.el.h2(t("fin_review")), rx.el.span(class_name="sp"), shut),
            review_case.section(),
            class_name="card finside",
            aria_label=t("fin_review"),
        ),
    )


def _rules() -> rx.Component:
    return rx.fragment(
        rx.el.p(icon("info", "s"), rx.el.span(t("auto_hint")), class_name="row f12 m2 autohint"),
        rx.foreach(_V.rules, _rule),
    )


def _rule(one: rx.Var[AutoView]) -> rx.Component:
    is_on = rx.el.input(type="checkbox", name="is_on", class_name="cb", default_checked=one.is_on, value="1")
    changed = rx.cond(
        one.changed_by != "", rx.el.span(t("auto_changed", who=one.changed_by, at=one.changed_at), class_name="sub")
    )
    return rx.el.section(
        rx.el.header(rx.el.h2(label(AftersaleKind, one.kind)), changed),
        rx.el.form(
            rx.el.input(type="hidden", name="kind", value=one.kind, read_only=True),
            rx.el.label(is_on, t("auto_on"), class_name="row whole"),
            _number("auto_cap", "cap", default_value=one.cap, input_mode="decimal", max_length=12),
            _number("auto_most", "most", default_value=one.most, input_mode="numeric", max_length=3),
            rx.el.fieldset(
                rx.el.legend(t("auto_reasons"), class_name="f12 m2"),
                rx.foreach(one.reasons, _reason),
                class_name="autoreasons whole",
            ),
            rx.el.button(
                t("save"),
                type="submit",
                class_name="btn pri",
                disabled=_IS_READ_ONLY | ~may(Permission.REFUND_RULE),
            ),
            on_submit=Finance.set_rule,
            class_name="fields many",
        ),
        class_name="card",
        aria_label=label(AftersaleKind, one.kind),
        key=one.kind,
    )


def _number(name: str, key: str, **options: rx.Var[str] | str | int) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.input(name=key, class_name="in", auto_complete="off", **options), class_name="lab"
    )


def _reason(one: rx.Var[ReasonChoice]) -> rx.Component:
    name = rx.Var.create("reason-") + one.word
    box = rx.el.input(type="checkbox", name=name, class_name="cb", default_checked=one.is_on, value="1")
    return rx.el.label(box, label(ReasonKind, one.word), class_name="row", key=one.word)
