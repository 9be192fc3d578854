"""Which canned replies are there, and which of them is being changed in this tab?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.canned_reply import put_reply, retire_reply
from orderhub.domain.ticket import TicketKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.canned_reply_view import ReplyView, reply_views
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling

_GAP_SECONDS = 2.0


class CannedReplies(Shown, Telling, rx.State):
    """``editing`` is the id of the reply whose form is unfolded."""

    rows: list[ReplyView] = []
    editing: str = ""

    @rx.event
    @needs(Permission.TICKET_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.TICKET_CHANGE)
    def edit(self, reply_id: str) -> None:
        self.editing = "" if self.editing == reply_id else reply_id

    @rx.event
    @needs(Permission.TICKET_CHANGE)
    async def save(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            put_reply(
                session,
                number_of(form.get("id", "")),
                title=form.get("title", ""),
                text=form.get("text", ""),
                kind=_kind(form.get("kind", "")),
                by=user.name,
                now=utc_now(),
            )

        if await self._try(Permission.TICKET_CHANGE, change, done="replies_saved"):
            self.editing = ""
        await self._read()

    @rx.event
    @needs(Permission.TICKET_CHANGE)
    async def retire(self, reply_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            retire_reply(session, number_of(reply_id), by=user.name, now=utc_now())

        await self._try(Permission.TICKET_CHANGE, change, done="replies_retired")
        await self._read()

    async def _read(self) -> None:
        await self._follow("canned_replies", replies_scene())


def replies_scene() -> Scene:
    state = CannedReplies.get_full_name()
    return Scene("canned replies", state, Permission.TICKET_READ, load_replies, gap_seconds=_GAP_SECONDS)


def load_replies() -> Vars:
    with reading() as session:
        return {"rows": reply_views(session)}


def _kind(text: str) -> TicketKind | None:
    if text and text not in list(TicketKind):
        raise BadInput(f"kind: {text[:32]!r} is none", field="kind", problem="ticket_word")
    return TicketKind(text) if text else None
