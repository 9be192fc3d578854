"""Which carrier services and which way of merging are there, and how are they changed?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.carrier_service import CarrierService, put_service, read_zones
from orderhub.domain.merge_setting import set_merging
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import parse_yuan
from orderhub.ui.allocation_view import AllocationView, allocation_view
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling

_GAP_SECONDS = 2.0

Form = dict[str, str]


class Allocation(Shown, Telling, rx.State):
    """``saved`` counts what was saved here: the form begins anew after each."""

    view: AllocationView = AllocationView()
    saved: int = 0

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def put_service(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            put_service(session, _service(form), by=user.name, now=utc_now())

        if await self._try(Permission.SKU_CHANGE, change):
            self.saved += 1
            await self._read()

    @rx.event
    @needs(Permission.SKU_CHANGE)
    async def set_merging(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            minutes = number_of(form.get("buffer_minutes", ""))
            set_merging(session, form.get("mode", ""), minutes, by=user.name, now=utc_now())

        if await self._try(Permission.SKU_CHANGE, change):
            await self._read()

    async def _read(self) -> None:
        service_id = number_of(self.router.url.query_parameters.get("service", ""))
        await self._follow("allocation", allocation_scene(service_id))


def allocation_scene(service_id: int) -> Scene:
    def load() -> Vars:
        return load_allocation(service_id)

    name = Allocation.get_full_name()
    return Scene(f"allocation {service_id}", name, Permission.SKU_CHANGE, load, gap_seconds=_GAP_SECONDS)


def load_allocation(service_id: int) -> Vars:
    with reading() as session:
        return {"view": allocation_view(session, utc_now(), service_id)}


def _service(form: Form) -> CarrierService:
    """What the form says, unchecked but for what cannot be read."""
    carrier, hour = form.get("carrier", ""), form.get("latest_hour", "").strip()
    if carrier not in list(Carrier):
        raise BadInput("carrier: unknown", field="carrier", problem="no_carrier")
    if hour and not hour.isdecimal():
        raise BadInput("latest_hour: 0 to 23", field="latest_hour", problem="not_hour")
    return CarrierService(
        warehouse_id=number_of(form.get("warehouse", "")),
        carrier=Carrier(carrier),
        product=form.get("product", ""),
        rank=number_of(form.get("rank", "")),
        is_active=form.get("is_active") == "on",
        not_to=form.get("not_to", ""),
        first_grams=number_of(form.get("first_grams", "")),
        step_grams=number_of(form.get("step_grams", "")),
        first_fen=parse_yuan(form.get("first_fen", ""), field="first_fen"),
        step_fen=parse_yuan(form.get("step_fen", "") or "0", field="step_fen"),
        zones=read_zones(form.get("zones", "")),
        most_grams=number_of(form.get("most_grams", "")),
        daily_limit=number_of(form.get("daily_limit", "")),
        latest_hour=int(hour) if hour else None,
        changed_at=utc_now(),
    )
