"""The lab's WeChat: who may ask, how it signs and seals, and what it refuses. Rules are written out once more here."""

import base64
import gzip
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_pem_x509_certificate

from .conftest import Lab

REFUNDS = "/v3/refund/domestic/refunds"


class Merchant:
    """Signs as the documentation says, with the key the lab shows."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.state = lab.get("/wechat")
        self.keys = self.state["merchant"]

    def header(self, method: str, target: str, body: bytes = b"", **changes: Any) -> str:
        items = {
            "mchid": self.keys["mch_id"],
            "nonce_str": "n0nce",
            "timestamp": str(int(self.lab.clock().timestamp())),
            "serial_no": self.keys["serial"],
        }
        items |= changes
        text = f"{method}\n/wechat-pay{target}\n{items['timestamp']}\n{items['nonce_str']}\n".encode() + body + b"\n"
        key: Any = serialization.load_pem_private_key(self.keys["private_key"].encode(), None)
        signature = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        items = {**items, "signature": signature} | changes
        return "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{name}="{value}"' for name, value in items.items())

    def ask(self, target: str, body: Any = None, headers: Any = None, **changes: Any) -> Any:
        method, raw = ("GET", b"") if body is None else ("POST", json.dumps(body).encode())
        sent = {"authorization": self.header(method, target, raw, **changes)} | (headers or {})
        return self.lab.client.request(method, f"/wechat-pay{target}", content=raw, headers=sent)

    def query(self, number: str) -> Any:
        return self.ask(f"/v3/pay/transactions/out-trade-no/{number}?mchid={self.keys['mch_id']}")

    def repay(self, paid: Any, number: str, refund: int, **changes: Any) -> Any:
        amount = {"refund": refund, "total": paid["total_fen"], "currency": "CNY"} | changes
        body = {"transaction_id": paid["transaction_no"], "out_refund_no": number, "amount": amount}
        return self.ask(REFUNDS, body)


@pytest.fixture
def merchant(lab: Lab) -> Merchant:
    return Merchant(lab)


@pytest.fixture
def paid(lab: Lab) -> Any:
    return lab.post("/wechat/payments", order_no="mp-0001", total_fen=13940)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_a_payment_is_asked_for_and_the_answer_signed(merchant, paid):
    answer = merchant.query("mp-0001")
    found = answer.json()
    assert (found["trade_state"], found["amount"]["total"], found["mchid"]) == ("SUCCESS", 13940, "1900000001")
    head = answer.headers
    text = f"{head['wechatpay-timestamp']}\n{head['wechatpay-nonce']}\n".encode() + answer.content + b"\n"
    signature = base64.b64decode(head["wechatpay-signature"])
    certificate = load_pem_x509_certificate(_opened(merchant, _certificate_row(merchant)))
    key: Any = certificate.public_key()
    key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    assert head["wechatpay-serial"] == f"{certificate.serial_number:X}"
    with pytest.raises(InvalidSignature):
        key.verify(signature, text + b" ", padding.PKCS1v15(), hashes.SHA256())


def test_who_names_the_public_key_is_answered_with_it(merchant, paid):
    public = merchant.state["public_key"]
    target = f"/v3/pay/transactions/id/{paid['transaction_no']}?mchid={merchant.keys['mch_id']}"
    answer = merchant.ask(target, headers={"wechatpay-serial": public["id"]})
    head = answer.headers
    assert head["wechatpay-serial"] == public["id"]
    text = f"{head['wechatpay-timestamp']}\n{head['wechatpay-nonce']}\n".encode() + answer.content + b"\n"
    key: Any = serialization.load_pem_public_key(public["pem"].encode())
    key.verify(base64.b64decode(head["wechatpay-signature"]), text, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    "changes",
    [
        {"mchid": "1900000002"},
        {"serial_no": "00"},
        {"nonce_str": "another", "signature": "QUJD"},
        {"signature": "no base64"},
        {"signature": ""},
    ],
)
def test_a_request_that_is_not_the_merchants_is_refused(merchant, paid, changes):
    target = f"{REFUNDS}/AS-1"
    assert code(merchant.ask(target, **changes)) == (401, "SIGN_ERROR")


def test_a_body_changed_after_signing_moves_no_money(merchant, paid, lab):
    body = {"transaction_id": paid["transaction_no"], "out_refund_no": "AS-1"}
    signed = json.dumps(body | {"amount": {"refund": 1, "total": 13940, "currency": "CNY"}}).encode()
    sent = signed.replace(b'"refund": 1', b'"refund": 9')
    headers = {"authorization": merchant.header("POST", REFUNDS, signed)}
    assert code(lab.client.post(f"/wechat-pay{REFUNDS}", content=sent, headers=headers)) == (401, "SIGN_ERROR")
    assert lab.get("/wechat")["repayments"] == []


def test_an_old_request_is_refused(merchant, lab):
    old = str(int((lab.clock() - timedelta(seconds=301)).timestamp()))
    assert code(merchant.ask("/v3/certificates", timestamp=old)) == (401, "SIGN_ERROR")
    assert code(lab.client.get("/wechat-pay/v3/certificates")) == (401, "SIGN_ERROR")


def test_what_is_not_there_is_said_so(merchant, lab):
    assert code(merchant.query("mp-9999")) == (404, "ORDER_NOT_EXIST")
    assert code(merchant.ask("/v3/pay/transactions/out-trade-no/mp-1?mchid=1")) == (400, "PARAM_ERROR")
    assert code(merchant.ask(f"{REFUNDS}/AS-9")) == (404, "RESOURCE_NOT_EXISTS")
    assert code(merchant.ask("/v3/nothing")) == (404, "RESOURCE_NOT_EXISTS")
    lab.post("/wechat/payments", order_no="mp-0002", total_fen=1, pay=False)
    found = merchant.query("mp-0002").json()
    assert (found["trade_state"], "transaction_id" in found) == ("NOTPAY", False)


def test_a_number_is_paid_once(lab, paid):
    again = lab.post("/wechat/payments", order_no="mp-0001", total_fen=99999)
    assert again == paid
    assert lab.post("/wechat/payments", order_no="short", total_fen=1)["http"] == 422


def test_money_goes_back_once_for_each_number(merchant, paid):
    first, again = merchant.repay(paid, "AS-1", 3940), merchant.repay(paid, "AS-1", 3940)
    assert (first.json()["status"], again.json()["status"]) == ("PROCESSING", "SUCCESS")
    assert first.json()["refund_id"] == again.json()["refund_id"]
    assert merchant.query("mp-0001").json()["trade_state"] == "REFUND"
    assert code(merchant.repay(paid, "AS-1", 1)) == (400, "INVALID_REQUEST")
    assert code(merchant.repay(paid, "AS-2", 10001)) == (403, "NOT_ENOUGH")
    assert code(merchant.repay(paid, "AS-2", 1, total=1)) == (400, "INVALID_REQUEST")
    assert code(merchant.repay(paid, "AS-2", 0)) == (400, "PARAM_ERROR")


def test_the_bill_is_there_the_next_day_and_hashed_unpacked(merchant, paid, lab):
    target = "/v3/bill/tradebill?bill_date=2026-11-24&bill_type=ALL&tar_type=GZIP"
    assert code(merchant.ask(target)) == (400, "NO_STATEMENT_EXIST")
    lab.advance(days=1)
    told = merchant.ask(target).json()
    path = told["download_url"].partition("/wechat-pay")[2]
    plain = gzip.decompress(merchant.ask(path).content)
    assert hashlib.sha1(plain, usedforsecurity=False).hexdigest() == told["hash_value"]
    rows = plain.decode("utf-8-sig").split("\r\n")
    assert (len(rows), "`139.40" in rows[1], rows[3].split(",")[:2]) == (5, True, ["`1.0", "`139.40"])


def weixin(lab: Lab, path: str, token: str = "", **body: Any) -> Any:
    answer = lab.client.post(f"/weixin{path}", params={"access_token": token} if token else {}, json=body)
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def token(lab: Lab, merchant: Merchant) -> str:
    given = {"appid": merchant.keys["app_id"], "secret": merchant.keys["app_secret"]}
    return weixin(lab, "/cgi-bin/stable_token", grant_type="client_credential", **given)["access_token"]


def upload(paid: Any, **changes: Any) -> dict[str, Any]:
    body = {
        "order_key": {"order_number_type": 2, "transaction_id": paid["transaction_no"]},
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [{"tracking_no": "ZT1", "express_company": "ZTO", "item_desc": "收纳箱"}],
        "payer": {"openid": "lab-openid-mp-0001"},
    }
    return body | changes


def parcel(**changes: Any) -> dict[str, Any]:
    return {"shipping_list": [{"tracking_no": "ZT1", "express_company": "ZTO", "item_desc": "x"} | changes]}


def test_a_stable_token_stays_until_it_is_nearly_over(lab, merchant, token):
    given = {"appid": merchant.keys["app_id"], "secret": merchant.keys["app_secret"], "grant_type": "client_credential"}
    lab.advance(seconds=6800)
    assert weixin(lab, "/cgi-bin/stable_token", **given) == {"access_token": token, "expires_in": 400}
    lab.advance(seconds=200)
    assert weixin(lab, "/cgi-bin/stable_token", **given)["access_token"] != token
    assert weixin(lab, "/cgi-bin/stable_token", **given | {"secret": "x"})["errcode"] == 40125
    assert weixin(lab, "/cgi-bin/stable_token", **given | {"appid": "x"})["errcode"] == 40013


def test_shipping_is_told_with_a_living_token_only(lab, paid, token):
    path = "/wxa/sec/order/upload_shipping_info"
    assert weixin(lab, path, **upload(paid))["errcode"] == 41001
    assert weixin(lab, path, "another", **upload(paid))["errcode"] == 42001
    lab.post("/wechat/expire-token")
    assert weixin(lab, path, token, **upload(paid))["errcode"] == 42001
    assert lab.get("/uploads")["uploads"] == []


def test_a_parcel_releases_the_money_once(lab, paid, token):
    path = "/wxa/sec/order/upload_shipping_info"
    assert weixin(lab, path, token, **upload(paid)) == {"errcode": 0, "errmsg": "ok"}
    assert weixin(lab, path, token, **upload(paid))["errcode"] == 10060002
    order = weixin(lab, "/wxa/sec/order/get_order", token, transaction_id=paid["transaction_no"])["order"]
    assert (order["order_state"], order["shipping"]["finish_shipping"]) == (2, True)
    assert [row["tracking_no"] for row in lab.get("/uploads")["uploads"]] == ["ZT1"]


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"payer": {"openid": "another"}}, 10060031),
        ({"order_key": {"order_number_type": 2, "transaction_id": "1"}}, 10060001),
        ({"order_key": {"order_number_type": 7}}, 268485194),
        ({"delivery_mode": 3}, 268485224),
        ({"delivery_mode": 2}, 10060007),
        ({"shipping_list": []}, 10060014),
        (parcel(tracking_no=""), 268485226),
        (parcel(express_company="FEIMAOTUI"), 268485227),
        (parcel(item_desc=""), 10060008),
        (parcel(item_desc="箱" * 121), 10060009),
        (parcel(express_company="SF"), 10060014),
    ],
)
def test_an_upload_that_does_not_fit_is_refused(lab, paid, token, changes, errcode):
    answer = weixin(lab, "/wxa/sec/order/upload_shipping_info", token, **upload(paid, **changes))
    assert answer["errcode"] == errcode
    assert lab.get("/wechat")["payments"][0]["is_released"] is False


def _certificate_row(merchant: Merchant) -> Any:
    return merchant.ask("/v3/certificates").json()["data"][0]["encrypt_certificate"]


def _opened(merchant: Merchant, sealed: Any) -> bytes:
    hidden = base64.b64decode(sealed["ciphertext"])
    key = AESGCM(merchant.keys["api_key"].encode())
    return key.decrypt(sealed["nonce"].encode(), hidden, sealed["associated_data"].encode())
