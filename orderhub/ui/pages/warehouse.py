"""仓库: waybills, waves, packing, sending; for a desk with a scanner and for a phone."""

# ruff: noqa: SLF001  (what a Var needs in the browser has no public name)
import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.words import AftersaleKind, Carrier
from orderhub.insights.warehouse import Stage
from orderhub.ui.components.controls import cell, icon_button, if_may, link, native_form, notice_line
from orderhub.ui.components.marks import age_mark, channel_mark, due_mark, icon, none_mark, unread, void
from orderhub.ui.panels.batches import batch_list
from orderhub.ui.panels.frame import WAREHOUSE, framed
from orderhub.ui.panels.packing import packing_table
from orderhub.ui.panels.waves import carrier_options, waves_part
from orderhub.ui.state.batches import Batches
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.packing_table import PackingTable
from orderhub.ui.state.warehouse import Floor
from orderhub.ui.text import label, t
from orderhub.ui.warehouse_view import PATH, DeliveryView, InsideView, WarehouseView

_COLUMNS = (
    ("", "c-pick"),
    ("delivery", "w18"),
    ("order_no", "w18"),
    ("goods", ""),
    ("ship_by", "w12"),
    ("wave", "w9"),
    ("", "w18"),
)
_NOTHING = {
    Stage.TO_LABEL: "floor_none_to_label",
    Stage.TO_PICK: "floor_none_to_pick",
    Stage.TO_PACK: "floor_none_to_pack",
    Stage.TO_LEAVE: "floor_none_to_leave",
    Stage.LEFT: "floor_none_left",
}
_view = Floor.view


def page() -> rx.Component:
    return framed(
        WAREHOUSE,
        rx.el.main(
            rx.el.div(rx.el.h1(t("warehouse_page")), rx.el.span(class_name="sp"), _places(), class_name="ph"),
            _tabs(),
            batch_list(),
            notice_line(Floor.said, Floor.is_refusal, Floor.dismiss),
            rx.cond(
                Floor.has_failed,
                unread(Floor.enter),
                rx.fragment(
                    rx.cond(_view.stage == str(Stage.TO_PACK), packing_table()),
                    _list(),
                    rx.cond(_view.stage == str(Stage.TO_PICK), waves_part()),
                    if_may(Permission.SKU_CHANGE, _settings()),
                ),
            ),
            id="content",
            class_name="page floor",
        ),
    )


def add(app: rx.App) -> None:
    loads = [Frame.enter, Floor.enter, PackingTable.enter, Batches.enter_floor]
    app.add_page(page, route=PATH, title="仓库 · OrderHub", on_load=loads)


def _places() -> rx.Component:
    every = link(
        t("all_of_them"),
        to=_view.every_warehouse,
        custom_attrs={"aria-current": rx.cond(_view.warehouse == "", "page", "false")},
    )
    several = _view.warehouses.length() > 1
    return rx.cond(
        several,
        rx.el.nav(every, rx.foreach(_view.warehouses, _place), class_name="seg", aria_label=t("warehouse")),
    )


def _place(place: rx.Var[WarehouseView]) -> rx.Component:
    here = rx.cond(_view.warehouse == place.id, "page", "false")
    return link(place.name, to=place.href, key=place.id, custom_attrs={"aria-current": here})


def _tabs() -> rx.Component:
    return rx.el.nav(*[_tab(stage) for stage in Stage], class_name="tabs floortabs", aria_label=t("floor_tabs"))


def _tab(stage: Stage) -> rx.Component:
    here = rx.cond(_view.stage == str(stage), "page", "false")
    return link(
        label(Stage, rx.Var.create(str(stage))),
        rx.el.span(_view.counts[str(stage)], class_name="n"),
        to=_view.tabs[str(stage)],
        custom_attrs={"aria-current": here},
    )


def _list() -> rx.Component:
    rows = _view.rows
    table = rx.el.table(
        rx.el.thead(rx.el.tr(_select_page(), *[_head(*column) for column in _COLUMNS[1:]])),
        rx.el.tbody(rx.foreach(rows, _row)),
        aria_label=t("deliveries"),
    )
    nothing = [(str(stage), void("package", name, "floor_hint")) for stage, name in _NOTHING.items()]
    empty = rx.cond(Floor.is_loaded, rx.match(_view.stage, *nothing, rx.fragment()), rx.el.i(class_name="sk w30"))
    body = rx.cond(rows.length() > 0, rx.fragment(rx.el.div(table, class_name="pbox stack"), _more()), empty)
    return rx.el.section(_bulk(), body, class_name="card", aria_label=t("deliveries"))


