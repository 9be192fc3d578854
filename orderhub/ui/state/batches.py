"""How far is what was asked for many at once? Read from its rows, so that a page loaded anew shows it too."""

import reflex as rx
from sqlmodel import Session

from orderhub.access.acting import check_permission
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation import batch
from orderhub.automation.batch import Batch, BatchKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.sight import find
from orderhub.ui import live
from orderhub.ui.batch_view import BatchView, batch_views
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Change, Telling

_GAP_SECONDS = 0.5


class Batches(Telling, rx.State):
    """``shown`` are those of the page's kind; ``opened`` is the batch whose failures are listed."""

    shown: list[BatchView] = []
    opened: str = ""
    of_orders: bool = False

    @rx.event
    @needs(Permission.BOARD_READ)
    async def enter_board(self) -> None:
        await show_batches(self, of_orders=True)

    @rx.event
    @needs(Permission.BOARD_READ)
    async def enter_floor(self) -> None:
        await show_batches(self, of_orders=False)

    @rx.event
    @needs(Permission.BOARD_READ)
    def toggle(self, batch_id: str) -> None:
        self.opened = "" if self.opened == batch_id else batch_id

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def retry(self, batch_id: str) -> None:
        def change(session: Session, user: Signed) -> int:
            found = find(session, Batch, number_of(batch_id))
            if found and found.kind.is_of_orders:  # it passes reviews
                check_permission(user, Permission.ORDER_APPROVE)
            return batch.retry(session, number_of(batch_id), by=user.name, now=utc_now())

        await self._change(change, "batch_retried")

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def stop(self, batch_id: str) -> None:
        def change(session: Session, user: Signed) -> int:
            return batch.stop(session, number_of(batch_id), by=user.name, now=utc_now())

        await self._change(change, "batch_stopped")

    async def _change(self, change: Change, done: str) -> None:
        if await self._try(Permission.ORDER_SHIP, change, done=done):
            await show_batches(self, of_orders=self.of_orders)


async def show_batches(batches: Batches, *, of_orders: bool) -> None:
    """Those of one page, kept up to date while it is looked at; no handler, so that no browser can call it."""
    seen, batches.of_orders = live.revision(), of_orders
    batches.shown = (await off_loop(load_batches, of_orders))["shown"]
    await live.show(batches, "batches", batches_scene(of_orders), seen=seen)


def batches_scene(of_orders: bool) -> Scene:
    def load() -> Vars:
        return load_batches(of_orders)

    room = f"batches {of_orders}"
    return Scene(room, Batches.get_full_name(), Permission.BOARD_READ, load, gap_seconds=_GAP_SECONDS)


def load_batches(of_orders: bool) -> Vars:
    kinds = [kind for kind in BatchKind if kind.is_of_orders == of_orders]
    with reading() as session:
        return {"shown": batch_views(session, kinds, utc_now())}
