"""Which order is open in the drawer, and what is done to it there?"""

from collections.abc import Callable

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.hold import release_all_by_hand
from orderhub.domain.order import Order
from orderhub.domain.review import approve, order_of, remark, tag, untag
from orderhub.domain.shipping import ship_order
from orderhub.domain.words import Carrier
from orderhub.insights.order_card import copy_text, order_card
from orderhub.kernel.access_log import AccessKind, note_looked
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.ui import live
from orderhub.ui.card_view import CardView
from orderhub.ui.card_words import card_view
from orderhub.ui.gate import needs, signed
from orderhub.ui.hold_form import hold_as_told
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.shortage_view import line_views
from orderhub.ui.state.reveal import hide_receiver
from orderhub.ui.state.telling import Telling
from orderhub.ui.track_view import track_views

Change = Callable[[Session, Order, str], None]


class Card(Telling, rx.State):
    """``order_id`` is empty while the drawer is shut; ``is_missing`` when the address names no order."""

    order_id: str = ""
    card: CardView = CardView()
    is_missing: bool = False
    tab: str = "overview"

    @rx.event
    @needs(Permission.ORDER_READ)
    async def enter(self) -> None:
        """The address says which order is open."""
        wanted = number_of(self.router.url.query_parameters.get("order", ""))
        order_id = str(wanted) if wanted else ""
        if order_id != self.order_id:
            self.said, self.tab = "", "overview"
            await hide_receiver(self)
        if not order_id:
            self.order_id, self.card = "", CardView()
            await live.leave(self, "card")
            return
        await self._read(wanted)
        if not self.is_missing:
            user = await signed(self)
            note_looked(AccessKind.LOOKED, [wanted], actor=user.name, address=user.address, now=utc_now())

    @rx.event
    @needs(Permission.ORDER_READ)
    def show_tab(self, tab: str) -> None:
        self.tab = tab if tab in ("overview", "parcels", "aftersales", "tasks", "remarks", "timeline") else "overview"

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    async def approve(self, order_id: str) -> None:
        await self._change(Permission.ORDER_APPROVE, order_id, _approve)

    @rx.event
    @needs(Permission.ORDER_SHIP)
    async def ship(self, form: dict[str, str]) -> None:
        word, waybill = form.get("carrier", ""), form.get("waybill", "")

        def change(session: Session, order: Order, by: str) -> None:
            if word not in list(Carrier):
                raise BadInput("carrier: unknown", field="carrier", problem="no_carrier")
            ship_order(session, order, Carrier(word), waybill, by=by, now=utc_now())

        await self._change(Permission.ORDER_SHIP, form.get("order_id", ""), change, done="shipped_out")

    @rx.event
    @needs(Permission.ORDER_HOLD)
    async def hold(self, form: dict[str, str]) -> None:
        def change(session: Session, order: Order, by: str) -> None:
            hold_as_told(session, order, form, by=by, now=utc_now())

        await self._change(Permission.ORDER_HOLD, form.get("order_id", ""), change)

    @rx.event
    @needs(Permission.ORDER_HOLD)
    async def release(self, order_id: str) -> None:
        await self._change(Permission.ORDER_HOLD, order_id, _release)

    @rx.event
    @needs(Permission.ORDER_TAG)
    async def add_tag(self, form: dict[str, str]) -> None:
        word = form.get("word", "")

        def change(session: Session, order: Order, by: str) -> None:
            if not word.strip():
                raise BadInput("tag: is empty", field="tag")
            tag(session, order, word, by=by, now=utc_now())

        await self._change(Permission.ORDER_TAG, form.get("order_id", ""), change)

    @rx.event
    @needs(Permission.ORDER_TAG)
    async def remove_tag(self, order_id: str, word: str) -> None:
        def change(session: Session, order: Order, by: str) -> None:
            untag(session, order, word, by=by, now=utc_now())

        await self._change(Permission.ORDER_TAG, order_id, change)

    @rx.event
    @needs(Permission.ORDER_REMARK)
    async def save_remark(self, form: dict[str, str]) -> None:
        text = form.get("remark", "")

        def change(session: Session, order: Order, by: str) -> None:
            remark(session, order, text, by=by, now=utc_now())

        await self._change(Permission.ORDER_REMARK, form.get("order_id", ""), change)

    async def _change(self, permission: Permission, order_id: str, change: Change, *, done: str = "saved") -> None:
        number = number_of(order_id)

        def of_one(session: Session, user: Signed) -> None:
            change(session, order_of(session, number), user.name)

        if await self._try(permission, of_one, done=done):
            await self._read(number)

    async def _read(self, order_id: int) -> None:
        seen = live.revision()
        try:
            shown = await off_loop(load_card, order_id)
        except NotFound:
            self.order_id, self.card, self.is_missing = str(order_id), CardView(), True
            await live.leave(self, "card")
            return
        self.order_id, self.card, self.is_missing = str(order_id), shown["card"], False
        await live.show(self, "card", card_scene(order_id), seen=seen)


def card_scene(order_id: int) -> Scene:
    def load() -> Vars:
        return load_card(order_id)

    about = ("order", order_id)
    return Scene(f"card {order_id}", Card.get_full_name(), Permission.ORDER_READ, load, about=about)


def load_card(order_id: int) -> Vars:
    with reading() as session:
        now = utc_now()
        found = order_card(session, order_id, now)
        view = card_view(found, copy_text(found))
        view.tracks = track_views(found, now)
        view.shortages = line_views(session, found.order)
    return {"card": view}


def _approve(session: Session, order: Order, by: str) -> None:
    approve(session, order, by=by, now=utc_now())


def _release(session: Session, order: Order, by: str) -> None:
    release_all_by_hand(session, order, by=by, now=utc_now())
