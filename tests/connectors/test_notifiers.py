"""Are buyers' messages signed, cut and judged as the published vectors, limits and codes want it?"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.connectors.notifiers import registry, sms_aliyun, sms_tencent, sms_values, wechat
from orderhub.connectors.notifiers.contract import BuyerMessage, NotifierKeys
from orderhub.connectors.notifiers.wechat_values import fitted
from orderhub.domain.words import NotifierKind, UploadProblem
from orderhub.kernel.errors import (
    BadInput,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)
from orderhub.lab import notifiers
from orderhub.lab.app import create_lab
from orderhub.lab.faults import Fault
from tests.flows.hub import served

SAMPLES = Path(__file__).parent / "samples"
VECTORS = {one["id"]: one for one in json.loads((SAMPLES / "sms_sign_vectors.json").read_text())["vectors"]}
CODES = json.loads((SAMPLES / "wechat_error_codes.json").read_text())["codes"]
LIMITS = json.loads((SAMPLES / "wechat_subscribe_send.json").read_text())["limits"]
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
KEYS = NotifierKeys("wx-app", "app-secret", "示例签名", "1400000000")
MESSAGE = BuyerMessage("oh-1-0", "13800000001", "SMS_1", (("code", "1234"),))
TO_WECHAT = BuyerMessage("oh-1-0", "OPENID", "TPL-1", (("thing1", "示例商品"),), url="http://hub/t/x", page="p/i")


@pytest.mark.parametrize("name", ["aliyun-rpc-v1-describe-regions-get", "aliyun-rpc-v1-send-sms-get"])
def test_aliyun_signs_as_published(name):
    asked, wanted = VECTORS[name]["inputs"], VECTORS[name]["expected"]
    given = (asked["method"], asked["parameters"])
    assert sms_aliyun.canonical(asked["parameters"]) == wanted["canonical_query"]
    assert sms_aliyun.string_to_sign(*given) == wanted["string_to_sign"]
    assert sms_aliyun.signature(*given, asked["access_key_secret"]) == wanted["signature"]


def test_aliyun_encodes_as_published():
    vector = VECTORS["aliyun-percent-encode"]
    assert sms_aliyun.encoded(vector["inputs"]["text"]) == vector["expected"]["encoded"]


def test_tencent_signs_as_published_at_every_step():
    asked, wanted = (VECTORS["tencent-tc3-describe-instances"][part] for part in ("inputs", "expected"))
    headers = {"content-type": asked["content_type"], "host": asked["host"], "x-tc-action": asked["action"]}
    payload, at = asked["payload"].encode(), asked["timestamp"]
    request = sms_tencent.canonical_request("POST", "/", "", headers, payload)
    assert request == wanted["canonical_request"]
    assert hashlib.sha256(request.encode()).hexdigest() == wanted["hashed_canonical_request"]
    assert sms_tencent.string_to_sign(request, at, asked["service"]) == wanted["string_to_sign"]
    assert sms_tencent.signing_key(asked["secret_key"], at, asked["service"]).hex() == wanted["signing_key_hex"]
    keys = NotifierKeys(asked["secret_id"], asked["secret_key"])
    assert sms_tencent.authorization(keys, headers, payload, at, asked["service"]) == wanted["authorization"]


def _javascript_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


_MOST = {"thing": 20, "letter": 32, "symbol": 5, "character_string": 32, "phone_number": 17, "car_number": 8}


@given(st.sampled_from(sorted(_MOST)), st.text(max_size=80))
def test_whatever_is_told_fits_its_type_and_is_never_empty(kind, text):
    value = fitted(f"{kind}1", text)
    assert 1 <= _javascript_length(value) <= _MOST[kind]
    assert "\n" not in value


@given(st.text(max_size=80))
def test_names_phrases_and_free_values_fit_too(text):
    name, phrase, free = fitted("name1", text), fitted("phrase2", text), fitted("keyword3", text)
    assert 1 <= len(name) <= (20 if name.isascii() else 10)
    assert 1 <= len(phrase) <= 5
    assert all("\u4e00" <= one <= "\u9fff" for one in phrase)
    assert 1 <= len(free) <= 200


@given(st.sampled_from(["number", "amount", "time", "date"]), st.text(max_size=80))
def test_what_is_no_number_or_time_is_refused_rather_than_sent(kind, text):
    try:
        value = fitted(f"{kind}1", text)
    except BadInput:
        return
    assert any(one.isdigit() for one in value)
    assert len(value) <= 80


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("thing1", "一二三四五六七八九十一二三四五六七八九十一", "一二三四五六七八九十一二三四五六七八九…"),
        ("character_string2", "SF 7444471039325号", "SF7444471039325"),
        ("phrase3", "运输中", "运输中"),
        ("phrase3", "out", "暂无"),
        ("time4", "2026-01-01 12:00:00", "2026-01-01 12:00:00"),
        ("time4", "2026年1月1日 12:00", "2026年1月1日 12:00"),
        ("time4", "10:00~12:30", "10:00~12:30"),
        ("amount5", "¥99.00", "¥99.00"),
        ("amount5", "99.00元", "99.00元"),
        ("number6", "3件", "3"),
        ("thing7", "", "-"),
    ],
)
def test_a_value_is_cut_to_its_type(name, text, shown):
    assert fitted(name, text) == shown


@pytest.mark.parametrize("text", ["2026-02-30 12:00", "25:00", "soon", ""])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(BadInput):
        fitted("time1", text)


def test_every_type_of_the_contract_has_its_limit():
    assert LIMITS.keys() == {
        "thing", "number", "letter", "symbol", "character_string", "time", "date", "amount", "phone_number",
        "car_number", "name", "phrase",
    }  # fmt: skip
    for kind in LIMITS:
        sample = "2026-01-01 12:00" if kind in ("time", "date") else "12" * 100
        assert len(fitted(f"{kind}1", sample)) <= 34


def test_an_sms_value_bears_no_other_signature_and_no_second_line():
    assert sms_values.fitted("【别家】您好\r\n请点击") == "(别家)您好 请点击"
    assert sms_values.fitted("") == "-"


@pytest.mark.parametrize("row", CODES, ids=lambda row: str(row["errcode"]))
def test_every_code_of_the_contract_is_handled_as_it_advises(row):
    code, advice = row["errcode"], row["suggested_handling"]
    if code == 0:
        return wechat.judge({"errcode": 0})
    with pytest.raises((PartnerRefused, PartnerUnavailable)) as caught:
        wechat.judge({"errcode": code, "errmsg": "rid: 0"})
    error = caught.value
    assert error.partner_code == str(code)
    assert wechat.WORDS[code] in str(error)
    if advice.startswith("refresh token") or code in (40013, 40164, 41001, 48001):
        assert isinstance(error, PartnerUnauthorised)
    elif code == -1:
        assert not isinstance(error, PartnerBanned)
    elif advice == "back off":
        assert isinstance(error, PartnerBanned)
    else:
        assert registry.problem_of(NotifierKind.WECHAT_SUBSCRIBE, str(code)) is not UploadProblem.REFUSED
    return None


@pytest.mark.parametrize(
    ("judge", "body", "kind", "code"),
    [
        (sms_aliyun.judge, {"Code": "isv.BUSINESS_LIMIT_CONTROL"}, PartnerRefused, "isv.BUSINESS_LIMIT_CONTROL"),
        (sms_aliyun.judge, {"Code": "isv.OUT_OF_SERVICE"}, PartnerUnauthorised, "isv.OUT_OF_SERVICE"),
        (sms_aliyun.judge, {"Code": "isp.RAM_PERMISSION_DENY"}, PartnerUnauthorised, "isp.RAM_PERMISSION_DENY"),
        (sms_aliyun.judge, {"Code": "isp.SYSTEM_ERROR"}, PartnerUnavailable, "isp.SYSTEM_ERROR"),
        (sms_aliyun.judge, {}, PartnerUnavailable, ""),
        (
            sms_tencent.judge,
            {"Response": {"Error": {"Code": "AuthFailure.SignatureExpire"}}},
            PartnerUnavailable,
            "AuthFailure.SignatureExpire",
        ),
        (
            sms_tencent.judge,
            {"Response": {"Error": {"Code": "AuthFailure.SecretIdNotFound"}}},
            PartnerUnauthorised,
            "AuthFailure.SecretIdNotFound",
        ),
        (
            sms_tencent.judge,
            {"Response": {"SendStatusSet": [{"Code": "InvalidParameterValue.IncorrectPhoneNumber"}]}},
            PartnerRefused,
            "InvalidParameterValue.IncorrectPhoneNumber",
        ),
        (sms_tencent.judge, {"Response": {"SendStatusSet": []}}, PartnerUnavailable, ""),
        (sms_tencent.judge, {"Response": {"Error": {"Code": "RequestLimitExceeded"}}}, PartnerBanned, None),
    ],
)
def test_an_sms_gateways_codes_say_whether_to_ask_again(judge, body, kind, code):
    with pytest.raises(kind) as caught:
        judge(body)
    assert type(caught.value) is kind
    assert code is None or caught.value.partner_code == code


def test_a_good_answer_that_holds_a_failed_number_is_no_success():
    sms_tencent.judge({"Response": {"SendStatusSet": [{"Code": "Ok"}]}})
    sms_aliyun.judge({"Code": "OK"})


def _wechat(answer, kind=NotifierKind.WECHAT_TEMPLATE):
    asked = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, json.loads(request.content), request.url.params.get("access_token")))
        return httpx.Response(200, json=answer(len(asked), request))

    line = wechat.connect(kind, KEYS, transport=httpx.MockTransport(respond), now=lambda: NOW)
    return line, asked


def _good(turn, request):
    if request.url.path.endswith("stable_token"):
        return {"access_token": "T1", "expires_in": 7200}
    return {"errcode": 0, "errmsg": "ok", "msgid": 200228332}


def test_a_template_message_is_asked_for_in_the_documented_shape():
    line, asked = _wechat(_good)
    assert line.send(TO_WECHAT) == "200228332"
    line.send(TO_WECHAT)
    line.close()
    paths = [path for path, _, _ in asked]
    assert paths == ["/cgi-bin/stable_token", *["/cgi-bin/message/template/send"] * 2]
    sample = json.loads((SAMPLES / "wechat_template_send.json").read_text())["body"]
    assert asked[1][1].keys() <= sample.keys()
    assert asked[1][1] == {
        "touser": "OPENID",
        "template_id": "TPL-1",
        "data": {"thing1": {"value": "示例商品"}},
        "url": "http://hub/t/x",
        "client_msg_id": "oh-1-0",
    }


def test_a_subscribe_message_is_asked_for_in_the_documented_shape():
    line, asked = _wechat(_good, NotifierKind.WECHAT_SUBSCRIBE)
    line.send(TO_WECHAT)
    line.close()
    sample = json.loads((SAMPLES / "wechat_subscribe_send.json").read_text())["body"]
    assert asked[1][1].keys() == sample.keys()
    assert (asked[1][0], asked[1][1]["page"]) == ("/cgi-bin/message/subscribe/send", "p/i")


@pytest.mark.parametrize("code", json.loads("[40001, 40014, 42001]"))
def test_a_dead_token_is_renewed_once_and_forced_where_the_same_comes_again(code):
    tokens = iter(["T1", "T1", "T2"])

    def answer(turn, request):
        if request.url.path.endswith("stable_token"):
            return {"access_token": next(tokens), "expires_in": 7200}
        return _good(turn, request) if request.url.params["access_token"] == "T2" else {"errcode": code}

    line, asked = _wechat(answer)
    line.send(TO_WECHAT)
    line.close()
    assert [body.get("force_refresh") for path, body, _ in asked if path.endswith("stable_token")] == [
        False,
        False,
        True,
    ]
    assert [token for _, _, token in asked if token] == ["T1", "T2"]


def test_a_token_that_stays_dead_is_not_forced_again_and_again():
    def answer(turn, request):
        if request.url.path.endswith("stable_token"):
            return {"access_token": f"T{turn}", "expires_in": 7200}
        return {"errcode": 40001}

    line, asked = _wechat(answer)
    for _ in range(3):
        with pytest.raises(PartnerUnauthorised):
            line.send(TO_WECHAT)
    line.close()
    assert sum(body.get("force_refresh") is True for _, body, _ in asked) <= 1


def test_a_value_that_cannot_be_is_refused_before_a_message_leaves():
    line, asked = _wechat(_good)
    with pytest.raises(PartnerRefused) as caught:
        line.send(BuyerMessage("1", "OPENID", "TPL-1", (("time1", "soon"),)))
    line.close()
    assert (caught.value.partner_code, asked) == ("47003", [])


def test_nothing_of_a_buyer_shows_in_a_message_or_an_error():
    shown = repr(MESSAGE) + repr(KEYS) + repr(TO_WECHAT)
    assert not [one for one in ("13800000001", "OPENID", "app-secret", "示例商品", "/t/x") if one in shown]
    with pytest.raises(PartnerRefused) as caught:
        wechat.judge({"errcode": 40003, "errmsg": "invalid openid OPENID"})
    assert "OPENID" not in str(caught.value)


@pytest.fixture
def lab():
    app = create_lab(living=False)
    with served(app) as url:
        yield app.state.notifiers, app.state.world.faults, url


@pytest.mark.parametrize(
    ("kind", "keys", "path", "message"),
    [
        (NotifierKind.WECHAT_SUBSCRIBE, notifiers.OFFICIAL, notifiers.WECHAT_PATH, TO_WECHAT),
        (NotifierKind.WECHAT_TEMPLATE, notifiers.OFFICIAL, notifiers.WECHAT_PATH, TO_WECHAT),
        (NotifierKind.SMS_ALIYUN, notifiers.ALIYUN, notifiers.ALIYUN_PATH, MESSAGE),
        (
            NotifierKind.SMS_TENCENT,
            notifiers.TENCENT,
            notifiers.TENCENT_PATH,
            BuyerMessage("oh-1-0", "13800000001", "1110", (("1", "1234"),)),
        ),
    ],
)
def test_every_notifier_keeps_the_contract_at_the_lab(lab, kind, keys, path, message):
    played, faults, url = lab
    line = registry.MODULES[kind].connect(kind, keys, base_url=f"{url}{path}")
    stranger = registry.MODULES[kind].connect(
        kind, NotifierKeys(keys.app_no, "x", keys.sign_name, keys.sdk_app_no), base_url=f"{url}{path}"
    )
    line.check_account()
    line.send(message)
    (got,) = played.received
    assert (got.way, got.to, got.request_no) == (
        str(kind), message.to, "" if kind is NotifierKind.WECHAT_SUBSCRIBE else "oh-1-0"
    )  # fmt: skip
    for ask in (stranger.check_account, lambda: stranger.send(message)):
        with pytest.raises(PartnerUnauthorised):
            ask()
    faults.set(Fault("server_error", count=1))
    with pytest.raises(PartnerUnavailable):
        line.send(message)
    assert len(played.received) == 1
    line.close()
    stranger.close()
