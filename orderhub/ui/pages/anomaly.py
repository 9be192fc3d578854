"""异常: the ten worst kinds, then all that is wrong by the clock, each with its drawer."""

import reflex as rx

from orderhub.access.permissions import Permission, Role
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.words import Channel
from orderhub.insights.desk import DeskSort, DeskState
from orderhub.ui.anomaly_view import PATH, AnomalyView, TopBy, TopView
from orderhub.ui.board_view import Filter
from orderhub.ui.components.controls import cell, if_may, link, notice_line, page_foot, popover, rows_shown
from orderhub.ui.components.marks import age_mark, channel_mark, due_mark, icon, none_mark, unread, void
from orderhub.ui.panels.anomaly_card import anomaly_card
from orderhub.ui.panels.behind import behind_chip
from orderhub.ui.panels.desk import bulk_bar, owner_mark, pick, problem_mark, severity_mark
from orderhub.ui.panels.frame import ANOMALIES, framed
from orderhub.ui.state.anomaly import Anomalies
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, subject_label, t

# Label and class of a column; on a phone each row is a card and the head is gone.
_COLUMNS = (
    ("", "k-pick"),
    ("severity", "k-severity"),
    ("kind", "k-kind"),
    ("about", "k-about"),
    ("note", "wide"),
    ("risk", "num k-risk"),
    ("owner", "k-owner"),
    ("desk_due", "k-due"),
)
_SKELETON_ROWS = 8


def page() -> rx.Component:
    is_open = (Anomalies.card.id != "") | Anomalies.is_gone
    return framed(
        ANOMALIES,
        rx.el.main(
            rx.el.div(
                rx.el.div(
                    rx.el.h1(t("anomalies")),
                    rx.el.span(class_name="sp"),
                    link(icon("chart", "s"), t("loop"), to=f"{PATH}/loop", class_name="btn"),
                    if_may(
                        Permission.ESCALATION_CHANGE,
                        link(icon("sliders", "s"), t("desk_ladder"), to=f"{PATH}/ladder", class_name="btn"),
                    ),
                    class_name="ph",
                ),
                _top(),
                _list(),
                class_name="page",
            ),
            rx.cond(is_open, anomaly_card()),
            id="content",
            class_name=rx.cond(is_open, "board open", "board"),
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="异常 · OrderHub", on_load=[Frame.enter, Anomalies.enter])


def _top() -> rx.Component:
    view = Anomalies.view
    by = rx.el.nav(
        *[
            link(
                t(f"desk_by_{one}"),
                to=rx.cond(Anomalies.is_loaded, view.top_hrefs[str(one)].to(str), PATH),
                custom_attrs={"aria-current": rx.cond(view.top_by == str(one), "page", "false")},
            )
            for one in TopBy
        ],
        class_name="seg",
        aria_label=t("desk_top"),
    )
    return rx.cond(
        view.top.length() > 0,
        rx.el.section(
            rx.el.header(
                rx.el.h2(t("desk_top")),
                rx.el.span(t("desk_top_sub"), class_name="sub el hide-phone"),
                rx.el.span(class_name="sp"),
                by,
            ),
            rx.el.div(rx.foreach(view.top, _bar), class_name="desktop10"),
            class_name="card",
            aria_label=t("desk_top"),
        ),
    )


def _bar(one: rx.Var[TopView]) -> rx.Component:
    bar = rx.el.svg(
        rx.el.svg.rect(width=one.width, height="6", rx="3", class_name=rx.cond(one.late != "", "b-late", "b-plain")),
        view_box="0 0 100 6",
        preserve_aspect_ratio="none",
        class_name="meter",
        custom_attrs={"aria-hidden": "true"},
    )
    return link(
        rx.el.span(label(AnomalyKind, one.kind), class_name="el"),
        bar,
        rx.el.span(
            rx.el.span(t("desk_count", n=one.count), class_name="b"),
            rx.cond(one.late != "", rx.el.span(t("late_n", n=one.late), class_name="red")),
            rx.cond(one.money != "", rx.el.span(one.money)),
            rx.el.span(age_mark(one.since), class_name="m3"),
            class_name="row f12",
        ),
        to=one.href,
        class_name=rx.cond(one.is_on, "on", ""),
        key=one.kind,
        custom_attrs={"aria-current": rx.cond(one.is_on, "true", "false")},
    )


def _list() -> rx.Component:
    return rx.el.section(
        rx.el.nav(*[_tab(state) for state in DeskState], class_name="tabs scrollx", aria_label=t("anomalies")),
        _filters(),
        rx.cond(
            Anomalies.card.id == "",
            notice_line(Anomalies.said, Anomalies.is_refusal, Anomalies.dismiss),
        ),
        rx.match(
            rx.cond(Anomalies.has_failed, "failed", rx.cond(Anomalies.is_loaded, "loaded", "loading")),
            ("failed", unread(Anomalies.enter)),
            ("loading", _table(_skeleton())),
            rx.cond(
                Anomalies.view.rows.length() > 0,
                _table(rx.el.tbody(rx.foreach(Anomalies.view.rows, _row))),
                void("circle-check", "desk_none", "desk_none_hint"),
            ),
        ),
        rx.cond(Anomalies.is_loaded, rows_shown(Anomalies.view.rows.length(), Anomalies.view.total)),
        page_foot(Anomalies.view.first, Anomalies.view.next),
        bulk_bar(Anomalies, end="resolve", may_end=Permission.ANOMALY_RESOLVE, may_give=Permission.ANOMALY_ASSIGN),
        class_name="card desk",
        aria_label=t("anomalies"),
    )


def _tab(state: DeskState) -> rx.Component:
    count = Anomalies.view.counts[str(state)].to(str)
    hot = "n red b" if state is DeskState.LATE else "n"
    return link(
        t(f"desk_{state}"),
        rx.cond(count != "", rx.el.span(count, class_name=rx.cond(count == "0", "n", hot))),
        to=rx.cond(Anomalies.is_loaded, Anomalies.view.states[str(state)].to(str), PATH),
        custom_attrs={"aria-current": rx.cond(Anomalies.view.state == str(state), "page", "false")},
    )


def _filters() -> rx.Component:
    view = Anomalies.view
    find = rx.el.form(
        rx.el.input(
            name="words",
            type="search",
            default_value=view.text,
            class_name="in",
            max_length=64,
            placeholder=t("desk_find"),
            aria_label=t("desk_find"),
        ),
        on_submit=Anomalies.search,
        key=view.mark,
    )
    return rx.el.div(
        find,
        behind_chip(view.behind),
        _chip("kind", view.kind, AnomalyKind),
        _chip("channel", view.channel, Channel),
        _chip("owner", view.role, Role),
        _chip("severity", view.severity, Severity),
        rx.cond(view.is_filtered, link(t("clear_all"), to=view.clear, class_name="f12 nw")),
        rx.el.span(class_name="sp"),
        rx.el.nav(
            rx.foreach(
                view.sort.choices,
                lambda one: link(
                    rx.match(one.word, *[(str(sort), t(f"desk_sort_{sort}")) for sort in DeskSort], ""),
                    to=one.href,
                    custom_attrs={"aria-current": rx.cond(one.is_on, "page", "false")},
                ),
            ),
            class_name="seg",
            aria_label=t("desk_sort"),
        ),
        class_name="filters deskfilters",
    )


def _chip(name: str, chosen: rx.Var[Filter], words: type) -> rx.Component:
    is_set = chosen.shown.length() > 0
    summary = rx.el.summary(
        rx.cond(is_set, rx.fragment(), icon("plus", "xs")),
        t(name),
        rx.cond(is_set, rx.el.span(label(words, chosen.shown[0]), class_name="b"), rx.fragment()),
        class_name=rx.cond(is_set, "chip on", "chip"),
    )
    choices = rx.foreach(
        chosen.choices,
        lambda one: link(
            rx.cond(one.is_on, icon("check", "s"), rx.el.span(style={"width": "14px"})),
            label(words, one.word),
            to=one.href,
            key=one.word,
            class_name=rx.cond(one.is_on, "on", ""),
            custom_attrs={"aria-current": rx.cond(one.is_on, "true", "false")},
        ),
    )
    clear = rx.cond(is_set, rx.fragment(rx.el.hr(), link(icon("x", "s"), t("clear"), to=chosen.clear)))
    return popover(summary, choices, clear)


def _table(body: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.colgroup(*[rx.el.col(class_name=kind.replace("num ", "")) for _, kind in _COLUMNS]),
            rx.el.thead(rx.el.tr(*[_head(name, kind) for name, kind in _COLUMNS])),
            body,
            aria_label=t("anomalies"),
        ),
        class_name="pbox stack",
        custom_attrs={"data-list": Anomalies.view.mark},
    )


