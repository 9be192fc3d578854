"""Which expressions do SQLite and PostgreSQL spell differently?"""

from typing import Any

from sqlalchemy import Float, String
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
