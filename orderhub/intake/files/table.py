"""Where does the table in a file begin? Titles, comments, second headers and totals are no rows of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from orderhub.intake.files.bounds import Kind, checked_kind, inflated, refused
from orderhub.intake.files.cells import plain
from orderhub.intake.files.layouts import recognise
from orderhub.intake.files.mapping import named
from orderhub.intake.files.plain_text import Row, read_rows
from orderhub.intake.files.sheets import read_sheets

MOST_ROWS = 500_000
MOST_COLUMNS = 300
_LOOKED_AT = 60
_NO_DATA = re.compile(r"#|-{4,}|={4,}|\*{4,}")
_TOTALS = re.compile(r"合计|总计|小计|本页合计|汇总|共\s*\d+\s*[笔条单]|(?:grand |sub)?total\b|sum\b", re.IGNORECASE)
_VALUE = re.compile(r"[-+¥￥=\"'`]*[\d.,:/\-\s年月日%]+[元件]?\"?")


@dataclass(frozen=True)
class Table:
    """``header`` as written; ``rows`` are read once, each as long as the header."""

    header: tuple[str, ...]
    rows: Iterator[Row]
    sheet: str = ""


@contextmanager
def opened(path: Path, name: str) -> Iterator[Table]:
    """The table in ``path``, which came under ``name``.

    Raises:
        BadInput: the file cannot be read, and why; also while the rows are read.
    """
    source = inflated(path)
    try:
        kind = checked_kind(source, name)
        sheets = iter([("", read_rows(source))]) if kind is Kind.TEXT else read_sheets(source)
        yield _first_table(sheets)
    finally:
        if source != path:
            source.unlink(missing_ok=True)


def _first_table(sheets: Iterator[tuple[str, Iterator[Row]]]) -> Table:
    """Of the first sheet that has a header we know, else of the first that has any; sheets are read once, in order."""
    for sheet, rows in sheets:
        first = list(islice(rows, _LOOKED_AT))
        place = _header_place([cells for _, cells in first])
        if place is not None:
            header = tuple(plain(cell) for cell in first[place][1])
            while header and not header[-1]:
                header = header[:-1]
            if len(header) > MOST_COLUMNS:
                raise refused(f"has {len(header)} columns, at most {MOST_COLUMNS} are read", "too_wide")
            return Table(header, _rows(header, chain(first[place + 1 :], rows)), sheet)
    raise refused("has no table: one row must name the columns", "no_header")


def _header_place(rows: list[list[str]]) -> int | None:
    """The first row that a platform's layout knows, else the first whose cells are all names over a wide table."""
    for place, cells in enumerate(rows):
        if sum(map(bool, cells)) > 1 and recognise(plain(cell) for cell in cells):
            return place
    widths = [sum(1 for cell in cells if plain(cell)) for cells in rows]
    usual = sorted(widths)[len(widths) // 2] if widths else 0
    for place, cells in enumerate(rows):
        names = [plain(cell) for cell in cells if plain(cell)]
        if len(names) >= max(2, usual * 0.6) and len(set(names)) == len(names) and not _has_values(names):
            return place
    return None


def _has_values(names: list[str]) -> bool:
    return any(_VALUE.fullmatch(name) or len(name) > 60 for name in names)


def _rows(header: tuple[str, ...], rows: Iterator[Row]) -> Iterator[Row]:
    width, count = len(header), 0
    again = [named(name) for name in header]
    for number, cells in rows:
        first = next((text for cell in cells if (text := cell.strip("\ufeff \t"))), "")
        if not first or _NO_DATA.match(first) or _TOTALS.match(plain(first)):
            continue
        if first[:1] in header[0][:1] and [named(cell) for cell in cells[:width]] == again:
            continue
        count += 1
        if count > MOST_ROWS:
            raise refused(f"has more than {MOST_ROWS:,} rows: export a shorter period", "too_long")
        has_more = len(cells) > width and any(cell.strip() for cell in cells[width:])
        yield number, cells if has_more else [*cells[:width], *[""] * (width - len(cells))]
