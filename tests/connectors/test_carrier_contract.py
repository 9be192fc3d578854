"""One contract for every carrier: what the hub asks of SF it may ask of the next one that joins the registry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from orderhub.connectors.carriers import registry
from orderhub.connectors.carriers.contract import Account, CarrierConnector, Waybill, WaybillWish
from orderhub.domain.drafts import Contact
from orderhub.domain.words import Carrier
from orderhub.kernel.errors import NotFound, PartnerRefused, PartnerUnauthorised
from orderhub.lab import sf
from orderhub.lab.app import create_lab
from tests.flows.hub import served

PERSON = Contact("测试", "13800000001", "测试省", "测试市", "测试区", "测试路1号")
WISH = WaybillWish("OH1-1", PERSON, PERSON, (("收纳箱", 2),))
KEYS = Account("CUSTOMER", "check-word", "month-card")


@dataclass
class Postal:
    """A carrier that numbers parcels by itself and keeps them in memory: the least the contract asks for."""

    account: Account
    made: dict[str, str] = field(default_factory=dict)
    carrier: Carrier = Carrier.POST

    def create_waybill(self, wish: WaybillWish) -> Waybill:
        self.check_account()
        if wish.receiver.province == "海外":
            raise PartnerRefused("does not go there", partner="Post", partner_code="abroad")
        is_new = wish.request_no not in self.made
        number = self.made.setdefault(wish.request_no, f"PO{10_000_000_000 + len(self.made)}")
        return Waybill(wish.request_no, number, "A-1", is_new)

    def cancel_waybill(self, request_no: str) -> None:
        self.check_account()
        self.made.pop(request_no, None)

    def labels(self, tracking_nos: Sequence[str]) -> bytes:
        raise PartnerRefused("draws no labels", partner="Post", partner_code="no-labels")

    def check_account(self) -> None:
        if self.account != KEYS:
            raise PartnerUnauthorised("keys", partner="Post", partner_code="keys")

    def close(self) -> None: ...


@dataclass
class Line:
    connector: CarrierConnector
    stranger: CarrierConnector
    standing: Mapping[str, object]


@pytest.fixture(params=["sf", "post"])
def line(request):
    if request.param == "post":
        ours = Postal(KEYS)
        yield Line(ours, Postal(replace(KEYS, check_word="wrong")), ours.made)
        return
    lab = create_lab(living=False)
    with served(lab) as url:
        connect = registry.module(Carrier.SF).connect
        lines = [connect(keys, base_url=url + sf.PATH) for keys in (sf.ACCOUNT, replace(sf.ACCOUNT, check_word="x"))]
        yield Line(*lines, lab.state.sf.waybills)
        for one in lines:
            one.close()


def test_one_number_has_one_waybill_however_often_it_is_asked_for(line):
    first = line.connector.create_waybill(WISH)
    again = line.connector.create_waybill(WISH)
    other = line.connector.create_waybill(replace(WISH, request_no="OH1-2"))
    assert (first.is_new, again.is_new, other.is_new) == (True, False, True)
    assert first.tracking_no == again.tracking_no != other.tracking_no
    assert (first.request_no, bool(first.label_code)) == ("OH1-1", True)


def test_cancelling_is_safe_to_repeat_and_to_do_for_nothing(line):
    line.connector.create_waybill(WISH)
    for number in ("OH1-1", "OH1-1", "OH404-1"):
        line.connector.cancel_waybill(number)


def test_a_clear_no_and_a_dead_key_are_told_apart_and_nothing_is_made(line):
    with pytest.raises(PartnerRefused) as caught:
        line.connector.create_waybill(replace(WISH, receiver=replace(PERSON, province="海外")))
    assert caught.value.partner_code
    assert not isinstance(caught.value, PartnerUnauthorised)
    for ask in (line.stranger.check_account, lambda: line.stranger.create_waybill(WISH)):
        with pytest.raises(PartnerUnauthorised):
            ask()
    assert dict(line.standing) == {}
    line.connector.check_account()


def test_labels_that_cannot_be_drawn_are_refused_in_words(line):
    with pytest.raises(PartnerRefused, match=r"\w+ \w+"):
        line.connector.labels(["SF404"])


def test_a_carrier_without_a_connector_is_named():
    with pytest.raises(NotFound, match="by hand"):
        registry.module(Carrier.ZTO)
