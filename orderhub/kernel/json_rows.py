"""How does one statement take many rows? As one JSON parameter that the database reads as a table ``w``.

A statement with a value list grows with its rows and is read anew each time; this one stays the same and is prepared
once. ``w.value->>0`` is the first value of a row, as text or number.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlmodel import Session

_READ = {
    "sqlite": ("json_each(:rows) AS w", "{}"),
    "postgresql": ("jsonb_array_elements(CAST(:rows AS jsonb)) AS w(value)", "CAST({} AS timestamptz)"),
}
_MOST_VALUES = 12


def run_with_rows(
    session: Session, statement: str, rows: Iterable[Sequence[Any]], **bound: object
) -> Sequence[Sequence[Any]]:
    """Run ``statement``; ``{rows}`` in it is the table of ``rows``, ``{3:moment}`` their fourth value as a moment.

    ``bound`` are its other parameters.

    Returns what it selects or returns.
    """
    name = session.get_bind().dialect.name
    written = json.dumps(list(rows), ensure_ascii=False, default=_moment_in(name))
    done = session.connection().execute(_statement(statement, name), {"rows": written, **bound})
    return done.all() if done.returns_rows else ()


class _Moment:
    """``{3:moment}`` in a statement."""

    def __init__(self, place: int, cast: str) -> None:
        self._said = cast.format(f"(w.value->>{place})")

    def __format__(self, _: str) -> str:
        return self._said


@cache
def _statement(statement: str, dialect: str) -> TextClause:
    rows, moment = _READ[dialect]
    return text(statement.format(*[_Moment(place, moment) for place in range(_MOST_VALUES)], rows=rows))


@cache
def _moment_in(dialect: str) -> Callable[[Any], str]:
    """As ``kernel/columns.Moment`` lies in that database."""

    @lru_cache(maxsize=4_096)  # one moment often stands in several rows
    def written(value: Any) -> str:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise TypeError(f"no value of a row: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None).isoformat(" ", "microseconds") if dialect == "sqlite" else utc.isoformat()

    return written
