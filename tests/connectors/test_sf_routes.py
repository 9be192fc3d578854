"""SF's routes: asked ten at a time, read by code first, and a push is read as either of its two forms."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.connectors.carriers.contract import Account
from orderhub.connectors.carriers.sf_line import digest
from orderhub.connectors.trackers import sf
from orderhub.connectors.trackers.contract import TrackDraft, TrackWish
from orderhub.connectors.trackers.sf import OPERATIONS, READ_BY_TEXT, STILL_THERE, answer_to_push, connect, read_push
from orderhub.domain.scan_node import meaning_of
from orderhub.domain.words import Carrier, ScanNode
from orderhub.kernel.errors import BadInput, PartnerRefused, PartnerUnavailable

ACCOUNT = Account("LABHUB", "check-word-1")
MAIL_NO = "SF1000000000001"
JSON, FORM = "application/json;charset=UTF-8", "application/x-www-form-urlencoded; charset=UTF-8"
# What recorded routes and SDKs name, as the collected contracts list it.
NAMED = (
    "54 50 51 46 41 43 607 655 501 407 30 36 31 105 106 310 123 130 44 204 630 634 34 47 33 70 611 631 648 99 80 8000"
    " 646 647"
).split()


def route(operation: str, remark: str, status: str = "", at: str = "2026-11-24 08:00:00", **more: str) -> dict:
    made = {"acceptTime": at, "acceptAddress": "深圳市", "opCode": operation, "remark": remark, **more}
    return made | ({"secondaryStatusCode": status} if status else {})


def pushed(*rows: dict, mail_no: str = MAIL_NO) -> bytes:
    return json.dumps({"Body": {"WaybillRoute": [{"mailno": mail_no, "id": "1"} | row for row in rows]}}).encode()


class Service:
    """Answers with ``routes`` by number; keeps what it was asked."""

    def __init__(self, routes: dict[str, list[dict]], refusal: str = "", code: str = "A1000") -> None:
        self.routes, self.refusal, self.code = routes, refusal, code
        self.asked: list[dict[str, str]] = []
        self.line = connect(ACCOUNT, base_url="https://sf.test/std/service", transport=httpx.MockTransport(self._serve))

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.asked.append({name: values[0] for name, values in parse_qs(request.content.decode()).items()})
        found = [{"mailNo": number, "routes": routes} for number, routes in self.routes.items()]
        inner = {"success": not self.refusal, "errorCode": self.refusal or "S0000", "msgData": {"routeResps": found}}
        data = json.dumps(inner, ensure_ascii=False) if self.code == "A1000" else None
        return httpx.Response(200, json={"apiResultCode": self.code, "apiErrorMsg": "", "apiResultData": data})


def node_of(row: dict) -> ScanNode | None:
    """As the hub understands it: by code, else by sentence."""
    (scan,) = read_push(pushed(row), JSON)[0].scans
    return scan.node if scan.node or not scan.is_movement else meaning_of(scan.text).node


def test_ten_numbers_are_asked_in_one_signed_call_and_answered_in_order():
    wishes = [TrackWish(f"SF{n}", Carrier.SF, tail) for n, tail in enumerate(["0002,0001", "0001", "", *["0001"] * 7])]
    service = Service({"SF9": [route("54", "顺丰速运 已收取快件")], "SF1": [], "SF404": [route("80", "已签收")]})
    found = service.line.ask(wishes)
    (asked,) = service.asked
    assert asked["serviceCode"] == "EXP_RECE_SEARCH_ROUTES"
    assert asked["msgDigest"] == digest(asked["msgData"], asked["timestamp"], ACCOUNT.check_word)
    assert json.loads(asked["msgData"]) == {
        "language": "0",
        "trackingType": "1",
        "trackingNumber": [wish.tracking_no for wish in wishes],
        "methodType": "1",
        "checkPhoneNo": "0001,0002",
    }
    assert [track.tracking_no for track in found] == [wish.tracking_no for wish in wishes]
    assert [len(track.scans) for track in found] == [0] * 9 + [1]


def test_a_scan_has_its_moment_in_beijing_its_words_and_its_place():
    service = Service({MAIL_NO: [route("54", "顺丰速运 已收取快件", "101")]})
    ((scan,),) = [track.scans for track in service.line.ask([TrackWish(MAIL_NO, Carrier.SF)])]
    assert scan.at == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    assert (scan.text, scan.place, scan.node) == ("顺丰速运 已收取快件", "深圳市", ScanNode.COLLECTED)
    assert "checkPhoneNo" not in service.asked[0]["msgData"]


@pytest.mark.parametrize(
    ("row", "node"),
    [
        (route("655", "顺丰合作点【示例驿站店】已代收", "701"), None),
        (route("54", "顺丰速运 已收取快件"), ScanNode.COLLECTED),
        (route("30", "快件在【示例中转场】完成分拣，准备发往 【示例营业部】", "201"), ScanNode.IN_TRANSIT),
        (route("36", "快件离开 【示例营业部】，已在发往 【示例中转场】 的路上", "201"), ScanNode.LEFT_HUB),
        (route("31", "快件到达 【示例中转场】", "201"), ScanNode.ARRIVED_HUB),
        (route("44", "我们正在为您的快件分配最合适的快递员，请您稍等。"), ScanNode.OUT_FOR_DELIVERY),
        (route("204", "快件交给张三，正在派送途中（联系电话：13800000001）", "301"), ScanNode.OUT_FOR_DELIVERY),
        (route("204", "快件清关中", "204"), ScanNode.CUSTOMS),
        (route("70", "快件存放于丰巢，请凭码取件", "1301"), ScanNode.READY_FOR_PICKUP),
        (route("33", "快件派送不成功，待再次派送"), ScanNode.PROBLEM),
        (route("33", "快件派送不成功", reasonName="客户拒收"), ScanNode.REFUSED),
        (route("648", "快件已退回至寄件方"), ScanNode.RETURNING),
        (route("80", "您的快件已签收，感谢您使用顺丰", "401"), ScanNode.DELIVERED),
        (route("80", "退回件已退回签收", "401"), ScanNode.RETURNING),
        (route("99", "快件转寄中"), ScanNode.IN_TRANSIT),
        (route("9999", "快件已到达 【示例中转场】"), ScanNode.ARRIVED_HUB),
        (route("9999", "快件已签收"), ScanNode.DELIVERED),
        (route("9999", ""), ScanNode.IN_TRANSIT),
    ],
)
def test_the_status_says_it_before_the_operation_and_the_sentence_last(row: dict, node: ScanNode | None):
    assert node_of(row) is node


def test_every_operation_that_sources_name_has_been_thought_of():
    thought_of = [*OPERATIONS, *STILL_THERE[1:], *READ_BY_TEXT]
    assert sorted(thought_of) == sorted(NAMED)


def test_a_push_of_several_parcels_is_read_parcel_by_parcel():
    rows = [route("54", "已收取快件"), route("31", "快件到达"), route("36", "快件离开")]
    body = {"Body": {"WaybillRoute": [{"mailno": f"SF{n % 2}"} | row for n, row in enumerate(rows)]}}
    found = read_push(json.dumps(body).encode(), JSON)
    assert [(track.tracking_no, len(track.scans)) for track in found] == [("SF0", 2), ("SF1", 1)]


def test_the_older_form_says_the_same():
    row = route("31", '快件到达 "中转场" & <仓>')
    attributes = " ".join(f"{name}={_quoted(value)}" for name, value in ({"mailno": MAIL_NO} | row).items())
    xml = f'<Request service="RoutePushService" lang="zh-CN"><Body><WaybillRoute {attributes}/></Body></Request>'
    raw = urlencode({"content": xml}).encode()
    assert read_push(raw, FORM) == read_push(pushed(row), JSON)
    assert read_push(f"content={quote_plus(xml)}".encode(), FORM) == read_push(pushed(row), JSON)


@pytest.mark.parametrize("taken", [True, False])
def test_the_answer_is_word_for_word_what_sf_waits_for(*, taken: bool):
    assert answer_to_push(JSON, is_taken=taken) == (
        ('{"return_code": "0000", "return_msg": "成功"}' if taken else '{"return_code": "1000", "return_msg": "失败"}'),
        "application/json",
    )
    head = "OK" if taken else "ERR"
    xml = f'<Response service="RoutePushService"><Head>{head}</Head></Response>'
    assert answer_to_push(FORM, is_taken=taken) == (xml, "text/xml")


BOMB = '<!DOCTYPE a [<!ENTITY b "{}">]><Request><Body><WaybillRoute mailno="&b;"/></Body></Request>'


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"", JSON),
        (b"[]", JSON),
        (b"{" * 10_000, JSON),
        (b'{"Body": 1}', JSON),
        (b'{"Body": {"WaybillRoute": [1]}}', JSON),
        (pushed({"acceptTime": "yesterday"}), JSON),
        (pushed({"remark": "no moment"}), JSON),
        (pushed(route("54", "x"), mail_no="x" * 65), JSON),
        (b"content=%FF", FORM),
        (b"content=<Request", FORM),
        (b"other=1", FORM),
        (urlencode({"content": BOMB.format("x" * 100)}).encode(), FORM),
        (b"\xff\xfe", FORM),
    ],
)
def test_what_cannot_be_read_is_refused(raw: bytes, content_type: str):
    with pytest.raises(BadInput):
        read_push(raw, content_type)


@given(st.binary(max_size=300), st.sampled_from([JSON, FORM, ""]))
def test_no_bytes_break_the_reader(raw: bytes, content_type: str):
    try:
        read_push(raw, content_type)
    except BadInput as error:
        assert error.problem


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab0签", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Body", "mailno", "opCode"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["mailno", "acceptTime", "remark", "opCode", "secondaryStatusCode"]), JUNK))
def test_no_row_breaks_the_reader(row: dict[str, Any]):
    try:
        found = read_push(json.dumps({"Body": {"WaybillRoute": [row]}}).encode(), JSON)
    except BadInput:
        return
    assert all(isinstance(track, TrackDraft) for track in found)


@pytest.mark.parametrize(
    ("refusal", "code", "error"),
    [("8003", "A1000", PartnerRefused), ("8013", "A1000", PartnerRefused), ("", "A1009", PartnerUnavailable)],
)
def test_a_refusal_is_told_in_our_words(refusal: str, code: str, error: type[Exception]):
    with pytest.raises(error, match=refusal or code):
        Service({}, refusal, code).line.ask([TrackWish(MAIL_NO, Carrier.SF)])


def test_an_address_belongs_to_one_account_of_one_installation():
    mark = sf.push_mark("sf-main", b"a" * 32)
    assert mark == sf.push_mark("sf-main", b"a" * 32)
    assert len(mark) == 32
    assert len({mark, sf.push_mark("sf-other", b"a" * 32), sf.push_mark("sf-main", b"b" * 32)}) == 3


def _quoted(value: str) -> str:
    escaped = value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'"{escaped}"'
