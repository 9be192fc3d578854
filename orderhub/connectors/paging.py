"""How are pages read that move while they are read?"""

from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

Rows = list[dict[str, Any]]


def backwards(read: Callable[[int], tuple[Rows, int]], page_size: int) -> Iterator[Rows]:
    """Pages of a fixed span of update time, from the last (number ``n``) to the first (number 1).

    ``read`` answers the rows of a page and how many there are in all. A row that is changed meanwhile leaves the span,
    and all behind it move up by one: read forwards, the first row of the next page would slip onto the page just read
    and be lost; read backwards, it is only seen twice. Where rows come late instead (``total`` grows), they push unread
    ones onto pages already read, so reading goes back over as many pages as that may concern.
    Source: the platforms' own advice for `trades.sold.increment.get` and for increments at large, read 2026-11.
    """
    first, total = read(1)
    number = ceil(total / page_size)
    if number <= 1:
        yield first
        return
    while number >= 1:
        rows, total_now = read(number)
        yield rows
        late = max(total_now - total, 0)
        number += ceil(late / page_size) if late else -1
        total = total_now
