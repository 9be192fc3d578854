"""Thousands of orders that wait for goods: the queue counts them all without asking about each."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from orderhub.domain.many_needs import needs_of_each
from orderhub.domain.order import Order, OrderLine, OrderStatus
from orderhub.domain.order_stock import RefundedLine, needs_of
from orderhub.domain.rules.decided import RuleDecision
from orderhub.domain.shortage import Decision, choose
from orderhub.domain.shortage_choice import Choice
from orderhub.domain.sku import put_sku, set_parts
from orderhub.insights.shortage import short_orders, short_skus
from orderhub.kernel.db import reading, transaction
from tests import builders
from tests.builders import NOW, line_draft
from tests.domain.stocked import stocked

QUEUED = 40  # far more than the statements a page takes


def wanting(session, no, *codes, **changes):
    lines = tuple(line_draft(channel_line_no=f"{n}", sku_code=code) for n, code in enumerate(codes, 1))
    return builders.order(session, no, lines=lines, **changes)


@pytest.fixture
def goods(database):
    """A is there; B, C and a bundle of both are not."""
    with transaction() as session:
        made = stocked(session, A=999, B=0, C=0)
        bundle = put_sku(session, "BOTH", by="tester", now=NOW)
        set_parts(session, bundle, "B*2&C", by="tester", now=NOW)
        return {code: sku.id for code, sku in made.items()}


def test_many_orders_want_what_each_of_them_wants(goods):
    with transaction() as session:
        other = builders.shop(session, "tb-test")
        made = [
            wanting(session, "PLAIN", "A", "B"),
            wanting(session, "BUNDLE", "BOTH", "C"),
            wanting(session, "LATER", "A", "B"),
            wanting(session, "REFUNDED", "A", "B", "C"),
            wanting(session, "GIFT", "B"),
            wanting(session, "STRANGE", "A", "NOBODY-KNOWS"),
            wanting(session, "ELSEWHERE", "A", "BOTH", of=other),
            wanting(session, "IN_PARTS", "A", "B"),
            wanting(session, "SWAPPED", "B", "C"),
        ]
        by_no = {order.channel_order_no: order for order in made}
        for no, choice in (("LATER", Decision(Choice.LATER)), ("SWAPPED", Decision(Choice.SWAPPED, instead="A"))):
            wanted = select(OrderLine.id).where(OrderLine.order_id == by_no[no].id, OrderLine.sku_code == "B")
            choose(session, by_no[no], [session.exec(wanted).one()], choice, by="li", now=NOW)
        session.add(RefundedLine(order_id=by_no["REFUNDED"].id, line_no="2"))
        decision = session.get(RuleDecision, by_no["GIFT"].id)
        decision = decision or RuleDecision(order_id=by_no["GIFT"].id, version=0, decided_at=NOW)
        decision.gifts = ["C*3", "A PEN"]
        session.add(decision)
        by_no["IN_PARTS"].status = OrderStatus.PARTLY_SHIPPED
        session.flush()
        assert needs_of_each(session, made) == {order.id: needs_of(session, order) for order in made}
        assert needs_of_each(session, []) == {}


def test_the_queue_asks_no_more_for_many_orders_than_for_few(goods, database):
    def statements():
        asked = []
        event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        with reading() as session:
            (row,) = short_skus(session)
        return len(asked), row

    with transaction() as session:
        wanting(session, "0", "A", "B", ship_by=NOW + timedelta(hours=9))
    few, row = statements()
    assert (row.orders, row.pieces) == (1, 1)
    with transaction() as session:
        for number in range(1, QUEUED):
            wanting(session, f"{number}", "A", "B", "B", ship_by=NOW + timedelta(hours=number))
    many, row = statements()
    assert (row.sku.code, row.orders, row.pieces) == ("B", QUEUED, 2 * QUEUED - 1)
    assert row.ship_by == NOW + timedelta(hours=1)
    assert many <= few < QUEUED / 2


def test_the_orders_that_wait_stand_in_their_turn_and_are_cut_off(goods):
    promises = {"SECOND": (NOW + timedelta(hours=2), 1), "NEVER": (None, 9), "FIRST": (NOW + timedelta(hours=1), 1)}
    with transaction() as session:
        for no, (ship_by, yuan) in (promises | {"DEAR": (NOW + timedelta(hours=2), 5)}).items():
            line = line_draft(sku_code="B", unit_price_fen=yuan * 100)
            builders.order(session, no, lines=(line,), ship_by=ship_by)
    with reading() as session:
        every = [one.order.channel_order_no for one in short_orders(session, goods["B"])]
        first = [one.order.channel_order_no for one in short_orders(session, goods["B"], limit=2)]
        assert session.exec(select(Order.is_held)).all() == [True] * 4
    assert (every, first) == (["FIRST", "DEAR", "SECOND", "NEVER"], ["FIRST", "DEAR"])
