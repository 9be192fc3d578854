"""Which roles must have a second factor, and how does an administrator change that?"""

from dataclasses import dataclass

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.totp_rule import change_rule, is_required
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.settings import settings
from orderhub.ui.gate import needs
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling


@dataclass
class RuleView:
    role: str
    is_required: bool


class TotpRules(Telling, rx.State):
    """``is_off``: whoever installed the hub has turned the second factor off for everybody."""

    rows: list[RuleView] = []
    is_off: bool = False

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def change(self, role: Role, required: bool) -> None:
        def change(session: Session, user: Signed) -> None:
            change_rule(session, role, required=required, by=user.name, now=utc_now())

        await self._try(Permission.USER_ADMIN, change)
        await self._read()

    async def _read(self) -> None:
        self.rows, self.is_off = await off_loop(_rows), not settings().totp_required


def _rows() -> list[RuleView]:
    with reading() as session:
        return [RuleView(str(role), is_required(session, role)) for role in Role]
