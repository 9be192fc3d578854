"""What do the reasons of returns show, as the browser gets it? A ring of the five most frequent, then all of them."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class ReasonRowView:
    """``kind`` says whose word ``key`` is (a reason of ours, a channel, the others); else ``name`` is shown as it is."""

    key: str
    kind: str
    name: str
    count: str
    share: str
    colour: str
    change: str
    is_better: bool
    href: str


@dataclass
class ReturnReasonsView:
    """``span`` is the time that is counted; ``slices`` are the ring's, the rows that are many put together."""

    span: str = ""
    total: str = "0"
    is_pie: bool = True
    rows: list[ReasonRowView] = field(default_factory=list)
    slices: list[ReasonRowView] = field(default_factory=list)
    figure: dict[str, Any] = field(default_factory=dict)
    figure_en: dict[str, Any] = field(default_factory=dict)
