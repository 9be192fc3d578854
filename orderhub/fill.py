"""How does a database come to hold a merchant's year? Written in bulk, in a year's and a day's real shape."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from sqlalchemy import func, text
from sqlalchemy import select as columns
from sqlmodel import Session, SQLModel, col, select

from orderhub.demo_stock import seed_stock
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.promotion_day import set_promotion_day
from orderhub.domain.shop import Shop
from orderhub.domain.sku import Sku
from orderhub.domain.stock import Warehouse
from orderhub.domain.task import Task
from orderhub.fill_orders import OPEN_WITHIN, SHOPS, Invented, Rows, World, rows_of
from orderhub.fill_work import Work
from orderhub.kernel.clock import business_day
from orderhub.kernel.db import Database
from orderhub.kernel.errors import SetupError
from orderhub.kernel.eventlog import SYSTEM, batched
from orderhub.kernel.many_rows import insert_rows

# Month, day, name: ten times as many orders, and twice as many the day before and after.
PROMOTIONS = (
    (3, 8, "女神节"),
    (6, 1, "618 开门红"),
    (6, 18, "618"),
    (11, 1, "双 11 预热"),
    (11, 11, "双 11"),
    (12, 12, "双 12"),
)
_TEN_FOLD, _NEAR = 10.0, 2.0
_MONTHS = (0.85, 0.7, 1.0, 0.95, 1.0, 1.05, 0.9, 0.95, 1.0, 1.0, 1.15, 1.05)
_WEEKDAYS = (1.05, 1.0, 0.98, 0.97, 0.95, 1.02, 1.1)
_AT_ONCE = 5000
_CACHE_KB = 400_000
_TASKS_MOST = 400

Told = Callable[[int], None]


def fill_year(
    database: Database,
    orders: int,
    *,
    days: int,
    now: datetime,
    seed: int = 1,
    despite_orders: bool = False,
    told: Told = lambda _: None,
) -> None:
    """Shops, stock and ``orders`` of the last ``days`` with their cases, tickets and anomalies; ``told`` how many.

    Raises:
        SetupError: there are orders already, which these would be mixed with.
    """
    with database.transaction() as session:
        if not despite_orders and session.exec(select(Order.id).limit(1)).first():
            raise SetupError("the hub has orders already: give --mix to put invented ones among them")
        seed_stock(session, now)
        _enter_promotions(session, days, now)
    open_share = min(0.5, 2.1 / max(days, 3))
    fill_orders(database, orders, days=days, now=now, seed=seed, open_share=open_share, told=told)


def fill_orders(
    database: Database,
    orders: int,
    *,
    days: int,
    now: datetime,
    seed: int = 1,
    open_share: float,
    told: Told = lambda _: None,
) -> None:
    """Orders alone with what belongs to them, beside whatever stock there is."""
    with database.transaction() as session:
        if database.embedded:
            session.connection().exec_driver_sql(f"PRAGMA cache_size=-{_CACHE_KB}")
        world = _world(session, days, now, seed, open_share)
        first = _next_id(session, Order)
        work = Work(world.rng, now, case_id=_next_id(session, Aftersale), task_id=_next_id(session, Task))  # fmt: skip
    done = 0
    for numbers in batched(range(orders), _AT_ONCE):
        part = [Invented(first + turn, turn / orders, world) for turn in numbers]
        with database.transaction() as session:
            _insert(session, rows_of(part))
            _insert(session, work.rows(part))
        done += len(part)
        told(done)
    with database.transaction() as session:
        _advance_sequences(session)
        insert_rows(session, Task, list(work.tasks(range(first, first + orders), min(orders // 50, _TASKS_MOST))))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def day_weight(day: date) -> float:
    """How busy it is beside a plain day."""
    near = {day + timedelta(days=step): step for step in (-1, 0, 1)}
    found = _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()]
    for month, number, _ in PROMOTIONS:
        step = near.get(date(day.year, month, number))
        if step is not None:
            found *= _TEN_FOLD if step == 0 else _NEAR
    return found


def _world(session: Session, days: int, now: datetime, seed: int, open_share: float) -> World:
    last = business_day(now - OPEN_WITHIN)
    span = [last - timedelta(days=back) for back in range(max(1, days - 2))][::-1]
    return World(
        Random(seed),  # noqa: S311  (invented, not secret)
        now,
        _shops(session, now),
        open_share,
        span,
        [day_weight(day) for day in span],
        count(_next_id(session, OrderLine)),
        list(session.exec(select(Warehouse.id).order_by(col(Warehouse.id)))),
        dict(session.exec(select(Sku.code, Sku.id)).all()),
    )


def _shops(session: Session, now: datetime) -> list[Shop]:
    """Without keys: nobody outside is asked for orders of theirs."""
    found = []
    for code, channel, _ in SHOPS:
        standing = session.exec(select(Shop).where(Shop.code == code)).one_or_none()
        if standing is None:
            made_at = now - timedelta(days=400)
            standing = Shop(code=code, channel=channel, name=f"样店 {code}", shop_no=f"no-{code}", created_at=made_at)
            session.add(standing)
        found.append(standing)
    session.flush()
    return found


def _enter_promotions(session: Session, days: int, now: datetime) -> None:
    last = business_day(now)
    for year in {last.year, (last - timedelta(days=days)).year}:
        for month, number, name in PROMOTIONS:
            day = date(year, month, number)
            if last - timedelta(days=days) <= day <= last:
                set_promotion_day(session, day, name, by=SYSTEM, now=now)


def _next_id(session: Session, table: type[SQLModel]) -> int:
    key = SQLModel.metadata.tables[str(table.__tablename__)].c.id
    return session.execute(columns(func.coalesce(func.max(key), 0))).scalar_one() + 1


def _insert(session: Session, rows: Rows) -> None:
    for table, found in rows.items():
        insert_rows(session, table, found)


def _advance_sequences(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        return
    for name in ("orders", "order_line", "aftersale", "task"):
        wanted = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT coalesce(max(id), 1) FROM {name}))"  # noqa: S608
        session.connection().execute(text(wanted))