def _head(name: str, kind: str) -> rx.Component:
    return rx.el.th(t(name) if name else "", scope="col", class_name=kind)


def _select_page() -> rx.Component:
    ids = rx.Var(f"({_view.rows!s}).map((row) => row.id)", _var_data=_view.rows._get_all_var_data()).to(list[str])
    box = rx.el.input(
        type="checkbox",
        class_name="cb",
        checked=Floor.ids.length() > 0,
        on_change=Floor.toggle_page(ids).stop_propagation,
        aria_label=t("select_page"),
    )
    return rx.el.th(rx.el.label(box, class_name="pick"), scope="col", class_name="c-pick")


def _bulk() -> rx.Component:
    is_left, some = _view.stage == str(Stage.LEFT), Floor.ids.length() > 0
    every = rx.el.button(t("take_all", n=_view.total), type="button", class_name="btn ghost", on_click=Floor.take_all)
    chosen = rx.el.span(t("selected_parcels", n=Floor.ids.length()), class_name="b")
    return rx.el.header(
        rx.cond(some, chosen, rx.el.h2(label(Stage, _view.stage))),
        rx.cond((_view.rows.length() > 0) & ~is_left, every),
        rx.cond(some, icon_button("x", t("deselect"), on_click=Floor.clear, custom_attrs={"data-key": "esc"})),
        rx.el.span(class_name="sp"),
        rx.cond(
            some,
            rx.el.span(
                rx.cond(_view.stage == str(Stage.TO_LABEL), _action("tag", "make_waybills", Floor.label)),
                _print(),
                rx.cond((_view.stage != str(Stage.TO_LABEL)) & ~is_left, _action("truck", "ship_out", Floor.leave)),
                class_name="row wrap",
            ),
        ),
        class_name="floorbar",
    )


def _action(picture: str, name: str, handler: rx.EventHandler) -> rx.Component:
    return rx.el.button(
        icon(picture, "s"),
        t(name),
        type="button",
        class_name="btn pri",
        on_click=handler,
        disabled=Frame.level == "read_only",
    )


def _print() -> rx.Component:
    """Native forms (ui/waybill_forms.py): what they get is no page."""
    reason = rx.el.input(
        name="reason", class_name="in slim", max_length=200, placeholder=t("reprint_why"), aria_label=t("reprint_why")
    )
    theirs = rx.el.button(
        icon("tag", "s"),
        t("print_carrier_labels"),
        type="submit",
        class_name="btn",
        form_action="/waybills/carrier-labels",
        title=t("print_carrier_labels_why"),
    )
    labels = _paper("printer", "print_labels", "/waybills/labels", reason, after=theirs)
    picks = _paper("list", "pick_list", "/waybills/pick-list")
    return rx.fragment(rx.cond(_view.stage != str(Stage.TO_LABEL), labels), picks)


def _paper(
    picture: str, name: str, action: str, *fields: rx.Component, after: rx.Component | None = None
) -> rx.Component:
    """``after`` is a second button, with an address of its own for the same fields."""
    known = rx.el.input(type="hidden", name="ids", value=Floor.ids.join(","), read_only=True)
    button = rx.el.button(icon(picture, "s"), t(name), type="submit", class_name="btn")
    buttons = [button, after] if after else [button]
    return native_form(known, *fields, *buttons, method="post", action=action, class_name="row wrap")


