"""Which lines for a scorecard stand in a file, without a database?"""

from collections.abc import Iterator

from orderhub.domain.supply_drafts import SupplyFile
from orderhub.insights.scorecard import Supplied


def supplied_in(file: SupplyFile) -> Iterator[Supplied]:
    """As the hub would know them once it had taken the file; ``supplier`` is the code."""
    number = 0
    for place, order in enumerate(file.orders, 1):
        for one in order.lines:
            number += 1
            yield Supplied(
                order.supplier_code,
                number,
                place,
                one.line.code,
                one.line.quantity,
                one.line.promised_on,
                one.settled_on,
                order.ordered_on,
                sum(arrival.wrong for arrival in one.arrivals),
                sum(arrival.missing for arrival in one.arrivals),
                sum(arrival.defective for arrival in one.arrivals),
                one.is_counted,
                one.line.price_fen,
            )
