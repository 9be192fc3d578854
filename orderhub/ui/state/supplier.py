"""Which suppliers does this tab look at, and what is done about them and their files here?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.scorecard_terms import ScorecardTerms, set_scorecard_terms
from orderhub.domain.supplier import SupplierDraft, put_supplier
from orderhub.domain.supply_drafts import SupplyFile
from orderhub.insights.scorecard import Part
from orderhub.intake.statements import uploads
from orderhub.intake.supplies.reading import checked_supplies, read_supplies
from orderhub.intake.supplies.taking import take, weigh
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.ui.gate import needs
from orderhub.ui.live import Vars
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.supplier_forms import refusal_words, row_words
from orderhub.ui.supplier_view import (
    SupplierQuery,
    SuppliersView,
    SupplyFileView,
    file_view,
    query_of,
    suppliers_view,
)
from orderhub.ui.words import tr

Form = dict[str, str]


class Suppliers(Shown, Telling, rx.State):
    """``preview`` is the upload the address names."""

    view: SuppliersView = SuppliersView()
    preview: SupplyFileView = SupplyFileView()

    @rx.event
    @needs(Permission.SUPPLIER_READ)
    async def enter(self) -> None:
        self.said = ""
        await self._tell_refused_form()
        mark = self.router.url.query_parameters.get("file", "")[:64]
        self.preview = await off_loop(load_file, mark, await self._lang()) if mark else SupplyFileView()
        await self._read()

    @rx.event
    @needs(Permission.SUPPLIER_CHANGE)
    async def put(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            put_supplier(session, draft_of(form), by=user.name, now=utc_now())

        if await self._try(Permission.SUPPLIER_CHANGE, change, done="supplier_saved"):
            await self._read()

    @rx.event
    @needs(Permission.SUPPLIER_CHANGE)
    async def set_terms(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            set_scorecard_terms(session, terms_of(form), by=user.name, now=utc_now())

        if await self._try(Permission.SUPPLIER_CHANGE, change, done="supplier_weights_saved"):
            await self._read()

    @rx.event
    @needs(Permission.PURCHASE_CHANGE)
    async def take_past(self) -> None:
        """As history: no stock is moved."""
        await self._take(Permission.PURCHASE_CHANGE, is_history=True)

    @rx.event
    @needs(Permission.PURCHASE_APPROVE)
    async def take(self) -> None:
        """Orders that were placed elsewhere, and what has come of them goes to the shelf."""
        await self._take(Permission.PURCHASE_APPROVE, is_history=False)

    @rx.event
    @needs(Permission.PURCHASE_CHANGE)
    async def give_up(self) -> None:
        await self._forget(self.preview.mark)
        self.said, self.is_refusal = tr(await self._lang(), "settlement_given_up"), False

    async def _take(self, permission: Permission, *, is_history: bool) -> None:
        mark, lang = self.preview.mark, await self._lang()
        try:
            file = await off_loop(read_upload, mark)  # beforehand: no transaction waits for a file
        except RuleBroken as error:
            self.said, self.is_refusal = refusal_words(lang, error), True
            return

        def change(session: Session, user: Signed) -> str:
            taken = take(session, file, is_history=is_history, by=user.name, now=utc_now())
            return tr(lang, "supplier_taken_n", **vars(taken))

        if await self._try(permission, change, done="supplier_taken"):
            await self._forget(mark)

    async def _forget(self, mark: str) -> None:
        await off_loop(forget_upload, mark)
        self.preview = SupplyFileView()
        await self._read()

    async def _read(self) -> None:
        query = query_of(self.router.url.query_parameters, utc_now())
        await self._fill(lambda: load_suppliers(query))


def load_suppliers(query: SupplierQuery) -> Vars:
    with reading() as session:
        return {"view": suppliers_view(session, query, utc_now())}


def load_file(mark: str, lang: str) -> SupplyFileView:
    """Says why where it cannot be read, and which rows."""
    try:
        upload = uploads.upload_marked(mark)
    except RuleBroken:
        return SupplyFileView(mark=mark, problem=tr(lang, "settlement_gone"))
    try:
        read = read_supplies(upload.path, upload.name)
    except RuleBroken as error:
        return SupplyFileView(mark=mark, name=upload.name, problem=refusal_words(lang, error))
    with reading() as session:
        view = file_view(mark, read, weigh(session, read.file))
    if read.problems:
        view.problem = tr(lang, "supplier_rows_wrong", n=len(read.problems))
        view.rows = [row_words(lang, wrong) for wrong in read.problems]
    return view


def read_upload(mark: str) -> SupplyFile:
    upload = uploads.upload_marked(mark)
    return checked_supplies(upload.path, upload.name)


def forget_upload(mark: str) -> None:
    try:
        uploads.forget(uploads.upload_marked(mark))
    except RuleBroken:
        return


def draft_of(form: Form) -> SupplierDraft:
    """An empty contact leaves what is kept as it is."""
    return SupplierDraft(
        code=form.get("code", ""),
        name=form.get("name", "").strip() or None,
        contact=form.get("contact", "").strip() or None,
        lead_days=whole(form, "lead_days", problem="supply_lead") if form.get("lead_days", "").strip() else None,
        currency=form.get("currency", "").strip() or None,
        note=form.get("note", "").strip() or None,
        is_active=form.get("active") != "no" if "active" in form else None,
    )


def terms_of(form: Form) -> ScorecardTerms:
    weights = {f"{part}_weight": whole(form, f"weight_{part}", problem="scorecard_weights") for part in Part}
    limits = {f"{part}_limit": _permille(form, f"limit_{part}") for part in Part if part is not Part.ON_TIME}
    return ScorecardTerms.model_validate(weights | limits)


def whole(form: Form, name: str, *, problem: str) -> int:
    """Raises: BadInput: it is no whole number."""
    said = form.get(name, "").strip()
    if not said.isascii() or not said.isdigit() or len(said) > 9:
        raise BadInput(f"{name}: no whole number", field=name, problem=problem)
    return int(said)


def _permille(form: Form, name: str) -> int:
    """``2.5`` percent are 25."""
    whole_part, _, rest = form.get(name, "").strip().partition(".")
    if not whole_part.isascii() or not whole_part.isdigit() or len(whole_part) > 3 or len(rest) > 1:
        raise BadInput(f"{name}: no percentage", field=name, problem="scorecard_limits")
    return int(whole_part) * 10 + (int(rest) if rest.isascii() and rest.isdigit() else 0)
