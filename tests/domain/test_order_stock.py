"""What does an order's life mean for the stock, told by its channel in any order?"""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import accept_refund
from orderhub.domain.anomaly import open_kinds
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.hold import HoldReason, open_holds
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.order_stock import StockWait
from orderhub.domain.reservation import Reservation
from orderhub.domain.review import move, order_of
from orderhub.domain.sku import put_sku, set_parts
from orderhub.domain.task import Task
from orderhub.domain.unmatched_code import UnmatchedCode
from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import Event
from tests.builders import NOW, draft, line_draft, shop

from .drafts import a_refund
from .stocked import assert_sound, level, stocked

NO = "6900000000000000001"


def lines(*wanted):
    return tuple(line_draft(channel_line_no=str(n), sku_code=code, quantity=q) for n, (code, q) in enumerate(wanted, 1))


def version(minute, status=ChannelStatus.PAID, *wanted, no=NO, **changes):
    moment = NOW + timedelta(minutes=minute)
    if status in (ChannelStatus.SHIPPED, ChannelStatus.COMPLETED):
        changes |= {"shipped_at": NOW + timedelta(minutes=1)}
    return draft(no, status, lines=lines(*wanted or [("A", 2)]), updated_at=moment, **changes)


def take(*versions):
    """Each in a transaction of its own; then everything is sound. Returns the order."""
    for one in versions:
        with transaction() as session:
            taken = accept(session, shop(session), one, now=NOW + timedelta(hours=1)).order
    with reading() as session:
        assert_sound(session)
        return session.get(Order, taken.id)


def levels(*codes):
    with reading() as session:
        return [level(session, code) for code in codes]


def holds(order):
    with reading() as session:
        return {held.reason for held in open_holds(session, order.id)}


@pytest.fixture
def goods(database):
    with transaction() as session:
        return stocked(session, A=10, B=3)


def test_a_hub_without_skus_keeps_no_stock(database):
    order = take(version(0))
    with reading() as session:
        assert session.exec(select(Reservation)).all() == []
        kinds = session.exec(select(Event.kind)).all()
    assert (holds(order), [kind for kind in kinds if "stock" in kind]) == (set(), [])


def test_payment_reserves_and_its_repetition_does_not(goods):
    take(version(0, ChannelStatus.UNPAID))
    assert levels("A") == [(10, 0)]
    order = take(version(1), version(1), version(2, buyer_remark="放门口"))
    assert (levels("A"), holds(order)) == ([(10, 2)], set())


@pytest.mark.parametrize("status", [ChannelStatus.CLOSED_UNPAID, ChannelStatus.CLOSED_REFUNDED])
def test_a_closed_order_gives_its_pieces_back(goods, status):
    take(version(0), version(1, status))
    assert levels("A") == [(10, 0)]


def test_shipping_takes_the_pieces_off_the_shelf_once(goods):
    take(version(0), version(1, ChannelStatus.SHIPPED), version(2, ChannelStatus.COMPLETED))
    assert levels("A") == [(8, 0)]


@pytest.mark.parametrize(
    ("target", "left"),
    [(OrderStatus.SHIPPED, (8, 0)), (OrderStatus.CANCELLED, (10, 0)), (OrderStatus.TO_SHIP, (10, 2))],
)
def test_what_our_own_people_do_moves_stock_too(goods, target, left):
    taken = take(version(0))
    with transaction() as session:
        order = order_of(session, taken.id)
        order.shipped_at = NOW + timedelta(hours=2) if target is OrderStatus.SHIPPED else None
        move(session, order, target, by="ceshi", now=NOW + timedelta(hours=2))
    assert levels("A") == [left]
    with reading() as session:
        assert_sound(session)


STORY = (
    version(0, ChannelStatus.UNPAID),
    version(1, ChannelStatus.PAID, ("A", 2), ("B", 1)),
    version(2, ChannelStatus.PAID, ("A", 1), ("B", 2)),
    version(3, ChannelStatus.SHIPPED, ("A", 1), ("B", 2)),
)


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=lambda order: "".join(map(str, order)))
def test_messages_in_any_order_end_with_the_same_stock(goods, order):
    take(*[STORY[n] for n in order])
    assert levels("A", "B") == [(9, 0), (1, 0)]


