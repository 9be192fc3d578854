"""Has this person's account been used from a place they have not said to know?"""

from dataclasses import dataclass

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed, end_own_session, know_place, new_places
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui.board_rows import exact
from orderhub.ui.gate import needs, signed
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling

_MOST = 3


@dataclass
class PlaceView:
    id: str
    address: str
    device: str
    at: str


class Places(Telling, rx.State):
    rows: list[PlaceView] = []

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    async def know(self, login_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            know_place(session, user.user_id, number_of(login_id))

        if await self._try(Permission.OWN_ACCOUNT, change):
            self.said = ""
            await show_places(self)

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    async def end(self, login_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            end_own_session(session, user.user_id, number_of(login_id), now=utc_now())
            know_place(session, user.user_id, number_of(login_id))

        await self._try(Permission.OWN_ACCOUNT, change, done="place_ended")
        await show_places(self)


async def show_places(state: rx.State) -> None:
    """As a page is entered; no method of the state, for those are anybody's to call."""
    places = await state.get_state(Places)
    places.rows = await off_loop(_rows, await signed(state))


def _rows(user: Signed) -> list[PlaceView]:
    with reading() as session:
        found = new_places(session, user.user_id, utc_now(), except_mark=user.session_mark)[:_MOST]
        return [PlaceView(str(one.id), one.address, one.device[:60], exact(one.created_at)) for one in found]
