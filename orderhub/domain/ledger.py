"""Is anything missing? What a channel counts for an hour, against what we hold of that hour."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from orderhub.domain.drafts import PlacedOrder
from orderhub.kernel.columns import BigId, Moment, own_id
from orderhub.kernel.eventlog import Happening

HOUR = timedelta(hours=1)
COUNT_EVERY = timedelta(minutes=5)
LOOK_AGAIN = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
# After its end an hour is counted again: what a channel shows late is found too.
LATER = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
# Fetched this often and still not here: a person must know.
MOST_FETCHES = 2
# Each fetch that fails for good leaves a dead letter: after these it is counted only.
LAST_FETCH = 6

_OPEN_GAP = text("closed_at IS NULL")
_TO_COUNT = text("check_at IS NOT NULL")


class LedgerHour(SQLModel, table=True):
    """One shop's orders placed within the hour from ``hour_at``, as of ``checked_at``.

    ``counted_until`` is how far into the hour was counted; ``said`` is the channel's count, ``held`` ours; where
    its amount cannot be read or is older than ours, our own stands on both sides. ``check_at`` None: settled.
    """

    __tablename__ = "ledger_hour"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("shop_id", "hour_at"),
        Index("ix_ledger_hour_check_at", "shop_id", "check_at", sqlite_where=_TO_COUNT, postgresql_where=_TO_COUNT),
    )

    id: int = own_id()
    shop_id: int = Field(foreign_key="shop.id", sa_type=BigId)
    hour_at: datetime = Field(sa_type=Moment, index=True)
    counted_until: datetime | None = Field(default=None, sa_type=Moment)
    said_count: int = 0
    said_fen: int = Field(default=0, sa_type=BigId)
    held_count: int = 0
    held_fen: int = Field(default=0, sa_type=BigId)
    gap_count: int = 0
    refilled_count: int = 0
    checked_at: datetime | None = Field(default=None, sa_type=Moment)
    check_at: datetime | None = Field(default=None, sa_type=Moment)
    error: str = Field(default="", max_length=500)


class LedgerGap(SQLModel, table=True):
    """An order that the channel has and we lack (``is_stale``: of which we hold an older version).

    ``fetches`` counts how often it was asked for; ``closed_at`` is when it was seen to be here, or gone there.
    """

    __tablename__ = "ledger_gap"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("ledger_hour_id", "channel_order_no"),
        Index("ix_ledger_gap_open", "shop_id", sqlite_where=_OPEN_GAP, postgresql_where=_OPEN_GAP),
    )

    id: int = own_id()
    ledger_hour_id: int = Field(foreign_key="ledger_hour.id", sa_type=BigId)
    shop_id: int = Field(foreign_key="shop.id", sa_type=BigId)
    channel_order_no: str = Field(max_length=64)
    is_stale: bool = False
    said_fen: int = Field(default=0, sa_type=BigId)
    found_at: datetime = Field(sa_type=Moment)
    fetches: int = 0
    closed_at: datetime | None = Field(default=None, sa_type=Moment)


@dataclass(frozen=True)
class OrdersMissed(Happening):
    """``count`` orders of the hour from ``hour_at`` were found missing and are being fetched."""

    subject_type: ClassVar[str] = "shop"
    hour_at: str
    count: int


@dataclass(frozen=True)
class OrdersRefilled(Happening):
    subject_type: ClassVar[str] = "shop"
    hour_at: str
    count: int


@dataclass(frozen=True)
class Held:
    """An order as we hold it."""

    total_fen: int
    updated_at: datetime


@dataclass(frozen=True)
class Finding:
    """``missing`` and ``stale`` are the channel's; ``coming`` are numbers on their way to us, no gaps of their own."""

    said_count: int
    said_fen: int
    held_count: int
    held_fen: int
    missing: tuple[PlacedOrder, ...]
    stale: tuple[PlacedOrder, ...]
    coming: frozenset[str]


def hour_of(moment: datetime) -> datetime:
    """The full hour that ``moment`` lies in; the same in UTC and in Shanghai."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def compare(
    said: Iterable[PlacedOrder],
    held: Mapping[str, Held],
    coming: Collection[str],
    *,
    pulled_until: datetime,
    known_until: datetime,
) -> Finding:
    """What the channel says against what we hold; both of the same span.

    ``coming`` are the numbers that wait in the inbox. Changes up to ``pulled_until`` have been asked for: an order that
    changed later (at Pinduoduo: was confirmed later) is on its way. A change of what is here may take until
    ``known_until`` to be due, which is earlier.
    """
    listed = {placed.channel_order_no: placed for placed in said}
    missing, stale, awaited = [], [], set()
    for number, placed in listed.items():
        ours = held.get(number)
        if ours and not _is_behind(ours, placed):
            continue
        if number in coming or (ours is None and placed.updated_at >= pulled_until):
            awaited.add(number)
        elif ours is None:
            missing.append(placed)
        elif placed.updated_at < known_until:
            stale.append(placed)
        elif placed.total_fen != ours.total_fen:
            awaited.add(number)
    said_fen = sum(_said_fen(placed, held.get(placed.channel_order_no)) for placed in listed.values())
    held_fen = sum(ours.total_fen for ours in held.values())
    return Finding(len(listed), said_fen, len(held), held_fen, tuple(missing), tuple(stale), frozenset(awaited))


def next_check(hour: LedgerHour, finding: Finding, fetches: int, now: datetime) -> datetime | None:
    """When ``hour`` is to be counted again; None when nothing more is expected of it.

    ``fetches``: how often its most stubborn gap has been asked for.
    """
    ends_at = hour.hour_at + HOUR
    if finding.missing or finding.stale:
        return now + min(LOOK_AGAIN * 2 ** max(0, fetches - 1), LONGEST_WAIT)
    if finding.coming:
        return now + LOOK_AGAIN
    if hour.counted_until is None or hour.counted_until < ends_at:
        return now + COUNT_EVERY
    return next((ends_at + later for later in LATER if ends_at + later > now), None)


def _is_behind(ours: Held, placed: PlacedOrder) -> bool:
    if placed.updated_at != ours.updated_at:
        return placed.updated_at > ours.updated_at
    return placed.total_fen is not None and placed.total_fen != ours.total_fen


def _said_fen(placed: PlacedOrder, ours: Held | None) -> int:
    """Ours where the channel's cannot be read, or where we know of a later change than its list."""
    if ours and (placed.total_fen is None or ours.updated_at > placed.updated_at):
        return ours.total_fen
    return placed.total_fen or 0
