"""How is a workbook read? By a process that may use little memory and time, and may fail without harm."""

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

from orderhub.intake.files.bounds import refused
from orderhub.intake.files.plain_text import LONGEST_CELL, Row

SECONDS = 120
_ROOT = Path(__file__).resolve().parents[3]


def read_sheets(path: Path) -> Generator[tuple[str, Iterator[Row]], None, None]:
    """Every visible sheet with its rows, in order; a sheet's rows must be read before the next is asked for.

    Raises:
        BadInput: the reader came to an end of its own: damaged, locked, or beyond its memory or time.
    """
    command = [sys.executable, "-I", "-c", _start(), str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=_ROOT) as reader:  # noqa: S603  (our own)
        watch = threading.Timer(SECONDS, reader.kill)
        watch.start()
        try:
            yield from _Sheets(reader)
            said = reader.stderr.read() if reader.stderr else ""
            if reader.wait() != 0:
                _explain(said)
        finally:
            watch.cancel()
            if reader.poll() is None:
                reader.kill()


def _start() -> str:
    """Isolated (``-I``), so that nothing of the environment decides what is imported, but from this checkout."""
    return (
        f"import sys; sys.path.insert(0, {str(_ROOT)!r}); "
        "from orderhub.intake.files.sheet_process import main; main(sys.argv[1])"
    )


class _Sheets:
    def __init__(self, reader: subprocess.Popen[str]) -> None:
        self._lines = iter(reader.stdout or ())
        self._next: list | None = None

    def __iter__(self) -> Iterator[tuple[str, Iterator[Row]]]:
        self._next = self._line()
        while self._next is not None:
            name = self._next[0]
            yield name, self._rows()
            while self._next is not None and len(self._next) != 1:  # what nobody wanted to read
                self._next = self._line()

    def _rows(self) -> Iterator[Row]:
        while (found := self._line()) is not None and len(found) == 2:
            if any(len(cell) > LONGEST_CELL for cell in found[1]):
                raise refused(f"has a cell of more than {LONGEST_CELL:,} characters in row {found[0]}", "quotes")
            yield found[0], found[1]
        self._next = found

    def _line(self) -> list | None:
        line = next(self._lines, "")
        return json.loads(line) if line.endswith("\n") else None


def _explain(said: str) -> None:
    """The last line of what the reader said; none of it is shown, for it may hold a cell."""
    if "assword" in said:
        raise refused("is locked by a password: save it without one", "locked")
    if "MemoryError" in said or "memory allocation" in said or not said.strip():
        raise refused("needs more memory or time than a table may: save its one sheet as CSV", "bomb")
    raise refused("is a damaged workbook: open it in a spreadsheet program and save it again", "damaged")
