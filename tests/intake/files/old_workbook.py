"""A workbook of the old kind (.xls): BIFF8 records in a compound file, the least that a reader takes."""

import struct
from collections.abc import Sequence
from pathlib import Path

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def write_old_workbook(path: Path, rows: Sequence[Sequence[str | float]], *, beside: str = "") -> Path:
    """``beside`` names a further, empty stream."""
    book = _records(rows).ljust(8 * _SECTOR, b"\0")  # smaller streams would lie elsewhere
    book = book.ljust(-(-len(book) // _SECTOR) * _SECTOR, b"\0")
    sectors = len(book) // _SECTOR
    chain = [_FAT, _END, *range(3, sectors + 2), _END]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(_SECTOR, b"\xff")
    directory = _entry("Root Entry", 5, child=1, start=_END) + _entry("Workbook", 2, start=2, size=len(book))
    directory = (directory + (_entry(beside, 2, start=_END) if beside else b"")).ljust(_SECTOR, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<I", 0) + b"\xff" * 432
    path.write_bytes(header + fat + directory + book)
    return path


def _entry(name: str, kind: int, *, child: int = _FREE, start: int, size: int = 0) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    entry = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    return entry + struct.pack("<III", _FREE, _FREE, child) + bytes(36) + struct.pack("<IQ", start, size)


def _records(rows: Sequence[Sequence[str | float]]) -> bytes:
    start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 6)) + _record(0x42, struct.pack("<H", 1200))
    name = "订单".encode("utf-16-le")
    sheet_at = len(start) + 4 + 8 + len(name) + 4
    globals_ = start + _record(0x85, struct.pack("<IBBBB", sheet_at, 0, 0, 2, 1) + name) + _record(0x0A, b"")
    cells = b"".join(
        _cell(row, column, value)
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
        if value != ""
    )
    widest = max(map(len, rows), default=0)
    size = _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, widest, 0))
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 6))
    return globals_ + begin + size + cells + _record(0x0A, b"")


def _cell(row: int, column: int, value: str | float) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        return _record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
    return _record(0x0203, place + struct.pack("<d", value))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content
