"""What was forecast, and how is it asked for? Amounts are thousandths of a piece: a slow SKU sells 0.2 a day."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from math import sqrt
from typing import NamedTuple

from sqlalchemy import Date
from sqlmodel import Field, Session, SQLModel, col, delete, func, select

from orderhub.domain.forecast_run import OPEN, ForecastRun, Model, RunState, newest_done
from orderhub.domain.order import Order
from orderhub.kernel.columns import BigId, Json, word
from orderhub.kernel.many_rows import among

_KEPT_RUNS = 3
_LEAST_HISTORY = timedelta(days=56)


class ForecastSeries(SQLModel, table=True):
    """Which model speaks for one SKU in one region, and the share each missed in the back-test (``errors``).

    ``p50_milli`` and ``p90_milli`` are of all its days together, ``recent`` what was sold on each of the last days.
    """

    __tablename__ = "forecast_series"  # pyright: ignore[reportAssignmentType]

    run_id: int = Field(foreign_key="forecast_run.id", primary_key=True, sa_type=BigId)
    sku_id: int = Field(foreign_key="sku.id", primary_key=True, sa_type=BigId)
    warehouse_id: int = Field(foreign_key="warehouse.id", primary_key=True, sa_type=BigId)
    model: Model = Field(sa_type=word(Model))
    first_sold: date = Field(sa_type=Date)  # type: ignore[call-overload]
    selling_days: int = 0
    p50_milli: int = Field(default=0, sa_type=BigId)
    p90_milli: int = Field(default=0, sa_type=BigId)
    errors: dict[str, float] = Field(default_factory=dict, sa_type=Json)
    recent: list[int] = Field(default_factory=list, sa_type=Json)


class ForecastDay(SQLModel, table=True):
    """``mean_milli`` adds up over days; the median of a slow SKU's single day is nothing at all."""

    __tablename__ = "forecast_day"  # pyright: ignore[reportAssignmentType]

    run_id: int = Field(foreign_key="forecast_run.id", primary_key=True, sa_type=BigId)
    sku_id: int = Field(foreign_key="sku.id", primary_key=True, sa_type=BigId)
    warehouse_id: int = Field(foreign_key="warehouse.id", primary_key=True, sa_type=BigId)
    day: date = Field(sa_type=Date, primary_key=True)  # type: ignore[call-overload]
    mean_milli: int = Field(sa_type=BigId)
    p50_milli: int = Field(sa_type=BigId)
    p90_milli: int = Field(sa_type=BigId)


class Demand(NamedTuple):
    """Of several days together, in thousandths of a piece: as likely more as less, and enough nine times of ten."""

    p50_milli: int
    p90_milli: int


def expected(
    session: Session, sku_ids: Collection[int], warehouse_id: int, since_day: date, until_day: date
) -> dict[int, Demand]:
    """What the newest forecast says of the days from ``since_day`` to ``until_day``, both meant, by SKU id.

    A SKU that was not forecast for the warehouse is left out, and so are days outside of the forecast
    (``newest_done(session).last_day``): whoever asks for more days has to say so.
    """
    run = newest_done(session)
    if run is None or not sku_ids:
        return {}
    wanted = select(ForecastDay.sku_id, ForecastDay.mean_milli, ForecastDay.p50_milli, ForecastDay.p90_milli).where(
        ForecastDay.run_id == run.id,
        ForecastDay.warehouse_id == warehouse_id,
        among(session, col(ForecastDay.sku_id), sorted(set(sku_ids))),
        col(ForecastDay.day).between(since_day, until_day),
    )
    by_sku: dict[int, list[tuple[int, int, int]]] = {}
    for sku_id, mean, median, high in session.exec(wanted):
        by_sku.setdefault(sku_id, []).append((mean, median, high))
    return {sku_id: together(days, run.common_milli) for sku_id, days in by_sku.items()}


def together(days: Sequence[tuple[int, int, int]], common_milli: int) -> Demand:
    """(mean, median, P90) of single days as those of their sum: errors even out, but for the share they have in common.

    The P90s themselves must not be added up: ten bad days do not all come at once.
    """
    spreads = [max(high - mean, 0) for mean, _, high in days]
    common = common_milli / 1000
    spread = sqrt(common * sum(spreads) ** 2 + (1 - common) * sum(one * one for one in spreads))
    likely = sum(mean for mean, _, _ in days) if len(days) > 1 else sum(median for _, median, _ in days)
    return Demand(likely, max(likely, round(sum(mean for mean, _, _ in days) + spread)))


def has_history(session: Session, now: datetime) -> bool:
    """Orders were paid long enough ago for a forecast to be made unasked."""
    return session.exec(select(Order.id).where(col(Order.paid_at) < now - _LEAST_HISTORY).limit(1)).first() is not None


def forget_runs(session: Session) -> int:
    """All but the newest three that are done, with their days; returns how many went. What is open stays."""
    done = select(ForecastRun.id).where(ForecastRun.state == RunState.DONE).order_by(col(ForecastRun.id).desc())
    kept = session.exec(done.limit(_KEPT_RUNS)).all()
    newest = session.exec(select(func.max(ForecastRun.id))).one()
    old = session.exec(
        select(ForecastRun.id).where(
            col(ForecastRun.state).not_in(OPEN), col(ForecastRun.id).not_in(kept), ForecastRun.id != newest
        )
    ).all()
    for table, of in ((ForecastDay, ForecastDay.run_id), (ForecastSeries, ForecastSeries.run_id)):
        session.exec(delete(table).where(col(of).in_(old)))
    session.exec(delete(ForecastRun).where(col(ForecastRun.id).in_(old)))
    return len(old)
