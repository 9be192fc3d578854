"""How many may a channel sell, and who may say so?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from orderhub.domain.channel_item import ChannelItem, ItemTaken, Part, There, add_item, sellable, there_is
from orderhub.domain.channel_stock import Formula, StockShare, drop_share, formula_of, formulas, set_share, told
from orderhub.domain.presale import NotPresale, Presold, pools, set_pool
from orderhub.domain.sku import put_sku
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event
from tests.builders import NOW, line_draft, order, shop

from .stocked import stocked

PIECES = st.integers(0, 10_000)
FORMULAS = st.builds(Formula, st.integers(0, 100), PIECES, st.none() | PIECES)


@pytest.mark.parametrize(
    ("formula", "quantity"),
    [
        (Formula(), 120),
        (Formula(percent=70, buffer=1), 83),
        (Formula(percent=33), 39),
        (Formula(cap=50), 50),
        (Formula(percent=50, buffer=100), 0),
        (Formula(percent=0), 0),
    ],
)
def test_a_level_is_a_share_less_the_buffer_up_to_the_cap(formula, quantity):
    assert told(120, formula) == quantity


@given(available=PIECES, formula=FORMULAS, more=PIECES)
def test_a_level_lies_between_nothing_and_what_is_there_and_grows_with_it(available, formula, more):
    level = told(available, formula)
    assert 0 <= level <= available
    assert formula.cap is None or level <= formula.cap
    assert level <= told(available + more, formula)
    assert level >= told(available, Formula(formula.percent, formula.buffer + more, formula.cap))


@given(available=PIECES, shares=st.lists(st.integers(0, 100), max_size=6), buffer=PIECES)
def test_shares_of_at_most_all_never_promise_more_than_is_there(available, shares, buffer):
    within = [share for position, share in enumerate(shares) if sum(shares[: position + 1]) <= 100]
    assert sum(told(available, Formula(percent=share, buffer=buffer)) for share in within) <= available


@given(free=st.dictionaries(st.integers(1, 3), PIECES), parts=st.dictionaries(st.integers(1, 3), st.integers(1, 9)))
def test_a_bundle_is_as_many_as_its_scarcest_part_makes(free, parts):
    made = sellable([Part(sku_id, pieces) for sku_id, pieces in parts.items()], There(free, {}))
    if not parts or parts.keys() - free.keys():
        assert made is None, "nobody has counted one of its parts"
    else:
        assert made is not None
        assert all(made * pieces <= free[sku_id] for sku_id, pieces in parts.items())
        assert any((made + 1) * pieces > free[sku_id] for sku_id, pieces in parts.items())


def test_every_warehouse_counts_and_a_sku_that_was_never_counted_does_not(database):
    with transaction() as session:
        goods = stocked(session, A=(7, 5), B=0)
        new = put_sku(session, "NEW", by="tester", now=NOW)
        there = there_is(session, [Part(goods["A"].id, 1), Part(goods["B"].id, 1), Part(new.id, 1)])
    assert there.free == {goods["A"].id: 12}, "an empty shelf of which nothing was ever entered says nothing"


def test_an_items_own_formula_goes_before_its_shops(database):
    with transaction() as session:
        here, item = shop(session), an_item(session)
        assert formula_of(item, formulas(session, {here.id})) is None
        set_share(session, here, Formula(80, 2, None), by="li", now=NOW)
        set_share(session, here, Formula(10, 0, 5), item_id=item.id, by="li", now=NOW)
        set_share(session, here, Formula(10, 0, 5), item_id=item.id, by="wang", now=NOW)
        assert formula_of(item, formulas(session, {here.id})) == Formula(10, 0, 5)
        drop_share(session, here, item_id=item.id, by="li", now=NOW)
        assert formula_of(item, formulas(session, {here.id})) == Formula(80, 2, None)
    with reading() as session:
        asked = select(Event.kind, Event.actor).where(col(Event.kind).like("share%")).order_by(col(Event.id))
        kinds = session.exec(asked).all()
    assert kinds == [("share_set", "li"), ("share_set", "li"), ("share_dropped", "li")]


def an_item(session, code="A", **numbers):
    facts = {"item_no": "7001", "sku_no": "5401"} | numbers
    return add_item(session, shop(session), code, by="li", now=NOW, **facts)


def test_a_formula_that_cannot_be_is_refused_and_nothing_is_kept(database):
    with transaction() as session:
        here, other = shop(session), shop(session, "douyin-2")
        item = an_item(session)
        for wrong in (Formula(percent=101), Formula(percent=-1), Formula(buffer=-1), Formula(cap=-1)):
            with pytest.raises(BadInput):
                set_share(session, here, wrong, by="li", now=NOW)
        with pytest.raises(NotFound):
            set_share(session, other, Formula(), item_id=item.id, by="li", now=NOW)
        with pytest.raises(ItemTaken, match="A"):
            an_item(session, "B")
        with pytest.raises(BadInput):
            an_item(session, "B", item_no=" ", sku_no="")
        assert session.exec(select(StockShare)).all() == []
        assert len(session.exec(select(ChannelItem)).all()) == 1


def test_presale_orders_use_up_the_pool_and_a_cancelled_one_gives_back(database):
    with transaction() as session:
        goods = stocked(session, A=9)
        with pytest.raises(NotPresale):
            set_pool(session, goods["A"], 5, by="li", now=NOW)
        early = put_sku(session, "A", is_presale=True, by="li", now=NOW)
        set_pool(session, early, 10, by="li", now=NOW)
        wanted = (line_draft(sku_code="A", quantity=3),)
        order(session, "1", lines=wanted)
        order(session, "2", lines=wanted)
        assert pools(session, {early.id}) == {early.id: 4}
        order(session, "2", ChannelStatus.CLOSED_REFUNDED, lines=wanted, updated_at=NOW)
        assert pools(session, {early.id}) == {early.id: 7}
        order(session, "1", ChannelStatus.SHIPPED, lines=wanted, updated_at=NOW, shipped_at=NOW)
        assert pools(session, {early.id}) == {early.id: 7}, "what has left stays sold"
        set_pool(session, early, 2, by="li", now=NOW + timedelta(hours=1))
        assert pools(session, {early.id}) == {early.id: 2}, "a new number counts from now on"
        assert [one.quantity for one in session.exec(select(Presold))] == [3]
