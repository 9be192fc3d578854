"""How does a DingTalk group robot (钉钉自定义机器人) take a card? As markdown, signed in its address.

Source: DingTalk open platform pages as kept in archived copies and five public clients, read 2026-11: POST
robot/send?access_token=&timestamp=&sign=, 20 messages a minute and then ten minutes of silence.
"""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote_plus

import httpx

from orderhub.connectors.http import Body, PartnerClient
from orderhub.connectors.robots import contract
from orderhub.connectors.robots.contract import Card, Limits, NoAuth, NoPictures, RobotKeys, Tone, refuse, robot_client
from orderhub.connectors.robots.markdown import fact_of, fitted, foot_of, link_of, row_of, title_of
from orderhub.domain.words import RobotFault, RobotKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerUnavailable

KIND = RobotKind.DINGTALK
HOST, PATH = "oapi.dingtalk.com", "/robot/send"
# No size is published: what the strictest of the three takes is read well here too.
LIMITS = Limits(calls=((18, 60.0),), most_bytes=4096)
THROTTLED = timedelta(minutes=10)
CODES: dict[str, RobotFault] = {
    "300005": RobotFault.KEY_UNKNOWN,
    "130101": RobotFault.TOO_OFTEN,
    "310000": RobotFault.SIGN_WRONG,
    "-1": RobotFault.BUSY,
}
# One code for all that the robot's security settings refuse: its sentence tells them apart.
_OF_SETTINGS = "310000"
_SENTENCES = (
    ("keyword", RobotFault.WORD_MISSING),
    ("whitelist", RobotFault.ADDRESS_REFUSED),
    ("not in content", RobotFault.WORD_MISSING),
)
_MARKS = {Tone.ALARM: "🔴", Tone.NOTE: "🔵", Tone.DONE: "🟢"}

read_key: Callable[[str], str] = partial(contract.read_key, host=HOST, path=PATH, name="access_token")


def sign(secret: str, timestamp_ms: int) -> str:
    """Before it is written into an address."""
    text = f"{timestamp_ms}\n{secret}"
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


def sign_urlencoded(secret: str, timestamp_ms: int) -> str:
    return quote_plus(sign(secret, timestamp_ms))


class Dingtalk(NoPictures):
    def __init__(self, keys: RobotKeys, client: PartnerClient, url: str) -> None:
        self._keys = keys
        self._client = client
        self._url = url

    def say(self, card: Card) -> None:
        params = {"access_token": self._keys.key}
        if self._keys.secret:
            moment = int(self._client.now().timestamp() * 1000)
            params |= {"timestamp": str(moment), "sign": sign(self._keys.secret, moment)}
        content = json.dumps(body_of(card), ensure_ascii=False).encode()
        headers = {"content-type": "application/json"}
        self._client.post(self._url, auth=NoAuth(), safe=False, params=params, content=content, headers=headers)

    def close(self) -> None:
        self._client.close()


def connect(
    keys: RobotKeys,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Dingtalk:
    client = robot_client(KIND, judge, base_url=base_url, transport=transport, now=now)
    return Dingtalk(keys, client, (base_url or f"https://{HOST}") + PATH)


def body_of(card: Card) -> Body:
    """Its markdown breaks a line only at an empty one."""
    title = title_of(card.title)
    facts = [f"> {fact_of(name)}：{fact_of(value)}" for name, value in card.facts]
    rows = [f"- {row_of(row)}" for row in card.rows]
    link = link_of(card.link)
    foot = [*([f"[打开中台]({link})"] if link else []), *([foot_of(card.foot)] if card.foot else [])]
    text = fitted([f"#### {_MARKS[card.tone]} {title}", *facts], rows, foot, LIMITS.most_bytes, line="\n\n")
    return {"msgtype": "markdown", "markdown": {"title": title, "text": text}, "at": {"isAtAll": False}}


def judge(body: Body) -> None:
    code = str(body.get("errcode", ""))
    if code == "0":
        return
    if not code:
        raise PartnerUnavailable(f"{KIND.trade_name} 的回答没有 errcode", partner=KIND.trade_name)
    fault = CODES.get(code, RobotFault.OTHER)
    if code == _OF_SETTINGS:
        said = str(body.get("errmsg", "")).lower()
        fault = next((meant for words, meant in _SENTENCES if words in said), fault)
    refuse(KIND, code, fault, ban=THROTTLED)
