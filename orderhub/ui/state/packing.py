"""What is done to the open order's parcels: sent from elsewhere, split, merged and taken apart again."""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.allocating import allocate_anew
from orderhub.domain.merge_partners import merge_by_hand, unmerge_by_hand
from orderhub.domain.review import order_of
from orderhub.domain.splitting import split
from orderhub.kernel.clock import utc_now
from orderhub.ui.gate import needs
from orderhub.ui.numbers import number_of
from orderhub.ui.state.card import Card
from orderhub.ui.state.telling import Change, Telling

_PIECE = "piece-"


class Packing(Telling, rx.State):
    """The parcels themselves are the card's; here is what came of changing them."""

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    async def send_from(self, form: dict[str, str]) -> None:
        order_id = number_of(form.get("order_id", ""))
        warehouse_id, service_id = number_of(form.get("warehouse", "")), number_of(form.get("service", ""))

        def change(session: Session, user: Signed) -> None:
            order, now = order_of(session, order_id), utc_now()
            allocate_anew(session, order, warehouse_id=warehouse_id, service_id=service_id, by=user.name, now=now)

        await self._change(order_id, change)

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    async def split(self, form: dict[str, str]) -> None:
        delivery_id = number_of(form.get("delivery_id", ""))
        wanted = {
            number_of(name.removeprefix(_PIECE)): number_of(count)
            for name, count in form.items()
            if name.startswith(_PIECE)
        }

        def change(session: Session, user: Signed) -> None:
            split(session, delivery_id, wanted, by=user.name, now=utc_now())

        await self._change(number_of(form.get("order_id", "")), change)

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    async def merge(self, order_id: str, delivery_id: str, other_id: str) -> None:
        """The other delivery is the older one as a rule: the parcel stays its."""

        def change(session: Session, user: Signed) -> None:
            both = sorted((number_of(delivery_id), number_of(other_id)))
            merge_by_hand(session, both, by=user.name, now=utc_now())

        await self._change(number_of(order_id), change, done="merged")

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    async def unmerge(self, order_id: str, delivery_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            unmerge_by_hand(session, number_of(delivery_id), by=user.name, now=utc_now())

        await self._change(number_of(order_id), change, done="unmerged")

    async def _change(self, order_id: int, change: Change, *, done: str = "saved") -> None:
        if await self._try(Permission.ORDER_APPROVE, change, done=done):
            card = await self.get_state(Card)
            await card._read(order_id)  # noqa: SLF001  (the card's own reading, asked for beside it)
