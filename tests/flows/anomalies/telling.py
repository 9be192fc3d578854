"""What every story of an anomaly has in common: it becomes true, is said again, ends; and which stories there are.

A story is a generator that stops twice: when its fact is true, and when the fact has been met once more. After the
second stop it makes the fact's end, where the hub can see one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind

Story = Callable[[Any], Iterator[None]]


@dataclass(frozen=True)
class Told:
    """``where`` is the fixture it is given; ``role`` who has it first; ``count`` how many of it there are."""

    kind: AnomalyKind
    story: Story
    where: str
    role: str
    is_ended_by_hand: bool = False


STORIES: dict[AnomalyKind, Told] = {}

# Stories that stand elsewhere, beside the partner that has to be played for them.
ELSEWHERE: dict[AnomalyKind, str] = {
    AnomalyKind.FOREIGN_PARCEL: "tests/flows/test_kuaidi100.py",
    AnomalyKind.TRACKING_REFUSED: "tests/flows/test_kuaidi100.py",
    AnomalyKind.TRACKER_UNAUTHORISED: "tests/flows/test_kuaidi100.py",
    AnomalyKind.TRACKER_QUOTA: "tests/flows/test_kuaidi100.py",
    AnomalyKind.NOTICE_UNDELIVERABLE: "tests/flows/test_notices.py",
    AnomalyKind.ROBOT_REFUSED: "tests/flows/test_robots.py",
    AnomalyKind.WEBHOOK_OFF: "tests/flows/test_webhooks.py",
}


def story(
    kind: AnomalyKind, *, where: str = "ground", role: str = "", by_hand: bool = False
) -> Callable[[Story], Story]:
    def told(one: Story) -> Story:
        assert kind not in STORIES, kind
        STORIES[kind] = Told(kind, one, where, role or HANDLING[kind].role, by_hand)
        return one

    return told


def on(*wheres: str) -> list[Any]:
    """The stories given one of ``wheres``, as parameters of a test."""
    return [pytest.param(told, id=str(kind)) for kind, told in STORIES.items() if told.where in wheres]
