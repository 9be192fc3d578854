"""A small app behind the real gate, shield and login routes, served as the hub is: what the attacks run against."""

import reflex as rx
from starlette.applications import Starlette

from orderhub.access.permissions import Permission
from orderhub.ui.gate import install, needs, signed
from orderhub.ui.headers import Shield
from orderhub.ui.login import routes


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

    def forgotten(self) -> None:
        self.done.append("forgotten")


app = rx.App(api_transformer=[Starlette(routes=routes), Shield])
app.add_page(rx.el.p("target"), route="/")
install(app)
