"""Which expressions do SQLite and PostgreSQL spell differently?"""

from typing import Any

from sqlalchemy import BigInteger, Float, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class utc_hour(FunctionElement[str]):  # noqa: N801  (reads as the SQL function it is)
    """``2026-11-24 02`` of a moment: its hour in UTC."""

    type = String()
    inherit_cache = True


class shanghai_day(FunctionElement[str]):  # noqa: N801
    """``2026-11-24`` of a moment: the business day. China has had no summer time since 1991."""

    type = String()
    inherit_cache = True


class seconds_between(FunctionElement[float]):  # noqa: N801
    """Seconds from the first moment to the second."""

    type = Float()
    inherit_cache = True


@compiles(utc_hour, "sqlite")
def _hour_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"substr({compiler.process(element.clauses, **kwargs)}, 1, 13)"


@compiles(utc_hour, "postgresql")
def _hour_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **kwargs)} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"


@compiles(shanghai_day, "sqlite")
def _day_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"date({compiler.process(element.clauses, **kwargs)}, '+8 hours')"


@compiles(shanghai_day, "postgresql")
def _day_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **kwargs)} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"


@compiles(seconds_between, "sqlite")
def _seconds_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    start, end = (compiler.process(part, **kwargs) for part in element.clauses)
    return f"((julianday({end}) - julianday({start})) * 86400.0)"


@compiles(seconds_between, "postgresql")
def _seconds_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    start, end = (compiler.process(part, **kwargs) for part in element.clauses)
    return f"extract(epoch FROM {end} - {start})"


class utc_minute(FunctionElement[str]):  # noqa: N801
    """``2026-11-24 02:31`` of a moment."""

    type = String()
    inherit_cache = True


class week_hour(FunctionElement[str]):  # noqa: N801
    """``2 10`` of a moment in Shanghai: weekday (0 is Sunday) and hour. China has had no summer time since 1991."""

    type = String()
    inherit_cache = True


class whole_seconds(FunctionElement[int]):  # noqa: N801
    """Of a moment since 1970; whole, so that both databases divide it alike."""

    type = BigInteger()
    inherit_cache = True


class joined_ids(FunctionElement[str]):  # noqa: N801
    """The ids of a column in one text with commas between them, in any order."""

    type = String()
    inherit_cache = True


@compiles(utc_minute, "sqlite")
def _minute_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"substr({compiler.process(element.clauses, **kwargs)}, 1, 16)"


@compiles(utc_minute, "postgresql")
def _minute_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **kwargs)} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"


@compiles(week_hour, "sqlite")
def _week_hour_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"strftime('%w %H', {compiler.process(element.clauses, **kwargs)}, '+8 hours')"


@compiles(week_hour, "postgresql")
def _week_hour_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    local = f"{compiler.process(element.clauses, **kwargs)} AT TIME ZONE 'Asia/Shanghai'"
    return f"(extract(dow FROM {local})::int::text || to_char({local}, ' HH24'))"


@compiles(whole_seconds, "sqlite")
def _whole_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **kwargs)}) AS INTEGER)"


@compiles(whole_seconds, "postgresql")
def _whole_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"floor(extract(epoch FROM {compiler.process(element.clauses, **kwargs)}))::bigint"


@compiles(joined_ids, "sqlite")
def _joined_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"group_concat(DISTINCT {compiler.process(element.clauses, **kwargs)})"


@compiles(joined_ids, "postgresql")
def _joined_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"string_agg(DISTINCT ({compiler.process(element.clauses, **kwargs)})::text, ',')"
