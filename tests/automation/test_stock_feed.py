"""Is what moved told, once, soon, and whatever happens in between?"""

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.automation.outbox import OutboxKind, OutboxMessage
from orderhub.automation.stock_feed import FAST, GATHER, LOOK_AGAIN, Feeder
from orderhub.domain.channel_item import ChannelItem, mark_hot
from orderhub.domain.channel_stock import Formula, drop_share, set_share
from orderhub.domain.presale import set_pool
from orderhub.domain.reservation import reserve
from orderhub.domain.rollout import set_rollout
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.sku import list_as, put_sku, set_parts, sku_coded
from orderhub.domain.stock import adjust, warehouse_coded
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.domain.stocked import EAST, stocked

SECOND = timedelta(seconds=1)


@pytest.fixture
def goods(shop, now):
    """200 of A and 300 of B on the shelves, the shop's formula is all of it."""
    with transaction() as session:
        made = stocked(session, A=200, B=300)
        set_share(session, session.get_one(Shop, shop.id), Formula(), by="li", now=now)
    return made


def order(now, code="A", quantity=1, no="6900000000000000001", sku_no="5401", **changes):
    line = builders.line_draft(sku_code=code, quantity=quantity, channel_item_no="7001", channel_sku_no=sku_no)
    with transaction() as session:
        return builders.order(session, no, lines=(line,), now=now, **changes)


@pytest.fixture
def feed():
    feeder = Feeder()

    def until_done(now):
        while feeder.feed_next(now):
            pass

    return until_done


def told():
    """(channel's SKU number, quantity, change) of everything owed, oldest first."""
    with reading() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.kind == OutboxKind.STOCK)).all()
    return [(row.body["sku_no"], row.body["quantity"], row.version) for row in sorted(rows, key=lambda row: row.id)]


def more(code, pieces, now):
    with transaction() as session:
        east = warehouse_coded(session, EAST)
        adjust(session, sku_coded(session, code).id, east, pieces, reason="测试", by="li", now=now)


def test_the_first_order_teaches_the_channels_numbers_and_is_told(feed, goods, now):
    order(now, quantity=3)
    feed(now)
    assert told() == [("5401", 197, 1)]
    with reading() as session:
        item = session.exec(select(ChannelItem)).one()
        said = session.exec(select(Event).where(Event.subject_type == "channel_item")).one()
    assert (item.code, item.channel_item_no, item.told_quantity, item.due_at) == ("A", "7001", 197, None)
    assert (said.kind, said.body["quantity"], said.body["change_no"]) == ("stock_told", 197, 1)


def test_a_change_waits_for_others_and_a_hot_one_does_not(feed, goods, now):
    order(now)
    order(now, "B", no="2", sku_no="5402")
    feed(now)
    with transaction() as session:
        hot = session.exec(select(ChannelItem).where(ChannelItem.code == "B")).one()
        mark_hot(session, hot.id, is_hot=True, by="li", now=now)
    feed(now + SECOND)
    for code in ("A", "B"):
        more(code, 5, now + 2 * SECOND)
    feed(now + 2 * SECOND)
    assert told() == [("5401", 199, 1), ("5402", 304, 2)]
    more("A", 5, now + 10 * SECOND)
    feed(now + 10 * SECOND)
    assert told()[0] == ("5401", 199, 1)
    feed(now + 2 * SECOND + GATHER)
    assert told()[0] == ("5401", 209, 2), "both changes in one message, in time for the first"


def test_what_is_nearly_gone_or_sells_fast_is_hot_by_itself(feed, goods, now):
    order(now)
    feed(now)
    more("A", -182, now + 5 * SECOND)
    feed(now + 5 * SECOND)
    assert told() == [("5401", 17, 2)]
    order(now + 61 * SECOND, "B", no="2", sku_no="5402")
    feed(now + 61 * SECOND)
    order(now + 62 * SECOND, "B", FAST, no="3", sku_no="5402")
    feed(now + 63 * SECOND)
    assert told()[1] == ("5402", 300 - 1 - FAST, 2)


def test_a_burst_of_500_changes_is_few_messages(feed, goods, now):
    """Half a minute of it: a hot item once a second at most, another one once in twenty."""
    order(now)
    order(now, "B", no="2", sku_no="5402")
    with transaction() as session:
        stocked(session, C=900)
    order(now, "C", no="3", sku_no="5403")
    feed(now)
    for number in range(500):
        moment = now + SECOND + number * timedelta(milliseconds=60)
        with transaction() as session:
            reserve(session, 1000 + number, {sku_coded(session, "A").id: 1} if number < 150 else {}, by="x", now=moment)
        if number % 50 == 0:
            more("C", -1, moment)
        if number % 5 == 0:
            feed(moment)
    feed(now + 60 * SECOND)
    (a, b, c) = told()
    assert (a[:2], b, c[:2]) == (("5401", 49), ("5402", 299, 1), ("5403", 889))
    assert a[2] <= 32
    assert c[2] <= 4


