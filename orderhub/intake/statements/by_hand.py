"""How is a statement taken from the command line? Looked at first, as on the page."""

from collections.abc import Callable, Iterator
from pathlib import Path

from orderhub.domain.settlement import LineKind
from orderhub.domain.settlement_book import Delivery, take, weigh
from orderhub.intake.files.by_hand import file_link
from orderhub.intake.statements.freight_by_hand import freighted
from orderhub.intake.statements.reading import read_statement
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.money import yuan_text


def settled(path: Path, shop: str, *, may_take: Callable[[], bool], carrier: str = "") -> Iterator[str]:
    """What is in ``path``, then, once ``may_take`` allows it, what came of taking it; ``carrier``: its freight bill.

    Raises:
        BadInput: there is no such file, or it cannot be read. NotFound: its account belongs to no shop.
    """
    if carrier:
        yield from freighted(path, carrier, may_take=may_take)
        return
    with file_link(path) as link:
        delivery = read_statement(link, path.name, shop=shop)
    yield _weighed_text(delivery)
    if may_take():
        yield _taken_text(delivery)


def _weighed_text(delivery: Delivery) -> str:
    with reading() as session:
        found = weigh(session, delivery)
    sums = {kind: sum(line.amount_fen for line in delivery.lines if line.kind is kind) for kind in LineKind}
    said = [f"{delivery.source} {delivery.account}: {found.lines:,} lines, {found.matched:,} agree"]
    said += [f"  {kind:10} {yuan_text(fen)}" for kind, fen in sums.items() if fen]
    said += [f"  fees       {yuan_text(-fee)}"] if (fee := sum(line.fee_fen for line in delivery.lines)) else []
    said += [f"  {count:,} differ: {cause}" for cause, count in found.causes.items()]
    said += [f"  {found.closed_days} days are closed: what is new becomes corrections"] if found.closed_days else []
    said += ["  it is here already"] if found.is_known else []
    return "\n".join(said)


def _taken_text(delivery: Delivery) -> str:
    with transaction() as session:
        taken = take(session, delivery, by=SYSTEM, now=utc_now())
    return f"{taken.lines:,} lines are new, {taken.opened:,} differences opened, {taken.resolved:,} are over"
