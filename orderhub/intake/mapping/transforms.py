"""How is a value of a channel's body brought into one of our forms? A fixed list; nothing a merchant writes is run."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from orderhub.kernel.clock import SHANGHAI, from_unix, shanghai_text
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import bounded_fen, parse_yuan, yuan_text

UNIX, UNIX_MS, ISO = "unix", "unix_ms", "iso"
FEN, YUAN = "fen", "yuan"
KEEP, SKIP = "keep", "skip"
VALUE = "{value}"

_MOMENT = "%Y-%m-%d %H:%M:%S"
_MADE_UP = datetime(2026, 11, 24, 10, 9, 8, tzinfo=SHANGHAI)


class Transform(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"  # option: in which unit the channel writes it, ``yuan`` or ``fen``
    DATE = "date"  # option: ``iso``, ``unix``, ``unix_ms`` or a pattern such as ``%Y/%m/%d``
    LOOKUP = "lookup"  # table; option: what becomes of a value that is not in it: refused, ``keep`` or ``skip``
    KEYWORDS = "keywords"  # table; each word that occurs in the text gives its value
    TEMPLATE = "template"  # option: a text with ``{value}`` in it


class Reason(StrEnum):
    """Why a value is not taken; the value itself is never repeated: it may be a buyer's."""

    NOT_NUMBER = "not_number"
    NOT_MONEY = "not_money"
    NOT_DATE = "not_date"
    NOT_IN_TABLE = "not_in_table"
    NOT_CHOICE = "not_choice"
    SEVERAL = "several"
    NO_VALUE = "no_value"  # the path ends at an object, not at a value
    CIPHER = "cipher"
    TOO_LONG = "too_long"
    BAD_TEXT = "bad_text"
    BAD_PATH = "bad_path"
    NO_FIELD = "no_field"


class Refused(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


Table = Mapping[str, str]


def transformed(transform: Transform, option: str, table: Table, value: str) -> list[str]:
    """What ``value`` becomes: usually one text, none where it says nothing, several words of a text with keywords.

    Raises:
        Refused: it cannot be read as what the transform wants.
    """
    return _WAYS[transform](option, table, value.strip())


def check_option(transform: Transform, option: str, table: Table) -> None:
    """Raises: BadInput: the transform cannot work so; ``problem`` is ``bad_option`` or ``bad_table``."""
    if (transform in (Transform.LOOKUP, Transform.KEYWORDS)) != bool(table):
        raise BadInput(f"table: {transform} needs one, others have none", field="table", problem="bad_table")
    if not _OPTIONS[transform](option):
        raise BadInput(f"option: {option[:40]!r} does not fit {transform}", field="option", problem="bad_option")


def _text(_option: str, _table: Table, value: str) -> list[str]:
    return [value] if value else []


def _number(_option: str, _table: Table, value: str) -> list[str]:
    if not value:
        return []
    try:
        number = Decimal(value.replace(",", "").replace("，", ""))
    except InvalidOperation as error:
        raise Refused(Reason.NOT_NUMBER) from error
    if not number.is_finite():
        raise Refused(Reason.NOT_NUMBER)
    return [f"{number.normalize():f}"]


def _money(option: str, _table: Table, value: str) -> list[str]:
    plain = value.replace(",", "").removeprefix("¥").removeprefix("￥").strip()
    if not plain:
        return []
    try:
        fen = bounded_fen(int(plain)) if option == FEN else parse_yuan(plain)
    except (BadInput, ValueError) as error:
        raise Refused(Reason.NOT_MONEY) from error
    return [yuan_text(fen)]


def _date(option: str, _table: Table, value: str) -> list[str]:
    """Platforms write 0 and year 0001 for a moment that has not come."""
    if not value or value == "0" or value.startswith(("0000-", "0001-", "1970-01-01")):
        return []
    try:
        return [_moment_text(option, value)]
    except (ValueError, OverflowError, OSError) as error:
        raise Refused(Reason.NOT_DATE) from error


def _moment_text(option: str, value: str) -> str:
    if option in (UNIX, UNIX_MS):
        return shanghai_text(from_unix(int(value) // (1000 if option == UNIX_MS else 1)), _MOMENT)
    if option in ("", ISO):
        moment = datetime.fromisoformat(value)
        is_day = len(value) <= len("2026-11-24")
    else:
        moment = datetime.strptime(value, option)  # noqa: DTZ007  (a zone is put on below)
        is_day = "%H" not in option and "%I" not in option
    aware = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    return shanghai_text(aware, "%Y-%m-%d" if is_day else _MOMENT)


def _lookup(option: str, table: Table, value: str) -> list[str]:
    if not value:
        return []
    if value in table:
        return [table[value]]
    if option == SKIP:
        return []
    if option == KEEP:
        return [value]
    raise Refused(Reason.NOT_IN_TABLE)


def _keywords(_option: str, table: Table, value: str) -> list[str]:
    folded = value.casefold()
    return list(dict.fromkeys(result for word, result in table.items() if word.casefold() in folded))


def _template(option: str, _table: Table, value: str) -> list[str]:
    return [option.replace(VALUE, value)] if value else []


_WAYS: dict[Transform, Callable[[str, Table, str], list[str]]] = {
    Transform.TEXT: _text,
    Transform.NUMBER: _number,
    Transform.MONEY: _money,
    Transform.DATE: _date,
    Transform.LOOKUP: _lookup,
    Transform.KEYWORDS: _keywords,
    Transform.TEMPLATE: _template,
}


def _is_pattern(option: str) -> bool:
    """A pattern that writes a day and reads it back."""
    try:
        written = _MADE_UP.strftime(option)
        return datetime.strptime(written, option).day == _MADE_UP.day  # noqa: DTZ007
    except ValueError:
        return False


_OPTIONS: dict[Transform, Callable[[str], bool]] = {
    Transform.TEXT: lambda option: not option,
    Transform.NUMBER: lambda option: not option,
    Transform.MONEY: lambda option: option in ("", FEN, YUAN),
    Transform.DATE: lambda option: option in ("", ISO, UNIX, UNIX_MS) or _is_pattern(option),
    Transform.LOOKUP: lambda option: option in ("", KEEP, SKIP),
    Transform.KEYWORDS: lambda option: not option,
    Transform.TEMPLATE: lambda option: VALUE in option,
}
