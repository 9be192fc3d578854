"""Which purchase order does this tab look at, and what becomes of it here?"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain import purchase_order, stock_upkeep
from orderhub.domain.receipt import Counted, receive
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import parse_yuan
from orderhub.ui.gate import needs
from orderhub.ui.live import Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.purchase_view import PurchaseCardView, card_view
from orderhub.ui.state.purchase import day_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling

_STATES = ("good", "wrong", "missing", "defective")
_MOST_DIGITS = 9

Form = dict[str, str]


class _Step(Protocol):
    def __call__(self, session: Session, purchase_id: int, *, by: str, now: datetime) -> object: ...


class PurchaseCard(Shown, Telling, rx.State):
    """``asking`` is what a person is about to do: ``cancel``, or a line that is being changed."""

    view: PurchaseCardView = PurchaseCardView()
    asking: str = ""

    @rx.event
    @needs(Permission.SUPPLIER_READ)
    async def enter(self) -> None:
        self.said = self.asking = ""
        await self._read()

    @rx.event
    @needs(Permission.PURCHASE_CHANGE)
    def ask(self, what: str) -> None:
        self.asking = "" if self.asking == what else what

    @rx.event
    @needs(Permission.PURCHASE_APPROVE)
    async def approve(self) -> None:
        await self._step(Permission.PURCHASE_APPROVE, purchase_order.approve, "purchase_approve_done")

    @rx.event
    @needs(Permission.PURCHASE_APPROVE)
    async def send_back(self) -> None:
        await self._step(Permission.PURCHASE_APPROVE, purchase_order.send_back, "purchase_send_back_done")

    @rx.event
    @needs(Permission.PURCHASE_CHANGE)
    async def place(self) -> None:
        await self._step(Permission.PURCHASE_CHANGE, purchase_order.place, "purchase_place_done")

    @rx.event
    @needs(Permission.PURCHASE_CHANGE)
    async def cancel(self) -> None:
        await self._step(Permission.PURCHASE_CHANGE, purchase_order.cancel, "purchase_cancel_done")

    @rx.event
    @needs(Permission.PURCHASE_CHANGE)
    async def change_line(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            purchase_order.change_line(
                session,
                number_of(form.get("id", "")),
                quantity=_pieces(form, "quantity"),
                price_fen=parse_yuan(form.get("price", "") or "0", field="price"),
                promised_on=day_of(form.get("promised_on", "")),
                by=user.name,
                now=utc_now(),
            )

        await self._done(Permission.PURCHASE_CHANGE, change, "purchase_line_saved")

    @rx.event
    @needs(Permission.STOCK_ADJUST)
    async def receive(self, form: Form) -> None:
        """What was counted; the form's own number makes it one receipt however often it is sent."""
        purchase_id = number_of(form.get("id", ""))

        def change(session: Session, user: Signed) -> None:
            now = utc_now()
            receive(
                session,
                purchase_id,
                counted_in(form),
                receipt_no=form.get("receipt_no", ""),
                received_on=day_of(form.get("received_on", "")),
                note=form.get("note", ""),
                by=user.name,
                now=now,
            )
            stock_upkeep.serve_waiting(session, now=now)

        await self._done(Permission.STOCK_ADJUST, change, "purchase_received")

    async def _step(self, permission: Permission, step: _Step, done: str) -> None:
        purchase_id = number_of(self.view.id)

        def change(session: Session, user: Signed) -> None:
            step(session, purchase_id, by=user.name, now=utc_now())

        await self._done(permission, change, done)

    async def _done(self, permission: Permission, change: Callable[[Session, Signed], None], done: str) -> None:
        if await self._try(permission, change, done=done):
            self.asking = ""
        await self._read()

    async def _read(self) -> None:
        purchase_id = number_of(self.router.url.query_parameters.get("purchase", ""))
        await self._fill(lambda: load_purchase(purchase_id))


def load_purchase(purchase_id: int) -> Vars:
    with reading() as session:
        return {"view": card_view(session, purchase_id, utc_now())}


def counted_in(form: Form) -> list[Counted]:
    """Of each line whose field says something; fields are called ``good-12`` by the line's id."""
    ids = sorted({number_of(name.partition("-")[2]) for name in form if name.partition("-")[0] in _STATES} - {0})
    return [Counted(one, *[_count(form.get(f"{state}-{one}", "")) for state in _STATES]) for one in ids]


def _pieces(form: Form, name: str) -> int:
    return _count(form.get(name, ""))


def _count(text: str) -> int:
    said = text.strip()
    if not said:
        return 0
    if not said.isascii() or not said.isdigit() or len(said) > _MOST_DIGITS:
        raise BadInput(f"pieces: {said[:16]!r}", field="pieces", problem="absurd_quantity")
    return int(said)
