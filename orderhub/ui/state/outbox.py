"""What waits to be told, what was refused, and what is done about it here?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation import outbox, workflow_run
from orderhub.automation.addressee import addressee_named
from orderhub.automation.outbox import PauseCause
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.outbox_view import OutboxView, outbox_view
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Change, Telling

_GAP_SECONDS = 1.0


class Outbox(Shown, Telling, rx.State):
    """``skipping`` is the message, ``pausing`` the addressee whose reason is asked for."""

    view: OutboxView = OutboxView()
    skipping: str = ""
    pausing: str = ""

    @rx.event
    @needs(Permission.OUTBOX_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.OUTBOX_CHANGE)
    def ask_skip(self, message_id: str) -> None:
        self.skipping = "" if self.skipping == message_id else message_id

    @rx.event
    @needs(Permission.OUTBOX_CHANGE)
    def ask_pause(self, addressee: str) -> None:
        self.pausing = "" if self.pausing == addressee else addressee

    @rx.event
    @needs(Permission.OUTBOX_CHANGE)
    async def retry(self, message_id: str) -> None:
        def change(session: Session, user: Signed) -> int:
            return outbox.retry(session, number_of(message_id), by=user.name, now=utc_now())

        await self._change(change, "upload_retried")

    @rx.event
    @needs(Permission.OUTBOX_CHANGE)
    async def skip(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> int:
            wanted = number_of(form.get("id", ""))
            return outbox.skip(session, wanted, by=user.name, reason=form.get("reason", ""), now=utc_now())

        await self._change(change, "upload_skipped")

    @rx.event
    @needs(Permission.OUTBOX_CHANGE)
    async def pause(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            reason = form.get("reason", "").strip()
            if not reason:
                raise BadInput("reason: say why", field="reason", problem="missing")
            addressee = addressee_named(session, form.get("id", ""))
            outbox.pause(session, addressee, PauseCause.PERSON, reason=reason, by=user.name, now=utc_now())

        await self._change(change, "uploads_paused")

    @rx.event
    @needs(Permission.OUTBOX_CHANGE)
    async def resume(self, addressee: str) -> None:
        def change(session: Session, user: Signed) -> None:
            outbox.resume(session, addressee_named(session, addressee), by=user.name, now=utc_now())

        await self._change(change, "uploads_resumed")

    @rx.event
    @needs(Permission.OUTBOX_CHANGE)
    async def retry_run(self, run_id: str) -> None:
        def change(session: Session, user: Signed) -> int:
            return workflow_run.retry(session, number_of(run_id), by=user.name, now=utc_now())

        await self._change(change, "run_retried")

    async def _change(self, change: Change, done: str) -> None:
        if await self._try(Permission.OUTBOX_CHANGE, change, done=done):
            self.skipping = self.pausing = ""
            await self._read()

    async def _read(self) -> None:
        await self._follow("outbox", outbox_scene())


def outbox_scene() -> Scene:
    return Scene("outbox", Outbox.get_full_name(), Permission.OUTBOX_READ, load_outbox, gap_seconds=_GAP_SECONDS)


def load_outbox() -> Vars:
    with reading() as session:
        return {"view": outbox_view(session, utc_now())}
