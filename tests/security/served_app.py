"""A small app behind the real gate, shield and login routes, served as the hub is: what the attacks run against."""

import asyncio

import reflex as rx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission, Role
from orderhub.access.role_editing import mark_of, save_set
from orderhub.access.roles import Rights, role_set_of
from orderhub.access.sessions import Signed
from orderhub.kernel.clock import utc_now
from orderhub.ui.gate import install, needs, signed
from orderhub.ui.headers import Shield
from orderhub.ui.login import routes
from orderhub.ui.signed_door import signed_door


class Target(rx.State):
    done: list[str] = []

    @rx.event
    @needs(Permission.BOARD_READ)
    def look(self) -> None:
        self.done.append("look")

    @rx.event
    @needs(Permission.ORDER_APPROVE)
    async def approve(self, order_id: int) -> None:
        self.done.append(f"approve {order_id} {(await signed(self)).name}")

    @rx.event
    @needs(Permission.USER_ADMIN)
    def rule(self) -> None:
        self.done.append("rule")

    @rx.event
    @needs(Permission.USER_ADMIN)
    async def take_from_operations(self) -> None:
        """Approving orders, as the page of roles does."""
        await asyncio.to_thread(_take_approving, await signed(self))

    def forgotten(self) -> None:
        self.done.append("forgotten")


def _take_approving(by: Signed) -> None:
    with acting(by, Permission.ROLE_CHANGE) as session:
        known = role_set_of(session, Role.OPERATIONS)
        left = Rights(known.rights.permissions - {Permission.ORDER_APPROVE}, known.rights.fields)
        save_set(session, Role.OPERATIONS, left, mark=mark_of(known), by=by, now=utc_now())


async def _approve(_request: Request, _user: Signed) -> Response:
    return Response("approved")


_routes = [*routes, signed_door(_approve, "/approve", Permission.ORDER_APPROVE, page="/")]
app = rx.App(api_transformer=[Starlette(routes=_routes), Shield])
app.add_page(rx.el.p("target"), route="/")
install(app)
