"""Which days and which grouping of the times does this tab look at?"""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.service_times_view import TimesQuery, TimesView, times_query, times_view
from orderhub.ui.state.shown import Shown

_GAP_SECONDS = 5.0


class ServiceTimes(Shown, rx.State):
    view: TimesView = TimesView()

    @rx.event
    @needs(Permission.TICKET_READ)
    async def enter(self) -> None:
        query = times_query(self.router.url.query_parameters)
        await self._follow("service_times", times_scene(query))


def times_scene(query: TimesQuery) -> Scene:
    def load() -> Vars:
        return load_times(query)

    state = ServiceTimes.get_full_name()
    return Scene(f"service times {query}", state, Permission.TICKET_READ, load, gap_seconds=_GAP_SECONDS)


def load_times(query: TimesQuery) -> Vars:
    with reading() as session:
        return {"view": times_view(session, query, utc_now())}
