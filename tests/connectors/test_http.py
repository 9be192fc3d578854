"""The partner client: patient where it is safe, obedient when told to stay away, one renewal for many callers."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from orderhub.connectors.channels.contract import Credentials, ShipNotice, TokenGrant, Window
from orderhub.connectors.channels.taobao.client import TaobaoConnector, judge
from orderhub.connectors.channels.taobao.signing import sign
from orderhub.connectors.http import PartnerClient
from orderhub.kernel.errors import PartnerBanned, PartnerRefused, PartnerUnauthorised, PartnerUnavailable

from .taobao_bodies import trade

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
WINDOW = Window(START - timedelta(hours=1), START)
Answer = Callable[[dict[str, str]], httpx.Response]


class Ring:
    def __init__(self) -> None:
        self.credentials = Credentials("12345678", "secret", access_token="old", refresh_token="refresh-0")
        self.renewals = 0

    def read(self) -> Credentials:
        return self.credentials

    def renew(self, grant: TokenGrant) -> Credentials:
        self.renewals += 1
        self.credentials = Credentials(
            "12345678", "secret", access_token=grant.access_token, refresh_token=grant.refresh_token
        )
        return self.credentials


class Outside:
    """Answers by method, counts what was asked, and moves its own clock when the client sleeps."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[str] = []
        self.now = START
        self.ring = Ring()
        self._answer = answer
        client = PartnerClient(
            "Taobao",
            judge,
            calls_per_second=1000,
            transport=httpx.MockTransport(self._take),
            now=lambda: self.now,
            sleep=lambda _seconds: None,
        )
        self.connector = TaobaoConnector(self.ring, client, "https://lab.invalid/router/rest")

    def _take(self, request: httpx.Request) -> httpx.Response:
        sent = dict(request.url.params) | dict(httpx.QueryParams(request.content.decode()))
        expected = sign({name: value for name, value in sent.items() if name != "sign"}, "secret")
        assert sent["sign"] == expected
        self.asked.append(sent["method"])
        return self._answer(sent)


def error(code: int, sub_code: str = "", sub_msg: str = "") -> httpx.Response:
    body = {"code": code, "msg": "x", "sub_code": sub_code, "sub_msg": sub_msg}
    return httpx.Response(200, json={"error_response": body})


def found(body: dict[str, Any] | None = None) -> httpx.Response:
    return httpx.Response(200, json={"trade_fullinfo_get_response": {"trade": body or trade()}})


def test_an_order_is_asked_for_signed_and_masked():
    outside = Outside(lambda _sent: found(trade(receiver_mobile="13800000000")))
    native = outside.connector.order("9000000000000748675")
    assert (native.number, native.updated_at) == ("9000000000000748675", datetime(2026, 11, 24, 1, 1, tzinfo=UTC))
    assert native.body["receiver_mobile"] == "138****0000"


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(502, text="bad gateway"),
        httpx.Response(200, text='{"trade_fullinfo'),
        httpx.Response(200, text="[]"),
        httpx.Response(200, json={"something_else": {}}),
        error(520, "isp.remote-service-timeout"),
        error(10),
    ],
)
def test_a_passing_fault_of_a_reading_call_is_asked_again(fault):
    answers = iter([fault, found()])
    outside = Outside(lambda _sent: next(answers))
    if "something_else" in fault.text:
        with pytest.raises(PartnerUnavailable):
            outside.connector.order("1")
    else:
        assert outside.connector.order("1").number == "9000000000000748675"


def test_a_writing_call_is_never_repeated_by_itself():
    def unreachable(_sent: dict[str, str]) -> httpx.Response:
        raise httpx.ConnectTimeout("slow")

    outside = Outside(unreachable)
    with pytest.raises(PartnerUnavailable, match="did not answer in time"):
        outside.connector.ship(ShipNotice("1", "SF1", "SF"))
    assert outside.asked == ["taobao.logistics.offline.send"]


def test_what_is_only_read_is_asked_for_unsigned_and_again_only_where_that_is_safe():
    asked: list[tuple[str, bytes, bytes]] = []

    def take(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.query, request.content))
        return httpx.Response(200, json={"code": 0}) if len(asked) % 2 == 0 else httpx.Response(502)

    client = PartnerClient(
        "JD", judge, calls_per_second=1000, transport=httpx.MockTransport(take), sleep=lambda _seconds: None
    )
    assert client.get("https://lab.invalid/token", safe=True, params={"code": "1"}) == {"code": 0}
    assert asked == [("GET", b"code=1", b"")] * 2
    with pytest.raises(PartnerUnavailable) as caught:
        client.get("https://lab.invalid/token", safe=False, params={"app_secret": "s"})
    assert len(asked) == 3
    assert "app_secret" not in str(caught.value)


def test_a_ban_is_obeyed_until_it_ends():
    answers = iter([error(7, "accesscontrol", "This ban will last for 30 more seconds"), found()])
    outside = Outside(lambda _sent: next(answers))
    with pytest.raises(PartnerBanned) as caught:
        outside.connector.order("1")
    assert caught.value.retry_after == timedelta(seconds=30)
    outside.now += timedelta(seconds=29)
    with pytest.raises(PartnerBanned, match="1 s more"):
        outside.connector.order("1")
    assert len(outside.asked) == 1
    outside.now += timedelta(seconds=1)
    assert outside.connector.order("1").number == "9000000000000748675"


