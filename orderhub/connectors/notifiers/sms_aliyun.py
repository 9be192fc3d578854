"""How does Aliyun send an SMS? RPC V1, signed with HMAC-SHA1.

Source: Aliyun SMS 2017-05-25 and its RPC signature as collected, read 2026-11. ``OutId`` comes back in receipts; Aliyun
does not drop a second call with the same one.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, quote
from uuid import uuid4

import httpx

from orderhub.connectors import fields
from orderhub.connectors.http import Body, PartnerClient, partner_client, readable, told
from orderhub.connectors.notifiers.contract import BuyerMessage, NotifierKeys
from orderhub.connectors.notifiers.sms_values import fitted
from orderhub.domain.words import NotifierKind, UploadProblem
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerBanned, PartnerRefused, PartnerUnauthorised, PartnerUnavailable

GATEWAY = "https://dysmsapi.aliyuncs.com/"
PARTNER = "Aliyun SMS"
CALLS_PER_SECOND = 50

_OK = "OK"
_BAD_NUMBER = "isv.MOBILE_NUMBER_ILLEGAL"
WORDS = {
    "isv.BUSINESS_LIMIT_CONTROL": "对同一号码发送太频繁",
    "isv.DAY_LIMIT_CONTROL": "超过当日发送上限",
    "isv.SMS_SIGNATURE_ILLEGAL": "短信签名不合法",
    "isv.SMS_TEMPLATE_ILLEGAL": "短信模板不合法",
    "isv.TEMPLATE_MISSING_PARAMETERS": "模板缺少变量",
    "isv.INVALID_PARAMETERS": "参数异常",
    _BAD_NUMBER: "手机号不正确",
    "isv.OUT_OF_SERVICE": "短信业务已停用",
    "isv.AMOUNT_NOT_ENOUGH": "账户余额不足",
    "isp.RAM_PERMISSION_DENY": "没有短信权限",
}
PROBLEMS: Mapping[str, UploadProblem] = {
    "isv.BUSINESS_LIMIT_CONTROL": UploadProblem.QUOTA,
    "isv.DAY_LIMIT_CONTROL": UploadProblem.QUOTA,
    "isv.SMS_SIGNATURE_ILLEGAL": UploadProblem.BAD_SIGN,
    "isv.SMS_TEMPLATE_ILLEGAL": UploadProblem.BAD_TEMPLATE,
    "isv.TEMPLATE_MISSING_PARAMETERS": UploadProblem.BAD_TEMPLATE,
    "isv.INVALID_PARAMETERS": UploadProblem.BAD_TEMPLATE,
    _BAD_NUMBER: UploadProblem.BAD_ADDRESS,
}
_NOT_US = (
    "isv.OUT_OF_SERVICE",
    "isv.AMOUNT_NOT_ENOUGH",
    "isp.RAM_PERMISSION_DENY",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId.NotFound",
    "InvalidAccessKeyId.Inactive",
)
_PASSING = ("isp.SYSTEM_ERROR", "ServiceUnavailable", "InternalError", "InvalidTimeStamp.Expired")
_TOO_OFTEN = ("Throttling", "Throttling.User", "Throttling.Api")


def canonical(parameters: Mapping[str, str]) -> str:
    """Sorted and encoded by RFC 3986."""
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in sorted(parameters.items()))


def string_to_sign(method: str, parameters: Mapping[str, str]) -> str:
    return f"{method}&%2F&{encoded(canonical(parameters))}"


def signature(method: str, parameters: Mapping[str, str], secret: str) -> str:
    signed = hmac.digest(f"{secret}&".encode(), string_to_sign(method, parameters).encode(), hashlib.sha1)
    return base64.b64encode(signed).decode()


def encoded(text: str) -> str:
    return quote(text, safe="~")


class AliyunAuth(httpx.Auth):
    """Every attempt has a nonce and a moment of its own."""

    requires_request_body = True

    def __init__(self, keys: NotifierKeys, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        asked = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        asked |= {
            "Format": "JSON",
            "AccessKeyId": self._keys.app_no,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": str(uuid4()),
            "Timestamp": f"{self._now():%Y-%m-%dT%H:%M:%SZ}",
        }
        asked["Signature"] = signature("POST", asked, self._keys.secret)
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        yield httpx.Request(request.method, request.url, headers=headers, data=asked, extensions=request.extensions)


class AliyunSms:
    def __init__(self, keys: NotifierKeys, client: PartnerClient, url: str) -> None:
        self._keys = keys
        self._client = client
        self._url = url

    def send(self, message: BuyerMessage) -> str:
        values = {name: fitted(text) for name, text in message.values}
        answer = self._ask(
            "SendSms",
            PhoneNumbers=message.to,
            SignName=self._keys.sign_name,
            TemplateCode=message.template_no,
            TemplateParam=json.dumps(values, ensure_ascii=False),
            OutId=message.request_no,
        )
        with readable(PARTNER):
            return fields.text(answer, "BizId")[:64]

    def check_account(self) -> None:
        """A number nobody has is refused before anything is paid, but after the keys were looked at."""
        try:
            self.send(BuyerMessage("check", "0", "SMS_0", ()))
        except PartnerUnauthorised:
            raise
        except PartnerRefused:
            return

    def close(self) -> None:
        self._client.close()

    def _ask(self, action: str, **asked: str) -> Body:
        data = {"Action": action, "Version": "2017-05-25", **asked}
        return self._client.post(self._url, auth=AliyunAuth(self._keys, self._client.now), safe=False, data=data)


def connect(
    kind: NotifierKind,  # noqa: ARG001
    keys: NotifierKeys,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> AliyunSms:
    client = partner_client(PARTNER, judge, CALLS_PER_SECOND, base_url=base_url, transport=transport, now=now)
    return AliyunSms(keys, client, base_url or GATEWAY)


def judge(body: Body) -> None:
    code = fields.text(body, "Code")[:64]
    if code == _OK:
        return
    said = {"partner": PARTNER, "partner_code": code}
    message = f"{PARTNER} refused: {code} {WORDS.get(code) or told(body.get('Message'))}".strip()
    if code in _NOT_US:
        raise PartnerUnauthorised(message, **said)
    if code in _TOO_OFTEN:
        raise PartnerBanned(message, retry_after=timedelta(seconds=30), **said)
    if not code or code in _PASSING:
        raise PartnerUnavailable(message, **said)
    raise PartnerRefused(message, **said)


def shown(name: str, text: str) -> str:  # noqa: ARG001
    return fitted(text)
