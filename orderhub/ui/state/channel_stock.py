"""What may the channels sell, and who says so on this tab?"""

from collections.abc import Mapping

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.channel_item import add_item, mark_hot
from orderhub.domain.channel_stock import Formula, drop_share, set_share
from orderhub.domain.presale import set_pool
from orderhub.domain.shop import shop_named
from orderhub.domain.sku import sku_coded
from orderhub.insights.channel_stock import Preview, preview
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.ui.channel_stock_view import (
    ChannelStockQuery,
    ChannelStockView,
    ShareView,
    ShiftView,
    channel_stock_view,
    shift_view,
)
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.refusals import refusal_text
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling

_GAP_SECONDS = 2.0

Form = dict[str, str]


class ChannelStock(Shown, Telling, rx.State):
    """``changing`` is whose formula is being changed: a shop's code, or an item's id behind it (``dy-1/7``).

    ``draft`` is the formula whose ``shifts`` (the first of ``shift_count``) are shown before it is saved.
    """

    view: ChannelStockView = ChannelStockView()
    changing: str = ""
    draft: ShareView = ShareView()
    is_drafted: bool = False
    shifts: list[ShiftView] = []
    shift_count: str = ""

    @rx.event
    @needs(Permission.STOCK_READ)
    async def enter(self) -> None:
        self._close()
        await self._read()

    @rx.event
    @needs(Permission.SKU_CHANGE)
    def ask(self, whose: str) -> None:
        is_open = self.changing == whose
        self._close()
        self.changing = "" if is_open else whose

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def look_ahead(self, form: Form) -> None:
        """Show what the formula would tell, and keep it for saving."""
        self.is_drafted = False
        try:
            found = await off_loop(_preview, self.changing, form)
        except RuleBroken as error:
            self.said, self.is_refusal = refusal_text(await self._lang(), error), True
            return
        self.said, self.is_drafted = "", True
        self.draft = ShareView(*(form.get(name, "").strip() for name in ("percent", "buffer", "cap")))
        self.shifts, self.shift_count = [shift_view(shift) for shift in found.shifts], f"{found.count:,}"

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def save(self) -> None:
        whose, form = self.changing, vars(self.draft)

        def change(session: Session, user: Signed) -> None:
            code, item_id = _whose(whose)
            shop = shop_named(session, code)
            set_share(session, shop, _formula(form), item_id=item_id, by=user.name, now=utc_now())

        if self.is_drafted and await self._try(Permission.SKU_CHANGE, change, done="share_set"):
            self._close()
            await self._read()

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def drop(self, whose: str) -> None:
        def change(session: Session, user: Signed) -> None:
            code, item_id = _whose(whose)
            drop_share(session, shop_named(session, code), item_id=item_id, by=user.name, now=utc_now())

        if await self._try(Permission.SKU_CHANGE, change, done="share_dropped"):
            self._close()
            await self._read()

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def mark(self, item_id: str, is_hot: bool) -> None:
        def change(session: Session, user: Signed) -> None:
            mark_hot(session, number_of(item_id), is_hot=is_hot, by=user.name, now=utc_now())

        if await self._try(Permission.SKU_CHANGE, change):
            await self._read()

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def pool(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            sku = sku_coded(session, form.get("code", ""))
            set_pool(session, sku, _whole(form, "pieces"), by=user.name, now=utc_now())

        if await self._try(Permission.SKU_CHANGE, change):
            await self._read()

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def add(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            shop, (code, item_no, sku_no) = form.get("shop", ""), (form.get(n, "") for n in ("code", "item", "sku"))
            found = shop_named(session, shop[:64])
            add_item(session, found, code, item_no=item_no, sku_no=sku_no, by=user.name, now=utc_now())

        if await self._try(Permission.SKU_CHANGE, change):
            await self._read()

    def _close(self) -> None:
        self.changing, self.is_drafted, self.shifts = "", False, []

    async def _read(self) -> None:
        query = _query(self.router.url.query_parameters)
        await self._follow("channel_stock", channel_stock_scene(query))


def channel_stock_scene(query: ChannelStockQuery) -> Scene:
    def load() -> Vars:
        return load_channel_stock(query)

    state = ChannelStock.get_full_name()
    return Scene(f"channel_stock {query}", state, Permission.STOCK_READ, load, gap_seconds=_GAP_SECONDS)


def load_channel_stock(query: ChannelStockQuery) -> Vars:
    with reading() as session:
        return {"view": channel_stock_view(session, query)}


def _query(given: Mapping[str, str]) -> ChannelStockQuery:
    return ChannelStockQuery(
        text=given.get("q", "").strip()[:64],
        shop=given.get("shop", "")[:64],
        item_id=number_of(given.get("item", "")),
        after=number_of(given.get("after", "")),
    )


def _preview(whose: str, form: Form) -> Preview:
    code, item_id = _whose(whose)
    with reading() as session:
        return preview(session, shop_named(session, code), _formula(form), item_id=item_id)


def _whose(text: str) -> tuple[str, int]:
    code, _, item_id = text.partition("/")
    return code[:64], number_of(item_id)


def _formula(form: Mapping[str, str]) -> Formula:
    cap = _whole(form, "cap") if form.get("cap", "").strip() else None
    return Formula(_whole(form, "percent"), _whole(form, "buffer"), cap)


def _whole(form: Mapping[str, str], name: str) -> int:
    digits = form.get(name, "").strip()
    if not number_of(digits) and set(digits) != {"0"}:
        raise BadInput(f"{name}: no whole number", field=name, problem="sheet_no_number")
    return number_of(digits)
