"""Which orders does this tab look at, and which of them are selected?"""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import reflex as rx
import structlog
from sqlmodel import Session

from orderhub.access.acting import acting, check_permission
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation import batch
from orderhub.automation.batch import BatchKind
from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.domain.hold import HoldReason, hold, release_all_by_hand
from orderhub.domain.order import Order
from orderhub.domain.review import approve, order_of, tag
from orderhub.insights.board import BoardQuery, board_counts, board_page
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.ids import digest
from orderhub.ui import live
from orderhub.ui.board_address import CUSTOM, address, read_address
from orderhub.ui.board_rows import RowView, row_view
from orderhub.ui.board_view import BoardView, board_view
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.refusals import outcome_text
from orderhub.ui.state.batches import Batches, show_batches
from orderhub.ui.state.telling import Telling
from orderhub.ui.words import tr

_COUNTS_GAP_SECONDS = 1.0
_MOST_SELECTED = 500

Change = Callable[[Session, Order, Signed], None]


class Board(rx.State):
    rows: list[RowView] = []
    next_page: str = ""
    previous_page: str = ""
    view: BoardView = BoardView()
    list_mark: str = ""
    is_loaded: bool = False
    has_failed: bool = False

    @rx.event
    @needs(Permission.BOARD_READ)
    async def enter(self) -> Any:
        """The address names the list; a browser that connects again comes here too."""
        query = read_address(self.router.url.query_parameters)
        if self.has_failed or not live.is_shown(self, "board", board_scene(query)):
            async for _ in self._look_at(query):
                yield

    @rx.event
    @needs(Permission.BOARD_READ)
    def search_money(self, form: dict[str, str]) -> Any:
        return self._narrowed(min=form.get("least", ""), max=form.get("most", ""))

    @rx.event
    @needs(Permission.BOARD_READ)
    def search_text(self, form: dict[str, str]) -> Any:
        return self._narrowed(q=form.get("words", ""))

    @rx.event
    @needs(Permission.BOARD_READ)
    def search_custom(self, form: dict[str, str]) -> Any:
        return self._narrowed(**{f"{CUSTOM}{form.get('field', '')}": form.get("wanted", "")})

    def _narrowed(self, **parts: str) -> Any:
        given = dict(self.router.url.query_parameters) | parts
        given.pop("at", None)
        return rx.redirect(address(read_address(given)))

    async def _look_at(self, query: BoardQuery) -> AsyncIterator[None]:
        """The rows are sent before the counts are read: they are what a person waits for."""
        seen = live.revision()
        try:
            try:
                shown = await off_loop(_load_list, query)
            except BadInput:  # a cursor of another list, or an old link
                query = replace(query, cursor="")
                shown = await off_loop(_load_list, query)
            for name, value in shown.items():
                setattr(self, name, value)
            self.has_failed, self.is_loaded, self.list_mark = False, True, digest(address(query))[:12]
            yield
            await live.show(self, "board", board_scene(query), seen=seen)
            if not live.is_shown(self, "counts", counts_scene(query)):
                counts = await self.get_state(BoardCounts)
                counts.counts = (await off_loop(load_counts, query))["counts"]
                await live.show(self, "counts", counts_scene(query), seen=seen)
        except Exception:  # noqa: BLE001  (the page says so and offers to try again)
            structlog.get_logger().exception("board_not_read")
            self.has_failed = True


class BoardCounts(rx.State):
    """Apart from the rows because counting is dearer than a page, and may be a second old."""

    counts: dict[str, str] = {}


