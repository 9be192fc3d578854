"""预测: what each SKU will want in each region, how sure that is, and how well it would have gone before."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.forecast_run import LEAST_AHEAD, MOST_AHEAD, Model, Note, RunState, Stage
from orderhub.intake.driver_sheet import DriverKind
from orderhub.ui.components.controls import cell, download_form, if_may, link, native_form, notice_line, table_head
from orderhub.ui.components.marks import icon, none_mark, unread, void
from orderhub.ui.forecast_view import PATH, ErrorRow, ForecastRow, NoteRow, ScoreRow, WeekRow
from orderhub.ui.panels.frame import FORECAST, framed
from orderhub.ui.panels.weather import weather
from orderhub.ui.state.forecast import Forecast
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t

_SERIES = (
    ("sku", ""),
    ("forecast_region", "w12"),
    ("forecast_p50", "num w12"),
    ("forecast_p90", "num w12"),
    ("forecast_model", "w15"),
    ("forecast_missed", "num w9"),
)
_WEEKS = (("forecast_week", ""), ("forecast_p50", "num"), ("forecast_p90", "num"))
_SCORES = (
    ("forecast_model", ""),
    ("forecast_wmape", "num"),
    ("forecast_wmape_day", "num"),
    ("forecast_bias", "num"),
    ("forecast_held", "num"),
    ("forecast_share", "num"),
)


def page() -> rx.Component:
    view = Forecast.view
    words = t("forecast_made", made=view.made, first=view.first, last=view.last)
    made = rx.cond(view.run != "", rx.el.span(words, class_name="m3"))
    nothing = void("trend", "forecast_none", "forecast_none_hint")
    shown = rx.fragment(
        rx.cond(view.opened.id != "", _progress(), _trouble()),
        rx.cond(view.run != "", rx.fragment(_detail(), _series(), _tested(), _notes()), nothing),
        weather(),
        if_may(Permission.FORECAST_CHANGE, _upload()),
    )
    return framed(
        FORECAST,
        rx.el.main(
            rx.el.div(
                rx.el.h1(t("forecast")),
                made,
                rx.el.span(class_name="sp"),
                if_may(Permission.FORECAST_CHANGE, rx.cond(view.opened.id == "", _ask())),
                rx.cond(view.run != "", download_form(f"{PATH}/download", "days", "forecast_download")),
                class_name="ph",
            ),
            rx.el.p(t("forecast_hint"), class_name="para m2 lead"),
            notice_line(Forecast.said, Forecast.is_refusal, Forecast.dismiss),
            rx.cond(Forecast.has_failed, unread(Forecast.enter), rx.cond(Forecast.is_loaded, shown)),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="预测 · OrderHub", on_load=[Frame.enter, Forecast.enter])


def _ask() -> rx.Component:
    return rx.el.form(
        rx.el.input(
            name="days",
            type="number",
            min=LEAST_AHEAD,
            max=MOST_AHEAD,
            default_value=str(MOST_AHEAD),
            class_name="in slim",
            aria_label=t("forecast_days"),
        ),
        rx.el.button(t("forecast_now"), type="submit", class_name="btn pri", disabled=Frame.level != "normal"),
        on_submit=Forecast.ask,
        class_name="row tight",
    )


def _progress() -> rx.Component:
    opened = Forecast.view.opened
    cancel = rx.el.button(
        icon("x", "s"),
        t("forecast_cancel"),
        type="button",
        class_name="btn",
        on_click=Forecast.cancel(opened.id),
    )
    stage = rx.cond(opened.state == str(RunState.RUNNING), label(Stage, opened.stage), label(RunState, opened.state))
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("forecast_progress")),
            rx.el.span(stage, class_name="m2"),
            rx.el.span(t("forecast_of", seen=opened.seen, total=opened.total), class_name="m3"),
            rx.el.span(class_name="sp"),
            if_may(Permission.FORECAST_CHANGE, cancel),
            class_name="row",
        ),
        rx.el.div(
            rx.el.i(style={"width": opened.width}),
            class_name="bar",
            role="progressbar",
            aria_label=t("forecast_progress"),
            aria_valuemin="0",
            aria_valuemax=opened.total,
            aria_valuenow=opened.seen,
        ),
        class_name="card pbox",
        aria_label=t("forecast_progress"),
    )


def _trouble() -> rx.Component:
    view = Forecast.view
    said = rx.el.p(
        icon("triangle-alert", "s"),
        t("forecast_last_state"),
        label(RunState, view.last_state),
        rx.cond(view.trouble != "", rx.fragment(" · ", view.trouble)),
        class_name="row tight amber para",
    )
    is_bad = (view.last_state == str(RunState.BROKEN)) | (view.last_state == str(RunState.CANCELLED))
    return rx.cond(is_bad, said)


def _detail() -> rx.Component:
    one = Forecast.view.detail
    table = rx.el.table(table_head(*_WEEKS), rx.el.tbody(rx.foreach(one.weeks, _week)), aria_label=t("forecast_line"))
    shown = rx.el.section(
        rx.el.header(
            rx.el.h2(one.sku),
            rx.el.span(one.title, class_name="sub"),
            rx.el.span(one.warehouse, " · ", label(Model, one.model), class_name="sub"),
            rx.el.span(class_name="sp"),
            _legend(),
            class_name="floorbar",
        ),
        rx.el.div(_drawing(), class_name="plotbox"),
        rx.el.div(
            rx.el.div(table, class_name="stack sp"),
            rx.el.div(
                rx.el.p(t("forecast_why"), class_name="m2 f12"),
                rx.el.ul(rx.foreach(one.errors, _error)),
                rx.el.p(t("forecast_selling_days"), ": ", one.selling_days, class_name="m2 f12"),
                class_name="sp",
            ),
            class_name="row wraps pbox",
        ),
        class_name="card",
        aria_label=t("forecast_line"),
    )
    return rx.cond(one.sku != "", shown)


def _legend() -> rx.Component:
    words = [("ln", "forecast_sold"), ("ln y", "forecast_mean")]
    keys = [
        rx.el.span(
            rx.el.svg(
                rx.el.svg.path(d="M0 5L18 5", class_name=kind),
                view_box="0 0 18 10",
                class_name="plot",
                aria_hidden="true",
                style={"width": "18px", "height": "10px", "display": "inline-block"},
            ),
            t(word),
            class_name="row tight",
        )
        for kind, word in words
    ]
    band = rx.el.span("▒ ", t("forecast_band"))
    return rx.el.div(*keys, band, class_name="row tight f12 m2")


def _drawing() -> rx.Component:
    one = Forecast.view.detail
    return rx.el.figure(
        rx.el.svg(
            rx.el.svg.path(d=one.band, style={"fill": "var(--p0)", "opacity": "0.25"}),
            rx.el.svg.path(d=one.sold, class_name="ln"),
            rx.el.svg.path(d=one.mean, class_name="ln y"),
            rx.el.svg.line(
                x1=one.today, x2=one.today, y1="0", y2="180", style={"stroke": "var(--line)", "strokeWidth": "1"}
            ),
            view_box="0 0 720 180",
            preserve_aspect_ratio="none",
            class_name="plot",
            style={"height": "180px"},
            role="img",
            aria_label=t("forecast_line_alt"),
        ),
        rx.el.figcaption(
            rx.el.span(one.since),
            rx.el.span(class_name="sp"),
            rx.el.span("0 – ", one.most),
            rx.el.span(class_name="sp"),
            rx.el.span(one.until),
            class_name="row f12 m3",
        ),
        style={"margin": "0"},
    )


def _week(row: rx.Var[WeekRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.day),
        cell("forecast_p50", row.p50, class_name="num b"),
        cell("forecast_p90", row.p90, class_name="num"),
        key=row.day,
    )


def _error(row: rx.Var[ErrorRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(row.is_chosen, icon("check", "s")),
        rx.el.span(label(Model, row.model)),
        rx.el.span(class_name="sp"),
        rx.el.span(row.missed, class_name="num"),
        class_name=rx.cond(row.is_chosen, "row tight b", "row tight"),
    )


def _series() -> rx.Component:
    view = Forecast.view
    table = rx.el.table(table_head(*_SERIES), rx.el.tbody(rx.foreach(view.rows, _row)), aria_label=t("forecast_series"))
    return rx.el.section(
        rx.el.header(
            rx.el.h2(t("forecast_series")),
            rx.el.span(t("forecast_series_n", n=view.total), class_name="sub"),
            rx.el.span(class_name="sp"),
            _filters(),
            class_name="floorbar",
        ),
        rx.cond(
            view.rows.length() > 0,
            rx.el.div(table, class_name="pbox stack"),
            void("trend", "forecast_narrowed"),
        ),
        class_name="card",
        aria_label=t("forecast_series"),
    )


def _filters() -> rx.Component:
    view = Forecast.view
    return native_form(
        rx.el.input(
            name="q",
            default_value=view.words,
            key=view.words,
            max_length=64,
            class_name="in",
            placeholder=t("forecast_find"),
            aria_label=t("forecast_find"),
        ),
        rx.el.select(
            rx.el.option(t("forecast_all_warehouses"), value=""),
            rx.foreach(view.houses, lambda one: rx.el.option(one.name, value=one.id)),
            name="warehouse",
            default_value=view.warehouse,
            key=f"of-{view.warehouse}",
            class_name="in slim",
            aria_label=t("forecast_region"),
        ),
        rx.el.button(t("forecast_show"), type="submit", class_name="btn"),
        method="get",
        action=PATH,
        class_name="row tight wraps",
    )


def _row(row: rx.Var[ForecastRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            link(row.sku, to=row.href, class_name=rx.cond(row.is_on, "no b", "no")),
            rx.el.span(" ", row.title, class_name="m2"),
        ),
        cell("forecast_region", row.warehouse),
        cell("forecast_p50", row.p50, class_name="num b"),
        cell("forecast_p90", row.p90, class_name="num"),
        cell("forecast_model", label(Model, row.model), class_name="m2"),
        cell("forecast_missed", rx.cond(row.missed != "", row.missed, none_mark()), class_name="num m2"),
        key=row.key,
    )


def _tested() -> rx.Component:
    view = Forecast.view
    table = rx.el.table(
        table_head(*_SCORES), rx.el.tbody(rx.foreach(view.scores, _score)), aria_label=t("forecast_tested")
    )
    verdict = rx.cond(
        view.is_worse,
        rx.el.p(t("forecast_worse", n=view.better), class_name="red b"),
        rx.el.p(t("forecast_better", n=view.better), class_name="green b"),
    )
    said = rx.fragment(
        rx.cond(view.better != "", verdict),
        rx.el.p(t("forecast_losing", n=view.losing, total=view.judged), class_name="m2"),
        rx.el.div(table, class_name="stack"),
    )
    return rx.el.section(
        rx.el.header(rx.el.h2(t("forecast_tested"))),
        rx.el.div(
            rx.el.p(t("forecast_tested_hint"), class_name="para m2"),
            rx.cond(view.scores.length() > 0, said, rx.el.p(t("forecast_untested"), class_name="amber")),
            class_name="pbox",
        ),
        class_name="card",
        aria_label=t("forecast_tested"),
    )


def _score(row: rx.Var[ScoreRow]) -> rx.Component:
    name = rx.cond(row.is_chosen, t("forecast_chosen"), label(Model, row.model))
    return rx.el.tr(
        rx.el.td(name, class_name=rx.cond(row.is_chosen, "b", "")),
        cell("forecast_wmape", row.wmape, class_name="num b"),
        cell("forecast_wmape_day", row.wmape_day, class_name="num"),
        cell("forecast_bias", row.bias, class_name="num"),
        cell("forecast_held", rx.cond(row.held != "", row.held, none_mark()), class_name="num"),
        cell("forecast_share", rx.cond(row.share != "", row.share, none_mark()), class_name="num"),
        key=row.model,
    )


def _notes() -> rx.Component:
    view = Forecast.view
    listed = rx.el.section(
        rx.el.header(rx.el.h2(t("forecast_notes"))),
        rx.el.ul(rx.foreach(view.notes, _note), class_name="pbox"),
        class_name="card",
        aria_label=t("forecast_notes"),
    )
    return rx.cond(view.notes.length() > 0, listed)


def _note(row: rx.Var[NoteRow]) -> rx.Component:
    return rx.el.li(rx.el.span(row.count, class_name="num b"), " ", label(Note, row.note))


def _upload() -> rx.Component:
    form = native_form(
        rx.el.label(
            rx.el.span(t("forecast_kind")),
            rx.el.select(
                *[rx.el.option(label(DriverKind, str(kind)), value=str(kind)) for kind in DriverKind],
                name="kind",
                class_name="in",
            ),
        ),
        rx.el.label(
            rx.el.span(t("forecast_file")),
            rx.el.input(name="file", type="file", accept=".csv,.xlsx", required=True, class_name="in"),
        ),
        rx.el.button(t("forecast_upload"), type="submit", class_name="btn", disabled=Frame.level == "read_only"),
        method="post",
        action=f"{PATH}/file",
        enc_type="multipart/form-data",
        class_name="fields across",
    )
    return rx.el.section(
        rx.el.header(rx.el.h2(t("forecast_upload"))),
        rx.el.p(t("forecast_upload_hint"), class_name="para m2 cardtext"),
        form,
        class_name="card",
        aria_label=t("forecast_upload"),
    )
