"""What do the desk and the list of tasks have in common? Rows chosen, and one sheet that asks for words."""

from collections.abc import Callable

import reflex as rx
from sqlmodel import Session

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission, Role
from orderhub.access.sessions import Signed
from orderhub.domain.desk import MOST_AT_ONCE, Hand
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.ui.gate import needs, signed
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.receivers import Receiver
from orderhub.ui.refusals import outcome_text, refusal_text
from orderhub.ui.state.telling import Telling

ASKED = ("hand_over", "end", "reopen")
_LEADS = (Role.ADMIN, Role.MANAGER)

Form = dict[str, str]
Step = Callable[[Session, int, Hand], object]


class Desk(Telling, rx.State, mixin=True):
    """``asking`` is what the sheet asks for, of the open row or (``is_bulk``) of all ``selected``; ``problems`` says
    of each row that was refused why."""

    selected: list[str] = []
    problems: dict[str, str] = {}
    asking: str = ""
    is_bulk: bool = False
    to_role: str = ""
    receivers: list[Receiver] = []

    @rx.event
    @needs(Permission.WORKBENCH_READ)
    def toggle(self, row_id: str) -> None:
        others = [one for one in self.selected if one != row_id]
        self.selected = others if row_id in self.selected else [*others, row_id][-MOST_AT_ONCE:]

    @rx.event
    @needs(Permission.WORKBENCH_READ)
    def clear(self) -> None:
        self.selected, self.problems, self.asking = [], {}, ""

    @rx.event
    @needs(Permission.WORKBENCH_READ)
    def ask(self, what: str, is_bulk: bool) -> None:
        self.asking, self.is_bulk = what if what in ASKED else "", is_bulk

    @rx.event
    @needs(Permission.WORKBENCH_READ)
    def choose_role(self, role: str) -> None:
        self.to_role = role if role in list(Role) else ""

    async def _change(self, permission: Permission, step: Step, form: Form, *, done: str) -> bool:
        """The row named in ``form``, or each that is selected; a sheet that is refused stays open."""
        if not self.is_bulk:
            is_done = await self._change_one(permission, step, form.get("id", ""), done=done)
        else:
            is_done = await self._change_many(permission, step)
        if is_done:
            self.asking = ""
        return is_done

    async def _change_one(self, permission: Permission, step: Step, row_id: str, *, done: str) -> bool:
        def change(session: Session, user: Signed) -> None:
            step(session, number_of(row_id), hand_of(user))

        return await self._try(permission, change, done=done)

    async def _change_many(self, permission: Permission, step: Step) -> bool:
        """What was refused stays selected, each with its reason."""
        lang, ids = await self._lang(), list(self.selected)
        try:
            refused = await off_loop(change_each, await signed(self), permission, ids, step)
        except RuleBroken as error:
            self.said, self.is_refusal = refusal_text(lang, error), True
            return False
        self.said = outcome_text(lang, len(ids) - len(refused), list(refused.values()))
        self.is_refusal = bool(refused)
        self.selected = list(refused)
        self.problems = {row_id: refusal_text(lang, error) for row_id, error in refused.items()}
        return True


def hand_of(user: Signed) -> Hand:
    return Hand(user.name, str(user.role), user.role in _LEADS)


def reason_of(form: Form) -> str:
    """A reason that was chosen, then the words that were written."""
    return " ".join(filter(None, (form.get("quick", "").strip(), form.get("reason", "").strip())))


def change_each(user: Signed, permission: Permission, ids: list[str], step: Step) -> dict[str, RuleBroken]:
    """Each in a transaction of its own, so that none is half done; returns what was refused, by id.

    Raises:
        BadInput: none, or too many at once.
    """
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise BadInput(f"1 to {MOST_AT_ONCE} at once", field="ids", problem="desk_many")
    refused: dict[str, RuleBroken] = {}
    for row_id in sorted(set(ids), key=number_of):
        try:
            with acting(user, permission) as session:
                step(session, number_of(row_id), hand_of(user))
        except RuleBroken as error:
            refused[row_id] = error
    return refused
