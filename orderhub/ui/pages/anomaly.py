"""异常: what is wrong, since when, whose it is, and how it was resolved."""

import reflex as rx

from orderhub.access.permissions import Permission, Role
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.ui.anomaly_view import PATH, AnomalyView, KindView
from orderhub.ui.components.controls import cell, if_may, link, notice_line, page_foot, reason_form, tab_links
from orderhub.ui.components.marks import age_mark, icon, none_mark, void
from orderhub.ui.panels.frame import ANOMALIES, framed
from orderhub.ui.state.anomaly import Anomalies
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, subject_label, t

# Label and class of a column; on a phone each row is a card and the head is gone.
_COLUMNS = (
    ("severity", "a-severity"),
    ("kind", "a-kind"),
    ("about", "a-about"),
    ("note", ""),
    ("risk", "num a-risk"),
    ("owner", "a-owner"),
    ("age", "num a-age"),
    ("resolve", "a-resolve"),
)
_SKELETON_ROWS = 8


def page() -> rx.Component:
    return framed(
        ANOMALIES,
        rx.el.main(
            rx.el.div(rx.el.h1(t("anomalies")), rx.el.span(class_name="sp"), _which(), class_name="ph"),
            _kinds(),
            rx.el.section(
                notice_line(Anomalies.said, Anomalies.is_refusal, Anomalies.dismiss),
                rx.match(
                    rx.cond(Anomalies.has_failed, "failed", rx.cond(Anomalies.is_loaded, "loaded", "loading")),
                    ("failed", _failed()),
                    ("loading", _table(_skeleton())),
                    rx.cond(Anomalies.view.rows.length() > 0, _table(_rows()), _nothing()),
                ),
                page_foot(Anomalies.view.first, Anomalies.view.next),
                class_name="card",
                aria_label=t("anomalies"),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="异常 · OrderHub", on_load=[Frame.enter, Anomalies.enter])


def _which() -> rx.Component:
    is_resolved = Anomalies.view.is_resolved
    resolved = ("resolved", f"{PATH}?resolved=1", is_resolved)
    return tab_links("anomalies", ("unresolved", PATH, ~is_resolved), resolved)


def _kinds() -> rx.Component:
    return rx.cond(
        Anomalies.view.kinds.length() > 0,
        rx.el.nav(rx.foreach(Anomalies.view.kinds, _kind_chip), class_name="chips", aria_label=t("kind")),
    )


def _kind_chip(one: rx.Var[KindView]) -> rx.Component:
    return link(
        label(AnomalyKind, one.kind),
        rx.el.span(one.count, class_name="b"),
        rx.cond(one.late != "", rx.el.span(t("late_n", n=one.late), class_name="red")),
        rx.cond(one.is_on, icon("x", "xs")),
        to=one.href,
        class_name=rx.cond(one.is_on, "chip on", "chip"),
        key=one.kind,
    )


def _table(body: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.colgroup(*[rx.el.col(class_name=kind.replace("num ", "")) for _, kind in _COLUMNS]),
            rx.el.thead(rx.el.tr(*[_head(name, kind) for name, kind in _COLUMNS])),
            body,
            aria_label=t("anomalies"),
        ),
        class_name="pbox stack",
    )


def _head(name: str, kind: str) -> rx.Component:
    is_number = "num" if kind.startswith("num") else ""
    return rx.el.th(
        rx.el.span(t(name), class_name="vh" if name == "resolve" else ""), scope="col", class_name=is_number
    )


def _rows() -> rx.Component:
    return rx.el.tbody(rx.foreach(Anomalies.view.rows, _row))


def _row(row: rx.Var[AnomalyView]) -> rx.Component:
    about = rx.el.span(subject_label(row.subject), " ", row.about)
    return rx.el.tr(
        rx.el.td(_severity(row.severity)),
        rx.el.td(label(AnomalyKind, row.kind), class_name="b"),
        cell("about", rx.cond(row.href != "", link(about, to=row.href, class_name="f12"), about), class_name="el"),
        cell("note", row.note, class_name="m2 wrapcell"),
        cell("risk", rx.cond(row.risk != "", row.risk, none_mark()), class_name="num"),
        cell("owner", label(Role, row.owner_role), class_name="m2"),
        cell(
            "age",
            rx.el.span(age_mark(row.since), title=row.since_exact, class_name=rx.cond(row.is_late, "red b", "m2")),
            class_name="num",
        ),
        rx.el.td(rx.cond(row.resolved_by != "", rx.el.span(row.resolved_by, class_name="m2"), _resolve(row))),
        key=row.id,
    )


def _severity(word: rx.Var[str]) -> rx.Component:
    picture = rx.match(
        word,
        (str(Severity.HIGH), icon("triangle-alert", "xs")),
        (str(Severity.MEDIUM), icon("info", "xs")),
        rx.fragment(),
    )
    kind = rx.match(word, (str(Severity.HIGH), "tag red"), (str(Severity.MEDIUM), "tag amber"), "tag")
    return rx.el.span(picture, label(Severity, word), class_name=kind)


def _resolve(row: rx.Var[AnomalyView]) -> rx.Component:
    """A button; pressed, a reason and a second button: nothing is closed without one."""
    send = rx.el.button(t("resolve"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only")
    form = reason_form("resolve_reason", send, about=row.id, on_submit=Anomalies.resolve)
    button = rx.el.button(
        icon("check", "s"),
        t("resolve"),
        type="button",
        class_name="btn ghost",
        on_click=Anomalies.ask(row.id),
        disabled=Frame.level == "read_only",
    )
    return if_may(Permission.ANOMALY_RESOLVE, rx.cond(Anomalies.resolving == row.id, form, button))


def _skeleton() -> rx.Component:
    cells = [rx.el.td(rx.el.i(class_name="sk w7")) for _ in _COLUMNS]
    return rx.el.tbody(*[rx.el.tr(*cells) for _ in range(_SKELETON_ROWS)], aria_hidden="true")


def _nothing() -> rx.Component:
    return rx.cond(
        Anomalies.view.is_resolved,
        void("circle-check", "resolved_none"),
        void("circle-check", "anomalies_none", "anomalies_hint"),
    )


def _failed() -> rx.Component:
    again = rx.el.button(icon("refresh", "s"), t("retry"), type="button", class_name="btn", on_click=Anomalies.enter)
    return void("triangle-alert", "something_failed", "", again)
