"""Which expressions do SQLite and PostgreSQL spell differently?"""

from typing import Any

from sqlalchemy import BigInteger, Float, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class utc_hour(FunctionElement[str]):  # noqa: N801  (reads as the SQL function it is)
    """``2026-11-24 02`` of a moment: its hour in UTC."""

    type = String()
    inherit_cache = True


class utc_minute(FunctionElement[str]):  # noqa: N801
    """``2026-11-24 02:31`` of a moment."""

    type = String()
    inherit_cache = True


class shanghai_day(FunctionElement[str]):  # noqa: N801
    """``2026-11-24`` of a moment: the business day. China has had no summer time since 1991."""

    type = String()
    inherit_cache = True


class week_hour(FunctionElement[str]):  # noqa: N801
    """``2 10`` of a moment in Shanghai: weekday (0 is Sunday) and hour."""

    type = String()
    inherit_cache = True


class seconds_between(FunctionElement[float]):  # noqa: N801
    """Seconds from the first moment to the second."""

    type = Float()
    inherit_cache = True


class whole_seconds(FunctionElement[int]):  # noqa: N801
    """Of a moment since 1970; whole, so that both databases divide it alike."""

    type = BigInteger()
    inherit_cache = True


class joined_ids(FunctionElement[str]):  # noqa: N801
    """The ids of a column in one text with commas between them, in any order."""

    type = String()
    inherit_cache = True


_LOCAL = "{0} AT TIME ZONE 'Asia/Shanghai'"
_SPELLED: dict[type[FunctionElement[Any]], dict[str, str]] = {
    utc_hour: {
        "sqlite": "substr({0}, 1, 13)",
        "postgresql": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')",
    },
    utc_minute: {
        "sqlite": "substr({0}, 1, 16)",
        "postgresql": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')",
    },
    shanghai_day: {
        "sqlite": "date({0}, '+8 hours')",
        "postgresql": f"to_char({_LOCAL}, 'YYYY-MM-DD')",
    },
    week_hour: {
        "sqlite": "strftime('%w %H', {0}, '+8 hours')",
        "postgresql": f"(extract(dow FROM {_LOCAL})::int::text || to_char({_LOCAL}, ' HH24'))",
    },
    seconds_between: {
        "sqlite": "((julianday({1}) - julianday({0})) * 86400.0)",
        "postgresql": "extract(epoch FROM {1} - {0})",
    },
    whole_seconds: {
        "sqlite": "CAST(strftime('%s', {0}) AS INTEGER)",
        "postgresql": "floor(extract(epoch FROM {0}))::bigint",
    },
    joined_ids: {
        "sqlite": "group_concat(DISTINCT {0})",
        "postgresql": "string_agg(DISTINCT ({0})::text, ',')",
    },
}


def _spell(function: type[FunctionElement[Any]], dialect: str, spelling: str) -> None:
    @compiles(function, dialect)
    def say(element: Any, compiler: Any, **kwargs: Any) -> str:
        return spelling.format(*(compiler.process(part, **kwargs) for part in element.clauses))


for _function, _spellings in _SPELLED.items():
    for _dialect, _spelling in _spellings.items():
        _spell(_function, _dialect, _spelling)
