"""Every published vector of WeChat Pay: the official SDKs' own test values, and the documentation's."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orderhub.connectors.payments.wechat_pay import parse
from orderhub.connectors.payments.wechat_pay.bill import read_bill
from orderhub.connectors.payments.wechat_pay.signing import (
    ProbeRefused,
    authorization,
    check_signed,
    lines,
    opened,
    read_certificate_no,
    read_private_key,
    read_public_key,
    request_text,
    sign,
    verify,
)
from orderhub.kernel.clock import from_unix
from orderhub.kernel.errors import BadInput, NotAllowed

SAMPLES = Path(__file__).parent / "samples"
VECTORS = {
    one["id"]: one for one in json.loads((SAMPLES / "wechat_pay_vectors.json").read_text(encoding="utf-8"))["vectors"]
}
TESTED = {
    "paysign-jsapi",
    "paysign-app",
    "request-sign-post",
    "response-verify-public-key-mode",
    "authorization-format-get",
    "authorization-format-post-body-ends-with-newline",
    "sign-message-get-with-query",
    "notification-end-to-end",
    "aead-java-32-byte-key",
    "aead-axios-plugin-1",
    "certificates-decrypt",
    "sdk-java-verify-message",
}


def given(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return VECTORS[name]["inputs"], VECTORS[name]["expected"]


def key_of(inputs: dict[str, Any]) -> str:
    return inputs["private_key_pem"].replace("TESTING KEY", "PRIVATE KEY")


def lowered(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_no_vector_is_left_out():
    assert set(VECTORS) == TESTED


@pytest.mark.parametrize(
    ("name", "fourth", "field"), [("paysign-jsapi", "package", "paySign"), ("paysign-app", "prepay_id", "sign")]
)
def test_a_client_signature_is_four_lines(name, fourth, field):
    inputs, expected = given(name)
    text = lines(inputs["app_id"], inputs["timestamp"], inputs["nonce_str"], inputs[fourth])
    assert text == inputs["message"]
    assert sign(key_of(inputs), text) == expected[field]


def test_a_request_is_signed_over_five_lines():
    inputs, expected = given("request-sign-post")
    text = request_text(inputs["method"], inputs["url"], inputs["timestamp"], inputs["nonce_str"], inputs["body"])
    assert text == inputs["message"]
    assert sign(key_of(inputs), text) == expected["signature"]


def test_a_query_is_signed_as_it_is_sent():
    inputs, expected = given("sign-message-get-with-query")
    target = inputs["url"].removeprefix("https://api.mch.weixin.qq.com")
    assert request_text("GET", target, str(inputs["timestamp"]), inputs["nonce_str"]) == expected["message"]


@pytest.mark.parametrize("name", ["authorization-format-get", "authorization-format-post-body-ends-with-newline"])
def test_the_authorization_names_what_was_signed(name):
    inputs, expected = given(name)
    timestamp = str(inputs["timestamp"])
    text = request_text(inputs["method"], inputs["canonical_url"], timestamp, inputs["nonce_str"], inputs["body"])
    written = authorization(
        inputs["mchid"],
        inputs["serial_no"],
        nonce=inputs["nonce_str"],
        timestamp=timestamp,
        signature=f"Sign:{text}",
        scheme="WECHATPAY2-Mock",
    )
    assert written == expected["authorization"]


def test_an_answer_is_verified_with_the_public_key():
    inputs, _ = given("response-verify-public-key-mode")
    headers, raw = lowered(inputs["headers"]), inputs["body"].encode()
    at = from_unix(int(headers["wechatpay-timestamp"]))
    check_signed(headers, raw, lambda _: inputs["public_key_pem"], at)
    with pytest.raises(NotAllowed, match="does not fit"):
        check_signed(headers, raw + b" ", lambda _: inputs["public_key_pem"], at)


def test_a_notice_is_verified_then_opened():
    inputs, expected = given("notification-end-to-end")
    headers, raw = lowered(inputs["headers"]), inputs["body"].encode()
    asked = []

    def key(serial_no: str) -> str:
        asked.append(serial_no)
        return inputs["platform_certificate_pem"]

    check_signed(headers, raw, key, from_unix(inputs["now"]))
    sealed = json.loads(raw)["resource"]
    assert parse.resource(sealed, inputs["api_v3_key"]).decode() == expected["plaintext"]
    assert asked == [read_certificate_no(inputs["platform_certificate_pem"])]
    assert parse.notice_no(raw) == "3119dfba-e649-5eec-ab1e-3412bc4d2e17"
    assert parse.notice(raw, inputs["api_v3_key"]) is None  # about neither a payment nor a refund


@pytest.mark.parametrize(
    ("seconds", "is_taken"), [(0, True), (299, True), (-299, True), (300, False), (-300, False), (3600, False)]
)
def test_the_clock_window_is_five_minutes(seconds, is_taken):
    inputs, _ = given("notification-end-to-end")
    now = from_unix(inputs["now"]) + timedelta(seconds=seconds)
    headers, raw = lowered(inputs["headers"]), inputs["body"].encode()

    def check() -> None:
        check_signed(headers, raw, lambda _: inputs["platform_certificate_pem"], now)

    if is_taken:
        check()
        return
    with pytest.raises(NotAllowed, match="clock"):
        check()


@pytest.mark.parametrize("rest", ["", "not base64 at all !", "QUJD"])
def test_the_platforms_probe_is_refused_without_a_crash(rest):
    inputs, _ = given("notification-end-to-end")
    headers = lowered(inputs["headers"]) | {"wechatpay-signature": f"WECHATPAY/SIGNTEST/{rest}"}
    with pytest.raises(ProbeRefused):
        check_signed(headers, inputs["body"].encode(), lambda _: "", from_unix(inputs["now"]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wechatpay-timestamp", ""),
        ("wechatpay-timestamp", "-1624523846"),
        ("wechatpay-timestamp", "１６２４５２３８４６"),
        ("wechatpay-timestamp", "9" * 12),
        ("wechatpay-timestamp", "9" * 400),
        ("wechatpay-nonce", ""),
        ("wechatpay-nonce", "another"),
        ("wechatpay-signature", ""),
        ("wechatpay-signature", "签名"),
        ("wechatpay-signature", "QUJD"),
    ],
)
def test_headers_that_do_not_fit_are_refused(name, value):
    inputs, _ = given("notification-end-to-end")
    headers = lowered(inputs["headers"]) | {name: value}
    key = inputs["platform_certificate_pem"]
    with pytest.raises(NotAllowed):
        check_signed(headers, inputs["body"].encode(), lambda _: key, from_unix(inputs["now"]))


def test_gcm_opens_with_key_nonce_and_associated_data_only():
    inputs, expected = given("aead-java-32-byte-key")
    right = {"nonce": inputs["nonce"], "associated": inputs["associated_data"], "ciphertext": expected["ciphertext"]}
    assert opened(inputs["api_v3_key"], **right).decode() == inputs["plaintext"]
    zeros = base64.b64encode(bytes(128)).decode()
    for wrong in (
        {"associated": "bad-associatedData"},
        {"nonce": "bad-4a9R25RW"},
        {"ciphertext": zeros},
        {"nonce": ""},
        {"ciphertext": "no base64"},
    ):
        with pytest.raises(BadInput, match="APIv3 key"):
            opened(inputs["api_v3_key"], **right | wrong)


def test_gcm_with_a_long_nonce_and_nothing_in_it():
    inputs, expected = given("aead-axios-plugin-1")
    assert opened(inputs["key"], nonce=inputs["nonce"], associated="", ciphertext=expected["ciphertext"]) == b""


def test_platform_certificates_open_and_carry_their_serial():
    inputs, expected = given("certificates-decrypt")
    found = parse.certificates(inputs["response"], inputs["api_v3_key"])
    assert list(found) == [expected["serial_no"]]
    assert read_public_key(found[expected["serial_no"]]).key_size == 2048
    inputs["response"]["data"][0]["serial_no"] = "00"
    with pytest.raises(BadInput, match="another certificate"):
        parse.certificates(inputs["response"], inputs["api_v3_key"])


def test_a_foreign_key_verifies_nothing():
    inputs, _ = given("sdk-java-verify-message")
    message = inputs["message"].encode()
    assert read_certificate_no(inputs["certificate_pem"]) == inputs["certificate_serial"]
    assert verify(inputs["certificate_pem"], message, inputs["signature"])
    assert not verify(inputs["other_public_key_pem"], message, inputs["signature"])


@pytest.mark.parametrize("pem", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"])
def test_a_key_that_is_none_is_refused_without_repeating_it(pem):
    for read in (read_private_key, read_public_key):
        with pytest.raises(BadInput) as refused:
            read(pem)
        assert "MIIE" not in str(refused.value)
    with pytest.raises(BadInput):
        read_certificate_no(pem)


def test_the_recorded_bill_adds_up():
    bill = read_bill((SAMPLES / "wechat_pay_tradebill.csv").read_bytes())
    assert (len(bill.rows), sum(bool(row.refund_fen) for row in bill.rows)) == (45, 14)
    assert {row.state for row in bill.rows} == {"SUCCESS", "REFUND"}
    assert (bill.sums["应结订单总金额"], bill.sums["退款总金额"], bill.sums["手续费总金额"]) == (47, 14, 8)
    assert all(bool(row.repayment_no) == bool(row.refund_fen) for row in bill.rows)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("`0.47,`0.14", "`0.48,`0.14", "its rows make 47"),
        ("总交易单数", "总笔数", "lacks its header or its sums"),
        ("`0.01,", "`0.0１,", "is not an amount"),
        ("`JSAPI,", "", "another number of cells"),
    ],
)
def test_a_bill_that_is_not_whole_is_refused(old, new, said):
    text = (SAMPLES / "wechat_pay_tradebill.csv").read_text(encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_bill(text.replace(old, new, 1).encode())
