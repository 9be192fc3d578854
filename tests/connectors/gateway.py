"""What does a gateway in miniature need, whichever platform it plays?

The lab (`orderhub/lab`) plays the same wire with time, buyers and faults; here are only the frames, so that a new
connector has something to stand on before the lab speaks its platform.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from orderhub.connectors.channels.contract import Credentials, TokenGrant

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
UPDATED_AT = NOW - timedelta(minutes=10)
SECRET = "gateway-secret"
SAMPLES = Path(__file__).parent / "samples"

Params = dict[str, Any]


class Ring:
    def __init__(self, secret: str = SECRET) -> None:
        self.credentials = Credentials("12345678", secret, "12345", "token-0", "refresh-0")
        self.renewals = 0

    def read(self) -> Credentials:
        return self.credentials

    def renew(self, grant: TokenGrant) -> Credentials:
        self.renewals += 1
        self.credentials = Credentials(
            "12345678",
            self.credentials.app_secret,
            "12345",
            grant.access_token,
            grant.refresh_token,
            grant.expires_at,
        )
        return self.credentials


@dataclass
class Gateway:
    """``faults`` are HTTP statuses answered first; ``token`` is the one that lives; it knows ``carrier``.

    ``answered`` holds what each case was answered with, as it came; such a case is paid back.
    """

    carrier = "shunfeng"

    count: int = 250
    token: str = "token-0"
    faults: list[int] = field(default_factory=list)
    shipped: dict[str, str] = field(default_factory=dict)
    answered: dict[str, Any] = field(default_factory=dict)
    stock: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def numbers(self) -> list[str]:
        return [str(9000000000000000000 + position) for position in range(self.count)]

    def take(self, request: httpx.Request) -> httpx.Response:
        if self.faults:
            return httpx.Response(self.faults.pop(0))
        method, params, problem = self.checked(request)
        self.asked.append(method)
        return httpx.Response(200, json=problem or self.answer(method, params))

    def checked(self, request: httpx.Request) -> tuple[str, Params, Params | None]:
        raise NotImplementedError

    def answer(self, method: str, params: Params) -> Params:
        raise NotImplementedError

    def slice(self, page: int, size: int) -> list[str]:
        return self.numbers[page * size : (page + 1) * size]


def sample(name: str) -> Params:
    """``data`` of a recorded answer."""
    return json.loads((SAMPLES / f"{name}.json").read_text())["data"]
