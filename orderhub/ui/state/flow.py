"""What does this tab look at on the flow map, and what does it change in the draft?"""

from typing import Any

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.flow import discard, flow_now, publish, roll_back, save_flow
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import RuleBroken
from orderhub.ui.flow_form import as_live, read_place
from orderhub.ui.flow_view import (
    PLACES,
    ChangeView,
    DryView,
    FlowView,
    PanelView,
    changes_view,
    drawn,
    dry_view,
    flow_view,
    panel_view,
)
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling

_GAP_SECONDS = 2.0
# What lies over the canvas; one at a time.
_COMPARING, _DRY, _PUBLISHING, _VERSIONS = "comparing", "dry", "publishing", "versions"


class Flow(Shown, Telling, rx.State):
    """``sheet`` is what lies over the canvas, ``compared`` the version the changes are counted from."""

    view: FlowView = FlowView()
    panel: PanelView = PanelView()
    sheet: str = ""
    compared: str = ""
    changes: list[ChangeView] = []
    dry: list[DryView] = []

    @rx.event
    @needs(Permission.FLOW_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.FLOW_READ)
    async def choose(self, place: str) -> None:
        if place in PLACES:
            self.panel, self.said = await off_loop(_panel, place), ""

    @rx.event
    @needs(Permission.FLOW_READ)
    def close(self) -> None:
        self.panel = PanelView()

    @rx.event
    @needs(Permission.FLOW_READ)
    def close_sheet(self) -> None:
        self.sheet = ""

    @rx.event
    @needs(Permission.FLOW_READ)
    def show_versions(self) -> None:
        self.sheet = "" if self.sheet == _VERSIONS else _VERSIONS

    @rx.event
    @needs(Permission.FLOW_READ)
    async def compare(self, number: str) -> None:
        """From version ``number`` to what is drawn."""
        try:
            self.changes = await off_loop(_changes, number_of(number))
        except RuleBroken:
            return
        self.sheet, self.compared = _COMPARING, number

    @rx.event
    @needs(Permission.FLOW_READ)
    async def try_out(self) -> None:
        self.dry, self.sheet = await off_loop(_dry), _DRY

    @rx.event
    @needs(Permission.FLOW_CHANGE)
    async def ask_publish(self) -> None:
        self.changes = await off_loop(_changes, number_of(self.view.live))
        self.sheet, self.compared = _PUBLISHING, self.view.live

    @rx.event
    @needs(Permission.FLOW_CHANGE)
    async def save(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            shown, _ = drawn(session)
            fresh = read_place(shown, form.get("place", ""), form)
            if fresh != shown:
                revision = number_of(form.get("revision", ""))
                save_flow(session, fresh, revision=revision, by=user.name, now=utc_now())

        await self._change(change, done="flow_saved")

    @rx.event
    @needs(Permission.FLOW_CHANGE)
    async def revert(self, place: str) -> None:
        """The place as it is in force, in the draft."""

        def change(session: Session, user: Signed) -> None:
            shown, revision = drawn(session)
            fresh = as_live(shown, flow_now(session), place)
            if fresh != shown:
                save_flow(session, fresh, revision=revision, by=user.name, now=utc_now())

        await self._change(change, done="flow_reverted")

    @rx.event
    @needs(Permission.FLOW_CHANGE)
    async def publish(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            revision, reason = number_of(form.get("revision", "")), form.get("reason", "")
            publish(session, revision=revision, reason=reason, by=user.name, now=utc_now())

        await self._change(change, done="flow_published")

    @rx.event
    @needs(Permission.FLOW_CHANGE)
    async def roll_back(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> str:
            number = form.get("id", "")
            roll_back(session, number_of(number), reason=form.get("reason", ""), by=user.name, now=utc_now())
            return number

        await self._change(change, done="flow_rolled_back")

    @rx.event
    @needs(Permission.FLOW_CHANGE)
    async def discard(self, revision: int) -> None:
        def change(session: Session, user: Signed) -> None:
            discard(session, revision=revision, by=user.name, now=utc_now())

        await self._change(change, done="flow_discarded")

    async def _change(self, change: Any, *, done: str) -> None:
        if await self._try(Permission.FLOW_CHANGE, change, done=done):
            self.sheet = ""
            await self._read()

    async def _read(self) -> None:
        if await self._follow("flow", flow_scene()) and (place := self.panel.place):
            await self._fill(lambda: {"panel": _panel(place)})


def flow_scene() -> Scene:
    return Scene("flow", Flow.get_full_name(), Permission.FLOW_READ, load_flow, gap_seconds=_GAP_SECONDS)


def load_flow() -> Vars:
    with reading() as session:
        return {"view": flow_view(session, utc_now())}


def _panel(place: str) -> PanelView:
    with reading() as session:
        return panel_view(session, place, utc_now())


def _changes(number: int) -> list[ChangeView]:
    with reading() as session:
        return changes_view(session, number)


def _dry() -> list[DryView]:
    with reading() as session:
        return dry_view(session, utc_now())
