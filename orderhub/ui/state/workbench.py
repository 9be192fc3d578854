"""What does this person's day look like?"""

import reflex as rx
import structlog

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.insights.workbench import workbench
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui import live
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.off_loop import off_loop
from orderhub.ui.workbench_view import WorkbenchView, workbench_view

_GAP_SECONDS = 5.0


class Day(rx.State):
    view: WorkbenchView = WorkbenchView()
    is_loaded: bool = False
    has_failed: bool = False

    @rx.event
    @needs(Permission.WORKBENCH_READ)
    async def enter(self) -> None:
        user = await signed(self)
        seen = live.revision()
        try:
            shown = await off_loop(load_day, user)
        except Exception:  # noqa: BLE001  (the page says so and offers to try again)
            structlog.get_logger().exception("workbench_not_read")
            self.has_failed = True
            return
        self.view, self.is_loaded, self.has_failed = shown["view"], True, False
        await live.show(self, "day", day_scene(user), seen=seen)


def day_scene(user: Signed) -> Scene:
    """Its own room for every person: tasks are theirs."""

    def load() -> Vars:
        return load_day(user)

    room = f"day {user.role} {user.name}"
    return Scene(room, Day.get_full_name(), Permission.WORKBENCH_READ, load, gap_seconds=_GAP_SECONDS)


def load_day(user: Signed) -> Vars:
    now = utc_now()
    with reading() as session:
        return {"view": workbench_view(workbench(session, user.role, user.name, now), now)}
