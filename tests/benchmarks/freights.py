"""How long does a carrier's bill of 100,000 charges take to be looked at, taken and checked?"""

import time
from collections.abc import Iterator

from sqlalchemy import insert
from sqlmodel import SQLModel

from orderhub.domain.freight import FreightCause
from orderhub.domain.freight_bill import take, weigh
from orderhub.kernel.db import Database
from tests import builders
from tests.builders import NOW
from tests.domain.freighted import bill, card, charge

from .measuring import Figure

LINES = 100_000
_LIMIT_SECONDS = 20


def run(database: Database) -> Iterator[Figure]:
    numbers = [f"SF{number:010}" for number in range(LINES)]
    with database.transaction() as session:
        card(session)
        order = builders.order(session, "6900001")
        known = {"order_id": order.id, "carrier_code": "sf", "carrier_name": "", "shipped_at": NOW, "shipped_by": ""}
        rows = [known | {"tracking_no": number} for number in numbers]
        session.connection().execute(insert(SQLModel.metadata.tables["shipment"]), rows)
    told = bill(*[charge(number, 501 if place % 10 == 0 else 500) for place, number in enumerate(numbers)])
    start = time.perf_counter()
    with database.reading() as session:
        weighed = weigh(session, told)
    yield Figure("100,000 charges looked at", time.perf_counter() - start, "s", _LIMIT_SECONDS)
    start = time.perf_counter()
    with database.transaction() as session:
        taken = take(session, told, by="bench", now=NOW)
    yield Figure("100,000 charges taken and checked", time.perf_counter() - start, "s", _LIMIT_SECONDS)
    wanted = {FreightCause.AGREED: LINES - LINES // 10, FreightCause.PRICE: LINES // 10}
    assert (weighed.causes, taken.causes) == (wanted, wanted)
