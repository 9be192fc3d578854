"""What is this person told, and what have they read?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.staff_notice import Reader, mark_all_read, mark_read
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui import live
from orderhub.ui.bell_view import BellView, bell_view
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling

_GAP_SECONDS = 1.0
# All notices to staff are noted about this one subject (domain/staff_notice.py).
_ABOUT = ("staff", 0)


class Bell(Telling, rx.State):
    view: BellView = BellView()

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    async def read(self, notice_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            mark_read(session, _reader(user), number_of(notice_id), utc_now())

        await self._try(Permission.OWN_ACCOUNT, change)
        await self._look()

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    async def read_all(self) -> None:
        def change(session: Session, user: Signed) -> None:
            mark_all_read(session, _reader(user), utc_now())

        await self._try(Permission.OWN_ACCOUNT, change)
        await self._look()

    async def _look(self) -> None:
        self.view = (await off_loop(load_bell, (await signed(self)).user_id))["view"]


async def show_bell(frame: rx.State) -> None:
    """As the frame is entered, on every page; no method of the state, for those are anybody's to call."""
    bell, seen, user = await frame.get_state(Bell), live.revision(), await signed(frame)
    bell.view = (await off_loop(load_bell, user.user_id))["view"]
    await live.show(bell, "bell", bell_scene(user.user_id), seen=seen)


def bell_scene(user_id: int) -> Scene:
    def load() -> Vars:
        return load_bell(user_id)

    state = Bell.get_full_name()
    return Scene(f"bell {user_id}", state, Permission.OWN_ACCOUNT, load, gap_seconds=_GAP_SECONDS, about=_ABOUT)


def load_bell(user_id: int) -> Vars:
    with reading() as session:
        return {"view": bell_view(session, user_id)}


def _reader(user: Signed) -> Reader:
    return Reader(user.user_id, user.name, user.role)
