"""Which cases does this tab look at, and which face of the page does its address ask for?"""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.insights.aftersale import CaseQuery
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui import live
from orderhub.ui.case_queue_view import QueueView, address, queue_view, read_address
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.state.shown import Shown

_GAP_SECONDS = 0.5


class CaseQueue(Shown, rx.State):
    """``face`` is ``queue``, ``case``, ``opening`` or ``reasons``."""

    face: str = ""
    view: QueueView = QueueView()

    @rx.event
    @needs(Permission.AFTERSALE_READ)
    async def enter(self) -> None:
        """The address names the list; a browser that connects again comes here too."""
        given = dict(self.router.url.query_parameters)
        self.face = face_of(given)
        if self.face != "queue":
            await live.leave(self, "cases")
            return
        query = read_address(given)
        await self._follow("cases", queue_scene(query))

    @rx.event
    @needs(Permission.AFTERSALE_READ)
    def search(self, form: dict[str, str]) -> Any:
        given = dict(self.router.url.query_parameters) | {"q": form.get("words", "")}
        given.pop("at", None)
        return rx.redirect(address(read_address(given)))


def face_of(given: dict[str, str]) -> str:
    if number_of(given.get("case", "")):
        return "case"
    if number_of(given.get("open", "")):
        return "opening"
    return "reasons" if given.get("tab") == "reasons" else "queue"


def queue_scene(query: CaseQuery) -> Scene:
    def load() -> Vars:
        return load_queue(query)

    room = f"cases {address(query)}"
    return Scene(room, CaseQueue.get_full_name(), Permission.AFTERSALE_READ, load, gap_seconds=_GAP_SECONDS)


def load_queue(query: CaseQuery) -> Vars:
    with reading() as session:
        return {"view": queue_view(session, query, utc_now())}
