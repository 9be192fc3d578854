"""Is an order held that sells below the lowest price of a SKU, and no other one?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.acceptance import accept
from orderhub.domain.hold import HoldReason, open_holds
from orderhub.domain.price_floor import Sold, floors, paid_shares
from orderhub.domain.review import order_of
from orderhub.domain.second_review import confirm, vouch
from orderhub.domain.sku import list_as, put_sku, set_parts
from orderhub.domain.stock_upkeep import match_again, serve_waiting
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from tests.builders import NOW, draft, line_draft, shop

from .stocked import stocked

FLOOR = HoldReason.PRICE_BELOW_FLOOR


@pytest.fixture
def goods(database):
    """A may not go below ¥50, B below ¥10; SET is an A, two B and a sock for nothing, BOX3 three A at ¥100 in all."""
    with transaction() as session:
        stocked(session, A=100, B=100, SOCK=100)
        for code, floor_fen in (("A", 5000), ("B", 1000), ("SOCK", 300), ("SET", 0), ("BOX3", 10_000)):
            put_sku(session, code, floor_fen=floor_fen, by="tester", now=NOW)
        for code, parts in (("SET", "A&B*2"), ("BOX3", "A*3")):
            set_parts(session, put_sku(session, code, by="tester", now=NOW), parts, by="tester", now=NOW)
        set_parts(session, put_sku(session, "SET", by="tester", now=NOW), "SOCK", is_gift=True, by="tester", now=NOW)
        list_as(session, shop(session).id, "OURS", "B*2", by="tester", now=NOW)


def sells(*wanted, minute=0, status=ChannelStatus.PAID, **changes):
    """(code, quantity, price of one)"""
    lines = tuple(
        line_draft(channel_line_no=str(n), sku_code=code, quantity=q, unit_price_fen=price)
        for n, (code, q, price) in enumerate(wanted, 1)
    )
    return draft(status=status, lines=lines, updated_at=NOW + timedelta(minutes=minute), **changes)


def take(*drafts) -> int:
    with transaction() as session:
        return [accept(session, shop(session), one, now=NOW).order.id for one in drafts][-1]


def held(order_id) -> list[str]:
    with reading() as session:
        return [found.note for found in open_holds(session, order_id) if found.reason is FLOOR]


@pytest.mark.parametrize(
    ("wanted", "changes", "note"),
    [
        ([("A", 2, 5000)], {}, ""),
        ([("A", 2, 4999)], {}, "A: ¥49.99 < ¥50.00"),
        ([("A", 1, 6000)], {"discount_fen": 1000}, ""),
        ([("A", 1, 6000)], {"discount_fen": 1001}, "A: ¥49.99 < ¥50.00"),
        ([("A", 1, 5000)], {"freight_fen": 800}, ""),
        ([("A", 1, 10_000), ("B", 5, 1000)], {"discount_fen": 300}, "B: ¥9.80 < ¥10.00"),
        ([("SET", 1, 7000)], {}, ""),
        ([("SET", 1, 6999)], {}, "SET: ¥69.99 < ¥70.00"),
        ([("BOX3", 1, 10_000)], {}, ""),
        ([("A&B*2", 1, 6999)], {}, "A&B*2: ¥69.99 < ¥70.00"),
        ([("OURS", 1, 1999)], {}, "OURS: ¥19.99 < ¥20.00"),
        ([("NOBODY-KNOWS", 1, 1)], {}, ""),
        ([("A", 1, 0)], {}, "A: ¥0.00 < ¥50.00"),
    ],
)
def test_what_a_piece_costs_is_compared_with_its_floor(goods, wanted, changes, note):
    assert held(take(sells(*wanted, **changes))) == ([note] if note else [])


def test_without_a_floor_any_price_will_do(database):
    with transaction() as session:
        stocked(session, A=10)
    assert held(take(sells(("A", 1, 1)))) == []


def test_it_is_asked_once_the_money_is_there_and_until_the_goods_have_left(goods):
    order_id = take(sells(("A", 1, 4000), status=ChannelStatus.UNPAID))
    assert held(order_id) == []
    take(sells(("A", 1, 4000), minute=1))
    assert held(order_id) == ["A: ¥40.00 < ¥50.00"]
    take(sells(("A", 1, 4000), minute=2, status=ChannelStatus.SHIPPED, shipped_at=NOW))
    assert held(order_id) == []


def test_what_two_people_let_go_stays_so_at_that_price(goods):
    order_id = take(sells(("A", 1, 4000)))
    with transaction() as session:
        vouch(session, order_of(session, order_id), FLOOR, by="li", note="清仓", now=NOW)
        confirm(session, order_of(session, order_id), FLOOR, by="wang", now=NOW)
    take(sells(("A", 1, 4000), minute=1, buyer_remark="放门口"))
    assert held(order_id) == []
    take(sells(("A", 1, 3000), minute=2))
    assert held(order_id) == ["A: ¥30.00 < ¥50.00"]


def test_a_code_that_is_bound_later_is_compared_then(goods):
    order_id = take(sells(("LATER", 1, 100)))
    assert held(order_id) == []
    with transaction() as session:
        list_as(session, shop(session).id, "LATER", "A", by="tester", now=NOW)
        match_again(session, now=NOW)
        serve_waiting(session, now=NOW)
    assert held(order_id) == ["LATER: ¥1.00 < ¥50.00"]


def test_a_floor_is_a_price(goods):
    for absurd in (-1, 10**12):
        with pytest.raises(BadInput), transaction() as session:
            put_sku(session, "A", floor_fen=absurd, by="tester", now=NOW)
    with reading() as session:
        assert floors(session, 1, ["A", "SET", "OURS", "?"]) == {"A": 5000, "SET": 7000, "OURS": 2000}


@given(
    lines=st.lists(st.tuples(st.integers(1, 99), st.integers(0, 10**7)), min_size=1, max_size=9),
    discount_fen=st.integers(0, 10**7),
)
def test_the_lines_are_paid_for_in_full_and_a_discount_leaves_nothing_over(lines, discount_fen):
    sold = [Sold("A", quantity, total_fen) for quantity, total_fen in lines]
    goods_fen = sum(line.total_fen for line in sold)
    shares = paid_shares(sold, min(discount_fen, goods_fen))
    assert sum(shares) == goods_fen - min(discount_fen, goods_fen)
    assert all(0 <= share <= line.total_fen for share, line in zip(shares, sold, strict=True))
