"""How is it said how a person is chosen, and that a rule chose?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.assignment import PersonBy

ASSIGNMENT_LABELS: dict[type[StrEnum], dict[Any, tuple[str, str]]] = {
    PersonBy: {
        PersonBy.NOBODY: ("不指定，留给角色", "nobody: it stays with the role"),
        PersonBy.LEAST_LOADED: ("手上最少的人", "whoever has least"),
        PersonBy.ROUND_ROBIN: ("轮流", "each in turn"),
        PersonBy.FIXED: ("固定一人", "one person"),
    },
}

ASSIGNMENT_EVENTS: dict[str, tuple[str, str]] = {
    "anomaly_routed": ("按分派规则定角色", "A rule decided whose it is"),
}
