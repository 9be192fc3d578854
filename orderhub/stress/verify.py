"""Was anything lost? What was acknowledged is set against what the hub holds: lost, doubled, phantom, wrong."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from orderhub.domain.order import Order, OrderLine
from orderhub.domain.shop import Shop
from orderhub.kernel.db import Database
from orderhub.kernel.errors import SetupError

_PAGE = 200
_NUMBERS = 500
_TRIES = 5
MOST_NAMED = 50


@dataclass(frozen=True)
class Sent:
    """``lines`` 0: not known, the lab made it. ``is_paid``: the lab took the money after it was acknowledged."""

    shop: str
    number: str
    total_fen: int
    lines: int
    is_acknowledged: bool
    is_paid: bool = False


@dataclass(frozen=True)
class Held:
    shop: str
    number: str
    total_fen: int
    paid_fen: int
    lines: int


@dataclass(frozen=True)
class Verdict:
    """Numbers of orders; ``phantom`` ones nobody sent. What was sent and never acknowledged may be held or not."""

    acknowledged: int
    held: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    phantom: list[str] = field(default_factory=list)
    wrong_amount: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not (self.lost or self.doubled or self.phantom or self.wrong_amount)

    def __str__(self) -> str:
        kinds = ("lost", "doubled", "phantom", "wrong_amount")
        found = ", ".join(f"{kind.replace('_', ' ')} {len(getattr(self, kind))}" for kind in kinds)
        return f"{self.acknowledged} acknowledged, {self.held} held: {found}"


Holding = Callable[[], Iterable[Held]]


def compare(sent: Iterable[Sent], held: Iterable[Held]) -> Verdict:
    """An order is doubled when its number stands twice, in whatever shop, or its lines do."""
    by_number: dict[str, list[Held]] = defaultdict(list)
    for one in held:
        by_number[one.number].append(one)
    known = {one.number: one for one in sent}
    acknowledged = [one for one in known.values() if one.is_acknowledged]
    return Verdict(
        acknowledged=len(acknowledged),
        held=sum(map(len, by_number.values())),
        lost=[one.number for one in acknowledged if not _rows_of(one, by_number)],
        doubled=[number for number, rows in by_number.items() if number in known and _is_doubled(known[number], rows)],
        phantom=[number for number in by_number if number not in known],
        wrong_amount=[
            one.number for one in known.values() if any(_is_wrong(one, row) for row in by_number.get(one.number, ()))
        ],
    )


def wait_until_held(
    sent: Iterable[Sent], holding: Holding, is_empty: Callable[[], bool], *, limit_seconds: float
) -> tuple[Verdict, bool]:
    """The verdict once the hub's queue is empty, or sooner where all is there; false: the limit came first."""
    known, end = list(sent), time.monotonic() + limit_seconds
    while True:
        drained = is_empty()
        if drained or time.monotonic() > end:
            return compare(known, holding()), drained
        time.sleep(1.0)


def held_in_database(url: str, prefix: str, numbers: Iterable[str]) -> list[Held]:
    """Orders whose number begins with ``prefix`` or is one of ``numbers``; read only."""
    others = sorted(set(numbers))
    database = Database(url, readers=1, writers=1)
    try:
        with database.reading() as session:
            found = _rows(session, col(Order.channel_order_no).startswith(prefix))
            for start in range(0, len(others), _NUMBERS):
                found += _rows(session, col(Order.channel_order_no).in_(others[start : start + _NUMBERS]))
    finally:
        database.close()
    return found


def held_by_api(url: str, key: str, prefix: str, numbers: Iterable[str], *, since: datetime) -> list[Held]:
    """The same as the API tells it: what changed after ``since``.

    Raises:
        SetupError: the key may not read orders, or the hub does not answer.
    """
    others = set(numbers)
    return [
        Held(row["shop"], row["channel_order_no"], row["total_fen"] or 0, row["paid_fen"] or 0, len(row["lines"]))
        for row in _listed(url, key, since)
        if row["channel_order_no"].startswith(prefix) or row["channel_order_no"] in others
    ]


def _rows_of(one: Sent, by_number: dict[str, list[Held]]) -> list[Held]:
    return [row for row in by_number.get(one.number, ()) if row.shop == one.shop]


def _is_doubled(one: Sent, rows: list[Held]) -> bool:
    return len(rows) > 1 or bool(one.lines and any(row.lines > one.lines for row in rows))


def _is_wrong(one: Sent, row: Held) -> bool:
    return row.total_fen != one.total_fen or (one.is_paid and row.paid_fen != one.total_fen)


def _rows(session: Session, condition: ColumnElement[bool]) -> list[Held]:
    lines = select(func.count()).select_from(OrderLine).where(col(OrderLine.order_id) == col(Order.id))
    order = (col(Order.channel_order_no), col(Order.total_fen), col(Order.paid_fen))
    wanted = select(col(Shop.code), *order, lines.scalar_subquery()).join(Shop, col(Shop.id) == col(Order.shop_id))
    return [Held(*row) for row in session.connection().execute(wanted.where(condition))]


def _listed(url: str, key: str, since: datetime) -> Iterator[dict]:
    """Every order that changed; one that changes while it is read is told once more, and kept as it stands then."""
    cursor, found = "", {}
    while True:
        asked = {"changed_since": since.isoformat(), "limit": _PAGE} | ({"cursor": cursor} if cursor else {})
        page = _got(f"{url.rstrip('/')}/api/v1/orders?{urlencode(asked)}", key)
        found |= {row["id"]: row for row in page["orders"]}
        if not page["next_cursor"]:
            yield from found.values()
            return
        cursor = page["next_cursor"]


def _got(address: str, key: str) -> dict:
    wanted = Request(address, headers={"authorization": f"Bearer {key}"})  # noqa: S310  (the address we were given)
    last: Exception | None = None
    for number in range(_TRIES):
        try:
            with urlopen(wanted, timeout=60) as answer:  # noqa: S310
                return json.load(answer)
        except (OSError, HTTPException, ValueError) as error:
            last = error
            time.sleep(2.0**number)
    raise SetupError(f"the orders could not be read by the API ({last}): the key needs api:order:read") from last
