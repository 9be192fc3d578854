"""Who works here, and what does an administrator change about them?"""

from collections.abc import Callable

import reflex as rx
from sqlmodel import Session

from orderhub.access import accounts, giving
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed, end_all_sessions
from orderhub.access.users import User
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui.account_view import SightForm, UsersView, sight_form, users_view
from orderhub.ui.gate import needs, signed
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling

Change = Callable[[Session, User, Signed], None]


class Users(Telling, rx.State):
    """``form`` is that of the one user whose shops and warehouses are being changed."""

    view: UsersView = UsersView()
    form: SightForm = SightForm()
    is_loaded: bool = False

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def enter(self) -> None:
        await self._tell_refused_form()
        await self._read()

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def change_role(self, user_id: str, role: str) -> None:
        """``role`` is the code of a set."""

        def change(session: Session, user: User, by: Signed) -> None:
            giving.give_role(session, by, user, role, now=utc_now())

        await self._change(user_id, change)

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def open_sight(self, user_id: str) -> None:
        self.form, self.said = await off_loop(_sight_form, number_of(user_id)), ""

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def close_sight(self) -> None:
        self.form = SightForm()

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def save_sight(self, form: dict[str, str]) -> None:
        def change(session: Session, user: User, by: Signed) -> None:
            shops = None if form.get("shops") != "some" else {number_of(one) for one in _ticked(form, "shop-")}
            warehouses = None if form.get("warehouses") != "some" else set(_ticked(form, "warehouse-"))
            giving.give_sight(session, by, user, shops=shops, warehouses=warehouses, now=utc_now())

        if await self._change(form.get("id", ""), change):
            self.form = SightForm()

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

    async def _change(self, user_id: str, change: Change) -> bool:
        def of_one(session: Session, by: Signed) -> None:
            change(session, giving.within_reach(session, by, number_of(user_id)), by)

        is_done = await self._try(Permission.USER_ADMIN, of_one)
        await self._read()
        return is_done

    async def _read(self) -> None:
        self.view, self.is_loaded = await off_loop(_view, await signed(self)), True


def _deactivate(session: Session, user: User, by: Signed) -> None:
    accounts.deactivate(session, user, by=by.name, now=utc_now())


def _reactivate(session: Session, user: User, by: Signed) -> None:
    accounts.reactivate(session, user, by=by.name, now=utc_now())


def _reset_totp(session: Session, user: User, by: Signed) -> None:
    accounts.reset_totp(session, user, by=by.name, now=utc_now())


def _end_logins(session: Session, user: User, by: Signed) -> None:
    end_all_sessions(session, user.id, now=utc_now(), reason="ended_by_admin", except_mark=by.session_mark)


def _view(me: Signed) -> UsersView:
    with reading() as session:
        return users_view(session, me)


def _sight_form(user_id: int) -> SightForm:
    with reading() as session:
        found = session.get(User, user_id)
        return sight_form(session, found) if found else SightForm()


def _ticked(form: dict[str, str], kind: str) -> list[str]:
    return [name.removeprefix(kind) for name in form if name.startswith(kind)]
