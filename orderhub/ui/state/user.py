"""Who works here, and what does an administrator change about them?"""

from collections.abc import Callable

import reflex as rx
from sqlmodel import Session

from orderhub.access import accounts
from orderhub.access.permissions import Permission, Role
from orderhub.access.sessions import Signed, end_all_sessions
from orderhub.access.users import User, user_of
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui.account_view import UserView, user_views
from orderhub.ui.gate import needs, signed
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling

Change = Callable[[Session, User, Signed], None]


class Users(Telling, rx.State):
    rows: list[UserView] = []
    is_loaded: bool = False

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def enter(self) -> None:
        await self._tell_refused_form()
        await self._read()

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def change_role(self, user_id: str, role: Role) -> None:
        def change(session: Session, user: User, by: Signed) -> None:
            accounts.change_role(session, user, role, by=by.name, now=utc_now())

        await self._change(user_id, change)

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def deactivate(self, user_id: str) -> None:
        await self._change(user_id, _deactivate)

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def reactivate(self, user_id: str) -> None:
        await self._change(user_id, _reactivate)

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def reset_totp(self, user_id: str) -> None:
        await self._change(user_id, _reset_totp)

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def end_logins(self, user_id: str) -> None:
        await self._change(user_id, _end_logins)

    async def _change(self, user_id: str, change: Change) -> None:
        def of_one(session: Session, by: Signed) -> None:
            change(session, user_of(session, number_of(user_id)), by)

        await self._try(Permission.USER_ADMIN, of_one)
        await self._read()

    async def _read(self) -> None:
        self.rows, self.is_loaded = await off_loop(_rows, await signed(self)), True


def _deactivate(session: Session, user: User, by: Signed) -> None:
    accounts.deactivate(session, user, by=by.name, now=utc_now())


def _reactivate(session: Session, user: User, by: Signed) -> None:
    accounts.reactivate(session, user, by=by.name, now=utc_now())


def _reset_totp(session: Session, user: User, by: Signed) -> None:
    accounts.reset_totp(session, user, by=by.name, now=utc_now())


def _end_logins(session: Session, user: User, by: Signed) -> None:
    end_all_sessions(session, user.id, now=utc_now(), reason="ended_by_admin", except_mark=by.session_mark)


def _rows(me: Signed) -> list[UserView]:
    with reading() as session:
        return user_views(session, me)
