"""Which file is being imported, how far is it, and what is done about it here?"""

from typing import Any

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.intake.files import imports
from orderhub.intake.files.imports import ImportState, import_marked
from orderhub.intake.files.running import carry_on_beside
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.ui.gate import needs
from orderhub.ui.import_view import (
    ImportView,
    ShopChoice,
    import_view,
    mapping_of,
    missing_text,
    recent_views,
    shop_choices,
)
from orderhub.ui.off_loop import off_loop
from orderhub.ui.refusals import refusal_text
from orderhub.ui.state.telling import Telling
from orderhub.ui.state.watching import Watching
from orderhub.ui.words import tr

_LOOK_SECONDS = 0.5


class Importing(Telling, Watching, rx.State):
    """``view`` is the import that the address names."""

    view: ImportView = ImportView()
    recent: list[ImportView] = []
    shops: list[ShopChoice] = []
    is_loaded: bool = False

    @rx.event
    @needs(Permission.ORDER_IMPORT)
    async def enter(self) -> Any:
        self.said = ""
        await self._tell_refused_form()
        mark = self.router.url.query_parameters.get("id", "")[:64]
        self.view, self.recent, self.shops = await off_loop(_load, mark, await self._lang())
        self.is_loaded = True
        if mark and not self.view.mark:
            self.said, self.is_refusal = tr(await self._lang(), "import_gone"), True
        return Importing.watch if self.view.is_moving else None

    @rx.event(background=True)
    @needs(Permission.ORDER_IMPORT, by_itself=True)
    async def watch(self) -> None:
        """Show how far it is until it stands still; who leaves the page ends it."""
        await self._watch(Permission.ORDER_IMPORT, self._looked_again, seconds=_LOOK_SECONDS)

    async def _looked_again(self) -> bool:
        self.view, self.recent, _ = await off_loop(_load, self.view.mark, await self._lang())
        return self.view.is_moving and self.router.url.path.startswith("/import")

    @rx.event
    @needs(Permission.ORDER_IMPORT)
    async def take(self) -> Any:
        return await self._go(ImportState.TAKING)

    @rx.event
    @needs(Permission.ORDER_IMPORT)
    async def again(self) -> Any:
        return await self._go(ImportState.READING)

    @rx.event
    @needs(Permission.ORDER_IMPORT)
    async def cancel(self) -> None:
        mark = self.view.mark

        def change(session: Session, user: Signed) -> None:
            imports.cancel(session, mark, now=utc_now())

        await self._try(Permission.ORDER_IMPORT, change, done="import_cancelled")
        await self._read()

    @rx.event
    @needs(Permission.ORDER_IMPORT)
    async def map(self, form: dict[str, str]) -> Any:
        """Remember what the columns are, then read the file with it."""
        lang, mark = await self._lang(), self.view.mark
        try:
            mapping = mapping_of(self.view.columns, form)
        except BadInput as error:
            self.said, self.is_refusal = refusal_text(lang, error), True
            return None
        if missing := missing_text(mapping, lang):
            self.said, self.is_refusal = tr(lang, "import_map_missing", fields=missing), True
            return None

        def change(session: Session, user: Signed) -> None:
            found = import_marked(session, mark)
            imports.remember(session, found, mapping, by=user.name, now=utc_now())

        if not await self._try(Permission.ORDER_IMPORT, change, done="import_mapped"):
            return None
        return await self._go(ImportState.READING, done="import_mapped")

    async def _go(self, state: ImportState, *, done: str = "import_started") -> Any:
        mark = self.view.mark

        def change(session: Session, user: Signed) -> None:
            imports.start(session, mark, state, now=utc_now())

        if await self._try(Permission.ORDER_IMPORT, change, done=done):
            carry_on_beside(mark, state)
        await self._read()
        return Importing.watch if self.view.is_moving else None

    async def _read(self) -> None:
        self.view, self.recent, self.shops = await off_loop(_load, self.view.mark, await self._lang())


def _load(mark: str, lang: str) -> tuple[ImportView, list[ImportView], list[ShopChoice]]:
    now = utc_now()
    with reading() as session:
        try:
            view = import_view(session, import_marked(session, mark), lang, now) if mark else ImportView()
        except (NotFound, RuleBroken):
            view = ImportView()
        return view, recent_views(session, lang, now), shop_choices(session)