def test_twenty_callers_with_a_dead_token_renew_it_once():
    def answer(sent: dict[str, str]) -> httpx.Response:
        if sent["method"] == "taobao.top.auth.token.refresh":
            token = {"access_token": "new", "refresh_token": "refresh-1", "expires_in": 3600}
            return httpx.Response(200, json={"top_auth_token_refresh_response": {"token_result": json.dumps(token)}})
        return found() if sent["session"] == "new" else error(27, "sessionkey-not-generated-by-server")

    outside = Outside(answer)
    threads = [threading.Thread(target=outside.connector.order, args=("1",)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outside.ring.renewals == 1
    assert outside.asked.count("taobao.top.auth.token.refresh") == 1


def test_a_dead_refresh_token_asks_for_the_shop_to_be_connected_again():
    outside = Outside(lambda sent: error(15, "isv.invalid") if "refresh" in sent["method"] else error(27))
    with pytest.raises(PartnerUnauthorised, match="connect the shop again"):
        outside.connector.order("1")


def test_no_error_carries_a_token():
    outside = Outside(lambda _sent: error(11, "isv.permission-api-package-empty", "token old"))
    with pytest.raises(PartnerRefused) as caught:
        outside.connector.order("1")
    assert "old" not in str(caught.value)
    assert caught.value.partner_code == "isv.permission-api-package-empty"


def test_pages_are_read_from_the_last_to_the_first():
    pages: list[int] = []

    def answer(sent: dict[str, str]) -> httpx.Response:
        if sent["method"] == "taobao.trade.fullinfo.get":
            return found(trade(tid=int(sent["tid"])))
        pages.append(int(sent["page_no"]))
        rows = [{"tid": 1000 + pages[-1], "modified": "2026-11-24 09:59:00"}]
        listed = {"trades": {"trade": rows}, "total_results": 250}
        return httpx.Response(200, json={"trades_sold_increment_get_response": listed})

    outside = Outside(answer)
    numbers = [native.number for page in outside.connector.changed_orders(WINDOW) for native in page]
    assert pages == [1, 3, 2, 1]
    assert numbers == ["1003", "1002", "1001"]


def test_shipping_an_order_that_carries_the_number_already_is_a_success():
    def answer(sent: dict[str, str]) -> httpx.Response:
        if sent["method"] == "taobao.logistics.offline.send":
            return error(15, "isv.logistics-offline-service-error:B04")
        body = trade()
        body["orders"]["order"][0]["invoice_no"] = "SF1"
        return found(body)

    outside = Outside(answer)
    outside.connector.ship(ShipNotice("1", "SF1", "SF"))
    with pytest.raises(PartnerRefused):
        outside.connector.ship(ShipNotice("1", "SF2", "SF"))


def test_an_answer_without_end_is_cut_off():
    outside = Outside(lambda _sent: httpx.Response(200, content=b"x" * 10_000_001))
    with pytest.raises(PartnerUnavailable, match="more than 10 MB"):
        outside.connector.order("1")


def test_a_shorter_ban_does_not_shorten_a_longer_one():
    spans = iter([2, 90])

    def take(_request: httpx.Request) -> httpx.Response:
        seconds = next(spans)
        if seconds == 2:  # another call, on its way at the same time, is banned for longer
            with pytest.raises(PartnerBanned):
                client.post("https://lab.invalid", auth=httpx.Auth(), safe=False)
        return error(7, "", f"This ban will last for {seconds} more seconds")

    client = PartnerClient(
        "Taobao", judge, calls_per_second=100, transport=httpx.MockTransport(take), now=lambda: START
    )
    for left in (2, 90):
        with pytest.raises(PartnerBanned) as caught:
            client.post("https://lab.invalid", auth=httpx.Auth(), safe=False)
        assert caught.value.retry_after == timedelta(seconds=left)


def test_a_call_that_waited_for_its_turn_obeys_a_ban_that_came_meanwhile():
    asked: list[str] = []
    slept: list[float] = []

    def take(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return error(7, "", "This ban will last for 30 more seconds")

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:  # while this call waits, another one is banned
            with pytest.raises(PartnerBanned):
                client.post("https://lab.invalid", auth=httpx.Auth(), safe=True)

    client = PartnerClient(
        "Taobao",
        judge,
        calls_per_second=0.01,
        transport=httpx.MockTransport(take),
        now=lambda: START,
        sleep=sleep,
    )
    with pytest.raises(PartnerBanned):
        client.post("https://lab.invalid", auth=httpx.Auth(), safe=True)
    assert len(asked) == 1
    assert [round(seconds) for seconds in slept] == [99, 199]


def test_reading_gives_up_after_three_tries_and_never_says_what_came():
    outside = Outside(lambda _sent: httpx.Response(500, text="token old"))
    with pytest.raises(PartnerUnavailable) as caught:
        outside.connector.order("1")
    assert len(outside.asked) == 3
    assert str(caught.value) == "Taobao answered with HTTP 500"
