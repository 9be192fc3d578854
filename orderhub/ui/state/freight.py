"""Which charges and claims does this tab look at, and what is done about them here?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.freight import Tolerance
from orderhub.domain.freight_bill import Bill, check_again, set_terms, take, weigh
from orderhub.domain.freight_claim import ClaimStatus, answer, claim, claim_all, credit
from orderhub.domain.words import Carrier
from orderhub.insights.freight import line_rows
from orderhub.intake.statements import uploads
from orderhub.intake.statements.freight import checked_bill, read_bill
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.money import parse_yuan
from orderhub.kernel.sight import looking
from orderhub.ui.freight_forms import refusal_words, row_words
from orderhub.ui.freight_view import BillView, FreightQuery, FreightView, bill_view, freight_view, query_of
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.words import tr

_GAP_SECONDS = 2.0


class Freight(Shown, Telling, rx.State):
    """``asking`` is the form that is open, as ``claim 12``; ``preview`` the upload the address names."""

    view: FreightView = FreightView()
    preview: BillView = BillView()
    asking: str = ""

    @rx.event
    @needs(Permission.SETTLEMENT_READ)
    async def enter(self) -> None:
        self.said = self.asking = ""
        await self._tell_refused_form()
        mark = self.router.url.query_parameters.get("file", "")[:64]
        self.preview = await off_loop(load_bill, mark, await self._lang()) if mark else BillView()
        await self._read()

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    def ask(self, what: str, about: str) -> None:
        wanted = f"{what} {about}"
        self.asking = "" if self.asking == wanted else wanted

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def claim(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            line_id, fen = number_of(form.get("id", "")), _fen(form)
            claim(session, line_id, amount_fen=fen, note=form.get("note", ""), by=user.name, now=utc_now())

        await self._done(change, "freight_claim_made")

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def claim_page(self) -> None:
        """What the page shows, looked up again: a tab's own list proves nothing."""
        query = query_of(self.router.url.query_parameters)

        def change(session: Session, user: Signed) -> int:
            with looking(session):
                rows, _ = line_rows(session, query.lines)
            return claim_all(session, [row.line.id for row in rows], by=user.name, now=utc_now())

        await self._done(change, "freight_claims_made")

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def accept(self, form: dict[str, str]) -> None:
        await self._answer(form, ClaimStatus.ACCEPTED)

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def refuse(self, form: dict[str, str]) -> None:
        await self._answer(form, ClaimStatus.REFUSED)

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def credit(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            credit(session, number_of(form.get("id", "")), note=form.get("note", ""), by=user.name, now=utc_now())

        await self._done(change, "freight_credit_made")

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def check_again(self) -> None:
        """Of the carrier that is shown, or of every one."""
        chosen = query_of(self.router.url.query_parameters).lines.carrier

        def change(session: Session, user: Signed) -> int:
            wanted = [chosen] if chosen else list(Carrier)
            return sum(check_again(session, one, by=user.name, now=utc_now()) for one in wanted)

        await self._done(change, "freight_checked")

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def set_terms(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            set_terms(session, _carrier(form), _tolerance(form), by=user.name, now=utc_now())

        await self._done(change, "freight_terms_set")

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def take(self) -> None:
        """Read the upload once more and take it; it is forgotten then."""
        mark, lang = self.preview.mark, await self._lang()
        try:
            bill = await off_loop(read_upload, mark)  # beforehand: no transaction waits for a file
        except RuleBroken as error:
            self.said, self.is_refusal = refusal_words(lang, error), True
            return

        def change(session: Session, user: Signed) -> str:
            return f"{take(session, bill, by=user.name, now=utc_now()).lines:,}"

        if await self._try(Permission.SETTLEMENT_CHANGE, change, done="freight_taken"):
            await self._forget(mark)

    @rx.event
    @needs(Permission.SETTLEMENT_CHANGE)
    async def give_up(self) -> None:
        await self._forget(self.preview.mark)
        self.said, self.is_refusal = tr(await self._lang(), "settlement_given_up"), False

    async def _answer(self, form: dict[str, str], status: ClaimStatus) -> None:
        def change(session: Session, user: Signed) -> None:
            claim_id, note = number_of(form.get("id", "")), form.get("note", "")
            answer(session, claim_id, status, accepted_fen=_fen(form), note=note, by=user.name, now=utc_now())

        await self._done(change, "freight_answered")

    async def _done(self, change, done: str) -> None:
        if await self._try(Permission.SETTLEMENT_CHANGE, change, done=done):
            self.asking = ""
            await self._read()

    async def _forget(self, mark: str) -> None:
        await off_loop(forget_upload, mark)
        self.preview = BillView()
        await self._read()

    async def _read(self) -> None:
        query = query_of(self.router.url.query_parameters)
        await self._follow("freight", freight_scene(query))


def freight_scene(query: FreightQuery) -> Scene:
    def load() -> Vars:
        return load_freight(query)

    state = Freight.get_full_name()
    return Scene(f"freight {query}", state, Permission.SETTLEMENT_READ, load, gap_seconds=_GAP_SECONDS)


def load_freight(query: FreightQuery) -> Vars:
    with reading() as session:
        return {"view": freight_view(session, query, utc_now())}


def load_bill(mark: str, lang: str) -> BillView:
    """Says why where it cannot be read, and which rows."""
    try:
        upload = uploads.upload_marked(mark)
    except RuleBroken:
        return BillView(mark=mark, problem=tr(lang, "settlement_gone"))
    try:
        read = read_bill(upload.path, upload.name, carrier=upload.shop)
    except RuleBroken as error:
        return BillView(mark=mark, name=upload.name, problem=refusal_words(lang, error))
    with reading() as session:
        view = bill_view(mark, read, weigh(session, read.bill))
    if read.problems:
        view.problem = tr(lang, "freight_rows_wrong", n=len(read.problems))
        view.rows = [row_words(lang, wrong) for wrong in read.problems]
    return view


def read_upload(mark: str) -> Bill:
    upload = uploads.upload_marked(mark)
    return checked_bill(upload.path, upload.name, carrier=upload.shop)


def forget_upload(mark: str) -> None:
    try:
        uploads.forget(uploads.upload_marked(mark))
    except RuleBroken:
        return


def _fen(form: dict[str, str]) -> int | None:
    said = form.get("amount", "").strip()
    return parse_yuan(said, field="amount") if said else None


def _carrier(form: dict[str, str]) -> Carrier:
    said = form.get("carrier", "")
    if said not in list(Carrier):
        raise BadInput("carrier: choose one", field="carrier", problem="freight_no_carrier")
    return Carrier(said)


def _tolerance(form: dict[str, str]) -> Tolerance:
    grams, percent = form.get("grams", "").strip(), form.get("percent", "").strip()
    if not (grams.isascii() and grams.isdigit() and percent.isascii() and percent.isdigit()):
        raise BadInput("tolerance: no whole numbers", field="tolerance", problem="freight_tolerance")
    return Tolerance(int(grams[:9]), int(percent[:9]))
