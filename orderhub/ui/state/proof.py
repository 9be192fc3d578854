"""What waits in this tab until its user has shown a fresh second factor? One event, as it came."""

import reflex as rx
from reflex_base.event import Event

from orderhub.access.permissions import Permission
from orderhub.access.proof import factor_of
from orderhub.ui.gate import needs, running_event, signed
from orderhub.ui.off_loop import off_loop


class Proof(rx.State):
    """``asked_for`` is ``code`` or ``password``; empty while nothing waits."""

    asked_for: str = ""
    _name: str = ""
    _payload: dict = {}

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    async def repeat(self) -> Event | None:
        """After the proof, which the gate and ``acting`` look for anew."""
        waiting = Event(name=self._name, payload=dict(self._payload)) if self._name else None
        self._forget()
        return waiting

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    async def cancel(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.asked_for, self._name, self._payload = "", "", {}


async def ask_proof(state: rx.State) -> None:
    """Open the dialog and keep the event that is running; no method of the state, for those are anybody's to call.

    The gate has bounded what it carries.
    """
    proof, event = await state.get_state(Proof), running_event()
    if event is not None:
        proof._name, proof._payload = event.name, dict(event.payload)  # noqa: SLF001
    proof.asked_for = await off_loop(factor_of, await signed(state))
