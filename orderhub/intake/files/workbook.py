"""How does a table leave the hub as a file? CSV or XLSX, row by row; who took it and when is written into it.

Nothing in it is run by a spreadsheet program: in a workbook every text is a text cell, in a CSV what begins like a
formula bears an apostrophe. Money is a number with two decimals in both.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.money import yuan_text
from orderhub.kernel.safe_cells import safe_cell

# A sheet holds 1,048,576 rows; what is more goes on in the next one.
_MOST_ROWS = 1_000_000
_LONGEST = 32_000
_WIDEST = 40
# Or else a text that looks like one becomes a formula, a link, a number.
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return sheet if self is Format.XLSX else "text/csv; charset=utf-8"


class Fen(int):
    """An amount, written in yuan."""


Cell = str | int | Fen


@dataclass(frozen=True)
class Paper:
    """``title`` names the sheet; ``said`` are lines about where it comes from, the first of them who took it and when.

    ``about`` names the sheet that holds them in a workbook; in a CSV the first of them is the first line.
    """

    title: str
    names: Sequence[str]
    about: str
    said: Sequence[str]
    by: str
    made_at: datetime


def write_table(path: Path, form: Format, paper: Paper, rows: Iterable[Sequence[Cell]]) -> int:
    """Write ``rows`` to ``path`` without holding them; returns how many."""
    return write_book(path, [(paper, rows)]) if form is Format.XLSX else _write_csv(path, paper, rows)


def write_book(path: Path, tables: Sequence[tuple[Paper, Iterable[Sequence[Cell]]]]) -> int:
    """One workbook of several tables, each on a sheet of its own; returns how many rows they have together."""
    count = 0
    paper = tables[0][0]
    with Workbook(str(path), {"constant_memory": True, **_PLAIN}) as book:
        book.set_properties(
            {
                "title": paper.title,
                "author": paper.by,
                "comments": "\n".join(paper.said),
                "created": paper.made_at.astimezone(SHANGHAI).replace(tzinfo=None),
            }
        )
        bold = book.add_format({"bold": True})
        money = book.add_format({"num_format": "#,##0.00"})
        for one, rows in tables:
            count += _write_rows(book, one, rows, bold, money)
        about = book.add_worksheet(paper.about)
        about.set_column(0, 0, 80)
        for place, line in enumerate(paper.said):
            about.write_string(place, 0, line)
    return count


def _write_csv(path: Path, paper: Paper, rows: Iterable[Sequence[Cell]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow([safe_cell(paper.said[0])])
        table.writerow(map(safe_cell, paper.names))
        for row in rows:
            table.writerow(map(_text, row))
            count += 1
    return count


def _text(cell: Cell) -> str:
    if isinstance(cell, Fen):
        return yuan_text(cell)
    return safe_cell(cell) if isinstance(cell, str) else str(cell)


def _write_rows(
    book: Workbook, paper: Paper, rows: Iterable[Sequence[Cell]], bold: CellFormat, money: CellFormat
) -> int:
    count = 0
    sheet, row_no = _sheet(book, paper, "", bold), 0
    for row in rows:
        if row_no == _MOST_ROWS:
            sheet, row_no = _sheet(book, paper, f" {count // _MOST_ROWS + 1}", bold), 0
        row_no, count = row_no + 1, count + 1
        for place, cell in enumerate(row):
            if isinstance(cell, Fen):
                sheet.write_number(row_no, place, float(Decimal(cell) / 100), money)
            elif isinstance(cell, int):
                sheet.write_number(row_no, place, cell)
            elif cell:
                sheet.write_string(row_no, place, cell[:_LONGEST])
    return count


def _sheet(book: Workbook, paper: Paper, number: str, bold: CellFormat) -> Worksheet:
    sheet = book.add_worksheet(f"{paper.title[:25]}{number}")
    sheet.freeze_panes(1, 0)
    for place, width in enumerate(_widths(paper.names)):
        sheet.set_column(place, place, width)
    for place, name in enumerate(paper.names):
        sheet.write_string(0, place, name, bold)
    return sheet


def _widths(names: Sequence[str]) -> Iterator[int]:
    """A character of ours is as wide as two of theirs."""
    for name in names:
        yield min(_WIDEST, max(12, 2 * len(name) + 2))
