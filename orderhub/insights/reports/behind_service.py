"""Which anomalies, cases and tickets stand behind a figure? The same conditions that counted them, for their lists."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlalchemy import select as columns
from sqlmodel import Session, col

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_line import AftersaleLine
from orderhub.domain.order import OrderLine
from orderhub.domain.refund_answer import RefundAnswer
from orderhub.domain.words import Channel
from orderhub.insights.expressions import week_hour
from orderhub.insights.reports.anomaly_top import is_overdue, wanted_of
from orderhub.insights.reports.asked import ReportAsked, places_of
from orderhub.insights.reports.service_load import TICKET_ANSWERED, TICKET_OPENED, case_waits, ticket_waits, tickets_of
from orderhub.insights.reports.tally import RETURNING


class Matter(StrEnum):
    """What of a case or a ticket lies in the time asked about; ``WAITING``: it was opened then, and waits still."""

    OPENED = "opened"
    ANSWERED = "answered"
    WAITING = "waiting"


@dataclass(frozen=True)
class AnomaliesBehind:
    """Detected from ``since`` to before ``until``, open or not; ``overdue``: only what was or is past its time."""

    since: datetime
    until: datetime
    shop: str = ""
    warehouse: str = ""
    overdue: bool = False

    def conditions(self, session: Session, now: datetime) -> list[ColumnElement[bool]]:
        asked = ReportAsked(self.since, self.until, None, self.shop, self.warehouse)
        return [*wanted_of(session, asked), *([is_overdue(now)] if self.overdue else [])]


@dataclass(frozen=True)
class CasesBehind:
    """``hour``: only of that weekday (0: Monday) and hour in Shanghai. ``returning``: 退换货 only, of the merchant's
    own reason ``own_id`` (0: of none, None: of any) and of a SKU where one is named.
    """

    since: datetime
    until: datetime
    warehouse: str = ""
    matter: Matter = Matter.OPENED
    hour: tuple[int, int] | None = None
    returning: bool = False
    own_id: int | None = None
    sku_code: str = ""

    def conditions(self, session: Session) -> list[ColumnElement[bool]]:
        places = places_of(session, ReportAsked(self.since, self.until, warehouse=self.warehouse))
        found = [self._in_time(), *places.through(col(Aftersale.order_id))]
        if self.matter is Matter.WAITING:
            found.append(case_waits())
        if self.returning:
            found.append(col(Aftersale.kind).in_(RETURNING))
        if self.own_id is not None:
            own = col(Aftersale.own_reason_id)
            found.append(own == self.own_id if self.own_id else own.is_(None))
        if self.sku_code:
            found.append(_means(self.sku_code))
        return found

    def _in_time(self) -> ColumnElement[bool]:
        if self.matter is Matter.ANSWERED:
            said: Any = col(RefundAnswer.answered_at)
            first = columns(col(RefundAnswer.aftersale_id)).where(col(RefundAnswer.turn) == 1)
            return col(Aftersale.id).in_(first.where(*_within(said, self.since, self.until, self.hour)))
        moment = col(Aftersale.requested_at)
        first, *more = _within(moment, self.since, self.until, self.hour)
        for one in more:
            first &= one
        return first


@dataclass(frozen=True)
class TicketsBehind:
    since: datetime
    until: datetime
    channel: Channel | None = None
    shop: str = ""
    warehouse: str = ""
    matter: Matter = Matter.OPENED
    hour: tuple[int, int] | None = None

    def conditions(self, session: Session) -> list[ColumnElement[bool]]:
        places = places_of(session, ReportAsked(self.since, self.until, self.channel, self.shop, self.warehouse))
        moment = TICKET_ANSWERED if self.matter is Matter.ANSWERED else TICKET_OPENED
        found = [*_within(moment, self.since, self.until, self.hour), *tickets_of(places)]
        return [*found, ticket_waits()] if self.matter is Matter.WAITING else found


def _within(moment: Any, since: datetime, until: datetime, hour: tuple[int, int] | None) -> list[ColumnElement[bool]]:
    found = [moment >= since, moment < until]
    if hour:
        weekday, at = hour
        found.append(week_hour(moment) == f"{(weekday + 1) % 7} {at:02d}")
    return found


def _means(sku_code: str) -> ColumnElement[bool]:
    return (
        exists()
        .where(col(AftersaleLine.aftersale_id) == Aftersale.id, col(OrderLine.id) == AftersaleLine.line_id)
        .where(col(OrderLine.sku_code) == sku_code)
    )
