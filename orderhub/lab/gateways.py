"""How does a call reach a platform? The HTTP doors, with the faults that strike before an answer exists."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from orderhub.lab import spoil
from orderhub.lab.answers import Body, Call, Refused
from orderhub.lab.douyin import Doudian
from orderhub.lab.jd import Jos
from orderhub.lab.orders import LabOrder
from orderhub.lab.pinduoduo import Pop
from orderhub.lab.shops import LabShop
from orderhub.lab.taobao import Top
from orderhub.lab.world import World

_MOST_BYTES = 2_000_000
_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Side(Protocol):
    """A platform's own side of the wire; ``window`` holds every row of the list answered last, whatever the page."""

    window: list[LabOrder]

    def __init__(self, world: World) -> None: ...

    @property
    def doors(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Paths, each with its methods."""
        ...

    @property
    def lists(self) -> frozenset[str]:
        """The APIs that answer a list of orders."""
        ...

    def read(self, request: Request, raw: bytes) -> Call:
        """``Call.answer`` raises: Refused."""
        ...

    def error(self, refused: Refused) -> Body: ...

    def banned(self, seconds: int) -> Refused:
        """What a shop is told that called too often."""
        ...

    def in_trouble(self) -> Refused:
        """What is said when a service behind the gateway fails for a moment."""
        ...


SIDES: tuple[type[Side], ...] = (Top, Doudian, Jos, Pop)


class Gateways:
    """``catch_up`` lets the orders live until now before a call is answered."""

    def __init__(self, world: World, catch_up: Callable[[], None]) -> None:
        self.world = world
        self._catch_up = catch_up

    def routes(self) -> list[Route]:
        sides = [side(self.world) for side in SIDES]
        return [Route(path, self._door(side), methods=methods) for side in sides for path, methods in side.doors]

    def _door(self, side: Side) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            raw = await request.body()
            if len(raw) > _MOST_BYTES:
                return Response(status_code=413)
            return await self._serve(side, side.read(request, raw))

        return endpoint

    async def _serve(self, side: Side, call: Call) -> Response:
        self._catch_up()
        shop, api = call.shop, call.api
        if shop is not None and (response := await self._strike(shop, api)):
            return response
        body, window = self._answer(side, call)
        raw = spoil.encode(self.world, shop, api, body)
        if shop is not None and window is not None:
            spoil.stir(self.world, shop, api, window)
        return Response(raw, media_type="application/json;charset=utf-8")

    def _answer(self, side: Side, call: Call) -> tuple[Body, list[LabOrder] | None]:
        """The answer, and the whole list its page was cut from where it is a list of orders."""
        side.window = []
        try:
            if call.shop is not None:
                self._refuse_by_fault(side, call.shop, call.api)
            body = call.answer()
        except Refused as refused:
            return side.error(refused), None
        if call.shop is not None:
            spoil.spoil_rows(self.world, call.shop, call.api, body)
        return body, side.window if call.api in side.lists else None

    async def _strike(self, shop: LabShop, api: str) -> Response | None:
        """Faults below the protocol: no answer, or not the platform's."""
        if fault := self.world.faults.take("timeout", shop.code, api):
            await asyncio.sleep(30 if fault.seconds is None else fault.seconds)
        if self.world.faults.take("server_error", shop.code, api):
            return HTMLResponse(_BAD_GATEWAY, status_code=502)
        return None

    def _refuse_by_fault(self, side: Side, shop: LabShop, api: str) -> None:
        """Faults in the platform's own words. Raises: Refused."""
        world = self.world
        if world.faults.take("expired_token", shop.code, api):
            world.tokens[shop.code].expire(world.now())
        if fault := world.faults.take("rate_ban", shop.code, api):
            seconds = fault.seconds or 2
            world.banned_until[shop.code] = world.now() + seconds
            raise side.banned(seconds)
        if world.faults.take("service_error", shop.code, api):
            raise side.in_trouble()
