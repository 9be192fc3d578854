"""异常订单 TOP10: which kinds of anomaly come most often, cost most, or lie longest?

Of the anomalies detected in the period, as the closed loop counts them (``insights/closure.py``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import Order
from orderhub.insights.reports.asked import ReportAsked, places_of
from orderhub.kernel.sight import FieldGroup, sees

TOP = 10


class TopBy(StrEnum):
    COUNT = "count"
    MONEY = "money"
    AGE = "age"


@dataclass(frozen=True)
class AnomalyTopRow:
    """``overdue``: resolved after its time, or open beyond it. ``at_risk_fen`` is of those still ``open``, and so is
    ``oldest_at``, the first moment one was detected. ``before`` is the count of the period before.
    """

    rank: int
    kind: AnomalyKind
    count: int
    open: int
    overdue: int
    at_risk_fen: Annotated[int, FieldGroup.MONEY]
    oldest_at: datetime | None
    before: int

    @property
    def change(self) -> float | None:
        return self.count / self.before - 1 if self.before else None

    def age(self, now: datetime) -> timedelta | None:
        return now - self.oldest_at if self.oldest_at else None


@dataclass(frozen=True)
class AnomalyTop:
    """``rows`` are the first ten, ``count`` and ``overdue`` of all kinds."""

    rows: tuple[AnomalyTopRow, ...]
    count: int
    overdue: int


def anomaly_top(
    session: Session, asked: ReportAsked, now: datetime, by: TopBy = TopBy.COUNT, most: int = TOP
) -> AnomalyTop:
    """By money only for who may see it; else by count."""
    if by is TopBy.MONEY and not sees(FieldGroup.MONEY):
        by = TopBy.COUNT
    is_open = col(Anomaly.resolved_at).is_(None)
    figures = [
        func.count(),
        func.count(case((is_open, 1))),
        func.count(case((is_overdue(now), 1))),
        func.coalesce(func.sum(case((is_open, col(Anomaly.at_risk_fen)), else_=0)), 0),
        func.min(case((is_open, col(Anomaly.detected_at)))),
    ]
    before = dict(_by_kind(session, asked.before(), [func.count()]))
    found = [
        AnomalyTopRow(0, AnomalyKind(kind), count, open_ones, late, int(fen), oldest, before.get(kind, 0))
        for kind, count, open_ones, late, fen, oldest in _by_kind(session, asked, figures)
    ]
    found.sort(key=lambda row: (_WEIGHTS[by](row, now), row.kind))
    ranked = tuple(
        AnomalyTopRow(place, row.kind, row.count, row.open, row.overdue, row.at_risk_fen, row.oldest_at, row.before)
        for place, row in enumerate(found[:most], 1)
    )
    return AnomalyTop(ranked, sum(row.count for row in found), sum(row.overdue for row in found))


def is_overdue(now: datetime) -> ColumnElement[bool]:
    over = col(Anomaly.resolved_at)
    return or_(over > col(Anomaly.due_at), and_(over.is_(None), col(Anomaly.due_at) < now))


def wanted_of(session: Session, asked: ReportAsked) -> list[ColumnElement[bool]]:
    """The anomalies that were asked about; of a shop or warehouse those that hurt an order of it."""
    places = places_of(session, asked)
    found = [col(Anomaly.detected_at) >= asked.since, col(Anomaly.detected_at) < asked.until]
    if places.channel:
        found.append(col(Anomaly.channel) == places.channel)
    if places.shop_id:
        found.append(col(Anomaly.order_id).in_(columns(col(Order.id)).where(col(Order.shop_id) == places.shop_id)))
    return found + places.through(col(Anomaly.order_id))


def _by_kind(session: Session, asked: ReportAsked, figures: list[Any]) -> Any:
    wanted = columns(col(Anomaly.kind), *figures).where(*wanted_of(session, asked)).group_by(col(Anomaly.kind))
    return [tuple(row) for row in session.execute(wanted)]


_WEIGHTS: dict[TopBy, Any] = {
    TopBy.COUNT: lambda row, _: -row.count,
    TopBy.MONEY: lambda row, _: -row.at_risk_fen,
    TopBy.AGE: lambda row, now: row.oldest_at or now,
}
