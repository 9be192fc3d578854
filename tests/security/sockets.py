"""A websocket client of nobody's making: it names whatever handler it likes."""

import asyncio
import uuid
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import socketio

_NAMESPACE = "/_event"


class RawSocket:
    def __init__(self, origin: str, cookie: str = "", token: str = "", own_origin: str = "") -> None:
        self.token = token or str(uuid.uuid4())
        self.state: dict[str, dict[str, Any]] = {}
        self.frames: list[Any] = []
        self.told_to_reload = False
        self._address = f"{origin}?token={self.token}"
        self._headers = {name: value for name, value in (("Cookie", cookie), ("Origin", own_origin)) if value}
        self._client = socketio.AsyncClient(reconnection=False)
        self._client.on("event", self._take, namespace=_NAMESPACE)
        self._client.on("state_mismatch", self._reload, namespace=_NAMESPACE)

    async def __aenter__(self) -> Self:
        try:
            await self._client.connect(
                self._address,
                socketio_path="/_event",
                namespaces=[_NAMESPACE],
                transports=["websocket"],
                headers=self._headers,
                wait_timeout=5,
            )
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with suppress(Exception):
            await self._client.disconnect()
        await self._close()

    async def send(self, name: str, payload: Any = None) -> None:
        event = {"name": name, "payload": payload or {}, "router_data": {"pathname": "/", "asPath": "/"}}
        await self._client.emit("event", event, namespace=_NAMESPACE)

    async def send_raw(self, body: Any) -> None:
        await self._client.emit("event", body, namespace=_NAMESPACE)

    async def settle(self, seconds: float = 0.6) -> None:
        """Wait until nothing more has come for a while."""
        seen = -1
        while seen != len(self.frames):
            seen = len(self.frames)
            await asyncio.sleep(seconds)

    async def _close(self) -> None:
        """The library leaves its HTTP session open when a connection is refused."""
        if self._client.eio.http:
            await self._client.eio.http.close()

    async def _take(self, update: dict[str, Any]) -> None:
        self.frames.append(update)
        for name, values in (update.get("delta") or {}).items():
            self.state.setdefault(name, {}).update(values)

    async def _reload(self, _told: Any) -> None:
        self.told_to_reload = True
