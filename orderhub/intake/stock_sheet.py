"""How do goods and counts come in as a table, and go out as one? CSV or XLSX, all of it or nothing, each row named."""

import csv
import io
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlmodel import Session, col, select

from orderhub.domain.sku import Sku, parts_text, put_sku, set_parts, sku_coded, tidy_code
from orderhub.domain.stock import Cause, StockLevel, Warehouse, count, put_warehouse, set_threshold, warehouse_coded
from orderhub.intake.files.bounds import checked_kind
from orderhub.intake.files.sheets import read_sheets
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.money import parse_yuan, yuan_text
from orderhub.kernel.safe_cells import bare_cell, safe_cell
from orderhub.kernel.sight import FieldGroup, sees

MOST_BYTES = 10_000_000
_MOST_ROWS = 5_000  # some 10 s in one transaction, in which SQLite writes nothing else
_COLUMNS = {
    "sku_code": ("商品编码", "sku", "sku_code", "code"),
    "title": ("商品名称", "title", "name"),
    "warehouse": ("仓库", "warehouse"),
    "on_hand": ("实物库存", "库存", "on_hand", "on hand"),
    "threshold": ("缺货预警", "预警", "threshold"),
    "presale": ("预售", "presale"),
    "parts": ("组合", "parts"),
    "gifts": ("赠品", "gifts"),
    "floor": ("底价", "floor", "floor price"),
}
_HEADER = ("商品编码", "商品名称", "仓库", "实物库存", "占用", "可用", "缺货预警", "预售", "组合", "赠品", "底价")
_YES = ("1", "是", "yes", "true", "y")

Numbered = tuple[int, list[str]]


class BadRow(BadInput):
    """``row`` counts as a spreadsheet does, the header being 1."""

    def __init__(self, row: int, error: RuleBroken) -> None:
        problem = getattr(error, "problem", error.code)
        super().__init__(f"row {row}: {error}", field=getattr(error, "field", ""), problem=problem)
        self.row = row


@dataclass(frozen=True)
class Row:
    number: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


def read_sheet(content: bytes) -> list[Row]:
    """The table in ``content``: XLSX by its first bytes, else CSV in UTF-8 or GB18030.

    Raises:
        BadInput: no table, no column of codes, too large, or a spreadsheet that swells beyond measure.
    """
    table = list(islice(table_in(content), _MOST_ROWS + 2))
    if not table:
        raise BadInput("the file is empty", field="file", problem="sheet_empty")
    names = [_meant(cell) for cell in table[0][1]]
    if "sku_code" not in names:
        raise BadInput("the first row names no column 商品编码", field="file", problem="sheet_no_code")
    if len(table) > _MOST_ROWS + 1:
        raise BadInput(f"more than {_MOST_ROWS} rows", field="file", problem="sheet_too_long")
    rows = [Row(number, _cells(names, cells)) for number, cells in table[1:]]
    return [row for row in rows if any(row.cells.values())]


def table_in(content: bytes) -> Iterator[Numbered]:
    """The rows of a table with their numbers, its header first: XLSX by its first bytes, else CSV."""
    return _spreadsheet(content) if content.startswith(b"PK") else _csv(content)


def import_sheet(session: Session, rows: Sequence[Row], *, may_add: bool, by: str, now: datetime) -> int:
    """Make SKUs, bundles, counts and thresholds as the rows say; an empty cell says nothing. Returns how many rows.

    ``may_add``: SKUs and warehouses may be made and changed, else only counted.

    Raises:
        BadRow: the first row that cannot be; the caller's transaction keeps nothing of the others.
    """
    for step in (_take_sku, _take_parts, _take_level):  # a bundle may stand above its parts
        for row in rows:
            try:
                step(session, row, may_add=may_add, by=by, now=now)
            except RuleBroken as error:
                raise BadRow(row.number, error) from error
    return len(rows)


