"""What is the ladder of escalation, and who sets another?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.escalation import MOST_STEPS, Step, Told, ladder, set_ladder
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.gate import needs
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling

_CHANGE = Permission.ESCALATION_CHANGE


class Ladder(Telling, rx.State):
    """``shares`` and ``told`` line by line, empty where there is no step."""

    shares: list[str] = [""] * MOST_STEPS
    told: list[str] = [""] * MOST_STEPS
    mark: str = ""

    @rx.event
    @needs(_CHANGE)
    async def enter(self) -> None:
        self.said = ""
        await self._read()

    @rx.event
    @needs(_CHANGE)
    async def save(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            set_ladder(session, _steps(form), by=user.name, now=utc_now())

        if await self._try(_CHANGE, change, done="ladder_saved"):
            await self._read()

    async def _read(self) -> None:
        steps = await off_loop(_standing)
        missing = [""] * (MOST_STEPS - len(steps))
        self.shares = [str(step.after_percent) for step in steps] + missing
        self.told = [str(step.told) for step in steps] + missing
        self.mark = " ".join(self.shares + self.told)


def _standing() -> tuple[Step, ...]:
    with reading() as session:
        return ladder(session)


def _steps(form: dict[str, str]) -> list[Step]:
    steps = []
    for line in range(MOST_STEPS):
        share, told = form.get(f"share{line}", "").strip(), form.get(f"told{line}", "")
        if not share:
            continue
        if not (share.isascii() and share.isdigit()) or len(share) > 4 or told not in list(Told):
            raise BadInput("after_percent: is a whole number", field="after_percent", problem="ladder_share")
        steps.append(Step(int(share), Told(told)))
    return steps
