"""Who tells buyers in the lab? WeChat's messages and two SMS gateways by their real wire, keeping what they were given.

Signatures, tokens and the limits of values are checked; a fault makes any of them hang, refuse or lose an answer. A
WeChat account is the lab's mini-program or its public account ``OFFICIAL``.
"""

import asyncio
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from orderhub.connectors.notifiers import sms_aliyun, sms_tencent
from orderhub.connectors.notifiers.contract import NotifierKeys
from orderhub.lab.answers import Body
from orderhub.lab.wechat import Wechat
from orderhub.lab.world import World

OFFICIAL = NotifierKeys("wx1ab0ff1c1a100001", "lab-official-secret-000000000001")
ALIYUN = NotifierKeys("LTAI-lab", "lab-aliyun-secret", sign_name="示例家居")
TENCENT = NotifierKeys("AKID-lab", "lab-tencent-secret", sign_name="示例家居", sdk_app_no="1400000001")
WECHAT_PATH, ALIYUN_PATH, TENCENT_PATH = "/notifiers/wechat", "/notifiers/aliyun", "/notifiers/tencent"
# The lab's names of them where a fault asks for a shop.
WECHAT, ALIYUN_NAME, TENCENT_NAME = "notify-wechat", "notify-aliyun", "notify-tencent"

_LIFE_SECONDS, _SAME_SECONDS, _DEDUPE_SECONDS = 7200, 300, 600
_BAD_GATEWAY = "<h1>502 Bad Gateway</h1>"
_PHONE = re.compile(r"1[3-9]\d{9}")
_MOST = {"thing": 20, "character_string": 32, "phrase": 5, "number": 32, "letter": 32, "name": 20}


@dataclass(frozen=True)
class Received:
    """What a buyer has got; ``values`` by the template's names, or by number."""

    way: str
    to: str = field(repr=False)
    template: str
    values: dict[str, str]
    request_no: str
    link: str = ""


@dataclass
class _App:
    secret: str
    turn: int = 0
    expires_at: int = 0


class Refused(Exception):
    def __init__(self, code: str, said: str, status: int = 200) -> None:
        super().__init__(code)
        self.code = code
        self.said = said
        self.status = status


