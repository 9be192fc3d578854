"""Does a buyer's name, telephone or address, or a secret, lie anywhere in the clear? Looked for, not believed.

In the database every text is read for telephones and addresses, and for what the sealed columns really hold; files are
read the same way, and database files byte by byte for what is sealed. A finding shows where and what kind, masked.
"""

import gzip
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, String, Table
from sqlmodel import Session, SQLModel, select

from orderhub.kernel.db import database, reading
from orderhub.kernel.errors import SetupError
from orderhub.kernel.sealing import SealedColumn, sealed_columns
from orderhub.kernel.secrets import FORMER_FILE, KEY_FILE, is_sealed
from orderhub.kernel.settings import settings

_PHONE = re.compile(r"(?<![0-9A-Za-z_.\-])(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?![0-9A-Za-z])", re.ASCII)
_ADDRESS = re.compile(
    r"[\u4e00-\u9fff]{2,}(?:省|市|自治区|自治州|区|县)[\u4e00-\u9fff 　]{1,20}"
    r"(?:路|街|大道|巷|弄|村|小区|花园)[^\n\"，,;；]{0,20}?\d{1,5} ?(?:号|弄|栋|幢|单元|室)"
)
# The merchant's own, published or meant for partners: nobody's private data.
ALLOWED = {
    "service_contact.phone": "the merchant's own number, shown to buyers",
    "service_contact.words": "the merchant's own words, shown to buyers",
}
_BUYERS = "buyer_contact.sealed"
_MERCHANTS_OWN = "carrier_account.sender_sealed"  # the address on the merchant's own parcels
_BODIES = "inbox_message.body"
_LEAST_NAME, _LEAST_SECRET = 2, 8
_ROWS = 500
_MOST_BYTES = 200_000_000
_LEFT_OUT = {KEY_FILE, FORMER_FILE}  # what opens everything else; for its owner alone
_PICTURES = {".jpg", ".jpeg", ".png", ".webp"}
_DATABASES = {".db", ".sqlite", ".db-wal", ".db-shm"}


@dataclass(frozen=True)
class Finding:
    """``where`` is ``table.column`` and the row, or a file and the line."""

    where: str
    kind: str
    shown: str

    def __str__(self) -> str:
        return f"{self.where}: {self.kind} {self.shown}"


@dataclass(frozen=True)
class PrivacyProof:
    """``unread`` are files that could not be read through: what may stand in them is not known."""

    texts: int
    files: int
    known: int
    findings: tuple[Finding, ...]
    unread: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        return not self.findings and not self.unread

    def __str__(self) -> str:
        said = f"{self.texts} texts and {self.files} files, and {self.known} sealed values looked for in them"
        found = [f"  {finding}" for finding in self.findings] + [f"  {name}: not readable" for name in self.unread]
        return "\n".join([f"{said}: {len(self.findings)} in the clear", *found])


@dataclass(frozen=True)
class _Known:
    """A sealed value in the clear; it never leaves this process."""

    kind: str
    value: str


def prove_privacy(also: Sequence[Path] = ()) -> PrivacyProof:
    """Over the database in use, the data directory, and the files and folders of ``also`` (logs, backups, exports)."""
    with reading() as session:
        known = list(_known(session))
        texts, findings = 0, []
        for table in SQLModel.metadata.sorted_tables:
            for where, text in _texts(session, table):
                texts += 1
                findings += [Finding(where, kind, shown) for kind, shown in _found(text, known)]
    files, unread = 0, []
    for path in _files([settings().data_dir, *_database_files(), *also]):
        files += 1
        try:
            findings += _in_file(path, known)
        except (OSError, ValueError, zipfile.BadZipFile):
            unread.append(str(path))
    return PrivacyProof(texts, files, len(known), tuple(dict.fromkeys(findings)), tuple(unread))


def _known(session: Session) -> Iterator[_Known]:
    """What lies sealed here: nothing of it may stand anywhere else."""
    for column in sealed_columns():
        if column.name in (_BODIES, _MERCHANTS_OWN):
            continue
        for row in session.exec(select(column.table)):
            with suppress(SetupError):
                yield from _parts_of(column, column.open(session, row))


def _parts_of(column: SealedColumn, opened: str) -> Iterator[_Known]:
    if column.name != _BUYERS:
        if len(opened) >= _LEAST_SECRET:
            yield _Known(f"a secret of {column.name}", opened)
        return
    said = json.loads(opened) if opened else {}
    for part, kind in (("name", "a name"), ("mobile", "a telephone"), ("address", "an address")):
        if len(said.get(part, "")) >= _LEAST_NAME:
            yield _Known(kind, said[part])


def _texts(session: Session, table: Table) -> Iterator[tuple[str, str]]:
    columns = [column for column in table.columns if isinstance(column.type, String | JSON) or _is_json(column.type)]
    columns = [column for column in columns if f"{table.name}.{column.name}" not in ALLOWED]
    if not columns:
        return
    keys = list(table.primary_key)
    for row in session.execute(select(*keys, *columns)).yield_per(_ROWS):
        of_row = ":".join(str(part) for part in row[: len(keys)])
        for column, value in zip(columns, row[len(keys) :], strict=True):
            text = _as_text(value)
            if text and not is_sealed(text):
                yield f"{table.name}.{column.name} of row {_masked_key(of_row)}", text


def _is_json(kind: Any) -> bool:
    return isinstance(getattr(kind, "impl", None), String | JSON)


def _as_text(value: object) -> str:
    return (
        value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    )


def _found(text: str, known: Iterable[_Known]) -> Iterator[tuple[str, str]]:
    for kind, pattern in (("a telephone", _PHONE), ("an address", _ADDRESS)):
        for match in pattern.finditer(text):
            yield kind, _masked(match.group())
    for one in known:
        if one.value in text:
            yield one.kind, _masked(one.value)


def _in_file(path: Path, known: Sequence[_Known]) -> Iterator[Finding]:
    for part, content in _contents(path):
        where = f"{path}{part}"
        if _is_binary(path, content):
            yield from (Finding(where, one.kind, _masked(one.value)) for one in known if one.value.encode() in content)
            continue
        for line_no, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            yield from (Finding(f"{where} line {line_no}", kind, shown) for kind, shown in _found(line, known))


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """A file's bytes, or those of each file packed into it. Raises: ValueError: too large to be read through."""
    if path.stat().st_size > _MOST_BYTES and path.suffix not in _DATABASES:
        raise ValueError(f"{path}: larger than {_MOST_BYTES} bytes")
    if path.suffix == ".gz":
        yield "", gzip.decompress(path.read_bytes())
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_BYTES:
                raise ValueError(f"{path}: inflates beyond {_MOST_BYTES} bytes")
            for one in packed.infolist():
                yield f" ({one.filename})", packed.read(one)
    else:
        yield "", path.read_bytes()


def _is_binary(path: Path, content: bytes) -> bool:
    return path.suffix in _DATABASES or b"\0" in content[:4096]


def _files(places: Iterable[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and path.name not in _LEFT_OUT and path.suffix.lower() not in _PICTURES:
                found[path.resolve()] = None
    return list(found)


def _database_files() -> list[Path]:
    """With its write-ahead log: rows that were overwritten may still stand there."""
    url = database().url
    names = (url.database or "", f"{url.database}-wal") if database().embedded else ()
    return [Path(name) for name in names if Path(name).is_file()]


def _masked(value: str) -> str:
    """Enough to find it by, too little to use it."""
    return f"{value[:1]}…{value[-1:]} ({len(value)} characters)"


def _masked_key(key: str) -> str:
    return _PHONE.sub("…", key)
