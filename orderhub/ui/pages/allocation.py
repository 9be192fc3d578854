"""配货: which carriers there are and what they cost, and what leaves as one parcel."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.merge_setting import MergeMode
from orderhub.domain.words import Carrier
from orderhub.ui.allocation_view import PATH, ServiceView
from orderhub.ui.components.controls import cell, if_may, link, notice_line, table_head
from orderhub.ui.components.marks import none_mark, unread, void
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.studio import ALLOCATION, studio_tabs
from orderhub.ui.state.allocation import Allocation
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t

_COLUMNS = (
    ("carrier", "w18"),
    ("warehouse", "w12"),
    ("service_price", ""),
    ("service_reach", "w18"),
    ("service_today", "num w12"),
    ("service_collected", "num w9"),
    ("", "w9"),
)


def page() -> rx.Component:
    forms = rx.fragment(_services(), _service_form(), _merging())
    return framed(
        STUDIO,
        rx.el.main(
            studio_tabs(ALLOCATION),
            rx.el.div(rx.el.h1(t("studio_allocation")), class_name="ph"),
            notice_line(Allocation.said, Allocation.is_refusal, Allocation.dismiss),
            rx.cond(Allocation.has_failed, unread(Allocation.enter), if_may(Permission.SKU_CHANGE, forms)),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="配货 · OrderHub", on_load=[Frame.enter, Allocation.enter])


def _section(title: str, *body: rx.Component, **props: Any) -> rx.Component:
    head = rx.el.header(rx.el.h2(t(title)))
    return rx.el.section(head, *body, class_name="card", aria_label=t(title), **props)


def _services() -> rx.Component:
    services = Allocation.view.services
    table = rx.el.table(table_head(*_COLUMNS), rx.el.tbody(rx.foreach(services, _service)), aria_label=t("services"))
    nothing = rx.cond(Allocation.is_loaded, void("truck", "services_none", "services_none_hint"))
    return _section(
        "services",
        rx.el.p(t("allocation_hint"), class_name="para m2 cardtext"),
        rx.cond(services.length() > 0, rx.el.div(table, class_name="pbox stack"), nothing),
    )


def _service(one: rx.Var[ServiceView]) -> rx.Component:
    paused = rx.cond(one.is_active, rx.fragment(), rx.el.span(t("service_paused"), class_name="tag"))
    price = rx.el.span(
        t("service_price_of", first=one.first, fen=one.fen, step=one.step, more=one.more),
        rx.cond(one.zones != "", rx.el.span("，", t("service_zone_count", n=one.zones), class_name="m3")),
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(label(Carrier, one.carrier), class_name="b"), " ", one.product, " ", paused),
        cell("warehouse", rx.cond(one.warehouse != "", one.warehouse, t("service_everywhere"))),
        cell("service_price", price, class_name="wrapcell"),
        cell("service_reach", rx.cond(one.not_to != "", one.not_to, none_mark()), class_name="wrapcell"),
        cell("service_today", one.today, class_name="num"),
        cell("service_collected", rx.cond(one.latest_hour != "", one.latest_hour, none_mark()), class_name="num"),
        rx.el.td(link(t("service_edit"), to=one.href, class_name="btn"), class_name="num"),
        key=one.id,
    )


def _service_form() -> rx.Component:
    view, form = Allocation.view, Allocation.view.form
    carriers = [rx.el.option(label(Carrier, rx.Var.create(str(word))), value=str(word)) for word in Carrier]
    places = rx.foreach(view.warehouses, lambda one: rx.el.option(one.name, value=one.id, key=one.id))
    whole = {"type": "number", "min": 0, "max": 1_000_000}
    fields = rx.el.form(
        rx.el.label(
            t("carrier"),
            rx.el.select(*carriers, name="carrier", default_value=form.carrier, class_name="in", required=True),
            class_name="lab",
        ),
        _field("service_product", "product", form.product, max_length=64),
        rx.el.label(
            t("warehouse"),
            rx.el.select(
                rx.el.option(t("service_everywhere"), value="0"),
                places,
                name="warehouse",
                default_value=form.warehouse,
                class_name="in",
            ),
            class_name="lab",
        ),
        _field("service_rank", "rank", form.rank, **whole),
        _field("service_first_grams", "first_grams", form.first_grams, **whole | {"min": 1}),
        _field("service_first_fen", "first_fen", form.first_fen, input_mode="decimal", required=True),
        _field("service_step_grams", "step_grams", form.step_grams, **whole | {"min": 1}),
        _field("service_step_fen", "step_fen", form.step_fen, input_mode="decimal"),
        _field("service_most_grams", "most_grams", form.most_grams, **whole),
        _field("service_daily_limit", "daily_limit", form.daily_limit, **whole),
        _field("service_latest_hour", "latest_hour", form.latest_hour, type="number", min=0, max=23),
        _field("service_not_to", "not_to", form.not_to, max_length=500),
        rx.el.label(
            t("service_zones"),
            rx.el.textarea(name="zones", default_value=form.zones, rows="3", class_name="in", max_length=4000),
            class_name="lab whole",
        ),
        rx.el.label(
            rx.el.input(type="checkbox", name="is_active", default_checked=form.is_active),
            t("service_active"),
            class_name="row tight",
        ),
        _save(),
        on_submit=Allocation.put_service,
        class_name="fields many",
        key="service-" + form.id + "-" + Allocation.saved.to(str),
    )
    hint = rx.el.p(t("service_put_hint"), class_name="para m2 cardtext")
    return _section("service_put", hint, rx.cond(Allocation.is_loaded, fields), id="service")


def _merging() -> rx.Component:
    view = Allocation.view
    modes = [rx.el.option(label(MergeMode, rx.Var.create(str(word))), value=str(word)) for word in MergeMode]
    form = rx.el.form(
        rx.el.label(
            t("merge_mode"),
            rx.el.select(*modes, name="mode", default_value=view.mode, class_name="in"),
            class_name="lab",
        ),
        _field("merge_buffer", "buffer_minutes", view.buffer_minutes, type="number", min=1, max=10_080, required=True),
        _save(),
        on_submit=Allocation.set_merging,
        class_name="fields across",
        key="merging-" + view.mode + view.buffer_minutes,
    )
    return _section("merging", rx.el.p(t("merging_hint"), class_name="para m2 cardtext"), form)


def _field(name: str, key: str, value: rx.Var[str], **options: Any) -> rx.Component:
    box = rx.el.input(name=key, class_name="in", auto_complete="off", default_value=value, **options)
    return rx.el.label(t(name), box, class_name="lab")


def _save() -> rx.Component:
    return rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only")
