"""PostgreSQL without a broker: do two processes share what waits, each message once, the newest version last?"""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.order import Order
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading

from .broker.broking import eventually
from .builders import FIRST_NO, PAID_AT, keep_orders, order_native, states
from .consuming import begin, end

pytestmark = pytest.mark.services
ORDERS = 1_000
VERSIONS = 3


@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_two_processes_share_a_load(shop, db_url):
    """Each order has three versions, in whatever order they are taken: whichever is taken last, the newest stands."""
    begun = [begin(db_url), begin(db_url)]
    now = utc_now()
    for version in range(VERSIONS):
        at = PAID_AT + timedelta(minutes=version)
        said = f"第{version}版"
        natives = [order_native(FIRST_NO + number, updated_at=at, buyer_words=said) for number in range(ORDERS)]
        assert keep_orders(shop, natives, now) == ORDERS
    try:
        eventually(lambda: states() == {"done": ORDERS * VERSIONS}, seconds=100)
    finally:
        taken = [end(process) for process in begun]
    assert sum(taken) == ORDERS * VERSIONS
    assert min(taken) > 0
    with reading() as session:
        found = session.exec(select(Order.channel_order_no, Order.buyer_remark)).all()
    assert len(found) == len({number for number, _ in found}) == ORDERS
    assert {note for _, note in found} == {f"第{VERSIONS - 1}版"}
