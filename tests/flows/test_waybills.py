"""From an allocated order to a waybill of SF, refused, given back and asked for again, with the lab as the partner."""

import pytest
from sqlmodel import SQLModel

from orderhub.automation.carrier_keyring import forget_carrier_lines
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.db import open_database

from .hub import Hub
from .shipping import work
from .waybills import allocated, connect_sf, deliveries, want, waybills


@pytest.fixture
def db(db_url):
    SQLModel.metadata.create_all(open_database(db_url).engine)
    yield
    forget_connectors()
    forget_carrier_lines()


@pytest.fixture
def hub(lab, db):
    return Hub(*lab, "tb-flagship")


@pytest.fixture
def sf(lab, hub):
    connect_sf(lab[1])
    return lab[0].state.sf


def ready(hub, count=1):
    numbers = hub.orders_come(count)
    hub.sync()
    return allocated(numbers)


def test_a_delivery_gets_the_number_its_carrier_made(hub, sf):
    (delivery_id,) = ready(hub)
    assert want([delivery_id]).wanted == [delivery_id]
    work()
    (delivery,), (waybill,) = deliveries([delivery_id]), waybills()
    assert (delivery.carrier, delivery.tracking_no) == ("sf", "SF7444471039325")
    assert (waybill.state, waybill.label_code, waybill.tracking_no) == ("made", "020W-Z069-006", "SF7444471039325")
    assert list(sf.waybills) == [waybill.request_no]
    assert want([delivery_id]).wanted == [delivery_id]
    work()
    assert len(sf.waybills) == 1
