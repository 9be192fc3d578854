"""What really happened, per shop and hour: the figures a hub's own are compared with."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from orderhub.kernel.clock import from_unix, shanghai_text
from orderhub.kernel.money import yuan_text


@dataclass
class Hour:
    created: int = 0
    paid: int = 0
    paid_fen: int = 0
    shipped: int = 0
    refunds_requested: int = 0
    refunded: int = 0
    refunded_fen: int = 0
    closed_unpaid: int = 0


class Truth:
    """Sums that outlive the orders: what the cap drops stays counted."""

    def __init__(self) -> None:
        self._hours: dict[tuple[str, int], Hour] = defaultdict(Hour)

    def hour(self, shop: str, at: int) -> Hour:
        return self._hours[shop, at - at % 3600]

    def rows(self, shop: str = "") -> list[dict[str, Any]]:
        """Oldest hour first; hours are of Asia/Shanghai."""
        return [
            {
                "shop": code,
                "hour": shanghai_text(from_unix(start), "%Y-%m-%d %H:00"),
                **vars(hour),
                "paid_yuan": yuan_text(hour.paid_fen),
            }
            for (code, start), hour in sorted(self._hours.items(), key=lambda item: (item[0][1], item[0][0]))
            if shop in ("", code)
        ]
