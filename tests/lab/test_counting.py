"""Does the hub's own line count at the lab's Pinduoduo what was placed, although it is listed by confirmation?"""

from datetime import timedelta

import httpx

from orderhub.connectors.channels import pinduoduo
from orderhub.connectors.channels.contract import Credentials, TokenGrant, Window

from .conftest import NOW, SHOPS, Lab

SHOP = SHOPS["pdd-flagship"]
HOUR = timedelta(hours=1)


class Ring:
    """The shop's first keys."""

    def __init__(self, lab: Lab) -> None:
        self._credentials = lab.credentials(SHOP)

    def read(self) -> Credentials:
        return self._credentials

    def renew(self, grant: TokenGrant) -> Credentials:
        raise AssertionError(grant)


def counted(lab: Lab, hour: Window) -> set[str]:
    def take(request: httpx.Request) -> httpx.Response:
        answer = lab.client.post(request.url.path, content=request.content, headers=dict(request.headers))
        return httpx.Response(answer.status_code, content=answer.content)

    url = "http://testserver/pinduoduo/api/router"
    connector = pinduoduo.connect(Ring(lab), base_url=url, transport=httpx.MockTransport(take), now=lab.clock)
    found = [placed for page in connector.placed_orders(hour) for placed in page]
    return {placed.channel_order_no for placed in found if hour.start <= placed.placed_at < hour.end}


def test_an_order_confirmed_long_after_it_was_placed_is_counted_in_its_hour(lab):
    at_once, waiting = lab.order(SHOP.code, paid=True), lab.order(SHOP.code)
    hour = Window(NOW, NOW + HOUR)
    lab.clock.move(hours=23)
    assert counted(lab, hour) == {at_once["number"]}
    lab.change(waiting, "pay")
    lab.clock.move(hours=3)
    assert counted(lab, hour) == {at_once["number"], waiting["number"]}
    assert counted(lab, Window(hour.end, hour.end + HOUR)) == set()
