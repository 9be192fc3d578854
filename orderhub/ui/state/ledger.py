"""Which day of the ledger does this tab look at, and which hour shall be counted again?"""

from datetime import date

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.intake.completeness import check_again
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui.gate import needs
from orderhub.ui.ledger_view import LedgerView, day_of, ledger_view
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling

_GAP_SECONDS = 2.0


class Ledger(Shown, Telling, rx.State):
    view: LedgerView = LedgerView()

    @rx.event
    @needs(Permission.SYSTEM_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.SYNC_RUN)
    async def count_again(self, hour_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            check_again(session, number_of(hour_id), utc_now())

        await self._try(Permission.SYNC_RUN, change, done="ledger_asked")

    async def _read(self) -> None:
        day = day_of(self.router.url.query_parameters.get("day", ""))
        await self._follow("ledger", ledger_scene(day))


def ledger_scene(day: date | None) -> Scene:
    def load() -> Vars:
        return load_ledger(day)

    return Scene(f"ledger {day}", Ledger.get_full_name(), Permission.SYSTEM_READ, load, gap_seconds=_GAP_SECONDS)


def load_ledger(day: date | None) -> Vars:
    with reading() as session:
        return {"view": ledger_view(session, utc_now(), day)}
