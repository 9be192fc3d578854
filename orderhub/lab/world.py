"""What does the lab hold? Its time, its shops with their orders, what the hub uploaded, and who is banned."""

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from orderhub.kernel.errors import NotFound
from orderhub.lab.faults import Faults
from orderhub.lab.orders import LabOrder, LabRefund
from orderhub.lab.platforms import PLATFORMS, Platform
from orderhub.lab.shelf import Shelf
from orderhub.lab.shops import LabShop
from orderhub.lab.tokens import Tokens
from orderhub.lab.truth import Truth

CAP = 480_000  # orders over all shops; the oldest finished ones go first
MOST_UPLOADS = 200_000


class Listener(Protocol):
    """Hears of every change that a platform would push."""

    def order_changed(self, shop: LabShop, order: LabOrder, topic: str, at: int) -> None: ...

    def refund_changed(self, shop: LabShop, refund: LabRefund, topic: str, at: int) -> None: ...


class World:
    """``ahead_seconds`` is how far lab time runs before the clock, after ``POST /lab/advance``."""

    def __init__(self, shops: Sequence[LabShop], *, seed: int, clock: Callable[[], datetime], cap: int = CAP) -> None:
        self.seed = seed
        self.clock = clock
        self.ahead_seconds = 0.0
        self.other_system_ships = True
        self.shops = {shop.code: shop for shop in shops}
        self.by_key = {(shop.channel, shop.app_key): shop for shop in shops}
        shares = sum(shop.share for shop in shops)
        self.shelves = {shop.code: Shelf(cap=max(1, cap * shop.share // shares)) for shop in shops}
        self.faults = Faults(seed)
        self.truth = Truth()
        self.banned_until: dict[str, int] = {}
        self._dropped: dict[str, set[tuple[int, int]]] = defaultdict(set)
        self.uploads: deque[dict[str, Any]] = deque(maxlen=MOST_UPLOADS)
        self.listeners: list[Listener] = []
        self.carriers: list[Callable[[str], None]] = []  # each hears the waybill of what was shipped
        self.tokens = {shop.code: Tokens.of(shop, self.now()) for shop in shops}

    def real_now(self) -> int:
        return int(self.clock().timestamp())

    def now(self) -> int:
        """Lab time, which is the clock's unless somebody advanced it."""
        return int(self.clock().timestamp() + self.ahead_seconds)

    def shop(self, code: str) -> LabShop:
        if code not in self.shops:
            raise NotFound(f"the lab has no shop {code!r}; it has {', '.join(self.shops)}")
        return self.shops[code]

    def order(self, shop: str, number: str) -> LabOrder:
        """``number`` as the shop's platform writes it."""
        try:
            found = self.shelves[shop].orders.get(self.platform_of(shop).read_no(number))
        except ValueError:
            found = None
        if not found:
            raise NotFound(f"{shop}: no order {number}")
        return found

    def shown_changes(self, shop: str, api: str, rows: list[LabOrder], *, size: int) -> list[LabOrder]:
        """What a list of changes shows of ``rows`` (newest first): not a page of ``size`` that a fault has dropped."""
        if rows and self.faults.take("dropped_page", shop, api):
            self._dropped[shop].update((row.number, row.modified) for row in rows[:size])
        dropped = self._dropped[shop]
        return [row for row in rows if (row.number, row.modified) not in dropped] if dropped else rows

    def uploaded(self, kind: str, shop: str, **facts: Any) -> None:
        self.uploads.append({"kind": kind, "shop": shop, "at": self.now(), **facts})
        if kind == "shipment":
            for shipped in self.carriers:
                shipped(facts["tracking_no"])

    def banned_seconds(self, shop: str) -> int:
        return max(0, self.banned_until.get(shop, 0) - self.now())

    def changed(self, order: LabOrder, at: int, topic: str) -> None:
        """``order`` is another since ``at``; whoever listens is told under the platform-free ``topic``."""
        self.shelves[order.shop].touch(order, at)
        for listener in self.listeners:
            listener.order_changed(self.shops[order.shop], order, topic, at)

    def changed_refund(self, refund: LabRefund, at: int, topic: str) -> None:
        self.shelves[refund.order.shop].touch_refund(refund, at)
        self.changed(refund.order, at, "")
        for listener in self.listeners:
            listener.refund_changed(self.shops[refund.order.shop], refund, topic, at)

    def platform_of(self, shop: str) -> Platform:
        return PLATFORMS[self.shop(shop).channel]
