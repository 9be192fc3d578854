"""Where do one shop's orders and refunds stand, and which of them changed within a window?"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from typing import Protocol, TypeVar

from orderhub.lab.orders import FINISHED, LabOrder, LabRefund

_BEYOND = 1 << 80  # above every number of an order or refund


class Dated(Protocol):
    number: int
    modified: int


Row = TypeVar("Row", bound=Dated)


class Timeline:
    """Numbers in the order of a moment; an entry that is no longer its row's moment is passed over."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, moment: int, number: int) -> None:
        """Moments mostly arrive in order; a late one (a fault) finds its place."""
        if self._entries and (moment, number) < self._entries[-1]:
            insort(self._entries, (moment, number))
        else:
            self._entries.append((moment, number))

    def between(self, start: int, end: int) -> list[tuple[int, int]]:
        """Entries with start ≤ moment ≤ end, oldest first: the platforms count both ends."""
        entries = self._entries
        return entries[bisect_left(entries, (start, 0)) : bisect_right(entries, (end, _BEYOND))]

    def keep(self, moments: Mapping[int, int]) -> None:
        """Drop every entry that is not ``moments[number]``."""
        self._entries = [(moment, number) for moment, number in self._entries if moments.get(number) == moment]


class Shelf:
    def __init__(self, *, cap: int) -> None:
        self.cap = cap
        self.orders: dict[int, LabOrder] = {}
        self.refunds: dict[int, LabRefund] = {}
        self.stock: dict[str, int] = {}
        self._created = Timeline()
        self._changed = Timeline()
        self._refunds_changed = Timeline()

    def put(self, order: LabOrder) -> None:
        self.orders[order.number] = order
        self._created.add(order.created, order.number)
        self._changed.add(order.modified, order.number)
        if len(self.orders) > self.cap:
            self._drop_finished()

    def put_refund(self, refund: LabRefund) -> None:
        self.refunds[refund.number] = refund
        self._refunds_changed.add(refund.modified, refund.number)

    def touch(self, order: LabOrder, at: int) -> None:
        """``order`` changed at ``at``; twice within a second is one entry, as on the platforms."""
        if order.modified != at:
            order.modified = at
            self._changed.add(at, order.number)
            if len(self._changed) > 8 * len(self.orders) + 1000:
                self._changed.keep({number: row.modified for number, row in self.orders.items()})

    def touch_refund(self, refund: LabRefund, at: int) -> None:
        if refund.modified != at:
            refund.modified = at
            self._refunds_changed.add(at, refund.number)

    def created_between(self, start: int, end: int) -> list[LabOrder]:
        return [self.orders[number] for _, number in self._created.between(start, end) if number in self.orders]

    def changed_between(self, start: int, end: int) -> list[LabOrder]:
        """Oldest change first."""
        return _current(self._changed.between(start, end), self.orders)

    def refunds_between(self, start: int, end: int) -> list[LabRefund]:
        return _current(self._refunds_changed.between(start, end), self.refunds)

    def _drop_finished(self) -> None:
        """An eighth of the cap goes at once, so that the sweep is rare: finished orders first, the oldest of each."""
        by_age = sorted(self.orders.values(), key=lambda order: order.status not in FINISHED)
        for order in by_age[: max(1, self.cap // 8)]:
            del self.orders[order.number]
            for refund_no in order.refund_nos:
                self.refunds.pop(refund_no, None)
        self._created.keep({number: row.created for number, row in self.orders.items()})
        self._changed.keep({number: row.modified for number, row in self.orders.items()})
        self._refunds_changed.keep({number: row.modified for number, row in self.refunds.items()})


def _current(entries: list[tuple[int, int]], rows: Mapping[int, Row]) -> list[Row]:
    return [rows[number] for moment, number in entries if number in rows and rows[number].modified == moment]
