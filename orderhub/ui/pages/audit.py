"""审计: who did what, when, from where, why, before and after; and whether the log stands as sealed."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.insights.audit import AuditPart
from orderhub.ui.audit_text import AUDIT_GROUPS, AUDIT_KINDS, AUDIT_SUBJECTS
from orderhub.ui.audit_view import PATH, AuditRowView, FactView
from orderhub.ui.components.controls import (
    cell,
    download_form,
    hidden,
    if_may,
    link,
    native_form,
    notice_line,
    page_foot,
    tab_links,
    table_head,
)
from orderhub.ui.components.marks import age_mark, icon, none_mark, unread, void
from orderhub.ui.messages_audit import AUDIT_MESSAGES
from orderhub.ui.panels.frame import AUDIT, framed
from orderhub.ui.state.audit import Audit
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.text import actor_name, looked_up, t
from orderhub.ui.words import Pair

_COLUMNS = (
    ("audit_at", "w12"),
    ("audit_who", "w9"),
    ("audit_address", "w9"),
    ("audit_kind", "w12"),
    ("audit_about", "w12"),
    ("audit_change", ""),
    ("audit_why", "w12"),
)
_ACCESSES = {name: pair for name, pair in AUDIT_MESSAGES.items() if name.startswith("access_")}


def page() -> rx.Component:
    return framed(
        AUDIT,
        rx.el.main(
            rx.el.div(
                rx.el.h1(t("audit")),
                rx.el.span(t("audit_hint"), class_name="m3"),
                rx.el.span(class_name="sp"),
                if_may(Permission.AUDIT_EXPORT, _download()),
                class_name="ph",
            ),
            notice_line(Audit.said, Audit.is_refusal, Audit.dismiss),
            rx.cond(Audit.has_failed, unread(Audit.enter), rx.fragment(_chain(), _filters(), _rows())),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="审计 · OrderHub", on_load=[Frame.enter, Audit.enter])


def _download() -> rx.Component:
    view = Audit.view
    asked = [hidden(name, getattr(view, name)) for name in _ASKED]
    return download_form(f"{PATH}/download", "events", "audit_download", hidden("part", view.part), *asked)


_ASKED = ("since", "until", "actor", "address", "kind", "subject", "number")


def _chain() -> rx.Component:
    chain = Audit.chain
    sealed = rx.el.span(age_mark(chain.sealed), title=chain.sealed_exact)
    head = rx.el.span("#", chain.head, " ", rx.el.code(chain.hash), " · ", sealed)
    figures = rx.el.div(
        _figure("audit_head", rx.cond(chain.head != "", head, none_mark())),
        _figure("audit_waits", chain.waits),
        _figure("audit_last", _last()),
        class_name="figs",
    )
    findings = rx.el.ul(rx.foreach(chain.findings, lambda one: rx.el.li(one, class_name="red")), class_name="f12")
    return rx.el.section(
        rx.el.header(
            rx.el.h2(t("audit_chain")),
            rx.el.span(class_name="sp"),
            rx.el.button(
                icon("refresh", "s"),
                t("audit_prove"),
                type="button",
                class_name="btn",
                on_click=Audit.prove,
                disabled=(chain.percent != "") | (Frame.level == "read_only"),
            ),
        ),
        rx.el.div(figures, rx.cond(chain.findings.length() > 0, findings), class_name="pbox"),
        class_name="card",
        aria_label=t("audit_chain"),
    )


def _figure(name: str, value: rx.Var[str] | rx.Component) -> rx.Component:
    shown = rx.cond(Audit.is_loaded, rx.el.strong(value), rx.el.i(class_name="sk w6"))
    return rx.el.div(rx.el.div(t(name), class_name="f12 m2"), shown, class_name="card fig low")


def _last() -> rx.Component:
    chain = Audit.chain
    sound = rx.el.span(icon("circle-check", "s"), t("audit_sound", rows=chain.rows), class_name="row tight green")
    broken = rx.el.span(icon("triangle-alert", "s"), t("audit_broken", count=chain.count), class_name="row tight red")
    died = rx.el.span(icon("triangle-alert", "s"), t("audit_died"), class_name="row tight amber")
    ended = rx.cond(chain.has_died, died, rx.cond(chain.is_sound, sound, broken))
    when = rx.el.span(age_mark(chain.proved), title=chain.proved_exact, class_name="m3 f12")
    running = rx.el.span(icon("clock", "s"), t("audit_running", percent=chain.percent), class_name="row tight")
    return rx.cond(
        chain.percent != "",
        running,
        rx.cond(chain.proved != "", rx.el.span(ended, when, class_name="row"), t("audit_never")),
    )


def _filters() -> rx.Component:
    view = Audit.view
    shown = native_form(
        hidden("part", view.part),
        _field("since", "audit_since", "date", view.since),
        _field("until", "audit_until", "date", view.until),
        _field("actor", "audit_anybody", "text", view.actor),
        _field("address", "audit_address", "text", view.address),
        rx.cond(view.part == str(AuditPart.EVENTS), rx.fragment(_kinds(), _subjects())),
        rx.el.button(icon("search", "s"), t("audit_filter"), type="submit", class_name="btn pri"),
        method="get",
        action=PATH,
        class_name="row tight wraps",
        id="audit-filter",
    )
    events, looks = str(AuditPart.EVENTS), str(AuditPart.LOOKS)
    tabs = tab_links(
        "audit_part",
        ("audit_events", PATH, view.part == events),
        ("audit_looks", f"{PATH}?part={looks}", view.part == looks),
    )
    return rx.el.div(tabs, rx.cond(Audit.is_loaded, shown), class_name="ph wraps")


def _field(name: str, title: str, kind: str, value: rx.Var[str]) -> rx.Component:
    shown = f"{name}-{value}"
    given = rx.el.input(name=name, type=kind, default_value=value, key=shown, max_length=64, class_name="in slim")
    return rx.el.label(rx.el.span(t(title), class_name="m3 f12"), given, class_name="row tight")


def _kinds() -> rx.Component:
    groups = [
        rx.el.optgroup(
            rx.el.option(t(group), value=group),
            *[rx.el.option(_said(pair), value=kind) for kind, pair in kinds.items()],
            label=t(group),
        )
        for group, kinds in AUDIT_GROUPS.items()
    ]
    return _select("kind", "audit_every_kind", Audit.view.kind, groups)


def _said(pair: Pair) -> rx.Var[str]:
    return rx.cond(Preferences.lang == "en", pair[1], pair[0]).to(str)


def _subjects() -> rx.Component:
    options = [rx.el.option(_said(pair), value=name) for name, pair in AUDIT_SUBJECTS.items()]
    number = _field("number", "audit_number", "text", Audit.view.number)
    return rx.fragment(_select("subject", "audit_every_subject", Audit.view.subject, options), number)


def _select(name: str, every: str, value: rx.Var[str], options: list[rx.Component]) -> rx.Component:
    return rx.el.select(
        rx.el.option(t(every), value=""),
        *options,
        name=name,
        default_value=value,
        key=f"{name}-{value}",
        class_name="in slim",
        aria_label=t(every),
    )


def _rows() -> rx.Component:
    rows = Audit.view.rows
    table = rx.el.table(table_head(*_COLUMNS), rx.el.tbody(rx.foreach(rows, _row)), aria_label=t("audit"))
    nothing = rx.cond(Audit.is_loaded, void("circle-check", "audit_none", "audit_none_hint"))
    return rx.el.section(
        rx.cond(rows.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        page_foot(Audit.view.first, Audit.view.following),
        class_name="card",
        aria_label=t("audit"),
    )


def _row(row: rx.Var[AuditRowView]) -> rx.Component:
    is_open = Audit.open_id == row.id
    known = rx.cond(Audit.view.part == str(AuditPart.LOOKS), looked_up(_ACCESSES, row.kind), _kind_name(row))
    opener = rx.el.button(
        icon("right", "s"),
        known,
        type="button",
        class_name="btn ghost",
        aria_expanded=is_open,
        on_click=Audit.toggle(row.id),
    )
    about = rx.el.span(rx.cond(row.subject != "", looked_up(AUDIT_SUBJECTS, row.subject), ""), " ", row.number)
    return rx.fragment(
        rx.el.tr(
            rx.el.td(row.at),
            cell("audit_who", rx.cond(row.actor != "", actor_name(row.actor), none_mark())),
            cell("audit_address", rx.cond(row.address != "", row.address, none_mark()), class_name="m2"),
            cell("audit_kind", opener),
            cell("audit_about", rx.cond(row.href != "", link(about, to=row.href), about)),
            cell("audit_change", row.text, class_name="wrapcell m2"),
            cell("audit_why", rx.cond(row.why != "", row.why, none_mark()), class_name="wrapcell"),
            key=row.id,
        ),
        rx.cond(is_open, rx.el.tr(rx.el.td(_detail(row), col_span=len(_COLUMNS)))),
    )


def _kind_name(row: rx.Var[AuditRowView]) -> rx.Var[str]:
    return rx.cond(row.is_known, looked_up(AUDIT_KINDS, row.kind), row.kind).to(str)


def _detail(row: rx.Var[AuditRowView]) -> rx.Component:
    changes = rx.el.table(
        table_head(("", "w12"), ("audit_before", ""), ("audit_after", "")),
        rx.el.tbody(rx.foreach(row.changes, _change)),
        aria_label=t("audit_change"),
    )
    facts = rx.el.dl(rx.foreach(row.facts, _fact), class_name="kv")
    return rx.el.div(
        rx.cond(row.changes.length() > 0, changes),
        rx.cond(row.facts.length() > 0, rx.el.div(facts, class_name="rdetail")),
        rx.cond(row.href != "", link(icon("right", "s"), t("audit_open"), to=row.href, class_name="btn")),
        class_name="pbox audit-detail",
    )


def _change(one: rx.Var[FactView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.code(one.name)),
        cell("audit_before", one.was, class_name="wrapcell"),
        cell("audit_after", rx.el.span(one.became, class_name="b"), class_name="wrapcell"),
        key=one.name,
    )


def _fact(one: rx.Var[FactView]) -> rx.Component:
    return rx.fragment(rx.el.dt(rx.el.code(one.name)), rx.el.dd(one.became))
