"""What does a call get back: a body, or the platform's own error?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orderhub.lab.shops import LabShop

Body = dict[str, Any]


class Refused(Exception):
    """``code`` and ``sub_code`` are the platform's."""

    def __init__(self, code: int, msg: str, sub_code: str = "", sub_msg: str = "") -> None:
        super().__init__(f"{code} {sub_code or msg}")
        self.code = code
        self.msg = msg
        self.sub_code = sub_code
        self.sub_msg = sub_msg


@dataclass(frozen=True)
class Call:
    """A call as its platform read it: from which shop, for which API, and how to answer it."""

    shop: LabShop | None
    api: str
    answer: Callable[[], Body]
