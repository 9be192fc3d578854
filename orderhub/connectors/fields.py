"""How is a field of a platform's body read? Strictly, and by name when it is wrong."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from orderhub.kernel.clock import from_shanghai, from_unix
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import bounded_fen, parse_yuan

Body = dict[str, Any]

_MOST_UNKNOWN = 10
_BEYOND = 10**19
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_QUOTED_NUMBER = re.compile(r'"([\w.-]*)"', re.ASCII)  # the documents print some numbers in quotes of their own
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def text(body: Body, name: str) -> str:
    """Text, or a number as its exact text; a missing or null field is empty."""
    value = body.get(name)
    if value is None or value == "":
        return ""
    if type(value) is int:
        return _digits(name, value)
    if not isinstance(value, str):
        raise _wrong(name, "is no text")
    plain = (value if value.isprintable() else _UNSTORABLE.sub("", value)).strip()
    quoted = _QUOTED_NUMBER.fullmatch(plain) if plain[:1] == '"' else None
    return quoted[1] if quoted else plain


def number(body: Body, name: str) -> str:
    """A number of theirs, which must be there: 1–64 characters, 19 digits exact."""
    value = text(body, name)
    if not 1 <= len(value) <= 64 or not value.isprintable():
        raise _wrong(name, "is missing" if not value else "is no number of an order, a line or a refund")
    return value


def whole(body: Body, name: str, default: int | None = None) -> int:
    """An integer, also as text (``"20"``)."""
    value = body.get(name)
    if type(value) is int and -_BEYOND < value < _BEYOND:
        return value
    if (value is None or value == "") and default is not None:
        return default
    if value is None or value == "":
        raise _wrong(name, "is missing")
    digits = text(body, name)
    if not _WHOLE.fullmatch(digits):
        raise _wrong(name, "is no whole number")
    return int(digits)


def fen(body: Body, name: str, default: int | None = None) -> int:
    return bounded_fen(whole(body, name, default), field=name)


def yuan(body: Body, name: str, default: str | None = None) -> int:
    """An amount in yuan as text, in fen."""
    value = body.get(name)
    if (value is None or value == "") and default is not None:
        value = default
    if not isinstance(value, str | int):
        raise _wrong(name, "is no amount")
    return parse_yuan(value, field=name)


def beijing(body: Body, name: str) -> datetime | None:
    """``2026-11-24 10:00:00`` in Beijing; missing and zero times are None."""
    value = text(body, name)
    if not value or value.startswith(("0001-", "0000-", "1970-")):
        return None
    try:
        return _plausible(name, from_shanghai(value))
    except ValueError as error:
        raise _wrong(name, "is no moment") from error


def unix(body: Body, name: str) -> datetime | None:
    """Seconds since 1970; 0 and missing are None."""
    seconds = whole(body, name, 0)
    if seconds == 0:
        return None
    try:
        return _plausible(name, from_unix(seconds))
    except (ValueError, OverflowError, OSError) as error:
        raise _wrong(name, "is no moment") from error


def millis(body: Body, name: str) -> datetime | None:
    """Milliseconds since 1970, to the second; 0 and missing are None."""
    return unix({name: whole(body, name, 0) // 1000}, name)


def needed(name: str, moment: datetime | None) -> datetime:
    if moment is None:
        raise _wrong(name, "is missing")
    return moment


def child(body: Body, name: str) -> Body:
    """A nested object; missing is empty."""
    value = body.get(name)
    if value is None or value == "":
        return {}
    if not isinstance(value, dict):
        raise _wrong(name, "is no object")
    return value


def rows(body: Body, name: str) -> list[Body]:
    """A list of objects; missing is empty."""
    value = body.get(name)
    if value is None or value == "":
        return []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise _wrong(name, "is no list of objects")
    return value


def word(body: Body, name: str) -> str:
    """A word of theirs that must be there, known to us or not."""
    found = text(body, name)
    if not found:
        raise _wrong(name, "is missing")
    return found[:64]


def first_moment(read: Callable[[Body, str], datetime | None], body: Body, names: Sequence[str]) -> datetime | None:
    """The first of these moments that is there and can be read: what a body is filed under before it is understood."""
    for name in names:
        try:
            if moment := read(body, name):
                return moment
        except BadInput:
            continue
    return None


def number_if_any(body: Body, name: str) -> str:
    """Empty where there is none that can be read: such a body is kept too, and dies with a reason."""
    try:
        return number(body, name)
    except BadInput:
        return ""


def amount_if_any(read: Callable[[Body, str], int], body: Body, name: str) -> int | None:
    """None where there is no amount that can be read."""
    try:
        return read(body, name)
    except BadInput:
        return None


def unknown_fields(where: str, body: Body, known: Iterable[str]) -> list[str]:
    """``field:<where>.<name>`` of at most ten fields not met before."""
    strangers = sorted(set(body).difference(known))
    return [f"field:{where}.{name[:60]}" for name in strangers[:_MOST_UNKNOWN]]


def _digits(name: str, value: int) -> str:
    if abs(value) >= _BEYOND:
        raise _wrong(name, "is too large")
    return str(value)


def _plausible(name: str, moment: datetime) -> datetime:
    if not 2000 <= moment.year < 2100:
        raise _wrong(name, f"lies in the year {moment.year}")
    return moment


def _wrong(name: str, what: str) -> BadInput:
    return BadInput(f"{name}: {what}", field=name, problem="bad_field")
