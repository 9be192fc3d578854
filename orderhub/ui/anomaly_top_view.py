"""What do the ten worst kinds of anomalies show, as the browser gets it?"""

from dataclasses import dataclass, field

from orderhub.kernel.veil import Money


@dataclass
class AnomalyTopRowView:
    """``figure`` is what they are ranked by; ``age`` days of the oldest that is open, empty where none is."""

    rank: str
    kind: str
    figure: str
    count: str
    late: str
    risk: Money
    age: str
    change: str
    is_better: bool
    late_width: str
    rest_width: str
    href: str


@dataclass
class AnomalyTopView:
    total: str = "0"
    late: str = "0"
    rows: list[AnomalyTopRowView] = field(default_factory=list)
