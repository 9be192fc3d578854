import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from orderhub.connectors.channels.contract import Credentials
from orderhub.connectors.channels.douyin.signing import DoudianAuth, canonical
from orderhub.connectors.channels.jd.signing import JosAuth
from orderhub.connectors.channels.jd.signing import canonical as jd_canonical
from orderhub.connectors.channels.taobao.signing import TopAuth
from orderhub.lab.app import create_lab
from orderhub.lab.shops import DEMO_SHOPS

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # Tuesday, 20:00 in Shanghai
SHOPS = {shop.code: shop for shop in DEMO_SHOPS}
TAOBAO, DOUYIN, JD = (SHOPS[code] for code in ("tb-flagship", "dy-flagship", "jd-flagship"))


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Lab:
    """The lab over its wire, signed as a hub signs; ``ahead`` is the caller's own clock against the lab's."""

    client: TestClient
    clock: Clock
    ahead: timedelta = field(default=timedelta())

    @property
    def world(self) -> Any:
        return self.client.app.state.world

    def get(self, path: str, **query: Any) -> Any:
        return self._read(self.client.get(f"/lab{path}", params=query))

    def post(self, path: str, **body: Any) -> Any:
        return self._read(self.client.post(f"/lab{path}", json=body))

    def order(self, shop: str, **wanted: Any) -> Any:
        return self.post("/orders", shop=shop, **wanted)

    def change(self, order: Any, do: str, **wanted: Any) -> Any:
        return self.post(f"/orders/{order['shop']}/{order['number']}", do=do, **wanted)

    def advance(self, **span: float) -> Any:
        return self.post("/advance", seconds=timedelta(**span).total_seconds())

    def top_answer(self, method: str, *, shop: Any = TAOBAO, sign_method: str = "hmac-sha256", **business: Any) -> Any:
        auth = TopAuth(self.credentials(shop), lambda: self.clock() + self.ahead, method=sign_method)
        business = {name: str(value) for name, value in business.items()}
        return self.client.post("/taobao/router/rest", params={"method": method}, data=business, auth=auth)

    def top(self, method: str, **wanted: Any) -> Any:
        """The body under its response key, or the error."""
        body = self.top_answer(method, **wanted).json()
        return body.get("error_response") or body[method.removeprefix("taobao.").replace(".", "_") + "_response"]

    def douyin_answer(self, method: str, params: Any = None, *, shop: Any = DOUYIN) -> Any:
        auth = DoudianAuth(self.credentials(shop), method, lambda: self.clock() + self.ahead)
        raw = canonical(params or {}).encode()
        return self.client.post(f"/douyin/{method.replace('.', '/')}", content=raw, auth=auth)

    def douyin(self, method: str, params: Any = None, **wanted: Any) -> Any:
        """``data``, or the whole error."""
        body = self.douyin_answer(method, params, **wanted).json()
        return body["data"] if body["code"] == 10000 else body

    def jd_answer(self, method: str, asked: Any = None, *, shop: Any = JD) -> Any:
        auth = JosAuth(self.credentials(shop), lambda: self.clock() + self.ahead)
        form = {"360buy_param_json": jd_canonical(asked or {})}
        return self.client.post("/jd/routerjson", params={"method": method}, data=form, auth=auth)

    def jd(self, method: str, asked: Any = None, **wanted: Any) -> Any:
        """What stands in the envelope, or the error."""
        body = self.jd_answer(method, asked, **wanted).json()
        return body.get("error_response") or body[f"{method.replace('.', '_')}_responce"]

    def credentials(self, shop: Any) -> Credentials:
        held = self.world.tokens.get(shop.code)
        return Credentials(shop.app_key, shop.app_secret, shop.shop_no, held.access if held else "", "")

    def trades(self, **wanted: Any) -> Any:
        """Trades changed within the last hour, whole."""
        span = {"start_modified": self.text(hours=-1), "end_modified": self.text(seconds=1)}
        fields = "tid,modified,status,payment,orders"
        return self.top("taobao.trades.sold.increment.get", **{"fields": fields, **span, **wanted})

    def listed(self, **wanted: Any) -> Any:
        """Douyin's orders changed within the last hour."""
        now = self.world.now()
        span = {"update_time_start": now - 3600, "update_time_end": now + 1, "order_by": "update_time"}
        return self.douyin("order.searchList", {**span, **wanted})

    def text(self, **span: float) -> str:
        moment = datetime.fromtimestamp(self.world.now(), UTC) + timedelta(hours=8) + timedelta(**span)
        return moment.strftime("%Y-%m-%d %H:%M:%S")

    @staticmethod
    def _read(response: Any) -> Any:
        return json.loads(response.content) | ({} if response.status_code == 200 else {"http": response.status_code})


def new_lab(**wanted: Any) -> Lab:
    clock = Clock()
    return Lab(TestClient(create_lab(now=clock, living=False, **wanted), raise_server_exceptions=True), clock)


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab that stands still: orders come only when a test says so."""
    made = new_lab()
    yield made
    made.client.app.state.pushes.close()
