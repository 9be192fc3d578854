"""What must every notifier be able to do?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from orderhub.domain.words import UploadProblem


@dataclass(frozen=True)
class NotifierKeys:
    """``app_no`` is the AppID of WeChat, the AccessKeyId of Aliyun, the SecretId of Tencent; the rest is of SMS."""

    app_no: str
    secret: str = field(repr=False)
    sign_name: str = ""
    sdk_app_no: str = ""


@dataclass(frozen=True)
class BuyerMessage:
    """``values`` fill the template in its order; ``to`` is an openid of the app, or eleven digits of a telephone.

    ``request_no`` is ours, the same for every repeat. ``url`` and ``page`` are where a tap leads, maybe empty.
    """

    request_no: str
    to: str = field(repr=False)
    template_no: str
    values: tuple[tuple[str, str], ...] = field(repr=False)
    url: str = field(default="", repr=False)
    page: str = ""


class Notifier(Protocol):
    """Synchronous; safe to use from several threads. Raises like ``ChannelConnector``."""

    def send(self, message: BuyerMessage) -> str:
        """Their number of the message, maybe empty. Raises: PartnerRefused: ``problem_of`` has the code in words."""
        ...

    def check_account(self) -> None:
        """Ask for something that costs nothing. Raises: PartnerUnauthorised: the keys do not open."""
        ...

    def close(self) -> None: ...


class NoAuth(httpx.Auth):
    """The call is signed as a whole, or needs no signature."""


def problem_in(problems: Mapping[str, UploadProblem], code: str) -> UploadProblem:
    """A code that has no word of its own is a plain refusal."""
    return problems.get(code, UploadProblem.REFUSED)
