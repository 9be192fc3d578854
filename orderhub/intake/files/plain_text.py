"""How is a table in plain text read? Its encoding is found first, for the whole file, then its separator."""

import codecs
import csv
import io
import itertools
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

from orderhub.intake.files.bounds import refused

LONGEST_CELL = 10_000
_CHUNK = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SEPARATORS = ",\t;|"
_LOOKED_AT = 60
# Some exports write a tab after the closing quote of an id, which no reader of CSV expects.
_TAB_AFTER_QUOTE = re.compile(r'(?<=")[\t ]+(?=[,;]|\r?$)')

Row = tuple[int, list[str]]


def read_rows(path: Path) -> Iterator[Row]:
    """Rows with the number of the line each one ends on, lazily.

    Raises:
        BadInput: not text, not one encoding throughout, or a quote that never closes.
    """
    encoding = find_encoding(path)
    separator = _separator(path, encoding)
    with path.open(encoding=encoding, newline="") as file:
        lines = (_TAB_AFTER_QUOTE.sub("", line) for line in file)
        rows = csv.reader(lines, delimiter=separator, strict=True)
        try:
            for row in rows:
                if any(len(cell) > LONGEST_CELL for cell in row):
                    raise refused(
                        f"has a cell of more than {LONGEST_CELL:,} characters near line {rows.line_num}", "quotes"
                    )
                yield rows.line_num, row
        except csv.Error:
            raise refused(f"has a quote that does not close, near line {rows.line_num}", "quotes") from None


def find_encoding(path: Path) -> str:
    """``utf-8``, ``gb18030`` or what the byte order mark says; the whole file is read for it."""
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((name for mark, name in _BOMS if start.startswith(mark)), "")
    for name in [marked] if marked else ["utf-8", "gb18030"]:
        if _is_all(path, name):
            if name == "gb18030":
                _check_one_encoding(path)
            return name
    raise refused("is neither UTF-8 nor GBK throughout: export it again, or save it as UTF-8", "encoding")


def _is_all(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                if "\0" in decoder.decode(chunk):
                    raise refused("holds NUL bytes: it is no text", "no_table")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _check_one_encoding(path: Path) -> None:
    """Chinese in UTF-8 reads as nonsense in GBK without any error: a line of it among others tells."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            try:
                text = line.decode()
            except UnicodeDecodeError:
                continue
            if sum("\u4e00" <= character <= "\u9fff" for character in text) >= 2:
                raise refused(f"mixes UTF-8 (line {number}) with GBK: join exports of one encoding only", "encoding")


def _separator(path: Path, encoding: str) -> str:
    """The one that cuts the first lines into most cells; the middle line counts, so titles do not."""
    with path.open(encoding=encoding, newline="") as file:
        first = list(itertools.islice((line[:20_000] for line in file), _LOOKED_AT))

    def width(separator: str) -> float:
        try:
            rows = list(csv.reader(io.StringIO("".join(first)), delimiter=separator))
        except csv.Error:
            return 0
        return statistics.median(len(row) for row in rows) if rows else 0

    return max(_SEPARATORS, key=width)
