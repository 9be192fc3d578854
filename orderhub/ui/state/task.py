"""Which tasks does this tab look at, which one is open beside them, and what is done about them?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain import desk
from orderhub.domain.desk import Hand
from orderhub.insights.desk import open_loads
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import NotFound
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.receivers import receiver, receivers
from orderhub.ui.state.desk import Desk, Form, reason_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.task_view import TaskAddress, TaskCardView, TasksView, read_task_address, task_card_view, tasks_view

_GAP_SECONDS = 1.0
_READ, _CHANGE = Permission.WORKBENCH_READ, Permission.TASK_CHANGE


class Tasks(Shown, Desk, rx.State):
    view: TasksView = TasksView()
    card: TaskCardView = TaskCardView()
    is_gone: bool = False

    @rx.event
    @needs(_READ)
    async def enter(self) -> None:
        """The address names the list and what is open; a browser that connects again comes here too."""
        if self.router.url.query_parameters.get("task", "") != self.card.id:
            self.asking, self.said = "", ""
        await self._read()

    @rx.event
    @needs(_CHANGE)
    async def take(self, task_id: str) -> None:
        """The one named, or each that is selected where none is."""
        self.is_bulk = not task_id
        await self._do(_take, {"id": task_id}, done="desk_taken")

    @rx.event
    @needs(_CHANGE)
    async def hand_over(self, form: Form) -> None:
        to, reason = form.get("to", ""), reason_of(form)

        def step(session: Session, task_id: int, hand: Hand) -> None:
            role, person = receiver(session, to)
            desk.hand_over_task(session, task_id, hand, role=role, person=person, reason=reason, now=utc_now())

        await self._do(step, form, done="desk_handed")

    @rx.event
    @needs(_CHANGE)
    async def end(self, form: Form) -> None:
        result = reason_of(form)

        def step(session: Session, task_id: int, hand: Hand) -> None:
            desk.finish_task(session, task_id, hand, result=result, now=utc_now())

        await self._do(step, form, done="task_finished")

    async def _do(self, step: Any, form: Form, *, done: str) -> None:
        """Read again whatever came of it: who was quicker has changed what stands here."""
        await self._change(_CHANGE, step, form, done=done)
        await self._read()

    async def _read(self) -> None:
        asked = asked_by(self.router.url.query_parameters, await signed(self))
        if await self._follow("tasks", tasks_scene(asked)) and not self.to_role:
            self.to_role = self.card.owner_role or asked.query.person_role


def asked_by(given: Mapping[str, str], user: Signed) -> TaskAddress:
    asked = read_task_address(given)
    return replace(asked, query=replace(asked.query, person=user.name, person_role=str(user.role)))


def tasks_scene(asked: TaskAddress) -> Scene:
    """A room for every person: what is mine is theirs."""

    def load() -> Vars:
        return load_tasks(asked)

    return Scene(f"tasks {asked}", Tasks.get_full_name(), _READ, load, gap_seconds=_GAP_SECONDS)


def load_tasks(asked: TaskAddress) -> Vars:
    """The list, and what is open beside it; ``is_gone`` where the address names what is not there."""
    card, is_gone = TaskCardView(), False
    with reading() as session:
        view = tasks_view(session, asked)
        try:
            if asked.task_id:
                card = task_card_view(session, asked.task_id)
        except NotFound:
            is_gone = True
        people = receivers(session, open_loads(session))
    return {"view": view, "card": card, "is_gone": is_gone, "receivers": people}


def _take(session: Session, task_id: int, hand: Hand) -> None:
    desk.take_task(session, task_id, hand, utc_now())
