"""Where may a status go? A lifecycle is a table, checked when it is imported."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Generic, TypeVar

from orderhub.kernel.errors import IllegalMove

S = TypeVar("S", bound=StrEnum)


class Lifecycle(Generic[S]):
    """``moves`` names, for every status, the statuses that may follow it; ``every`` are those of the enum it has,
    where it has not all of them.

    Raises:
        ValueError: at import, when a status is missing from the table or cannot be reached from a start.
    """

    def __init__(
        self, starts: S | AbstractSet[S], moves: Mapping[S, AbstractSet[S]], *, every: AbstractSet[S] | None = None
    ) -> None:
        self.starts = starts if isinstance(starts, AbstractSet) else frozenset({starts})
        self.moves = moves
        missing = set(every or type(next(iter(moves)))) - set(moves)
        unreachable = set(moves) - self._reachable()
        if missing or unreachable:
            raise ValueError(f"lifecycle: missing {sorted(missing)}, unreachable {sorted(unreachable)}")

    def check(self, status: S, target: S) -> None:
        if target not in self.moves[status]:
            raise IllegalMove(f"{status} cannot become {target}")

    def may(self, status: S, target: S) -> bool:
        return target in self.moves[status]

    def _reachable(self) -> set[S]:
        seen: set[S] = set()
        waiting = list(self.starts)
        while waiting:
            status = waiting.pop()
            if status not in seen:
                seen.add(status)
                waiting.extend(self.moves.get(status, ()))
        return seen
