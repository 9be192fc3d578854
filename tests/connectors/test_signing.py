"""Every known-answer vector that could be found."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from orderhub.connectors.channels.douyin import signing as douyin
from orderhub.connectors.channels.jd import signing as jd
from orderhub.connectors.channels.pinduoduo import signing as pinduoduo
from orderhub.connectors.channels.taobao import signing as taobao

SAMPLES = Path(__file__).parent / "samples"


def vectors(channel: str) -> list[dict[str, Any]]:
    return json.loads((SAMPLES / f"{channel}_sign_vectors.json").read_text())["vectors"]


TOP = {vector["id"]: vector for vector in vectors("taobao")}
DOUYIN = {vector["id"]: vector for vector in vectors("douyin")}
JD = {vector["id"]: vector for vector in vectors("jd")}
PINDUODUO = {vector["id"]: vector for vector in vectors("pinduoduo")}


def test_top_signs_the_official_example():
    given = TOP["top-official-md5-1"]
    assert taobao.sign(given["inputs"]["params"], given["inputs"]["secret"], "md5") == given["expected"]


@pytest.mark.parametrize("name", ["top-legacy-prefix-1", "top-legacy-prefix-2"])
def test_top_does_not_sign_the_retired_way(name):
    given = TOP[name]
    assert taobao.sign(given["inputs"]["params"], given["inputs"]["secret"], "md5") != given["expected"]


def test_no_vector_is_left_out():
    assert set(TOP) == {"top-official-md5-1", "top-legacy-prefix-1", "top-legacy-prefix-2"}
    assert set(DOUYIN) == {"douyin-api-hmac-1", "douyin-push-hmac-1"}
    assert set(JD) == {"jd-official-md5-1"}
    assert set(PINDUODUO) == {"pdd-official-md5-1", "pdd-pmc-path-1"}


def test_top_leaves_out_empty_parameters_and_the_signature_itself():
    params = {"method": "m", "app_key": "1"}
    assert taobao.sign(params | {"empty": "", "sign": "x"}, "s") == taobao.sign(params, "s")


def test_douyin_signs_the_known_answer_over_the_canonical_body():
    inputs = DOUYIN["douyin-api-hmac-1"]["inputs"]
    param_json = douyin.canonical(inputs["params_before_canonicalisation"])
    assert param_json == inputs["param_json"]
    signed = douyin.sign(
        inputs["secret"],
        app_key=inputs["app_key"],
        method=inputs["method"],
        param_json=param_json,
        timestamp=inputs["timestamp"],
    )
    assert signed == DOUYIN["douyin-api-hmac-1"]["expected"]


def test_douyin_push_signature_is_the_known_answer():
    inputs = DOUYIN["douyin-push-hmac-1"]["inputs"]
    _, by_hmac = douyin.push_signs(inputs["app_id"], inputs["secret"], inputs["body"].encode())
    assert by_hmac == DOUYIN["douyin-push-hmac-1"]["expected"]


def test_pinduoduo_signs_the_official_example():
    given = PINDUODUO["pdd-official-md5-1"]
    params = given["inputs"]["params"]
    assert pinduoduo.sign(params, given["inputs"]["secret"]) == given["expected"]
    assert pinduoduo.sign(params | {"sign": "x"}, given["inputs"]["secret"]) == given["expected"]


def test_pinduoduo_signs_the_path_of_its_message_socket():
    inputs = PINDUODUO["pdd-pmc-path-1"]["inputs"]
    path = pinduoduo.socket_path(inputs["client_id"], inputs["secret"], int(inputs["timestamp_ms"]))
    assert path == PINDUODUO["pdd-pmc-path-1"]["expected"]


def test_pinduoduo_signs_chinese_as_utf8():
    params = {"type": "pdd.order.note.update", "note": "老客，优先发"}
    plain = "snote老客，优先发typepdd.order.note.updates"
    assert pinduoduo.sign(params, "s") == hashlib.md5(plain.encode(), usedforsecurity=False).hexdigest().upper()


def test_jd_signs_the_official_example_over_the_canonical_parameters():
    params = JD["jd-official-md5-1"]["inputs"]["params"]
    assert jd.canonical(json.loads(params["360buy_param_json"])) == params["360buy_param_json"]
    assert jd.sign(params, JD["jd-official-md5-1"]["inputs"]["secret"]) == JD["jd-official-md5-1"]["expected"]


def test_jd_leaves_only_the_signature_itself_out():
    params = {"method": "m", "app_key": "1"}
    assert jd.sign(params | {"sign": "x"}, "s") == jd.sign(params, "s")
    assert jd.sign(params | {"empty": ""}, "s") != jd.sign(params, "s")
