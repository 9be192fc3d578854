"""How is it written down to which shops and warehouses a row belongs? As paths from its columns, once per table.

A path is a condition on a row's columns (the table's own, or those of an alias) and on what is in sight. Paths are put
together: a scan belongs to the shops of its track, a track to those of the orders in its parcel. Each asks by an index
for the one row it needs (``EXISTS``), never for the list of all that is in sight. They speak of bare tables, which are
themselves never narrowed. ``domain/belonging.py`` and its like in other rooms are written in these words.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Table, and_, inspect, literal_column, or_, select
from sqlmodel import SQLModel

from orderhub.kernel.sight import belongs

Kind = type[SQLModel]
Columns = Any
Path = Callable[[Columns, Collection[Any]], ColumnElement[bool]]
Given = Callable[[Columns, BindParameter[str]], ColumnElement[bool]]

SHOPS: dict[Kind, Path] = {}
WAREHOUSES: dict[Kind, Path] = {}
# The rows behind the words that events, anomalies, tasks and notices call their subject by.
SUBJECTS: dict[str, Kind] = {}
# Words of subjects, and names of tables, that are in every sight, and why.
EVERYBODYS_SUBJECTS: dict[str, str] = {}
EVERYBODYS: dict[str, str] = {}


def own(table: Kind, *, shops: Path | None = None, warehouses: Path | None = None, given: Given | None = None) -> None:
    """Say it of ``table``; ``given`` is which of its rows one person sees all the same."""
    columns = table_of(table).c
    if shops:
        SHOPS[table] = shops
    if warehouses:
        WAREHOUSES[table] = warehouses
    belongs(
        table,
        to_shops=(lambda seen: shops(columns, seen)) if shops else None,
        to_warehouses=(lambda seen: warehouses(columns, seen)) if warehouses else None,
        to_person=(lambda name: given(columns, name)) if given else None,
    )


def everybodys(why: str, *tables: str) -> None:
    EVERYBODYS.update(dict.fromkeys(tables, why))


def everybodys_subjects(why: str, *words: str) -> None:
    EVERYBODYS_SUBJECTS.update(dict.fromkeys(words, why))


def table_of(kind: Kind) -> Table:
    return SQLModel.metadata.tables[str(inspect(kind).local_table)]


def among(column: str) -> Path:
    """The column itself names it."""
    return lambda columns, seen: columns[column].in_(seen)


def any_of(*paths: Path) -> Path:
    return lambda columns, seen: or_(*(path(columns, seen) for path in paths))


def where(condition: Callable[[Columns], ColumnElement[bool]], path: Path) -> Path:
    return lambda columns, seen: and_(condition(columns), path(columns, seen))


@dataclass(frozen=True)
class Through:
    """It belongs to whomever the rows of ``kind`` belong to whose ``key`` is its ``of``.

    Steps that follow each other are one question with joins: a parser's stack is not deep.
    """

    paths: dict[Kind, Path]
    kind: Kind
    key: str
    of: str

    def __call__(self, columns: Columns, seen: Collection[Any]) -> ColumnElement[bool]:
        step: Path = self
        steps, conditions = [], []
        while isinstance(step, Through):
            other = table_of(step.kind).alias()
            conditions.append(other.c[step.key] == columns[step.of])
            steps.append(other)
            columns, step = other.c, step.paths[step.kind]
        return select(literal_column("1")).select_from(*steps).where(*conditions, step(columns, seen)).exists()


def through(paths: dict[Kind, Path], kind: Kind, key: str, of: str = "id") -> Path:
    return Through(paths, kind, key, of)


def about(paths: dict[Kind, Path], *words: str, unbound: bool = False) -> Path:
    """It belongs to whomever its subject belongs to, which is called by one of ``words``; others are not in sight.

    Without ``words`` by any. ``unbound``: a subject that belongs to nobody is in every sight.
    """

    def path(columns: Columns, seen: Collection[Any]) -> ColumnElement[bool]:
        bound = [word for word in words or SUBJECTS if SUBJECTS[word] in paths]
        parts = [
            and_(columns["subject_type"] == word, through(paths, SUBJECTS[word], "id", of="subject_id")(columns, seen))
            for word in bound
        ]
        if unbound:
            everybody = {word for word, kind in SUBJECTS.items() if kind not in paths} | EVERYBODYS_SUBJECTS.keys()
            parts.append(columns["subject_type"].in_(sorted(everybody)))
        return or_(*parts)

    return path


def is_unbound(columns: Columns) -> ColumnElement[bool]:
    """Its subject is no shop's."""
    return columns["subject_type"].not_in(sorted(name for name, kind in SUBJECTS.items() if kind in SHOPS))
