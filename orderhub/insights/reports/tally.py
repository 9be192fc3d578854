"""What is there to be counted for the reports? Once for each report, straight from the rows of a span of time.

Orders and cases are narrowed to whoever looks; what is joined to them is of bare tables, which are not, and need not
be. A tally is kept for every day that is over (``counting.py``) and read live of the rest (``reading.py``), from the
same statements.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, and_, case, cast, func, literal
from sqlalchemy import select as columns
from sqlmodel import Session, col

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_line import AftersaleLine
from orderhub.domain.delivery import Delivery, DeliveryPiece
from orderhub.domain.order import Order, OrderLine, OrderStatus, Shipment
from orderhub.domain.refund_answer import RefundAnswer
from orderhub.domain.reservation import Reservation
from orderhub.domain.track import Track
from orderhub.domain.words import AftersaleKind, Channel
from orderhub.insights.expressions import joined_ids, utc_hour, whole_seconds
from orderhub.insights.reports.asked import Places
from orderhub.insights.reports.behind import LEFT, is_refunded, kept, was_reviewed
from orderhub.insights.reports.times import bin_column
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.owned import table_of

# 退换货: what comes back, or is sent anew for it.
RETURNING = (AftersaleKind.RETURN_AND_REFUND, AftersaleKind.EXCHANGE, AftersaleKind.REFUSED_PARCEL)

Keyed = Iterable[tuple[str, int]]


class Tallied(StrEnum):
    ORDERS = "orders"
    FUNNEL = "funnel"
    TIMES = "times"
    CASES = "cases"
    REASONS = "reasons"


class Group(NamedTuple):
    """``places``: the warehouses concerned, as ``,1,3,``; empty where none is, or where nobody asked."""

    channel: Channel
    shop_id: int
    places: str


@dataclass
class Tally:
    """``count`` rows with ``fen`` in all; ``parts`` by what ``Tallied`` tells apart."""

    count: int = 0
    fen: int = 0
    parts: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        self.count += other.count
        self.fen += other.fen
        parts, known = self.parts, self.parts.get
        for key, more in other.parts.items():
            parts[key] = known(key, 0) + more


@dataclass(frozen=True)
class _Source:
    """One statement: it tells apart ``told``, and ``keys`` makes parts of a row of them, of its count and its fen.

    ``is_whole``: its rows are what ``Tally.count`` counts.
    """

    told: list[Any]
    rows: Select[Any]
    order_id: Any
    keys: Callable[[tuple[Any, ...], int, int], Keyed]
    table: Any = Order
    fen: Any = field(default_factory=lambda: literal(0))
    is_whole: bool = False
    count: Any = field(default_factory=func.count)


def tally(
    session: Session, what: Tallied, since: datetime, until: datetime, places: Places, *, by_place: bool = False
) -> dict[Group, Tally]:
    """``by_place``: groups are told apart by the warehouses concerned as well."""
    found: defaultdict[Group, Tally] = defaultdict(Tally)
    for source in _SOURCES[what](since, until):
        for group, told, count, fen in _counted(session, source, places, by_place=by_place):
            one = found[group]
            if source.is_whole:
                one.count += count
                one.fen += fen
            for key, more in source.keys(told, count, fen):
                one.parts[key] += more
    return dict(found)


def _counted(
    session: Session, source: _Source, places: Places, *, by_place: bool
) -> Iterator[tuple[Group, tuple[Any, ...], int, int]]:
    where = _concerned(source.order_id) if by_place else []
    told_apart = [col(source.table.channel), col(source.table.shop_id), *where, *source.told]
    # By name: PostgreSQL does not see that two expressions with parameters are one.
    of = [one.label(f"of_{number}") for number, one in enumerate(told_apart)]
    fen = cast(func.coalesce(func.sum(source.fen), 0), BigInteger)
    asked = [*places.of(source.table), *places.through(source.order_id)]
    wanted = source.rows.with_only_columns(*of, source.count, fen, maintain_column_froms=True)
    wanted = wanted.where(*asked).group_by(*(one.name for one in of))
    for channel, shop_id, *rest, count, fen_in_all in session.execute(wanted):
        told = tuple(rest[len(where) :])
        yield Group(channel, shop_id, _places(rest[: len(where)])), told, count, int(fen_in_all)


def _concerned(order_id: Any) -> list[Any]:
    """Ids of the warehouses where goods of the order are packed, and where they are reserved."""
    delivery, piece, reservation = (table_of(one).c for one in (Delivery, DeliveryPiece, Reservation))
    packed = columns(joined_ids(delivery.warehouse_id)).where(delivery.id == piece.delivery_id)
    packed = packed.where(piece.order_id == order_id, delivery.warehouse_id > 0)
    reserved = columns(joined_ids(reservation.warehouse_id)).where(reservation.order_id == order_id)
    return [packed.scalar_subquery(), reserved.scalar_subquery()]


def _places(listed: Iterable[str | None]) -> str:
    ids = sorted({int(one) for text in listed if text for one in text.split(",")})
    return f",{','.join(map(str, ids))}," if ids else ""


def local_hour(hour: str) -> datetime:
    """The moment in Shanghai of a ``utc_hour``."""
    return datetime.fromisoformat(f"{hour}:00+00:00").astimezone(SHANGHAI)


def _paid(since: datetime, until: datetime) -> Select[Any]:
    return columns(col(Order.id)).where(col(Order.paid_at) >= since, col(Order.paid_at) < until)


def _orders(since: datetime, until: datetime) -> Iterator[_Source]:
    """``n09`` orders with ``f09`` fen in that hour in Shanghai."""

    def keys(told: tuple[Any, ...], count: int, fen: int) -> Keyed:
        hour = f"{local_hour(told[0]):%H}"
        return (f"n{hour}", count), (f"f{hour}", fen)

    hour = utc_hour(col(Order.paid_at))
    yield _Source([hour], _paid(since, until), Order.id, keys, fen=col(Order.paid_fen), is_whole=True)


def _funnel(since: datetime, until: datetime) -> Iterator[_Source]:
    """``cancelled|1|0``: status, whether the money went back, whether it was reviewed before it was cancelled."""
    cancelled = col(Order.status) == OrderStatus.CANCELLED
    reviewed = case((and_(cancelled, was_reviewed()), 1), else_=0)
    told = [col(Order.status), case((is_refunded(), 1), else_=0), reviewed]
    yield _Source(
        told, _paid(since, until), Order.id, lambda told, count, _: [("|".join(map(str, told)), count)], is_whole=True
    )


def _times(since: datetime, until: datetime) -> Iterator[_Source]:
    """Of what has left: ``kept`` or ``late``, ``s12`` in that bin from payment to leaving, ``a80`` from there on."""
    left = _paid(since, until).where(col(Order.status).in_(LEFT), col(Order.shipped_at).is_not(None))
    was_kept = case((kept(), 1), (col(Order.shipped_at) > col(Order.ship_by), 0), else_=-1)
    yield _Source([was_kept, _bin(Order.paid_at, Order.shipped_at)], left, Order.id, _time_keys, is_whole=True)
    arrived = _arrived(since, until)
    bins = _bin(Order.shipped_at, arrived.c.arrived_at)
    there = left.join(arrived, arrived.c.order_id == Order.id)
    yield _Source([bins], there, Order.id, lambda told, count, _: [(f"a{told[0]}", count)])


def _bin(start: Any, end: Any) -> Any:
    return bin_column(whole_seconds(end) - whole_seconds(start))


def _time_keys(told: tuple[Any, ...], count: int, _: int) -> Keyed:
    was_kept, bin_no = told
    yield f"s{bin_no}", count
    if was_kept >= 0:
        yield ("kept" if was_kept else "late"), count


def _arrived(since: datetime, until: datetime) -> Any:
    """The orders all of whose own parcels have arrived, with the last arrival."""
    order, parcel, track = (table_of(one).alias() for one in (Order, Shipment, Track))
    there = parcel.join(order, order.c.id == parcel.c.order_id)
    there = there.outerjoin(track, track.c.tracking_no == parcel.c.tracking_no)
    return (
        columns(parcel.c.order_id, func.max(track.c.arrived_at).label("arrived_at"))
        .select_from(there)
        .where(order.c.paid_at >= since, order.c.paid_at < until, parcel.c.aftersale_id == 0)
        .group_by(parcel.c.order_id)
        .having(func.count() == func.count(track.c.arrived_at))
        .subquery()
    )


def _cases(since: datetime, until: datetime) -> Iterator[_Source]:
    """``o2.10`` opened, ``a2.10`` first answered, on that weekday (0: Monday) in that hour in Shanghai."""

    def keys(letter: str) -> Callable[[tuple[Any, ...], int, int], Keyed]:
        def keyed(told: tuple[Any, ...], count: int, _: int) -> Keyed:
            local = local_hour(told[0])
            return ((f"{letter}{local.weekday()}.{local.hour}", count),)

        return keyed

    asked = col(Aftersale.requested_at)
    opened = columns(col(Aftersale.id)).where(asked >= since, asked < until)
    yield _Source([utc_hour(asked)], opened, Aftersale.order_id, keys("o"), Aftersale, is_whole=True)
    answer = table_of(RefundAnswer)
    said = answer.c.answered_at
    answered = columns(col(Aftersale.id)).join(answer, answer.c.aftersale_id == col(Aftersale.id))
    answered = answered.where(answer.c.turn == 1, said >= since, said < until)
    yield _Source([utc_hour(said)], answered, Aftersale.order_id, keys("a"), Aftersale)


def _reasons(since: datetime, until: datetime) -> Iterator[_Source]:
    """``r|quality|7|m`` cases of a reason (kind, the merchant's own or nothing); ``s|quality|7|BOX-40L`` of a SKU."""
    asked = col(Aftersale.requested_at)
    cases = columns(col(Aftersale.id)).where(asked >= since, asked < until, col(Aftersale.kind).in_(RETURNING))
    reason = [col(Aftersale.reason_kind), col(Aftersale.own_reason_id)]
    fen = col(Aftersale.amount_fen)

    def by_reason(told: tuple[Any, ...], count: int, fen: int) -> Keyed:
        kind, own = told
        return (f"r|{kind}|{own or ''}", count), (f"f|{kind}|{own or ''}", fen)

    yield _Source(reason, cases, Aftersale.order_id, by_reason, Aftersale, fen=fen, is_whole=True)
    meant, line = table_of(AftersaleLine), table_of(OrderLine)
    of_lines = cases.join(meant, meant.c.aftersale_id == Aftersale.id).join(line, line.c.id == meant.c.line_id)
    yield _Source(
        [*reason, line.c.sku_code],
        of_lines,
        Aftersale.order_id,
        lambda told, count, _: [(f"s|{told[0]}|{told[1] or ''}|{told[2]}", count)],
        Aftersale,
        count=func.count(func.distinct(Aftersale.id)),
    )


_SOURCES: dict[Tallied, Callable[[datetime, datetime], Iterator[_Source]]] = {
    Tallied.ORDERS: _orders,
    Tallied.FUNNEL: _funnel,
    Tallied.TIMES: _times,
    Tallied.CASES: _cases,
    Tallied.REASONS: _reasons,
}
