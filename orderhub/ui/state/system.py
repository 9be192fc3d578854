"""How do the queue, the shops and the jobs stand, and what is done about them here?"""

import asyncio

import reflex as rx
from sqlmodel import Session

from orderhub.access.acting import check_permission
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.shop import shop_named
from orderhub.intake.inbox import dead_letters, discard, replay
from orderhub.intake.sync import SyncResult, sync_shop
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import OrderHubError
from orderhub.kernel.sight import WHOLE, seeing
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Change, Telling
from orderhub.ui.system_view import SystemView, system_view
from orderhub.ui.words import tr

_GAP_SECONDS = 2.0
# What a form or a channel's page that led here has done.
_DONE = ("authorised", "carrier_saved", "carrier_tested", "tracker_saved", "notifier_saved", "notifier_tested")


class System(Shown, Telling, rx.State):
    """``discarding`` is the dead message whose reason is asked for; ``syncing`` the codes of shops being pulled."""

    view: SystemView = SystemView()
    discarding: str = ""
    syncing: list[str] = []

    @rx.event
    @needs(Permission.SYSTEM_READ)
    async def enter(self) -> None:
        await self._tell_refused_form()
        asked = self.router.url.query_parameters
        if (done := asked.get("done", "")) in _DONE:
            self.said, self.is_refusal = tr(await self._lang(), done, n=asked.get("n", "")[:32]), False
        await self._read()

    @rx.event
    @needs(Permission.DEAD_LETTER_CHANGE)
    def ask(self, message_id: str) -> None:
        self.discarding = "" if self.discarding == message_id else message_id

    @rx.event
    @needs(Permission.DEAD_LETTER_CHANGE)
    async def replay(self, message_id: str) -> None:
        def change(session: Session, user: Signed) -> int:
            return replay(session, [number_of(message_id)], by=user.name, now=utc_now())

        await self._change(change, "replayed")

    @rx.event
    @needs(Permission.DEAD_LETTER_CHANGE)
    async def replay_all(self) -> None:
        await self._change(_replay_all, "replayed")

    @rx.event
    @needs(Permission.DEAD_LETTER_CHANGE)
    async def discard(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> int:
            wanted = [number_of(form.get("id", ""))]
            return discard(session, wanted, by=user.name, reason=form.get("reason", ""), now=utc_now())

        await self._change(change, "discarded")

    @rx.event(background=True)
    @needs(Permission.SYNC_RUN)
    async def sync(self, code: str) -> None:
        """Pull one shop; the page goes on working meanwhile."""
        async with self:
            user, lang = await signed(self), await self._lang()
            check_permission(user, Permission.SYNC_RUN)
            if code in self.syncing:
                return
            self.syncing = [*self.syncing, code]
        try:
            result = await asyncio.to_thread(_pulled, code)
            said, is_refusal = _sync_text(lang, code, sum(result.kept.values()), result.error), bool(result.error)
        except OrderHubError as error:
            said, is_refusal = _sync_text(lang, code[:32], 0, str(error)), True
        async with self:
            self.syncing = [one for one in self.syncing if one != code]
            self.said, self.is_refusal = said, is_refusal

    async def _change(self, change: Change, done: str) -> None:
        if await self._try(Permission.DEAD_LETTER_CHANGE, change, done=done):
            self.discarding = ""
            await self._read()

    async def _read(self) -> None:
        await self._follow("system", system_scene())


def system_scene() -> Scene:
    return Scene("system", System.get_full_name(), Permission.SYSTEM_READ, load_system, gap_seconds=_GAP_SECONDS)


def load_system() -> Vars:
    with reading() as session:
        return {"view": system_view(session, utc_now())}


def _replay_all(session: Session, user: Signed) -> int:
    return replay(session, [message.id for message in dead_letters(session)], by=user.name, now=utc_now())


def _pulled(code: str) -> SyncResult:
    """What follows is the hub's own work, whoever asked for it. Raises: NotFound."""
    with reading() as session:
        shop_named(session, code)
    with seeing(WHOLE):
        return sync_shop(code, utc_now())


def _sync_text(lang: str, shop: str, kept: int, error: str) -> str:
    return tr(lang, "sync_failed", shop=shop, error=error) if error else tr(lang, "sync_started", shop=shop, n=kept)
