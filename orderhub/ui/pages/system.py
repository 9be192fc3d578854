"""系统: the inbox, the shops, messages that failed, and what ran by the clock."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.shop import Rollout
from orderhub.intake.inbox import MessageKind
from orderhub.kernel.job_runs import RunState
from orderhub.ui.components.cards import table_card
from orderhub.ui.components.controls import cell, if_may, may, notice_line, reason_form
from orderhub.ui.components.marks import age_mark, channel_mark, icon, none_mark, unread, void
from orderhub.ui.panels.carrier_accounts import carrier_accounts
from orderhub.ui.panels.frame import SYSTEM, framed
from orderhub.ui.panels.notifier_accounts import notifier_accounts
from orderhub.ui.panels.service_contact import contact_section
from orderhub.ui.panels.tracker_accounts import tracker_accounts
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.service_contact import Contact
from orderhub.ui.state.system import System
from orderhub.ui.system_view import DeadView, RunView, ShopView
from orderhub.ui.text import job_label, label, t

_SHOP_COLUMNS = (
    ("shop", "w18"),
    ("rollout", "w9"),
    ("last_sync", "w9"),
    ("lag", "w9"),
    ("calls", "num w9"),
    ("token_ends", "w12"),
    ("last_error", ""),
    ("", "w12"),
)
_DEAD_COLUMNS = (
    ("number", "w18"),
    ("shop", "w15"),
    ("kind", "w9"),
    ("reason", ""),
    ("tries", "num w9"),
    ("age", "num w9"),
    ("", "w18"),
)
_RUN_COLUMNS = (("job", "w18"), ("result", "w12"), ("started", "w12"), ("took", "num w9"), ("note", ""))


def page() -> rx.Component:
    return framed(
        SYSTEM,
        rx.el.main(
            rx.el.div(rx.el.h1(t("system")), class_name="ph"),
            notice_line(System.said, System.is_refusal, System.dismiss),
            rx.cond(
                System.has_failed,
                unread(System.enter),
                rx.fragment(
                    _queue(),
                    _shops(),
                    carrier_accounts(),
                    tracker_accounts(),
                    notifier_accounts(),
                    contact_section(),
                    _dead(),
                    _runs(),
                ),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route="/system", title="系统 · OrderHub", on_load=[Frame.enter, System.enter, Contact.enter])


def _queue() -> rx.Component:
    view = System.view
    oldest = rx.cond(view.oldest != "", age_mark(view.oldest), none_mark())
    return rx.el.div(
        _figure("waiting", view.waiting),
        _figure("oldest", oldest),
        _figure("dead_letters", rx.el.span(view.dead_count, class_name=rx.cond(view.dead_count != "0", "red", ""))),
        class_name="figs",
    )


def _figure(name: str, value: rx.Var[str] | rx.Component) -> rx.Component:
    shown = rx.cond(System.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(rx.el.div(t(name), class_name="f12 m2"), shown, class_name="card fig low")


def _shops() -> rx.Component:
    nothing = void("store", "no_shops", "no_shops_hint")
    return table_card("shops", _SHOP_COLUMNS, System.view.shops, _shop, is_loaded=System.is_loaded, nothing=nothing)


def _shop(shop: rx.Var[ShopView]) -> rx.Component:
    age = rx.cond(shop.succeeded != "", age_mark(shop.succeeded), rx.el.span(t("sync_never")))
    mark = rx.cond(shop.is_behind, icon("triangle-alert", "s"), icon("circle-check", "s"))
    is_running = System.syncing.contains(shop.code)
    button = rx.el.button(
        icon("refresh", "s"),
        rx.cond(is_running, t("syncing"), t("sync_now")),
        type="button",
        class_name="btn",
        on_click=System.sync(shop.code),
        disabled=is_running | (Frame.level == "read_only"),
    )
    paused = rx.cond(shop.paused != "", rx.el.span(t("paused_until", at=shop.paused), " · "))
    error, behind = rx.el.span(paused, shop.error), "row tight amber"
    return rx.el.tr(
        rx.el.td(
            rx.el.span(
                channel_mark(shop.channel), shop.name, rx.el.span(shop.code, class_name="m3 f12"), class_name="row"
            )
        ),
        cell("rollout", label(Rollout, shop.rollout)),
        cell("last_sync", rx.el.span(mark, age, class_name=rx.cond(shop.is_behind, behind, "row tight green"))),
        cell("lag", rx.cond(shop.known_until != "", age_mark(shop.known_until), none_mark()), class_name="m2"),
        cell("calls", rx.cond(shop.calls != "", shop.calls, none_mark()), class_name="num m2"),
        cell("token_ends", _token(shop), class_name="m2"),
        cell("last_error", rx.cond(shop.error != "", error, none_mark()), class_name="m2 wrapcell"),
        rx.el.td(if_may(Permission.SYNC_RUN, button), class_name="num"),
        key=shop.code,
    )


def _token(shop: rx.Var[ShopView]) -> rx.Component:
    """When the authorisation ends; where it has ended for good, the way to the channel's page."""
    again = rx.el.a(icon("refresh", "s"), t("authorise_again"), href=shop.authorise, class_name="btn pri")
    ends = rx.cond(shop.token_ends != "", shop.token_ends, none_mark())
    return rx.cond(shop.authorise != "", rx.cond(may(Permission.SHOP_CONNECT), again, t("authorise_ask")), ends)


