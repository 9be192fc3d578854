"""How is demand forecast, and how far has that come? Asked for by a person or the clock, reckoned by a process apart.

Only its figures stand here; what was forecast is a snapshot (insights/forecast/kept.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Date, Index, text
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.kernel.clock import business_day
from orderhub.kernel.columns import Json, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.lifecycle import Lifecycle

LEAST_AHEAD, MOST_AHEAD = 7, 60
LOOKS_BACK = timedelta(days=3 * 365)  # older sales, and older weather, teach nothing
GONE_QUIET = timedelta(minutes=2)
_OPEN = text("state IN ('waiting', 'running')")


class RunState(StrEnum):
    WAITING = "waiting"  # 等待开始
    RUNNING = "running"  # 计算中
    DONE = "done"  # 完成
    CANCELLED = "cancelled"  # 已取消
    BROKEN = "broken"  # 中断


LIFECYCLE = Lifecycle(
    RunState.WAITING,
    {
        RunState.WAITING: {RunState.RUNNING, RunState.CANCELLED},
        # Back to waiting: the process that reckoned it is gone, another one begins anew.
        RunState.RUNNING: {RunState.WAITING, RunState.DONE, RunState.CANCELLED, RunState.BROKEN},
        RunState.DONE: set(),
        RunState.CANCELLED: set(),
        RunState.BROKEN: set(),
    },
)
OPEN = (RunState.WAITING, RunState.RUNNING)


class Stage(StrEnum):
    """How far a run has come."""

    GATHERING = "gathering"  # 汇总订单
    TESTING = "testing"  # 回测
    FORECASTING = "forecasting"  # 预测
    KEEPING = "keeping"  # 保存


class Model(StrEnum):
    """Who forecasts a series."""

    NAIVE = "naive"  # 重复近 14 天
    SEASONAL = "seasonal"  # 上周同日
    SMOOTHED = "smoothed"  # 指数平滑
    SLOW = "slow"  # 间歇需求
    BOOSTED = "boosted"  # 梯度提升
    BLENDED = "blended"  # 组合
    KIN = "kin"  # 参照同类


class Note(StrEnum):
    """What was found in the input, and dealt with."""

    NEGATIVE = "negative"
    CANCELLED = "cancelled"
    REPEATED = "repeated"
    NOT_GOODS = "not_goods"
    NO_PRICE = "no_price"
    UNREADABLE = "unreadable"
    GAP = "gap"
    NO_SALES = "no_sales"
    SHORT = "short"
    FEW_SELLING_DAYS = "few_selling_days"
    UNKNOWN_SKU = "unknown_sku"
    UNKNOWN_REGION = "unknown_region"
    UNMATCHED = "unmatched"
    OUTSIDE = "outside"
    NEW = "new"
    SLOW = "slow"
    NO_HOLIDAYS = "no_holidays"
    WEATHER_FILE = "weather_file"
    WEATHER_MEASURED = "weather_measured"
    WEATHER_FORECAST = "weather_forecast"
    WEATHER_USUAL = "weather_usual"
    NO_WEATHER = "no_weather"


class ForecastRun(SQLModel, table=True):
    """``seen`` of ``total`` steps of ``stage`` are done. The days from ``first_day`` to ``last_day`` are forecast.

    ``figures`` is the back-test's table and ``notes`` what was done with bad input. ``common_milli``: what share of the
    days' errors they have in common, in thousandths. ``tries``: how often a process took it up.
    """

    __tablename__ = "forecast_run"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("uq_forecast_run_open", "state", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),)

    id: int = own_id()
    state: RunState = Field(default=RunState.WAITING, sa_type=word(RunState))
    stage: Stage = Field(default=Stage.GATHERING, sa_type=word(Stage))
    seen: int = 0
    total: int = 0
    tries: int = 0
    first_day: date = Field(sa_type=Date)  # type: ignore[call-overload]
    last_day: date = Field(sa_type=Date)  # type: ignore[call-overload]
    series: int = 0
    common_milli: int = 0
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    notes: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    trouble: str = Field(default="", max_length=500)
    by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=Moment)
    beat_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class ForecastOpen(RuleBroken):
    code = "forecast_open"


@dataclass(frozen=True)
class ForecastEvent(Happening):
    subject_type: ClassVar[str] = "forecast_run"


@dataclass(frozen=True)
class ForecastAsked(ForecastEvent):
    days: int


@dataclass(frozen=True)
class ForecastEnded(ForecastEvent):
    state: str
    series: int


@dataclass(frozen=True)
class ForecastExported(ForecastEvent):
    form: str
    rows: int


def ask(session: Session, days: int, *, by: str, now: datetime) -> ForecastRun:
    """The next ``days`` from today on; the clock takes it up.

    Raises:
        BadInput: not 7 to 60 days.
        ForecastOpen: one waits or runs already.
    """
    if not LEAST_AHEAD <= days <= MOST_AHEAD:
        raise BadInput(f"days: {days}, needs {LEAST_AHEAD} to {MOST_AHEAD}", field="days", problem="forecast_days")
    if open_run(session):
        raise ForecastOpen("a forecast is being made already: wait for it, or cancel it")
    today = business_day(now)
    run = ForecastRun(first_day=today, last_day=today + timedelta(days=days - 1), by=by, made_at=now, beat_at=now)
    session.add(run)
    session.flush()
    record(session, ForecastAsked(run.id, days), actor=by, now=now)
    return run


def open_run(session: Session) -> ForecastRun | None:
    """The one that waits or runs."""
    wanted = select(ForecastRun).where(col(ForecastRun.state).in_(OPEN)).order_by(col(ForecastRun.id).desc())
    return session.exec(wanted.limit(1)).one_or_none()


def newest_done(session: Session) -> ForecastRun | None:
    """The forecast that holds; none before the first."""
    wanted = select(ForecastRun).where(ForecastRun.state == RunState.DONE)
    return session.exec(wanted.order_by(col(ForecastRun.id).desc()).limit(1)).one_or_none()


def begin(session: Session, run_id: int, *, now: datetime) -> ForecastRun | None:
    """Whoever gets the row reckons it; None where somebody else has begun or it was cancelled."""
    run = _locked(session, run_id)
    if run is None or run.state is not RunState.WAITING:
        return None
    LIFECYCLE.check(run.state, RunState.RUNNING)
    run.state, run.stage, run.seen, run.total = RunState.RUNNING, Stage.GATHERING, 0, 0
    run.tries, run.beat_at = run.tries + 1, now
    session.add(run)
    return run


def beat(session: Session, run_id: int, stage: Stage, seen: int, total: int, *, now: datetime) -> bool:
    """It goes on; False where it was cancelled meanwhile."""
    run = _locked(session, run_id)
    if run is None or run.state is not RunState.RUNNING:
        return False
    run.stage, run.seen, run.total, run.beat_at = stage, seen, total, now
    session.add(run)
    return True


def finish(
    session: Session,
    run_id: int,
    *,
    series: int,
    common_milli: int,
    figures: dict[str, Any],
    notes: Sequence[dict[str, Any]],
    now: datetime,
) -> bool:
    """What was forecast is kept in the same transaction; False where it was cancelled meanwhile."""
    run = _locked(session, run_id)
    if run is None or run.state is not RunState.RUNNING:
        return False
    run.series, run.common_milli, run.figures, run.notes = series, common_milli, figures, list(notes)
    _end(session, run, RunState.DONE, by=run.by, now=now)
    return True


def cancel(session: Session, run_id: int, *, by: str, now: datetime) -> None:
    """Its process ends within seconds and nothing of it is kept. Raises: NotFound: none of this id is open."""
    run = _locked(session, run_id)
    if run is None or run.state not in OPEN:
        raise NotFound(f"no forecast {run_id} is under way")
    _end(session, run, RunState.CANCELLED, by=by, now=now)


def give_up(session: Session, run_id: int, trouble: str, *, now: datetime) -> None:
    """Its process failed and would fail again."""
    run = _locked(session, run_id)
    if run and run.state is RunState.RUNNING:
        run.trouble = trouble[:500]
        _end(session, run, RunState.BROKEN, by=run.by, now=now)


def put_back(session: Session, run_id: int) -> None:
    """Its process ends in good order: another one begins anew, and that is no failed try."""
    run = _locked(session, run_id)
    if run and run.state is RunState.RUNNING:
        LIFECYCLE.check(run.state, RunState.WAITING)
        run.state, run.tries = RunState.WAITING, run.tries - 1
        session.add(run)


def take_back(session: Session, *, now: datetime, most_tries: int = 2) -> int:
    """Runs whose process went silent wait anew, or are broken after so many tries; returns how many there were."""
    wanted = select(ForecastRun).where(
        ForecastRun.state == RunState.RUNNING, col(ForecastRun.beat_at) < now - GONE_QUIET
    )
    silent = session.exec(wanted.with_for_update()).all()
    for run in silent:
        if run.tries >= most_tries:
            run.trouble = "its process died"
            _end(session, run, RunState.BROKEN, by=run.by, now=now)
        else:
            LIFECYCLE.check(run.state, RunState.WAITING)
            run.state = RunState.WAITING
            session.add(run)
    return len(silent)


def _locked(session: Session, run_id: int) -> ForecastRun | None:
    return session.get(ForecastRun, run_id, with_for_update=True, populate_existing=True)


def _end(session: Session, run: ForecastRun, state: RunState, *, by: str, now: datetime) -> None:
    LIFECYCLE.check(run.state, state)
    run.state, run.ended_at = state, now
    session.add(run)
    record(session, ForecastEnded(run.id, state, run.series), actor=by, now=now)
