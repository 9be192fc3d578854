"""What is sold in one shop, every other shop's platform hears of; and the hub asks whether it has heard right."""

import random
import time
from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.automation.outbox import LEASE
from orderhub.automation.sending import Postman
from orderhub.automation.stock_compare import compare_stock
from orderhub.automation.stock_feed import GATHER, Feeder
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.channel_item import ChannelItem, mark_hot
from orderhub.domain.channel_stock import Formula, set_share
from orderhub.domain.shop import Shop
from orderhub.domain.sku import sku_coded
from orderhub.domain.stock import adjust, warehouse_coded
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, reading, transaction
from tests.domain.stocked import EAST, stocked

from .shipping import started, work


@pytest.fixture
def selling(hub):
    """The hub's shop with 100 of BOX-40L, told 80 % less two; its first order has come."""
    with transaction() as session:
        stocked(session, now=utc_now(), BOX_40L=100)
        set_share(session, session.get_one(Shop, hub.shop.id), Formula(80, 2), by="li", now=utc_now())
    buy(hub, 5)
    spread()
    return hub


def buy(hub, quantity):
    hub.orders_come(1, lines=[{"code": "BOX-40L", "quantity": quantity}])
    hub.sync()


def spread(later=timedelta()):
    """As the threads do it: looked at, then sent."""
    moment = utc_now() + timedelta(seconds=1) + later
    feeder = Feeder()
    while feeder.feed_next(moment):
        pass
    work(later=later, postman=Postman())


def held(hub):
    return list(hub.world.shelves[hub.code].stock.values())


def uploads(hub):
    return [row["quantity"] for row in hub.world.uploads if row["kind"] == "stock"]


def test_an_order_lowers_what_its_platform_may_sell(selling):
    assert held(selling) == [74]
    buy(selling, 50)
    spread(GATHER)
    spread(GATHER * 2)
    assert (held(selling), uploads(selling)) == ([34], [74, 34])


@pytest.mark.parametrize("fault", ["server_error", "truncated_json"])
def test_a_lost_answer_leaves_the_newest_level(selling, fault):
    selling.fault(fault)
    change(-10)
    spread(GATHER)
    spread(GATHER * 2)
    change(-60)
    spread(GATHER * 4)
    spread(GATHER * 9)
    assert held(selling) == [18]
    with reading() as session:
        item = session.exec(select(ChannelItem)).one()
    assert (item.told_quantity, item.change_no) == (18, 3)


@pytest.mark.parametrize("hub", ["dy-flagship"], indirect=True)
def test_killed_anywhere_the_hub_tells_the_last_level_all_the_same(selling, sqlite_url):
    dice = random.Random(3)
    with transaction() as session:
        item_id = session.exec(select(ChannelItem.id)).one()
        mark_hot(session, item_id, is_hot=True, by="li", now=utc_now())
    for _ in range(4):
        change(-5)
        forget_connectors()
        close_database()
        process = started(sqlite_url)
        time.sleep(dice.uniform(0.8, 2.5))
        process.kill()
        process.wait()
        open_database(sqlite_url)
    spread(LEASE * 2)
    assert held(selling) == [58]
    assert uploads(selling) == sorted(uploads(selling), reverse=True), "no older level came after a newer one"


def change(pieces):
    with transaction() as session:
        place, sku = warehouse_coded(session, EAST), sku_coded(session, "BOX-40L")
        adjust(session, sku.id, place, pieces, reason="测试", by="li", now=utc_now())


@pytest.mark.parametrize("hub", ["tb-flagship", "dy-flagship", "pdd-flagship"], indirect=True)
def test_a_platform_that_drifted_is_an_anomaly_with_both_numbers_until_it_is_right(selling):
    compare_stock(utc_now())
    assert selling.anomalies() == []
    shelf = selling.world.shelves[selling.code].stock
    (sku_no,) = shelf
    shelf[sku_no] = 70
    compare_stock(utc_now())
    assert selling.anomalies() == [], "a few pieces may be on their way"
    shelf[sku_no] = 7
    assert compare_stock(utc_now()) == "1 asked, 1 drifted"
    assert compare_stock(utc_now()) == "1 asked, 0 drifted", "it is owed: nothing is said while it is on its way"
    with reading() as session:
        anomaly = session.exec(select(Anomaly)).one()
        assert session.exec(select(ChannelItem.seen_quantity)).one() == 7
    assert (anomaly.kind, anomaly.note, anomaly.owner_role) == (
        "stock_drift",
        "BOX-40L: 渠道 7, 已告知 74",
        "operations",
    )
    spread()
    assert held(selling) == [74]
    compare_stock(utc_now())
    assert selling.anomalies() == []


@pytest.mark.parametrize("hub", ["jd-flagship"], indirect=True)
def test_a_platform_that_does_not_say_is_not_asked(selling):
    assert compare_stock(utc_now()) == "0 asked, 0 drifted"


@pytest.mark.parametrize("hub", ["dy-flagship"], indirect=True)
def test_a_platform_in_trouble_is_asked_again_an_hour_later(selling):
    selling.fault("server_error", count=9)
    assert compare_stock(utc_now()) == "0 asked, 0 drifted"
    assert selling.anomalies() == []
