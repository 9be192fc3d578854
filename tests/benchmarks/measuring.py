"""How long does a call take, and is that short enough?"""

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ROUNDS = 60


@dataclass(frozen=True)
class Figure:
    """``limit`` of 0 asks nothing; ``is_rate``: more is better."""

    name: str
    value: float
    unit: str
    limit: float = 0
    is_rate: bool = False

    @property
    def is_missed(self) -> bool:
        return bool(self.limit) and (self.value < self.limit if self.is_rate else self.value > self.limit)

    def __str__(self) -> str:
        ratio = f"{self.value / self.limit:6.0%} of {self.limit:,.0f}" if self.limit else " " * 6
        return f"{self.name:58} {self.value:10,.1f} {self.unit:9} {ratio}{'  MISSED' if self.is_missed else ''}"


def p95_ms(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The first call, which compiles the statement, counts like every other."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return p95(taken)


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