def _head(name: str, kind: str) -> rx.Component:
    shown = "num" if kind.startswith("num") else "wide" if kind == "wide" else ""
    return rx.el.th(t(name) if name else rx.el.span(t("bulk_actions"), class_name="vh"), scope="col", class_name=shown)


def _row(row: rx.Var[AnomalyView]) -> rx.Component:
    kind = label(AnomalyKind, row.kind)
    about = rx.el.span(
        rx.cond(row.channel != "", channel_mark(row.channel)),
        rx.el.span(subject_label(row.subject), " ", row.about, class_name="el"),
        class_name="row tight",
    )
    ended = rx.el.span(row.resolved_by, " ", age_mark(row.ended), title=row.ended_exact, class_name="m2 f12")
    level = rx.cond(row.level != "", rx.el.span(icon("up", "xs"), row.level, class_name="tag red"))
    again = rx.cond(row.reopened != "", rx.el.span(icon("rotate", "xs"), row.reopened, class_name="tag amber"))
    return rx.el.tr(
        pick(Anomalies, row.id, kind),
        rx.el.td(severity_mark(row.severity, label(Severity, row.severity))),
        rx.el.td(
            rx.el.span(link(kind, to=row.href, class_name="no b el"), level, again, class_name="row tight"),
            problem_mark(Anomalies, row.id),
        ),
        cell("about", about, class_name="f12"),
        cell("note", row.note, class_name="m2 el wide", title=row.note),
        cell("risk", rx.cond(row.risk != "", row.risk, none_mark()), class_name="num"),
        cell("owner", owner_mark(row.owner_role, row.owner), class_name="f12"),
        cell("desk_due", rx.cond(row.due != "", due_mark(row.due, row.due_exact), ended)),
        class_name=rx.cond(
            row.is_here, "order cur", rx.cond(Anomalies.selected.contains(row.id), "order sel", "order")
        ),
        key=row.id,
        custom_attrs={"data-id": row.id, "data-rev": row.rev},
    )


def _skeleton() -> rx.Component:
    cells = [rx.el.td(rx.el.i(class_name="sk w7")) for _ in _COLUMNS]
    return rx.el.tbody(*[rx.el.tr(*cells) for _ in range(_SKELETON_ROWS)], aria_hidden="true")
