"""The middle of the page of mappings: versions, one mapping from its source to its target, and what it makes."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.intake.mapping.transforms import FEN, KEEP, SKIP, YUAN, Reason, Transform
from orderhub.intake.mapping.versions import VersionState
from orderhub.ui.components.controls import cell, icon_button, if_may, may, notice_line, popover, table_head
from orderhub.ui.components.marks import icon, none_mark, void
from orderhub.ui.mapping_view import CustomLine, DifferenceLine, PreviewLine, ShopChoice, VersionLine
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.mapping import Mapping
from orderhub.ui.text import label, t

EDITOR = "mapping-editor"

_PARTS = {
    "name": "mapping_name",
    "path": "mapping_path",
    "target": "mapping_target",
    "transform": "mapping_transform",
    "table": "mapping_table",
    "default": "mapping_default",
    "shop": "shop",
}


def editor() -> rx.Component:
    return rx.el.div(
        _bar(),
        rx.el.div(
            notice_line(Mapping.said, Mapping.is_refusal, Mapping.dismiss),
            rx.cond(Mapping.against != "", _differences()),
            rx.cond(Mapping.is_open, rx.fragment(_form(), _preview()), _nothing_open()),
            class_name="mscroll mbody",
        ),
        id=EDITOR,
        class_name="medit",
    )


def _bar() -> rx.Component:
    view = Mapping.view
    return rx.el.div(
        rx.el.div(
            rx.el.ol(rx.foreach(view.versions, _version), class_name="mvers", aria_label=t("mapping_versions")),
            rx.cond(view.by != "", rx.el.span(t("mapping_by", by=view.by, at=view.at), class_name="f12 m3")),
            class_name="row mwrap",
        ),
        rx.el.span(class_name="sp"),
        rx.cond(
            view.draft != "",
            rx.el.div(
                rx.cond(
                    view.live != "",
                    rx.el.button(
                        icon("branch", "s"),
                        t("mapping_compare", number=view.live),
                        type="button",
                        class_name="btn ghost",
                        on_click=Mapping.compare(view.live),
                        custom_attrs={"aria-pressed": Mapping.against == view.live},
                    ),
                ),
                if_may(Permission.MAPPING_CHANGE, _act("mapping_drop", Mapping.drop, "ghost", "x")),
                if_may(
                    Permission.MAPPING_CHANGE,
                    rx.el.button(
                        t("mapping_publish", number=view.draft),
                        type="button",
                        class_name="btn pri",
                        on_click=Mapping.publish,
                        disabled=Frame.level == "read_only",
                    ),
                ),
                class_name="row mwrap",
            ),
        ),
        class_name="mbar",
    )


def _version(version: rx.Var[VersionLine]) -> rx.Component:
    is_past = version.state == str(VersionState.PAST)
    name = rx.el.span("v", version.number)
    kind = rx.match(version.state, (str(VersionState.LIVE), "mver live"), (str(VersionState.DRAFT), "mver cur"), "mver")
    shown = rx.el.span(
        rx.cond(version.state == str(VersionState.LIVE), rx.el.span(class_name="dot")),
        name,
        label(VersionState, version.state),
        class_name=kind,
        title=t("mapping_by", by=version.by, at=version.at),
    )
    back = rx.el.button(
        icon("rotate", "s"),
        t("mapping_roll_back", number=version.number),
        type="button",
        class_name="item",
        on_click=Mapping.roll_back(version.number),
        disabled=Frame.level == "read_only",
    )
    compare = rx.el.button(
        icon("branch", "s"),
        t("mapping_compare", number=version.number),
        type="button",
        class_name="item",
        on_click=Mapping.compare(version.number),
    )
    summary = rx.el.summary(name, icon("down", "xs"), class_name="mver", aria_label=t("mapping_versions"))
    return rx.el.li(
        rx.cond(is_past, popover(summary, compare, if_may(Permission.MAPPING_CHANGE, back)), shown),
        key=version.number,
    )


def _act(name: str, handler: Any, kind: str = "", picture: str = "") -> rx.Component:
    return rx.el.button(
        icon(picture, "s") if picture else rx.fragment(),
        t(name),
        type="button",
        class_name=f"btn {kind}".strip(),
        on_click=handler,
        disabled=Frame.level == "read_only",
    )


def _nothing_open() -> rx.Component:
    return rx.el.section(void("sliders", "mapping_pick_one", "mapping_hint"), class_name="mblk")


def _form() -> rx.Component:
    form = Mapping.form
    return rx.el.section(
        rx.el.div(
            rx.el.h2(rx.cond(Mapping.editing != "", Mapping.editing, t("mapping_new"))),
            rx.el.span(class_name="sp"),
            rx.cond(Mapping.editing != "", if_may(Permission.MAPPING_CHANGE, _turn())),
            icon_button("x", t("close"), on_click=Mapping.shut),
            class_name="row",
        ),
        rx.el.div(
            _typed("name", max_length=40),
            _choice("shop", rx.el.option(t("mapping_every_shop"), value=""), rx.foreach(Mapping.view.shops, _shop)),
            class_name="mgrid",
        ),
        _step("mapping_from", _typed("path", max_length=200, class_name="in mono"), _typed("default", max_length=100)),
        _step(
            "mapping_how",
            _choice(
                "transform",
                *[rx.el.option(label(Transform, rx.Var.create(str(one))), value=str(one)) for one in Transform],
            ),
            _option(),
        ),
        rx.cond(
            (form["transform"] == str(Transform.LOOKUP)) | (form["transform"] == str(Transform.KEYWORDS)), _table()
        ),
        _step(
            "mapping_to",
            _choice(
                "target",
                rx.el.option(t("target_tag"), value="tag"),
                rx.el.option(t("target_remark"), value="remark"),
                rx.foreach(Mapping.view.fields, _target),
            ),
        ),
        rx.el.div(
            rx.cond(
                Mapping.problem != "",
                rx.el.span(icon("triangle-alert", "s"), Mapping.problem, class_name="row amber f12", role="alert"),
            ),
            rx.el.span(class_name="sp"),
            if_may(Permission.MAPPING_CHANGE, _act("mapping_save", Mapping.save, "pri")),
            class_name="row mwrap",
        ),
        class_name="mblk",
        aria_label=t("mapping"),
    )


def _turn() -> rx.Component:
    """The first of two mappings fills a field, so their order matters."""
    name = Mapping.editing
    return rx.el.span(
        icon_button("up", t("mapping_earlier"), on_click=Mapping.move(name, -1)),
        icon_button("down", t("mapping_later"), on_click=Mapping.move(name, 1)),
        _act("mapping_remove", Mapping.remove(name), "ghost danger"),
        class_name="row tight",
    )


def _step(word: str, *controls: rx.Component) -> rx.Component:
    return rx.el.div(rx.el.span(t(word), class_name="mkw"), *controls, class_name="mstep")


def _label(part: str, control: rx.Component) -> rx.Component:
    return rx.el.label(rx.el.span(t(_PARTS[part])), control, class_name="lab")


def _typed(part: str, *, name: str = "", class_name: str = "in", **options: Any) -> rx.Component:
    """Tried a moment after the last key."""
    control = rx.debounce_input(
        rx.el.input(
            value=Mapping.form[part],
            on_change=lambda text: Mapping.set_part(part, text),
            class_name=class_name,
            auto_complete="off",
            spell_check=False,
            read_only=~may(Permission.MAPPING_CHANGE),
            id=f"mapping-{part}",
            **options,
        ),
        debounce_timeout=250,
    )
    return rx.el.label(rx.el.span(t(name)), control, class_name="lab") if name else _label(part, control)


def _choice(part: str, *options: rx.Component, name: str = "") -> rx.Component:
    control = rx.el.select(
        *options,
        value=Mapping.form[part],
        on_change=lambda word: Mapping.set_part(part, word),
        class_name="in",
        id=f"mapping-{part}",
    )
    return rx.el.label(rx.el.span(t(name)), control, class_name="lab") if name else _label(part, control)


def _option() -> rx.Component:
    """What the transform leaves open."""
    money = [rx.el.option(t("mapping_yuan"), value=""), rx.el.option(t("mapping_fen"), value=FEN)]
    lookup = [
        rx.el.option(t("mapping_refuse"), value=""),
        rx.el.option(t("mapping_keep"), value=KEEP),
        rx.el.option(t("mapping_skip"), value=SKIP),
    ]
    return rx.match(
        Mapping.form["transform"],
        (str(Transform.MONEY), _choice("option", *money, rx.el.option(YUAN, value=YUAN), name="mapping_unit")),
        (str(Transform.LOOKUP), _choice("option", *lookup, name="mapping_otherwise")),
        (str(Transform.DATE), _typed("option", name="mapping_date_format", max_length=100)),
        (str(Transform.TEMPLATE), _typed("option", name="mapping_template", max_length=100)),
        rx.fragment(),
    )


def _table() -> rx.Component:
    words = rx.cond(Mapping.form["transform"] == str(Transform.KEYWORDS), t("mapping_words"), t("mapping_table"))
    control = rx.debounce_input(
        rx.el.textarea(
            value=Mapping.form["table"],
            on_change=lambda text: Mapping.set_part("table", text),
            class_name="in",
            rows="4",
            spell_check=False,
            id="mapping-table",
        ),
        debounce_timeout=250,
    )
    return rx.el.label(rx.el.span(words), control, class_name="lab mtable")


def _shop(one: rx.Var[ShopChoice]) -> rx.Component:
    return rx.el.option(one.name, value=one.code)


def _target(one: rx.Var[CustomLine]) -> rx.Component:
    return rx.el.option(one.name, value=one.target)


def _preview() -> rx.Component:
    rows = Mapping.preview
    table = rx.el.table(
        table_head(("order_no", "m-no"), ("preview_found", ""), ("preview_made", "")),
        rx.el.tbody(rx.foreach(rows, _tried)),
        aria_label=t("preview_made"),
    )
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("preview", n=rows.length())),
            rx.el.span(class_name="sp"),
            rx.el.span(t("preview_sums", made=Mapping.made_count, bad=Mapping.bad_count), class_name="f12 m2"),
            class_name="row mwrap",
        ),
        rx.cond(
            rows.length() > 0,
            rx.el.div(table, class_name="stack"),
            rx.el.p(rx.cond(Mapping.problem != "", t("preview_waits"), t("preview_none")), class_name="m3 f12"),
        ),
        class_name="mblk mpreview",
        aria_label=t("preview_made"),
    )


def _tried(row: rx.Var[PreviewLine]) -> rx.Component:
    why = rx.el.span(icon("triangle-alert", "s"), label(Reason, row.reason), class_name="row tight amber")
    made = rx.cond(row.made != "", rx.el.span(row.made, class_name="b"), none_mark())
    return rx.el.tr(
        rx.el.td(row.no, class_name="f12"),
        cell("preview_found", rx.cond(row.found != "", row.found, none_mark()), class_name="m2 wrapcell"),
        cell("preview_made", rx.cond(row.reason != "", why, made), class_name="wrapcell"),
        key=row.no,
    )


def _differences() -> rx.Component:
    table = rx.el.table(
        rx.el.tbody(rx.foreach(Mapping.compared, _difference)), aria_label=t("mapping_compare", number=Mapping.against)
    )
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("mapping_compare", number=Mapping.against)),
            rx.el.span(class_name="sp"),
            icon_button("x", t("close"), on_click=Mapping.compare(Mapping.against)),
            class_name="row",
        ),
        rx.cond(Mapping.compared.length() > 0, table, rx.el.p(t("mapping_compare_none"), class_name="m3 f12")),
        class_name="mblk mdiff",
        aria_label=t("mapping_versions"),
    )


def _difference(line: rx.Var[DifferenceLine]) -> rx.Component:
    kind = rx.match(line.kind, ("added", t("mapping_added")), ("removed", t("mapping_removed")), t("mapping_changed"))
    part = rx.match(line.part, *[(part, t(name)) for part, name in _PARTS.items()], line.part)
    return rx.el.tr(
        rx.el.td(rx.el.span(line.name, class_name="b"), " ", rx.el.span(kind, class_name="tag acc")),
        rx.el.td(part, class_name="m3 f12"),
        rx.el.td(
            rx.cond(line.before != "", rx.el.s(line.before, class_name="m3")),
            " ",
            rx.el.span(line.after),
            class_name="wrapcell",
        ),
    )