def _row(row: rx.Var[DeliveryView]) -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        class_name="cb",
        checked=Floor.ids.contains(row.id),
        on_change=Floor.toggle(row.id).stop_propagation,
        aria_label=t("select_delivery", no=row.number),
    )
    waybill = rx.cond(
        row.waybill != "",
        rx.el.span(row.waybill, class_name="f12"),
        rx.el.span(t("no_waybill_yet"), class_name="m3 f12"),
    )
    carrier = rx.cond(row.carrier != "", rx.el.span(label(Carrier, row.carrier), class_name="m2 f12"))
    when = rx.cond(
        _view.stage == str(Stage.LEFT),
        rx.el.span(age_mark(row.left), " ", row.left_by, class_name="m2 f12", title=row.left_exact),
        due_mark(row.due, row.due_exact),
    )
    return rx.el.tr(
        rx.el.td(rx.el.label(box, class_name="pick")),
        cell("delivery", rx.el.span(rx.el.strong(row.number), waybill, carrier, class_name="row wrap tight")),
        cell("order_no", rx.el.span(rx.foreach(row.orders, _order), _marks(row), class_name="row wrap tight")),
        cell("goods", row.goods, class_name="wrapcell"),
        cell("ship_by", when),
        cell("wave", rx.cond(row.wave != "", row.wave, none_mark())),
        rx.el.td(_act(row), class_name="num"),
        key=row.id,
    )


def _order(one: rx.Var[InsideView]) -> rx.Component:
    return rx.el.span(
        channel_mark(one.channel), link(one.no, to=one.href, class_name="f12"), class_name="row tight", key=one.no
    )


def _marks(row: rx.Var[DeliveryView]) -> rx.Component:
    return rx.fragment(
        rx.cond(row.mark != "", rx.el.span(label(AftersaleKind, row.mark), class_name="tag")),
        rx.cond(row.is_held, rx.el.span(icon("pause", "xs"), t("is_held"), class_name="tag amber")),
        rx.cond(row.is_urgent, rx.el.span(icon("zap", "xs"), t("is_urgent"), class_name="tag red")),
        rx.cond(row.packer != "", rx.el.span(icon("user", "xs"), row.packer, class_name="tag")),
    )


def _act(row: rx.Var[DeliveryView]) -> rx.Component:
    return rx.match(
        _view.stage,
        (str(Stage.LEFT), _small("undo-2", "recall_parcel", Floor.recall(row.id))),
        (str(Stage.TO_LEAVE), rx.fragment(_waybill(row), _small("undo-2", "unpack", Floor.unpack(row.id)))),
        _waybill(row),
    )


def _small(picture: str, name: str, handler: rx.event.EventSpec) -> rx.Component:
    return rx.el.button(
        icon(picture, "s"),
        t(name),
        type="button",
        class_name="btn ghost",
        on_click=handler,
        disabled=Frame.level == "read_only",
    )


def _waybill(row: rx.Var[DeliveryView]) -> rx.Component:
    """By hand: for carriers whose waybills come on a roll."""
    form = rx.el.form(
        rx.el.select(
            *carrier_options(), name="carrier", class_name="in slim", default_value=row.carrier, aria_label=t("carrier")
        ),
        rx.el.input(
            name="waybill",
            class_name="in",
            max_length=40,
            required=True,
            auto_focus=True,
            auto_complete="off",
            placeholder=t("waybill"),
            aria_label=t("waybill"),
        ),
        rx.el.input(type="hidden", name="id", value=row.id, read_only=True),
        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=Floor.type_waybill,
        class_name="row wrap end",
    )
    return rx.cond(Floor.typing == row.id, form, _small("tag", "type_waybill", Floor.ask_waybill(row.id)))


def _more() -> rx.Component:
    on = rx.cond(_view.next != "", link(t("next_page"), to=_view.next, class_name="btn"))
    return rx.cond(
        _view.has_more, rx.el.div(t("floor_more", n=_view.rows.length()), on, class_name="row wrap cardfoot m2")
    )


def _settings() -> rx.Component:
    """Whether packed means gone: a setting of each warehouse."""
    return rx.cond(
        _view.warehouses.length() > 0,
        rx.el.section(
            rx.el.header(rx.el.h2(t("warehouse_settings"))),
            rx.el.div(rx.foreach(_view.warehouses, _setting), class_name="fields"),
            class_name="card",
            aria_label=t("warehouse_settings"),
        ),
    )


def _setting(place: rx.Var[WarehouseView]) -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        class_name="cb",
        checked=place.leaves_on_packing,
        on_change=Floor.switch_leaving(place.id, ~place.leaves_on_packing).stop_propagation,
        disabled=Frame.level == "read_only",
    )
    return rx.el.label(box, rx.el.span(place.name, " · ", t("leaves_on_packing")), class_name="row", key=place.id)
