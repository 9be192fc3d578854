"""What does this person's day look like?"""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.insights.workbench import workbench
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.state.shown import Shown
from orderhub.ui.workbench_view import WorkbenchView, workbench_view

_GAP_SECONDS = 5.0


class Day(Shown, rx.State):
    view: WorkbenchView = WorkbenchView()

    @rx.event
    @needs(Permission.WORKBENCH_READ)
    async def enter(self) -> None:
        user = await signed(self)
        await self._follow("day", day_scene(user))


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
