"""Which goods are short, and what is decided about them in this tab?"""

from datetime import date

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.restock import arrive, call_off, plan_restock
from orderhub.domain.review import order_of
from orderhub.domain.shortage import Decision, choose, choose_for_sku
from orderhub.domain.shortage_choice import Choice
from orderhub.domain.shortage_tasks import keep_tasks
from orderhub.domain.sku import Sku
from orderhub.domain.stock import warehouse_coded
from orderhub.domain.stock_upkeep import serve_waiting
from orderhub.kernel.clock import day_start, utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.ui import live
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.shortage_view import ShortageView, shortage_view
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling

_GAP_SECONDS = 2.0

Form = dict[str, str]


class Shortage(Shown, Telling, rx.State):
    """``is_open``: the page shows the queue; a form's ``order-…`` and ``line-…`` are what is ticked."""

    view: ShortageView = ShortageView()
    is_open: bool = False

    @rx.event
    @needs(Permission.STOCK_READ)
    async def enter(self) -> None:
        self.is_open, self.said = self.router.url.query_parameters.get("view", "") == "short", ""
        if self.is_open:
            await self._read()
        else:
            await live.leave(self, "shortage")

    @rx.event
    @needs(Permission.SHORTAGE_DECIDE)
    async def decide(self, form: Form) -> None:
        """The same for every order that is ticked."""

        def change(session: Session, user: Signed) -> int:
            sku_id, orders = number_of(form.get("sku", "")), _ticked(form, "order-")
            return choose_for_sku(session, sku_id, orders, _decision(form), by=user.name, now=utc_now())

        if await self._try(Permission.SHORTAGE_DECIDE, change, done="shortage_decided_n"):
            await self._read()

    @rx.event
    @needs(Permission.SHORTAGE_DECIDE)
    async def decide_lines(self, form: Form) -> None:
        """For lines of one order, in the drawer; its card hears of it by itself."""

        def change(session: Session, user: Signed) -> int:
            order = order_of(session, number_of(form.get("order_id", "")))
            choose(session, order, _ticked(form, "line-"), _decision(form), by=user.name, now=utc_now())
            return 1

        await self._try(Permission.SHORTAGE_DECIDE, change, done="shortage_decided_n")

    @rx.event
    @needs(Permission.STOCK_ADJUST)
    async def plan(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            sku = session.get(Sku, number_of(form.get("sku", "")))
            if not sku:
                raise NotFound("there is no such SKU")
            plan_restock(
                session,
                sku,
                warehouse_coded(session, form.get("warehouse", "")),
                number_of(form.get("pieces", "")),
                day_start(_day(form.get("date", ""))),
                note=form.get("note", ""),
                by=user.name,
                now=utc_now(),
            )

        if await self._try(Permission.STOCK_ADJUST, change):
            await self._read()

    @rx.event
    @needs(Permission.STOCK_ADJUST)
    async def arrive(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> int:
            now = utc_now()
            arrive(session, number_of(form.get("id", "")), number_of(form.get("pieces", "")), by=user.name, now=now)
            served = serve_waiting(session, now=now)
            keep_tasks(session, now=now)
            return served

        if await self._try(Permission.STOCK_ADJUST, change, done="restock_arrived"):
            await self._read()

    @rx.event
    @needs(Permission.STOCK_ADJUST)
    async def call_off(self, restock_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            call_off(session, number_of(restock_id), by=user.name, now=utc_now())

        if await self._try(Permission.STOCK_ADJUST, change):
            await self._read()

    async def _read(self) -> None:
        sku_id = number_of(self.router.url.query_parameters.get("sku", ""))
        await self._follow("shortage", shortage_scene(sku_id))


def shortage_scene(sku_id: int) -> Scene:
    def load() -> Vars:
        return load_shortage(sku_id)

    state = Shortage.get_full_name()
    return Scene(f"shortage {sku_id}", state, Permission.STOCK_READ, load, gap_seconds=_GAP_SECONDS)


def load_shortage(sku_id: int) -> Vars:
    with reading() as session:
        return {"view": shortage_view(session, sku_id)}


def _ticked(form: Form, prefix: str) -> list[int]:
    return [number_of(name.removeprefix(prefix)) for name in form if name.startswith(prefix)]


def _decision(form: Form) -> Decision:
    word = form.get("choice", "")
    if word not in list(Choice):
        raise BadInput("choice: say what to do", field="choice", problem="no_choice")
    pieces = number_of(form.get("pieces", ""))
    return Decision(Choice(word), form.get("note", ""), instead=form.get("instead", ""), pieces=pieces)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput("date: like 2026-11-30", field="date", problem="no_date") from error
