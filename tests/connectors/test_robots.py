"""Robots of group chats: signed by published vectors, within their bytes whatever is said, errors in our words."""

import base64
import hashlib
import json
import random
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.connectors.robots import dingtalk, feishu, wecom
from orderhub.connectors.robots.contract import Card, Limits, RobotKeys, Tone, wait_before
from orderhub.connectors.robots.markdown import fitted, safe, shortened
from orderhub.connectors.robots.registry import MODULES
from orderhub.domain.words import RobotFault, RobotKind
from orderhub.kernel.errors import (
    BadInput,
    PartnerBanned,
    PartnerError,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

SAMPLES = Path(__file__).parent / "samples" / "robot_vectors.json"
VECTORS = json.loads(SAMPLES.read_text(encoding="utf-8"))["vectors"]
KEYS = RobotKeys("00000000-0000-0000-0000-000000000000", "SEC0")
CARD = Card(
    "【高】物流异常", Tone.ALARM, (("对象", "订单 1"), ("负责", "运营专员")), foot="卡片 K1", link="https://h.cn/x"
)
HOSTS = {
    RobotKind.WECOM: "qyapi.weixin.qq.com",
    RobotKind.DINGTALK: "oapi.dingtalk.com",
    RobotKind.FEISHU: "open.feishu.cn",
}
KINDS = list(RobotKind)
CJK = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.characters(), max_size=400)
CARDS = st.builds(
    Card,
    CJK,
    st.sampled_from(Tone),
    st.lists(st.tuples(CJK, CJK), max_size=6).map(tuple),
    st.lists(CJK, max_size=40).map(tuple),
    CJK,
    st.sampled_from(["", "https://hub.example.com/anomalies?kind=oversold", "https://h.cn/(x"]),
)


PICTURE = b"\x89PNG\r\n" + bytes(range(256))


def said_by(kind: RobotKind, answer: object, *, status: int = 200) -> httpx.Request:
    """The request of one card, answered with ``answer``."""
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return httpx.Response(status, content=content)

    MODULES[kind].connect(KEYS, transport=httpx.MockTransport(serve)).say(CARD)  # type: ignore[call-arg]
    return asked[0]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_each_vector_is_signed_as_published(vector):
    asked, wanted = vector["inputs"], vector["expected"]
    if "sign_urlencoded" in wanted:
        assert dingtalk.sign_urlencoded(asked["secret"], asked["timestamp_ms"]) == wanted["sign_urlencoded"]
    elif "timestamp_ms" in asked:
        assert dingtalk.sign(asked["secret"], asked["timestamp_ms"]) == wanted["sign"]
    else:
        assert feishu.sign(asked["secret"], asked["timestamp_s"]) == wanted["sign"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_goes_to_the_platforms_own_host(kind):
    request = said_by(kind, {"errcode": 0, "code": 0})
    assert (request.url.scheme, request.url.host) == ("https", HOSTS[kind])
    assert KEYS.key in str(request.url)
    assert KEYS.secret not in str(request.url)


def test_dingtalk_is_signed_in_the_address_and_feishu_in_the_body():
    asked = parse_qs(said_by(RobotKind.DINGTALK, {"errcode": 0}).url.query.decode())
    assert asked["sign"] == [dingtalk.sign(KEYS.secret, int(asked["timestamp"][0]))]
    assert len(asked["timestamp"][0]) == 13
    body = json.loads(said_by(RobotKind.FEISHU, {"code": 0}).content)
    assert body["sign"] == feishu.sign(KEYS.secret, int(body["timestamp"]))
    assert len(body["timestamp"]) == 10


@given(CARDS)
def test_no_card_is_larger_than_its_platform_takes(card):
    assert len(wecom.body_of(card)["markdown"]["content"].encode()) <= 4096
    assert len(dingtalk.body_of(card)["markdown"]["text"].encode()) <= 4096
    body = {"timestamp": "1" * 10, "sign": "x" * 44} | feishu.body_of(card)
    assert len(json.dumps(body, ensure_ascii=False).encode()) <= 20 * 1000


@given(CJK, st.integers(0, 300))
def test_text_is_cut_between_characters(text, most):
    cut = shortened(text, most)
    assert len(cut.encode()) <= most
    assert cut.removesuffix("…") == text[: len(cut.removesuffix("…"))] or "?" in cut


def test_rows_go_from_the_end_and_are_counted():
    rows = [f"第{number}行" + "长" * 50 for number in range(40)]
    text = fitted(["头"], rows, ["尾"], 1000)
    kept = text.split("\n")[1:-2]
    assert kept == rows[: len(kept)]
    assert text.endswith(f"…另有 {40 - len(kept)} 条\n尾")


@pytest.mark.parametrize(
    "hostile",
    [
        "<@all>",
        '<at user_id="all">x</at>',
        "[点我](http://evil.example)",
        "**粗** `码` # 题",
        "![x](https://evil.example/p.png)",
        "x\n> 冒充\n\n# 换行",
        "https://evil.example/a",
        "\u202e\u200b反转",
    ],
)
def test_what_others_wrote_means_nothing_to_a_chat(hostile):
    shown = safe(hostile, 500)
    assert not set(shown) & set("<>[]()*`#|~!@\n\u202e\u200b")
    assert "://" not in shown
    for kind in KINDS:
        text = json.dumps(MODULES[kind].body_of(Card(hostile, Tone.NOTE, ((hostile, hostile),), (hostile,))))  # type: ignore[attr-defined]
        assert "evil.example)" not in text
        assert "@all" not in text


def test_wecom_takes_a_picture_with_its_md5_and_the_others_take_none():
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"errcode": 0})

    for kind in KINDS:
        line = MODULES[kind].connect(KEYS, transport=httpx.MockTransport(serve))  # type: ignore[call-arg]
        if MODULES[kind].LIMITS.most_picture_bytes:
            line.show(PICTURE)
        else:
            with pytest.raises(PartnerRefused):
                line.show(PICTURE)
    (request,) = asked
    image = json.loads(request.content)["image"]
    assert (request.url.host, base64.b64decode(image["base64"])) == (HOSTS[RobotKind.WECOM], PICTURE)
    assert image["md5"] == hashlib.md5(PICTURE, usedforsecurity=False).hexdigest()


