"""How does a Feishu group bot (飞书自定义机器人) take a card? As an interactive card, signed in the body.

Source: Feishu open platform pages as kept in archived copies, go-lark and three public clients, read 2026-11: POST
bot/v2/hook/<id>, seconds where DingTalk has milliseconds, secret and message the other way round; 100 a minute, five a
second, 20 KB.
"""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from functools import partial

import httpx

from orderhub.connectors.http import Body, PartnerClient
from orderhub.connectors.robots import contract
from orderhub.connectors.robots.contract import Card, Limits, NoAuth, NoPictures, RobotKeys, Tone, refuse, robot_client
from orderhub.connectors.robots.markdown import fact_of, fitted, foot_of, link_of, row_of, title_of
from orderhub.domain.words import RobotFault, RobotKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerUnavailable

KIND = RobotKind.FEISHU
HOST, PATH = "open.feishu.cn", "/open-apis/bot/v2/hook"
# The whole body: the text of a card is kept well below, for JSON escapes and its frame.
LIMITS = Limits(calls=((4, 1.0), (90, 60.0)), most_bytes=20_000)
_MOST_TEXT = 8_000
CODES: dict[str, RobotFault] = {
    "19001": RobotFault.KEY_UNKNOWN,
    "19021": RobotFault.SIGN_WRONG,
    "19022": RobotFault.ADDRESS_REFUSED,
    "19024": RobotFault.WORD_MISSING,
    "9499": RobotFault.CARD_REFUSED,
    "11232": RobotFault.TOO_OFTEN,
}
_COLOURS = {Tone.ALARM: "red", Tone.NOTE: "blue", Tone.DONE: "green"}

read_key: Callable[[str], str] = partial(contract.read_key, host=HOST, path=PATH)


def sign(secret: str, timestamp_s: int) -> str:
    """The text is the key, and nothing is the message."""
    return base64.b64encode(hmac.digest(f"{timestamp_s}\n{secret}".encode(), b"", "sha256")).decode()


class Feishu(NoPictures):
    def __init__(self, keys: RobotKeys, client: PartnerClient, url: str) -> None:
        self._keys = keys
        self._client = client
        self._url = f"{url}/{keys.key}"

    def say(self, card: Card) -> None:
        body = body_of(card)
        if self._keys.secret:
            moment = int(self._client.now().timestamp())
            body = {"timestamp": str(moment), "sign": sign(self._keys.secret, moment)} | body
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"content-type": "application/json"}
        self._client.post(self._url, auth=NoAuth(), safe=False, content=content, headers=headers)

    def close(self) -> None:
        self._client.close()


def connect(
    keys: RobotKeys,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Feishu:
    client = robot_client(KIND, judge, base_url=base_url, transport=transport, now=now)
    return Feishu(keys, client, (base_url or f"https://{HOST}") + PATH)


def body_of(card: Card) -> Body:
    facts = [f"**{fact_of(name)}**：{fact_of(value)}" for name, value in card.facts]
    rows = [f"{number}. {row_of(row)}" for number, row in enumerate(card.rows, start=1)]
    elements: list[Body] = [{"tag": "div", "text": {"tag": "lark_md", "content": fitted(facts, rows, [], _MOST_TEXT)}}]
    if link := link_of(card.link):
        button = {"tag": "button", "text": _plain("打开中台"), "url": link, "type": "primary"}
        elements.append({"tag": "action", "actions": [button]})
    if card.foot:
        elements.append({"tag": "note", "elements": [_plain(foot_of(card.foot))]})
    header = {"title": _plain(title_of(card.title)), "template": _COLOURS[card.tone]}
    return {"msg_type": "interactive", "card": {"header": header, "elements": elements}}


def judge(body: Body) -> None:
    """Earlier answers say ``StatusCode`` alone."""
    code = str(body.get("code", body.get("StatusCode", "")))
    if code == "0":
        return
    if not code:
        raise PartnerUnavailable(f"{KIND.trade_name} 的回答没有 code", partner=KIND.trade_name)
    refuse(KIND, code, CODES.get(code, RobotFault.OTHER))


def _plain(text: str) -> Body:
    return {"tag": "plain_text", "content": text}
