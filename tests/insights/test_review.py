"""Which orders wait for the review: the queue read a page at a time, and how many there are in all."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.hold import HoldReason, hold
from orderhub.domain.order import Order, OrderStatus
from orderhub.insights.review import Place, ReviewQuery, review
from orderhub.kernel.db import reading, transaction
from tests import builders
from tests.builders import NOW, line_draft

SOON = NOW + timedelta(hours=3)
# Yuan and promise; E is approved already, but its money looks wrong.
QUEUE = {"A": (90, None), "C": (50, SOON), "D": (50, SOON), "B": (50, SOON + timedelta(hours=1)), "E": (50, None), "F": (50, None), "G": (10, None)}  # fmt: skip  # noqa: E501


@pytest.fixture
def queue(database):
    with transaction() as session:
        made = {
            no: builders.order(session, no, lines=(line_draft(unit_price_fen=yuan * 100),), ship_by=ship_by)
            for no, (yuan, ship_by) in QUEUE.items()
        }
        made["E"].status = OrderStatus.TO_SHIP
        hold(session, made["E"], HoldReason.AMOUNT_MISMATCH, by="douyin", now=NOW)
        for no in ("C", "F"):
            hold(session, made[no], HoldReason.ADDRESS_DOUBTFUL, by="li", now=NOW)


def pages(query, size=2):
    """Numbers page by page, and what each said of its list's length."""
    found, totals, after = [], set(), None
    while True:
        with reading() as session:
            shown = review(session, ReviewQuery(**query, after=after), size)
        assert shown.is_first == (after is None)
        found.append([row.order.channel_order_no for row in shown.rows])
        totals.add(shown.counts.of(ReviewQuery(**query)))
        if not shown.last:
            return found, totals
        after = shown.last


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [["A", "C"], ["D", "B"], ["E", "F"], ["G"]]),
        ({"is_clean": True}, [["A", "D"], ["B", "G"]]),
        ({"reason": HoldReason.ADDRESS_DOUBTFUL}, [["C", "F"]]),
        ({"reason": HoldReason.AMOUNT_MISMATCH}, [["E"]]),
        ({"is_second": True}, [[]]),
    ],
)
def test_every_page_goes_on_where_the_one_before_ended(queue, query, found):
    assert pages(query) == (found, {sum(len(page) for page in found)})


def test_a_page_whose_orders_are_dealt_with_shows_the_beginning(queue):
    with reading() as session:
        last = session.exec(select(Order).where(Order.channel_order_no == "G")).one()
        behind = review(session, ReviewQuery(after=Place(last.paid_fen, last.ship_by, last.id)), 3)
    assert ([row.order.channel_order_no for row in behind.rows], behind.is_first) == (["A", "C", "D"], True)
