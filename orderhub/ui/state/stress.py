"""Which load tests were run here, and what came of one of them?"""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.gate import needs
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling
from orderhub.ui.stress_view import StressView, stress_view


class Stress(Telling, rx.State):
    view: StressView = StressView()
    is_loaded: bool = False

    @rx.event
    @needs(Permission.STRESS_READ)
    async def enter(self) -> None:
        run = self.router.url.query_parameters.get("run", "")
        self.view, self.is_loaded = await off_loop(stress_view, run, await self._lang()), True
