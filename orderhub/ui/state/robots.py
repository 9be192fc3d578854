"""Which group chats are there, who gets what, and what was sent last?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission, Role
from orderhub.access.sessions import Signed
from orderhub.domain.anomaly_kind import Severity
from orderhub.domain.notice_route import NoticeRoute, put_route, remove_route
from orderhub.domain.robot import switch_robot
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.robot_view import RobotsView, robots_view
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.words import tr

_GAP_SECONDS = 1.0
# What a form that led here has done.
_DONE = ("robot_saved", "robot_tested")

Form = dict[str, str]


class Robots(Shown, Telling, rx.State):
    """``saved`` counts what was saved here: the form begins anew after each."""

    view: RobotsView = RobotsView()
    saved: int = 0

    @rx.event
    @needs(Permission.SYSTEM_READ)
    async def enter(self) -> None:
        await self._tell_refused_form()
        asked = self.router.url.query_parameters
        if (done := asked.get("done", "")) in _DONE:
            self.said, self.is_refusal = tr(await self._lang(), done, n=asked.get("n", "")[:64]), False
        await self._read()

    @rx.event
    @needs(Permission.ROBOT_CHANGE)
    async def put(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            put_route(session, _route(form), by=user.name, now=utc_now())

        if await self._try(Permission.ROBOT_CHANGE, change):
            self.saved += 1
            await self._read()

    @rx.event
    @needs(Permission.ROBOT_CHANGE)
    async def remove(self, route_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            remove_route(session, number_of(route_id), by=user.name, now=utc_now())

        if await self._try(Permission.ROBOT_CHANGE, change, done="route_removed"):
            await self._read()

    @rx.event
    @needs(Permission.ROBOT_CHANGE)
    async def switch(self, robot_id: str, is_active: bool) -> None:
        def change(session: Session, user: Signed) -> None:
            switch_robot(session, number_of(robot_id), is_active=is_active, by=user.name, now=utc_now())

        if await self._try(Permission.ROBOT_CHANGE, change, done="robot_turned"):
            await self._read()

    async def _read(self) -> None:
        route_id = number_of(self.router.url.query_parameters.get("route", ""))
        await self._follow("robots", robots_scene(route_id))


def robots_scene(route_id: int) -> Scene:
    def load() -> Vars:
        return load_robots(route_id)

    name = Robots.get_full_name()
    return Scene(f"robots {route_id}", name, Permission.SYSTEM_READ, load, gap_seconds=_GAP_SECONDS)


def load_robots(route_id: int) -> Vars:
    with reading() as session:
        return {"view": robots_view(session, utc_now(), route_id)}


def _route(form: Form) -> NoticeRoute:
    """What the form says, unchecked but for what cannot be read."""
    target, _, chosen = form.get("target", "").partition(":")
    least, role = form.get("least_severity", ""), form.get("role", "")
    to_role = chosen if target == "role" else ""
    if least not in list(Severity) or any(one and one not in list(Role) for one in (role, to_role)):
        raise BadInput("route: a word that is none", field="route", problem="route_target")
    return NoticeRoute(
        id=number_of(form.get("id", "")) or None,  # pyright: ignore[reportArgumentType]
        robot_id=number_of(chosen) if target == "robot" else 0,
        to_role=to_role,
        kind=form.get("kind", ""),
        least_severity=Severity(least),
        role=role,
        shop_id=number_of(form.get("shop", "")),
        quiet_from=_minutes(form.get("quiet_from", "")),
        quiet_until=_minutes(form.get("quiet_until", "")),
        is_active=form.get("is_active") == "on",
        set_at=utc_now(),
    )


def _minutes(text: str) -> int:
    """Raises: BadInput: it is no ``HH:MM``."""
    hour, _, minute = (text or "00:00").partition(":")
    if not (hour.isascii() and hour.isdecimal() and minute[:2].isascii() and minute[:2].isdecimal()):
        raise BadInput("quiet hours: HH:MM", field="quiet_from", problem="route_hours")
    found = number_of(hour) * 60 + number_of(minute[:2])
    if number_of(minute[:2]) > 59 or found >= 24 * 60:
        raise BadInput("quiet hours: HH:MM", field="quiet_from", problem="route_hours")
    return found
