"""What lies on this person's packing table, and what did the last scan say?"""

from collections.abc import Callable

import reflex as rx
from sqlmodel import Session

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain import packing
from orderhub.domain.packing import BeingPacked
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import RuleBroken
from orderhub.ui.gate import needs, signed
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.refusals import refusal_text
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.warehouse_view import TableView, table_view
from orderhub.ui.words import tr

GOOD, DONE, BAD = "good", "done", "bad"

Act = Callable[[Session, Signed], str]


class PackingTable(rx.State):
    """``answer`` is good, done or bad, ``said`` its sentence; ``turn`` tells two equal answers apart.

    ``taken`` is the label of a parcel that somebody else has on the table, empty where none was scanned.
    """

    table: TableView = TableView()
    answer: str = ""
    said: str = ""
    turn: int = 0
    taken: str = ""

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def enter(self) -> None:
        """What was begun and not finished is on the table again, whatever was loaded anew."""
        self.answer, self.said, self.taken = "", "", ""
        self.table = await off_loop(_table_of, (await signed(self)).name)

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def scan(self, form: dict[str, str]) -> None:
        """A label where the table is empty, else an item."""
        text, delivery_id = form.get("code", "").strip(), number_of(self.table.id)
        if not text:
            return

        def act(session: Session, user: Signed) -> str:
            if not delivery_id:
                packing.put_on_table(session, text, by=user.name, now=utc_now())
                return "scan_items"
            box = packing.scan(session, delivery_id, text, by=user.name, now=utc_now())
            return "parcel_packed" if box.is_packed else "scanned_next"

        await self._act(act, "" if delivery_id else text)

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def take_over(self) -> None:
        text = self.taken

        def act(session: Session, user: Signed) -> str:
            packing.put_on_table(session, text, by=user.name, now=utc_now(), takes_over=True)
            return "scan_items"

        await self._act(act, text)

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def undo(self) -> None:
        delivery_id = number_of(self.table.id)

        def act(session: Session, user: Signed) -> str:
            packing.undo(session, delivery_id, by=user.name, now=utc_now())
            return "scan_undone"

        await self._act(act)

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def lay_aside(self) -> None:
        delivery_id = number_of(self.table.id)

        def act(session: Session, user: Signed) -> str:
            packing.lay_aside(session, delivery_id, by=user.name, now=utc_now())
            return "laid_aside"

        await self._act(act)

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def close_with_rest(self) -> None:
        delivery_id = number_of(self.table.id)

        def act(session: Session, user: Signed) -> str:
            packing.close_with_rest(session, delivery_id, by=user.name, now=utc_now())
            return "rest_in_another"

        await self._act(act)

    async def _act(self, act: Act, text: str = "") -> None:
        lang = (await self.get_state(Preferences)).lang
        user = await signed(self)
        self.turn += 1
        try:
            done = await off_loop(_made, user, act)
        except RuleBroken as error:
            self.answer, self.said = BAD, refusal_text(lang, error)
            self.taken = text if isinstance(error, BeingPacked) else ""
        else:
            number, self.taken = self.table.number, ""
            self.answer = DONE if done in ("parcel_packed", "rest_in_another") else GOOD
            self.said = tr(lang, done, number=number)
        self.table = await off_loop(_table_of, user.name)


def _made(user: Signed, act: Act) -> str:
    with acting(user, Permission.ORDER_SHIP) as session:
        return act(session, user)


def _table_of(name: str) -> TableView:
    with reading() as session:
        return table_view(session, name)
