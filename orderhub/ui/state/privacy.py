"""How long are buyers kept, who has looked at whom, and who is to be forgotten now?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.reveal import set_quota
from orderhub.access.sessions import Signed
from orderhub.automation.forgetting import erase_buyer
from orderhub.domain.order import Order
from orderhub.domain.retention import set_retention
from orderhub.domain.words import Channel
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.sight import find
from orderhub.ui.gate import needs
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.privacy_view import PrivacyView, load_privacy
from orderhub.ui.state.telling import Telling

_LONGEST_NAME = 32


class Privacy(Telling, rx.State):
    """``saved`` counts what was saved here: the forms begin anew after each; ``who`` narrows the looks to a person."""

    view: PrivacyView = PrivacyView()
    who: str = ""
    saved: int = 0
    is_loaded: bool = False

    @rx.event
    @needs(Permission.PRIVACY_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.PRIVACY_READ)
    async def filter(self, form: dict[str, str]) -> None:
        self.who = form.get("who", "").strip()[:_LONGEST_NAME]
        await self._read()

    @rx.event
    @needs(Permission.PRIVACY_CHANGE)
    async def keep(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            channel = form.get("channel", "")
            if channel not in list(Channel):
                raise BadInput("channel: no such channel", field="channel", problem="retention_days")
            set_retention(session, Channel(channel), number_of(form.get("days", "")), by=user.name, now=utc_now())

        await self._done(await self._try(Permission.PRIVACY_CHANGE, change, done="retention_saved"))

    @rx.event
    @needs(Permission.PRIVACY_CHANGE)
    async def allow(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            said = form.get("daily", "")
            daily = number_of(said) if said.isdigit() else -1  # what is no number allows nobody nothing
            set_quota(session, daily, by=user.name, now=utc_now())

        await self._done(await self._try(Permission.PRIVACY_CHANGE, change, done="retention_saved"))

    @rx.event
    @needs(Permission.PRIVACY_CHANGE)
    async def erase(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> int:
            order_id = number_of(form.get("order", "").strip().upper().removeprefix("OH"))
            if find(session, Order, order_id) is None:
                raise NotFound(f"no order has the id {order_id}")
            reason = form.get("reason", "")
            return erase_buyer(session, order_id, reason=reason, by=user.name, now=utc_now()).orders

        await self._done(await self._try(Permission.PRIVACY_CHANGE, change, done="erased_n"))

    async def _done(self, is_done: bool) -> None:
        if is_done:
            self.saved += 1
            await self._read()

    async def _read(self) -> None:
        self.view, self.is_loaded = await off_loop(load_privacy, self.who), True
