"""What does a page show, and what does it say when that cannot be read? Read beside the loop, then followed."""

from collections.abc import Callable

import reflex as rx
import structlog

from orderhub.ui import live
from orderhub.ui.live import Scene, Vars
from orderhub.ui.off_loop import off_loop


class Shown(rx.State, mixin=True):
    """``has_failed``: it could not be read; the page says so and offers to try again."""

    is_loaded: bool = False
    has_failed: bool = False

    async def _follow(self, place: str, scene: Scene) -> bool:
        """Read what ``scene`` shows and keep it live at ``place``; tells whether it could be read."""
        seen = live.revision()
        if not await self._fill(scene.load):
            return False
        await live.show(self, place, scene, seen=seen)
        return True

    async def _fill(self, load: Callable[[], Vars]) -> bool:
        """Read the vars once; tells whether they could be read."""
        try:
            vars_read = await off_loop(load)
        except Exception:  # noqa: BLE001  (the page says so)
            structlog.get_logger().exception("page_not_read", page=type(self).__name__)
            self.has_failed = True
            return False
        for name, value in vars_read.items():
            setattr(self, name, value)
        self.is_loaded, self.has_failed = True, False
        return True
