"""What waits for a person today, and how does today go against yesterday? Read afresh each time; nothing is cached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_
from sqlmodel import Session, col, select

from orderhub.domain.order import UNSHIPPED, Order, OrderStatus
from orderhub.domain.task import Task, TaskStatus
from orderhub.insights.anomaly import AnomalyGroup, anomaly_groups
from orderhub.insights.board import BoardRow, board_rows
from orderhub.insights.expressions import seconds_between, utc_hour
from orderhub.insights.system import ChannelHealth, channel_health
from orderhub.kernel.clock import business_day, day_start
from orderhub.kernel.sight import FieldGroup, sees

DUE_SOON = timedelta(hours=2)
MOST_ORDERS = 10
MOST_TASKS = 20
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)

_SEE_ALL_TASKS = ("admin", "manager")


@dataclass(frozen=True)
class Figures:
    """Today's figures; ``…_yesterday`` up to the same hour, ``…_week_before`` of the seven days before the last seven.

    ``on_time_share``: of the orders due in the last seven days and not cancelled, those that left in time; None where
    none was due. ``handling_seconds``: paid → shipped on average over what left today. ``at_risk_fen``: paid for goods
    that are late or due within two hours.
    """

    paid_today: int
    paid_yesterday: int
    to_ship: int
    on_time_share: float | None
    on_time_share_week_before: float | None
    handling_seconds: int | None
    handling_seconds_yesterday: int | None
    late_count: int
    late_fen: int
    due_soon_count: int
    due_soon_fen: int

    @property
    def at_risk_fen(self) -> int:
        return self.late_fen + self.due_soon_fen


@dataclass(frozen=True)
class HourlyVolume:
    """Orders paid in each hour 0–23 in Shanghai; ``today`` ends with the hour that runs."""

    today: tuple[int, ...]
    yesterday: tuple[int, ...]


@dataclass(frozen=True)
class TaskList:
    """``tasks`` are the most urgent ones, ``count`` is of all."""

    tasks: tuple[Task, ...]
    count: int
    due_within_hour: int
    closed_today: int


@dataclass(frozen=True)
class ChannelDay:
    health: ChannelHealth
    paid_today: int


@dataclass(frozen=True)
class Workbench:
    """``urgent`` holds late orders by money at risk, then those due within two hours by money at risk."""

    figures: Figures
    urgent: tuple[BoardRow, ...]
    tasks: TaskList
    volume: HourlyVolume
    channels: tuple[ChannelDay, ...]
    anomalies: tuple[AnomalyGroup, ...]


def workbench(session: Session, role: str, user_name: str, now: datetime) -> Workbench:
    return Workbench(
        figures=_figures(session, now),
        urgent=tuple(board_rows(session, _urgent_ids(session, now), now)),
        tasks=_tasks(session, role, user_name, now),
        volume=_volume(session, now),
        channels=_channels(session, now),
        anomalies=anomaly_groups(session, now),
    )


def _figures(session: Session, now: datetime) -> Figures:
    midnight = day_start(business_day(now))
    late_count, late_fen = _unshipped(session, None, now)
    soon_count, soon_fen = _unshipped(session, now, now + DUE_SOON)
    to_ship = select(func.count()).select_from(Order).where(Order.status == OrderStatus.TO_SHIP)
    return Figures(
        paid_today=_paid_between(session, midnight, now),
        paid_yesterday=_paid_between(session, midnight - _DAY, now - _DAY),
        to_ship=session.exec(to_ship).one(),
        on_time_share=_on_time_share(session, now - _WEEK, now),
        on_time_share_week_before=_on_time_share(session, now - 2 * _WEEK, now - _WEEK),
        handling_seconds=_handling_seconds(session, midnight, now),
        handling_seconds_yesterday=_handling_seconds(session, midnight - _DAY, now - _DAY),
        late_count=late_count,
        late_fen=late_fen,
        due_soon_count=soon_count,
        due_soon_fen=soon_fen,
    )


def _paid_between(session: Session, start: datetime, end: datetime) -> int:
    wanted = select(func.count()).select_from(Order).where(col(Order.paid_at) >= start, col(Order.paid_at) < end)
    return session.exec(wanted).one()


def _due(start: datetime | None, end: datetime) -> list[Any]:
    bounds = [col(Order.status).in_(UNSHIPPED), col(Order.ship_by) < end]
    return bounds if start is None else [*bounds, col(Order.ship_by) >= start]


def _unshipped(session: Session, start: datetime | None, end: datetime) -> tuple[int, int]:
    """Number and paid fen of what has not left and is due from ``start`` to before ``end``."""
    wanted = select(func.count(), func.coalesce(func.sum(col(Order.paid_fen)), 0)).where(*_due(start, end))
    count, fen = session.exec(wanted).one()
    return count, int(fen)


def _on_time_share(session: Session, start: datetime, end: datetime) -> float | None:
    kept = [status for status in OrderStatus if status is not OrderStatus.CANCELLED]
    in_time = case((col(Order.shipped_at) <= col(Order.ship_by), 1))
    due = [col(Order.status).in_(kept), col(Order.ship_by) >= start, col(Order.ship_by) < end]
    left_in_time, count = session.exec(select(func.count(in_time), func.count()).where(*due)).one()
    return left_in_time / count if count else None


def _handling_seconds(session: Session, start: datetime, end: datetime) -> int | None:
    taken = func.avg(seconds_between(col(Order.paid_at), col(Order.shipped_at)))
    left = [col(Order.shipped_at) >= start, col(Order.shipped_at) < end, col(Order.paid_at).is_not(None)]
    seconds = session.exec(select(taken).where(*left)).one()
    return None if seconds is None else round(seconds)


def _urgent_ids(session: Session, now: datetime) -> Sequence[int]:
    found: list[int] = []
    ranked: list[Any] = [col(Order.paid_fen).desc()] if sees(FieldGroup.MONEY) else []
    ranked.append(col(Order.ship_by))
    for start, end in ((None, now), (now, now + DUE_SOON)):
        wanted = select(Order.id).where(*_due(start, end)).order_by(*ranked)
        found += session.exec(wanted.limit(MOST_ORDERS - len(found))) if len(found) < MOST_ORDERS else []
    return found


def _tasks(session: Session, role: str, user_name: str, now: datetime) -> TaskList:
    mine = or_(col(Task.owner) == user_name, and_(col(Task.owner) == "", col(Task.owner_role) == role))
    is_open = [col(Task.status).in_((TaskStatus.OPEN, TaskStatus.CLAIMED))]
    is_open += [] if role in _SEE_ALL_TASKS else [mine]
    first = select(Task).where(*is_open).order_by(col(Task.due_at), col(Task.id)).limit(MOST_TASKS)
    soon = func.count(case((col(Task.due_at) <= now + timedelta(hours=1), 1)))
    count, due_within_hour = session.exec(select(func.count(), soon).select_from(Task).where(*is_open)).one()
    closed = [col(Task.closed_by) == user_name, col(Task.closed_at) >= day_start(business_day(now))]
    closed_today = session.exec(select(func.count()).select_from(Task).where(*closed)).one()
    return TaskList(tuple(session.exec(first)), count, due_within_hour, closed_today)


def _volume(session: Session, now: datetime) -> HourlyVolume:
    midnight = day_start(business_day(now))
    hour = utc_hour(col(Order.paid_at))
    paid = [col(Order.paid_at) >= midnight - _DAY, col(Order.paid_at) <= now]
    counts: dict[str, int] = dict(session.exec(select(hour, func.count()).where(*paid).group_by(hour)).all())
    starts = [midnight - _DAY + timedelta(hours=turn) for turn in range(48)]
    volume = [counts.get(f"{start:%Y-%m-%d %H}", 0) for start in starts if start <= now]
    return HourlyVolume(today=tuple(volume[24:]), yesterday=tuple(volume[:24]))


def _channels(session: Session, now: datetime) -> tuple[ChannelDay, ...]:
    paid = select(Order.channel, func.count()).where(col(Order.paid_at) >= day_start(business_day(now)))
    counts: dict[str, int] = dict(session.exec(paid.group_by(col(Order.channel))).all())
    return tuple(ChannelDay(health, counts.get(health.channel, 0)) for health in channel_health(session, now))
