"""How does what moves demand come in as a table? Advertising, holidays or weather; what cannot be used is counted."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import islice

from sqlmodel import Session, select

from orderhub.domain.advertising import put_advertising
from orderhub.domain.forecast_run import Note
from orderhub.domain.holiday import put_holidays
from orderhub.domain.sku import Sku, tidy_code
from orderhub.domain.stock import Warehouse
from orderhub.domain.weather import WeatherSource, put_weather
from orderhub.intake.stock_sheet import table_in
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.money import parse_yuan

_MOST_ROWS = 50_000
_YEARS = range(2000, 2101)
_COLUMNS = {
    "day": ("日期", "day", "date"),
    "sku": ("商品编码", "sku", "sku_code", "code"),
    "yuan": ("广告费", "花费", "advertising", "spend", "yuan"),
    "off": ("是否放假", "放假", "off", "is_off"),
    "name": ("名称", "节日", "name"),
    "warehouse": ("仓库", "warehouse"),
    "mean": ("平均气温", "气温", "temperature", "mean", "temperature_2m_mean"),
    "high": ("最高气温", "temperature_2m_max", "tmax"),
    "low": ("最低气温", "temperature_2m_min", "tmin"),
    "rain": ("降水", "降水量", "rain", "precipitation", "precipitation_sum"),
}
_YES, _NO = ("1", "是", "放假", "yes", "true", "y"), ("0", "否", "上班", "no", "false", "n")


class DriverKind(StrEnum):
    ADVERTISING = "advertising"
    HOLIDAYS = "holidays"
    WEATHER = "weather"


@dataclass
class Driven:
    """``taken`` rows are kept; ``left`` counts the others by why."""

    taken: int = 0
    left: Counter[Note] = field(default_factory=Counter)


class NotUsable(Exception):
    def __init__(self, note: Note) -> None:
        super().__init__(str(note))
        self.note = note


Cells = Mapping[str, str]


def read_drivers(content: bytes, kind: DriverKind) -> list[Cells]:
    """The rows of a table by what their columns mean.

    Raises:
        BadInput: no table, too long, or without the columns that ``kind`` needs.
    """
    table = list(islice(table_in(content), _MOST_ROWS + 2))
    if not table:
        raise BadInput("the file is empty", field="file", problem="sheet_empty")
    if len(table) > _MOST_ROWS + 1:
        raise BadInput(f"more than {_MOST_ROWS} rows", field="file", problem="sheet_too_long")
    names = [_meant(cell) for cell in table[0][1]]
    if not _NEEDED[kind](set(names)):
        raise BadInput(f"{kind}: its columns are not there", field="file", problem=f"driver_{kind}")
    rows = (dict(zip(names, (cell.strip() for cell in cells), strict=False)) for _, cells in table[1:])
    return [row for row in rows if any(row.values())]


def put_drivers(session: Session, kind: DriverKind, rows: Sequence[Cells], *, by: str, now: datetime) -> Driven:
    """Keep what can be used, in the stead of what was told of the same days. Safe to repeat."""
    driven = Driven()
    _PUT[kind](session, rows, driven, by, now)
    return driven


def _advertising(session: Session, rows: Sequence[Cells], driven: Driven, by: str, now: datetime) -> None:
    codes = {code: sku_id for sku_id, code in session.exec(select(Sku.id, Sku.code))}

    def read(row: Cells) -> tuple[tuple[date, int], int]:
        sku = tidy_code(row.get("sku", ""))
        if sku and sku not in codes:
            raise NotUsable(Note.UNKNOWN_SKU)
        try:
            fen = parse_yuan(row.get("yuan", "").replace(",", ""), field="yuan")
        except RuleBroken as error:
            raise NotUsable(Note.UNREADABLE) from error
        if fen < 0:
            raise NotUsable(Note.NEGATIVE)
        return (_day(row), codes.get(sku, 0)), fen

    driven.taken = put_advertising(session, dict(_read(rows, read, driven)), by=by, now=now)


def _holidays(session: Session, rows: Sequence[Cells], driven: Driven, by: str, now: datetime) -> None:
    def read(row: Cells) -> tuple[date, tuple[bool, str]]:
        said = row.get("off", "").lower()
        if said not in _YES + _NO:
            raise NotUsable(Note.UNREADABLE)
        return _day(row), (said in _YES, row.get("name", "")[:64])

    driven.taken = put_holidays(session, dict(_read(rows, read, driven)), by=by, now=now)


def _weather(session: Session, rows: Sequence[Cells], driven: Driven, by: str, now: datetime) -> None:
    houses = {name: one.id for one in session.exec(select(Warehouse)) for name in (one.code, one.name)}

    def read(row: Cells) -> tuple[tuple[int, date], tuple[int, int]]:
        if row.get("warehouse", "") not in houses:
            raise NotUsable(Note.UNKNOWN_REGION)
        felt = [_tenths(row[name]) for name in ("mean", "high", "low") if row.get(name)]
        mean = felt[0] if row.get("mean") else round(sum(felt) / len(felt)) if len(felt) == 2 else None
        if mean is None or not -900 <= mean <= 700:
            raise NotUsable(Note.UNREADABLE)
        return (houses[row["warehouse"]], _day(row)), (mean, _tenths(row.get("rain") or "0"))

    driven.taken = put_weather(session, dict(_read(rows, read, driven)), WeatherSource.FILE, by=by, now=now)


def _read(rows: Sequence[Cells], read: Callable, driven: Driven) -> Iterator:
    for row in rows:
        try:
            yield read(row)
        except NotUsable as error:
            driven.left[error.note] += 1


def _day(row: Cells) -> date:
    try:
        day = date.fromisoformat(row.get("day", "")[:10].replace("/", "-"))
    except ValueError as error:
        raise NotUsable(Note.UNREADABLE) from error
    if day.year not in _YEARS:
        raise NotUsable(Note.OUTSIDE)
    return day


def _tenths(text: str) -> int:
    try:
        return round(float(text) * 10)
    except (ValueError, OverflowError) as error:
        raise NotUsable(Note.UNREADABLE) from error


def _meant(header: str) -> str:
    tidy = tidy_code(header).lower().removeprefix("\ufeff")
    return next((name for name, words in _COLUMNS.items() if tidy in words), "")


_NEEDED: dict[DriverKind, Callable[[set[str]], bool]] = {
    DriverKind.ADVERTISING: lambda names: {"day", "yuan"} <= names,
    DriverKind.HOLIDAYS: lambda names: {"day", "off"} <= names,
    DriverKind.WEATHER: lambda names: {"day", "warehouse"} <= names and bool(names & {"mean", "high"}),
}
_PUT: dict[DriverKind, Callable[[Session, Sequence[Cells], Driven, str, datetime], None]] = {
    DriverKind.ADVERTISING: _advertising,
    DriverKind.HOLIDAYS: _holidays,
    DriverKind.WEATHER: _weather,
}
