"""Reflex's real processor and middleware in this process: no browser, no socket, no build."""

import dataclasses
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import reflex as rx
from reflex.event import Event
from reflex.istate.manager.memory import StateManagerMemory
from reflex.state import StateUpdate
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext

from orderhub.ui.gate import Gate


class Frames:
    """Stands where the sockets are; what each tab would have received, by itself and as one of a room."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, StateUpdate]] = []
        self.sid_to_token: dict[str, str] = {}
        self.rooms: dict[str, set[str]] = {}
        self.told: list[tuple[str, dict[str, Any]]] = []

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        self.sent.append((token, update))

    async def emit(self, _event: str, update: StateUpdate, room: str) -> None:
        self.told += [(self.sid_to_token[sid], update.delta) for sid in sorted(self.rooms.get(room, ()))]

    async def enter_room(self, sid: str, room: str) -> None:
        self.rooms.setdefault(room, set()).add(sid)

    async def leave_room(self, sid: str, room: str) -> None:
        self.rooms[room].discard(sid)


class Tab:
    """``address`` is what stands in the browser's address bar."""

    def __init__(self, processor: BaseStateEventProcessor, frames: Frames, cookie: str, token: str) -> None:
        self.processor, self.frames, self.cookie, self.token = processor, frames, cookie, token
        self.address = "/"
        self.sid = f"sid-{token}"
        frames.sid_to_token[self.sid] = token

    @property
    def told(self) -> list[dict[str, Any]]:
        """The deltas that came through rooms."""
        return [delta for token, delta in self.frames.told if token == self.token]

    async def visit(self, address: str, *specs: Any) -> None:
        self.address = address
        for spec in specs:
            await self.fire(spec)

    async def fire(self, spec: Any) -> list[StateUpdate]:
        (event,) = Event.from_event_type([spec])
        return await self._send(event)

    async def fire_raw(self, name: str, payload: dict[str, Any] | None = None) -> list[StateUpdate]:
        return await self._send(Event(name=name, payload=payload or {}))

    async def state(self, kind: type[rx.State]) -> Any:
        manager = self.processor._root_context.state_manager  # type: ignore[union-attr]
        return await (await manager.get_state(rx.BaseStateToken(ident=self.token, cls=kind))).get_state(kind)

    async def _send(self, event: Event) -> list[StateUpdate]:
        start = len(self.frames.sent)
        router_data = {
            "pathname": self.address.partition("?")[0],
            "asPath": self.address,
            "query": {},
            "headers": {"cookie": self.cookie},
            "ip": "192.0.2.10",
            "sid": self.sid,
            "token": self.token,
        }
        waiting = await self.processor.enqueue(self.token, dataclasses.replace(event, router_data=router_data))
        await waiting.wait_all()
        return [update for token, update in self.frames.sent[start:] if token == self.token]


OpenTab = Callable[..., Tab]


@asynccontextmanager
async def gated_runtime() -> AsyncIterator[OpenTab]:
    """An app of its own behind the gate; every state defined so far belongs to it."""
    RegistrationContext.set(RegistrationContext.get().fork())
    app = rx.App()
    app.add_middleware(Gate())
    frames, failures = Frames(), []

    def note(exception: Exception) -> None:
        failures.append(exception)

    processor = BaseStateEventProcessor(middleware=app, backend_exception_handler=note)
    processor.configure(state_manager=StateManagerMemory(), event_namespace=frames)  # type: ignore[arg-type]
    async with processor:
        yield lambda cookie="", token="": Tab(processor, frames, cookie, token or str(uuid.uuid4()))
    assert failures == []
