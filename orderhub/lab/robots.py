"""The group chats of WeCom, DingTalk and Feishu in the lab: robots by their real protocols, who keep what was said.

They check keys, signatures, sizes and how often they are spoken to, and answer HTTP 200 whatever happens.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from orderhub.connectors.robots import dingtalk, feishu, wecom
from orderhub.connectors.robots.contract import RobotKeys
from orderhub.domain.words import RobotKind
from orderhub.lab.answers import Body
from orderhub.lab.world import World

PATH = "/robots"
KEYS = {
    RobotKind.WECOM: RobotKeys("00000000-0000-4000-8000-00000000000a"),
    RobotKind.DINGTALK: RobotKeys("lab0dingtalk0token0000000000000000", "SEClab00000000000000000000000000"),
    RobotKind.FEISHU: RobotKeys("00000000-0000-4000-8000-00000000000f", "lab-feishu-secret"),
}
MOST_KEPT = 500

_SKEW_SECONDS = 3600
_BAD_GATEWAY = "<h1>502 Bad Gateway</h1>"


@dataclass
class Chat:
    """``said`` are the bodies in their order; ``refused`` the codes of what was not taken."""

    said: deque[Body] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    refused: list[str] = field(default_factory=list)
    calls: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    silent_until: float = 0.0


class Denied(Exception):
    """The platform's own code and sentence."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(code)
        self.code = code
        self.said = said


