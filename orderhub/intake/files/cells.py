"""What does a cell say? Without the quirks that platforms and spreadsheet programs wrap around it."""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import bounded_fen, parse_yuan

_WRAPPED = re.compile(r'="?(.*?)"?', re.DOTALL)
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+?\d{2}", re.IGNORECASE)
_MONEY_DRESS = str.maketrans("", "", "¥￥元,，\u00a0 ")
_NUMBER_DRESS = str.maketrans("", "", ",， 件个")
_MOMENT = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?")
_EUROPEAN = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_EMPTY = frozenset({"-", "--", "—", "/", "\\N", "null", "NULL", "None", "无"})
_AROUND = "\ufeff \t\r\n\u3000\u00a0"
_QUIRKS = frozenset("=`'’-—/\\nNn无")
_SERIAL_START = datetime(1899, 12, 30, tzinfo=SHANGHAI)


class Dates(StrEnum):
    """How a column writes its moments; ``ymd`` also reads ``2016/5/23 22:02`` and ``2016年5月23日``."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"
    UNIX = "unix"
    UNIX_MS = "unix_ms"
    SERIAL = "serial"  # days since 1900, as a spreadsheet counts them


def plain(cell: str) -> str:
    """``="123"``, ``'123``, `` `123`` and a tab around it are 123; a dash alone is nothing."""
    if not cell:
        return cell
    text = cell.strip(_AROUND)
    if text[:1] not in _QUIRKS:
        return text
    if text.startswith('="') or text == "=":
        match = _WRAPPED.fullmatch(text)
        text = (match[1] if match else text).replace('""', '"').strip()
    if text[:1] in "`'’":
        text = text[1:].strip()
    return "" if text in _EMPTY else text


def is_rounded(text: str) -> bool:
    """A number that a spreadsheet has shortened: ``3.51584E+16`` is no order's number any more."""
    return bool(_ROUNDED.fullmatch(text))


def money(text: str, field: str, *, is_fen: bool = False) -> int:
    """Fen of ``1,234.50``, ``¥12.00`` or ``28.16元``; an empty cell is 0."""
    bare = text.translate(_MONEY_DRESS)
    if not bare:
        return 0
    if is_fen:
        return bounded_fen(whole(bare, field), field=field)
    whole_part, point, cents = bare.removeprefix("+").partition(".")
    # 2.550000001 comes of a spreadsheet's own arithmetic; 2.555 is an amount that we do not know how to round.
    if point and len(cents) > 6:
        bare = f"{round(float(bare), 6):.6f}"
    return parse_yuan(bare.removeprefix("+") if whole_part else f"0{bare}", field=field)


def whole(text: str, field: str) -> int:
    """``2``, ``2.0`` and ``1,000`` are whole numbers."""
    bare = text.translate(_NUMBER_DRESS)
    digits, _, fraction = bare.partition(".")
    if not re.fullmatch(r"[+-]?\d{1,12}", digits, re.ASCII) or fraction.strip("0"):
        raise BadInput(f"{field}: is no whole number", field=field, problem="not_whole")
    return int(digits)


def moment(text: str, field: str, dates: Dates = Dates.YMD) -> datetime | None:
    """In UTC; what is written is Beijing's time. Empty and zero moments are None."""
    if not text or text.startswith(("0000", "0001-", "1970-01-01")):
        return None
    try:
        found = _READERS[dates](text)
    except (ValueError, OverflowError):
        found = None
    if found is None or not 2000 <= found.year < 2100:
        raise BadInput(f"{field}: is no moment of the years 2000 to 2099", field=field, problem="not_moment")
    return found.astimezone(UTC)


def _ymd(text: str) -> datetime | None:
    match = _MOMENT.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part) if part else 0 for part in match.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)


def _european(text: str, *, is_day_first: bool) -> datetime | None:
    match = _EUROPEAN.fullmatch(text)
    if not match:
        return _ymd(text)  # a spreadsheet's own dates arrive as year, month, day
    one, two, year, hour, minute, second = (int(part) if part else 0 for part in match.groups())
    day, month = (one, two) if is_day_first else (two, one)
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)


def _serial(text: str) -> datetime | None:
    return _ymd(text) or _SERIAL_START + timedelta(seconds=round(float(text) * 86_400))


_READERS = {
    Dates.YMD: _ymd,
    Dates.DMY: lambda text: _european(text, is_day_first=True),
    Dates.MDY: lambda text: _european(text, is_day_first=False),
    Dates.UNIX: lambda text: datetime.fromtimestamp(int(text), UTC),
    Dates.UNIX_MS: lambda text: datetime.fromtimestamp(int(text) / 1000, UTC),
    Dates.SERIAL: _serial,
}
