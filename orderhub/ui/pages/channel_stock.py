"""渠道库存: what each shop's channel may sell, by which formula, what it was told and what it holds."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.automation.outbox import OutboxState
from orderhub.ui.channel_stock_view import PATH, ItemView, PoolView, SharedShopView, ShareView, ShiftView
from orderhub.ui.components.cards import card, table_or
from orderhub.ui.components.controls import cell, if_may, link, native_form, notice_line, page_foot
from orderhub.ui.components.marks import age_mark, channel_mark, icon, none_mark, unread, void
from orderhub.ui.panels.frame import STOCK, framed
from orderhub.ui.panels.stock_places import places
from orderhub.ui.state.channel_stock import ChannelStock
from orderhub.ui.state.frame import Frame
from orderhub.ui.text import label, t

_SHOP_COLUMNS = (("shop", ""), ("share_formula", "w30"), ("stock_by", "w18"), ("", "w30"))
_ITEM_COLUMNS = (
    ("channel_item_code", ""),
    ("shop", "w15"),
    ("available", "num w9"),
    ("share_formula", "w12"),
    ("told", "num w9"),
    ("told_at", "num w9"),
    ("channel_holds", "num w9"),
    ("", "w18"),
)
_POOL_COLUMNS = (
    ("sku", ""),
    ("presale_pool_pieces", "num w18"),
    ("presale_pool_left", "num w18"),
    ("stock_by", "w18"),
)


def page() -> rx.Component:
    return framed(
        STOCK,
        rx.el.main(
            rx.el.div(rx.el.h1(t("channel_stock")), places(is_channel=True), class_name="ph"),
            notice_line(ChannelStock.said, ChannelStock.is_refusal, ChannelStock.dismiss),
            rx.cond(
                ChannelStock.has_failed, unread(ChannelStock.enter), rx.fragment(_shops(), _items(), _pools(), _forms())
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="渠道库存 · OrderHub", on_load=[Frame.enter, ChannelStock.enter])


def _shops() -> rx.Component:
    rows = ChannelStock.view.shops
    nothing = void("store", "no_shops", "no_shops_hint")
    shown = table_or(nothing, "share_shops", _SHOP_COLUMNS, rows, _shop, is_loaded=ChannelStock.is_loaded)
    return card("share_shops", rx.el.p(t("share_shops_hint"), class_name="cardtext m2 f12"), shown)


def _shop(shop: rx.Var[SharedShopView]) -> rx.Component:
    formula = rx.cond(shop.formula != "", rx.el.span(shop.formula, class_name="b"), rx.el.span(t("share_none")))
    silent = rx.el.span(icon("pause", "xs"), t("not_live"), class_name="tag amber")
    stop = _drop("share_drop_shop", shop.code)
    actions = _change(shop.code, shop.share, rx.cond(shop.formula != "", stop))
    return rx.el.tr(
        rx.el.td(rx.el.span(channel_mark(shop.channel), shop.name, class_name="row")),
        cell("share_formula", rx.el.span(formula, rx.cond(~shop.is_told, silent), class_name="row")),
        cell("stock_by", rx.cond(shop.by != "", shop.by, none_mark()), class_name="m2 f12 wrapcell"),
        rx.el.td(if_may(Permission.SKU_CHANGE, actions), class_name="num"),
        key=shop.code,
    )


def _items() -> rx.Component:
    rows = ChannelStock.view.rows
    nothing = void("boxes", "channel_items_none", "channel_items_none_hint")
    shown = table_or(nothing, "channel_items", _ITEM_COLUMNS, rows, _item, is_loaded=ChannelStock.is_loaded)
    return card("channel_items", shown, page_foot(ChannelStock.view.first, ChannelStock.view.next), beside=_find())


def _find() -> rx.Component:
    view = ChannelStock.view
    return native_form(
        rx.el.input(
            name="q",
            type="search",
            default_value=view.text,
            key=view.text,
            class_name="in",
            placeholder=t("channel_items_find"),
            aria_label=t("channel_items_find"),
        ),
        rx.el.select(
            rx.el.option(t("every_shop"), value=""),
            rx.foreach(view.shops, lambda shop: rx.el.option(shop.name, value=shop.code)),
            name="shop",
            class_name="in slim",
            default_value=view.shop,
            key=view.shop,
            aria_label=t("shop"),
        ),
        rx.el.button(t("filter"), type="submit", class_name="btn"),
        method="get",
        action=PATH,
        class_name="row",
    )


def _item(row: rx.Var[ItemView]) -> rx.Component:
    made_of = rx.cond(
        row.made_of == "",
        rx.el.span(t("channel_item_unmatched"), " · "),
        rx.cond(row.made_of != row.code, rx.el.span("= ", row.made_of, " · ")),
    )
    own = rx.cond(row.is_own, rx.el.span(t("share_own"), class_name="tag"))
    formula = rx.cond(
        row.formula != "", rx.el.span(row.formula, " ", own), rx.el.span(t("share_none"), class_name="m3")
    )
    return rx.el.tr(
        rx.el.td(
            rx.el.div(
                rx.el.span(row.code, class_name="b"),
                rx.cond(row.is_presale, rx.el.span(t("presale"), class_name="tag amber")),
                rx.cond(row.is_hot, rx.el.span(icon("zap", "xs"), t("hot"), class_name="tag", title=t("hot_hint"))),
                class_name="row tight",
            ),
            rx.el.div(made_of, row.numbers, class_name="m3 f12 wrapcell"),
        ),
        cell("shop", rx.el.span(channel_mark(row.channel), row.shop, class_name="row tight")),
        cell("available", _known(row.available), class_name="num"),
        cell("share_formula", formula, class_name="wrapcell"),
        cell("told", _told(row), class_name="num"),
        cell("told_at", _since(row), class_name="num m2"),
        cell("channel_holds", _held(row), class_name="num"),
        rx.el.td(if_may(Permission.SKU_CHANGE, _item_actions(row)), class_name="num"),
        key=row.id,
    )


def _told(row: rx.Var[ItemView]) -> rx.Component:
    waits = (row.state == str(OutboxState.WAITING)) | (row.state == str(OutboxState.SENDING))
    refused = row.state == str(OutboxState.REFUSED)
    state = rx.cond(
        refused,
        link(icon("triangle-alert", "xs"), label(OutboxState, row.state), to="/outbox", class_name="tag red"),
        rx.cond(waits, link(icon("clock", "xs"), label(OutboxState, row.state), to="/outbox", class_name="tag")),
    )
    soon = rx.cond(row.level != "", rx.el.span(t("told_soon", n=row.level), class_name="m3 f12"))
    number = rx.cond(row.told != "", rx.el.span(row.told, class_name="b"), none_mark())
    return rx.el.div(rx.el.span(number, state, class_name="row tight end"), soon)


def _since(row: rx.Var[ItemView]) -> rx.Component:
    return rx.cond(row.told_at != "", rx.el.span(age_mark(row.told_at), title=row.told_exact), none_mark())


def _held(row: rx.Var[ItemView]) -> rx.Component:
    asked = t("channel_holds_at", at=row.held_at)
    wrong = rx.el.span(icon("triangle-alert", "xs"), row.held, class_name="red b", title=t("drifted"))
    held = rx.cond(row.has_drifted, wrong, rx.el.span(row.held))
    return rx.cond(row.held != "", rx.el.span(held, title=asked), none_mark())


def _item_actions(row: rx.Var[ItemView]) -> rx.Component:
    whose = row.shop_code + "/" + row.id
    mark = rx.el.button(
        icon("zap", "s"),
        rx.cond(row.is_hot, t("unmark_hot"), t("mark_hot")),
        type="button",
        class_name="btn ghost",
        title=t("hot_hint"),
        on_click=ChannelStock.mark(row.id, ~row.is_hot),
        disabled=Frame.level == "read_only",
    )
    return _change(whose, row.share, rx.cond(row.is_own, _drop("share_drop_item", whose)), beside=mark)


def _change(
    whose: rx.Var[str], share: rx.Var[ShareView], drop: rx.Component, *, beside: rx.Component | None = None
) -> rx.Component:
    """A button; pressed, the formula, what it would tell, and only then a button that saves it."""
    is_locked = Frame.level == "read_only"
    form = rx.el.form(
        _number("share_percent", "percent", share.percent, required=True, auto_focus=True),
        _number("share_buffer", "buffer", share.buffer, required=True),
        _number("share_cap", "cap", share.cap),
        rx.cond(ChannelStock.is_drafted, _preview()),
        rx.el.span(
            drop,
            rx.el.button(t("share_preview"), type="submit", class_name="btn"),
            rx.el.button(
                t("save"),
                type="button",
                class_name="btn pri",
                on_click=ChannelStock.save,
                disabled=is_locked | ~ChannelStock.is_drafted,
            ),
            rx.el.button(t("close"), type="button", class_name="btn ghost", on_click=ChannelStock.ask(whose)),
            class_name="row end wraps",
        ),
        on_submit=ChannelStock.look_ahead,
        class_name="stockform",
    )
    button = rx.el.button(
        icon("sliders", "s"),
        t("share_change"),
        type="button",
        class_name="btn ghost",
        on_click=ChannelStock.ask(whose),
    )
    buttons = rx.el.span(*([beside] if beside else []), button, class_name="row end wraps")
    return rx.cond(ChannelStock.changing == whose, form, buttons)


def _number(name: str, key: str, value: rx.Var[str], **options: bool) -> rx.Component:
    field = rx.el.input(
        name=key,
        default_value=value,
        class_name="in",
        pattern="[0-9]{1,10}",
        input_mode="numeric",
        auto_complete="off",
        **options,
    )
    return rx.el.label(t(name), field, class_name="lab")


def _preview() -> rx.Component:
    return rx.el.div(
        rx.el.div(t("share_count", n=ChannelStock.shift_count), class_name="m2"),
        rx.foreach(ChannelStock.shifts, _shift),
        class_name="f12",
        role="status",
    )


def _shift(shift: rx.Var[ShiftView]) -> rx.Component:
    before = rx.cond(shift.before != "", shift.before, t("share_nothing")).to(str)
    said = t("share_shift", code=shift.code, available=shift.available, before=before, after=shift.after)
    return rx.el.div(said, key=shift.code)


def _drop(name: str, whose: rx.Var[str]) -> rx.Component:
    return rx.el.button(
        t(name),
        type="button",
        class_name="btn danger",
        on_click=ChannelStock.drop(whose),
        disabled=Frame.level == "read_only",
    )


def _known(text: rx.Var[str]) -> rx.Component:
    return rx.cond(text != "", text, none_mark())


def _pools() -> rx.Component:
    rows = ChannelStock.view.pools
    nothing = rx.fragment()
    shown = table_or(nothing, "presale_pool", _POOL_COLUMNS, rows, _pool, is_loaded=ChannelStock.is_loaded)
    form = rx.el.form(
        _text("sku", "code", required=True, max_length=64),
        _text("presale_pool_pieces", "pieces", required=True, pattern="[0-9]{1,10}", input_mode="numeric"),
        _save(),
        on_submit=ChannelStock.pool,
        reset_on_submit=True,
        class_name="fields across",
    )
    hint = rx.el.p(t("presale_pool_hint"), class_name="cardtext m2 f12")
    return card("presale_pool", hint, shown, if_may(Permission.SKU_CHANGE, form))


def _pool(row: rx.Var[PoolView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.sku, class_name="b"),
        cell("presale_pool_pieces", row.pieces, class_name="num"),
        cell("presale_pool_left", row.left, class_name="num b"),
        cell("stock_by", row.by, class_name="m2"),
        key=row.sku,
    )


def _forms() -> rx.Component:
    shops = rx.foreach(ChannelStock.view.shops, lambda shop: rx.el.option(shop.name, value=shop.code))
    form = rx.el.form(
        rx.el.label(t("shop"), rx.el.select(shops, name="shop", class_name="in", required=True), class_name="lab"),
        _text("channel_item_code", "code", required=True, max_length=64),
        _text("channel_item_no", "item", max_length=64),
        _text("channel_sku_no", "sku", max_length=64),
        _save(),
        on_submit=ChannelStock.add,
        reset_on_submit=True,
        class_name="fields across",
    )
    return if_may(Permission.SKU_CHANGE, card("channel_item_add", form))


def _text(name: str, key: str, **options: str | int | bool) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.input(name=key, class_name="in", auto_complete="off", **options), class_name="lab"
    )


def _save() -> rx.Component:
    return rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only")
