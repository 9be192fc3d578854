"""What stands right of the editor: the paths that really occur, the rerun over stored orders, files."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.intake.mapping.preview import LAST
from orderhub.intake.mapping.rerun import RerunState
from orderhub.ui.components.controls import if_may
from orderhub.ui.components.marks import icon
from orderhub.ui.mapping_view import PathLine
from orderhub.ui.panels.mapping_editor import EDITOR
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.mapping import Mapping
from orderhub.ui.text import label, t


def side() -> rx.Component:
    return rx.el.aside(_paths(), _rerun(), _files(), class_name="mside", aria_label=t("source_fields"))


def _paths() -> rx.Component:
    nothing = rx.el.p(t("preview_none"), class_name="m3 f12 mnone")
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("source_fields")),
            rx.el.span(t("source_fields_of", n=LAST), class_name="f12 m3"),
            class_name="row mwrap",
        ),
        rx.debounce_input(
            rx.el.input(
                value=Mapping.wanted_path,
                on_change=Mapping.look_for,
                class_name="in",
                type="search",
                placeholder=t("source_search"),
                aria_label=t("source_search"),
            ),
            debounce_timeout=200,
        ),
        rx.cond(
            Mapping.paths.length() > 0,
            rx.el.ul(rx.foreach(Mapping.paths, _path), class_name="mpaths"),
            rx.cond(Mapping.is_loaded & (Mapping.wanted_path == ""), nothing),
        ),
        class_name="mpart grow",
        aria_label=t("source_fields"),
    )


def _path(one: rx.Var[PathLine]) -> rx.Component:
    is_here = Mapping.is_open & (Mapping.form["path"] == one.path)
    item = rx.el.li(
        rx.el.button(
            rx.el.span(
                rx.el.span(one.path, class_name="mono el"),
                rx.el.span(rx.cond(one.sample != "", one.sample, "—"), class_name="f12 m3 el"),
                class_name="mtwo",
            ),
            rx.el.span(one.count, "/", str(LAST), class_name="f12 m3 nw"),
            type="button",
            class_name=rx.cond(is_here, "mitem cur", "mitem"),
            custom_attrs={"aria-pressed": is_here},
            title=one.path,
            on_click=[Mapping.pick(one.path), rx.scroll_to(EDITOR)],
        ),
        key=one.path,
    )
    words = Mapping.wanted_path.lower()
    return rx.cond(one.path.lower().contains(words) | one.sample.lower().contains(words), item)


def _rerun() -> rx.Component:
    run = Mapping.view.rerun
    is_running = run.state == str(RerunState.RUNNING)
    sums = t("rerun_sums", seen=run.seen, total=run.total, changed=run.changed, refused=run.refused)
    stop = rx.el.button(t("rerun_cancel"), type="button", class_name="btn ghost", on_click=Mapping.cancel_rerun(run.id))
    start = rx.el.form(
        rx.el.label(
            rx.el.span(t("rerun_days")),
            rx.el.input(name="days", type="number", min="1", max="90", default_value="30", class_name="in"),
            class_name="lab",
        ),
        rx.el.button(
            icon("play", "s"), t("rerun_start"), type="submit", class_name="btn", disabled=Frame.level == "read_only"
        ),
        on_submit=Mapping.rerun,
        class_name="row mrun",
    )
    return rx.el.section(
        rx.el.h2(t("rerun")),
        rx.el.p(t("rerun_hint"), class_name="f12 m3"),
        rx.cond(
            run.state != "",
            rx.el.div(
                rx.el.progress(value=run.percent, max="100", class_name="mprog", aria_label=t("rerun")),
                rx.el.p(label(RerunState, run.state), " · ", sums, class_name="f12 m2", role="status"),
            ),
        ),
        if_may(Permission.MAPPING_CHANGE, rx.cond(is_running, stop, start)),
        class_name="mpart",
        aria_label=t("rerun"),
    )


def _files() -> rx.Component:
    form = rx.el.form(
        rx.el.label(
            rx.el.span(t("mapping_yaml")),
            rx.el.textarea(name="yaml", rows="3", class_name="in mono", max_length=9000, required=True),
            class_name="lab",
        ),
        rx.el.button(t("mapping_import"), type="submit", class_name="btn"),
        on_submit=Mapping.bring_in,
        reset_on_submit=True,
        class_name="mform",
    )
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("mapping_file")),
            rx.el.span(class_name="sp"),
            rx.el.button(
                icon("download", "s"),
                t("mapping_export"),
                type="button",
                class_name="btn ghost",
                on_click=Mapping.export,
            ),
            class_name="row",
        ),
        if_may(Permission.MAPPING_CHANGE, form),
        class_name="mpart",
        aria_label=t("mapping_file"),
    )
