"""How does Tencent Cloud send an SMS? Signed with TC3-HMAC-SHA256.

Source: Tencent Cloud SMS 2021-01-11 and signature v3 as collected, read 2026-11; words of
single numbers' errors as its public SDKs list them. ``SessionContext`` comes back in the
answer and in receipts; Tencent does not drop a second call with the same one.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime, timedelta

import httpx

from orderhub.connectors import fields
from orderhub.connectors.http import Body, PartnerClient, partner_client, readable, told
from orderhub.connectors.notifiers.contract import BuyerMessage, NotifierKeys
from orderhub.connectors.notifiers.sms_values import fitted
from orderhub.domain.words import NotifierKind, UploadProblem
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerBanned, PartnerRefused, PartnerUnauthorised, PartnerUnavailable

GATEWAY = "https://sms.tencentcloudapi.com/"
PARTNER = "Tencent SMS"
CALLS_PER_SECOND = 50
JSON_TYPE = "application/json; charset=utf-8"

_ALGORITHM, _SERVICE, _REGION, _OK = "TC3-HMAC-SHA256", "sms", "ap-guangzhou", "Ok"
WORDS = {
    "LimitExceeded.PhoneNumberDailyLimit": "对同一号码超过当日上限",
    "LimitExceeded.PhoneNumberThirtySecondLimit": "对同一号码发送太频繁",
    "LimitExceeded.PhoneNumberOneHourLimit": "对同一号码发送太频繁",
    "LimitExceeded.AppDailyLimit": "超过当日发送上限",
    "InvalidParameterValue.IncorrectPhoneNumber": "手机号不正确",
    "FailedOperation.PhoneNumberInBlacklist": "号码在黑名单中",
    "FailedOperation.SignatureIncorrectOrUnapproved": "短信签名不正确或未通过",
    "FailedOperation.TemplateIncorrectOrUnapproved": "短信模板不正确或未通过",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": "参数与模板不符",
    "FailedOperation.InsufficientBalanceInSmsPackage": "套餐余量不足",
}
PROBLEMS: Mapping[str, UploadProblem] = {
    "LimitExceeded.PhoneNumberDailyLimit": UploadProblem.QUOTA,
    "LimitExceeded.PhoneNumberThirtySecondLimit": UploadProblem.QUOTA,
    "LimitExceeded.PhoneNumberOneHourLimit": UploadProblem.QUOTA,
    "LimitExceeded.AppDailyLimit": UploadProblem.QUOTA,
    "InvalidParameterValue.IncorrectPhoneNumber": UploadProblem.BAD_ADDRESS,
    "FailedOperation.PhoneNumberInBlacklist": UploadProblem.NOT_WANTED,
    "FailedOperation.SignatureIncorrectOrUnapproved": UploadProblem.BAD_SIGN,
    "FailedOperation.TemplateIncorrectOrUnapproved": UploadProblem.BAD_TEMPLATE,
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": UploadProblem.BAD_TEMPLATE,
}
# Our clock: the signature is right and only too old.
_PASSING = ("AuthFailure.SignatureExpire", "InternalError", "ServiceUnavailable", "InternalError.Timeout")
_TOO_OFTEN = ("RequestLimitExceeded", "LimitExceeded.DeliveryFrequencyLimit")
_NOT_US = ("FailedOperation.InsufficientBalanceInSmsPackage",)
_NOT_US_FAMILIES = ("AuthFailure", "UnauthorizedOperation")


def canonical_request(method: str, path: str, query: str, headers: Mapping[str, str], payload: bytes) -> str:
    """``headers`` are those that are signed, names in lower case."""
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in sorted(headers))
    return "\n".join((method, path, query, lines, ";".join(sorted(headers)), hashlib.sha256(payload).hexdigest()))


def string_to_sign(request: str, timestamp: int, service: str) -> str:
    scope = f"{_day(timestamp)}/{service}/tc3_request"
    return f"{_ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"


def signing_key(secret: str, timestamp: int, service: str) -> bytes:
    key = f"TC3{secret}".encode()
    for part in (_day(timestamp), service, "tc3_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return key


def authorization(keys: NotifierKeys, headers: Mapping[str, str], payload: bytes, timestamp: int, service: str) -> str:
    """The header that proves a POST to ``/``."""
    request = canonical_request("POST", "/", "", headers, payload)
    said = string_to_sign(request, timestamp, service).encode()
    signed = hmac.new(signing_key(keys.secret, timestamp, service), said, hashlib.sha256).hexdigest()
    scope = f"{_day(timestamp)}/{service}/tc3_request"
    return (
        f"{_ALGORITHM} Credential={keys.app_no}/{scope}, SignedHeaders={';'.join(sorted(headers))}, Signature={signed}"
    )


def _day(timestamp: int) -> str:
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d}"


class TencentAuth(httpx.Auth):
    requires_request_body = True

    def __init__(self, keys: NotifierKeys, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        timestamp = int(self._now().timestamp())
        signed = {
            name: request.headers[name] for name in ("content-type", "host", "x-tc-action") if name in request.headers
        }
        request.headers["x-tc-timestamp"] = str(timestamp)
        said = authorization(self._keys, signed, request.content, timestamp, _SERVICE)
        request.headers["authorization"] = said
        yield request


class TencentSms:
    def __init__(self, keys: NotifierKeys, client: PartnerClient, url: str) -> None:
        self._keys = keys
        self._client = client
        self._url = url

    def send(self, message: BuyerMessage) -> str:
        """One number a call, so that a part of an answer cannot fail unseen."""
        asked = {
            "PhoneNumberSet": [f"+86{message.to}"],
            "SmsSdkAppId": self._keys.sdk_app_no,
            "SignName": self._keys.sign_name,
            "TemplateId": message.template_no,
            "TemplateParamSet": [fitted(text) for _, text in message.values],
            "SessionContext": message.request_no,
        }
        content = json.dumps(asked, ensure_ascii=False).encode()
        headers = {
            "content-type": JSON_TYPE,
            "x-tc-action": "SendSms",
            "x-tc-version": "2021-01-11",
            "x-tc-region": _REGION,
        }
        auth = TencentAuth(self._keys, self._client.now)
        answer = self._client.post(self._url, auth=auth, safe=False, content=content, headers=headers)
        with readable(PARTNER):
            return fields.text(_sent(answer), "SerialNo")[:64]

    def check_account(self) -> None:
        """A number nobody has is refused before anything is paid, but after the keys were looked at."""
        try:
            self.send(BuyerMessage("check", "0", "0", ()))
        except PartnerUnauthorised:
            raise
        except PartnerRefused:
            return

    def close(self) -> None:
        self._client.close()


def connect(
    kind: NotifierKind,  # noqa: ARG001
    keys: NotifierKeys,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> TencentSms:
    client = partner_client(PARTNER, judge, CALLS_PER_SECOND, base_url=base_url, transport=transport, now=now)
    return TencentSms(keys, client, base_url or GATEWAY)


def judge(body: Body) -> None:
    """The call's own error, then that of its one number: a good answer may hold a message that did not leave."""
    answer = fields.child(body, "Response")
    error = fields.child(answer, "Error") or _sent(body)
    code = fields.text(error, "Code")[:64]
    if code == _OK:
        return
    said = {"partner": PARTNER, "partner_code": code}
    message = f"{PARTNER} refused: {code} {WORDS.get(code) or told(error.get('Message'))}".strip()
    if code in _TOO_OFTEN:
        raise PartnerBanned(message, retry_after=timedelta(seconds=30), **said)
    if not code or code in _PASSING:
        raise PartnerUnavailable(message, **said)
    if code in _NOT_US or code.split(".")[0] in _NOT_US_FAMILIES:
        raise PartnerUnauthorised(message, **said)
    raise PartnerRefused(message, **said)


def shown(name: str, text: str) -> str:  # noqa: ARG001
    return fitted(text)


def _sent(body: Body) -> Body:
    rows = fields.rows(fields.child(body, "Response"), "SendStatusSet")
    return rows[0] if rows else {}
