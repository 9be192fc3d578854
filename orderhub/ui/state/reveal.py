"""What does this tab show of a receiver, and until when? For a minute, then it is gone from here as well."""

import asyncio
from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.access.reveal import why_told
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import ProofNeeded, RuleBroken
from orderhub.ui.gate import needs, signed
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.refusals import refusal_text
from orderhub.ui.revealing import reveal
from orderhub.ui.state.proof import ask_proof
from orderhub.ui.state.telling import Telling
from orderhub.ui.words import tr

SHOWN_SECONDS = 60


class Receiver(Telling, rx.State):
    """``order_id`` is whose receiver stands here; empty: nobody's. ``looks`` counts what was shown to this tab."""

    order_id: str = ""
    name: str = ""
    phone: str = ""
    address: str = ""
    looks: int = 0

    @rx.event
    @needs(Permission.ORDER_REVEAL)
    async def show(self, form: dict[str, str]) -> Any:
        _forget(self)
        lang = await self._lang()
        try:
            why = why_told(form.get("reason", ""), form.get("words", ""))
            user, order_id = await signed(self), number_of(form.get("order_id", ""))
            found = await off_loop(reveal, user, order_id, why, utc_now())
        except ProofNeeded:
            await ask_proof(self)
            return None
        except RuleBroken as error:
            self.said, self.is_refusal = refusal_text(lang, error), True
            return None
        self.order_id, self.name, self.phone, self.address = str(found.order_id), found.name, found.phone, found.address
        self.said, self.is_refusal = tr(lang, "reveal_left", n=found.left), False
        self.looks += 1
        return Receiver.hide_in_time(self.looks)

    @rx.event(background=True)
    @needs(Permission.ORDER_REVEAL)
    async def hide_in_time(self, look: int) -> None:
        await asyncio.sleep(SHOWN_SECONDS)
        async with self:
            if look == self.looks:
                _forget(self)

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    def hide(self) -> None:
        """Whoever leaves the order, or wants it gone."""
        _forget(self)


async def hide_receiver(state: rx.State) -> None:
    """As another order is opened beside the list, or none."""
    _forget(await state.get_state(Receiver))


def _forget(shown: Receiver) -> None:
    shown.order_id = shown.name = shown.phone = shown.address = shown.said = ""
