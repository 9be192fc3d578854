"""How long does a day of 100,000 lines take to be taken and matched?"""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert
from sqlmodel import SQLModel

from orderhub.domain.settlement_book import take
from orderhub.domain.words import PaymentStatus
from orderhub.kernel.db import Database
from tests import builders
from tests.builders import NOW
from tests.domain.settled import TOTAL_FEN, YESTERDAY, bill, merchant_shop, receipt

from .measuring import Figure

LINES = 100_000
_LIMIT_SECONDS = 20


def run(database: Database) -> Iterator[Figure]:
    with database.transaction() as session:
        shop = merchant_shop(session)
        known = {
            "shop_id": shop.id,
            "order_id": builders.order(session, "mp-order", of=shop).id,
            "transaction_no": "",
            "status": PaymentStatus.PAID,
            "status_word": "SUCCESS",
            "amount_fen": TOTAL_FEN,
            "payer_fen": TOTAL_FEN,
            "currency": "CNY",
            "payer_token": "",
            "returned_fen": 0,
            "paid_at": YESTERDAY,
            "recorded_at": YESTERDAY,
            "asked": 0,
        }
        numbers = [f"mp-{number:07}" for number in range(LINES)]
        rows = [known | {"merchant_order_no": number} for number in numbers]
        session.connection().execute(insert(SQLModel.metadata.tables["payment"]), rows)
    delivery = bill(*[receipt(number, fee_fen=84, rate_ppm=6000) for number in numbers])
    start = time.perf_counter()
    with database.transaction() as session:
        taken = take(session, delivery, by="bench", now=NOW)
    yield Figure("100,000 lines taken and matched", time.perf_counter() - start, "s", _LIMIT_SECONDS)
    assert (taken.lines, taken.opened) == (LINES, 0)
    start = time.perf_counter()
    with database.transaction() as session:
        take(session, replace(delivery), by="bench", now=NOW + timedelta(hours=1))
    yield Figure("the same bill again", time.perf_counter() - start, "s", _LIMIT_SECONDS)
