"""What does the frame around every page show? Sync health, pressure, counters; the same for everybody of a role."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.insights.task import tasks_of_mine
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui import live
from orderhub.ui.figures import ChannelSync, Counters, counters, sync_health
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.off_loop import off_loop
from orderhub.ui.pressure_view import LevelView, level_view
from orderhub.ui.state.bell import show_bell
from orderhub.ui.state.place import show_places

_GAP_SECONDS = 5.0


class Frame(rx.State):
    syncs: list[ChannelSync] = []
    level: str = "normal"
    level_note: LevelView = LevelView()
    counters: Counters = Counters()
    read_at: str = ""
    _path: str = ""

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    async def enter(self) -> None:
        """Runs first on every page and when the browser connects again; another address of a page changes nothing."""
        seen, path = live.revision(), self.router.url.path
        if path == self._path and live.is_shown(self, "frame", frame_scene()):
            return
        self._path = path
        shown = await off_loop(load_frame)
        for name, value in shown.items():
            setattr(self, name, value)
        await live.leave(self)
        await live.show(self, "frame", frame_scene(), seen=seen)
        await live.show(self, "level", level_scene(), seen=seen)
        user = await signed(self)
        mine = await self.get_state(Mine)
        mine.tasks = (await off_loop(load_mine, user))["tasks"]
        await live.show(self, "mine", mine_scene(user), seen=seen)
        await show_bell(self)
        await show_places(self)


class Mine(rx.State):
    """What waits for this person alone; empty where nothing does."""

    tasks: str = ""


def mine_scene(user: Signed) -> Scene:
    def load() -> Vars:
        return load_mine(user)

    room = f"mine {user.role} {user.name}"
    return Scene(room, Mine.get_full_name(), Permission.WORKBENCH_READ, load, gap_seconds=_GAP_SECONDS)


def load_mine(user: Signed) -> Vars:
    with reading() as session:
        count = tasks_of_mine(session, user.name, str(user.role))
    return {"tasks": f"{count:,}" if count else ""}


def frame_scene() -> Scene:
    return Scene("frame", Frame.get_full_name(), Permission.OWN_ACCOUNT, load_frame, gap_seconds=_GAP_SECONDS)


def level_scene() -> Scene:
    """Of its own, so that a switch is on every screen at once."""
    return Scene("level", Frame.get_full_name(), Permission.OWN_ACCOUNT, load_level, about=live.LEVEL)


def load_level() -> Vars:
    view = level_view()
    return {"level": view.level, "level_note": view}


def load_frame() -> Vars:
    now = utc_now()
    with reading() as session:
        return {
            "syncs": sync_health(session, now),
            **load_level(),
            "counters": counters(session),
            "read_at": str(int(now.timestamp())),
        }
