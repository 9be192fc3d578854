"""Where is this person signed in, and which programs hold keys?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.api_keys import revoke_key
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed, end_all_sessions, end_own_session
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui.account_view import AccountView, account_view
from orderhub.ui.gate import needs, signed
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Change, Telling


class Account(Telling, rx.State):
    view: AccountView = AccountView()
    is_loaded: bool = False

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    async def enter(self) -> None:
        await self._tell_refused_form()
        await self._read()

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    async def end_login(self, login_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            end_own_session(session, user.user_id, number_of(login_id), now=utc_now())

        await self._change(Permission.OWN_ACCOUNT, change)

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    async def end_others(self) -> None:
        await self._change(Permission.OWN_ACCOUNT, _end_others)

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def revoke(self, key_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            revoke_key(session, number_of(key_id), by=user.name, now=utc_now())

        await self._change(Permission.USER_ADMIN, change)

    async def _change(self, permission: Permission, change: Change) -> None:
        if await self._try(permission, change, done="ended"):
            await self._read()

    async def _read(self) -> None:
        self.view, self.is_loaded = await off_loop(_view, await signed(self)), True


def _end_others(session: Session, user: Signed) -> None:
    end_all_sessions(session, user.user_id, now=utc_now(), reason="ended_by_owner", except_mark=user.session_mark)


def _view(user: Signed) -> AccountView:
    with reading() as session:
        return account_view(session, user, utc_now())
