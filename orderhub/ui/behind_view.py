"""How does a list say that it shows what stands behind a figure of a report, and how is that taken away?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from orderhub.kernel.clock import SHANGHAI, shanghai_text

_DAY = "%m-%d"
_MINUTE = "%m-%d %H:%M"


@dataclass
class BehindView:
    """``span`` is empty for a list of all there is; ``clear`` leads to it."""

    span: str = ""
    clear: str = ""


class Behind(Protocol):
    @property
    def since(self) -> datetime: ...

    @property
    def until(self) -> datetime: ...


def behind_view(behind: Behind | None, clear: str) -> BehindView:
    """Whole days by their first and last, other times by the minute."""
    if behind is None:
        return BehindView()
    since, until = behind.since, behind.until
    is_days = all(moment.astimezone(SHANGHAI).strftime("%H%M%S") == "000000" for moment in (since, until))
    if not is_days:
        return BehindView(f"{shanghai_text(since, _MINUTE)} – {shanghai_text(until, _MINUTE)}", clear)
    first, last = shanghai_text(since, _DAY), shanghai_text(until - timedelta(days=1), _DAY)
    return BehindView(first if first == last else f"{first} – {last}", clear)
