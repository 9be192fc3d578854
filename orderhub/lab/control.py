"""How is the lab steered? `/lab/…`, JSON both ways: time, orders, faults, tokens, bans, pushes, and the truth."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from orderhub.kernel.errors import BadInput
from orderhub.lab import kuaidi100 as kuaidi
from orderhub.lab import sf
from orderhub.lab.answers import Body
from orderhub.lab.desk import Desk
from orderhub.lab.faults import FAULTS, Fault
from orderhub.lab.kuaidi100 import Kuaidi100
from orderhub.lab.living import Living
from orderhub.lab.posts import Posts
from orderhub.lab.pushes import Pushes
from orderhub.lab.wechat import Wechat
from orderhub.lab.world import World

# Those beside the platforms that a fault may strike as a shop.
_PARTNERS = (sf.NAME, kuaidi.NAME)
MOST_ADVANCE_SECONDS = 60 * 86400


class Control:
    def __init__(
        self, world: World, living: Living, pushes: Pushes, posts: Posts, wechat: Wechat, *, kuaidi100: Kuaidi100
    ) -> None:
        self.world = world
        self.kuaidi100 = kuaidi100
        self.wechat = wechat
        self.living = living
        self.pushes = pushes
        self.posts = posts
        self.desk = Desk(world, living)

    def routes(self) -> list[Route]:
        return [
            _get("/lab", self.state),
            _get("/lab/shops", self.shops),
            _get("/lab/uploads", self.uploads),
            _get("/lab/truth", self.truth),
            Route("/lab/authorise", self.authorise, methods=["GET"]),
            _get("/lab/pushes", self.pushed),
            _get("/lab/posts", self.posted),
            _get("/lab/faults", self.faults),
            _get("/lab/orders/{shop}/{number}", self.order),
            _get("/lab/wechat", self.wechat.state),
            _post("/lab/wechat/notify-target", self.wechat.set_target),
            _post("/lab/wechat/payments", self.wechat.pay),
            _post("/lab/wechat/expire-token", self.wechat.expire_token),
            _get("/lab/kuaidi100", self.kuaidi100.state),
            _post("/lab/kuaidi100", self.kuaidi100.steer),
            _post("/lab/start", self.start),
            _post("/lab/stop", self.stop),
            _post("/lab/rate", self.rate),
            _post("/lab/advance", self.advance),
            _post("/lab/orders", self.make_orders),
            _post("/lab/orders/{shop}/{number}", self.change_order),
            _post("/lab/faults", self.set_fault),
            _post("/lab/shops/{shop}/expire-token", self.expire_token),
            _post("/lab/shops/{shop}/ban", self.ban),
            _post("/lab/shops/{shop}/push-target", self.push_target),
            _post("/lab/shops/{shop}/post-target", self.post_target),
            Route("/lab/faults", _asked(self.clear_faults), methods=["DELETE"]),
            Route("/lab/faults/{number:int}", _asked(self.clear_faults), methods=["DELETE"]),
        ]

    def state(self, asked: Body) -> Body:
        living = self.living
        orders = {code: len(shelf.orders) for code, shelf in self.world.shelves.items()}
        rate = {"orders_per_day": living.orders_per_day, "speed": living.speed, "seed": self.world.seed}
        time = {"now": self.world.now(), "ahead_seconds": self.world.ahead_seconds, "is_running": living.is_running}
        return {**rate, **time, "other_system_ships": self.world.other_system_ships, "orders": orders}

    def shops(self, asked: Body) -> Body:
        held = self.world.tokens
        now = {code: {"access_token": held[code].access, "refresh_token": held[code].refresh} for code in held}
        ends = {code: {"expires_at": held[code].expires_at} for code in held}
        return {"shops": [asdict(shop) | now[shop.code] | ends[shop.code] for shop in self.world.shops.values()]}

    def start(self, asked: Body) -> Body:
        self.living.resume(self.world.now())
        self.living.is_running = True
        return self.state(asked)

    def stop(self, asked: Body) -> Body:
        self.living.is_running = False
        return self.state(asked)

    def rate(self, asked: Body) -> Body:
        """Counts from the next ten seconds on."""
        self.living.orders_per_day = _figure(asked, "orders_per_day", self.living.orders_per_day, most=10_000_000)
        self.living.speed = _figure(asked, "speed", self.living.speed, most=1000)
        self.world.other_system_ships = bool(asked.get("other_system_ships", self.world.other_system_ships))
        return self.state(asked)

    def advance(self, asked: Body) -> Body:
        """Lab time runs ahead of the clock by so much more; everything due in between happens now."""
        if not self.living.is_running:
            self.living.resume(self.world.now())
        self.world.ahead_seconds += _figure(asked, "seconds", 0, most=MOST_ADVANCE_SECONDS)
        self.living.live_until(self.world.now())
        return self.state(asked)

    def make_orders(self, asked: Body) -> Body:
        count = int(_figure(asked, "count", 1, most=10_000))
        made = [self.desk.make(asked) for _ in range(max(1, count))]
        write_no = self.world.platform_of(made[0].shop).write_no
        return self.desk.shown(made[0]) if "count" not in asked else {"numbers": [write_no(o.number) for o in made]}

    def order(self, asked: Body) -> Body:
        return self.desk.shown(self.world.order(asked["shop"], asked["number"]))

    def change_order(self, asked: Body) -> Body:
        order = self.world.order(asked["shop"], asked["number"])
        self.desk.change(order, asked)
        return self.desk.shown(order)

    def set_fault(self, asked: Body) -> Body:
        known = {field.name for field in fields(Fault)} - {"number", "hits"}
        if strangers := set(asked) - known:
            raise BadInput(f"a fault has no {', '.join(sorted(strangers))}", field="fault", problem="unknown_field")
        if asked.get("shop") not in (None, "", *_PARTNERS):
            self.world.shop(asked["shop"])
        return asdict(self.world.faults.set(Fault(**{"name": "", **asked})))

    def faults(self, asked: Body) -> Body:
        return {"faults": self.world.faults.listed(), "known": FAULTS}

    def clear_faults(self, asked: Body) -> Body:
        self.world.faults.clear(asked.get("number"))
        return self.faults(asked)

    def uploads(self, asked: Body) -> Body:
        """What the hub told the platforms, oldest first; ``?kind=shipment&shop=…`` narrows it."""
        kind, shop = asked.get("kind", ""), asked.get("shop", "")
        rows = [row for row in self.world.uploads if kind in ("", row["kind"]) and shop in ("", row["shop"])]
        stock = {code: shelf.stock for code, shelf in self.world.shelves.items() if shop in ("", code)}
        return {"uploads": rows, "stock": stock}

    async def authorise(self, request: Request) -> Response:
        """The merchant says yes at once: back to this machine with the shop's code."""
        asked = request.query_params
        key = asked.get("client_id") or asked.get("app_key") or ""
        shop = next((shop for shop in self.world.shops.values() if shop.app_key == key), None)
        back = urlsplit(asked.get("redirect_uri", ""))
        if shop is None or back.hostname not in ("localhost", "127.0.0.1"):
            raise BadInput("authorise: no such application, or not this machine", field="client_id", problem="unknown")
        query = urlencode({"code": shop.auth_code, "state": asked.get("state", "")})
        return RedirectResponse(back._replace(query=query).geturl(), 302)

    def truth(self, asked: Body) -> Body:
        return {"hours": self.world.truth.rows(asked.get("shop", ""))}

    def expire_token(self, asked: Body) -> Body:
        self.world.tokens[self.world.shop(asked["shop"]).code].expire(self.world.now())
        return {"shop": asked["shop"], "expired": True}

    def ban(self, asked: Body) -> Body:
        shop, seconds = self.world.shop(asked["shop"]), int(_figure(asked, "seconds", 60, most=86400))
        self.world.banned_until[shop.code] = self.world.now() + seconds
        return {"shop": shop.code, "seconds": seconds}

    def push_target(self, asked: Body) -> Body:
        """Where pushes for a shop go; an empty URL ends them. A probe (tag 0) is sent at once."""
        shop, url = self.world.shop(asked["shop"]), _url(asked)
        if not self.world.platform_of(shop.code).is_pushed:
            raise BadInput(f"{shop.code}: {shop.channel} does not push over HTTP", field="shop", problem="no_push")
        self.pushes.targets.pop(shop.code, None)
        if url:
            self.pushes.targets[shop.code] = url
            self.pushes.probe(shop)
        return {"shop": shop.code, "url": url}

    def pushed(self, asked: Body) -> Body:
        sent = [push.facts() for push in list(self.pushes.sent)]
        return {"targets": self.pushes.targets, "waiting": self.pushes.waiting, "lost": self.pushes.lost, "sent": sent}

    def post_target(self, asked: Body) -> Body:
        """Where a mini-program's orders are posted, with which API key; an empty URL ends it."""
        shop, url, key = self.world.shop(asked["shop"]), _url(asked), asked.get("key", "")
        if not self.world.platform_of(shop.code).is_posted:
            raise BadInput(f"{shop.code}: {shop.channel} is asked for its orders", field="shop", problem="no_post")
        if url and not (isinstance(key, str) and key.isascii() and key.isprintable() and key):
            raise BadInput("key: needs an API key of the hub with the right to post", field="key", problem="no_key")
        if url:
            self.posts.set_target(shop, url, key)
        else:
            self.posts.targets.pop(shop.code, None)
        return {"shop": shop.code, "url": url}

    def posted(self, asked: Body) -> Body:
        """``targets`` are those whose key the hub takes."""
        sent = [post.facts() for post in list(self.posts.sent)]
        targets = {code: target.url for code, target in self.posts.targets.items() if not target.is_refused}
        return {"targets": targets, "waiting": self.posts.waiting, "lost": self.posts.lost, "sent": sent}


def _url(asked: Body) -> str:
    """Raises: BadInput: neither an address nor empty."""
    url = str(asked.get("url", ""))
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise BadInput("url: needs http:// or https:// and a host", field="url", problem="not_url")
    return url


def _figure(asked: Body, name: str, otherwise: float, *, most: float) -> float:
    value = asked.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadInput(f"{name}: needs a number from 0 to {most:g}", field=name, problem="not_number")
    return value


def _get(path: str, answer: Callable[[Body], Body]) -> Route:
    return Route(path, _asked(answer), methods=["GET"])


def _post(path: str, answer: Callable[[Body], Body]) -> Route:
    return Route(path, _asked(answer), methods=["POST"])


def _asked(answer: Callable[[Body], Body]) -> Callable[[Request], Awaitable[Response]]:
    """``answer`` gets query, body and path in one; the path has the last word."""

    async def endpoint(request: Request) -> Response:
        body: Any = {}
        if await request.body():
            try:
                body = await request.json()
            except ValueError as error:
                raise BadInput("the body is no JSON", problem="not_json") from error
        if not isinstance(body, dict):
            raise BadInput("the body is no JSON object", problem="not_json")
        return JSONResponse(answer({**request.query_params, **body, **request.path_params}))

    return endpoint
