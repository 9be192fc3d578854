"""What came of what a person asked for? Done as them, and said beside it in their language."""

from collections.abc import Callable

import reflex as rx
from sqlmodel import Session

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.kernel.errors import ProofNeeded, RuleBroken
from orderhub.ui.gate import needs, signed
from orderhub.ui.off_loop import off_loop
from orderhub.ui.prove import PROVED
from orderhub.ui.refusals import problem_text, refusal_text
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.state.proof import ask_proof
from orderhub.ui.words import tr

Change = Callable[[Session, Signed], object]


class Telling(rx.State, mixin=True):
    said: str = ""
    is_refusal: bool = False

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    def dismiss(self) -> None:
        self.said = ""

    async def _try(self, permission: Permission, change: Change, *, done: str = "saved") -> bool:
        """Make ``change`` as whoever asks; ``done`` is said with what it returns as ``n``, a refusal by its reason.

        Where a fresh second factor comes first a dialog asks for it, and the event is repeated then.
        """
        lang = await self._lang()
        try:
            result = await off_loop(_made, await signed(self), permission, change)
        except ProofNeeded:
            await ask_proof(self)
            return False
        except RuleBroken as error:
            self.said, self.is_refusal = refusal_text(lang, error), True
            return False
        self.said, self.is_refusal = tr(lang, done, n=result), False
        return True

    async def _tell_refused_form(self) -> None:
        """A native form that is refused leads back to its page with the problem as ``said`` in the address."""
        problem = self.router.url.query_parameters.get("said", "")
        if problem == PROVED:
            self.said, self.is_refusal = tr(await self._lang(), "proof_form_again"), False
        elif text := problem_text(await self._lang(), problem):
            self.said, self.is_refusal = text, True

    async def _lang(self) -> str:
        return (await self.get_state(Preferences)).lang


def _made(user: Signed, permission: Permission, change: Change) -> object:
    with acting(user, permission) as session:
        return change(session, user)
