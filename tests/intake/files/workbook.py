"""Workbooks to read and to refuse, written part by part: no library writes hostile ones."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

Cell = str | int | float


def write_workbook(
    path: Path,
    rows: Sequence[Sequence[Cell]],
    *,
    merged: Sequence[str] = (),
    extra: Mapping[str, bytes] | None = None,
    start: str = "",
) -> Path:
    """``merged`` as ``A2:A3``; ``extra`` parts by name; ``start`` stands before the sheet's own XML."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _relation("officeDocument", "xl/workbook.xml"))
        archive.writestr("xl/_rels/workbook.xml.rels", _relation("worksheet", "worksheets/sheet1.xml"))
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="订单" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{start}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for number, row in enumerate(rows, 1):
                sheet.write(f'<row r="{number}">{"".join(map(_cell, _names(number, len(row)), row))}</row>'.encode())
            spans = "".join(f'<mergeCell ref="{span}"/>' for span in merged)
            sheet.write(f"</sheetData>{f'<mergeCells>{spans}</mergeCells>' if spans else ''}</worksheet>".encode())
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return path


def _relation(kind: str, target: str) -> str:
    one = f'<Relationship Id="r1" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{_RELATIONS}">{one}</Relationships>'


def _names(row: int, width: int) -> list[str]:
    first = ["", *map(chr, range(65, 91))]
    letters = [f"{first[place // 26]}{chr(65 + place % 26)}" for place in range(width)]
    return [f"{letter}{row}" for letter in letters]


def _cell(name: str, value: Cell) -> str:
    if value == "":
        return ""
    if isinstance(value, str):
        return f'<c r="{name}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{name}"><v>{value}</v></c>'
