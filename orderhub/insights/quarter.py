"""Which three months does a scorecard speak of?"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from orderhub.kernel.errors import BadInput

_WRITTEN = re.compile(r"(20\d\d)-?[Qq]([1-4])")


@dataclass(frozen=True, order=True)
class Quarter:
    """``number`` 1 to 4."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def start(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """Its last day."""
        return self.after.start - timedelta(days=1)

    @property
    def before(self) -> "Quarter":
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    @property
    def after(self) -> "Quarter":
        return Quarter(self.year, self.number + 1) if self.number < 4 else Quarter(self.year + 1, 1)


def quarter_of(day: date) -> Quarter:
    return Quarter(day.year, (day.month + 2) // 3)


def read_quarter(text: str) -> Quarter:
    """Raises: BadInput: it is not like 2012Q1."""
    match = _WRITTEN.fullmatch(text.strip())
    if not match:
        raise BadInput(f"quarter: {text[:16]!r} is not like 2012Q1", field="quarter", problem="not_quarter")
    return Quarter(int(match[1]), int(match[2]))
