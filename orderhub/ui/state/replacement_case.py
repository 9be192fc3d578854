"""Which case's goods are looked at in this tab, and what is to be sent for it?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.replacement import promise, take_back
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui import live
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.replacement_view import GoodsView, ReplacementView, choices_view, replacement_view
from orderhub.ui.state.telling import Telling

MOST_KINDS = 20

Form = dict[str, str]


class ReplacementCase(Telling, rx.State):
    """``picked`` is what the form sends; ``found`` are SKUs that were looked for (None of them yet: ``has_looked``)."""

    view: ReplacementView = ReplacementView()
    picked: list[GoodsView] = []
    found: list[GoodsView] = []
    has_looked: bool = False

    @rx.event
    @needs(Permission.AFTERSALE_READ)
    async def look(self) -> None:
        """The address says which case."""
        self.said = ""
        await self._read(number_of(self.router.url.query_parameters.get("case", "")))

    @rx.event
    @needs(Permission.AFTERSALE_READ)
    async def open_case(self, case_id: str) -> None:
        """In the drawer, which has no case in its address; once more shuts it."""
        self.said = ""
        await self._read(0 if case_id == self.view.case_id else number_of(case_id))

    @rx.event
    @needs(Permission.AFTERSALE_ANSWER)
    async def find(self, form: Form) -> None:
        self.found, self.has_looked = await off_loop(load_choices, form.get("text", "")), True

    @rx.event
    @needs(Permission.AFTERSALE_ANSWER)
    def pick(self, sku_id: str) -> None:
        known = [one.id for one in self.picked]
        if sku_id not in known and len(known) < MOST_KINDS:
            self.picked = [*self.picked, *[one for one in self.found if one.id == sku_id]]
        self.found, self.has_looked = [], False

    @rx.event
    @needs(Permission.AFTERSALE_ANSWER)
    def drop(self, sku_id: str) -> None:
        self.picked = [one for one in self.picked if one.id != sku_id]

    @rx.event
    @needs(Permission.AFTERSALE_ANSWER)
    async def promise(self, form: Form) -> None:
        case_id = number_of(form.get("case_id", ""))

        def change(session: Session, user: Signed) -> None:
            promise(session, case_id, _pieces(form), because=form.get("because", ""), by=user.name, now=utc_now())

        if await self._try(Permission.AFTERSALE_ANSWER, change, done="replacement_promised_done"):
            await self._read(case_id)

    @rx.event
    @needs(Permission.AFTERSALE_ANSWER)
    async def take_back(self, case_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            take_back(session, number_of(case_id), by=user.name, now=utc_now())

        if await self._try(Permission.AFTERSALE_ANSWER, change, done="replacement_taken_back_done"):
            await self._read(number_of(case_id))

    async def _read(self, case_id: int) -> None:
        seen = live.revision()
        self.view = (await off_loop(load_replacement, case_id))["view"]
        self.picked, self.found, self.has_looked = self.view.goods, [], False
        if self.view.case_id:
            await live.show(self, "replacement", replacement_scene(case_id), seen=seen)
        else:
            await live.leave(self, "replacement")


def replacement_scene(case_id: int) -> Scene:
    def load() -> Vars:
        return load_replacement(case_id)

    state, about = ReplacementCase.get_full_name(), ("aftersale", case_id)
    return Scene(f"replacement {case_id}", state, Permission.AFTERSALE_READ, load, about=about)


def load_replacement(case_id: int) -> Vars:
    with reading() as session:
        return {"view": replacement_view(session, case_id)}


def load_choices(text: str) -> list[GoodsView]:
    with reading() as session:
        return choices_view(session, text)


def _pieces(form: Form) -> dict[int, int] | None:
    """None: what its lines stand for, where no stock is kept."""
    told = {name.removeprefix("piece-"): text for name, text in form.items() if name.startswith("piece-")}
    if form.get("keeps_stock", "") != "1":
        return None
    if not told or len(told) > MOST_KINDS:
        raise BadInput("pieces: choose what is to be sent", field="pieces", problem="replacement_nothing")
    return {number_of(sku_id): number_of(count) for sku_id, count in told.items()}
