"""At which level is the hub, and what does a person set here: the level by hand, and what waits at level 2?"""

from datetime import timedelta

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.intake import hub_level
from orderhub.intake.pausing import set_waits
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.level import Level, Named, Pausable
from orderhub.ui import live
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.pressure_view import PressureView, pressure_view
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Change, Telling

_GAP_SECONDS = 1.0

Form = dict[str, str]


class Pressure(Shown, Telling, rx.State):
    """``saved`` counts what was set here: the form begins anew after each."""

    view: PressureView = PressureView()
    saved: int = 0

    @rx.event
    @needs(Permission.SYSTEM_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.PRESSURE_CHANGE)
    async def pin(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            level = form.get("level", "")
            if level not in list(Level):
                raise BadInput("level: choose one", field="level", problem="pin_level")
            lasts = timedelta(minutes=number_of(form.get("minutes", "")))
            reason = form.get("reason", "")
            hub_level.pin(session, Level(level), reason=reason, by=user.name, now=utc_now(), lasts=lasts)

        await self._change(change, "pressure_pinned_done")

    @rx.event
    @needs(Permission.PRESSURE_CHANGE)
    async def lift(self) -> None:
        def change(session: Session, user: Signed) -> None:
            hub_level.unpin(session, by=user.name, now=utc_now())

        await self._change(change, "pressure_lifted_done")

    @rx.event
    @needs(Permission.PRESSURE_CHANGE)
    async def take_off(self, entry: str) -> None:
        await self._set_waits(entry, waits=False)

    @rx.event
    @needs(Permission.PRESSURE_CHANGE)
    async def put_back(self, entry: str) -> None:
        await self._set_waits(entry, waits=True)

    async def _set_waits(self, entry: str, *, waits: bool) -> None:
        def change(session: Session, user: Signed) -> None:
            set_waits(session, _named(entry), waits=waits, by=user.name, now=utc_now())

        await self._change(change, "saved")

    async def _change(self, change: Change, done: str) -> None:
        if await self._try(Permission.PRESSURE_CHANGE, change, done=done):
            self.saved += 1
            await self._read()

    async def _read(self) -> None:
        await self._follow("pressure", pressure_scene())


def pressure_scene() -> Scene:
    """About the level: it stays live at every one."""
    state = Pressure.get_full_name()
    about = live.LEVEL
    return Scene("pressure", state, Permission.SYSTEM_READ, load_pressure, gap_seconds=_GAP_SECONDS, about=about)


def load_pressure() -> Vars:
    return {"view": _load()}


def _load() -> PressureView:
    with reading() as session:
        return pressure_view(session, utc_now())


def _named(entry: str) -> Named:
    kind, _, name = entry.partition(":")
    if kind not in list(Pausable):
        raise NotFound(f"nothing that can wait is called {entry[:64]}")
    return Pausable(kind), name
