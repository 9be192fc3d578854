"""Which days are promotions, and which is entered or taken away here?"""

from dataclasses import dataclass
from datetime import date

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.promotion_day import promotion_days, remove_promotion_day, set_promotion_day
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.gate import needs
from orderhub.ui.numbers import number_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Change, Telling

Form = dict[str, str]


@dataclass
class PromotionView:
    id: str
    day: str
    name: str
    by: str


class Promotions(Shown, Telling, rx.State):
    """``saved`` counts: the form begins anew after each."""

    days: list[PromotionView] = []
    saved: int = 0

    @rx.event
    @needs(Permission.REPORT_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.PROMOTION_CHANGE)
    async def keep(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            set_promotion_day(session, _day(form), form.get("name", ""), by=user.name, now=utc_now())

        await self._change(change, "saved")

    @rx.event
    @needs(Permission.PROMOTION_CHANGE)
    async def remove(self, day_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            remove_promotion_day(session, number_of(day_id), by=user.name, now=utc_now())

        await self._change(change, "promotion_removed")

    async def _change(self, change: Change, done: str) -> None:
        if await self._try(Permission.PROMOTION_CHANGE, change, done=done):
            self.saved += 1
            await self._read()

    async def _read(self) -> None:
        await self._fill(lambda: {"days": load_days()})


def load_days() -> list[PromotionView]:
    with reading() as session:
        return [PromotionView(str(one.id), str(one.day), one.name, one.set_by) for one in promotion_days(session)]


def _day(form: Form) -> date:
    """Raises: BadInput: it is no day."""
    try:
        return date.fromisoformat(form.get("day", ""))
    except ValueError as error:
        raise BadInput("day: choose a day", field="day", problem="promotion_day") from error
