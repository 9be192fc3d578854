"""What did people want of each SKU in each region? From the lines of paid orders that were not cancelled.

A region is the warehouse that would serve the receiver: the one that is there for the province, else one of the same
great region, else the first by rank. Where goods left from in truth says what was in stock, not what was wanted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from sqlalchemy import ColumnElement, case, literal
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from orderhub.domain.advertising import advertised
from orderhub.domain.forecast_run import LOOKS_BACK, Note
from orderhub.domain.holiday import overrides
from orderhub.domain.order import Order, OrderLine, OrderStatus
from orderhub.domain.promotion_day import promotion_names
from orderhub.domain.provinces import shared_out
from orderhub.domain.sku import Sku, Wanted, each_means
from orderhub.domain.stock import Warehouse
from orderhub.domain.weather import WeatherDay, WeatherSource
from orderhub.insights.expressions import shanghai_day
from orderhub.insights.forecast.holidays import Overrides, drivers_of
from orderhub.insights.forecast.panel import Drivers, Floats, Notes, Panel
from orderhub.kernel.clock import day_start

LONGEST_DAYS = LOOKS_BACK.days
_AT_ONCE = 10_000
_CODES_AT_ONCE = 2_000
_WEATHER_NOTES = {
    WeatherSource.FILE: Note.WEATHER_FILE,
    WeatherSource.MEASURED: Note.WEATHER_MEASURED,
    WeatherSource.FORECAST: Note.WEATHER_FORECAST,
}


@dataclass(frozen=True)
class Goods:
    """Which SKU and which warehouse each series of the panel is."""

    panel: Panel
    sku_ids: Sequence[int]
    warehouse_ids: Sequence[int]


def gather(session: Session, today: date, ahead: int) -> Goods:
    """The days before ``today``, and what is known of the ``ahead`` days from it on.

    Series that never sold are not in it; ``today`` is not over and counts for nothing yet.
    """
    notes: Notes = Counter()
    warehouses = session.exec(select(Warehouse).where(col(Warehouse.id) > 0).order_by(col(Warehouse.id))).all()
    since = today - timedelta(days=LONGEST_DAYS)
    sold = _sold(session, since, today, warehouses, notes) if warehouses else {}
    first = min((days.first for days in sold.values()), default=0)
    keys = sorted(key for key, days in sold.items() if days.pieces.any())
    table = np.array([sold[key].pieces[first:] for key in keys], dtype=np.float32)
    table = table.reshape(len(keys), LONGEST_DAYS - first)
    first_day = since + timedelta(days=first)
    codes = dict(columns_of(session, [sku_id for sku_id, _ in keys]))
    names = [(codes[sku_id], str(warehouse_id)) for sku_id, warehouse_id in keys]
    drivers = _drivers(session, first_day, table.shape[1] + ahead, keys, notes) if keys else _nothing(first_day)
    if table.shape[1] < 365:
        notes[Note.SHORT] = table.shape[1]
    panel = Panel(names, first_day, np.maximum(table, 0), drivers, notes)
    return Goods(panel, [sku_id for sku_id, _ in keys], [warehouse_id for _, warehouse_id in keys])


def columns_of(session: Session, sku_ids: Sequence[int]) -> list[tuple[int, str]]:
    """The codes of SKUs by their ids, however many there are."""
    found: list[tuple[int, str]] = []
    wanted = sorted(set(sku_ids))
    for start in range(0, len(wanted), _CODES_AT_ONCE):
        some = wanted[start : start + _CODES_AT_ONCE]
        found += [
            (sku_id, code) for sku_id, code in session.exec(select(Sku.id, Sku.code).where(col(Sku.id).in_(some)))
        ]
    return found


class _Days:
    """``pieces`` by day from the first one looked at; ``first``: the place of the first that sold."""

    def __init__(self) -> None:
        self.pieces = np.zeros(LONGEST_DAYS, dtype=np.float32)
        self.first = LONGEST_DAYS

    def add(self, place: int, pieces: float) -> None:
        self.pieces[place] += pieces
        self.first = min(self.first, place)


def _sold(
    session: Session, since: date, today: date, warehouses: Sequence[Warehouse], notes: Notes
) -> dict[tuple[int, int], _Days]:
    place = _served_by(warehouses)
    day, pieces = shanghai_day(col(Order.paid_at)), func.sum(col(OrderLine.quantity))
    wanted = (
        columns(col(Order.shop_id), col(OrderLine.sku_code), place, day, pieces)
        .join(OrderLine, col(OrderLine.order_id) == col(Order.id))
        .where(col(Order.paid_at) >= day_start(since), col(Order.paid_at) < day_start(today))
        .where(col(Order.status) != OrderStatus.CANCELLED)
        .group_by(col(Order.shop_id), col(OrderLine.sku_code), place, day)
    )
    found: dict[tuple[int, int], _Days] = {}
    means = _Means(session, since)
    for shop_id, code, warehouse_id, sold_on, quantity in session.execute(wanted.execution_options(yield_per=_AT_ONCE)):
        stands_for = means.of(shop_id, code)
        if not stands_for:
            notes[Note.UNKNOWN_SKU] += 1
        if not warehouse_id:
            notes[Note.UNKNOWN_REGION] += int(quantity)
            continue
        number = date.fromisoformat(sold_on).toordinal() - since.toordinal()
        for sku_id, count in stands_for.items():
            found.setdefault((sku_id, warehouse_id), _Days()).add(number, float(quantity * count))
    return found


class _Means:
    """What a shop's code stands for, asked for once; a bundle is its parts, and gifts count as they are sent."""

    def __init__(self, session: Session, since: date) -> None:
        self._session = session
        self._known: dict[tuple[int, str], dict[int, int]] = {}
        wanted = columns(col(Order.shop_id), col(OrderLine.sku_code)).join(
            OrderLine, col(OrderLine.order_id) == Order.id
        )
        by_shop: dict[int, set[str]] = {}
        for shop_id, code in session.execute(wanted.distinct()):
            by_shop.setdefault(shop_id, set()).add(code)
        for shop_id, codes in by_shop.items():
            self._ask(shop_id, sorted(codes))

    def of(self, shop_id: int, code: str) -> dict[int, int]:
        return self._known.get((shop_id, code), {})

    def _ask(self, shop_id: int, codes: Sequence[str]) -> None:
        for start in range(0, len(codes), _CODES_AT_ONCE):
            meant: Mapping[str, Wanted] = each_means(self._session, shop_id, codes[start : start + _CODES_AT_ONCE])
            self._known |= {(shop_id, code): one.every for code, one in meant.items()}


