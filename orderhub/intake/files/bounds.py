"""What kind of file is this, and is it safe to open? Asked before any parser sees it.

Sizes are bounded packed and unpacked, the content decides what a file is, and its name must not say otherwise.
"""

import gzip
import re
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from orderhub.kernel.errors import BadInput

MOST_BYTES = 50_000_000
MOST_INFLATED = 200_000_000
_MOST_RATIO = 100
_RATIO_FROM = 1_000_000  # below this size even a very dense part harms nobody
_MOST_PARTS = 1000
_CHUNK = 1 << 16

_TEXT_NAMES = frozenset({".csv", ".tsv", ".txt", ".tab"})
_GZIP, _ZIP, _OLE = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"MZ", b"\x7fELF")
_MACROS = re.compile(r"vbaproject|/activex/|/macrosheets/|/dialogsheets/", re.IGNORECASE)
_LINKS = re.compile(r"/externallinks/|/embeddings/", re.IGNORECASE)
_ENTITIES = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


class Kind(StrEnum):
    TEXT = "text"
    XLSX = "xlsx"
    XLS = "xls"


def refused(said: str, problem: str) -> BadInput:
    """The whole file is refused, and why."""
    return BadInput(f"the file {said}", field="file", problem=f"file_{problem}")


def checked_kind(path: Path, name: str) -> Kind:
    """What is in ``path``, which came under ``name``.

    Raises:
        BadInput: too large, empty, of another kind than its name says, or a workbook that holds what we never open.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise refused(f"has {size:,} bytes, at most {MOST_BYTES:,} are read: export a shorter period", "too_large")
    if size == 0:
        raise refused("is empty", "empty")
    with path.open("rb") as file:
        start = file.read(8)
    kind = _kind(start)
    if not _is_named(name, kind):
        raise refused(
            f"is named {PurePosixPath(name).suffix or 'nothing'} but holds {kind}: export it again", "wrong_kind"
        )
    if kind is Kind.XLSX:
        _check_workbook(path)
    elif kind is Kind.XLS:
        _check_old_workbook(path)
    return kind


def inflated(path: Path) -> Path:
    """``path`` itself, or for a ``.gz`` a file beside it that holds what was packed, at most 200 MB of it."""
    with path.open("rb") as file:
        if file.read(2) != _GZIP:
            return path
    target = path.with_name(f"{path.name}.plain")
    try:
        with gzip.open(path) as packed, target.open("wb") as plain:
            _copy(packed, plain, max(path.stat().st_size * _MOST_RATIO, _RATIO_FROM))
    except (OSError, EOFError, zlib.error):
        target.unlink(missing_ok=True)
        raise refused("is a damaged .gz", "damaged") from None
    except BadInput:
        target.unlink(missing_ok=True)
        raise
    return target


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _copy(source: _Source, target: BinaryIO, most: int) -> None:
    written = 0
    while part := source.read(_CHUNK):
        written += len(part)
        if written > min(most, MOST_INFLATED):
            raise refused(f"unpacks to more than {min(most, MOST_INFLATED):,} bytes", "bomb")
        target.write(part)


def _kind(start: bytes) -> Kind:
    if start.startswith(_OLE):
        return Kind.XLS
    if start.startswith(b"PK"):
        return Kind.XLSX
    if start.startswith(_PICTURES):
        raise refused("is no table: CSV, TSV, XLSX and XLS are read", "no_table")
    return Kind.TEXT


def _is_named(name: str, kind: Kind) -> bool:
    plain = name.lower().removesuffix(".gz")
    suffix = PurePosixPath(plain).suffix
    return suffix in _TEXT_NAMES if kind is Kind.TEXT else suffix == f".{kind}"


def _check_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_names([part.filename for part in parts])
            if any(part.flag_bits & 1 for part in parts):
                raise refused("is locked by a password: save it without one", "locked")
            if sum(part.file_size for part in parts) > MOST_INFLATED:
                raise refused(f"unpacks to more than {MOST_INFLATED:,} bytes", "bomb")
            _inflate(archive, parts)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError):
        raise refused("is a damaged workbook: save it again in a spreadsheet program", "damaged") from None


def _check_old_workbook(path: Path) -> None:
    """Its streams are named in plain UTF-16, wherever its directory lies."""
    content = path.read_bytes()
    if _wide("_VBA_PROJECT") in content:
        raise refused("holds macros: save it as a plain .xlsx", "macros")
    if _wide("EncryptedPackage") in content:
        raise refused("is locked by a password: save it without one", "locked")


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def _check_names(names: list[str]) -> None:
    if len(names) > _MOST_PARTS or len(names) != len(set(names)):
        raise refused("has too many parts, or two of one name", "damaged")
    for name in names:
        if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name or not name.isprintable():
            raise refused("holds a part that points outside of it", "path")
        if _MACROS.search(name):
            raise refused("holds macros: save it as a plain .xlsx", "macros")
        if _LINKS.search(name):
            raise refused("is linked with other files or holds them: save it as plain values", "links")
    if "xl/workbook.xml" not in names:
        raise refused("is an archive, not a workbook: take the table out of it first", "no_table")


def _inflate(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Counted while unpacking: a declared size proves nothing."""
    total = 0
    for part in parts:
        size, tail = 0, b""
        with archive.open(part) as packed:
            while chunk := packed.read(_CHUNK):
                size += len(chunk)
                total += len(chunk)
                if total > MOST_INFLATED or (size > _RATIO_FROM and size > part.compress_size * _MOST_RATIO):
                    raise refused(
                        f"unpacks to more than {MOST_INFLATED:,} bytes or {_MOST_RATIO} times its size", "bomb"
                    )
                if _ENTITIES.search(tail + chunk):
                    raise refused("declares XML entities, which no spreadsheet needs", "entities")
                tail = chunk[-16:]
