"""Which sales does a file hold? Told by its header: our own columns, invoice lines, or counts by the hour.

Nothing is passed over in silence: what is left out is counted by why.
"""

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np

from orderhub.domain.forecast_run import Note
from orderhub.insights.forecast.holidays import Overrides, drivers_of
from orderhub.insights.forecast.panel import Floats, Notes, Panel, filled
from orderhub.kernel.errors import BadInput

_DAY = ("day", "date", "dteday", "date_time", "datetime", "日期", "统计日期")
_PIECES = ("quantity", "users", "cnt", "count", "qty", "sold", "数量", "销量", "rented bike count")
_SKU = ("sku", "sku_code", "stockcode", "item", "商品编码")
_REGION = ("region", "warehouse", "store", "地区", "仓库")
_PROMOTION = ("promotion", "promo", "促销")
_SPENT = ("advertising_fen", "advertising", "广告费")
_TEMPERATURE, _RAIN, _WIND = ("temperature", "temp", "气温"), ("rain", "rainfall(mm)", "降水"), ("windspeed", "wind")
_HOLIDAY, _WORKING = ("holiday", "节假日"), ("workingday", "functioning day")
_INVOICE = {"invoiceno", "invoice"}
_GOODS = re.compile(r"\d{5}[A-Za-z]{0,3}")  # what a shop sells; postage, fees and samples have words for codes
_WET = {"rain", "heavy_rain", "snow", "misty_rain", "3", "4"}
_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y %H:%M", "%Y%m%d")
_RETURNED_WITHIN = 30