LIES = [b"<html>", b"", b"[]", b"{}", b"{", b"null", b'{"errcode": {}, "code": []}']
SETTINGS = PartnerUnauthorised
ERRORS = [
    (RobotKind.WECOM, {"errcode": 93000, "errmsg": f"invalid webhook url {KEYS.key}"}, SETTINGS, "key_unknown"),
    (RobotKind.WECOM, {"errcode": 45009, "errmsg": "api freq out of limit"}, PartnerBanned, "too_often"),
    (RobotKind.WECOM, {"errcode": -1, "errmsg": "system busy"}, PartnerUnavailable, "busy"),
    (RobotKind.WECOM, {"errcode": 777, "errmsg": "?"}, PartnerRefused, "other"),
    (RobotKind.DINGTALK, {"errcode": 310000, "errmsg": "keywords not in content"}, SETTINGS, "word_missing"),
    (RobotKind.DINGTALK, {"errcode": 310000, "errmsg": "invalid timestamp"}, SETTINGS, "sign_wrong"),
    (RobotKind.DINGTALK, {"errcode": 310000, "errmsg": "sign not match, more: [x]"}, SETTINGS, "sign_wrong"),
    (RobotKind.DINGTALK, {"errcode": 310000, "errmsg": "ip 1 not in whitelist"}, SETTINGS, "address_refused"),
    (RobotKind.DINGTALK, {"errcode": 300005, "errmsg": "token is not exist"}, SETTINGS, "key_unknown"),
    (RobotKind.DINGTALK, {"errcode": 130101, "errmsg": "send too fast"}, PartnerBanned, "too_often"),
    (RobotKind.FEISHU, {"code": 9499, "msg": "Bad Request", "data": {}}, PartnerRefused, "card_refused"),
    (RobotKind.FEISHU, {"code": 19021, "msg": "sign match fail"}, SETTINGS, "sign_wrong"),
    (RobotKind.FEISHU, {"code": 19022, "msg": "Ip Not Allowed"}, SETTINGS, "address_refused"),
    (RobotKind.FEISHU, {"code": 19024, "msg": "Key Words Not Found"}, SETTINGS, "word_missing"),
    (RobotKind.FEISHU, {"code": 11232, "msg": "frequency limited"}, PartnerBanned, "too_often"),
]


@pytest.mark.parametrize(("kind", "answer", "error", "fault"), ERRORS)
def test_a_code_says_what_to_do_though_http_says_200(kind, answer, error, fault):
    with pytest.raises(error) as raised:
        said_by(kind, answer)
    code = str(answer.get("errcode", answer.get("code")))
    assert raised.value.partner_code == f"{code} {fault}"
    assert RobotFault(fault).said in str(raised.value)
    assert KEYS.key not in str(raised.value)
    assert KEYS.key not in repr(KEYS)


def test_dingtalk_is_left_alone_for_ten_minutes():
    with pytest.raises(PartnerBanned) as raised:
        said_by(RobotKind.DINGTALK, {"errcode": 130101, "errmsg": "send too fast"})
    assert raised.value.retry_after.total_seconds() == 600


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", LIES)
def test_a_chat_that_lies_is_not_believed(kind, answer):
    with pytest.raises(PartnerError):
        said_by(kind, answer)
    with pytest.raises(PartnerUnavailable):
        said_by(kind, {"errcode": 0, "code": 0}, status=502)


@pytest.mark.parametrize(
    ("kind", "pasted"),
    [
        (RobotKind.WECOM, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx"),
        (RobotKind.DINGTALK, "https://oapi.dingtalk.com/robot/send?access_token=693a91f6-7xxx"),
        (RobotKind.FEISHU, "https://open.feishu.cn/open-apis/bot/v2/hook/693a91f6-7xxx"),
        (RobotKind.FEISHU, " 693a91f6-7xxx "),
    ],
)
def test_a_key_or_the_whole_address_may_be_pasted(kind, pasted):
    assert MODULES[kind].read_key(pasted) == "693a91f6-7xxx"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "pasted",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/cgi-bin/webhook/send?key=693a91f6-7xxx",
        "https://qyapi.weixin.qq.com@evil.example/cgi-bin/webhook/send?key=693a91f6-7xxx",
        "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=693a91f6-7xxx",
        "https://[/",
        "../../internal",
        "a?b=c&key=1",
        "short",
        "",
        "键" * 20,
        "x" * 200,
    ],
)
def test_no_address_but_the_platforms_own_is_taken(kind, pasted):
    with pytest.raises(BadInput):
        MODULES[kind].read_key(pasted)


def test_the_pace_stays_below_every_window():
    dice, limits = random.Random(3), Limits(calls=((4, 1.0), (90, 60.0)), most_bytes=1)
    calls: list[float] = []
    now = 1000.0
    for _ in range(400):
        now += dice.uniform(0, 0.2)
        now += wait_before(calls, limits, now)
        assert wait_before(calls, limits, now) < 1e-6
        calls.append(now)
        for most, seconds in limits.calls:
            assert sum(at > now - seconds + 1e-6 for at in calls) <= most
