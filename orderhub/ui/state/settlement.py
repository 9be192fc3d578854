"""Which days and differences does this tab look at, and what is done about them here?"""

from decimal import Decimal, InvalidOperation

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.settlement import StatementSource
from orderhub.domain.settlement_book import Delivery, take
from orderhub.domain.settlement_upkeep import close_day, resolve_difference, set_rate
from orderhub.intake.statements import uploads
from orderhub.intake.statements.reading import read_statement
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.ui.gate import needs
from orderhub.ui.import_view import ShopChoice, shop_choices
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.settlement_forms import refusal_words
from orderhub.ui.settlement_view import (
    PreviewView,
    SettlementQuery,
    SettlementView,
    preview_view,
    query_of,
    settlement_view,
)
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.words import tr

_GAP_SECONDS = 1.0


class Settlement(Shown, Telling, rx.State):
    """``resolving`` is the difference whose reason is being asked for, ``preview`` the upload the address names."""

    view: SettlementView = SettlementView()
    preview: PreviewView = PreviewView()
    shops: list[ShopChoice] = []
    resolving: str = ""

    @rx.event
    @needs(Permission.SETTLEMENT_READ)
    async def enter(self) -> None:
        self.said = ""
        await self._tell_refused_form()
        mark = self.router.url.query_parameters.get("file", "")[:64]
        self.preview = await off_loop(load_preview, mark, await self._lang()) if mark else PreviewView()
        await self._read()

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    def ask(self, difference_id: str) -> None:
        self.resolving = "" if self.resolving == difference_id else difference_id

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def resolve(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            difference_id, reason = number_of(form.get("id", "")), form.get("reason", "")
            resolve_difference(session, difference_id, reason=reason, by=user.name, now=utc_now())

        if await self._try(Permission.SETTLEMENT_CHANGE, change, done="settlement_resolved"):
            self.resolving = ""
            await self._read()

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def close(self, statement_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            close_day(session, number_of(statement_id), by=user.name, now=utc_now())

        if await self._try(Permission.SETTLEMENT_CHANGE, change, done="settlement_closed_done"):
            await self._read()

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def set_rate(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            source, rate = _rate(form)
            set_rate(session, source, rate, by=user.name, now=utc_now())

        if await self._try(Permission.SETTLEMENT_CHANGE, change, done="settlement_rate_set"):
            await self._read()

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def take(self) -> None:
        """Read the upload once more and take it; it is forgotten then."""
        mark, lang = self.preview.mark, await self._lang()
        try:
            delivery = await off_loop(read_upload, mark)  # beforehand: no transaction waits for a file
        except RuleBroken as error:
            self.said, self.is_refusal = refusal_words(lang, error), True
            return

        def change(session: Session, user: Signed) -> str:
            taken = take(session, delivery, by=user.name, now=utc_now())
            return tr(lang, "settlement_taken_n", lines=taken.lines, opened=taken.opened)

        if await self._try(Permission.SETTLEMENT_CHANGE, change, done="settlement_taken"):
            await self._forget(mark)

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def give_up(self) -> None:
        await self._forget(self.preview.mark)
        self.said, self.is_refusal = tr(await self._lang(), "settlement_given_up"), False

    async def _forget(self, mark: str) -> None:
        await off_loop(forget_upload, mark)
        self.preview = PreviewView()
        await self._read()

    async def _read(self) -> None:
        query = query_of(self.router.url.query_parameters)
        await self._follow("settlement", settlement_scene(query))


def settlement_scene(query: SettlementQuery) -> Scene:
    def load() -> Vars:
        return load_settlement(query)

    state = Settlement.get_full_name()
    return Scene(f"settlement {query}", state, Permission.SETTLEMENT_READ, load, gap_seconds=_GAP_SECONDS)


def load_settlement(query: SettlementQuery) -> Vars:
    with reading() as session:
        return {"view": settlement_view(session, query, utc_now()), "shops": shop_choices(session)}


def load_preview(mark: str, lang: str) -> PreviewView:
    """Says why where it cannot be read or taken."""
    try:
        upload = uploads.upload_marked(mark)
    except RuleBroken:
        return PreviewView(mark=mark, problem=tr(lang, "settlement_gone"))
    try:
        return preview_view(mark, *uploads.preview(upload))
    except RuleBroken as error:
        return PreviewView(mark=mark, name=upload.name, problem=refusal_words(lang, error))


def read_upload(mark: str) -> Delivery:
    upload = uploads.upload_marked(mark)
    return read_statement(upload.path, upload.name, shop=upload.shop)


def forget_upload(mark: str) -> None:
    try:
        uploads.forget(uploads.upload_marked(mark))
    except RuleBroken:
        return


def _rate(form: dict[str, str]) -> tuple[StatementSource, int | None]:
    source, percent = form.get("source", ""), form.get("percent", "").strip().removesuffix("%")
    if source not in list(StatementSource):
        raise BadInput("source: choose one", field="source", problem="statement_unknown")
    if not percent:
        return StatementSource(source), None
    try:
        return StatementSource(source), int(Decimal(percent) * 10_000)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise BadInput("rate: no percentage", field="percent", problem="fee_rate") from error
