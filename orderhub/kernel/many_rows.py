"""How are many rows written, or asked for, at once? Without an object a row, in the driver's quickest way."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import psycopg
from sqlalchemy import ARRAY, Column, ColumnElement, Dialect, Table, any_, func, literal, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

Values = Mapping[str, Any]
_Bind = Callable[[Any], Any]


def insert_rows(session: Session, table: type[SQLModel], rows: Sequence[Values]) -> None:
    """Write ``rows``, which all name the same columns; a column that none names has the model's default.

    Raises:
        IntegrityError: a row is there already, or may not be; on PostgreSQL only a savepoint brings the rest back.
    """
    if not rows:
        return
    connection = session.connection()
    made = _insertion(table, connection.dialect.name, tuple(rows[0]))
    bound = made.bound(rows, connection.dialect)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(made.statement, bound)
        return
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    try:
        with driver.cursor() as cursor, cursor.copy(made.statement.encode()) as copy:
            for row in bound:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(made.statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def next_ids(session: Session, table: type[SQLModel], count: int) -> Sequence[int]:
    """``count`` ids that nobody else gives to a row of ``table`` meanwhile, ascending."""
    name = _table(table).name
    if session.connection().dialect.name == "sqlite":  # this transaction is the only one that writes
        last = session.connection().exec_driver_sql(f'SELECT coalesce(max(id), 0) FROM "{name}"').scalar_one()  # noqa: S608
        return range(last + 1, last + 1 + count)
    wanted = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return sorted(session.connection().execute(wanted, {"name": f'"{name}"', "count": count}).scalars())


def among(session: Session, column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """``column IN values`` with one parameter for all: a statement with hundreds of them is dear to make."""
    wanted = list(values)
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(select(func.json_each(json.dumps(wanted)).table_valued("value").c.value))
    return column == any_(literal(wanted, ARRAY(column.type)))


class _Insertion:
    """``given`` are the columns that rows name, ``constant`` the others with what each row has there."""

    def __init__(self, table: type[SQLModel], dialect: str, given: Sequence[str]) -> None:
        columns = {column.name: column for column in _table(table).columns}
        self._given = [columns[name] for name in given]
        self._constant = [(column, _default(table, name)) for name, column in columns.items() if name not in given]
        self._constant = [(column, value) for column, value in self._constant if not (column.primary_key and not value)]
        names = [column.name for column in [*self._given, *(column for column, _ in self._constant)]]
        listed = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("?" * len(names))
        into = f'"{_table(table).name}" ({listed})'
        is_sqlite = dialect == "sqlite"
        self.statement = f"INSERT INTO {into} VALUES ({marks})" if is_sqlite else f"COPY {into} FROM STDIN"  # noqa: S608

    def bound(self, rows: Sequence[Values], dialect: Dialect) -> list[tuple[Any, ...]]:
        """Column by column: most values of a column are alike, so each is brought into shape once."""
        columns: list[Iterable[Any]] = [
            _shaped([row[column.name] for row in rows], column, dialect) for column in self._given
        ]
        for column, value in self._constant:
            columns.append(_shaped([value], column, dialect) * len(rows))
        return list(zip(*columns, strict=True))


_insertions: dict[tuple[str, str, tuple[str, ...]], _Insertion] = {}


def _insertion(table: type[SQLModel], dialect: str, given: tuple[str, ...]) -> _Insertion:
    key = (_table(table).name, dialect, given)
    if key not in _insertions:
        _insertions[key] = _Insertion(table, dialect, given)
    return _insertions[key]


def _shaped(values: list[Any], column: Column[Any], dialect: Dialect) -> list[Any]:
    shape = cast("_Bind | None", column.type.dialect_impl(dialect).bind_processor(dialect))
    if shape is None:
        return [value if type(value) in _PLAIN else str(value) for value in values]
    try:
        known = {value: shape(value) for value in set(values)}
    except TypeError:  # JSON, and most of it is empty
        empty = {list: shape([]), dict: shape({})}
        return [shape(value) if value else empty[type(value)] for value in values]
    return [known[value] for value in values]


# Whatever else comes for a column without a shape of its own is a word of an enumeration.
_PLAIN = frozenset({str, int, float, bool, bytes, type(None)})


def _default(table: type[SQLModel], name: str) -> Any:
    field = table.model_fields[name]
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _table(table: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(table.__tablename__)]
