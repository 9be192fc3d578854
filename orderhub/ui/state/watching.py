"""How does a page follow what moves by itself, until it stands still?"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import reflex as rx

from orderhub.access.acting import check_permission
from orderhub.access.permissions import Permission
from orderhub.kernel.errors import NotAllowed, NotSignedIn
from orderhub.ui.gate import signed


class Watching(rx.State, mixin=True):
    """``is_watching``: this tab looks already; a second time would only double it."""

    is_watching: bool = False

    async def _watch(self, permission: Permission, look: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
        """Look every ``seconds`` while ``look`` says that there is more to wait for; for background events.

        Who may look no more is left in peace: the next click hears of it.
        """
        async with self:
            if self.is_watching:
                return
            self.is_watching = True
        try:
            with suppress(NotAllowed, NotSignedIn):
                while self.is_watching:
                    await asyncio.sleep(seconds)
                    async with self:
                        check_permission(await signed(self), permission)
                        self.is_watching = await look()
        finally:
            async with self:
                self.is_watching = False
