"""WeChat Pay over its wire, against a gateway in miniature that signs and verifies with keys of its own."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from orderhub.connectors.payments import wechat_pay
from orderhub.connectors.payments.wechat_pay import PayCredentials, RepaymentWish, check_credentials, parse
from orderhub.connectors.payments.wechat_pay.client import ASKED_EVERY
from orderhub.domain.drafts import PaymentDraft, RepaymentDraft
from orderhub.domain.words import PaymentStatus, RepaymentStatus
from orderhub.kernel.errors import (
    BadInput,
    NotAllowed,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PUBLIC_KEY_NO = "PUB_KEY_ID_0000000000000000000000000001"
MERCHANT_NO = "1230000109"
API_KEY = "test-api-v3-key-of-32-characters"
TRADE = "1217752501201407033233368018"


@cache
def key(_name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(name: str) -> str:
    plain = serialization.NoEncryption()
    return key(name).private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def public_pem(name: str) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key(name).public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def credentials(**changes: Any) -> PayCredentials:
    made = PayCredentials(
        MERCHANT_NO,
        "5F1C72E2A8931B72A2E13AF8DEE92471EB397115",
        private_pem("merchant"),
        API_KEY,
        "wxd678efh567hg6787",
        PUBLIC_KEY_NO,
        {PUBLIC_KEY_NO: public_pem("platform")},
    )
    return replace(made, **changes)


class Ring:
    def __init__(self, **changes: Any) -> None:
        self.credentials = credentials(**changes)
        self.kept: list[dict[str, str]] = []

    def read(self) -> PayCredentials:
        return self.credentials

    def keep_certificates(self, certificates: Any) -> PayCredentials:
        self.kept.append(dict(certificates))
        self.credentials = replace(self.credentials, platform_keys=self.credentials.platform_keys | certificates)
        return self.credentials


@dataclass
class Gateway:
    """``answers`` by path; ``faults`` are answered first, ``signer`` and ``serial_no`` sign."""

    answers: dict[str, Any] = field(default_factory=dict)
    faults: list[httpx.Response] = field(default_factory=list)
    signer: str = "platform"
    serial_no: str = PUBLIC_KEY_NO
    asked: list[httpx.Request] = field(default_factory=list)
    now: datetime = NOW

    def take(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if not self.is_signed(request):
            return httpx.Response(401, json={"code": "SIGN_ERROR", "message": "签名错误"})
        if self.faults:
            return self.faults.pop(0)
        found = self.answers[request.url.path]
        if isinstance(found, bytes):
            return httpx.Response(200, content=found)
        raw = json.dumps(found, ensure_ascii=False).encode()
        return httpx.Response(200, content=raw, headers=self.signed(raw))

    def signed(self, raw: bytes) -> dict[str, str]:
        timestamp = str(int(self.now.timestamp()))
        text = f"{timestamp}\nn0nce\n".encode() + raw + b"\n"
        signature = key(self.signer).sign(text, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": "n0nce",
            "Wechatpay-Serial": self.serial_no,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
        }

    def is_signed(self, request: httpx.Request) -> bool:
        """Written out once more from the rules, so that the connector is not measured with its own."""
        items = dict(re.findall(r'(\w+)="([^"]*)"', request.headers["authorization"]))
        head = f"{request.method}\n{request.url.raw_path.decode()}\n{items['timestamp']}\n{items['nonce_str']}\n"
        text = head.encode() + request.content + b"\n"
        try:
            key("merchant").public_key().verify(
                base64.b64decode(items["signature"]), text, padding.PKCS1v15(), hashes.SHA256()
            )
        except Exception:  # noqa: BLE001
            return False
        return items["mchid"] == MERCHANT_NO


def line(gateway: Gateway, ring: Ring | None = None, now: Any = lambda: NOW) -> Any:
    ring = ring or Ring()
    return wechat_pay.connect(
        ring, base_url="https://pay.invalid", transport=httpx.MockTransport(gateway.take), now=now
    )


def sample(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / f"wechat_pay_{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def gateway() -> Gateway:
    found = sample("query")["success"]
    return Gateway(
        {
            f"/v3/pay/transactions/out-trade-no/{TRADE}": found,
            f"/v3/pay/transactions/id/{TRADE}": found,
            "/v3/refund/domestic/refunds": sample("refund")["create"]["response"],
            f"/v3/refund/domestic/refunds/{TRADE}": sample("refund")["create"]["response"],
        }
    )


@pytest.mark.parametrize("ask", ["payment", "transaction"])
def test_a_payment_is_asked_for_by_either_number(gateway, ask):
    found = getattr(line(gateway), ask)(TRADE)
    assert (found.status, found.amount_fen, found.currency) == (PaymentStatus.PAID, 100, "CNY")
    assert (found.merchant_no, found.merchant_order_no, found.transaction_no) == (MERCHANT_NO, TRADE, TRADE)
    assert found.paid_at == datetime(2018, 6, 8, 2, 34, 56, tzinfo=UTC)
    assert "oUpF8" not in repr(found)
    request = gateway.asked[0]
    assert (request.url.query, request.headers["wechatpay-serial"]) == (f"mchid={MERCHANT_NO}".encode(), PUBLIC_KEY_NO)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("NOTPAY", PaymentStatus.UNPAID),
        ("USERPAYING", PaymentStatus.PAYING),
        ("CLOSED", PaymentStatus.CLOSED),
        ("REVOKED", PaymentStatus.CLOSED),
        ("PAYERROR", PaymentStatus.FAILED),
        ("WORD_OF_TOMORROW", PaymentStatus.UNKNOWN),
    ],
)
def test_an_unpaid_state_needs_no_transaction(gateway, word, status):
    gateway.answers[f"/v3/pay/transactions/out-trade-no/{TRADE}"] = {
        "mchid": MERCHANT_NO,
        "out_trade_no": TRADE,
        "trade_state": word,
    }
    found = line(gateway).payment(TRADE)
    assert (found.status, found.transaction_no, found.paid_at) == (status, "", None)


def test_a_number_nobody_has_met_is_unpaid(gateway):
    gateway.faults = [httpx.Response(404, json={"code": "ORDER_NOT_EXIST", "message": "订单不存在"})]
    assert line(gateway).payment(TRADE).status is PaymentStatus.UNPAID


@pytest.mark.parametrize("name", ["transaction_id", "success_time", "mchid", "trade_state", "amount"])
def test_a_paid_answer_that_lacks_a_field_is_no_answer(gateway, name):
    gateway.answers[f"/v3/pay/transactions/out-trade-no/{TRADE}"].pop(name)
    with pytest.raises(PartnerUnavailable, match="cannot be read"):
        line(gateway).payment(TRADE)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, "SIGN_ERROR", PartnerUnauthorised),
        (403, "NO_AUTH", PartnerRefused),
        (403, "NOT_ENOUGH", PartnerRefused),
        (400, "PARAM_ERROR", PartnerRefused),
        (400, "INVALID_REQUEST", PartnerRefused),
        (403, "USER_ACCOUNT_ABNORMAL", PartnerRefused),
        (400, "FREQUENCY_LIMITED", PartnerBanned),
        (429, "RATELIMIT_EXCEED", PartnerUnavailable),
        (500, "SYSTEM_ERROR", PartnerUnavailable),
    ],
)
def test_a_refusal_is_read_in_our_words(gateway, status, code, error):
    gateway.faults = [httpx.Response(status, json={"code": code, "message": "说明"}) for _ in range(3)]
    with pytest.raises(error) as refused:
        line(gateway).repay(RepaymentWish(TRADE, TRADE, 888, 888))
    assert type(refused.value) is error
    assert refused.value.partner_code == (code if status < 429 else "")


def test_a_repayment_repeats_its_number_after_no_answer(gateway):
    gateway.faults = [httpx.Response(500, json={"code": "SYSTEM_ERROR", "message": "x"}), httpx.Response(502)]
    gateway.answers["/v3/refund/domestic/refunds"]["amount"]["refund"] = 888
    found = line(gateway).repay(RepaymentWish(TRADE, TRADE, 888, 888, "商品已售完", "https://hub.example/n"))
    assert (found.status, found.repayment_no, found.amount_fen) == (RepaymentStatus.SUCCEEDED, TRADE, 888)
    bodies = [json.loads(request.content) for request in gateway.asked]
    assert bodies == [bodies[0]] * 3
    assert bodies[0]["amount"] == {"refund": 888, "total": 888, "currency": "CNY"}
    assert (bodies[0]["out_refund_no"], bodies[0]["reason"]) == (TRADE, "商品已售完")
    assert bodies[0]["notify_url"] == "https://hub.example/n"


def test_a_repayment_is_asked_after(gateway):
    assert line(gateway).repayment(TRADE).service_no == "50000000382019052709732678859"


@pytest.mark.parametrize("wrong", ["key", "serial", "time", "none"])
def test_an_answer_that_is_not_the_platforms_is_no_answer(gateway, wrong):
    if wrong == "key":
        gateway.signer = "stranger"
    elif wrong == "serial":
        gateway.serial_no = "PUB_KEY_ID_9"
    elif wrong == "time":
        gateway.now = NOW - timedelta(minutes=5)
    else:
        gateway.faults = [httpx.Response(200, json=sample("query")["success"]) for _ in range(3)]
    with pytest.raises(PartnerUnavailable, match="not signed by it"):
        line(gateway).payment(TRADE)


def test_an_unknown_serial_is_asked_for_once_a_minute(gateway):
    moments = [NOW, NOW, NOW + ASKED_EVERY - timedelta(seconds=1), NOW + ASKED_EVERY]
    gateway.answers["/v3/certificates"] = {"data": []}
    ring, now = Ring(public_key_no="", platform_keys={}), [NOW]
    pay = line(gateway, ring, lambda: now[0])
    for moment in moments:
        now[0] = gateway.now = moment
        headers = {name.lower(): value for name, value in gateway.signed(b"{}").items()} | {"wechatpay-serial": "ABC"}
        with pytest.raises((NotAllowed, PartnerUnavailable)):
            pay.check_notice(headers, b"{}")
    # An answer that its own certificates do not prove is asked for three times, then given up.
    assert len(gateway.asked) == 3 * 2
    assert ring.kept == []


def test_a_notice_that_comes_while_certificates_are_fetched_is_to_come_again(gateway):
    ring, seen = Ring(public_key_no="", platform_keys={}), []
    headers = {name.lower(): value for name, value in gateway.signed(b"{}").items()} | {"wechatpay-serial": "ABC"}

    def take(request: httpx.Request) -> httpx.Response:
        """The answer is on its way: meanwhile another notice of the new certificate comes in."""
        with pytest.raises(PartnerUnavailable, match="are being fetched") as refused:
            pay.check_notice(headers, b"{}")
        seen.append(refused.value)
        return httpx.Response(404, json={"code": "RESOURCE_NOT_EXISTS", "message": "无可用的平台证书"})

    pay = wechat_pay.connect(ring, base_url="https://pay.invalid", transport=httpx.MockTransport(take), now=lambda: NOW)
    with pytest.raises(PartnerRefused):
        pay.check_notice(headers, b"{}")
    assert len(seen) == 1
    with pytest.raises(NotAllowed):
        pay.check_notice(headers, b"{}")


def test_a_merchant_with_the_public_key_only_is_given_no_certificates(gateway):
    gateway.faults = [httpx.Response(404, json={"code": "RESOURCE_NOT_EXISTS", "message": "无可用的平台证书"})]
    headers = {name.lower(): value for name, value in gateway.signed(b"{}").items()} | {"wechatpay-serial": "ABC"}
    with pytest.raises(NotAllowed, match="none of WeChat Pay's keys"):
        line(gateway).check_notice(headers, b"{}")


def sealed(name: str, associated: str, **changes: Any) -> bytes:
    """The documented notice ``name``, sealed with our key as its own example is not."""
    example = sample(name)
    plain = json.dumps(example["resource_plaintext"] | changes, ensure_ascii=False).encode()
    hidden = AESGCM(API_KEY.encode()).encrypt(b"nonce-of-12b", plain, associated.encode())
    resource = {"ciphertext": base64.b64encode(hidden).decode(), "nonce": "nonce-of-12b", "associated_data": associated}
    return json.dumps(example["body"] | {"resource": example["body"]["resource"] | resource}).encode()


@pytest.mark.parametrize("associated", ["transaction", ""])
def test_the_documented_payment_notice_is_read(associated):
    raw = sealed("notice", associated)
    found = parse.notice(raw, API_KEY)
    assert parse.notice_no(raw) == "EV-2018022511223320873"
    assert isinstance(found, PaymentDraft)
    assert (found.merchant_no, found.merchant_order_no, found.amount_fen) == (MERCHANT_NO, TRADE, 100)
    assert (found.status, found.payer_token) == (PaymentStatus.PAID, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")


@pytest.mark.parametrize(("word", "status"), [
    ("SUCCESS", RepaymentStatus.SUCCEEDED),
    ("ABNORMAL", RepaymentStatus.ABNORMAL),
    ("CLOSED", RepaymentStatus.CLOSED),
    ("WORD_OF_TOMORROW", RepaymentStatus.UNKNOWN),
])  # fmt: skip
def test_the_documented_refund_notice_is_read(word, status):
    found = parse.notice(sealed("refund_notice", "", refund_status=word), API_KEY)
    assert isinstance(found, RepaymentDraft)
    assert (found.repayment_no, found.amount_fen, found.status) == ("7752501201407033233368018", 999, status)


def bill_at(gateway: Gateway, plain: bytes, *, packed: bytes | None = None) -> Any:
    sha1 = hashlib.sha1(plain, usedforsecurity=False).hexdigest()
    gateway.answers["/v3/bill/tradebill"] = {
        "hash_type": "SHA1",
        "hash_value": sha1,
        "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=xxx",
    }
    gateway.answers["/v3/billdownload/file"] = gzip.compress(plain) if packed is None else packed
    return line(gateway).trade_bill(date(2026, 11, 23))


def test_a_bill_is_fetched_by_a_signed_question_and_checked(gateway):
    plain = (SAMPLES / "wechat_pay_tradebill.csv").read_bytes()
    assert len(bill_at(gateway, plain).rows) == 45
    asked, fetched = gateway.asked
    assert asked.url.query == b"bill_date=2026-11-23&bill_type=ALL&tar_type=GZIP"
    assert (fetched.url.host, fetched.url.query) == ("pay.invalid", b"token=xxx")


@pytest.mark.parametrize("spoil", ["another", "cut", "plain"])
def test_a_bill_that_came_damaged_is_no_bill(gateway, spoil):
    plain = (SAMPLES / "wechat_pay_tradebill.csv").read_bytes()
    packed = {"another": gzip.compress(plain + b"\r\n"), "cut": gzip.compress(plain)[:-9], "plain": plain}[spoil]
    with pytest.raises(PartnerUnavailable, match="bill"):
        bill_at(gateway, plain, packed=packed)


def test_a_bill_that_is_not_there_is_a_clear_no(gateway):
    gateway.faults = [httpx.Response(400, json={"code": "NO_STATEMENT_EXIST", "message": "账单文件不存在"})]
    with pytest.raises(PartnerRefused, match="NO_STATEMENT_EXIST"):
        line(gateway).trade_bill(date(2026, 11, 23))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"merchant_no": "abc"}, "merchant number"),
        ({"serial_no": "5F:1C"}, "serial"),
        ({"api_key": "too-short"}, "32 characters"),
        ({"private_key": "nonsense"}, "apiclient_key.pem"),
        ({"platform_keys": {}}, "its id and its file"),
        ({"public_key_no": ""}, "public key"),
        ({"platform_keys": {PUBLIC_KEY_NO: "nonsense"}}, "pub_key.pem"),
    ],
)
def test_keys_that_can_never_work_are_refused_before_they_are_kept(changes, said):
    check_credentials(credentials())
    check_credentials(credentials(public_key_no="", platform_keys={}))
    if changes == {"public_key_no": ""}:
        changes = {"public_key_no": "KEY_1", "platform_keys": {"KEY_1": public_pem("platform")}}
    with pytest.raises(BadInput, match=said):
        check_credentials(credentials(**changes))


def test_no_key_is_shown():
    shown = repr(credentials())
    assert API_KEY not in shown
    assert "BEGIN PRIVATE" not in shown
