"""How is a freight bill taken from the command line? Looked at first, as on the page."""

from collections.abc import Callable, Iterator
from pathlib import Path

from orderhub.domain.freight_bill import Bill, take, weigh
from orderhub.intake.files.by_hand import file_link
from orderhub.intake.statements.freight import BadBill, read_bill
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.money import yuan_text


def freighted(path: Path, carrier: str, *, may_take: Callable[[], bool]) -> Iterator[str]:
    """What is in ``path``, then, once ``may_take`` allows it, what came of taking it; or every row that is wrong.

    Raises:
        BadInput: there is no such file, it is no freight bill, or rows of it cannot be read.
    """
    with file_link(path) as link:
        read = read_bill(link, path.name, carrier=carrier)
    yield _weighed_text(read.bill)
    if read.problems:
        yield from (f"  row {one.row}, {one.field}: {one.problem}" for one in read.problems)
        raise BadBill(read.problems)
    if may_take():
        with transaction() as session:
            taken = take(session, read.bill, by=SYSTEM, now=utc_now())
        yield f"{taken.lines:,} charges are new"


def _weighed_text(bill: Bill) -> str:
    with reading() as session:
        found = weigh(session, bill)
    said = [f"{bill.carrier}: {found.lines:,} charges, {found.fresh:,} new, {yuan_text(found.charged_fen)} in all"]
    said += [f"  {count:,} {cause}" for cause, count in sorted(found.causes.items())]
    said += [f"  {yuan_text(found.gap_fen)} above what we expect"] if found.gap_fen else []
    said += ["  it is here already"] if found.is_known else []
    return "\n".join(said)