def test_too_little_stock_holds_the_order_and_says_so(goods):
    order = take(version(0, ChannelStatus.PAID, ("A", 1), ("B", 4)))
    assert (levels("A", "B"), holds(order)) == ([(10, 0), (3, 0)], {HoldReason.OUT_OF_STOCK})
    with reading() as session:
        assert open_kinds(session, ("order", order.id)) == {AnomalyKind.OVERSOLD}
    order = take(version(1, ChannelStatus.PAID, ("A", 1), ("B", 3)))
    assert (levels("A", "B"), holds(order)) == ([(10, 1), (3, 3)], set())
    with reading() as session:
        assert open_kinds(session, ("order", order.id)) == set()


def test_an_unmatched_code_reserves_nothing_and_blocks_no_other_order(goods):
    odd = take(version(0, ChannelStatus.PAID, ("A", 1), ("旧款", 1)))
    plain = take(version(0, ChannelStatus.PAID, ("A", 2), no="6900000000000000002"))
    assert (holds(odd), holds(plain)) == ({HoldReason.SKU_NOT_MATCHED}, set())
    assert levels("A") == [(10, 2)]
    with reading() as session:
        code = session.exec(select(UnmatchedCode)).one()
        task = session.get(Task, code.task_id)
        assert (code.code, task.kind, task.owner_role) == ("旧款", "sku_matching", "operations")


def test_two_orders_of_one_unmatched_code_make_one_task(goods):
    for no in ("6900000000000000001", "6900000000000000002"):
        take(version(0, ChannelStatus.PAID, ("旧款", 1), no=no))
    with reading() as session:
        assert len(session.exec(select(Task)).all()) == 1
        assert len(session.exec(select(StockWait)).all()) == 2


def test_a_presale_is_held_and_the_rest_is_reserved(goods):
    with transaction() as session:
        put_sku(session, "B", is_presale=True, by="tester", now=NOW)
    order = take(version(0, ChannelStatus.PAID, ("A", 1), ("B", 1)))
    assert (levels("A", "B"), holds(order)) == ([(10, 1), (3, 0)], {HoldReason.PRESALE})


def test_two_bundles_sharing_a_part_take_its_sum(goods):
    with transaction() as session:
        for code, parts in (("SET-1", "A*2&B"), ("SET-2", "A*3")):
            set_parts(session, put_sku(session, code, by="tester", now=NOW), parts, by="tester", now=NOW)
    take(version(0, ChannelStatus.PAID, ("SET-1", 2), ("SET-2", 2)))
    assert levels("A", "B") == [(10, 10), (3, 2)]


def refunded(amount_fen, line_no="2", minute=5, status=AftersaleStatus.CLOSED):
    facts = {"channel_order_no": NO, "channel_line_no": line_no, "amount_fen": amount_fen, "status": status}
    return replace(a_refund(minute), kind=AftersaleKind.REFUND_BEFORE_SHIPPING, **facts)


@pytest.mark.parametrize(
    ("refund", "left"),
    [
        (refunded(13940), [(10, 1), (3, 0)]),
        (refunded(500), [(10, 1), (3, 1)]),
        (refunded(27880, ""), [(10, 0), (3, 0)]),
        (refunded(13940, status=AftersaleStatus.REQUESTED), [(10, 1), (3, 1)]),
    ],
    ids=["a line", "a rebate", "all", "only asked for"],
)
def test_a_refund_before_shipping_frees_what_it_pays_for(goods, refund, left):
    taken = version(0, ChannelStatus.PAID, ("A", 1), ("B", 1))
    take(taken)
    for _ in range(2):
        with transaction() as session:
            accept_refund(session, shop(session), refund, now=NOW + timedelta(hours=1))
    take(replace(taken, updated_at=NOW + timedelta(minutes=9), buyer_remark="谢谢"))
    assert levels("A", "B") == left
