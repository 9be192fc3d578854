"""Which rows of a file belong together? By the order's number, whether they stand together or apart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from orderhub.intake.files.cells import Dates, is_rounded, plain
from orderhub.intake.files.mapping import ADDED_UP, DATES, FileField, FileMapping, named
from orderhub.intake.files.plain_text import Row
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import clean_no

_LINE_FIELDS = (FileField.TITLE, FileField.SKU, FileField.QUANTITY)
_AT_THE_TOP = 3


@dataclass(frozen=True, slots=True)
class FileRow:
    """``values`` stand in the order of the mapping's columns."""

    number: int
    values: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """Why a row is not taken: a stable code, the column it stands in, and what is wrong with it, in English."""

    row: int
    problem: str
    column: str
    said: str


Groups = dict[str, list[FileRow]]


class Columns:
    """Reads the fields of a row by a mapping. ``header`` gives the names people see."""

    def __init__(self, mapping: FileMapping, header: Sequence[str]) -> None:
        shown = {named(name): (place, name) for place, name in reversed(list(enumerate(header))) if name}
        self.mapping = mapping
        self.columns = [column for column in mapping.columns if column.name in shown]
        self._places = [shown[column.name][0] for column in self.columns]
        self._names = [shown[column.name][1] for column in self.columns]
        self.dates = [Dates(one.transform) if one.transform in DATES else Dates.YMD for one in self.columns]
        self.width = len(header)
        self._slots: dict[FileField, list[int]] = {}
        for slot, column in enumerate(self.columns):
            self._slots.setdefault(column.field, []).append(slot)

    def has(self, field: FileField) -> bool:
        return field in self._slots

    def slots(self, field: FileField) -> list[int]:
        return self._slots.get(field, [])

    def name_of(self, field: FileField | str) -> str:
        """The header's own name of a field's first column, for people."""
        slots = self._slots.get(FileField(field), []) if field in list(FileField) else []
        return self._names[slots[0]] if slots else ""

    def read(self, number: int, cells: list[str], known: dict[str, str]) -> FileRow:
        """``known`` keeps one copy of what stands in many rows."""
        values = (plain(cells[place]) for place in self._places)
        return FileRow(number, tuple(known.setdefault(value, value) for value in values))

    def first(self, row: FileRow, field: FileField) -> str:
        """The first of the field's columns that is not empty."""
        for slot in self._slots.get(field, ()):
            if row.values[slot]:
                return row.values[slot]
        return ""

    def values(self, row: FileRow, field: FileField) -> Iterator[tuple[str, int]]:
        """What counts of a field, with its slot: every column of one that adds up, else the first that is filled."""
        for slot in self._slots.get(field, ()):
            if row.values[slot]:
                yield row.values[slot], slot
                if field not in ADDED_UP:
                    return

    def of_order(self, rows: Sequence[FileRow], field: FileField) -> str:
        """What the first row says that says anything."""
        for row in rows:
            if value := self.first(row, field):
                return value
        return ""


def grouped(columns: Columns, rows: Iterable[Row], by: FileField) -> tuple[Groups, list[Problem]]:
    """Rows by their number, in the order in which numbers first come; rows without a place are the problems."""
    groups: Groups = {}
    problems: list[Problem] = []
    known: dict[str, str] = {}
    last = ""
    for place, (number, cells) in enumerate(rows):
        if len(cells) > columns.width:
            problems.append(Problem(number, "more_cells", "", f"has {len(cells)} cells, the header {columns.width}"))
            last = ""
            continue
        row = columns.read(number, cells, known)
        found = columns.first(row, by)
        try:
            key = _number(found) if found else last
        except BadInput as error:
            if place < _AT_THE_TOP and not any(map(str.isdigit, found)):
                continue  # a second header: names again, or explanations of them
            problems.append(Problem(number, error.problem, columns.name_of(by), str(error)))
            last = ""
            continue
        if not found and not any(columns.first(row, field) for field in _LINE_FIELDS):
            continue
        if not key:
            problems.append(Problem(number, "no_number", columns.name_of(by), "has no number"))
            continue
        groups.setdefault(key, []).append(row)
        last = key
    return groups, problems


def _number(text: str) -> str:
    if is_rounded(text):
        raise BadInput(f"{text} was shortened by a spreadsheet", problem="rounded_no")
    if len(text) > 64 or not text.isprintable() or not any(map(str.isdigit, text)):
        raise BadInput("is no number of an order", problem="not_code")
    return clean_no(text)
