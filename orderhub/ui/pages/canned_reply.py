"""话术: what customer service says again and again, with the gaps an order fills."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.canned_reply import PLACEHOLDERS, TEXT_MOST, TITLE_MOST
from orderhub.domain.ticket import TicketKind
from orderhub.ui.canned_reply_view import PATH, ReplyView
from orderhub.ui.components.controls import if_may, notice_line
from orderhub.ui.components.marks import unread, void
from orderhub.ui.panels.frame import SERVICE, framed
from orderhub.ui.panels.service_tabs import service_tabs
from orderhub.ui.state.canned_reply import CannedReplies
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t

_CHANGE = Permission.TICKET_CHANGE


def page() -> rx.Component:
    rows = rx.el.ul(rx.foreach(CannedReplies.rows, _reply), class_name="svlist")
    nothing = void("message", "replies_none", "replies_none_hint")
    skeleton = rx.el.div(rx.el.i(class_name="sk w7"), class_name="cardtext", aria_hidden="true")
    return framed(
        SERVICE,
        rx.el.main(
            rx.el.div(
                rx.el.h1(t("service_replies")),
                rx.el.span(class_name="sp"),
                service_tabs("service_replies"),
                class_name="ph",
            ),
            notice_line(CannedReplies.said, CannedReplies.is_refusal, CannedReplies.dismiss),
            rx.cond(
                CannedReplies.has_failed,
                unread(CannedReplies.enter),
                rx.fragment(
                    if_may(_CHANGE, _new()),
                    rx.el.section(
                        rx.el.header(rx.el.h2(t("service_replies"))),
                        rx.cond(
                            CannedReplies.is_loaded, rx.cond(CannedReplies.rows.length() > 0, rows, nothing), skeleton
                        ),
                        class_name="card",
                        aria_label=t("service_replies"),
                    ),
                ),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="话术 · OrderHub", on_load=[Frame.enter, CannedReplies.enter])


def _new() -> rx.Component:
    return rx.el.section(
        rx.el.header(rx.el.h2(t("replies_new"))),
        rx.el.div(t("replies_gaps"), *_gaps(), class_name="f12 m2 cardtext row wraps"),
        rx.el.form(*_fields(), on_submit=CannedReplies.save, reset_on_submit=True, class_name="svnew"),
        class_name="card",
        aria_label=t("replies_new"),
    )


def _gaps() -> list[rx.Component]:
    return [rx.el.code(f"{{{name}}}", class_name="tag") for name in PLACEHOLDERS]


def _fields(row: rx.Var[ReplyView] | None = None) -> list[rx.Component]:
    title, text, kind = (row.title, row.text, row.kind) if row is not None else ("", "", "")
    kinds = [rx.el.option(label(TicketKind, rx.Var.create(str(one))), value=str(one)) for one in TicketKind]
    choices = rx.el.select(
        rx.el.option(t("replies_any"), value=""), *kinds, name="kind", class_name="in", default_value=kind
    )
    name = rx.el.input(
        name="title", class_name="in", max_length=TITLE_MOST, required=True, default_value=title, auto_complete="off"
    )
    words = rx.el.textarea(
        name="text", class_name="in", max_length=TEXT_MOST, required=True, rows="3", default_value=text
    )
    known = [rx.el.input(type="hidden", name="id", value=row.id, read_only=True)] if row is not None else []
    return [
        rx.el.label(t("replies_title"), name, class_name="lab"),
        rx.el.label(t("ticket_kind"), choices, class_name="lab"),
        rx.el.label(t("replies_text"), words, class_name="lab whole"),
        *known,
        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
    ]


def _reply(row: rx.Var[ReplyView]) -> rx.Component:
    edit = rx.el.button(t("replies_edit"), type="button", class_name="btn ghost", on_click=CannedReplies.edit(row.id))
    retire = rx.el.button(
        t("replies_retire"),
        type="button",
        class_name="btn ghost",
        on_click=CannedReplies.retire(row.id),
        disabled=Frame.level == "read_only",
    )
    kind = rx.cond(row.kind != "", label(TicketKind, row.kind), t("replies_any"))
    is_open = CannedReplies.editing == row.id
    return rx.el.li(
        rx.el.div(
            rx.el.span(row.title, class_name="b"),
            rx.el.span(kind, class_name="tag"),
            rx.cond(row.is_retired, rx.el.span(t("replies_retired"), class_name="tag amber")),
            rx.el.span(class_name="sp"),
            rx.el.span(t("replies_changed", by=row.by, at=row.at), class_name="f12 m3"),
            if_may(_CHANGE, rx.fragment(edit, rx.cond(row.is_retired, rx.fragment(), retire))),
            class_name="row",
        ),
        rx.el.p(row.text, class_name="para m2"),
        rx.cond(
            is_open, rx.el.form(*_fields(row), on_submit=CannedReplies.save, class_name="svnew", style={"padding": "0"})
        ),
        key=row.id,
    )
