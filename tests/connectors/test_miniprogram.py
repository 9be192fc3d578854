"""WeChat hears of a parcel: one token for many calls, what is there read first, every refusal in words."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from orderhub.connectors.channels import miniprogram
from orderhub.connectors.channels.contract import Credentials, ShipNotice, TokenGrant
from orderhub.connectors.channels.miniprogram.client import WORDS
from orderhub.kernel.errors import PartnerBanned, PartnerRefused, PartnerUnauthorised, PartnerUnavailable

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
UPLOAD = "/wxa/sec/order/upload_shipping_info"


class Ring:
    def __init__(self) -> None:
        self.credentials = Credentials("wx01", "app-secret")
        self.renewals = 0

    def read(self) -> Credentials:
        return self.credentials

    def renew(self, grant: TokenGrant) -> Credentials:
        self.renewals += 1
        self.credentials = Credentials("wx01", "app-secret", "", grant.access_token, "", grant.expires_at)
        return self.credentials


@dataclass
class Gateway:
    """``refusals`` are answered to the next uploads."""

    order: dict[str, Any] = field(default_factory=lambda: {"order_state": 1, "shipping": {"shipping_list": []}})
    refusals: list[dict[str, Any]] = field(default_factory=list)
    token: str = "t" * 150
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def take(self, request: httpx.Request) -> httpx.Response:
        path, body = request.url.path, json.loads(request.content)
        self.asked.append((path, body))
        if path == "/cgi-bin/stable_token":
            return httpx.Response(200, json={"access_token": self.token, "expires_in": 7200})
        if request.url.params.get("access_token") != self.token:
            return httpx.Response(200, json={"errcode": 42001, "errmsg": "access_token expired rid: 0"})
        if path == UPLOAD and self.refusals:
            return httpx.Response(200, json=self.refusals.pop(0))
        rows = [{"delivery_id": "ZTO", "delivery_name": "中通快递"}, {"delivery_id": "SF", "delivery_name": "顺丰速运"}]
        found = {"/wxa/sec/order/get_order": {"order": self.order}, UPLOAD: {}}
        return httpx.Response(200, json={"errcode": 0, "errmsg": "ok"} | found.get(path, {"delivery_list": rows}))

    def uploads(self) -> list[dict[str, Any]]:
        return [body for path, body in self.asked if path == UPLOAD]


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.fixture
def line(gateway, ring):
    return miniprogram.connect(
        ring, base_url="https://weixin.invalid", transport=httpx.MockTransport(gateway.take), now=lambda: NOW
    )


def notice(**changes: Any) -> ShipNotice:
    facts = {
        "channel_order_no": "mp-1",
        "tracking_no": "ZT1",
        "carrier_code": "ZTO",
        "payment_no": "4200000001",
        "payer_token": "openid-1",
        "goods_text": "收纳箱 40L ×1",
    }
    return ShipNotice(**facts | changes)


def test_a_parcel_is_told_as_the_platform_writes_it(line, gateway):
    line.ship(notice())
    assert gateway.uploads() == [
        {
            "order_key": {"order_number_type": 2, "transaction_id": "4200000001"},
            "logistics_type": 1,
            "delivery_mode": 1,
            "is_all_delivered": True,
            "shipping_list": [{"tracking_no": "ZT1", "express_company": "ZTO", "item_desc": "收纳箱 40L ×1"}],
            "upload_time": "2026-11-24T10:00:00.000+08:00",
            "payer": {"openid": "openid-1"},
        }
    ]


def test_the_stable_token_is_asked_for_once(line, gateway, ring):
    for number in ("ZT1", "ZT2", "ZT3"):
        line.ship(notice(tracking_no=number))
    paths = [path for path, _ in gateway.asked]
    assert (paths.count("/cgi-bin/stable_token"), ring.renewals) == (1, 1)
    assert gateway.asked[0][1] == {
        "appid": "wx01",
        "secret": "app-secret",
        "grant_type": "client_credential",
        "force_refresh": False,
    }
    assert ring.credentials.expires_at == NOW + timedelta(hours=2)


@pytest.mark.parametrize("how", ["dead", "ended"])
def test_a_token_that_died_is_renewed_and_the_call_repeated(line, gateway, ring, how):
    line.ship(notice())
    if how == "dead":
        gateway.token = "u" * 150
    else:
        ring.credentials = Credentials("wx01", "app-secret", "", gateway.token, "", NOW)
    line.ship(notice(tracking_no="ZT2"))
    assert ring.renewals == 2


def test_a_secret_that_is_wrong_asks_to_connect_the_shop_again(gateway, ring):
    def take(request):
        return httpx.Response(200, json={"errcode": 40125, "errmsg": "invalid appsecret"})

    line = miniprogram.connect(ring, base_url="https://weixin.invalid", transport=httpx.MockTransport(take))
    with pytest.raises(PartnerUnauthorised, match="40125"):
        line.ship(notice())


def test_a_parcel_the_platform_knows_is_a_success(line, gateway):
    gateway.order = {"order_state": 3, "shipping": {"finish_shipping": True, "shipping_list": [{"tracking_no": "ZT1"}]}}
    line.ship(notice())
    assert gateway.uploads() == []


@pytest.mark.parametrize("order", [
    {"order_state": 2, "shipping": {"finish_shipping": True, "shipping_list": [{"tracking_no": "ZT9"}]}},
    {"order_state": 5, "shipping": {}},
])  # fmt: skip
def test_the_one_correction_is_left_to_a_person(line, gateway, order):
    gateway.order = order
    with pytest.raises(PartnerRefused, match="back office"):
        line.ship(notice())
    assert gateway.uploads() == []


def test_the_second_of_two_parcels_joins_the_first(line, gateway):
    line.ship(notice(is_last=False))
    gateway.order = {
        "order_state": 1,
        "shipping": {"delivery_mode": 2, "finish_shipping": False, "shipping_list": [{"tracking_no": "ZT1"}]},
    }
    line.ship(notice(tracking_no="ZT2"))
    assert [(one["delivery_mode"], one["is_all_delivered"]) for one in gateway.uploads()] == [(2, False), (2, True)]


@pytest.mark.parametrize("said", ["zto", "中通", "中通快递有限公司"])
def test_a_carrier_is_found_by_id_or_name(line, gateway, said):
    line.ship(notice(carrier_code=said))
    assert gateway.uploads()[0]["shipping_list"][0]["express_company"] == "ZTO"


@pytest.mark.parametrize("said", ["", "通", "飞毛腿"])
def test_a_carrier_nobody_knows_is_refused_before_it_is_told(line, gateway, said):
    with pytest.raises(PartnerRefused, match="knows no carrier"):
        line.ship(notice(carrier_code=said))
    assert gateway.uploads() == []


def test_sf_gets_the_masked_phone_it_asks_for(line, gateway):
    line.ship(notice(carrier_code="SF", phone_masked="138****0000"))
    assert gateway.uploads()[0]["shipping_list"][0]["contact"] == {"receiver_contact": "138****0000"}


@pytest.mark.parametrize("code", [10060002, 10060003, 10060004, 10060031, 268485227, 47001])
def test_a_refusal_is_said_in_words_and_not_repeated(line, gateway, code):
    gateway.refusals = [{"errcode": code, "errmsg": "rid: 0"}] * 2
    with pytest.raises(PartnerRefused, match=f"{code} {WORDS[code]}") as refused:
        line.ship(notice())
    assert refused.value.partner_code == str(code)
    assert len(gateway.uploads()) == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [(-1, PartnerUnavailable), (10060001, PartnerUnavailable), (10060012, PartnerUnavailable), (45009, PartnerBanned)],
)
def test_a_passing_refusal_is_for_the_caller_to_repeat(line, gateway, code, error):
    gateway.refusals = [{"errcode": code, "errmsg": "rid: 0"}]
    with pytest.raises(error):
        line.ship(notice())
    assert len(gateway.uploads()) == 1


def test_an_unknown_code_keeps_the_platforms_own_words(line, gateway):
    gateway.refusals = [{"errcode": 99, "errmsg": "something new"}]
    with pytest.raises(PartnerRefused, match="99 something new"):
        line.ship(notice())


def test_goods_are_cut_to_what_the_platform_takes(line, gateway):
    line.ship(notice(goods_text="箱" * 300))
    assert len(gateway.uploads()[0]["shipping_list"][0]["item_desc"]) == 120
