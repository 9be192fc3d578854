"""How does a change reach every open screen within a second?

A ``Scene`` is what several browsers look at: one query, one room. When something was committed, each scene that is
open is asked once and sent to its whole room, whether one person or fifty look at it. What is sent does not pass
through the state on the server; handlers therefore assign only what they have just read.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import reflex as rx
import structlog
from reflex.state import StateUpdate

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed, forget_remembered, signed_in
from orderhub.intake.pausing import LIVE_LISTS, LIVE_REPORTS
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Heard, Wire
from orderhub.kernel.level import Named, is_paused, on_change
from orderhub.kernel.sight import Sight, seeing, sight
from orderhub.ui.off_loop import off_loop

_GAP_SECONDS = 0.25
_CLOCK_SECONDS = 30.0
_SLOW_SECONDS = 0.2
_THROTTLED_SECONDS = 30.0  # between two looks at a list while it waits (intake/pausing.py)
_VAR = "_rx_state_"
_OF_RIGHTS = ("user", "role_set", "api_key")  # what a login or a key may do has perhaps changed, in another process too

LEVEL = ("pressure", 1)  # the subject of what shows the hub's level

Vars = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """``load`` reads the vars of ``state`` off the loop; ``about`` narrows what it waits for to subjects of a kind.

    ``waits_as`` is the entry of the list of what waits at level 2 (intake/pausing.py).
    """

    room: str
    state: str
    permission: Permission
    load: Callable[[], Vars]
    gap_seconds: float = _GAP_SECONDS
    about: tuple[str, int] | None = None
    waits_as: Named = LIVE_LISTS

    def waits_for(self, heard: Sequence[Heard]) -> bool:
        return self.about is None or any(one.is_about(*self.about) for one in heard)


@dataclass
class _Stage:
    """``sight``: with whose eyes the scene is read; who sees differently stands in another room."""

    scene: Scene
    sight: Sight
    viewers: set[str] = field(default_factory=set)
    is_stale: bool = False
    shown: Vars | None = None
    asked_at: float = 0.0


class Live:
    def __init__(self, app: rx.App, database: Database) -> None:
        self.revision = 0
        self._app = app
        self._loop = asyncio.get_running_loop()
        self._stages: dict[str, _Stage] = {}
        self._places: dict[str, dict[str, str]] = {}
        self._cookies: dict[str, str] = {}
        self._news = asyncio.Event()
        self._wire = Wire(database, self._hear)
        on_change.append(self._feel)
        self._task = asyncio.create_task(self._run(), name="live")

    async def close(self) -> None:
        self._wire.close()
        on_change.remove(self._feel)
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def show(self, sid: str, cookie: str, place: str, scene: Scene, *, seen: int) -> None:
        """Send ``scene`` to ``sid`` from now on, in the stead of what stood in ``place``.

        ``seen`` is the revision before the browser's own first look was read: nothing since then is missed.
        A tab that has gone meanwhile is shown nothing.
        """
        if sid not in self._sockets.sid_to_token:
            return
        room = _room(scene)
        if self._places.get(sid, {}).get(place) != room:
            await self.leave(sid, place)
            self._places.setdefault(sid, {})[place] = room
            await self._sockets.enter_room(sid, room)
        self._cookies[sid] = cookie
        stage = self._stages.setdefault(room, _Stage(scene, sight()))
        stage.viewers.add(sid)
        if seen < self.revision:
            stage.is_stale, stage.shown = True, None
            self._news.set()

    def shows(self, sid: str, place: str, room: str) -> bool:
        return self._places.get(sid, {}).get(place) == room

    async def leave(self, sid: str, *places: str) -> None:
        standing = self._places.get(sid, {})
        for place in places or tuple(standing):
            if room := standing.pop(place, None):
                self._forget(sid, room, still=standing.values())
                if room not in standing.values():
                    await self._sockets.leave_room(sid, room)
        if not standing:
            self._places.pop(sid, None)
            self._cookies.pop(sid, None)

    @property
    def _sockets(self) -> Any:
        return self._app.event_namespace

    def _forget(self, sid: str, room: str, *, still: Iterable[str]) -> None:
        stage = self._stages.get(room)
        if stage and room not in still:
            stage.viewers.discard(sid)
            if not stage.viewers:
                del self._stages[room]

    def _hear(self, heard: Sequence[Heard]) -> None:
        """Runs in the thread that committed, or in the one that hears other processes."""
        if any(one.subject_type in _OF_RIGHTS for one in heard):
            forget_remembered()
        with suppress(RuntimeError):  # the loop is closing
            self._loop.call_soon_threadsafe(self._note, list(heard))

    def _feel(self) -> None:
        """This process is at another level, perhaps without an event."""
        self._hear([Heard("level_felt", *LEVEL)])

    def _note(self, heard: Sequence[Heard]) -> None:
        self.revision += 1
        for stage in self._stages.values():
            stage.is_stale = stage.is_stale or stage.scene.waits_for(heard)
        self._news.set()

    async def _run(self) -> None:
        clock_at = time.monotonic()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), _CLOCK_SECONDS)
            self._news.clear()
            started = time.monotonic()
            if started - clock_at >= _CLOCK_SECONDS:
                # Orders become late without an event.
                clock_at = started
                for stage in self._stages.values():
                    stage.is_stale = True
            try:
                await self._tick()
            except Exception:  # noqa: BLE001  (one bad tick never stops the live screens)
                structlog.get_logger().exception("live_tick_failed")
            # As much rest as work, so a slow database is not asked faster than it answers.
            await asyncio.sleep(max(_GAP_SECONDS, time.monotonic() - started))
            if any(stage.is_stale for stage in self._stages.values()):
                self._news.set()

    async def _tick(self) -> None:
        due = [stage for stage in self._stages.values() if stage.is_stale and self._may_ask(stage)]
        started = time.monotonic()
        await self._dismiss(due)
        for stage in sorted(due, key=lambda stage: stage.scene.gap_seconds):
            # What may be late waits for another round, so that it never holds up what may not.
            if stage.scene.gap_seconds > _GAP_SECONDS and time.monotonic() - started > _SLOW_SECONDS:
                return
            if stage.viewers:
                await self._play(stage)

    @staticmethod
    def _may_ask(stage: _Stage) -> bool:
        scene, gap = stage.scene, stage.scene.gap_seconds
        if scene.about is None and is_paused(*scene.waits_as):
            if scene.waits_as == LIVE_REPORTS:
                return False
            gap = max(gap, _THROTTLED_SECONDS)
        return time.monotonic() - stage.asked_at >= gap

    async def _play(self, stage: _Stage) -> None:
        stage.is_stale, stage.asked_at = False, time.monotonic()
        try:
            with seeing(stage.sight):
                shown = await off_loop(stage.scene.load)
        except Exception as error:  # noqa: BLE001  (one scene never harms its neighbours)
            structlog.get_logger().warning("scene_failed", room=stage.scene.room, error=type(error).__name__)
            return
        if shown == stage.shown:
            return
        stage.shown = shown
        delta = {stage.scene.state: {f"{name}{_VAR}": value for name, value in shown.items()}}
        await self._sockets.emit("event", StateUpdate(delta=delta), room=_room(stage.scene, stage.sight))

    async def _dismiss(self, due: Sequence[_Stage]) -> None:
        """Who has gone, whose session has ended, or who may no longer look or sees otherwise, is sent nothing more."""
        connected = self._sockets.sid_to_token
        here = {sid: self._cookies.get(sid, "") for stage in due for sid in stage.viewers if sid in connected}
        held = await off_loop(_held, set(here.values()))
        for stage in due:
            for sid in list(stage.viewers):
                who = held.get(here.get(sid, ""))
                if not who or stage.scene.permission not in who.permissions or who.sight != stage.sight:
                    await self.leave(sid)


def _held(cookies: set[str]) -> dict[str, Signed | None]:
    """Who stands behind each of ``cookies`` at this moment."""
    now = utc_now()
    return {cookie: signed_in(cookie, now, touch=False) for cookie in cookies}


def _room(scene: Scene, eyes: Sight | None = None) -> str:
    return f"{scene.room} {(eyes or sight()).mark}".rstrip()


_live: Live | None = None


async def start(app: rx.App, database: Database) -> None:
    """Begin to listen and to send through the sockets of ``app``; ends with ``stop``."""
    global _live
    _live = Live(app, database)


async def stop() -> None:
    global _live
    if _live is not None:
        await _live.close()
        _live = None


def revision() -> int:
    return _live.revision if _live else 0


async def show(state: rx.State, place: str, scene: Scene, *, seen: int) -> None:
    """Keep ``scene`` before the eyes of the tab that ``state`` belongs to."""
    if _live:
        sid = state.router.session.session_id
        await _live.show(sid, state.router.headers.cookie, place, scene, seen=seen)


def is_shown(state: rx.State, place: str, scene: Scene) -> bool:
    """This tab is being kept up to date with ``scene``: there is no need to read it again."""
    return bool(_live) and _live.shows(state.router.session.session_id, place, _room(scene))


async def leave(state: rx.State, *places: str) -> None:
    if _live:
        await _live.leave(state.router.session.session_id, *places)
