"""What does the lab lend a run? Orders of its shops to push, and the keys that a push is signed with."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any
from urllib.request import Request, urlopen

from orderhub.domain.words import Channel
from orderhub.kernel.errors import SetupError
from orderhub.stress.plan import LabKeys, Pushed


def lends(lab_url: str) -> bool:
    """A lab answers there."""
    try:
        _lab(lab_url, "lab")
    except SetupError:
        return False
    return True


@contextmanager
def silenced(lab_url: str, shop: str) -> Iterator[None]:
    """The lab pushes nothing of ``shop`` by itself meanwhile."""
    target = _lab(lab_url, "lab/pushes")["targets"].get(shop, "")
    _lab(lab_url, f"lab/shops/{shop}/push-target", {"url": ""})
    try:
        yield
    finally:
        if target:
            _lab(lab_url, f"lab/shops/{shop}/push-target", {"url": target})


def lent(lab_url: str, shop: str, count: int) -> tuple[tuple[Pushed, ...], dict[str, LabKeys]]:
    """``count`` new paid orders of ``shop``, which the hub has not been told of.

    Raises:
        SetupError: the lab does not answer, or its shop does not push as Douyin does.
    """
    shops = {one["code"]: one for one in _lab(lab_url, "lab/shops")["shops"]}
    known = shops.get(shop)
    if known is None or known["channel"] != Channel.DOUYIN:
        raise SetupError(f"{shop}: the lab has no shop of that name that pushes as Douyin does")
    numbers = _lab(lab_url, "lab/orders", {"shop": shop, "count": count, "paid": True})["numbers"] if count else []
    pushed = tuple(_pushed(lab_url, shop, str(number)) for number in numbers)
    return pushed, {shop: LabKeys(known["app_key"], known["app_secret"], known["shop_no"])}


def undelivered(lab_url: str) -> int:
    """How many notices of payments the lab has not brought to the hub yet."""
    return int(_lab(lab_url, "lab/wechat")["notices"]["waiting"])


def _pushed(lab_url: str, shop: str, number: str) -> Pushed:
    order = _lab(lab_url, f"lab/orders/{shop}/{number}")
    return Pushed(shop, number, order["pay_fen"], order["body"]["update_time"])


def _lab(url: str, path: str, asked: dict[str, Any] | None = None) -> dict[str, Any]:
    body = None if asked is None else json.dumps(asked).encode()
    headers = {"content-type": "application/json"}
    try:
        with urlopen(Request(f"{url.rstrip('/')}/{path}", body, headers), timeout=60) as answer:  # noqa: S310
            return json.load(answer)
    except (OSError, HTTPException, ValueError) as error:
        raise SetupError(f"the lab at {url} does not answer /{path} ({error})") from error
