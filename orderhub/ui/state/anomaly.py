"""Which anomalies does this tab look at, which one is open beside them, and what is done about them?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain import desk
from orderhub.domain.anomaly import resolve_by_hand
from orderhub.domain.desk import Hand
from orderhub.insights.desk import desk_ids, open_loads
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import NotFound
from orderhub.ui.anomaly_card_view import AnomalyCardView, anomaly_card_view
from orderhub.ui.anomaly_view import AnomaliesView, DeskAddress, anomalies_view, desk_address, read_desk_address
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.off_loop import off_loop
from orderhub.ui.receivers import receiver, receivers
from orderhub.ui.state.desk import Desk, Form, reason_of
from orderhub.ui.state.shown import Shown

_GAP_SECONDS = 1.0
_READ, _RESOLVE, _ASSIGN = Permission.ANOMALY_READ, Permission.ANOMALY_RESOLVE, Permission.ANOMALY_ASSIGN


class Anomalies(Shown, Desk, rx.State):
    view: AnomaliesView = AnomaliesView()
    card: AnomalyCardView = AnomalyCardView()
    is_gone: bool = False

    @rx.event
    @needs(_READ)
    async def enter(self) -> None:
        """The address names the list and what is open; a browser that connects again comes here too."""
        if self.router.url.query_parameters.get("anomaly", "") != self.card.id:
            self.asking, self.said = "", ""
        await self._read()

    @rx.event
    @needs(_READ)
    def search(self, form: Form) -> Any:
        given = dict(self.router.url.query_parameters) | {"q": form.get("words", "")}
        given.pop("at", None)
        return rx.redirect(desk_address(read_desk_address(given)))

    @rx.event
    @needs(_READ)
    async def take_all(self) -> None:
        """Every one of the list, the first 500, whatever fits on the page."""
        asked = await self._asked()
        self.selected = await off_loop(_first_ids, asked)

    @rx.event
    @needs(_RESOLVE)
    async def take(self, anomaly_id: str) -> None:
        """The one named, or each that is selected where none is."""
        self.is_bulk = not anomaly_id
        await self._do(_RESOLVE, _take, {"id": anomaly_id}, done="desk_taken")

    @rx.event
    @needs(_ASSIGN)
    async def hand_over(self, form: Form) -> None:
        to, reason = form.get("to", ""), reason_of(form)

        def step(session: Session, anomaly_id: int, hand: Hand) -> None:
            role, person = receiver(session, to)
            desk.hand_over(session, anomaly_id, hand, role=role, person=person, reason=reason, now=utc_now())

        await self._do(_ASSIGN, step, form, done="desk_handed")

    @rx.event
    @needs(_RESOLVE)
    async def end(self, form: Form) -> None:
        reason = reason_of(form)

        def step(session: Session, anomaly_id: int, hand: Hand) -> None:
            resolve_by_hand(session, anomaly_id, reason=reason, by=hand.name, now=utc_now())

        await self._do(_RESOLVE, step, form, done="resolved")

    @rx.event
    @needs(_RESOLVE)
    async def reopen(self, form: Form) -> None:
        reason = reason_of(form)

        def step(session: Session, anomaly_id: int, hand: Hand) -> None:
            desk.reopen(session, anomaly_id, reason=reason, by=hand.name, now=utc_now())

        await self._do(_RESOLVE, step, form, done="desk_reopened")

    async def _do(self, permission: Permission, step: Any, form: Form, *, done: str) -> None:
        """Read again whatever came of it: who was quicker has changed what stands here."""
        await self._change(permission, step, form, done=done)
        await self._read()

    async def _asked(self) -> DeskAddress:
        return asked_by(self.router.url.query_parameters, await signed(self))

    async def _read(self) -> None:
        asked = await self._asked()
        if await self._follow("anomalies", anomalies_scene(asked)) and not self.to_role:
            self.to_role = self.card.owner_role or asked.query.person_role


def asked_by(given: Mapping[str, str], user: Signed) -> DeskAddress:
    asked = read_desk_address(given)
    return replace(asked, query=replace(asked.query, person=user.name, person_role=str(user.role)))


def anomalies_scene(asked: DeskAddress) -> Scene:
    """A room for every person: what is mine is theirs."""

    def load() -> Vars:
        return load_anomalies(asked)

    state = Anomalies.get_full_name()
    return Scene(f"anomalies {asked}", state, Permission.ANOMALY_READ, load, gap_seconds=_GAP_SECONDS)


def load_anomalies(asked: DeskAddress) -> Vars:
    """The list, and what is open beside it; ``is_gone`` where the address names what is not there."""
    now = utc_now()
    card, is_gone = AnomalyCardView(), False
    with reading() as session:
        view = anomalies_view(session, asked, now)
        try:
            if asked.anomaly_id:
                card = anomaly_card_view(session, asked.anomaly_id, now)
        except NotFound:
            is_gone = True
        people = receivers(session, open_loads(session))
    return {"view": view, "card": card, "is_gone": is_gone, "receivers": people}


def _first_ids(asked: DeskAddress) -> list[str]:
    with reading() as session:
        return [str(found) for found in desk_ids(session, replace(asked.query, cursor=""), utc_now())]


def _take(session: Session, anomaly_id: int, hand: Hand) -> None:
    desk.take(session, anomaly_id, hand, utc_now())
