"""Which deliveries does this tab look at, and what is asked for those that are selected?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation import batch
from orderhub.automation.batch import BatchKind
from orderhub.automation.hand_waybill import type_over
from orderhub.automation.recalling import recall
from orderhub.domain.packing import unpack
from orderhub.domain.stock import set_leaving
from orderhub.domain.wave import WaveStatus, WaveWish, make_wave, move_wave
from orderhub.domain.words import Carrier
from orderhub.insights.warehouse import FloorQuery, chosen_ids
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.batches import Batches, show_batches
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Change, Telling
from orderhub.ui.warehouse_view import FloorView, floor_view, read_floor

_GAP_SECONDS = 0.5
_MOST_ON_PAGE = 100

Form = dict[str, str]


class Floor(Shown, Telling, rx.State):
    """``ids`` are the selected deliveries, ``typing`` the one whose waybill is being typed."""

    view: FloorView = FloorView()
    ids: list[str] = []
    typing: str = ""

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def enter(self) -> None:
        self.ids, self.typing, self.said = [], "", ""
        await self._tell_refused_form()
        await self._read()

    @rx.event
    @needs(Permission.ORDER_SHIP)
    def toggle(self, delivery_id: str) -> None:
        others = [one for one in self.ids if one != delivery_id]
        self.ids = others if delivery_id in self.ids else [*others, delivery_id][-batch.MOST :]

    @rx.event
    @needs(Permission.ORDER_SHIP)
    def toggle_page(self, delivery_ids: list[str]) -> None:
        page = delivery_ids[:_MOST_ON_PAGE]
        others = [one for one in self.ids if one not in page]
        self.ids = others if set(page) <= set(self.ids) else [*others, *page][-batch.MOST :]

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def take_all(self) -> None:
        """Every delivery of the list, whatever fits on the page."""
        found = await off_loop(_chosen, read_floor(self.router.url.query_parameters))
        self.ids = [str(one) for one in found]

    @rx.event
    @needs(Permission.ORDER_SHIP)
    def clear(self) -> None:
        self.ids = []

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def label(self) -> None:
        await self._start(BatchKind.LABEL)

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def leave(self) -> None:
        await self._start(BatchKind.LEAVE)

    @rx.event
    @needs(Permission.ORDER_SHIP)
    def ask_waybill(self, delivery_id: str) -> None:
        self.typing = "" if self.typing == delivery_id else delivery_id

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def type_waybill(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            word = form.get("carrier", "")
            if word not in list(Carrier):
                raise BadInput("carrier: unknown", field="carrier", problem="no_carrier")
            wanted = number_of(form.get("id", ""))
            type_over(session, wanted, Carrier(word), form.get("waybill", ""), by=user.name, now=utc_now())

        if await self._change(change):
            self.typing = ""

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def recall(self, delivery_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            recall(session, number_of(delivery_id), by=user.name, now=utc_now())

        await self._change(change, "parcel_recalled")

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def unpack(self, delivery_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            unpack(session, number_of(delivery_id), by=user.name, now=utc_now())

        await self._change(change)

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def make_wave(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> int:
            wish, place = _wish(form), number_of(form.get("warehouse", ""))
            return make_wave(session, place, wish, by=user.name, now=utc_now()).number

        await self._change(change, "wave_made")

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def move_wave(self, wave_id: str, target: str) -> None:
        def change(session: Session, user: Signed) -> None:
            if target not in list(WaveStatus):
                raise BadInput("target: unknown", field="target")
            move_wave(session, number_of(wave_id), WaveStatus(target), by=user.name, now=utc_now())

        await self._change(change)

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def switch_leaving(self, warehouse_id: str, is_on: bool) -> None:
        """Whether what is packed has left, at this warehouse."""

        def change(session: Session, user: Signed) -> None:
            place = number_of(warehouse_id)
            set_leaving(session, place, leaves_on_packing=is_on, by=user.name, now=utc_now())

        if await self._try(Permission.SKU_CHANGE, change):
            await self._read()

    async def _start(self, kind: BatchKind) -> None:
        ids = [number_of(one) for one in self.ids]

        def change(session: Session, user: Signed) -> int:
            return batch.start(session, kind, ids, by=user.name, now=utc_now()).total

        if await self._change(change, "batch_started"):
            self.ids = []
            await show_batches(await self.get_state(Batches), of_orders=False)

    async def _change(self, change: Change, done: str = "saved") -> bool:
        is_done = await self._try(Permission.ORDER_SHIP, change, done=done)
        if is_done:
            await self._read()
        return is_done

    async def _read(self) -> None:
        query = read_floor(self.router.url.query_parameters)
        await self._follow("floor", floor_scene(query))


def floor_scene(query: FloorQuery) -> Scene:
    def load() -> Vars:
        return load_floor(query)

    return Scene(f"floor {query}", Floor.get_full_name(), Permission.ORDER_SHIP, load, gap_seconds=_GAP_SECONDS)


def load_floor(query: FloorQuery) -> Vars:
    with reading() as session:
        return {"view": floor_view(session, query)}


def _chosen(query: FloorQuery) -> list[int]:
    with reading() as session:
        return chosen_ids(session, query)


def _wish(form: Form) -> WaveWish:
    carrier = form.get("carrier", "")
    return WaveWish(
        carrier=Carrier(carrier) if carrier in list(Carrier) else None,
        only_single=form.get("single") == "on",
        only_urgent=form.get("urgent") == "on",
        only_labelled=form.get("labelled") == "on",
        most=number_of(form.get("most", "")) or WaveWish().most,
    )
