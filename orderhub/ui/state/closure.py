"""Which period and which anomalies does this tab's page of the closed loop look at?"""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui.closure_view import ClosureQuery, ClosureView, closure_query, closure_view
from orderhub.ui.gate import needs
from orderhub.ui.state.shown import Shown


class Loop(Shown, rx.State):
    """Read when the page is opened: figures of days do not change while somebody looks."""

    view: ClosureView = ClosureView()

    @rx.event
    @needs(Permission.ANOMALY_READ)
    async def enter(self) -> None:
        query = closure_query(self.router.url.query_parameters)
        await self._fill(lambda: {"view": load_closure(query)})


def load_closure(query: ClosureQuery) -> ClosureView:
    with reading() as session:
        return closure_view(session, query, utc_now())
