"""Whom do buyers ask, and how is that changed?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.service_contact import service_contact, set_service_contact
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui.gate import needs
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling


class Contact(Telling, rx.State):
    """``saved`` counts what was saved here: the form begins anew after each."""

    name: str = ""
    phone: str = ""
    words: str = ""
    saved: int = 0

    @rx.event
    @needs(Permission.SYSTEM_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.CONTACT_CHANGE)
    async def save(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            name, phone, words = (form.get(key, "") for key in ("name", "phone", "words"))
            set_service_contact(session, name, phone, words, by=user.name, now=utc_now())

        if await self._try(Permission.CONTACT_CHANGE, change):
            await self._read()
            self.saved += 1

    async def _read(self) -> None:
        self.name, self.phone, self.words = await off_loop(_standing)


def _standing() -> tuple[str, str, str]:
    with reading() as session:
        found = service_contact(session)
        return found.name, found.phone, found.words
