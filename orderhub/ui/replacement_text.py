"""What are the words of exchanges and resends called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.replacement import ReplacementState

Pair = tuple[str, str]

REPLACEMENT_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    ReplacementState: {
        ReplacementState.WAITING: ("等货", "Waits for goods"),
        ReplacementState.PLANNED: ("待发出", "To leave"),
        ReplacementState.LEFT: ("已发出", "Left"),
        ReplacementState.TAKEN_BACK: ("已撤回", "Taken back"),
    },
}

REPLACEMENT_EVENTS: dict[str, Pair] = {
    "replacement_promised": ("安排换货/补发", "A replacement was promised"),
    "replacement_moved": ("换货/补发状态变更", "The replacement moved"),
    "replacement_sent": ("换货/补发已发出", "The replacement has left"),
}
