"""How do the channels' counts and ours compare, shop by shop and hour by hour?"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from orderhub.domain.ledger import LedgerGap, LedgerHour
from orderhub.domain.shop import Shop
from orderhub.kernel.clock import business_day, day_bounds

MOST_OPEN = 200
_SHOWN_NUMBERS = 5


@dataclass(frozen=True)
class LedgerRow:
    """``missing_nos``: the first few numbers that are still lacking."""

    hour: LedgerHour
    shop: Shop
    missing_nos: tuple[str, ...]

    @property
    def count_difference(self) -> int:
        return self.hour.held_count - self.hour.said_count

    @property
    def fen_difference(self) -> int:
        return self.hour.held_fen - self.hour.said_fen

    @property
    def is_coming(self) -> bool:
        """What we lack waits in the inbox, or has only just appeared there."""
        return self.count_difference <= 0 and not self.hour.gap_count

    @property
    def is_open(self) -> bool:
        hour = self.hour
        return bool(self.count_difference or self.fen_difference or hour.gap_count or hour.error)


@dataclass(frozen=True)
class LedgerDay:
    """``open_rows`` are of every day; ``rows`` are those of ``day`` in which nothing is open, newest hour first."""

    day: date
    open_rows: tuple[LedgerRow, ...]
    rows: tuple[LedgerRow, ...]
    said_count: int
    said_fen: int
    held_count: int
    held_fen: int
    refilled_count: int
    earlier: date | None
    later: date | None


def ledger_day(session: Session, now: datetime, day: date | None = None) -> LedgerDay:
    """``day`` in Shanghai, today where none is given."""
    wanted_day = day or business_day(now)
    start, end = day_bounds(wanted_day)
    open_hours = _read(session, _IS_OPEN, most=MOST_OPEN)
    today = _read(session, (col(LedgerHour.hour_at) >= start) & (col(LedgerHour.hour_at) < end))
    numbers = _missing_nos(session, [hour.id for hour, _ in open_hours])
    rows = [LedgerRow(hour, shop, ()) for hour, shop in today if hour.checked_at or hour.error]
    first, last = session.exec(select(func.min(LedgerHour.hour_at), func.max(LedgerHour.hour_at))).one()
    return LedgerDay(
        day=wanted_day,
        open_rows=tuple(LedgerRow(hour, shop, tuple(numbers.get(hour.id, ()))) for hour, shop in open_hours),
        rows=tuple(row for row in rows if not row.is_open),
        said_count=sum(row.hour.said_count for row in rows),
        said_fen=sum(row.hour.said_fen for row in rows),
        held_count=sum(row.hour.held_count for row in rows),
        held_fen=sum(row.hour.held_fen for row in rows),
        refilled_count=sum(row.hour.refilled_count for row in rows),
        earlier=business_day(start - (end - start) / 2) if first and first < start else None,
        later=business_day(end) if last and last >= end else None,
    )


_IS_OPEN = or_(
    col(LedgerHour.gap_count) > 0,
    col(LedgerHour.error) != "",
    col(LedgerHour.said_count) != col(LedgerHour.held_count),
    col(LedgerHour.said_fen) != col(LedgerHour.held_fen),
)


def _read(
    session: Session, condition: ColumnElement[bool], *, most: int | None = None
) -> list[tuple[LedgerHour, Shop]]:
    """Newest hour first, then by shop."""
    wanted = select(LedgerHour, Shop).join(Shop, col(Shop.id) == LedgerHour.shop_id).where(condition)
    found = session.exec(wanted.order_by(col(LedgerHour.hour_at).desc(), col(Shop.channel), col(Shop.code)).limit(most))
    return [(hour, shop) for hour, shop in found]


def _missing_nos(session: Session, hour_ids: list[int]) -> dict[int, list[str]]:
    wanted = select(LedgerGap.ledger_hour_id, LedgerGap.channel_order_no).where(
        col(LedgerGap.ledger_hour_id).in_(hour_ids), col(LedgerGap.closed_at).is_(None)
    )
    found: dict[int, list[str]] = {}
    for hour_id, number in session.exec(wanted.order_by(col(LedgerGap.id))):
        shown = found.setdefault(hour_id, [])
        if len(shown) < _SHOWN_NUMBERS:
            shown.append(number)
    return found
