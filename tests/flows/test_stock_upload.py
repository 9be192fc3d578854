"""A level that changed in the hub: the platform sells by the newest one, told once."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.automation.outbox import OutboxState
from orderhub.automation.senders.stock import owe_stock
from orderhub.connectors.channels.contract import StockNotice
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.shop import Shop
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction

from .shipping import message, work


def owe(hub, quantity, change, sku_no="5400000000001"):
    notice = StockNotice("700000000001", sku_no, "BOX-40L", quantity)
    with transaction() as session:
        shop = session.get_one(Shop, hub.shop.id)
        return owe_stock(session, shop, notice, change=change, now=utc_now())


def levels(hub):
    return [row["quantity"] for row in hub.world.uploads if row["kind"] == "stock"]


def test_the_platform_sells_by_the_newest_level(hub):
    assert owe(hub, 30, 1)
    assert owe(hub, 28, 3)
    assert not owe(hub, 29, 2), "a change that comes late is older"
    work()
    assert hub.world.shelves[hub.code].stock == {"5400000000001": 28}
    assert owe(hub, 0, 4)
    work(later=timedelta(seconds=5))
    assert hub.world.shelves[hub.code].stock == {"5400000000001": 0}
    assert levels(hub) == [28, 0]
    assert (message().state, message().number) == (OutboxState.SENT, "BOX-40L")


@pytest.mark.parametrize("fault", ["server_error", "truncated_json"])
def test_a_level_whose_answer_was_lost_is_told_again_as_it_is_now(hub, fault):
    owe(hub, 30, 1)
    hub.fault(fault)
    work()
    assert message().state is OutboxState.WAITING
    owe(hub, 7, 2)
    work(later=timedelta(minutes=2))
    assert hub.world.shelves[hub.code].stock == {"5400000000001": 7}
    assert message().state is OutboxState.SENT
    assert hub.anomalies() == []


@pytest.mark.parametrize("hub", ["jd-flagship"], indirect=True)
def test_a_refused_level_is_an_anomaly_of_its_own(hub):
    """JD sets stock by its own SKU number only."""
    owe(hub, 30, 1, sku_no="")
    work()
    assert message().state is OutboxState.REFUSED
    with reading() as session:
        anomaly = session.exec(select(Anomaly)).one()
    assert (anomaly.kind, anomaly.subject_type, anomaly.subject_id) == ("upload_refused", "outbox", message().id)
    assert anomaly.note.startswith("BOX-40L: 平台拒绝")