@pytest.mark.parametrize("change", ["formula", "own formula", "bundle", "binding", "rollout"])
def test_what_the_level_depends_on_is_told_as_well(feed, goods, shop, now, change):
    with transaction() as session:
        bundle = put_sku(session, "SET", by="li", now=now)
        set_parts(session, bundle, "A*10&B", by="li", now=now)
    order(now, "SET")
    feed(now)
    assert told() == [("5401", 19, 1)]
    later = now + SECOND
    with transaction() as session:
        here, item = session.get_one(Shop, shop.id), session.exec(select(ChannelItem)).one()
        match change:
            case "formula":
                set_share(session, here, Formula(50, 2), by="li", now=later)
            case "own formula":
                set_share(session, here, Formula(cap=7), item_id=item.id, by="li", now=later)
            case "bundle":
                set_parts(session, sku_coded(session, "SET"), "A*100", by="li", now=later)
            case "binding":
                list_as(session, shop.id, "SET", "B*2", by="li", now=later)
            case _:
                set_rollout(session, here, Rollout.SHADOW, reason="x", by="li", now=later)
                set_rollout(session, here, Rollout.LIVE, reason="x", by="li", now=later)
    feed(later)
    quantity = {"formula": 7, "own formula": 7, "bundle": 1, "binding": 149, "rollout": 19}[change]
    assert told() == [("5401", quantity, 2)], "after a rollout the channel may hold anything"


@pytest.mark.parametrize("reason", ["no formula", "not live", "unknown code", "never counted"])
def test_nothing_is_told_where_nobody_said_how_many(feed, goods, shop, now, reason):
    with transaction() as session:
        here = session.get_one(Shop, shop.id)
        put_sku(session, "NEW", by="li", now=now)
        if reason == "no formula":
            drop_share(session, here, by="li", now=now)
        if reason == "not live":
            set_rollout(session, here, Rollout.SHADOW, reason="x", by="li", now=now)
    order(now, {"unknown code": "NOPE", "never counted": "NEW"}.get(reason, "A"))
    feed(now)
    feed(now + LOOK_AGAIN)
    assert told() == []


def test_a_presale_is_sold_out_of_its_pool(feed, goods, now):
    with transaction() as session:
        put_sku(session, "A", is_presale=True, by="li", now=now)
    order(now, quantity=2)
    feed(now)
    assert told() == [], "nobody has said how many may be sold"
    with transaction() as session:
        set_pool(session, sku_coded(session, "A"), 50, by="li", now=now + SECOND)
    feed(now + SECOND)
    order(now + 2 * SECOND, quantity=4, no="2")
    feed(now + 2 * SECOND + GATHER)
    feed(now + 3 * SECOND + GATHER)
    feed(now + 3 * SECOND + 2 * GATHER)
    assert told() == [("5401", 46, 2)]


def test_nothing_is_lost_when_the_hub_stops_between_change_and_message(feed, goods, now):
    order(now)
    feed(now)
    more("A", 1, now + SECOND)
    feed(now + SECOND)  # read, and waiting for company
    more("A", 1, now + 2 * SECOND)
    other = Feeder()  # of the process that comes after
    while other.feed_next(now + GATHER + 2 * SECOND):
        pass
    assert told() == [("5401", 201, 2)]


@pytest.mark.services
@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_an_entry_that_shows_after_later_ones_is_not_passed_over(feed, goods, now):
    """Ids are given before the commit: the first to move is the last to commit, long after the cursor moved on."""
    for number, code in enumerate(("A", "B")):
        order(now, code, no=str(number), sku_no=f"540{number}")
    feed(now)
    moved, may_commit = threading.Event(), threading.Event()

    def slow():
        with transaction() as session:
            reserve(session, 900, {goods["A"].id: 2}, by="x", now=now)
            moved.set()
            may_commit.wait(30)

    late = threading.Thread(target=slow)
    late.start()
    assert moved.wait(30)
    for number in range(5):
        more("B", 1, now + number * SECOND)
        feed(now + number * SECOND + GATHER)
    may_commit.set()
    late.join()
    feed(now + 3 * GATHER)
    feed(now + 4 * GATHER)
    assert [quantity for _, quantity, _ in told()] == [197, 304]
