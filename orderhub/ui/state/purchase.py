"""Which purchase orders does this tab look at, and how is a new one made here?"""

import re
from datetime import date

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.purchase_order import LineDraft, draft_purchase
from orderhub.domain.stock import Warehouse, warehouse_coded
from orderhub.domain.supplier import supplier_coded
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.money import parse_yuan
from orderhub.kernel.sight import find
from orderhub.ui.gate import needs
from orderhub.ui.live import Vars
from orderhub.ui.purchase_view import CARD_PATH, PurchaseQuery, PurchasesView, purchases_view, query_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling

_LINE = re.compile(r"(\S+)\s+([0-9]{1,9})(?:\s+([0-9]{1,9}(?:\.[0-9]{1,2})?))?")

Form = dict[str, str]


class Purchases(Shown, Telling, rx.State):
    view: PurchasesView = PurchasesView()

    @rx.event
    @needs(Permission.SUPPLIER_READ)
    async def enter(self) -> None:
        self.said = ""
        await self._read()

    @rx.event
    @needs(Permission.PURCHASE_CHANGE)
    async def draft(self, form: Form) -> EventSpec | None:
        """A new draft; its page opens."""
        made: list[int] = []

        def change(session: Session, user: Signed) -> None:
            supplier = supplier_coded(session, form.get("supplier", ""))
            lines = lines_in(form.get("lines", ""), form)
            warehouse = _warehouse(session, form.get("warehouse", ""))
            note, order_no = form.get("note", ""), form.get("order_no", "").strip()
            order = draft_purchase(
                session, supplier, warehouse, lines, order_no=order_no, note=note, by=user.name, now=utc_now()
            )
            made.append(order.id)

        if await self._try(Permission.PURCHASE_CHANGE, change, done="purchase_drafted"):
            return rx.redirect(f"{CARD_PATH}?purchase={made[0]}")
        return None

    async def _read(self) -> None:
        query = query_of(self.router.url.query_parameters)
        await self._fill(lambda: load_purchases(query))


def load_purchases(query: PurchaseQuery) -> Vars:
    with reading() as session:
        return {"view": purchases_view(session, query, utc_now())}


def lines_in(text: str, form: Form) -> list[LineDraft]:
    """``BOX-40L 240 12.50`` a line; the price may be left out. Raises: BadInput: a line is not like that."""
    promised = day_of(form.get("promised_on", ""))
    drafts = []
    for said in filter(None, map(str.strip, text.splitlines())):
        match = _LINE.fullmatch(said)
        if not match:
            raise BadInput(f"lines: {said[:40]!r}", field="lines", problem="purchase_no_lines")
        code, pieces, price = match.groups()
        drafts.append(LineDraft(code, int(pieces), parse_yuan(price, field="price") if price else 0, promised))
    return drafts


def day_of(text: str) -> date | None:
    """Of a form's field; None where nothing is said. Raises: BadInput: it is no day."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput(f"day: {text[:16]!r}", field="day", problem="not_day") from error


def _warehouse(session: Session, code: str) -> Warehouse | None:
    if not code:
        return None
    found = find(session, Warehouse, warehouse_coded(session, code).id)
    if found is None:
        raise NotFound("there is no such warehouse")
    return found
