"""What stands left of the editor: the channels, their mappings, custom fields, and what channels began to send."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.custom_field import FieldType
from orderhub.domain.words import Channel
from orderhub.ui.components.controls import icon_button, if_may, link
from orderhub.ui.components.marks import channel_mark, icon, void
from orderhub.ui.mapping_view import ChannelView, CustomLine, MappingLine, NewsLine
from orderhub.ui.panels.mapping_editor import EDITOR
from orderhub.ui.panels.studio import MAPPING, studio_tabs
from orderhub.ui.state.mapping import Mapping
from orderhub.ui.text import label, t


def mapping_list() -> rx.Component:
    begin = [Mapping.begin, rx.scroll_to(EDITOR)]
    return rx.el.aside(
        rx.el.div(studio_tabs(MAPPING), class_name="row mtabs"),
        rx.el.div(
            rx.el.h1(t("mapping")),
            rx.el.span(class_name="sp"),
            if_may(
                Permission.MAPPING_CHANGE,
                icon_button("plus", t("mapping_new"), kind="", on_click=begin),
            ),
            class_name="row mhead",
        ),
        rx.el.nav(rx.foreach(Mapping.view.channels, _channel), class_name="mchannels", aria_label=t("channel")),
        rx.el.div(
            rx.cond(Mapping.view.news.length() > 0, _news()),
            rx.el.h2(t("mappings"), class_name="mcap"),
            rx.cond(
                Mapping.view.lines.length() > 0,
                rx.el.ul(rx.foreach(Mapping.view.lines, _mapping)),
                rx.cond(Mapping.is_loaded, void("sliders", "mapping_none", "mapping_none_hint"), _skeleton()),
            ),
            rx.el.h2(t("custom_fields"), class_name="mcap"),
            rx.cond(
                Mapping.view.fields.length() > 0,
                rx.el.ul(rx.foreach(Mapping.view.fields, _field)),
                rx.el.p(t("custom_none"), class_name="f12 m3 mnone"),
            ),
            if_may(Permission.MAPPING_CHANGE, _new_field()),
            class_name="mscroll",
        ),
        class_name="mlist",
        aria_label=t("mappings"),
    )


def _channel(one: rx.Var[ChannelView]) -> rx.Component:
    return link(
        channel_mark(one.channel),
        rx.el.span(label(Channel, one.channel), class_name="f12"),
        to=one.href,
        class_name=rx.cond(one.is_on, "chip on", "chip"),
        custom_attrs={"aria-current": rx.cond(one.is_on, "page", "false")},
        key=one.channel,
    )


def target_text(target: rx.Var[str], field: rx.Var[str]) -> rx.Var[str]:
    return rx.match(target, ("tag", t("target_tag")), ("remark", t("target_remark")), field).to(str)


def _mapping(line: rx.Var[MappingLine]) -> rx.Component:
    is_here = Mapping.is_open & (Mapping.editing == line.name)
    mark = rx.match(
        line.mark,
        ("changed", rx.el.span(t("mapping_changed"), class_name="tag acc")),
        ("added", rx.el.span(t("mapping_added"), class_name="tag acc")),
        rx.fragment(),
    )
    trouble = rx.el.span(
        icon("triangle-alert", "xs"),
        line.failures,
        class_name="tag amber",
        title=t("mapping_failed_n", n=line.failures),
        role="img",
        aria_label=t("mapping_failed_n", n=line.failures),
    )
    return rx.el.li(
        rx.el.button(
            rx.el.span(
                rx.el.span(line.name, class_name="el"),
                rx.el.span(line.path, " → ", target_text(line.target, line.field), class_name="f12 m3 el"),
                class_name="mtwo",
            ),
            rx.cond(line.failures != "", trouble),
            mark,
            type="button",
            class_name=rx.cond(is_here, "mitem cur", "mitem"),
            custom_attrs={"aria-pressed": is_here},
            on_click=[Mapping.open(line.name), rx.scroll_to(EDITOR)],
        ),
        key=line.name,
    )


def _field(field: rx.Var[CustomLine]) -> rx.Component:
    remove = icon_button("x", t("custom_archive"), on_click=Mapping.archive_field(field.name))
    return rx.el.li(
        rx.el.span(field.name, class_name="el", title=field.choices),
        rx.el.span(class_name="sp"),
        rx.el.span(label(FieldType, field.type), class_name="f12 m3 nw"),
        if_may(Permission.MAPPING_CHANGE, remove),
        class_name="row mfield",
        key=field.name,
    )


def _new_field() -> rx.Component:
    return rx.el.details(
        rx.el.summary(icon("plus", "s"), t("custom_add"), class_name="btn ghost"),
        rx.el.form(
            rx.el.label(
                t("custom_name"),
                rx.el.input(name="name", class_name="in", max_length=32, required=True),
                class_name="lab",
            ),
            rx.el.label(
                t("custom_type"),
                rx.el.select(
                    *[rx.el.option(label(FieldType, rx.Var.create(str(one))), value=str(one)) for one in FieldType],
                    name="type",
                    default_value=str(FieldType.TEXT),
                    class_name="in",
                ),
                class_name="lab",
            ),
            rx.el.label(t("custom_choices"), rx.el.input(name="choices", class_name="in"), class_name="lab"),
            rx.el.button(t("add"), type="submit", class_name="btn pri"),
            on_submit=Mapping.define_field,
            reset_on_submit=True,
            class_name="mform",
        ),
        class_name="mnew",
    )


def _news() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            icon("info", "s"),
            rx.el.h2(t("source_news")),
            rx.el.span(class_name="sp"),
            if_may(
                Permission.MAPPING_CHANGE,
                rx.el.button(t("source_seen"), type="button", class_name="btn ghost", on_click=Mapping.seen),
            ),
            class_name="row",
        ),
        rx.el.p(t("source_news_hint"), class_name="f12"),
        rx.el.ul(rx.foreach(Mapping.view.news, _news_line)),
        class_name="mnews",
        aria_label=t("source_news"),
    )


def _news_line(one: rx.Var[NewsLine]) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.span(one.path, class_name="mono el"),
            rx.el.span(class_name="sp"),
            rx.el.span(one.since, class_name="f12 nw"),
            type="button",
            class_name="mitem",
            on_click=[Mapping.pick(one.path), rx.scroll_to(EDITOR)],
        ),
        key=one.path,
    )


def _skeleton() -> rx.Component:
    return rx.el.div(*[rx.el.i(class_name="sk w7") for _ in range(4)], class_name="mskel")
