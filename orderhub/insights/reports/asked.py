"""Of which time, channel, shop and warehouse is a report asked?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, false, or_
from sqlmodel import Session, col, select

from orderhub.domain.delivery import Delivery, DeliveryPiece
from orderhub.domain.order import Order
from orderhub.domain.reservation import Reservation
from orderhub.domain.shop import Shop
from orderhub.domain.stock import Warehouse
from orderhub.domain.words import Channel
from orderhub.kernel.clock import business_day, day_start
from orderhub.kernel.errors import BadInput
from orderhub.kernel.owned import table_of

LONGEST = timedelta(days=3 * 366)


@dataclass(frozen=True)
class ReportAsked:
    """From ``since`` to before ``until``; ``shop`` and ``warehouse`` by our codes, empty: all.

    Raises:
        BadInput: it ends before it begins, or is longer than three years.
    """

    since: datetime
    until: datetime
    channel: Channel | None = None
    shop: str = ""
    warehouse: str = ""

    def __post_init__(self) -> None:
        if not self.since < self.until:
            raise BadInput("period: ends before it begins", field="until", problem="period")
        if self.until - self.since > LONGEST:
            raise BadInput("period: three years at most", field="until", problem="period")

    def before(self) -> "ReportAsked":
        """The period before it, of equal length."""
        return self.moved(self.until - self.since)

    def moved(self, back: timedelta) -> "ReportAsked":
        return replace(self, since=self.since - back, until=self.until - back)

    def within(self, since: datetime, until: datetime) -> "ReportAsked":
        return replace(self, since=since, until=until)

    def days(self) -> Iterator[date]:
        """The business days that lie in it whole."""
        day = business_day(self.since)
        if day_start(day) < self.since:
            day += timedelta(days=1)
        while day_start(day + timedelta(days=1)) <= self.until:
            yield day
            day += timedelta(days=1)


@dataclass(frozen=True)
class Places:
    """What was asked of, by id; 0: all. Ids below zero stand for codes nobody has, or that are not in sight."""

    channel: Channel | None = None
    shop_id: int = 0
    warehouse_id: int = 0

    def of(self, table: Any) -> list[ColumnElement[bool]]:
        """Conditions on the ``channel`` and ``shop_id`` of a table."""
        found: list[ColumnElement[bool]] = []
        if self.channel:
            found.append(col(table.channel) == self.channel)
        if self.shop_id:
            found.append(col(table.shop_id) == self.shop_id)
        return found

    def of_orders(self) -> list[ColumnElement[bool]]:
        return [*self.of(Order), *self.through(col(Order.id))]

    def through(self, order_id: Any) -> list[ColumnElement[bool]]:
        """The warehouse is concerned with the order of that id."""
        return [concerns(order_id, self.warehouse_id)] if self.warehouse_id else []


def places_of(session: Session, asked: ReportAsked) -> Places:
    shop_id = (session.exec(select(Shop.id).where(Shop.code == asked.shop)).first() or -1) if asked.shop else 0
    return Places(asked.channel, shop_id, warehouse_id_of(session, asked.warehouse))


def warehouse_id_of(session: Session, code: str) -> int:
    """0: none was named; below zero: nobody has that code, or not in sight."""
    return (session.exec(select(Warehouse.id).where(Warehouse.code == code)).first() or -1) if code else 0


def concerns(order_id: Any, warehouse_id: int) -> ColumnElement[bool]:
    """Goods of the order are reserved or packed there, as for whoever sees only some warehouses."""
    if warehouse_id < 0:
        return false()
    # Bare tables, which are not narrowed: whoever sees the order, and the warehouse, sees what is of both.
    delivery, piece, reservation = (table_of(one).c for one in (Delivery, DeliveryPiece, Reservation))
    packed = exists().where(piece.order_id == order_id, delivery.id == piece.delivery_id)
    packed = packed.where(delivery.warehouse_id == warehouse_id)
    reserved = exists().where(reservation.order_id == order_id, reservation.warehouse_id == warehouse_id)
    return or_(packed, reserved)
