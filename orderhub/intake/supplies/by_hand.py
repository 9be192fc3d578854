"""How is a file of suppliers and purchases taken from the command line? Looked at first, as on the page."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from orderhub.domain.supply_drafts import Note, Noted, SupplyFile
from orderhub.intake.files.by_hand import file_link
from orderhub.intake.supplies.reading import BadSupplies, read_supplies
from orderhub.intake.supplies.taking import Taken, Weighed, take, weigh
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import SYSTEM

_DONE = {
    Noted.NO_PROMISE: "kept without a promise: neither on time nor late",
    Noted.NO_ORDER_DAY: "kept without a day of order: their lead time is not known",
    Noted.NOT_NEEDED: "kept: nothing is made of this column",
    Noted.LEFT_OUT: "left out",
    Noted.NOT_COUNTED: "kept; the file does not say what was wrong or defective, so no figure is made of it",
    Noted.PRICE_ROUNDED: "prices rounded to hundredths",
    Noted.NO_PRICE: "kept without a price: it is not compared",
    Noted.NO_ORDERS: "suppliers without an order: their cards have no figures",
}


def file_read(path: Path) -> SupplyFile:
    """Raises: BadInput: there is no such file, or it cannot be read; BadSupplies: which rows."""
    with file_link(path) as link:
        read = read_supplies(link, path.name)
    if read.problems:
        raise BadSupplies(read.problems)
    return read.file


def supplied_by_hand(path: Path, *, is_history: bool, may_take: Callable[[], bool]) -> Iterator[str]:
    """What is in ``path``, then, once ``may_take`` allows it, what came of taking it; or every row that is wrong.

    Raises:
        BadInput: as ``file_read``.
    """
    try:
        file = file_read(path)
    except BadSupplies as error:
        yield from (f"  row {one.row}, {one.field}: {one.problem}" for one in error.problems)
        raise
    with reading() as session:
        yield _weighed_text(file, weigh(session, file), is_history=is_history)
    yield from note_lines(file.notes)
    if may_take():
        with transaction() as session:
            yield _taken_text(take(session, file, is_history=is_history, by=SYSTEM, now=utc_now()))


def note_lines(notes: Sequence[Note]) -> Iterator[str]:
    """What was done with what a file says badly, a line each."""
    for note in notes:
        said = f"{note.field} {note.word!r}".strip() if note.word else note.field or "every row"
        yield f"  {note.rows:,} × {said}: {_DONE[note.done]}"


def _weighed_text(file: SupplyFile, found: Weighed, *, is_history: bool) -> str:
    counts = f"{found.suppliers:,} suppliers, {found.supplies:,} goods they sell"
    said = [
        f"{file.rows:,} rows: {counts} ({found.fresh:,} new) with {found.lines:,} lines, {found.arrivals:,} arrivals"
    ]
    if found.unmatched:
        said.append(f"  {len(found.unmatched):,} codes are no SKU of ours: kept for the scorecard, they move no stock")
    if found.shelved and not is_history:
        said.append(f"  {found.shelved:,} pieces go to the shelf; with --history nothing does")
    return "\n".join(said)


def _taken_text(taken: Taken) -> str:
    return f"{taken.suppliers:,} suppliers, {taken.orders:,} new orders, {taken.receipts:,} new receipts"
