"""What does the lab serve? The platforms' gateways, WeChat Pay and the control API, in one Starlette app."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import OrderHubError
from orderhub.lab.control import Control
from orderhub.lab.gateways import Gateways
from orderhub.lab.journeys import Parcels
from orderhub.lab.kuaidi100 import Kuaidi100
from orderhub.lab.living import Living
from orderhub.lab.notifiers import Notifiers
from orderhub.lab.oidc import IdentityProvider
from orderhub.lab.posts import Posts
from orderhub.lab.pushes import Pushes
from orderhub.lab.robots import Robots
from orderhub.lab.sf import Sf
from orderhub.lab.sf_routes import SfRoutes
from orderhub.lab.shops import DEMO_SHOPS, LabShop
from orderhub.lab.weather import Weather
from orderhub.lab.wechat import Wechat
from orderhub.lab.world import CAP, World

BEAT_SECONDS = 0.5

log = logging.getLogger(__name__)


def create_lab(
    *,
    seed: int = 1,
    orders_per_day: float = 3000,
    speed: float = 1.0,
    now: Callable[[], datetime] = utc_now,
    shops: Sequence[LabShop] = DEMO_SHOPS,
    history_days: float = 0,
    living: bool = True,
    pace: float = 1.0,
    cap: int = CAP,
) -> Starlette:
    """The app; ``app.state.world`` and ``.living`` are for tests in the same process.

    ``living`` False: orders come only by ``/lab/orders``, ``/lab/advance`` or after ``/lab/start``. ``history_days``
    of orders, at ``orders_per_day`` whatever the speed, have happened before the first call. ``pace`` is
    the parcels' own.
    """
    world = World(shops, seed=seed, clock=now, cap=cap)
    lives = Living(world, orders_per_day=orders_per_day, speed=speed)
    _live_history(world, lives, history_days)
    lives.is_running = living
    pushes = Pushes(world)
    robots = Robots(world)
    parcels = Parcels(pace=pace)
    sf = Sf(world, parcels)
    kuaidi100 = Kuaidi100(world, parcels)
    wechat = Wechat(world)
    weather = Weather(world)
    identity = IdentityProvider(now)
    notifiers = Notifiers(world, wechat)
    posts = Posts(world, wechat)
    world.listeners += [pushes, posts]
    world.carriers.append(sf.ways.shipped)

    def catch_up() -> None:
        if lives.is_running:
            lives.live_until(world.now())
        sf.ways.push_soon()
        kuaidi100.beat()

    app = Starlette(
        routes=[
            *Gateways(world, catch_up).routes(),
            *wechat.routes(),
            *sf.routes(),
            *notifiers.routes(),
            *robots.routes(),
            *kuaidi100.routes(),
            *weather.routes(),
            *identity.routes(),
            *Control(world, lives, pushes, posts, wechat, kuaidi100=kuaidi100, ways=sf.ways).routes(),
        ],
        exception_handlers={OrderHubError: _say_no},
        lifespan=_lifespan(catch_up, pushes, posts, wechat, kuaidi100, sf.ways),
    )
    app.state.world, app.state.living, app.state.wechat, app.state.sf = world, lives, wechat, sf
    app.state.pushes, app.state.posts, app.state.robots = pushes, posts, robots
    app.state.parcels, app.state.kuaidi100, app.state.weather = parcels, kuaidi100, weather
    app.state.notifiers, app.state.identity = notifiers, identity
    return app


def _live_history(world: World, lives: Living, history_days: float) -> None:
    if history_days:
        now, speed = world.now(), lives.speed
        lives.begin(now - int(history_days * 86400))
        lives.speed = 1.0
        lives.live_until(now)
        lives.speed = speed


def _lifespan(
    catch_up: Callable[[], None], *closed_at_end: Pushes | Posts | Wechat | Kuaidi100 | SfRoutes
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        beat = asyncio.create_task(_beat(catch_up))
        yield
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat
        for one in closed_at_end:
            one.close()

    return lifespan


async def _beat(catch_up: Callable[[], None]) -> None:
    while True:
        try:
            catch_up()
        except Exception:
            log.exception("the lab's orders could not go on")
        await asyncio.sleep(BEAT_SECONDS)


async def _say_no(_: Request, error: Exception) -> Response:
    status = error.http_status if isinstance(error, OrderHubError) else 500
    code = error.code if isinstance(error, OrderHubError) else "error"
    return JSONResponse({"code": code, "message": str(error)}, status_code=status)
