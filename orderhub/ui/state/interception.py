"""Which period of interceptions does this tab look at, and what is done about parcels that have left?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation.answering import can_be_refused
from orderhub.domain.shipped_refusal import set_refusal, stop_at_carrier
from orderhub.domain.words import Channel
from orderhub.kernel.clock import business_day, utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.gate import needs
from orderhub.ui.interception_view import InterceptionView, PageQuery, interception_view, query_of
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling

_GAP_SECONDS = 2.0


class Interceptions(Shown, Telling, rx.State):
    view: InterceptionView = InterceptionView()

    @rx.event
    @needs(Permission.AFTERSALE_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.AFTERSALE_ANSWER)
    async def stop(self, case_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            stop_at_carrier(session, number_of(case_id), by=user.name, now=utc_now())

        if await self._try(Permission.AFTERSALE_ANSWER, change, done="interception_stopped"):
            await self._read()

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def choose(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            channel, is_on = form.get("channel", ""), form.get("is_on") == "1"
            if is_on and channel in list(Channel) and not can_be_refused(Channel(channel)):
                raise BadInput(f"{channel} has no API for it", field="channel", problem="cannot_refuse")
            code = form.get("reason_code", "")
            set_refusal(session, channel, is_on=is_on, reason_code=code, by=user.name, now=utc_now())

        if await self._try(Permission.RULE_CHANGE, change):
            await self._read()

    async def _read(self) -> None:
        query = query_of(self.router.url.query_parameters, business_day(utc_now()))
        await self._follow("interception", interceptions_scene(query))


def interceptions_scene(query: PageQuery) -> Scene:
    def load() -> Vars:
        return load_interceptions(query)

    state = Interceptions.get_full_name()
    return Scene(f"interception {query}", state, Permission.AFTERSALE_READ, load, gap_seconds=_GAP_SECONDS)


def load_interceptions(query: PageQuery) -> Vars:
    with reading() as session:
        return {"view": interception_view(session, utc_now(), query)}
