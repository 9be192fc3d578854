"""Whose scorecard does this tab look at, and what is done about that supplier here?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.sku import sku_coded
from orderhub.domain.supplier import Supplier, end_supply, open_contact, put_supplier, set_supply
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import NotFound
from orderhub.kernel.money import parse_yuan
from orderhub.ui.gate import needs
from orderhub.ui.live import Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.supplier import draft_of, whole
from orderhub.ui.state.telling import Telling
from orderhub.ui.supplier_card_view import CardView, card_view
from orderhub.ui.supplier_view import SupplierQuery, query_of

Form = dict[str, str]


class SupplierCard(Shown, Telling, rx.State):
    """``contact`` is open in this tab alone, until it looks at something else."""

    view: CardView = CardView()
    contact: str = ""

    @rx.event
    @needs(Permission.SUPPLIER_READ)
    async def enter(self) -> None:
        self.said = self.contact = ""
        await self._read()

    @rx.event
    @needs(Permission.SUPPLIER_CHANGE)
    async def show_contact(self) -> None:
        shown: list[str] = []

        def change(session: Session, user: Signed) -> None:
            shown.append(open_contact(session, number_of(self.view.id), by=user.name, now=utc_now()))

        if await self._try(Permission.SUPPLIER_CHANGE, change, done="supplier_contact_shown"):
            self.contact = shown[0]

    @rx.event
    @needs(Permission.SUPPLIER_CHANGE)
    async def put(self, form: Form) -> None:
        code = self.view.code

        def change(session: Session, user: Signed) -> None:
            put_supplier(session, draft_of(form | {"code": code}), by=user.name, now=utc_now())

        await self._done(change, "supplier_saved")

    @rx.event
    @needs(Permission.SUPPLIER_CHANGE)
    async def put_supply(self, form: Form) -> None:
        supplier_id = number_of(self.view.id)

        def change(session: Session, user: Signed) -> None:
            price = form.get("price", "").strip()
            set_supply(
                session,
                _supplier(session, supplier_id),
                sku_coded(session, form.get("code", "")),
                pack_size=whole(form, "pack", problem="supply_pack") if form.get("pack", "").strip() else None,
                price_fen=parse_yuan(price, field="price") if price else None,
                is_preferred=True if form.get("preferred") else None,
                by=user.name,
                now=utc_now(),
            )

        await self._done(change, "supply_saved")

    @rx.event
    @needs(Permission.SUPPLIER_CHANGE)
    async def prefer(self, sku_code: str) -> None:
        supplier_id = number_of(self.view.id)

        def change(session: Session, user: Signed) -> None:
            supplier, sku = _supplier(session, supplier_id), sku_coded(session, sku_code)
            set_supply(session, supplier, sku, is_preferred=True, by=user.name, now=utc_now())

        await self._done(change, "supply_saved")

    @rx.event
    @needs(Permission.SUPPLIER_CHANGE)
    async def end_supply(self, sku_id: str) -> None:
        supplier_id = number_of(self.view.id)

        def change(session: Session, user: Signed) -> None:
            end_supply(session, supplier_id, number_of(sku_id), by=user.name, now=utc_now())

        await self._done(change, "supply_ended")

    async def _done(self, change, done: str) -> None:
        if await self._try(Permission.SUPPLIER_CHANGE, change, done=done):
            await self._read()

    async def _read(self) -> None:
        query = query_of(self.router.url.query_parameters, utc_now())
        await self._fill(lambda: load_card(query))


def load_card(query: SupplierQuery) -> Vars:
    with reading() as session:
        return {"view": card_view(session, query, utc_now())}


def _supplier(session: Session, supplier_id: int) -> Supplier:
    found = session.get(Supplier, supplier_id)
    if found is None:
        raise NotFound("there is no such supplier")
    return found
