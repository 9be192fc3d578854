"""各渠道履约时效排名: how quickly do orders leave and arrive, and are promises kept? By channel, or by shop.

Of the orders paid in the period. Promised are those that left, and those that have not though their ship-by moment has
passed; kept is the share of them that left by it. An order arrives with its last parcel, by the carrier's own scans.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.insights.reports.asked import ReportAsked, places_of
from orderhub.insights.reports.behind import overdue
from orderhub.insights.reports.reading import Of, read_tally
from orderhub.insights.reports.tally import Tallied, Tally
from orderhub.insights.reports.times import quantile


class RankBy(StrEnum):
    CHANNEL = "channel"
    SHOP = "shop"


@dataclass(frozen=True)
class TimelinessRow:
    """``rank`` 1 keeps the most promises; 0 where none fell due. Times in seconds, None of nothing, to the bin
    (``times.py``); ``before_share`` is of the period before.
    """

    rank: int
    channel: Channel
    shop_code: str
    shop_name: str
    shipped: int
    kept: int
    late: int
    delivered: int
    to_ship_median: int | None
    to_ship_p90: int | None
    to_deliver_median: int | None
    to_deliver_p90: int | None
    before_share: float | None

    @property
    def promised(self) -> int:
        return self.kept + self.late

    @property
    def share(self) -> float | None:
        return self.kept / self.promised if self.promised else None

    @property
    def change(self) -> float | None:
        """Of the share; 0.002 is 0.2 points more."""
        return None if self.share is None or self.before_share is None else self.share - self.before_share


def timeliness(
    session: Session, asked: ReportAsked, now: datetime, by: RankBy = RankBy.CHANNEL
) -> tuple[TimelinessRow, ...]:
    """The best first."""
    shops = {
        shop_id: (code, name)
        for shop_id, code, name in session.execute(columns(col(Shop.id), col(Shop.code), col(Shop.name)))
    }
    key = _KEYS[by]
    present, before = _figures(session, asked, now, key), _figures(session, asked.before(), now, key)
    rows = [_row(of, one, before.get(of), shops) for of, one in present.items()]
    rows.sort(key=lambda row: (-(row.share if row.share is not None else -1), row.channel, row.shop_code))
    return tuple(_ranked(row, place) for place, row in enumerate(rows, 1))


_KEYS: dict[RankBy, Callable[[Of], Of]] = {
    RankBy.CHANNEL: lambda of: (of[0], 0),
    RankBy.SHOP: lambda of: of,
}


def _figures(session: Session, asked: ReportAsked, now: datetime, key: Callable[[Of], Of]) -> dict[Of, Tally]:
    found: dict[Of, Tally] = {}
    for of, one in read_tally(session, Tallied.TIMES, asked).items():
        found.setdefault(key(of), Tally()).add(one)
    for of, late in _not_left(session, asked, now).items():
        found.setdefault(key(of), Tally()).add(Tally(parts=Counter(late=late)))
    return found


def _not_left(session: Session, asked: ReportAsked, now: datetime) -> dict[Of, int]:
    """Few at any moment, and the clock alone makes them late: never kept, always asked."""
    # Said so that no index of payments is walked: those of a year are many, and what has not left is few.
    paid_at = func.coalesce(col(Order.paid_at), col(Order.placed_at))
    wanted = columns(col(Order.channel), col(Order.shop_id), func.count()).where(
        overdue(now), col(Order.paid_at).is_not(None), paid_at >= asked.since, paid_at < asked.until
    )
    wanted = wanted.where(*places_of(session, asked).of_orders()).group_by(col(Order.channel), col(Order.shop_id))
    return {(channel, shop_id): count for channel, shop_id, count in session.execute(wanted)}


def _row(of: Of, one: Tally, before: Tally | None, shops: dict[int, tuple[str, str]]) -> TimelinessRow:
    channel, shop_id = of
    code, name = shops.get(shop_id, ("", ""))
    to_ship, to_deliver = _bins(one, "s"), _bins(one, "a")
    return TimelinessRow(
        rank=0,
        channel=channel,
        shop_code=code,
        shop_name=name,
        shipped=one.count,
        kept=one.parts["kept"],
        late=one.parts["late"],
        delivered=sum(to_deliver.values()),
        to_ship_median=quantile(to_ship, 50),
        to_ship_p90=quantile(to_ship, 90),
        to_deliver_median=quantile(to_deliver, 50),
        to_deliver_p90=quantile(to_deliver, 90),
        before_share=_share(before) if before else None,
    )


def _ranked(row: TimelinessRow, place: int) -> TimelinessRow:
    return replace(row, rank=place if row.promised else 0)


def _bins(one: Tally, letter: str) -> dict[int, int]:
    return {int(key[1:]): count for key, count in one.parts.items() if key[0] == letter and key[1:].isdigit()}


def _share(one: Tally) -> float | None:
    promised = one.parts["kept"] + one.parts["late"]
    return one.parts["kept"] / promised if promised else None
