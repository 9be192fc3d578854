"""Which period and which anomalies does this tab's page of the closed loop look at?"""

import reflex as rx
import structlog

from orderhub.access.permissions import Permission
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui.closure_view import ClosureQuery, ClosureView, closure_query, closure_view
from orderhub.ui.gate import needs
from orderhub.ui.off_loop import off_loop


class Loop(rx.State):
    """Read when the page is opened: figures of days do not change while somebody looks."""

    view: ClosureView = ClosureView()
    is_loaded: bool = False
    has_failed: bool = False

    @rx.event
    @needs(Permission.ANOMALY_READ)
    async def enter(self) -> None:
        query = closure_query(self.router.url.query_parameters)
        try:
            self.view = await off_loop(load_closure, query)
        except Exception:  # noqa: BLE001  (the page says so and offers to try again)
            structlog.get_logger().exception("closure_not_read")
            self.has_failed = True
            return
        self.is_loaded, self.has_failed = True, False


def load_closure(query: ClosureQuery) -> ClosureView:
    with reading() as session:
        return closure_view(session, query, utc_now())
