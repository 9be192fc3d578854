"""Which part of the stock does this tab look at, and what is done about it here?"""

from collections.abc import Mapping

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain import stock_upkeep
from orderhub.domain.sku import put_sku, set_parts
from orderhub.domain.stock import Warehouse, adjust, count, open_levels, put_warehouse, set_threshold
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.money import parse_yuan
from orderhub.kernel.sight import find
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.refusals import problem_text
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.stock_view import StockQuery, StockView, stock_view
from orderhub.ui.words import tr

_GAP_SECONDS = 2.0

Form = dict[str, str]


class Stock(Shown, Telling, rx.State):
    """``changing`` is the place (SKU and warehouse) whose level is being changed."""

    view: StockView = StockView()
    changing: str = ""

    @rx.event
    @needs(Permission.STOCK_READ)
    async def enter(self) -> None:
        self.changing = ""
        await self._tell_import()
        await self._read()

    @rx.event
    @needs(Permission.STOCK_ADJUST)
    def ask(self, place: str) -> None:
        self.changing = "" if self.changing == place else place

    @rx.event
    @needs(Permission.STOCK_ADJUST)
    async def change(self, form: Form) -> None:
        """A level more or less, counted, or with another threshold."""
        if await self._try(Permission.STOCK_ADJUST, lambda session, user: _change(session, user, form)):
            self.changing = ""
            await self._read()

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def bind(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> int:
            code_id, target = number_of(form.get("id", "")), form.get("target", "")
            return stock_upkeep.bind(session, code_id, target, by=user.name, now=utc_now())

        if await self._try(Permission.SKU_CHANGE, change, done="bound_n"):
            await self._read()

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def put_sku(self, form: Form) -> None:
        if await self._try(Permission.SKU_CHANGE, lambda session, user: _put_sku(session, user, form)):
            await self._read()

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def put_warehouse(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            code, name, provinces = (form.get(key, "") for key in ("code", "name", "provinces"))
            put_warehouse(session, code, name=name, provinces=provinces, now=utc_now())

        if await self._try(Permission.SKU_CHANGE, change):
            await self._read()

    async def _tell_import(self) -> None:
        """What came of a file, which the form's answer says in the address."""
        given, lang = self.router.url.query_parameters, await self._lang()
        if done := number_of(given.get("imported", "")):
            self.said, self.is_refusal = tr(lang, "stock_imported", n=done), False
        elif problem := given.get("said", ""):
            why = problem_text(lang, problem) or tr(lang, "refused_other")
            row = number_of(given.get("row", ""))
            why = tr(lang, "stock_row", n=row, why=why) if row else why
            self.said, self.is_refusal = tr(lang, "stock_not_imported", why=why), True

    async def _read(self) -> None:
        query = _query(self.router.url.query_parameters)
        await self._follow("stock", stock_scene(query))


def stock_scene(query: StockQuery) -> Scene:
    def load() -> Vars:
        return load_stock(query)

    return Scene(f"stock {query}", Stock.get_full_name(), Permission.STOCK_READ, load, gap_seconds=_GAP_SECONDS)


def load_stock(query: StockQuery) -> Vars:
    with reading() as session:
        return {"view": stock_view(session, query)}


def _query(given: Mapping[str, str]) -> StockQuery:
    return StockQuery(
        text=given.get("q", "").strip()[:64],
        only_low=given.get("low") == "1",
        after=given.get("after", "")[:64],
        sku_id=number_of(given.get("sku", "")),
        before=number_of(given.get("before", "")),
    )


def _change(session: Session, user: Signed, form: Form) -> None:
    sku, _, place = form.get("id", "").partition("-")
    warehouse = find(session, Warehouse, number_of(place))
    if warehouse is None:
        raise NotFound("there is no such warehouse")
    sku_id, now = number_of(sku), utc_now()
    pieces, reason = _whole(form.get("pieces", "")), form.get("reason", "")
    match form.get("what", ""):
        case "adjust":
            adjust(session, sku_id, warehouse, pieces, reason=reason, by=user.name, now=now)
        case "count":
            count(session, sku_id, warehouse, pieces, reason=reason, by=user.name, now=now)
        case "threshold":
            set_threshold(session, sku_id, warehouse, pieces, now=now)
        case _:
            raise BadInput("what: say what to change", field="what")
    stock_upkeep.serve_waiting(session, now=now)


def _put_sku(session: Session, user: Signed, form: Form) -> None:
    now, floor = utc_now(), form.get("floor", "").strip()
    sku = put_sku(
        session,
        form.get("code", ""),
        title=form.get("title") or None,
        is_presale=form.get("presale") == "on",
        floor_fen=parse_yuan(floor, field="floor") if floor else None,
        by=user.name,
        now=now,
    )
    for name, is_gift in (("parts", False), ("gifts", True)):
        if expression := form.get(name, "").strip():
            set_parts(session, sku, expression, is_gift=is_gift, by=user.name, now=now)
    if not form.get("parts", "").strip():
        open_levels(session, sku.id, now=now)
    stock_upkeep.match_again(session, now=now)
    stock_upkeep.serve_waiting(session, now=now)


def _whole(text: str) -> int:
    digits = text.strip().removeprefix("-").removeprefix("+")
    if not number_of(digits) and digits.strip("0"):
        raise BadInput("pieces: no whole number", field="pieces", problem="sheet_no_number")
    return -number_of(digits) if text.strip().startswith("-") else number_of(digits)
