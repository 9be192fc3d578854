"""How does a buyer hear of a parcel in WeChat? By a mini-program's subscribe message, or a public account's template.

Source: developers.weixin.qq.com (stable_token, subscribe/send, template/send) as collected, read 2026-11. A
subscribe message uses up a consent of the buyer's. Of two template messages to one openid with the same
``client_msg_id`` the second is dropped within ten minutes; subscribe messages have nothing of the kind.
"""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from orderhub.connectors import fields
from orderhub.connectors.http import Body, PartnerClient, partner_client, readable
from orderhub.connectors.notifiers.contract import BuyerMessage, NoAuth, NotifierKeys
from orderhub.connectors.notifiers.wechat_values import fitted
from orderhub.domain.words import NotifierKind, UploadProblem
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import (
    BadInput,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

GATEWAY = "https://api.weixin.qq.com"
PARTNER = "WeChat"
CALLS_PER_SECOND = 50

_BAD_VALUES = "47003"
# What `error_codes.json` of the collected contracts names; 40125 and 41001 are of the same family.
WORDS = {
    -1: "系统繁忙",
    40001: "access_token 无效或不是最新",
    40003: "openid 不合法",
    40013: "AppID 不合法",
    40014: "access_token 不合法",
    40037: "模板编号不正确",
    40125: "AppSecret 不正确",
    40164: "调用 IP 不在白名单",
    41001: "缺少 access_token",
    41030: "page 不正确",
    42001: "access_token 超时",
    43004: "接收者没有关注",
    43019: "接收者在黑名单中",
    43101: "用户拒绝接受消息",
    45009: "接口调用超过当日限制",
    45011: "接口调用太频繁",
    47001: "参数格式错误",
    47003: "模板参数不准确",
    48001: "接口未授权",
    50001: "用户未授权此接口",
}
PROBLEMS: Mapping[str, UploadProblem] = {
    "40003": UploadProblem.BAD_ADDRESS,
    "40037": UploadProblem.BAD_TEMPLATE,
    "41030": UploadProblem.BAD_TEMPLATE,
    "43004": UploadProblem.NOT_FOLLOWING,
    "43019": UploadProblem.NOT_WANTED,
    "43101": UploadProblem.NOT_WANTED,
    "45009": UploadProblem.QUOTA,
    "47001": UploadProblem.BAD_TEMPLATE,
    _BAD_VALUES: UploadProblem.BAD_TEMPLATE,
    "50001": UploadProblem.NOT_WANTED,
}
DEAD_TOKEN = (40001, 40014, 41001, 42001)
# The app's keys or rights, never one message's fault.
_NOT_US = (40013, 40125, 40164, 48001)
_TOO_OFTEN, _PASSING = 45011, -1
_AWAY = timedelta(minutes=1)
_RENEW_BEFORE = timedelta(minutes=5)
# A forced renewal kills the old token for everybody, and WeChat allows twenty a day.
_FORCE_EVERY = timedelta(minutes=5)


class WechatNotifier:
    """One app's line; its token is kept here, since WeChat gives the same one again to whoever asks."""

    def __init__(self, kind: NotifierKind, keys: NotifierKeys, client: PartnerClient, url: str) -> None:
        self.kind = kind
        self._keys = keys
        self._client = client
        self._url = url.rstrip("/")
        self._lock = threading.Lock()
        self._token, self._ends_at, self._forced_at = "", client.now(), datetime.min.replace(tzinfo=client.now().tzinfo)

    def send(self, message: BuyerMessage) -> str:
        path = "subscribe" if self.kind is NotifierKind.WECHAT_SUBSCRIBE else "template"
        asked = _asked(self.kind, message)
        token = self._good_token()
        try:
            answer = self._say(path, asked, token)
        except PartnerUnauthorised as error:
            if error.partner_code not in {str(code) for code in DEAD_TOKEN}:
                raise
            answer = self._say(path, asked, self._renewed(token))
        with readable(PARTNER):
            return fields.text(answer, "msgid")[:64]

    def check_account(self) -> None:
        self._renewed(self._token)

    def close(self) -> None:
        self._client.close()

    def _say(self, path: str, asked: Body, token: str) -> Body:
        return self._post(f"/cgi-bin/message/{path}/send", asked, {"access_token": token}, safe=False)

    def _good_token(self) -> str:
        with self._lock:
            if self._ends_at - _RENEW_BEFORE > self._client.now():
                return self._token
        return self._renewed(self._token)

    def _renewed(self, dead: str) -> str:
        """Another one than ``dead``; another caller's renewal is taken over."""
        with self._lock:
            if self._token != dead and self._ends_at > self._client.now():
                return self._token
            self._ask_token(is_forced=False)
            may_force = self._client.now() - self._forced_at >= _FORCE_EVERY
            if dead and self._token == dead and may_force:
                self._forced_at = self._client.now()
                self._ask_token(is_forced=True)
            return self._token

    def _ask_token(self, *, is_forced: bool) -> None:
        asked = {"grant_type": "client_credential", "appid": self._keys.app_no, "secret": self._keys.secret}
        answer = self._post("/cgi-bin/stable_token", asked | {"force_refresh": is_forced}, {}, safe=not is_forced)
        with readable(PARTNER):
            if not (token := fields.text(answer, "access_token")):
                raise BadInput("access_token: is missing", field="access_token", problem="bad_field")
            self._token = token
            self._ends_at = self._client.now() + timedelta(seconds=fields.whole(answer, "expires_in"))

    def _post(self, path: str, asked: Mapping[str, Any], params: Mapping[str, str], *, safe: bool) -> Body:
        content = json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"content-type": "application/json"}
        url = f"{self._url}{path}"
        return self._client.post(url, auth=NoAuth(), safe=safe, params=params, content=content, headers=headers)


def connect(
    kind: NotifierKind,
    keys: NotifierKeys,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> WechatNotifier:
    client = partner_client(PARTNER, judge, CALLS_PER_SECOND, base_url=base_url, transport=transport, now=now)
    return WechatNotifier(kind, keys, client, base_url or GATEWAY)


def judge(body: Body) -> None:
    """``errcode`` other than 0, in our words; WeChat's own text is left out, for it may hold what we sent."""
    code = fields.whole(body, "errcode", 0)
    if code == 0:
        return
    said = {"partner": PARTNER, "partner_code": str(code)}
    message = f"{PARTNER} refused: {code} {WORDS.get(code, '')}".strip()
    if code in DEAD_TOKEN or code in _NOT_US:
        raise PartnerUnauthorised(message, **said)
    if code == _TOO_OFTEN:
        raise PartnerBanned(message, retry_after=_AWAY, **said)
    if code == _PASSING:
        raise PartnerUnavailable(message, **said)
    raise PartnerRefused(message, **said)


def shown(name: str, text: str) -> str:
    """``text`` as the buyer will see it. Raises: BadInput: the value cannot be that."""
    return fitted(name, text)


def _asked(kind: NotifierKind, message: BuyerMessage) -> Body:
    try:
        values = {name: {"value": fitted(name, text)} for name, text in message.values}
    except BadInput as error:
        raise PartnerRefused(str(error), partner=PARTNER, partner_code=_BAD_VALUES) from error
    asked: Body = {"touser": message.to, "template_id": message.template_no, "data": values}
    if kind is NotifierKind.WECHAT_SUBSCRIBE:
        page = {"page": message.page} if message.page else {}
        return asked | page | {"miniprogram_state": "formal", "lang": "zh_CN"}
    url = {"url": message.url} if message.url else {}
    return asked | url | {"client_msg_id": message.request_no}
