"""What are the words of tracker accounts called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.tracker_account import TrackerKind
from orderhub.domain.words import WatchState

Pair = tuple[str, str]

TRACKER_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    TrackerKind: {
        TrackerKind.KUAIDI100: ("快递100", "Kuaidi100"),
    },
    WatchState: {
        WatchState.UNKNOWN: ("未订阅", "Not subscribed"),
        WatchState.WATCHING: ("推送中", "Pushing"),
        WatchState.OVER: ("已结束", "Over"),
        WatchState.BROKEN_OFF: ("已中止", "Broken off"),
    },
}
