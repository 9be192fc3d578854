"""How do many rows of a view leave as a file? Streamed, so that a million of them need no more memory than a page."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from importlib import import_module
from typing import IO, Any, Protocol

from sqlalchemy import bindparam, text
from sqlmodel import Session

from orderhub.insights.bi import Kind, View
from orderhub.kernel.columns import Moment
from orderhub.kernel.errors import BadInput, SetupError
from orderhub.kernel.safe_cells import safe_cell

_AT_ONCE = 5_000

Rows = Sequence[Sequence[Any]]


class Writer(Protocol):
    def write(self, rows: Rows) -> None: ...

    def close(self) -> None: ...


def exported(session: Session, view: View, writer: Writer, *, since: datetime | None = None) -> int:
    """Give every row of ``view``, or those from ``since`` on, to ``writer``; returns how many.

    Raises:
        BadInput: the view has no moment to narrow it by.
    """
    count = 0
    for rows in _read(session, view, since):
        writer.write(rows)
        count += len(rows)
    writer.close()
    return count


class CsvWriter:
    """UTF-8 with a head; moments in ISO 8601 UTC, days as they are, true and false, nothing for NULL.

    Text that a spreadsheet program would run gets an apostrophe in front.
    """

    def __init__(self, view: View, out: IO[bytes]) -> None:
        self._text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
        self._csv = csv.writer(self._text)
        self._csv.writerow([column.name for column in view.columns])

    def write(self, rows: Rows) -> None:
        self._csv.writerows([[_cell(value) for value in row] for row in rows])

    def close(self) -> None:
        self._text.flush()
        self._text.detach()  # whoever opened the file closes it


class ParquetWriter:
    """Typed columns, compressed; a group of rows for each page that is read."""

    def __init__(self, view: View, out: IO[bytes]) -> None:
        try:
            pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
        except ImportError as error:
            raise SetupError("Parquet needs an extra package: pip install 'orderhub[parquet]', or use CSV") from error
        types = {
            Kind.NUMBER: pyarrow.int64(),
            Kind.TEXT: pyarrow.string(),
            Kind.TRUTH: pyarrow.bool_(),
            Kind.MOMENT: pyarrow.timestamp("us", tz="UTC"),
            Kind.DAY: pyarrow.date32(),
        }
        self._batch = pyarrow.record_batch
        self._schema = pyarrow.schema([(column.name, types[column.kind]) for column in view.columns])
        self._file = parquet.ParquetWriter(out, self._schema, compression="zstd")

    def write(self, rows: Rows) -> None:
        columns = [list(column) for column in zip(*rows, strict=True)]
        self._file.write_batch(self._batch(columns, schema=self._schema))

    def close(self) -> None:
        self._file.close()


def _read(session: Session, view: View, since: datetime | None) -> Iterator[Rows]:
    wanted, given = f"SELECT * FROM {view.name}", {}  # noqa: S608  (a name of ours)
    if since and not view.since:
        raise BadInput(f"{view.name} is of this moment: it has no --since", field="since", problem="no_since")
    if since:
        wanted, given = f"{wanted} WHERE {view.since} >= :since", {"since": since}
    asked = text(f"{wanted} ORDER BY {view.key}" if view.key else wanted)
    if since:
        asked = asked.bindparams(bindparam("since", type_=Moment))
    kinds = [column.kind for column in view.columns]
    streamed = session.execute(asked, given, execution_options={"stream_results": True, "max_row_buffer": _AT_ONCE})
    for part in streamed.partitions(_AT_ONCE):
        yield [[_value(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in part]


def _value(kind: Kind, value: Any) -> Any:
    """As PostgreSQL gives it, whatever the database."""
    if value is None:
        return None
    if kind is Kind.MOMENT:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if kind is Kind.DAY:
        return date.fromisoformat(value) if isinstance(value, str) else value
    return bool(value) if kind is Kind.TRUTH else value


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return safe_cell(value) if isinstance(value, str) else value