class Robots:
    def __init__(self, world: World) -> None:
        self.world = world
        self.chats = {kind: Chat() for kind in RobotKind}

    def routes(self) -> list[Route]:
        own = [
            Route(self._path(RobotKind.WECOM, wecom.PATH), self._door(RobotKind.WECOM, self._wecom), methods=["POST"]),
            Route(
                self._path(RobotKind.DINGTALK, dingtalk.PATH),
                self._door(RobotKind.DINGTALK, self._dingtalk),
                methods=["POST"],
            ),
            Route(
                self._path(RobotKind.FEISHU, f"{feishu.PATH}/{{key}}"),
                self._door(RobotKind.FEISHU, self._feishu),
                methods=["POST"],
            ),
        ]
        return [*own, Route("/lab/robots", self._shown, methods=["GET"])]

    @staticmethod
    def _path(kind: RobotKind, path: str) -> str:
        return f"{PATH}/{kind}{path}"

    def _door(self, kind: RobotKind, take: Callable[[Request, bytes], Body]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            faults, raw = self.world.faults, await request.body()
            if faults.take("server_error", kind):
                return HTMLResponse(_BAD_GATEWAY, status_code=502)
            if fault := faults.take("timeout", kind):
                await asyncio.sleep(30 if fault.seconds is None else fault.seconds)
            body = self._answered(kind, take, request, raw)
            if faults.take("answer_lost", kind):
                return HTMLResponse(_BAD_GATEWAY, status_code=502)
            if faults.take("truncated_json", kind):
                return Response(json.dumps(body)[:7], media_type="application/json")
            return JSONResponse(body)

        return answer

    def _answered(self, kind: RobotKind, take: Callable[[Request, bytes], Body], request: Request, raw: bytes) -> Body:
        chat = self.chats[kind]
        try:
            if self.world.faults.take("rate_ban", kind):
                raise _too_often(kind)
            body = take(request, raw)
        except Denied as denied:
            chat.refused.append(str(denied.code))
            if kind is RobotKind.FEISHU:
                return {"code": denied.code, "msg": denied.said, "data": {}}
            return {"errcode": denied.code, "errmsg": denied.said}
        chat.said.append(body)
        if kind is RobotKind.FEISHU:
            return {"code": 0, "msg": "success", "data": {}, "Extra": None, "StatusCode": 0, "StatusMessage": "success"}
        return {"errcode": 0, "errmsg": "ok"}

    def _wecom(self, request: Request, raw: bytes) -> Body:
        if not _same(request.query_params.get("key", ""), KEYS[RobotKind.WECOM].key):
            raise Denied(93000, "invalid webhook url, hint: [0000000000], from ip: 203.0.113.9")
        self._count(RobotKind.WECOM, 20, 60)
        body = _read(raw, 40058)
        if body.get("msgtype") == "image":
            _check_picture(body.get("image") or {})
            return body
        content = (body.get("markdown") or {}).get("content", "")
        if body.get("msgtype") != "markdown" or not content or len(content.encode()) > 4096:
            raise Denied(40058, "markdown.content exceed max length 4096")
        return body

    def _dingtalk(self, request: Request, raw: bytes) -> Body:
        asked, keys = request.query_params, KEYS[RobotKind.DINGTALK]
        if not _same(asked.get("access_token", ""), keys.key):
            raise Denied(300005, "token is not exist")
        moment = asked.get("timestamp", "")
        if not moment.isdecimal() or abs(int(moment) / 1000 - self.world.now()) > _SKEW_SECONDS:
            raise Denied(310000, "invalid timestamp")
        if not _same(asked.get("sign", ""), dingtalk.sign(keys.secret, int(moment))):
            raise Denied(310000, "sign not match")
        chat = self.chats[RobotKind.DINGTALK]
        if time.monotonic() < chat.silent_until:
            raise _too_often(RobotKind.DINGTALK)
        self._count(RobotKind.DINGTALK, 20, 60)
        body = _read(raw, 400105)
        if body.get("msgtype") != "markdown" or not (body.get("markdown") or {}).get("text"):
            raise Denied(400105, "unsupported msgtype")
        return body

    def _feishu(self, request: Request, raw: bytes) -> Body:
        keys = KEYS[RobotKind.FEISHU]
        if not _same(request.path_params["key"], keys.key):
            raise Denied(19001, "param invalid: incoming webhook access token invalid")
        self._count(RobotKind.FEISHU, 5, 1)
        self._count(RobotKind.FEISHU, 100, 60, is_new=False)
        if len(raw) > 20 * 1024:
            raise Denied(9499, "Bad Request")
        body = _read(raw, 9499)
        moment = str(body.get("timestamp", ""))
        if not moment.isdecimal() or abs(int(moment) - self.world.now()) > _SKEW_SECONDS:
            raise Denied(19021, "sign match fail or timestamp is not within one hour from current time")
        if not _same(str(body.get("sign", "")), feishu.sign(keys.secret, int(moment))):
            raise Denied(19021, "sign match fail or timestamp is not within one hour from current time")
        if body.get("msg_type") != "interactive" or not (body.get("card") or {}).get("elements"):
            raise Denied(9499, "Bad Request")
        return body

    def _count(self, kind: RobotKind, most: int, seconds: float, *, is_new: bool = True) -> None:
        chat, now = self.chats[kind], time.monotonic()
        if is_new:
            chat.calls.append(now)
        if sum(at > now - seconds for at in chat.calls) > most:
            if kind is RobotKind.DINGTALK:
                chat.silent_until = now + 600
            raise _too_often(kind)

    async def _shown(self, request: Request) -> Response:
        chats = {kind: {"said": list(chat.said), "refused": chat.refused} for kind, chat in self.chats.items()}
        return JSONResponse(chats)


def _too_often(kind: RobotKind) -> Denied:
    if kind is RobotKind.WECOM:
        return Denied(45009, "api freq out of limit")
    if kind is RobotKind.DINGTALK:
        return Denied(130101, "send too fast, exceed 20 times per minute")
    return Denied(11232, "frequency limited")


def _check_picture(image: Body) -> None:
    """The codes are those of WeCom's other pictures: none is published for robots."""
    try:
        picture = base64.b64decode(str(image.get("base64", "")), validate=True)
    except ValueError as error:
        raise Denied(40009, "invalid image size") from error
    if not picture.startswith((b"\x89PNG", b"\xff\xd8")) or len(picture) > 2 * 1024 * 1024:
        raise Denied(40009, "invalid image size")
    if hashlib.md5(picture, usedforsecurity=False).hexdigest() != image.get("md5"):
        raise Denied(301019, "file md5 not match")


def _read(raw: bytes, otherwise: int) -> Body:
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Denied(otherwise, "invalid json") from error
    if not isinstance(body, dict):
        raise Denied(otherwise, "invalid json")
    return body


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
