"""How does a WeCom group robot (企业微信群机器人) take a card? As markdown, unsigned: its address is its only secret.

Source: WeCom developer pages as kept in archived copies and four public clients, read 2026-11: POST webhook/send?key=,
HTTP 200 whatever happens, markdown of at most 4,096 bytes, a picture of at most 2 MB in base64 with its MD5, 20
messages a minute.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from functools import partial

import httpx

from orderhub.connectors.http import Body, PartnerClient
from orderhub.connectors.robots import contract
from orderhub.connectors.robots.contract import Card, Limits, NoAuth, RobotKeys, Tone, refuse, robot_client
from orderhub.connectors.robots.markdown import fact_of, fitted, foot_of, link_of, row_of, title_of
from orderhub.domain.words import RobotFault, RobotKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerUnavailable

KIND = RobotKind.WECOM
HOST, PATH = "qyapi.weixin.qq.com", "/cgi-bin/webhook/send"
LIMITS = Limits(calls=((18, 60.0),), most_bytes=4096, most_picture_bytes=2_000_000)
CODES: dict[str, RobotFault] = {
    "93000": RobotFault.KEY_UNKNOWN,
    "45009": RobotFault.TOO_OFTEN,
    "-1": RobotFault.BUSY,
}
_COLOURS = {Tone.ALARM: "warning", Tone.NOTE: "comment", Tone.DONE: "info"}

read_key: Callable[[str], str] = partial(contract.read_key, host=HOST, path=PATH, name="key")


class Wecom:
    def __init__(self, keys: RobotKeys, client: PartnerClient, url: str) -> None:
        self._keys = keys
        self._client = client
        self._url = url

    def say(self, card: Card) -> None:
        self._post(body_of(card))

    def show(self, picture: bytes) -> None:
        self._post(picture_body(picture))

    def close(self) -> None:
        self._client.close()

    def _post(self, body: Body) -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"content-type": "application/json"}
        params = {"key": self._keys.key}
        self._client.post(self._url, auth=NoAuth(), safe=False, params=params, content=content, headers=headers)


def connect(
    keys: RobotKeys,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Wecom:
    client = robot_client(KIND, judge, base_url=base_url, transport=transport, now=now)
    return Wecom(keys, client, (base_url or f"https://{HOST}") + PATH)


def body_of(card: Card) -> Body:
    title = f'**<font color="{_COLOURS[card.tone]}">{title_of(card.title)}</font>**'
    facts = [f'> {fact_of(name)}：<font color="comment">{fact_of(value)}</font>' for name, value in card.facts]
    rows = [f"> {number}. {row_of(row)}" for number, row in enumerate(card.rows, start=1)]
    link = link_of(card.link)
    foot = [*([f"[打开中台]({link})"] if link else []), *([foot_of(card.foot)] if card.foot else [])]
    return {"msgtype": "markdown", "markdown": {"content": fitted([title, *facts], rows, foot, LIMITS.most_bytes)}}


def picture_body(picture: bytes) -> Body:
    digest = hashlib.md5(picture, usedforsecurity=False).hexdigest()
    return {"msgtype": "image", "image": {"base64": base64.b64encode(picture).decode(), "md5": digest}}


def judge(body: Body) -> None:
    code = str(body.get("errcode", ""))
    if code == "0":
        return
    if not code:
        raise PartnerUnavailable(f"{KIND.trade_name} 的回答没有 errcode", partner=KIND.trade_name)
    refuse(KIND, code, CODES.get(code, RobotFault.OTHER))
