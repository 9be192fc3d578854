"""Which role does this tab look at, and how is it changed? What would change is shown before it is saved."""

import reflex as rx
from sqlmodel import Session

from orderhub.access import role_editing
from orderhub.access.permissions import Permission
from orderhub.access.role_editing import holders
from orderhub.access.roles import role_set_of
from orderhub.access.sessions import Signed
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.gate import needs, signed
from orderhub.ui.off_loop import off_loop
from orderhub.ui.refusals import refusal_text
from orderhub.ui.role_view import (
    PATH,
    DiffView,
    RolePage,
    diff_view,
    role_page,
    typed_rights,
    words_of,
)
from orderhub.ui.state.telling import Change, Telling
from orderhub.ui.words import tr

_CHANGE = Permission.ROLE_CHANGE


class Roles(Telling, rx.State):
    """``turn`` counts what begins the form anew."""

    page: RolePage = RolePage()
    diff: DiffView = DiffView()
    turn: int = 0
    is_loaded: bool = False

    @rx.event
    @needs(_CHANGE)
    async def enter(self) -> None:
        await self._read(self.router.url.query_parameters.get("role", ""))

    @rx.event
    @needs(_CHANGE)
    async def submit(self, form: dict[str, str]) -> None:
        """What is ticked is shown as a difference; the same sent again is saved."""
        lang = await self._lang()
        try:
            rights = typed_rights(form)
            diff = await off_loop(_diff, lang, self.page.role.code, form)
        except BadInput as error:
            self.said, self.is_refusal = refusal_text(lang, error), True
            return
        if not diff.added and not diff.taken:
            self.diff, self.said, self.is_refusal = DiffView(), tr(lang, "role_no_change"), False
            return
        if self.diff.words != words_of(rights):
            self.diff, self.said = diff, ""
            return
        code, mark = self.page.role.code, self.page.role.mark

        def change(session: Session, user: Signed) -> None:
            role_editing.save_set(session, code, rights, mark=mark, by=user, now=utc_now())

        await self._change(change)

    @rx.event
    @needs(_CHANGE)
    async def discard(self) -> None:
        self.diff = DiffView()
        self.turn += 1

    @rx.event
    @needs(_CHANGE)
    async def copy_role(self, form: dict[str, str]) -> rx.event.EventSpec | None:
        source, made = self.page.role.code, []

        def change(session: Session, user: Signed) -> None:
            made.append(role_editing.copy_set(session, source, form.get("name", ""), by=user, now=utc_now()))

        if not await self._change(change, done="role_copied"):
            return None
        return rx.redirect(f"{PATH}?role={made[0]}")

    @rx.event
    @needs(_CHANGE)
    async def rename(self, form: dict[str, str]) -> None:
        code = self.page.role.code

        def change(session: Session, user: Signed) -> None:
            role_editing.rename_set(session, code, form.get("name", ""), by=user, now=utc_now())

        await self._change(change)

    @rx.event
    @needs(_CHANGE)
    async def reset_role(self) -> None:
        code, mark = self.page.role.code, self.page.role.mark

        def change(session: Session, user: Signed) -> None:
            role_editing.reset_set(session, code, mark=mark, by=user, now=utc_now())

        await self._change(change)

    @rx.event
    @needs(_CHANGE)
    async def remove(self) -> rx.event.EventSpec | None:
        code = self.page.role.code

        def change(session: Session, user: Signed) -> None:
            role_editing.remove_set(session, code, by=user, now=utc_now())

        return rx.redirect(PATH) if await self._change(change) else None

    async def _change(self, change: Change, *, done: str = "saved") -> bool:
        is_done = await self._try(_CHANGE, change, done=done)
        if is_done:
            await self._read(self.page.role.code)
        return is_done

    async def _read(self, code: str) -> None:
        self.page, self.is_loaded = await off_loop(_page, await signed(self), code), True
        self.diff = DiffView()
        self.turn += 1


def _page(me: Signed, code: str) -> RolePage:
    with reading() as session:
        return role_page(session, me, code)


def _diff(lang: str, code: str, form: dict[str, str]) -> DiffView:
    with reading() as session:
        people = [user for user in holders(session, code) if user.is_active]
        return diff_view(lang, role_set_of(session, code), typed_rights(form), len(people))
