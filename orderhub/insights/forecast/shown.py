"""What of a forecast is looked at: series by what they will want, and the days of one of them?"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from orderhub.domain.sku import Sku
from orderhub.domain.stock import Warehouse
from orderhub.insights.forecast.kept import ForecastDay, ForecastSeries

MOST_SHOWN = 50
_AT_ONCE = 2_000


@dataclass(frozen=True)
class Asked:
    """``words`` is what SKU codes or titles hold; 0 and empty: any."""

    words: str = ""
    warehouse_id: int = 0


@dataclass(frozen=True)
class Shown:
    series: ForecastSeries
    sku_code: str
    title: str
    warehouse: str


def series_shown(session: Session, run_id: int, asked: Asked) -> tuple[list[Shown], int]:
    """Those with the greatest demand first, and how many there are in all."""
    wanted = _series(run_id, asked)
    total = session.execute(columns(func.count()).select_from(wanted.subquery())).scalar_one()
    most = wanted.order_by(col(ForecastSeries.p50_milli).desc(), col(ForecastSeries.sku_id)).limit(MOST_SHOWN)
    return [Shown(*row) for row in session.execute(most)], total


def one_series(session: Session, run_id: int, sku_id: int, warehouse_id: int) -> Shown | None:
    wanted = _series(run_id, Asked(warehouse_id=warehouse_id)).where(col(ForecastSeries.sku_id) == sku_id)
    found = session.execute(wanted).first()
    return Shown(*found) if found else None


def days_of(session: Session, run_id: int, sku_id: int, warehouse_id: int) -> list[ForecastDay]:
    wanted = select(ForecastDay).where(
        ForecastDay.run_id == run_id, ForecastDay.sku_id == sku_id, ForecastDay.warehouse_id == warehouse_id
    )
    return list(session.exec(wanted.order_by(col(ForecastDay.day))))


def every_day(session: Session, run_id: int) -> Iterator[tuple[str, str, ForecastDay]]:
    """SKU code, warehouse and day, one by one."""
    wanted = (
        columns(Sku.code, Warehouse.name, ForecastDay)  # pyright: ignore[reportCallIssue, reportArgumentType]
        .join(Sku, col(Sku.id) == col(ForecastDay.sku_id))
        .join(Warehouse, col(Warehouse.id) == col(ForecastDay.warehouse_id))
        .where(col(ForecastDay.run_id) == run_id)
        .order_by(col(ForecastDay.sku_id), col(ForecastDay.warehouse_id), col(ForecastDay.day))
    )
    yield from (tuple(row) for row in session.execute(wanted.execution_options(yield_per=_AT_ONCE)))


def _series(run_id: int, asked: Asked):
    wanted = (
        columns(ForecastSeries, Sku.code, Sku.title, Warehouse.name)  # pyright: ignore[reportCallIssue, reportArgumentType]
        .join(Sku, col(Sku.id) == col(ForecastSeries.sku_id))
        .join(Warehouse, col(Warehouse.id) == col(ForecastSeries.warehouse_id))
        .where(col(ForecastSeries.run_id) == run_id)
    )
    if asked.words:
        words = col(Sku.code).icontains(asked.words, autoescape=True) | col(Sku.title).icontains(
            asked.words, autoescape=True
        )
        wanted = wanted.where(words)
    if asked.warehouse_id:
        wanted = wanted.where(col(ForecastSeries.warehouse_id) == asked.warehouse_id)
    return wanted
