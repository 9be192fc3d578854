"""A receiver in the clear, over the platforms' real wires: the person of the order, shown to the shop alone."""

import httpx
import pytest

from orderhub.connectors.channels import registry
from orderhub.connectors.channels.contract import Credentials
from orderhub.connectors.channels.line import NO_RECEIVER
from orderhub.connectors.channels.registry import lab_gateway
from orderhub.domain.words import Carrier, Channel, ChannelStatus
from orderhub.kernel.errors import PartnerRefused
from orderhub.lab.app import create_lab
from orderhub.lab.people import Person
from tests.flows.hub import TOLD, served

SHOWING = [channel for channel, module in registry.MODULES.items() if "receiver" in module.ABILITIES]


class Ring:
    def __init__(self, shop, tokens) -> None:
        self.shop, self.tokens = shop, tokens

    def read(self) -> Credentials:
        return Credentials(
            self.shop.app_key, self.shop.app_secret, self.shop.shop_no, self.tokens.access, self.tokens.refresh
        )


@pytest.fixture(params=SHOWING)
def line(request):
    lab = create_lab(living=False)
    with served(lab) as url:
        world, code = lab.state.world, TOLD[request.param].shop
        ring = Ring(world.shop(code), world.tokens[code])
        connector = registry.module(request.param).connect(ring, base_url=lab_gateway(request.param, url))
        yield connector, world, code, url
        connector.close()


def placed(world, code, url) -> tuple[str, Person]:
    (number,) = httpx.post(f"{url}/lab/orders", json={"shop": code, "count": 1, "paid": True}).json()["numbers"]
    return number, Person(world.order(code, number).buyer)


def test_the_person_of_the_order_is_told_with_their_place(line):
    connector, world, code, url = line
    number, person = placed(world, code, url)
    found = connector.receiver(number, Carrier.SF)
    assert (found.name, found.mobile) == (person.name, person.mobile)
    place = person.place
    assert (found.province, found.city, found.county) == (place.province, place.city, place.district)
    assert person.address in found.address
    assert repr(found) == "Contact()"
    assert {row["kind"] for row in world.uploads} == {"decrypt"}


@pytest.mark.parametrize("line", [Channel.PINDUODUO], indirect=True)  # the one that takes its ciphers away
def test_whose_cipher_is_gone_is_shown_no_more(line):
    connector, world, code, url = line
    number, _ = placed(world, code, url)
    world.order(code, number).status = ChannelStatus.SHIPPED
    with pytest.raises(PartnerRefused) as caught:
        connector.receiver(number, Carrier.SF)
    assert caught.value.partner_code == NO_RECEIVER
