"""Which shop's rollout does this tab look at, and how is it changed?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.rollout import set_plan, set_rollout
from orderhub.domain.shop import ReservesAt, Rollout, shop_named
from orderhub.domain.unpaid import set_reserving
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.rollout_view import RolloutView, rollout_view
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.words import tr

_GAP_SECONDS = 2.0


class RolloutPage(Shown, Telling, rx.State):
    view: RolloutView = RolloutView()

    @rx.event
    @needs(Permission.SHOP_READ)
    async def enter(self) -> None:
        await self._tell_refused_form()
        await self._tell_uploaded()
        await self._read()

    @rx.event
    @needs(Permission.ROLLOUT_CHANGE)
    async def change(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            shop = shop_named(session, form.get("shop", "")[:64])
            level, percent = form.get("level", ""), number_of(form.get("percent", ""))
            if level not in list(Rollout):
                raise BadInput(f"level: there is no {level!r}", field="level", problem="no_such_level")
            reason = form.get("reason", "")
            set_rollout(session, shop, Rollout(level), percent=percent, reason=reason, by=user.name, now=utc_now())

        await self._try(Permission.ROLLOUT_CHANGE, change, done="rollout_changed")
        await self._read()

    @rx.event
    @needs(Permission.ROLLOUT_CHANGE)
    async def plan(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            shop = shop_named(session, form.get("shop", "")[:64])
            warehouse, carrier = form.get("warehouse", ""), form.get("carrier", "")
            set_plan(session, shop, warehouse=warehouse, carrier=carrier, by=user.name, now=utc_now())

        await self._try(Permission.ROLLOUT_CHANGE, change)
        await self._read()

    @rx.event
    @needs(Permission.ROLLOUT_CHANGE)
    async def reserving(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            shop = shop_named(session, form.get("shop", "")[:64])
            word, minutes = form.get("reserves_at", ""), number_of(form.get("minutes", ""))
            if word not in list(ReservesAt):
                raise BadInput(f"reserves_at: there is no {word!r}", field="reserves_at", problem="no_reserving")
            set_reserving(session, shop, ReservesAt(word), minutes, by=user.name, now=utc_now())

        await self._try(Permission.ROLLOUT_CHANGE, change)
        await self._read()

    async def _tell_uploaded(self) -> None:
        """The upload's route leads back here with what came of it in the address."""
        given = self.router.url.query_parameters
        if count := given.get("rows", ""):
            wrong, first = given.get("wrong", ""), given.get("first", "")[:200]
            key = "rollout_uploaded_wrong" if number_of(wrong) else "rollout_uploaded"
            said = {"n": number_of(count), "wrong": number_of(wrong), "first": first}
            self.said, self.is_refusal = tr(await self._lang(), key, **said), bool(number_of(wrong))

    async def _read(self) -> None:
        code = self.router.url.query_parameters.get("shop", "")[:64]
        await self._follow("rollout", rollout_scene(code))


def rollout_scene(code: str) -> Scene:
    def load() -> Vars:
        return load_rollout(code)

    state = RolloutPage.get_full_name()
    return Scene(f"rollout {code}", state, Permission.SHOP_READ, load, gap_seconds=_GAP_SECONDS)


def load_rollout(code: str) -> Vars:
    with reading() as session:
        return {"view": rollout_view(session, utc_now(), code)}