def _dead() -> rx.Component:
    view = System.view
    again = rx.el.button(
        icon("rotate", "s"),
        t("replay_all"),
        type="button",
        class_name="btn",
        on_click=System.replay_all,
        disabled=Frame.level == "read_only",
    )
    offered = rx.cond(view.dead.length() > 0, if_may(Permission.DEAD_LETTER_CHANGE, again))
    return table_card(
        "dead_letters",
        _DEAD_COLUMNS,
        view.dead,
        _dead_row,
        is_loaded=System.is_loaded,
        nothing=void("circle-check", "dead_letters_none"),
        beside=offered,
    )


def _dead_row(message: rx.Var[DeadView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(message.number, class_name="f12"),
        cell("shop", message.shop),
        cell("kind", label(MessageKind, message.kind)),
        cell("reason", message.reason, class_name="m2 wrapcell"),
        cell("tries", message.tries, class_name="num"),
        cell("age", rx.el.span(age_mark(message.received), title=message.received_exact), class_name="num m2"),
        rx.el.td(if_may(Permission.DEAD_LETTER_CHANGE, _dead_actions(message)), class_name="num"),
        key=message.id,
    )


def _dead_actions(message: rx.Var[DeadView]) -> rx.Component:
    """Replay at once; discard only with a reason."""
    is_locked = Frame.level == "read_only"
    send = rx.el.button(t("discard"), type="submit", class_name="btn danger", disabled=is_locked)
    form = reason_form("discard_reason", send, about=message.id, on_submit=System.discard)
    buttons = rx.el.span(
        rx.el.button(
            icon("rotate", "s"),
            t("replay"),
            type="button",
            class_name="btn",
            on_click=System.replay(message.id),
            disabled=is_locked,
        ),
        rx.el.button(t("discard"), type="button", class_name="btn ghost", on_click=System.ask(message.id)),
        class_name="row end",
    )
    return rx.cond(System.discarding == message.id, form, buttons)


def _runs() -> rx.Component:
    nothing = void("clock", "job_runs_none")
    return table_card("job_runs", _RUN_COLUMNS, System.view.runs, _run, is_loaded=System.is_loaded, nothing=nothing)


def _run(run: rx.Var[RunView]) -> rx.Component:
    is_bad = (run.state == str(RunState.FAILED)) | (run.state == str(RunState.LOST))
    mark = rx.match(
        run.state,
        (str(RunState.DONE), icon("circle-check", "s")),
        (str(RunState.RUNNING), icon("refresh", "s")),
        icon("triangle-alert", "s"),
    )
    state = rx.el.span(mark, label(RunState, run.state), class_name=rx.cond(is_bad, "row tight red", "row tight"))
    return rx.el.tr(
        rx.el.td(job_label(run.job), title=run.job),
        rx.el.td(state),
        cell("started", rx.el.span(age_mark(run.started), title=run.started_exact), class_name="m2"),
        cell("took", rx.cond(run.took != "", run.took, none_mark()), class_name="num"),
        cell("note", run.note, class_name="m2 wrapcell"),
        key=run.id,
    )
