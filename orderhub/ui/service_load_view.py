"""What does the heat of customer service's week show, as the browser gets it?"""

from dataclasses import dataclass, field


@dataclass
class LoadCellView:
    """``level`` is 0 to 5, how dark it is; ``day`` 1 is Monday; ``href`` is empty where nothing stands behind it."""

    day: str
    hour: str
    count: str
    level: str
    href: str


@dataclass
class LoadRowView:
    day: str
    cells: list[LoadCellView] = field(default_factory=list)


@dataclass
class ServiceLoadView:
    """``top`` is the highest cell's count, empty where there is nothing; ``busiest`` come first."""

    rows: list[LoadRowView] = field(default_factory=list)
    busiest: list[LoadCellView] = field(default_factory=list)
    top: str = ""
    top_day: str = "1"
    top_hour: str = ""