def _served_by(warehouses: Sequence[Warehouse]) -> ColumnElement[int]:
    """The warehouse of a receiver's province, by its first two characters, which tell every province from the others.

    Where the place is not known, goods come from the first warehouse by rank.
    """
    start = func.substr(col(Order.receiver_region), 1, 2)
    by_house = shared_out(warehouses).items()
    whens = [(start.in_([province[:2] for province in provinces]), literal(house)) for house, provinces in by_house]
    return case(*whens, else_=literal(min(warehouses, key=lambda one: (one.rank, one.id)).id))


def _drivers(session: Session, first_day: date, days: int, keys: Sequence[tuple[int, int]], notes: Notes) -> Drivers:
    said = Overrides({one.day: float(one.is_off) for one in overrides(session)})
    drivers = drivers_of(first_day, days, said, notes)
    return replace(
        drivers,
        promotion=_promotion(session, first_day, days),
        advertising=_advertising(session, first_day, days, keys),
        weather=_weather(session, first_day, days, keys, notes),
    )


def _promotion(session: Session, first_day: date, days: int) -> Floats:
    found = np.zeros(days, dtype=np.float32)
    for day in promotion_names(session, first_day, first_day + timedelta(days=days - 1)):
        found[(day - first_day).days] = 1
    return found


def _advertising(session: Session, first_day: date, days: int, keys: Sequence[tuple[int, int]]) -> Floats | None:
    """Fen by series and day: what was spent on the SKU, and its even share of what was spent on the whole shop."""
    spent = advertised(session, first_day)
    if not spent:
        return None
    places: dict[int, list[int]] = {}
    for place, (sku_id, _) in enumerate(keys):
        places.setdefault(sku_id, []).append(place)
    found = np.zeros((len(keys), days), dtype=np.float32)
    for one in spent:
        number = (one.day - first_day).days
        if number < days and one.sku_id:
            found[places.get(one.sku_id, []), number] += one.spent_fen
        elif number < days:
            found[:, number] += one.spent_fen / len(keys)
    return found


def _weather(
    session: Session, first_day: date, days: int, keys: Sequence[tuple[int, int]], notes: Notes
) -> Floats | None:
    """By region as the panel counts them; a day without is as usual for the season. ``notes`` say whose it is."""
    regions = {name: place for place, name in enumerate(sorted({str(warehouse_id) for _, warehouse_id in keys}))}
    found = np.full((len(regions), days, 3), np.nan, dtype=np.float32)
    used: Notes = Counter()
    for one in session.exec(select(WeatherDay).where(col(WeatherDay.day) >= first_day)):
        number = (one.day - first_day).days
        if number < days and str(one.warehouse_id) in regions:
            felt = (one.mean_tenths / 10, one.rain_tenths / 10, 0.0)
            found[regions[str(one.warehouse_id)], number] = felt
            used[_WEATHER_NOTES[one.source]] += 1
    is_unknown = np.isnan(found[:, :, 0])
    if without := int(is_unknown.all(axis=1).sum()):
        notes[Note.NO_WEATHER] = without
        return None
    notes.update(used)
    notes[Note.WEATHER_USUAL] = int(is_unknown.sum())
    return found


def _nothing(first_day: date) -> Drivers:
    return drivers_of(first_day, 0, None, Counter())
