"""What must every robot's connector be able to do? Say a card in its group chat, within what its platform allows."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NoReturn, Protocol
from urllib.parse import parse_qs, urlsplit

import httpx

from orderhub.connectors.http import PartnerClient, partner_client
from orderhub.domain.words import RobotFault, RobotKind
from orderhub.kernel.errors import (
    BadInput,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

# A chat that hangs is left soon: nobody's order waits for it, but other chats do.
TIMEOUT = httpx.Timeout(8, connect=4)
_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}", re.ASCII)


class Tone(StrEnum):
    """What colours a card; a word in its title says the same."""

    ALARM = "alarm"
    NOTE = "note"
    DONE = "done"


@dataclass(frozen=True)
class Card:
    """``facts`` are (name, value); ``rows`` are left out from the end where a platform takes no more bytes."""

    title: str
    tone: Tone
    facts: tuple[tuple[str, str], ...] = ()
    rows: tuple[str, ...] = ()
    foot: str = ""
    link: str = ""


@dataclass(frozen=True)
class RobotKeys:
    """``key`` alone lets anybody speak in the chat; ``secret`` signs, where the robot was set up to ask for it."""

    key: str = field(repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Limits:
    """``calls`` are (how many, in how many seconds), a little under what the platform counts: its clock is another.

    ``most_picture_bytes`` 0: its robots take none by themselves.
    """

    calls: tuple[tuple[int, float], ...]
    most_bytes: int
    most_picture_bytes: int = 0


class RobotConnector(Protocol):
    def say(self, card: Card) -> None:
        """Not safe to repeat: no platform tells a repeated card from a new one.

        Raises: PartnerUnavailable, PartnerBanned, PartnerUnauthorised (its settings keep us out), PartnerRefused.
        """
        ...

    def show(self, picture: bytes) -> None:
        """A PNG within ``most_picture_bytes``, as a message of its own. Not safe to repeat; raises as ``say``."""
        ...

    def close(self) -> None: ...


class NoPictures:
    """Of a platform whose robots take a picture by its address or a media id alone."""

    def show(self, picture: bytes) -> None:
        raise PartnerRefused(RobotFault.CARD_REFUSED.said, partner_code=RobotFault.CARD_REFUSED)


class NoAuth(httpx.Auth):
    """What lets us in stands in the address or the body."""


def wait_before(calls: Sequence[float], limits: Limits, now: float) -> float:
    """Seconds until one more call is within ``limits``; ``calls`` are the moments of earlier ones, oldest first."""
    waits = [0.0]
    for most, seconds in limits.calls:
        within = [at for at in calls if at > now - seconds]
        if len(within) >= most:
            waits.append(within[-most] + seconds - now)
    return max(waits)


def read_key(given: str, *, host: str, path: str, name: str = "") -> str:
    """The key out of what a person pasted: the key itself, or the robot's whole address.

    ``name`` is the parameter that holds it; empty: it ends the path. Where a card goes is never taken from the
    address: its host has to be the platform's own.

    Raises: BadInput.
    """
    pasted = given.strip()
    if ":" in pasted or "/" in pasted:
        pasted = _key_of_address(pasted, host, path, name)
    if not _KEY.fullmatch(pasted):
        raise BadInput("key: 8 to 128 letters, digits and hyphens", field="key", problem="robot_key")
    return pasted


def _key_of_address(address: str, host: str, path: str, name: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if (parts.scheme, parts.netloc) != ("https", host) or not parts.path.startswith(path):
        raise BadInput(f"key: the address of such a robot begins https://{host}", field="key", problem="robot_host")
    return parse_qs(parts.query).get(name, [""])[0] if name else parts.path.removeprefix(path).strip("/")


def robot_client(
    kind: RobotKind,
    judge: Callable[[dict[str, Any]], None],
    *,
    base_url: str,
    transport: httpx.BaseTransport | None,
    now: Callable[[], datetime],
) -> PartnerClient:
    """Its pace is kept by who calls, for all processes (``wait_before``): here nothing is slowed down."""
    return partner_client(kind.trade_name, judge, 100, base_url=base_url, transport=transport, now=now, timeout=TIMEOUT)


_PASSING = (RobotFault.BUSY,)
_SETTINGS = (
    RobotFault.KEY_UNKNOWN,
    RobotFault.SIGN_WRONG,
    RobotFault.ADDRESS_REFUSED,
    RobotFault.WORD_MISSING,
)


def refuse(kind: RobotKind, code: str, fault: RobotFault, *, ban: timedelta = timedelta(minutes=1)) -> NoReturn:
    """Raise ``fault`` in our words; the platform's own sentence may hold the key and is not repeated."""
    message, partner = f"{kind.trade_name} {code[:12]}：{fault.said}", kind.trade_name
    partner_code = f"{code[:12]} {fault}"
    if fault is RobotFault.TOO_OFTEN:
        raise PartnerBanned(message, retry_after=ban, partner=partner, partner_code=partner_code)
    if fault in _PASSING:
        raise PartnerUnavailable(message, partner=partner, partner_code=partner_code)
    if fault in _SETTINGS:
        raise PartnerUnauthorised(message, partner=partner, partner_code=partner_code)
    raise PartnerRefused(message, partner=partner, partner_code=partner_code)
