"""Kuaidi100: signed as its documents say, read by state code, and believed only when our salt signs."""

import hashlib
import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import httpx
import pytest

from orderhub.connectors.trackers.contract import TrackerKeys, TrackWish
from orderhub.connectors.trackers.kuaidi100 import connect, read_push
from orderhub.domain.words import Carrier, ScanNode, WatchState
from orderhub.kernel.errors import BadInput, NotAllowed, PartnerRefused, PartnerUnauthorised, PartnerUnavailable

KEYS = TrackerKeys("CUSTOMER", "key-1", "salt-1")
WISH = TrackWish("YT0000000000001", Carrier.YTO, "0000")
# The shape of the service's own sample; words, numbers and times are ours.
ROWS = [
    {
        "ftime": "2026-11-24 16:58:21",
        "context": "已签收，签收人：代收点",
        "statusCode": "304",
        "areaName": "四川,成都市",
    },
    {"ftime": "2026-11-24 12:20:02", "context": "快件已暂存至示例驿站，请及时领取", "statusCode": "501"},
    {"ftime": "2026-11-23 23:40:35", "context": "快件已到达 【示例转运中心】", "statusCode": "0"},
    {"time": "2026-11-21 18:31:42", "context": "【示例网点】 已揽收", "statusCode": "1"},
]
TRACK = {"message": "ok", "nu": WISH.tracking_no, "com": "yuantong", "status": "200", "state": "3", "data": ROWS}


class Service:
    """Answers what it is told to; keeps what it was asked."""

    def __init__(self, answer: dict) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.line = connect(KEYS, base_url="https://kuaidi.test", transport=httpx.MockTransport(self._serve))

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.url.path, dict(parse_qsl(request.content.decode(), keep_blank_values=True))))
        return httpx.Response(200, json=self.answer)


def test_a_query_is_signed_over_the_very_text_that_is_sent():
    service = Service(TRACK)
    track = service.line.ask([WISH])[0]
    ((path, form),) = service.asked
    assert path == "/poll/query.do"
    wanted = hashlib.md5((form["param"] + KEYS.key + KEYS.customer).encode(), usedforsecurity=False).hexdigest().upper()
    assert form["sign"] == wanted
    assert json.loads(form["param"]) | {"com": "yuantong", "num": WISH.tracking_no} == json.loads(form["param"])
    assert (track.tracking_no, track.watch) == (WISH.tracking_no, WatchState.UNKNOWN)


def test_codes_say_the_node_and_times_are_beijing():
    scans = Service(TRACK).line.ask([WISH])[0].scans
    nodes = [scan.node for scan in scans]
    assert nodes == [ScanNode.COLLECTED, None, ScanNode.READY_FOR_PICKUP, ScanNode.DELIVERED]
    assert scans[3].at == datetime(2026, 11, 24, 8, 58, 21, tzinfo=UTC)
    assert scans[3].place == "四川 成都市"
    assert scans[0].at == datetime(2026, 11, 21, 10, 31, 42, tzinfo=UTC)


def test_of_two_scans_in_one_second_the_one_told_first_is_the_later():
    rows = [{"ftime": "2026-11-24 16:58:21", "context": text} for text in ("已签收，签收人：本人", "正在派件")]
    assert [scan.text for scan in Service(TRACK | {"data": rows}).line.ask([WISH])[0].scans] == [
        "正在派件",
        "已签收，签收人：本人",
    ]


def test_nothing_known_yet_is_an_answer():
    service = Service({"result": False, "returnCode": "500", "message": "查询无结果"})
    assert service.line.ask([WISH])[0].scans == ()


@pytest.mark.parametrize(
    ("code", "error"),
    [("400", PartnerRefused), ("408", PartnerRefused), ("503", PartnerUnauthorised), ("601", PartnerUnauthorised)],
)
def test_a_refusal_is_told_in_our_words(code: str, error: type[Exception]):
    with pytest.raises(error, match=code):
        Service({"result": False, "returnCode": code, "message": "…"}).line.ask([WISH])


def test_a_passing_fault_of_a_query_is_asked_again():
    service = Service({"result": False, "returnCode": "502", "message": "服务器繁忙"})
    with pytest.raises(PartnerUnavailable):
        service.line.ask([WISH])[0]
    assert len(service.asked) == 3


@pytest.mark.parametrize("code", ["200", "501"])
def test_to_subscribe_twice_is_a_success(code: str):
    service = Service({"result": code == "200", "returnCode": code, "message": "…"})
    service.line.subscribe(WISH, "https://hub.test/api/push/kuaidi100")
    ((path, form),) = service.asked
    param = json.loads(form["param"])
    assert path == "/poll"
    assert param["parameters"]["callbackurl"] == "https://hub.test/api/push/kuaidi100"
    assert param["parameters"]["salt"] == KEYS.salt


@pytest.mark.parametrize(("code", "error"), [("500", PartnerUnavailable), ("701", PartnerRefused)])
def test_a_subscription_that_was_not_taken_is_an_error(code: str, error: type[Exception]):
    with pytest.raises(error):
        Service({"result": False, "returnCode": code, "message": "…"}).line.subscribe(WISH, "https://hub.test/x")


def pushed(salt: str = KEYS.salt, **changes: object) -> dict[str, str]:
    body = {"status": "polling", "autoCheck": "0", "comNew": "", "lastResult": TRACK} | changes
    param = json.dumps(body, ensure_ascii=False)
    return {"param": param, "sign": hashlib.md5((param + salt).encode(), usedforsecurity=False).hexdigest().upper()}


@pytest.mark.parametrize(
    ("word", "watch"),
    [("polling", WatchState.WATCHING), ("shutdown", WatchState.OVER), ("abort", WatchState.BROKEN_OFF)],
)
def test_a_push_is_read(word: str, watch: WatchState):
    track = read_push(pushed(status=word), KEYS)
    assert (track.tracking_no, track.watch, len(track.scans), track.carrier) == (WISH.tracking_no, watch, 4, None)


def test_a_carrier_that_the_service_corrected_is_told():
    assert read_push(pushed(autoCheck="1", comNew="zhongtong"), KEYS).carrier is Carrier.ZTO


def test_a_forged_or_broken_push_is_refused():
    for form in (pushed("other"), pushed() | {"sign": ""}, {"param": "", "sign": ""}, {}):
        with pytest.raises(NotAllowed):
            read_push(form, KEYS)
    with pytest.raises(NotAllowed):
        read_push(pushed(""), TrackerKeys("c", "k", ""))
    param = "[1]"
    signed = hashlib.md5((param + KEYS.salt).encode(), usedforsecurity=False).hexdigest()
    with pytest.raises(BadInput):
        read_push({"param": param, "sign": signed}, KEYS)
    with pytest.raises(BadInput):
        read_push(pushed(lastResult={**TRACK, "data": [{"context": "x"}]}), KEYS)