class Selection(Telling, rx.State):
    """Ids of selected orders; what was asked of them stands in ``said``."""

    ids: list[str] = []

    @rx.event
    @needs(Permission.BOARD_READ)
    async def enter(self) -> None:
        """A file that was refused leads back here."""
        await self._tell_refused_form()

    @rx.event
    @needs(Permission.BOARD_READ)
    def toggle(self, order_id: str) -> None:
        others = [one for one in self.ids if one != order_id]
        self.ids = others if order_id in self.ids else [*others, order_id][-_MOST_SELECTED:]

    @rx.event
    @needs(Permission.BOARD_READ)
    def toggle_page(self, order_ids: list[str]) -> None:
        page = order_ids[:100]
        others = [one for one in self.ids if one not in page]
        self.ids = others if set(page) <= set(self.ids) else [*others, *page][-_MOST_SELECTED:]

    @rx.event
    @needs(Permission.BOARD_READ)
    async def take_all(self) -> None:
        """Every order of the list, the first ``_MOST_SELECTED``, whatever fits on the page."""
        query = replace(read_address(self.router.url.query_parameters), cursor="")
        self.ids = await off_loop(_first_ids, query)

    @rx.event
    @needs(Permission.BOARD_READ)
    def clear(self) -> None:
        self.ids = []

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    async def approve(self) -> None:
        await self._each(Permission.ORDER_APPROVE, _approve)

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    async def ship_out(self) -> None:
        """Reviewed, labelled and shipped, by a batch that goes on without this page."""
        ids = [number_of(one) for one in self.ids]

        def change(session: Session, user: Signed) -> int:
            check_permission(user, Permission.ORDER_APPROVE)
            return batch.start(session, BatchKind.SHIP_OUT, ids, by=user.name, now=utc_now()).total

        if await self._try(Permission.ORDER_SHIP, change, done="batch_started"):
            self.ids = []
            await show_batches(await self.get_state(Batches), of_orders=True)

    @rx.event
    @needs(Permission.ORDER_HOLD)
    async def hold(self) -> None:
        await self._each(Permission.ORDER_HOLD, _hold)

    @rx.event
    @needs(Permission.ORDER_HOLD)
    async def release(self) -> None:
        await self._each(Permission.ORDER_HOLD, _release)

    @rx.event
    @needs(Permission.ORDER_TAG)
    async def tag(self, form: dict[str, str]) -> None:
        word = form.get("word", "")

        def add(session: Session, order: Order, user: Signed) -> None:
            if not word.strip():
                raise BadInput("tag: is empty", field="tag")
            tag(session, order, word, by=user.name, now=utc_now())

        await self._each(Permission.ORDER_TAG, add)

    async def _each(self, permission: Permission, change: Change) -> None:
        lang = await self._lang()
        if not self.ids:
            self.said, self.is_refusal = tr(lang, "nothing_selected"), True
            return
        refused = await off_loop(change_each, await signed(self), permission, self.ids, change)
        done = len(self.ids) - len(refused)
        self.said, self.is_refusal = outcome_text(lang, done, list(refused.values())), bool(refused)
        self.ids = list(refused)


def change_each(user: Signed, permission: Permission, order_ids: list[str], change: Change) -> dict[str, RuleBroken]:
    """Change each order in a transaction of its own; returns what was refused, by id."""
    refused: dict[str, RuleBroken] = {}
    for order_id in sorted(order_ids, key=number_of):
        try:
            with acting(user, permission) as session:
                change(session, order_of(session, number_of(order_id)), user)
        except RuleBroken as error:
            refused[order_id] = error
    return refused


def board_scene(query: BoardQuery) -> Scene:
    def load() -> Vars:
        return load_rows(query)

    return Scene(f"board {address(query)}", Board.get_full_name(), Permission.BOARD_READ, load)


def counts_scene(query: BoardQuery) -> Scene:
    plain = replace(query, tab=BoardQuery().tab, sort=BoardQuery().sort, descending=False, cursor="")

    def load() -> Vars:
        return load_counts(plain)

    room = f"counts {address(plain)}"
    return Scene(room, BoardCounts.get_full_name(), Permission.BOARD_READ, load, gap_seconds=_COUNTS_GAP_SECONDS)


def load_rows(query: BoardQuery) -> Vars:
    with reading() as session:
        return _rows(session, query)


def _load_list(query: BoardQuery) -> Vars:
    with reading() as session:
        return _rows(session, query) | {"view": board_view(session, query)}


def _rows(session: Session, query: BoardQuery) -> Vars:
    page = board_page(session, query, utc_now())
    return {
        "rows": [row_view(row) for row in page.rows],
        "next_page": address(replace(query, cursor=page.next_cursor)) if page.next_cursor else "",
        "previous_page": address(replace(query, cursor=page.previous_cursor)) if page.previous_cursor else "",
    }


def _first_ids(query: BoardQuery) -> list[str]:
    ids: list[str] = []
    with reading() as session:
        while len(ids) < _MOST_SELECTED:
            page = board_page(session, query, utc_now())
            ids += [str(row.order_id) for row in page.rows]
            if not page.next_cursor:
                break
            query = replace(query, cursor=page.next_cursor)
    return ids[:_MOST_SELECTED]


def load_counts(query: BoardQuery) -> Vars:
    with reading() as session:
        counts = board_counts(session, query, utc_now())
    return {"counts": {tab: f"{count:,}" for tab, count in counts.items()}}


def _approve(session: Session, order: Order, user: Signed) -> None:
    approve(session, order, by=user.name, now=utc_now())


def _hold(session: Session, order: Order, user: Signed) -> None:
    check_stage_allows(session, order, StageAction.HOLD)
    hold(session, order, HoldReason.MANUAL, by=user.name, now=utc_now())


def _release(session: Session, order: Order, user: Signed) -> None:
    release_all_by_hand(session, order, by=user.name, now=utc_now())
