"""导入: a merchant's own export file, shown before it is taken."""

import reflex as rx

from orderhub.domain.words import ChannelStatus
from orderhub.intake.files.bounds import MOST_BYTES
from orderhub.intake.files.imports import ImportState
from orderhub.intake.files.mapping import ORDER_FIELDS, FileField, Transform
from orderhub.intake.files.weighing import Effect
from orderhub.ui.components.controls import cell, dropzone, link, native_form, notice_line, table_head
from orderhub.ui.components.marks import age_mark, icon, none_mark, void
from orderhub.ui.import_view import ColumnView, ImportView, ProblemView, SampleView, ShopChoice
from orderhub.ui.panels.frame import IMPORT, framed
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.importing import Importing
from orderhub.ui.text import label, layout_label, t

_KINDS = ".csv,.tsv,.txt,.tab,.xlsx,.xls,.gz"
_SAMPLE_COLUMNS = (
    ("import_effect", ""),
    ("number", ""),
    ("import_goods", ""),
    ("import_total", "num"),
    ("import_fields", ""),
)
_view = Importing.view


def page() -> rx.Component:
    return framed(
        IMPORT,
        rx.el.main(
            rx.el.div(rx.el.h1(t("import_orders")), class_name="ph"),
            notice_line(Importing.said, Importing.is_refusal, Importing.dismiss),
            _drop(),
            rx.cond(_view.mark != "", _one()),
            _recent(),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route="/import", title="导入 · OrderHub", on_load=[Frame.enter, Importing.enter])


def _drop() -> rx.Component:
    """A native form; assets/app.js lets files be dropped on it and sends it at once."""
    choose = dropzone("import_kinds", accept=_KINDS, most=MOST_BYTES)
    shops = rx.el.select(
        rx.el.option(t("import_by_header"), value=""),
        rx.foreach(Importing.shops, _shop_option),
        name="shop",
        class_name="in slim",
        aria_label=t("import_shop"),
    )
    form = native_form(
        choose,
        rx.el.div(
            rx.el.span(t("import_shop"), class_name="m2"),
            shops,
            rx.el.span(class_name="sp"),
            rx.el.button(icon("upload", "s"), t("import_send"), type="submit", class_name="btn pri"),
            class_name="row wrap",
        ),
        method="post",
        action="/import/file",
        enc_type="multipart/form-data",
        class_name="drop",
        custom_attrs={"data-drop": ""},
    )
    nothing = void("store", "import_no_shops", "import_no_shops_hint")
    has_none = Importing.is_loaded & (Importing.shops.length() == 0)
    return rx.el.section(rx.cond(has_none, nothing, form), class_name="card", aria_label=t("import_file"))


def _shop_option(shop: rx.Var[ShopChoice]) -> rx.Component:
    return rx.el.option(shop.name, value=shop.code, key=shop.code)


def _one() -> rx.Component:
    state = label(ImportState, _view.state)
    head = rx.el.header(
        rx.el.h2(_view.name, class_name="el"),
        rx.el.span(state, class_name="tag", custom_attrs={"data-state": _view.state}),
        rx.el.span(class_name="sp"),
        rx.cond(_view.shop != "", rx.el.span(_view.shop, class_name="sub")),
    )
    body = rx.match(
        _view.state,
        (str(ImportState.TO_MAP), _mapping()),
        (str(ImportState.READY), rx.fragment(_figures(), _samples(), _problems(), _ready())),
        (str(ImportState.DONE), rx.fragment(_figures(), _problems(), _done())),
        (str(ImportState.REFUSED), _refused()),
        (str(ImportState.FAILED), _refused()),
        _progress(),
    )
    return rx.el.section(head, body, class_name="card", aria_label=t("import_file"), id="import")


def _progress() -> rx.Component:
    share = rx.cond(
        _view.percent != "",
        rx.el.progress(value=_view.percent, max="100", class_name="bar", aria_label=t("import_result")),
        rx.el.progress(max="100", class_name="bar", aria_label=t("import_result")),
    )
    stalled = rx.el.div(t("import_stalled"), _button("refresh", "import_again", Importing.again), class_name="row wrap")
    moving = rx.el.div(
        share,
        rx.cond(_view.percent != "", rx.el.span(t("import_progress", done=_view.done, total=_view.total))),
        _button("x", "import_cancel", Importing.cancel),
        class_name="row wrap",
        role="status",
    )
    shown = rx.cond(_view.is_stalled, stalled, rx.cond(_view.is_moving, moving))
    return rx.el.div(shown, class_name="cardtext")


def _refused() -> rx.Component:
    reason = rx.el.p(icon("triangle-alert", "s"), rx.el.span(_view.reason), class_name="row amber", role="alert")
    again = _button("refresh", "import_again", Importing.again)
    return rx.el.div(reason, rx.el.div(again, class_name="row end"), class_name="cardtext")


def _figures() -> rx.Component:
    words = [
        (label(Effect, rx.Var.create(str(Effect.NEW))), _view.new, ""),
        (label(Effect, rx.Var.create(str(Effect.CHANGED))), _view.changed, ""),
        (label(Effect, rx.Var.create(str(Effect.SAME))), _view.same, ""),
        (t("import_wrong"), _view.wrong, rx.cond(_view.has_wrong, "red", "")),
        (t("import_rows"), _view.rows, ""),
    ]
    figures = [
        rx.el.div(rx.el.div(name, class_name="f12 m2"), rx.el.strong(value, class_name=kind), class_name="fig low")
        for name, value, kind in words
    ]
    layout = rx.el.div(
        rx.el.div(t("import_layout"), class_name="f12 m2"), rx.el.span(layout_label(_view.layout)), class_name="fig low"
    )
    return rx.el.div(layout, *figures, class_name="figs cardtext")


def _samples() -> rx.Component:
    table = rx.el.table(
        table_head(*_SAMPLE_COLUMNS),
        rx.el.tbody(rx.foreach(_view.samples, _sample)),
        aria_label=t("import_samples"),
    )
    return rx.cond(_view.samples.length() > 0, rx.el.div(table, class_name="pbox stack"))


def _sample(one: rx.Var[SampleView]) -> rx.Component:
    kind = rx.match(one.effect, (str(Effect.NEW), "green"), (str(Effect.CHANGED), "amber"), "m2")
    return rx.el.tr(
        rx.el.td(rx.el.span(label(Effect, one.effect), class_name=kind)),
        cell("number", one.number, class_name="f12"),
        cell("import_goods", one.goods, class_name="m2 wrapcell"),
        cell("import_total", one.total, class_name="num"),
        cell("import_fields", rx.cond(one.changed != "", one.changed, none_mark()), class_name="m2 wrapcell"),
        key=one.key,
    )


def _problems() -> rx.Component:
    table = rx.el.table(
        table_head(("import_row", "num"), ("import_column", ""), ("import_reason", "")),
        rx.el.tbody(rx.foreach(_view.problems, _problem)),
        aria_label=t("import_wrong_rows"),
    )
    download = native_form(
        rx.el.input(type="hidden", name="id", value=_view.mark, read_only=True),
        rx.el.button(icon("download", "s"), t("import_download"), type="submit", class_name="btn"),
        method="get",
        action="/import/wrong",
    )
    head = rx.el.div(
        rx.el.h3(t("import_wrong_rows"), class_name="b"),
        rx.el.span(t("import_wrong_first"), class_name="m2 f12"),
        rx.el.span(class_name="sp"),
        download,
        class_name="row wrap cardtext",
    )
    return rx.cond(_view.has_wrong, rx.fragment(head, rx.el.div(table, class_name="pbox stack")))


def _problem(one: rx.Var[ProblemView]) -> rx.Component:
    return rx.el.tr(
        cell("import_row", one.row, class_name="num"),
        cell("import_column", rx.cond(one.column != "", one.column, none_mark())),
        cell("import_reason", one.reason, class_name="wrapcell"),
        key=one.key,
    )


def _ready() -> rx.Component:
    take = rx.el.button(
        icon("check", "s"),
        rx.cond(_view.has_changes, t("import_take", n=_view.changes), t("import_nothing")),
        type="button",
        class_name="btn pri",
        on_click=Importing.take,
        disabled=~_view.has_changes | (Frame.level == "read_only"),
    )
    return rx.el.div(_button("x", "import_cancel", Importing.cancel), take, class_name="row end wrap cardfoot")


def _done() -> rx.Component:
    to_board = link(icon("list", "s"), t("orders"), to="/orders?tab=all&sort=changed&desc=1", class_name="btn")
    return rx.el.div(to_board, class_name="row end cardfoot")


def _mapping() -> rx.Component:
    table = rx.el.table(
        table_head(("import_column", ""), ("import_sample", ""), ("import_field", ""), ("import_how", "")),
        rx.el.tbody(rx.foreach(_view.columns, _column)),
        aria_label=t("import_map"),
    )
    yes_no = {
        "per_row": ("import_per_row", "import_per_line", "import_per_order", _view.per_row),
        "returns": ("import_returns", "import_returns_yes", "import_returns_no", _view.returns),
    }
    choices = [
        _choice(t(title), name, value, ("yes", t(yes)), ("no", t(no)))
        for name, (title, yes, no, value) in yes_no.items()
    ]
    usual = _choice(
        t("import_usual"),
        "usual",
        _view.usual,
        ("", t("import_usual_paid")),
        (str(ChannelStatus.PAID), t("tab_to_review")),
        (str(ChannelStatus.COMPLETED), t("import_usual_done")),
    )
    codes = [
        rx.el.label(
            t(f"import_{name}"),
            rx.el.input(name=name, default_value=value, class_name="in", max_length=2000, auto_complete="off"),
            class_name="lab",
        )
        for name, value in (("freight_codes", _view.freight_codes), ("other_codes", _view.other_codes))
    ]
    send = rx.el.button(icon("check", "s"), t("import_save_map"), type="submit", class_name="btn pri")
    form = rx.el.form(
        rx.el.div(table, class_name="pbox stack"),
        rx.el.div(*choices, usual, *codes, class_name="fields across"),
        rx.el.div(_button("x", "import_cancel", Importing.cancel), send, class_name="row end wrap cardfoot"),
        on_submit=Importing.map,
    )
    missing = rx.el.p(t("import_map_missing", fields=_view.missing), class_name="amber")
    hint = rx.el.div(
        rx.el.h3(t("import_map"), class_name="b"),
        rx.el.p(t("import_map_hint"), class_name="m2"),
        rx.cond(_view.missing != "", missing),
        class_name="cardtext",
    )
    return rx.fragment(hint, form)


def _column(column: rx.Var[ColumnView]) -> rx.Component:
    fields = rx.el.select(
        rx.el.option(t("import_skip"), value=""),
        *[rx.el.option(label(FileField, rx.Var.create(str(one))), value=str(one)) for one in ORDER_FIELDS],
        name=column.field_input,
        default_value=column.field,
        class_name="in slim",
        aria_label=t("import_field"),
    )
    ways = rx.el.select(
        *[rx.el.option(label(Transform, rx.Var.create(str(one))), value=str(one)) for one in Transform],
        name=column.how_input,
        default_value=column.how,
        class_name="in slim",
        aria_label=t("import_how"),
    )
    return rx.el.tr(
        rx.el.td(column.name, class_name="b"),
        cell("import_sample", column.sample, class_name="m2 f12 wrapcell"),
        cell("import_field", fields),
        cell("import_how", ways),
        key=column.place,
    )


def _choice(title: rx.Var[str], name: str, value: rx.Var[str], *options: tuple[str, rx.Var[str]]) -> rx.Component:
    choices = [rx.el.option(text, value=key) for key, text in options]
    return rx.el.label(title, rx.el.select(*choices, name=name, default_value=value, class_name="in"), class_name="lab")


def _button(picture: str, name: str, handler: rx.event.EventHandler) -> rx.Component:
    return rx.el.button(icon(picture, "s"), t(name), type="button", class_name="btn", on_click=handler)


def _recent() -> rx.Component:
    table = rx.el.table(
        table_head(
            ("import_file", ""), ("import_shop", ""), ("import_result", ""), ("import_begun", ""), ("import_by", "")
        ),
        rx.el.tbody(rx.foreach(Importing.recent, _recent_row)),
        aria_label=t("import_recent"),
    )
    nothing = rx.cond(Importing.is_loaded, void("upload", "import_none", "import_none_hint"))
    return rx.el.section(
        rx.el.header(rx.el.h2(t("import_recent"))),
        rx.cond(Importing.recent.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
        class_name="card",
        aria_label=t("import_recent"),
    )


def _recent_row(one: rx.Var[ImportView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(link(one.name, to=rx.Var.create("/import?id=") + one.mark)),
        cell("import_shop", rx.cond(one.shop != "", one.shop, none_mark())),
        cell("import_result", label(ImportState, one.state)),
        cell("import_begun", rx.el.span(age_mark(one.begun), title=one.begun_exact), class_name="m2"),
        cell("import_by", one.by, class_name="m2"),
        key=one.mark,
    )
