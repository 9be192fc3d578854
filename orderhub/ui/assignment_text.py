"""How is it said how a person is chosen?"""

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