def export_sheet(session: Session) -> Iterator[str]:
    """Lines of a CSV that ``read_sheet`` takes again; cells that a spreadsheet would run are written as text.

    The lowest price is left out for who may not see money.
    """
    shows_floor = sees(FieldGroup.MONEY)
    yield "\ufeff" + _line(_HEADER if shows_floor else _HEADER[:-1])
    skus = session.exec(select(Sku).where(col(Sku.id) > 0).order_by(col(Sku.code))).all()
    ids = [sku.id for sku in skus]
    parts, gifts = parts_text(session, ids, is_gift=False), parts_text(session, ids, is_gift=True)
    levels: dict[int, list[tuple[StockLevel, str]]] = {}
    wanted = select(StockLevel, Warehouse.name).join(Warehouse, col(Warehouse.id) == StockLevel.warehouse_id)
    for level, warehouse in session.exec(wanted.order_by(col(Warehouse.rank), col(Warehouse.id))):
        levels.setdefault(level.sku_id, []).append((level, warehouse))
    for sku in skus:
        tail = ["1" if sku.is_presale else "", parts.get(sku.id, ""), gifts.get(sku.id, "")]
        if shows_floor:
            tail.append(yuan_text(sku.floor_fen) if sku.floor_fen else "")
        for level, warehouse in levels.get(sku.id, [(None, "")]):
            figures = ["", "", "", ""]
            if level:
                figures = [str(n) for n in (level.on_hand, level.reserved, level.available, level.threshold)]
            yield _line([sku.code, sku.title, warehouse, *figures, *tail])


def _take_sku(session: Session, row: Row, *, may_add: bool, by: str, now: datetime) -> None:
    if not may_add:
        sku_coded(session, row["sku_code"])
        return
    presale = row["presale"].lower() in _YES if row["presale"] else None
    floor_fen = parse_yuan(row["floor"].replace(",", ""), field="floor") if row["floor"] else None
    title = row["title"] or None
    put_sku(session, row["sku_code"], title=title, is_presale=presale, floor_fen=floor_fen, by=by, now=now)


def _take_parts(session: Session, row: Row, *, may_add: bool, by: str, now: datetime) -> None:
    for name, is_gift in (("parts", False), ("gifts", True)):
        if row[name] and may_add:
            sku = sku_coded(session, row["sku_code"])
            set_parts(session, sku, row[name], is_gift=is_gift, by=by, now=now)


def _take_level(session: Session, row: Row, *, may_add: bool, by: str, now: datetime) -> None:
    if not row["warehouse"]:
        if row["on_hand"]:
            raise BadInput("warehouse: say where", field="warehouse", problem="sheet_no_warehouse")
        return
    warehouse = _warehouse(session, row["warehouse"], may_add=may_add, now=now)
    sku = sku_coded(session, row["sku_code"])
    if row["on_hand"]:
        pieces = _whole(row, "on_hand")
        count(session, sku.id, warehouse, pieces, reason="表格导入", cause=Cause.IMPORTED, by=by, now=now)
    if row["threshold"]:
        set_threshold(session, sku.id, warehouse, _whole(row, "threshold"), now=now)


def _warehouse(session: Session, name: str, *, may_add: bool, now: datetime) -> Warehouse:
    try:
        return warehouse_coded(session, name)
    except NotFound:
        if not may_add:
            raise
        return put_warehouse(session, name, name=name, now=now)


def _whole(row: Row, name: str) -> int:
    text = row[name].replace(",", "")
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise BadInput(f"{name}: {text[:20]!r} is no whole number", field=name, problem="sheet_no_number")
    return int(text)


def _meant(header: str) -> str:
    tidy = tidy_code(header).lower()
    return next((name for name, words in _COLUMNS.items() if tidy in words), "")


def _cells(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {name: _text(cell) for name, cell in zip(names, cells, strict=False) if name}


def _text(cell: str) -> str:
    text = unicodedata.normalize("NFKC", cell).strip()
    return bare_cell(text)


def _csv(content: bytes) -> Iterator[Numbered]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise BadInput("the file is no text", field="file", problem="sheet_unreadable") from error
    if "\0" in text:
        raise BadInput("the file is no text", field="file", problem="sheet_unreadable")
    try:
        yield from enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), 1)
    except csv.Error as error:
        raise BadInput(f"the file is no CSV: {error}", field="file", problem="sheet_unreadable") from error


def _spreadsheet(content: bytes) -> Iterator[Numbered]:
    """The first sheet, read by a process of its own as every workbook is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stock.xlsx"
        path.write_bytes(content)
        try:
            checked_kind(path, path.name)
            with closing(read_sheets(path)) as sheets:
                _name, rows = next(sheets)
                yield from rows
        except StopIteration as error:
            raise BadInput("the spreadsheet has no sheet", field="file", problem="sheet_empty") from error
        except BadInput as error:
            is_long = error.problem in ("file_bomb", "file_too_large")
            problem = "sheet_too_long" if is_long else "sheet_unreadable"
            raise BadInput(str(error), field="file", problem=problem) from error


def _line(cells: Sequence[str]) -> str:
    made = io.StringIO()
    csv.writer(made).writerow(map(safe_cell, cells))
    return made.getvalue()
