"""Which orders does this tab review, and what is done about them here?"""

from collections.abc import Callable
from typing import Any

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain import second_review
from orderhub.domain.hold import HoldReason, release_by_hand
from orderhub.domain.order import Order
from orderhub.domain.review import approve, order_of
from orderhub.insights.review import ReviewQuery
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import batched
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.refusals import outcome_text
from orderhub.ui.review_view import ReviewView, read_query, review_view
from orderhub.ui.state.board import change_each
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.words import tr

_GAP_SECONDS = 1.0
_MOST_SELECTED = 500
_AT_ONCE = 20

Form = dict[str, str]
Step = Callable[[Session, Order, HoldReason, Signed], None]


class Review(Shown, Telling, rx.State):
    """``ids`` are selected, ``opened`` is unfolded, ``progress`` (``20 / 137``) stands while many are approved."""

    view: ReviewView = ReviewView()
    ids: list[str] = []
    opened: str = ""
    progress: str = ""

    @rx.event
    @needs(Permission.BOARD_READ)
    async def enter(self) -> None:
        self.opened = self.progress = ""
        await self._read()
        shown = {row.id for row in self.view.rows}
        self.ids = [order_id for order_id in self.ids if order_id in shown]

    @rx.event
    @needs(Permission.BOARD_READ)
    def toggle(self, order_id: str) -> None:
        others = [one for one in self.ids if one != order_id]
        self.ids = others if order_id in self.ids else [*others, order_id][-_MOST_SELECTED:]

    @rx.event
    @needs(Permission.BOARD_READ)
    def toggle_page(self, order_ids: list[str]) -> None:
        page = order_ids[:_MOST_SELECTED]
        self.ids = [] if set(page) <= set(self.ids) else page

    @rx.event
    @needs(Permission.BOARD_READ)
    def clear(self) -> None:
        self.ids = []

    @rx.event
    @needs(Permission.BOARD_READ)
    def unfold(self, order_id: str) -> None:
        self.opened = "" if self.opened == order_id else order_id

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    async def approve(self, order_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            approve(session, order_of(session, number_of(order_id)), by=user.name, now=utc_now())

        await self._change(Permission.ORDER_APPROVE, change, done="was_approved")

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    async def approve_selected(self) -> Any:
        """Some at a time, so that the page says how far it is."""
        lang, user, wanted = await self._lang(), await signed(self), self.ids
        if not wanted:
            self.said, self.is_refusal = tr(lang, "nothing_selected"), True
            return
        refused: dict[str, RuleBroken] = {}
        for done, part in enumerate(batched(wanted, _AT_ONCE)):
            self.progress = f"{done * _AT_ONCE} / {len(wanted)}"
            yield
            refused |= await off_loop(change_each, user, Permission.ORDER_APPROVE, part, _approve)
        self.progress, self.ids = "", list(refused)
        done = len(wanted) - len(refused)
        self.said, self.is_refusal = outcome_text(lang, done, list(refused.values())), bool(refused)
        await self._read()

    @rx.event
    @needs(Permission.ORDER_HOLD)
    async def release(self, form: Form) -> None:
        def step(session: Session, order: Order, reason: HoldReason, user: Signed) -> None:
            release_by_hand(session, order, reason, by=user.name, now=utc_now(), note=form.get("note", ""))

        await self._step(Permission.ORDER_HOLD, form, step, done="was_released")

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    async def vouch(self, form: Form) -> None:
        def step(session: Session, order: Order, reason: HoldReason, user: Signed) -> None:
            second_review.vouch(session, order, reason, by=user.name, note=form.get("note", ""), now=utc_now())

        await self._step(Permission.ORDER_APPROVE, form, step, done="was_vouched")

    @rx.event
    @needs(Permission.ORDER_CONFIRM)
    async def confirm(self, form: Form) -> None:
        def step(session: Session, order: Order, reason: HoldReason, user: Signed) -> None:
            second_review.confirm(session, order, reason, by=user.name, now=utc_now())

        await self._step(Permission.ORDER_CONFIRM, form, step, done="was_released")

    @rx.event
    @needs(Permission.ORDER_CONFIRM)
    async def send_back(self, form: Form) -> None:
        def step(session: Session, order: Order, reason: HoldReason, user: Signed) -> None:
            second_review.send_back(session, order, reason, by=user.name, note=form.get("note", ""), now=utc_now())

        await self._step(Permission.ORDER_CONFIRM, form, step, done="was_sent_back")

    async def _step(self, permission: Permission, form: Form, step: Step, *, done: str) -> None:
        def change(session: Session, user: Signed) -> None:
            order = order_of(session, number_of(form.get("id", "")))
            step(session, order, _reason(form.get("reason", "")), user)

        await self._change(permission, change, done=done)

    async def _change(self, permission: Permission, change: Callable[[Session, Signed], None], *, done: str) -> None:
        """Read again whatever came of it: who was quicker has changed what stands here."""
        await self._try(permission, change, done=done)
        await self._read()

    async def _read(self) -> None:
        query = read_query(self.router.url.query_parameters)
        await self._follow("review", review_scene(query))


def review_scene(query: ReviewQuery) -> Scene:
    def load() -> Vars:
        return load_review(query)

    return Scene(f"review {query}", Review.get_full_name(), Permission.BOARD_READ, load, gap_seconds=_GAP_SECONDS)


def load_review(query: ReviewQuery) -> Vars:
    with reading() as session:
        return {"view": review_view(session, query)}


def _approve(session: Session, order: Order, user: Signed) -> None:
    approve(session, order, by=user.name, now=utc_now())


def _reason(word: str) -> HoldReason:
    if word not in list(HoldReason):
        raise BadInput(f"reason: {word[:32]!r} is none", field="reason", problem="hold_reason")
    return HoldReason(word)
