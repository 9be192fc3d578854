"""Which days and which grouping of the times does this tab look at?"""

import reflex as rx
import structlog

from orderhub.access.permissions import Permission
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui import live
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.off_loop import off_loop
from orderhub.ui.service_times_view import TimesQuery, TimesView, times_query, times_view

_GAP_SECONDS = 5.0


class ServiceTimes(rx.State):
    view: TimesView = TimesView()
    is_loaded: bool = False
    has_failed: bool = False

    @rx.event
    @needs(Permission.TICKET_READ)
    async def enter(self) -> None:
        query, seen = times_query(self.router.url.query_parameters), live.revision()
        try:
            self.view = (await off_loop(load_times, query))["view"]
        except Exception:  # noqa: BLE001  (the page says so and offers to try again)
            structlog.get_logger().exception("service_times_not_read")
            self.has_failed = True
            return
        self.is_loaded, self.has_failed = True, False
        await live.show(self, "service_times", times_scene(query), seen=seen)


def times_scene(query: TimesQuery) -> Scene:
    def load() -> Vars:
        return load_times(query)

    state = ServiceTimes.get_full_name()
    return Scene(f"service times {query}", state, Permission.TICKET_READ, load, gap_seconds=_GAP_SECONDS)


def load_times(query: TimesQuery) -> Vars:
    with reading() as session:
        return {"view": times_view(session, query, utc_now())}
