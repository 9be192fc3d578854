"""Which warehouse's sheet does this tab look at, and what of it is ordered here?"""

import re

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.replenishment import ReplenishmentTerms, approve, keep_run, set_terms
from orderhub.domain.stock import Warehouse
from orderhub.insights.replenishment import Suggestion
from orderhub.insights.replenishment_sheet import lines_for, work_out
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotAllowed, NotFound
from orderhub.kernel.money import parse_yuan
from orderhub.kernel.sight import find, sight
from orderhub.ui.gate import needs
from orderhub.ui.live import Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.replenishment_view import ReplenishmentView, place_of, replenishment_view
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.supplier import whole
from orderhub.ui.state.telling import Telling

_PERCENT = re.compile(r"([0-9]{1,2})(?:\.([0-9]))?")

Form = dict[str, str]


class Replenishment(Shown, Telling, rx.State):
    """``picked`` are ids of lines; ``opened`` is the line whose reasons are shown."""

    view: ReplenishmentView = ReplenishmentView()
    picked: list[str] = []
    opened: str = ""

    @rx.event
    @needs(Permission.SUPPLIER_READ)
    async def enter(self) -> None:
        self.said = self.opened = ""
        self.picked = []
        await self._read()

    @rx.event
    @needs(Permission.SUPPLIER_READ)
    def open(self, line_id: str) -> None:
        self.opened = "" if self.opened == line_id else line_id

    @rx.event
    @needs(Permission.PURCHASE_CHANGE)
    def pick(self, line_id: str) -> None:
        rest = [one for one in self.picked if one != line_id]
        self.picked = rest if len(rest) < len(self.picked) else [*rest, line_id]

    @rx.event
    @needs(Permission.PURCHASE_CHANGE)
    def pick_all(self) -> None:
        """All that may still be ordered, or none where all are picked."""
        every = [one.id for one in self.view.lines if one.can]
        self.picked = [] if len(self.picked) == len(every) else every

    @rx.event
    @needs(Permission.PURCHASE_CHANGE)
    async def work_out(self, form: Form) -> None:
        """Keep the terms, then make a sheet: reckoned while others write, then written down."""
        warehouse_id = number_of(self.view.place)

        def change(session: Session, user: Signed) -> None:
            if sight().shops is not None:  # neither the forecast nor the sheet is for these eyes
                raise NotAllowed("a sheet is made of all shops' demand")
            set_terms(session, terms_of(form, warehouse_id), by=user.name, now=utc_now())

        if not await self._try(Permission.PURCHASE_CHANGE, change):
            return
        suggestions = await off_loop(suggested, warehouse_id)

        def keep(session: Session, user: Signed) -> int:
            warehouse = find(session, Warehouse, warehouse_id)
            if warehouse is None:
                raise NotFound("there is no such warehouse")
            lines = list(lines_for(suggestions, warehouse_id))
            terms = session.get_one(ReplenishmentTerms, warehouse_id)
            keep_run(session, warehouse, terms, lines, by=user.name, now=utc_now())
            return len(lines)

        if await self._try(Permission.PURCHASE_CHANGE, keep, done="replenish_worked_out"):
            self.picked, self.opened = [], ""
            await self._read()

    @rx.event
    @needs(Permission.PURCHASE_CHANGE)
    async def approve(self) -> None:
        """Purchase drafts of what is picked."""
        run_id, picked = number_of(self.view.run), [number_of(one) for one in self.picked]

        def change(session: Session, user: Signed) -> int:
            return len(approve(session, run_id, picked, by=user.name, now=utc_now()))

        if await self._try(Permission.PURCHASE_CHANGE, change, done="replenish_approved"):
            self.picked = []
        await self._read()

    async def _read(self) -> None:
        place = place_of(self.router.url.query_parameters)
        lang = await self._lang()
        await self._fill(lambda: load_replenishment(place, lang))


def load_replenishment(warehouse_id: int, lang: str) -> Vars:
    with reading() as session:
        return {"view": replenishment_view(session, warehouse_id, lang)}


def suggested(warehouse_id: int) -> list[Suggestion]:
    with reading() as session:
        warehouse, terms = session.get(Warehouse, warehouse_id), session.get(ReplenishmentTerms, warehouse_id)
        return work_out(session, warehouse, terms, utc_now()) if warehouse and terms else []


def terms_of(form: Form, warehouse_id: int) -> ReplenishmentTerms:
    """Raises: BadInput: a field cannot be read."""
    service = _PERCENT.fullmatch(form.get("service", "").strip())
    if not service:
        raise BadInput("service: no percentage", field="service", problem="replenish_service")
    budget = form.get("budget", "").strip()
    days = {
        name: whole(form, name, problem="replenish_days") for name in ("review_days", "lead_days", "lead_spread_days")
    }
    return ReplenishmentTerms(
        warehouse_id=warehouse_id,
        service_permille=int(service[1]) * 10 + int(service[2] or 0),
        budget_fen=parse_yuan(budget, field="budget") if budget else 0,
        **days,
    )