@dataclass
class Told:
    """What the rows of a file say beside the pieces: by day, or by region and day."""

    off: dict[date, float] = field(default_factory=dict)
    promotion: dict[date, float] = field(default_factory=dict)
    spent: dict[date, float] = field(default_factory=dict)
    weather: dict[str, dict[date, list[tuple[float, float, float]]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Shape:
    """``grain``: over how many days pieces are summed where models are judged; ``selling_days``: the fewest."""

    name: str
    grain: int
    selling_days: int = 0


OWN, INVOICES, HOURLY = Shape("own", 7), Shape("invoices", 7, 100), Shape("hourly", 1)

Sale = tuple[str, str, date, float]


@contextmanager
def opened(path: Path) -> Iterator[tuple[set[str], Iterator[dict[str, str]]]]:
    """The rows of a CSV, plain or packed, by the names in its header in small letters.

    Raises:
        BadInput: no text, or nothing in it.
    """
    try:
        with gzip.open(path, "rb") if _is_packed(path) else path.open("rb") as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="")
            reader = csv.DictReader(text)
            names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
            if not names:
                raise BadInput(f"{path.name}: is empty; give a CSV with a header", field="data", problem="empty")
            reader.fieldnames = names
            yield set(names), iter(reader)
    except (OSError, EOFError, csv.Error) as error:
        raise BadInput(f"{path.name}: cannot be read ({error})", field="data", problem="unreadable") from error


def read_panel(path: Path, ahead: int, *, selling_days: int | None = None) -> tuple[Panel, Shape]:
    """What was sold, ready to be forecast ``ahead`` days on.

    Raises:
        BadInput: the file's columns are none we know, or nothing is left of its rows.
    """
    notes: Notes = Counter()
    told = Told()
    with opened(path) as (names, rows):
        shape = _shape(names, path.name)
        sales = list(_invoiced(rows, notes) if shape is INVOICES else _counted(rows, names, told, notes))
    keys, first_day, sold = filled(sales, notes)
    if not keys or not sold.any():
        raise BadInput(f"{path.name}: has no day on which anything was sold", field="data", problem="no_sales")
    least = shape.selling_days if selling_days is None else selling_days
    keys, sold = _busy(keys, sold, least, notes)
    if not keys:
        raise BadInput(
            f"{path.name}: no SKU was sold on {least} days; ask with fewer --selling-days",
            field="data",
            problem="few_selling_days",
        )
    return _panel(keys, first_day, sold, told, ahead, shape, notes), shape


def day_of(text: str) -> date | None:
    text = text.strip()
    for pattern in _FORMATS:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007  (a day, as the file has it)
        except ValueError:
            continue
    return None


def number_of(text: str | None) -> float | None:
    try:
        value = float((text or "").replace(",", ""))
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _shape(names: set[str], file: str) -> Shape:
    if names & _INVOICE and {"stockcode", "quantity"} <= names:
        return INVOICES
    if _first(names, _DAY) and _first(names, _PIECES):
        return OWN if _first(names, _SKU) else HOURLY
    raise BadInput(
        f"{file}: needs the columns sku, region, day, quantity; it has {', '.join(sorted(names))[:200]}",
        field="data",
        problem="columns",
    )


def _first(names: Iterable[str], wanted: Sequence[str]) -> str:
    known = set(names)
    return next((name for name in wanted if name in known), "")


def _invoiced(rows: Iterator[Mapping[str, str]], notes: Notes) -> Iterator[Sale]:
    """Lines sold, without repeats, what is no goods, what has no price, and what was cancelled soon after."""
    seen: set[tuple[str, ...]] = set()
    sold: list[tuple[str, str, date, float]] = []
    cancelled: list[tuple[str, str, date, float]] = []
    for row in rows:
        line = tuple((value or "") for value in row.values() if not isinstance(value, list))
        pieces, price = number_of(row.get("quantity")), number_of(row.get("unitprice") or row.get("price"))
        day = day_of(row.get("invoicedate") or "")
        code = (row.get("stockcode") or "").strip().upper()
        invoice = (row.get("invoiceno") or row.get("invoice") or "").strip().upper()
        if line in seen:
            notes[Note.REPEATED] += 1
        elif pieces is None or day is None or not code:
            notes[Note.UNREADABLE] += 1
        elif not _GOODS.fullmatch(code):
            notes[Note.NOT_GOODS] += 1
        elif invoice.startswith("C"):
            notes[Note.CANCELLED] += 1
            cancelled.append((row.get("customerid") or row.get("customer id") or "", code, day, -pieces))
        elif pieces <= 0:
            notes[Note.NEGATIVE] += 1
        elif price is None or price <= 0:
            notes[Note.NO_PRICE] += 1
        else:
            sold.append((row.get("customerid") or row.get("customer id") or "", code, day, pieces))
        seen.add(line)
    yield from _without(sold, cancelled, notes)


def _without(sold: list[Sale], cancelled: list[Sale], notes: Notes) -> Iterator[Sale]:
    """A cancelled line takes the newest sale of the same buyer, SKU and quantity within the days before away."""
    places: dict[tuple[str, str, float], list[int]] = {}
    for place, (buyer, code, _, pieces) in enumerate(sold):
        places.setdefault((buyer, code, pieces), []).append(place)
    gone: set[int] = set()
    for buyer, code, day, pieces in cancelled:
        near = [
            place
            for place in places.get((buyer, code, pieces), ())
            if place not in gone and 0 <= (day - sold[place][2]).days <= _RETURNED_WITHIN
        ]
        if near:
            gone.add(near[-1])
        else:
            notes[Note.UNMATCHED] += 1
    yield from ((code, "", day, pieces) for place, (_, code, day, pieces) in enumerate(sold) if place not in gone)


def _counted(rows: Iterator[Mapping[str, str]], names: set[str], told: Told, notes: Notes) -> Iterator[Sale]:
    day_name, pieces_name = _first(names, _DAY), _first(names, _PIECES)
    sku_name, region_name = _first(names, _SKU), _first(names, _REGION)
    for row in rows:
        day, pieces = day_of(row.get(day_name) or ""), number_of(row.get(pieces_name))
        if day is None or pieces is None:
            notes[Note.UNREADABLE] += 1
            continue
        sku = (row.get(sku_name) or "").strip() if sku_name else "all"
        region = (row.get(region_name) or "").strip() if region_name else ""
        if not sku:
            notes[Note.UNREADABLE] += 1
            continue
        _tell(told, row, names, region, day)
        yield sku, region, day, pieces


def _tell(told: Told, row: Mapping[str, str], names: set[str], region: str, day: date) -> None:
    if holiday := _first(names, _HOLIDAY):
        is_off = (row.get(holiday) or "").strip().lower() not in {"", "0", "0.0", "no", "no holiday"}
        told.off[day] = max(told.off.get(day, 0.0), float(is_off))
    for column, kept in ((_PROMOTION, told.promotion), (_SPENT, told.spent)):
        if (name := _first(names, column)) and (value := number_of(row.get(name))) is not None:
            kept[day] = max(kept.get(day, 0.0), value)
    if name := _first(names, _TEMPERATURE):
        rain = _first(names, _RAIN)
        wet = (row.get("weather") or row.get("weathersit") or "").strip().lower() in _WET
        fallen = number_of(row.get(rain)) if rain else float(wet)
        wind = number_of(row.get(_first(names, _WIND))) if _first(names, _WIND) else 0.0
        if (warmth := number_of(row.get(name))) is not None:
            felt = (warmth, fallen or 0.0, wind or 0.0)
            told.weather.setdefault(region, {}).setdefault(day, []).append(felt)


def _busy(keys: list[tuple[str, str]], sold: Floats, least: int, notes: Notes) -> tuple[list[tuple[str, str]], Floats]:
    selling = (sold > 0).sum(axis=1)
    notes[Note.NO_SALES] += int((selling == 0).sum())
    notes[Note.FEW_SELLING_DAYS] += int(((selling > 0) & (selling < least)).sum())
    kept = np.flatnonzero(selling >= max(least, 1))
    return [keys[place] for place in kept], sold[kept]


def _panel(  # noqa: PLR0917
    keys: list[tuple[str, str]],
    first_day: date,
    sold: Floats,
    told: Told,
    ahead: int,
    shape: Shape,
    notes: Notes,
) -> Panel:
    days = sold.shape[1] + ahead
    every = [date.fromordinal(first_day.toordinal() + place) for place in range(days)]
    overrides = Overrides(told.off) if told.off or shape is INVOICES else None
    drivers = drivers_of(first_day, days, overrides, notes, chinese=shape is OWN and not told.off)
    promotion = np.array([told.promotion.get(day, 0.0) for day in every], dtype=np.float32)
    spent = np.array([[told.spent.get(day, 0.0) for day in every]], dtype=np.float32) if told.spent else None
    drivers = replace(drivers, promotion=promotion, advertising=spent, weather=_weather(keys, every, told))
    if sold.shape[1] < 365:
        notes[Note.SHORT] = sold.shape[1]
    return Panel(keys, first_day, sold, drivers, notes)


def _weather(keys: list[tuple[str, str]], every: list[date], told: Told) -> Floats | None:
    if not told.weather:
        return None
    regions = sorted({region for _, region in keys})
    found = np.full((len(regions), len(every), 3), np.nan, dtype=np.float32)
    for place, region in enumerate(regions):
        for number, day in enumerate(every):
            if felt := told.weather.get(region, {}).get(day):
                found[place, number] = np.mean(felt, axis=0)
    return found


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"