class Notifiers:
    """``received`` is what reached buyers, oldest first; ``calls`` counts what was asked, by name."""

    def __init__(self, world: World, wechat: Wechat) -> None:
        self.world = world
        self.wechat = wechat
        self.received: list[Received] = []
        self.calls: dict[str, int] = {}
        self._apps: dict[str, _App] = {OFFICIAL.app_no: _App(OFFICIAL.secret)}
        self._dropped: dict[tuple[str, str], int] = {}
        self._nonces: set[str] = set()

    def routes(self) -> list[Route]:
        return [
            Route(f"{WECHAT_PATH}/cgi-bin/{{path:path}}", self._weixin, methods=["POST"]),
            Route(ALIYUN_PATH, self._aliyun, methods=["GET", "POST"]),
            Route(TENCENT_PATH, self._tencent, methods=["POST"]),
        ]

    def expire_tokens(self) -> None:
        """Every app's token is dead although its time is not over, as after a renewal elsewhere."""
        for app in self._apps.values():
            app.turn += 1

    async def _weixin(self, request: Request) -> Response:
        path, raw = request.path_params["path"], await request.body()

        def answer() -> Body:
            asked = _object(raw)
            if path == "stable_token":
                return self._stable_token(asked)
            return self._message(path, asked, request.query_params.get("access_token", ""))

        def said(refused: Refused) -> Body:
            return {"errcode": int(refused.code), "errmsg": f"{refused.said} rid: 00000000-00000000-00000000"}

        return await self._serve(WECHAT, path.rpartition("/send")[0].rpartition("/")[2] or path, answer, said)

    async def _aliyun(self, request: Request) -> Response:
        raw = (await request.body()).decode() or request.url.query
        asked = dict(parse_qsl(raw, keep_blank_values=True))

        def said(refused: Refused) -> Body:
            return {"Code": refused.code, "Message": refused.said, "RequestId": "0" * 8}

        return await self._serve(
            ALIYUN_NAME, asked.get("Action", ""), lambda: self._sms_by_aliyun(request.method, asked), said
        )

    async def _tencent(self, request: Request) -> Response:
        raw, action = await request.body(), request.headers.get("x-tc-action", "")

        def said(refused: Refused) -> Body:
            return {"Response": {"Error": {"Code": refused.code, "Message": refused.said}, "RequestId": "0" * 8}}

        return await self._serve(TENCENT_NAME, action, lambda: self._sms_by_tencent(request, raw), said)

    async def _serve(
        self, name: str, api: str, answer: Callable[[], Body], said: Callable[[Refused], Body]
    ) -> Response:
        self.calls[name] = self.calls.get(name, 0) + 1
        faults, status = self.world.faults, 200
        if faults.take("server_error", name, api):
            return HTMLResponse(_BAD_GATEWAY, status_code=502)
        if fault := faults.take("timeout", name, api):
            await asyncio.sleep(30 if fault.seconds is None else fault.seconds)
        try:
            body = answer()
        except Refused as refused:
            body, status = said(refused), refused.status
        if faults.take("answer_lost", name, api):
            return HTMLResponse(_BAD_GATEWAY, status_code=502)
        raw = json.dumps(body, ensure_ascii=False).encode()
        if faults.take("truncated_json", name, api):
            return Response(raw[: len(raw) // 2], media_type="application/json")
        return JSONResponse(body, status_code=status)

    def _refuse_by_fault(self, name: str) -> None:
        if fault := self.world.faults.take("notice_refused", name):
            raise Refused(fault.word, "refused by the lab")

    def _stable_token(self, asked: Body) -> Body:
        app_no, merchant = str(asked.get("appid", "")), self.wechat.merchant
        self._apps.setdefault(merchant.app_no, _App(merchant.app_secret))
        app = self._apps.get(app_no)
        if app is None:
            raise Refused("40013", "invalid appid")
        if asked.get("secret") != app.secret:
            raise Refused("40125", "invalid appsecret")
        if asked.get("force_refresh") is True or self.world.now() >= app.expires_at - _SAME_SECONDS:
            app.turn, app.expires_at = app.turn + 1, self.world.now() + _LIFE_SECONDS
        return {"access_token": _token(app_no, app), "expires_in": app.expires_at - self.world.now()}

    def _message(self, path: str, asked: Body, token: str) -> Body:
        way = {"message/subscribe/send": "wechat_subscribe", "message/template/send": "wechat_template"}.get(path)
        if way is None:
            raise Refused("40066", "invalid url")
        app_no = self._app_of(token)
        if self.world.faults.take("expired_token", WECHAT):
            self._apps[app_no].turn += 1
            raise Refused("40001", "invalid credential, access_token is invalid or not latest")
        to, template = str(asked.get("touser", "")), str(asked.get("template_id", ""))
        if not to:
            raise Refused("40003", "invalid openid")
        if not template.startswith("TPL"):
            raise Refused("40037", "invalid template_id")
        values = _values(asked.get("data"))
        self._refuse_by_fault(WECHAT)
        number = str(asked.get("client_msg_id", ""))
        if way == "wechat_template" and number:
            if self.world.now() - self._dropped.get((to, number), -_DEDUPE_SECONDS) < _DEDUPE_SECONDS:
                return {"errcode": 0, "errmsg": "ok", "msgid": 0}
            self._dropped[to, number] = self.world.now()
        self._keep(Received(way, to, template, values, number, str(asked.get("url") or asked.get("page") or "")))
        given = {"msgid": 200228332 + len(self.received)} if way == "wechat_template" else {}
        return {"errcode": 0, "errmsg": "ok", **given}

    def _app_of(self, token: str) -> str:
        if not token:
            raise Refused("41001", "access_token missing")
        for number, app in self._apps.items():
            if app.expires_at and hmac.compare_digest(_token(number, app), token):
                if self.world.now() >= app.expires_at:
                    raise Refused("42001", "access_token expired")
                return number
        raise Refused("40001", "invalid credential, access_token is invalid or not latest")

    def _sms_by_aliyun(self, method: str, asked: dict[str, str]) -> Body:
        given = asked.pop("Signature", "")
        if asked.get("AccessKeyId") != ALIYUN.app_no:
            raise Refused("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        if not hmac.compare_digest(sms_aliyun.signature(method, asked, ALIYUN.secret), given):
            raise Refused("SignatureDoesNotMatch", "Specified signature is not matched.", 400)
        moment = datetime.strptime(asked.get("Timestamp", ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs(moment.timestamp() - self.world.real_now()) > 900:
            raise Refused("InvalidTimeStamp.Expired", "Specified time stamp is expired.", 400)
        nonce = asked.get("SignatureNonce", "")
        if not nonce or nonce in self._nonces:
            raise Refused("SignatureNonceUsed", "Specified signature nonce was used already.", 400)
        self._nonces.add(nonce)
        self._check_sms(asked.get("SignName", ""), ALIYUN, asked.get("PhoneNumbers", ""), _ALIYUN_CODES)
        if not asked.get("TemplateCode", "").startswith("SMS_"):
            raise Refused("isv.SMS_TEMPLATE_ILLEGAL", "模板不合法")
        self._refuse_by_fault(ALIYUN_NAME)
        values = json.loads(asked.get("TemplateParam", "{}"))
        if not all(values.values()):
            raise Refused("isv.TEMPLATE_MISSING_PARAMETERS", "模板缺少变量")
        to, number = asked["PhoneNumbers"], asked.get("OutId", "")
        self._keep(Received("sms_aliyun", to, asked["TemplateCode"], values, number))
        return {"Message": "OK", "RequestId": "0" * 8, "BizId": f"{900619746936498440 + len(self.received)}^0"} | {
            "Code": "OK"
        }

    def _sms_by_tencent(self, request: Request, raw: bytes) -> Body:
        timestamp = request.headers.get("x-tc-timestamp", "")
        if not timestamp.isdigit() or abs(int(timestamp) - self.world.real_now()) > 300:
            raise Refused("AuthFailure.SignatureExpire", "签名过期")
        signed = {name: request.headers.get(name, "") for name in ("content-type", "host", "x-tc-action")}
        right = sms_tencent.authorization(TENCENT, signed, raw, int(timestamp), "sms")
        if not hmac.compare_digest(right.encode(), request.headers.get("authorization", "").encode()):
            raise Refused("AuthFailure.SignatureFailure", "签名错误")
        asked = json.loads(raw)
        if asked.get("SmsSdkAppId") != TENCENT.sdk_app_no:
            raise Refused("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "应用不正确")
        (phone,) = asked["PhoneNumberSet"]
        row = {"SerialNo": "", "PhoneNumber": phone, "Fee": 0, "SessionContext": asked.get("SessionContext", "")}
        try:
            self._check_sms(asked.get("SignName", ""), TENCENT, phone.removeprefix("+86"), _TENCENT_CODES)
            if not str(asked.get("TemplateId", "")).isdigit() or asked["TemplateId"] == "0":
                raise Refused("FailedOperation.TemplateIncorrectOrUnapproved", "模板不正确")
            self._refuse_by_fault(TENCENT_NAME)
        except Refused as refused:
            row |= {"Code": refused.code, "Message": refused.said, "IsoCode": ""}
            return {"Response": {"SendStatusSet": [row], "RequestId": "0" * 8}}
        values = {str(place): text for place, text in enumerate(asked["TemplateParamSet"], 1)}
        to, number = phone.removeprefix("+86"), asked.get("SessionContext", "")
        self._keep(Received("sms_tencent", to, asked["TemplateId"], values, number))
        row |= {"SerialNo": f"5000:{1045710669157053657 + len(self.received)}", "Fee": 1}
        row |= {"Code": "Ok", "Message": "send success", "IsoCode": "CN"}
        return {"Response": {"SendStatusSet": [row], "RequestId": "0" * 8}}

    def _check_sms(self, sign: str, keys: NotifierKeys, phone: str, codes: tuple[str, str]) -> None:
        if not _PHONE.fullmatch(phone):
            raise Refused(codes[0], "手机号不正确")
        if sign != keys.sign_name:
            raise Refused(codes[1], "签名不合法")

    def _keep(self, received: Received) -> None:
        self.received.append(received)
        facts = {"way": received.way, "template": received.template, "values": received.values}
        self.world.uploaded("notice", received.way, request_no=received.request_no, link=received.link, **facts)


_ALIYUN_CODES = ("isv.MOBILE_NUMBER_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL")
_TENCENT_CODES = (
    "InvalidParameterValue.IncorrectPhoneNumber",
    "FailedOperation.SignatureIncorrectOrUnapproved",
)


def _token(number: str, app: _App) -> str:
    return f"lab-notify-{number}-{app.turn}-" + "x" * 500


def _values(data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or not data:
        raise Refused("47001", "data format error")
    values = {name: str(one.get("value", "")) if isinstance(one, dict) else "" for name, one in data.items()}
    for name, value in values.items():
        most = _MOST.get(name.rstrip("0123456789"))
        if not value:
            raise Refused("47003", f"argument invalid! data.{name}.value is emtpy")
        if most and len(value) > most:
            raise Refused("47003", f"argument invalid! data.{name}.value is too long")
    return values


def _object(raw: bytes) -> Body:
    try:
        body: Any = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused("47001", "data format error")
    return body
