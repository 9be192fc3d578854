"""What stands in this workbook? A process of its own, with little memory and time, prints it as lines of JSON.

Run as ``python -m orderhub.intake.files.sheet_process PATH``. Values only: no formula, link or macro is followed.
"""

import json
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 60
MOST_SHEETS = 20


def main(path: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    workbook = CalamineWorkbook.from_path(path)
    for place, sheet in enumerate(workbook.sheets_metadata[:MOST_SHEETS]):
        if sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible:
            _print([sheet.name])
            _print_sheet(workbook.get_sheet_by_index(place))


def _print_sheet(sheet: Any) -> None:
    merged = _from_top(sheet)
    for number, row in enumerate(_filled(sheet.iter_rows(), merged, sheet.start), 1):
        cells = [text(value) for value in row]
        if any(cells):
            _print([number, cells])


def _from_top(sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """Column → (first row, last row) of cells merged downwards: what stands on top holds for all of them."""
    found: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom > top and left == right:
            found.setdefault(left, []).append((top, bottom))
    return found


def _filled(
    rows: Iterable[list[Any]], merged: dict[int, list[tuple[int, int]]], start: tuple[int, int] | None
) -> Iterator[list[Any]]:
    left = start[1] if start else 0
    open_cells: dict[int, tuple[int, Any]] = {}
    begins = {(top, column): bottom for column, spans in merged.items() for top, bottom in spans}
    for number, row in enumerate(rows):
        for column in merged:
            place = column - left
            if not 0 <= place < len(row):
                continue
            if (number, column) in begins:
                open_cells[column] = (begins[number, column], row[place])
            elif column in open_cells and number <= open_cells[column][0] and row[place] == "":
                row[place] = open_cells[column][1]
        yield row


def text(value: Any) -> str:
    """A cell as it would be written; a number of more than 15 digits shows that the spreadsheet has rounded it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if abs(value) >= 1e15:
            return f"{value:.5E}"
        return str(int(value)) if value.is_integer() else repr(round(value, 10))
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ", "seconds") if isinstance(value, datetime) else value.isoformat()
    return str(value) if isinstance(value, int | timedelta) else ""


def _print(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=True, separators=(",", ":")))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
